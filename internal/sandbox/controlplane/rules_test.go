// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	aiven "github.com/aiven/go-client-codegen"
	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

func wantRefusal(t *testing.T, err error, status int, text string) {
	t.Helper()
	var refusal aiven.Error
	if !errors.As(err, &refusal) || refusal.Status != status || !strings.Contains(refusal.Message, text) {
		t.Errorf("got %v, want status %d with %q", err, status, text)
	}
}

func TestRules_OfAPair(t *testing.T) {
	h := newHarness(t)
	h.running("leader", "business-8")
	h.running("follower", "business-8", "leader")
	h.running("alone", "business-8")
	h.running("small", "startup-8")
	h.running("off", "business-8")
	if err := h.update("off", service.ServiceUpdateIn{Powered: new(false)}); err != nil {
		t.Fatal(err)
	}
	made := func(name, kind, version string) {
		status, answer := h.raw("POST", "/v1/project/acme/service", map[string]any{
			"service_name": name, "service_type": kind, "plan": "business-8", "user_config": map[string]any{"opensearch_version": version},
		})
		if status != 200 {
			t.Fatalf("%s: %d %v", name, status, answer)
		}
	}
	made("old", "opensearch", "2.17")
	made("next", "opensearch", "3.6")
	made("database", "pg", "")
	kind := func(name string, config map[string]any) {
		status, answer := h.raw("POST", "/v1/project/acme/service", map[string]any{"service_name": name, "service_type": "opensearch", "plan": "business-8", "user_config": config})
		if status != 200 {
			t.Fatalf("%s: %d %v", name, status, answer)
		}
	}
	kind("fork", map[string]any{"service_to_fork_from": "alone"})
	kind("tiered", map[string]any{"tiered_storage": map[string]any{"enabled": true}})
	h.running("replica", "business-8")
	if err := h.plane.MakeReadReplica(ref("replica"), "alone"); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		name, plan, leader string
		status             int
		text               string
	}{
		{"unknown leader", "business-8", "nobody", 404, "Service nobody does not exist"},
		{"leader is not OpenSearch", "business-8", "database", 400, "Service database is not an OpenSearch service"},
		{"leader powered off", "business-8", "off", 400, "Service off is powered off"},
		{"leader is a follower", "business-8", "follower", 400, "Service follower cannot be both leader and follower"},
		{"leader's tier", "business-8", "small", 400, "not supported on plan startup-8 of service small"},
		{"leader's version without CCR", "business-8", "old", 400, "OpenSearch version 2.17 of service old does not support"},
		{"another version", "business-8", "next", 400, "must have the OpenSearch version of leader service next: 3.6, not 2.19"},
		{"leader is a fork", "business-8", "fork", 400, "Service fork is a fork"},
		{"leader is a read replica", "business-8", "replica", 400, "Service replica is a read replica"},
		{"leader has tiered storage", "business-8", "tiered", 400, "Service tiered has tiered storage"},
		{"hobbyist", "hobbyist", "leader", 400, "not supported on plan hobbyist"},
		{"free", "free-1-2gb", "leader", 400, "not supported on plan free-1-2gb"},
		{"developer", "developer-2", "leader", 400, "not supported on plan developer-2"},
		{"less memory", "business-4", "leader", 400, "Plan business-4 of follower service new is smaller than plan business-8"},
		{"fewer nodes", "acme-custom-2x-64", "leader", 400, "Plan acme-custom-2x-64 of follower service new is smaller"},
		{"unknown plan", "gold", "leader", 400, "Plan gold is not available in cloud aws-eu-west-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.create("new", c.plan, c.leader)
			wantRefusal(t, err, c.status, c.text)
			if _, err := h.client.ServiceGet(h.ctx(), project, "new"); !aiven.IsNotFound(err) {
				t.Errorf("the refused service is there: %v", err)
			}
		})
	}
	t.Run("of two that exist", func(t *testing.T) {
		_, err := h.link("alone", "alone")
		wantRefusal(t, err, 400, "Service alone cannot follow itself")
		_, err = h.link("alone", "leader")
		wantRefusal(t, err, 400, "Service leader cannot be both leader and follower")
		_, err = h.link("alone", "nobody")
		wantRefusal(t, err, 404, "Service nobody does not exist")
		_, err = h.link("alone", "off")
		wantRefusal(t, err, 400, "Service off is powered off")
		for _, follower := range []string{"fork", "replica", "tiered"} {
			_, err = h.link("leader", follower)
			wantRefusal(t, err, 400, "Service "+follower)
		}
		if links := h.get("replica").ServiceIntegrations; len(links) != 1 || links[0].IntegrationType != service.IntegrationTypeReadReplica {
			t.Errorf("integrations of the read replica: %+v", links)
		}
		_, err = h.link("leader", "follower")
		wantRefusal(t, err, 409, "between leader and follower already exists")
	})
	t.Run("larger and 80 % are allowed", func(t *testing.T) {
		for _, plan := range []string{"acme-custom-9x-16", "acme-custom-3x-7"} {
			if _, err := h.create("follower-"+plan, plan, "leader"); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("afterwards", func(t *testing.T) {
		if err := h.update("follower", service.ServiceUpdateIn{Plan: new("business-4")}); err != nil {
			t.Errorf("the follower's plan on its own: %v", err)
		}
		wantRefusal(t, h.update("follower", service.ServiceUpdateIn{Plan: new("startup-8")}), 400, "not supported on plan startup-8")
		wantRefusal(t, h.update("leader", service.ServiceUpdateIn{Powered: new(false)}), 409, "leader cannot be powered off")
		wantRefusal(t, h.client.ServiceDelete(h.ctx(), project, "leader"), 409, "leader cannot be deleted")
	})
}

func TestRules_SamePlanOnly(t *testing.T) {
	h := newHarness(t, func(o *controlplane.Options) { o.PlanRule = controlplane.PlanSame })
	h.running("leader", "business-8")
	_, err := h.create("follower", "business-16", "leader")
	wantRefusal(t, err, 400, "must have the plan of leader service leader: business-8, not business-16")
	h.running("follower", "business-8", "leader")
}

func TestRules_OfAService(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	_, err := h.create("search-us", "business-4")
	if !aiven.IsAlreadyExists(err) {
		t.Errorf("a name that is taken: %v", err)
	}
	for _, c := range []struct {
		name   string
		change map[string]any
		status int
		text   string
	}{
		{"name with a capital", map[string]any{"service_name": "Search"}, 400, "Invalid service_name 'Search'"},
		{"unknown type", map[string]any{"service_type": "abacus"}, 400, "Unknown service type"},
		{"unknown cloud", map[string]any{"cloud": "moon-1"}, 400, "Cloud moon-1 does not exist"},
		{"plan not in the cloud", map[string]any{"cloud": "do-fra", "plan": "premium-6x-8"}, 400, "not available in cloud do-fra"},
		{"unknown version", map[string]any{"user_config": map[string]any{"opensearch_version": "9"}}, 400, "opensearch_version 9 is not available"},
		{"version that the platform cannot start", map[string]any{"user_config": map[string]any{"opensearch_version": "3.3"}}, 400, "no node of OpenSearch 3.3"},
		{"version no string", map[string]any{"user_config": map[string]any{"opensearch_version": 2}}, 400, "not a string"},
		{"disk between two steps", map[string]any{"disk_space_mb": 81921}, 400, "Invalid disk_space_mb"},
		{"disk too small", map[string]any{"disk_space_mb": 1}, 400, "Invalid disk_space_mb"},
		{"maintenance at noon", map[string]any{"maintenance": map[string]any{"dow": "monday", "time": "25:00:00"}}, 400, "Invalid maintenance window"},
		{"another integration type", map[string]any{"service_integrations": []any{map[string]any{"integration_type": "logs"}}}, 400, "not logs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := map[string]any{"service_name": "new", "service_type": "opensearch", "plan": "business-4"}
			maps.Copy(body, c.change)
			status, answer := h.raw("POST", "/v1/project/acme/service", body)
			if message, _ := answer["message"].(string); status != c.status || !strings.Contains(message, c.text) {
				t.Errorf("%d %q, want %d with %q", status, message, c.status, c.text)
			}
		})
	}
}

func TestRules_TerminationProtection(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	const text = "Service is protected against termination and shutdown. Remove termination protection first."
	if err := h.update("search-us", service.ServiceUpdateIn{TerminationProtection: new(true)}); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, h.client.ServiceDelete(h.ctx(), project, "search-us"), 403, text)
	wantRefusal(t, h.update("search-us", service.ServiceUpdateIn{Powered: new(false), Plan: new("business-8")}), 403, text)
	if got := h.get("search-us"); got.Plan != "business-4" {
		t.Errorf("a refused update changed the plan to %s", got.Plan)
	}
	if err := h.update("search-us", service.ServiceUpdateIn{TerminationProtection: new(false)}); err != nil {
		t.Fatal(err)
	}
	if err := h.client.ServiceDelete(h.ctx(), project, "search-us"); err != nil {
		t.Error(err)
	}
}

