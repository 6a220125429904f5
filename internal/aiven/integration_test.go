// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var (
	us = ServiceRef{"acme", "us"}
	eu = ServiceRef{"acme", "eu"}
)

func link(id, kind string, leader, follower ServiceRef) string {
	return fmt.Sprintf(`{"service_integration_id":%q,"integration_type":%q,"active":true,"source_project":%q,"source_service":%q,"dest_project":%q,"dest_service":%q,
		"integration_status":{"status_user_desc":"","state":{"status":"running","errors":[],"nodes":{}}}}`,
		id, kind, leader.Project, leader.Name, follower.Project, follower.Name)
}

const ccrType = "opensearch_cross_cluster_replication"

func TestIntegrations(t *testing.T) {
	asia := ServiceRef{"asia", "search"}
	c, api, _ := newFake(t,
		says(200, `{"service_integrations":[`+link("i1", ccrType, us, eu)+`,`+link("i2", "metrics", us, eu)+`,`+link("i3", ccrType, eu, asia)+`]}`),
		says(200, `{"service_integrations":[]}`), says(200, `{}`))
	got, err := c.Integrations(t.Context(), "acme", "eu")
	want := []Integration{
		{ID: "i1", Leader: us, Follower: eu, Active: true, Status: IntegrationRunning},
		{ID: "i3", Leader: eu, Follower: asia, Active: true, Status: IntegrationRunning},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err = c.Integrations(t.Context(), "acme", "eu"); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err = c.Integrations(t.Context(), "acme", "eu"); err == nil {
		t.Error("an answer without a list is no empty list")
	}
	if api.requests[0] != "GET /v1/project/acme/service/eu/integration" || api.queries[0] != "limit=999" {
		t.Errorf("%s?%s", api.requests[0], api.queries[0])
	}
}

func TestIntegration(t *testing.T) {
	c, api, _ := newFake(t, says(200, `{"service_integration":`+link("i1", ccrType, us, eu)+`}`), refusal(404, "Service integration not found"))
	got, err := c.Integration(t.Context(), "acme", "i1")
	if err != nil || got.ID != "i1" || got.Leader != us || got.Follower != eu {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err = c.Integration(t.Context(), "acme", "i1"); !IsNotFound(err) {
		t.Errorf("error is %v", err)
	}
	api.saw(t, "GET /v1/project/acme/integration/i1", "GET /v1/project/acme/integration/i1")
}

func TestCreateIntegration_Body(t *testing.T) {
	for _, test := range []struct {
		leader ServiceRef
		body   map[string]any
	}{
		{us, map[string]any{"integration_type": ccrType, "source_service": "us", "dest_service": "eu"}},
		{ServiceRef{"hq", "us"}, map[string]any{"integration_type": ccrType, "source_service": "us", "source_project": "hq", "dest_service": "eu", "dest_project": "acme"}},
	} {
		c, api, _ := newFake(t, says(200, `{"service_integration":`+link("i1", ccrType, test.leader, eu)+`}`))
		got, err := c.CreateIntegration(t.Context(), test.leader, eu)
		if err != nil || got.ID != "i1" || got.Leader != test.leader {
			t.Errorf("got %v, %v", got, err)
		}
		if !reflect.DeepEqual(api.bodies[0], test.body) {
			t.Errorf("body:\n got %v\nwant %v", api.bodies[0], test.body)
		}
		api.saw(t, "POST /v1/project/acme/integration")
	}
}

func TestCreateIntegration_AnswerLost(t *testing.T) {
	list := func(links ...string) reply {
		return says(200, `{"service_integrations":[`+strings.Join(links, ",")+`]}`)
	}
	mine := link("i1", ccrType, us, eu)
	others := []string{link("i2", ccrType, ServiceRef{"acme", "asia"}, eu), link("i3", "metrics", us, eu), link("i4", ccrType, eu, us)}
	for _, test := range []struct {
		name  string
		then  []reply
		fails []string
	}{
		{"made", []reply{list(append(others, mine)...)}, nil},
		{"shown late", []reply{list(), list(others...), list(mine)}, nil},
		{"not made", slices.Repeat([]reply{list(others...)}, 11), []string{"EOF", "Whether the integration of leader acme/us and follower acme/eu was created is not known", "the follower does not list it", "`terraform import ADDRESS acme/us/acme/eu`"}},
		{"not to be found out", []reply{refusal(403, "no")}, []string{"EOF", "403: no", "Whether the integration of leader acme/us and follower acme/eu was created is not known"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, api, _ := newFake(t, append([]reply{broken}, test.then...)...)
			got, err := c.CreateIntegration(t.Context(), us, eu)
			if test.fails == nil && (err != nil || got.ID != "i1") {
				t.Errorf("got %v, %v", got, err)
			}
			for _, part := range test.fails {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error is %v, want %q in it", err, part)
				}
			}
			if api.requests[0] != "POST /v1/project/acme/integration" || len(api.requests) != 1+len(test.then) {
				t.Errorf("requests: %q", api.requests)
			}
		})
	}
}

func TestDeleteIntegration(t *testing.T) {
	c, api, _ := newFake(t, says(200, `{"message":"deleted"}`), refusal(404, "Service integration not found"), refusal(403, "no"))
	for range 2 {
		if err := deleteIntegration(t.Context(), c, "acme", "i1"); err != nil {
			t.Error(err)
		}
	}
	if err := deleteIntegration(t.Context(), c, "acme", "i1"); !IsForbidden(err) {
		t.Errorf("error is %v", err)
	}
	if api.requests[0] != "DELETE /v1/project/acme/integration/i1" {
		t.Errorf("requests: %q", api.requests)
	}
}

func TestIntegration_Failed(t *testing.T) {
	for _, test := range []struct {
		status, message, reason string
		failed                  bool
	}{
		{"", "", "", false},
		{IntegrationStarting, "", "", false},
		{IntegrationRunning, "fine", "", false},
		{IntegrationFailed, "leader not reachable", "its status is failed (leader not reachable)", true},
		{IntegrationInactive, "", "its status is inactive", true},
		{IntegrationUnknown, "", "its status is unknown", false},
		{"odd", "", "its status is odd", false},
	} {
		if reason, failed := (Integration{Status: test.status, StatusMessage: test.message}).Failed(); reason != test.reason || failed != test.failed {
			t.Errorf("%q: got %q, %v", test.status, reason, failed)
		}
	}
}
