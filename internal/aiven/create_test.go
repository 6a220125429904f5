// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var newFollower = CreateService{
	Project: "acme", Name: "search-eu", Plan: "business-4", Cloud: "aws-eu-west-1",
	Leader: &ServiceRef{"acme", "search-us"},
}

func TestCreateService_Body(t *testing.T) {
	for _, test := range []struct {
		name string
		want CreateService
		body map[string]any
	}{
		{"least", CreateService{Project: "acme", Name: "eu", Plan: "business-4"}, map[string]any{
			"service_type": "opensearch", "service_name": "eu", "plan": "business-4",
			"project_vpc_id": nil, "termination_protection": false,
		}},
		{"leader of another project", CreateService{
			Project: "acme", Name: "eu", Plan: "business-4", Cloud: "aws-eu-west-1", Version: "2.19", Leader: &ServiceRef{"hq", "us"},
			TerminationProtection: true, VPCID: "v", Maintenance: &Window{"sunday", "03:00:00"}, DiskSpaceMB: 1024,
			Tags: map[string]string{"a": "b"}, UserConfig: map[string]any{"opensearch_version": "1", "ip_filter": []any{"10.0.0.0/8"}},
		}, map[string]any{
			"service_type": "opensearch", "service_name": "eu", "plan": "business-4", "cloud": "aws-eu-west-1",
			"project_vpc_id": "v", "termination_protection": true, "disk_space_mb": 1024.0,
			"maintenance": map[string]any{"dow": "sunday", "time": "03:00:00"}, "tags": map[string]any{"a": "b"},
			"user_config": map[string]any{"opensearch_version": "2.19", "ip_filter": []any{"10.0.0.0/8"}},
			"service_integrations": []any{map[string]any{
				"integration_type": "opensearch_cross_cluster_replication", "source_service": "us", "source_project": "hq", "user_config": map[string]any{},
			}},
		}},
		{"leader of the same project", CreateService{Project: "acme", Name: "eu", Plan: "p", Leader: &ServiceRef{"acme", "us"}}, map[string]any{
			"service_type": "opensearch", "service_name": "eu", "plan": "p", "project_vpc_id": nil, "termination_protection": false,
			"service_integrations": []any{map[string]any{
				"integration_type": "opensearch_cross_cluster_replication", "source_service": "us", "user_config": map[string]any{},
			}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, api, _ := newFake(t, says(200, fixture(t, "service.json")))
			made, err := c.CreateService(t.Context(), test.want)
			if err != nil {
				t.Fatal(err)
			}
			if made.String() != "acme/search-eu" || made.URI != fixtureService.URI {
				t.Errorf("made %s", show(made))
			}
			if !reflect.DeepEqual(api.bodies[0], test.body) {
				t.Errorf("body:\n got %v\nwant %v", api.bodies[0], test.body)
			}
			api.saw(t, "POST /v1/project/acme/service")
		})
	}
}

func TestCreateService_AnswerLost(t *testing.T) {
	made := fixture(t, "service.json") // 30 s before the call began
	none := refusal(404, "Service search-eu does not exist")
	change := func(old, with string) string { return strings.Replace(made, old, with, 1) }
	for _, test := range []struct {
		name  string
		lost  reply
		then  []reply
		fails []string
	}{
		{"5xx", refusal(502, "bad gateway"), []reply{says(200, made)}, nil},
		{"connection broken", broken, []reply{says(200, made)}, nil},
		{"time-out of a proxy", says(504, "<html>"), []reply{says(200, made)}, nil},
		{"success broken off", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("{"))
		}, []reply{says(200, made)}, nil},
		{"success that nobody can read", says(200, "<html>"), []reply{says(200, made)}, nil},
		{"success without the service", says(200, "{}"), []reply{says(200, made)}, nil},
		{"shown late", broken, []reply{none, none, says(200, made)}, nil},
		{"shown after transient errors", broken, []reply{none, refusal(404, "Project does not exist"), limited("1", "{}"), refusal(502, "bad gateway"), broken, says(200, made)}, nil},
		{"not made", refusal(500, "oops"), slices.Repeat([]reply{none}, 11), []string{"500: oops", "Whether service acme/search-eu was created is not known: waited 30s until service acme/search-eu shows up; last seen: the API says that it does not exist", "`terraform import ADDRESS acme/search-eu`"}},
		{"not to be found out", refusal(500, "oops"), []reply{refusal(403, "no"), refusal(403, "no")}, []string{"500: oops", "403: no", "Whether service acme/search-eu was created is not known", "`terraform import ADDRESS acme/search-eu`"}},
		{"other plan", broken, []reply{says(200, change("business-4", "business-8"))}, []string{"EOF", "its plan is business-8", "terraform import ADDRESS acme/search-eu"}},
		{"other cloud", broken, []reply{says(200, change("aws-eu-west-1", "do-fra"))}, []string{"its cloud is do-fra"}},
		{"other type", broken, []reply{says(200, change(`"opensearch"`, `"pg"`))}, []string{"its type is pg"}},
		{"made before", broken, []reply{says(200, change("07:59:30", "07:58:59"))}, []string{"it was created on 2026-11-24T07:58:59Z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, api, _ := newFake(t, append([]reply{test.lost}, test.then...)...)
			got, err := c.CreateService(t.Context(), newFollower)
			if test.fails == nil {
				if err != nil || !reflect.DeepEqual(got, fixtureService) {
					t.Errorf("got %s, %v", show(got), err)
				}
			} else {
				if err == nil {
					t.Fatalf("adopted %s", show(got))
				}
				for _, part := range test.fails {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("error is %v, want %q in it", err, part)
					}
				}
			}
			want := []string{"POST /v1/project/acme/service"}
			for range test.then {
				want = append(want, "GET /v1/project/acme/service/search-eu")
			}
			api.saw(t, want...)
		})
	}
}