func TestAccess(t *testing.T) {
	h := newHarness(t, func(o *controlplane.Options) {
		o.Texts.UnknownProject = controlplane.Refusal{Status: 403, Text: "No project {project} here"}
	})
	for _, c := range []struct {
		name, project, header string
		status                int
		text                  string
	}{
		{"wrong token", project, "aivenv1 wrong", 401, "Invalid token"},
		{"no token", project, "", 401, "Invalid token"},
		{"wrong scheme", project, "Basic " + token, 401, "Invalid token"},
		{"unknown project, with a text of the options", "nowhere", "aivenv1 " + token, 403, "No project nowhere here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := h.raw("GET", "/v1/project/"+c.project+"/service", nil, "Authorization", c.header)
			if status != c.status || answer["message"] != c.text {
				t.Errorf("%d %v, want %d %s", status, answer["message"], c.status, c.text)
			}
		})
	}
	if status, _ := h.raw("GET", "/v1/project/acme/service", nil, "Authorization", "Bearer "+token); status != 200 {
		t.Errorf("scheme Bearer: %d", status)
	}
	for _, body := range []string{"", "{", "[]"} {
		if status, _ := h.raw("POST", "/v1/project/acme/service", body, invalidOnPurpose, "yes"); status != 400 {
			t.Errorf("body %q: %d, want 400", body, status)
		}
	}
}