func TestCreateService_ExistedBefore(t *testing.T) {
	c, api, _ := newFake(t, refusal(429, "try again in 1s"), refusal(409, "Service search-eu already exists"))
	_, err := c.CreateService(t.Context(), newFollower)
	if !IsConflict(err) || !strings.Contains(err.Error(), "terraform import ADDRESS acme/search-eu") {
		t.Errorf("error is %v", err)
	}
	api.saw(t, "POST /v1/project/acme/service", "POST /v1/project/acme/service")
}

// A creation that is under way outlives its context: the caller gets what costs money.
func TestCreate_OutlivesItsContext(t *testing.T) {
	made := fixture(t, "service.json")
	linked := link("i1", ccrType, us, eu)
	service := func(ctx context.Context, c *Client) (string, error) {
		got, err := c.CreateService(ctx, newFollower)
		return got.Name, err
	}
	integration := func(ctx context.Context, c *Client) (string, error) {
		got, err := c.CreateIntegration(ctx, us, eu)
		return got.ID, err
	}
	for _, test := range []struct {
		name  string
		call  func(context.Context, *Client) (string, error)
		first reply // comes after the interrupt
		then  []reply
		want  string
	}{
		{"service", service, says(200, made), nil, "search-eu"},
		{"service, answer lost", service, broken, []reply{refusal(404, "Service search-eu does not exist"), says(200, made)}, "search-eu"},
		{"integration", integration, says(200, `{"service_integration":`+linked+`}`), nil, "i1"},
		{"integration, answer lost", integration, refusal(502, "bad gateway"), []reply{says(200, `{"service_integrations":[]}`), says(200, `{"service_integrations":[`+linked+`]}`)}, "i1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			first := func(w http.ResponseWriter) { cancel(); test.first(w) }
			c, api, _ := newFake(t, append([]reply{first}, test.then...)...)
			got, err := test.call(ctx, c)
			if err != nil || got != test.want || ctx.Err() == nil {
				t.Errorf("got %q, %v", got, err)
			}
			if len(api.requests) != 1+len(test.then) {
				t.Errorf("requests: %q", api.requests)
			}
		})
	}
}

// What was not sent yet is not sent after an interrupt.
func TestCreate_NotBegunAfterAnInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c, api, _ := newFake(t, func(w http.ResponseWriter) { cancel(); limited("9", "{}")(w) })
	for range 2 { // in the pause that the API asks for, and before the first request
		_, err := c.CreateService(ctx, newFollower)
		_, unknown := errors.AsType[*UnknownOutcome](err)
		if !errors.Is(err, context.Canceled) || unknown || !strings.Contains(err.Error(), "the request was interrupted") {
			t.Errorf("error is %v", err)
		}
	}
	api.saw(t, "POST /v1/project/acme/service")
}

func TestCreateService_SilentAPI(t *testing.T) {
	hang := make(chan struct{})
	c, api, _ := newFake(t, func(http.ResponseWriter) { <-hang }, refusal(401, "Invalid token"))
	defer close(hang)
	c.timeout = 500 * ms
	_, err := c.CreateService(t.Context(), newFollower)
	unknown, ok := errors.AsType[*UnknownOutcome](err)
	if !ok || unknown.ImportID != "acme/search-eu" || asError(err) == nil || asError(err).Method != http.MethodPost {
		t.Fatalf("error is %v", err)
	}
	for _, part := range []string{"POST /v1/project/acme/service (service acme/search-eu): no answer within 500ms. Whether service acme/search-eu was created is not known", "401: Invalid token"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error is %v, want %q in it", err, part)
		}
	}
	api.saw(t, "POST /v1/project/acme/service", "GET /v1/project/acme/service/search-eu")
}
