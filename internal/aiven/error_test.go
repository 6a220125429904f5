// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"strings"
	"testing"
)

func TestError_SaysWhatWasTriedWhatWasAnsweredAndWhatToDo(t *testing.T) {
	leader, follower := ServiceRef{"acme", "search-us"}, ServiceRef{"acme", "search-eu"}
	create := func(ctx context.Context, c *Client) error {
		_, err := c.CreateService(ctx, CreateService{Project: "acme", Name: "search-eu", Plan: "business-4", Leader: &leader})
		return err
	}
	link := func(ctx context.Context, c *Client) error {
		_, err := c.CreateIntegration(ctx, leader, follower)
		return err
	}
	read := func(ctx context.Context, c *Client) error {
		_, err := c.Service(ctx, "acme", "search-eu")
		return err
	}
	remove := func(ctx context.Context, c *Client) error { return deleteService(ctx, c, "acme", "search-eu") }
	plans := func(ctx context.Context, c *Client) error { _, err := c.Plans(ctx, "acme"); return err }

	const post = "POST /v1/project/acme/service (service acme/search-eu): "
	const service = "/v1/project/acme/service/search-eu (service acme/search-eu): "
	for _, test := range []struct {
		name  string
		call  func(context.Context, *Client) error
		reply reply
		want  string
	}{
		{"bad token", read, refusal(401, "Invalid token"), "GET " + service +
			"401: Invalid token. Check the token (the provider's aiven.token or AIVEN_TOKEN), and that it may use project acme"},
		{"CCR not enabled", create, refusal(403, "Cross-cluster replication is not enabled for project acme."), post +
			"403: Cross-cluster replication is not enabled for project acme. Cross-cluster replication is of limited availability: ask Aiven's support to enable it for project acme"},
		{"CCR not enabled, not said", create, refusal(403, "Forbidden"), post +
			"403: Forbidden. The token's user needs the right to create services and integrations in project acme; besides, cross-cluster replication is of limited availability: ask Aiven's support to enable it for project acme"},
		{"no right", plans, refusal(403, "Not a project member"), "GET /v1/project/acme/service_types (plans of project acme): " +
			"403: Not a project member. The token's user does not have the right to do this in project acme"},
		{"protected", remove, refusal(403, "Service is protected against termination and shutdown. Remove termination protection first."), "DELETE " + service +
			"403: Service is protected against termination and shutdown. Remove termination protection first. Set termination_protection = false, apply, and then destroy or power off"},
		{"no such service", read, refusal(404, "Service search-eu does not exist"), "GET " + service +
			"404: Service search-eu does not exist. Check the name and the project"},
		{"no such leader", link, refusal(404, "Service search-us does not exist"),
			"POST /v1/project/acme/integration (integration of leader acme/search-us and follower acme/search-eu): " +
				"404: Service search-us does not exist. Check the names of the leader, of the follower and of their projects: both must exist"},
		{"someone else's service", create, refusal(409, "Service search-eu already exists"), post +
			"409: Service search-eu already exists. The service was there before and is not touched. Bring it under Terraform with `terraform import ADDRESS acme/search-eu`, or choose another service_name"},
		{"someone else's integration", link, refusal(409, "exists"),
			"POST /v1/project/acme/integration (integration of leader acme/search-us and follower acme/search-eu): " +
				"409: exists. The integration was there before and is not touched. Bring it under Terraform with `terraform import`"},
		{"leader with followers", remove, refusal(409, "has followers"), "DELETE " + service +
			"409: has followers. Something depends on it or another change is under way: wait for that or remove it first, then apply again"},
		{"powered off", read, refusal(503, "Service is powered off"), "GET " + service +
			"503: Service is powered off. Power the service on and apply again"},
		{"code and more", create, says(400, `{"message":"Invalid plan","errors":[{"message":"Invalid plan","status":400,"error_code":"bad_plan","more_info":"https://example.com/e"},{"message":"and cloud","status":400}]}`),
			post + "400 bad_plan: Invalid plan; and cloud (see https://example.com/e)"},
		{"errors of another shape", create, says(400, `{"errors":"everything is wrong"}`), post + "400: everything is wrong"},
		{"no JSON", read, says(404, "<html><title>Not\n Found</title> "+testToken+" https://joe:hunter2@x.example.com"), "GET " + service +
			`404: the answer is not JSON, it begins with "Not Found *** https://***@x.example.com". Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API`},
		{"no JSON, escaped", read, says(404, "<html>https://joe:hunter2&#64;x.example.com"), "GET " + service +
			`404: the answer is not JSON, it begins with "https://***@x.example.com". Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API`},
		{"JSON of something else", read, says(404, `{"service":{"password":"hunter2"}}`), "GET " + service +
			"404: an answer without the API's `errors`. Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API"},
		{"success that is no JSON", read, says(200, "<html>"), "GET " + service +
			`200: a page without text instead of JSON. Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API`},
		{"success that is empty", read, says(200, ""), "GET " + service +
			`200: an empty answer instead of JSON. Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API`},
		{"success without its object", read, says(200, "{}"), "GET " + service + "200: the answer is a success but not the documented one: it does not contain \"service\". Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API; if it is, report this to the maintainers of the provider"},
		{"success of another shape", read, says(200, `{"service":{"service_name":7}}`), "GET " + service + "200: the answer is a success but not the documented one: json: "},
		{"success that is an error", read, says(200, `{"errors":[{"message":"Service search-eu does not exist","status":404}]}`), "GET " + service +
			"404: Service search-eu does not exist. Check the name and the project"},
		{"create that did nothing", create, says(200, `{"errors":[{"message":"Quota exceeded","status":400}],"message":"failed"}`), post + "400: Quota exceeded"},
		{"delete with errors", remove, says(200, `{"errors":[{"message":"backups remain","status":400}]}`), "DELETE " + service + "400: backups remain"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, api, _ := newFake(t, test.reply)
			err := test.call(t.Context(), c)
			if err == nil {
				t.Fatal("no error")
			}
			got := err.Error()
			if strings.HasSuffix(test.want, "json: ") { // what follows is Go's own text
				got = got[:min(len(got), len(test.want))]
			}
			if got != test.want {
				t.Errorf("\n got %s\nwant %s", err, test.want)
			}
			if len(api.requests) != 1 {
				t.Errorf("requests: %q", api.requests)
			}
		})
	}
}

func TestError_HeadOfALongAnswer(t *testing.T) {
	c, _, _ := newFake(t, says(404, strings.Repeat("ä", 1000)))
	_, err := c.Service(t.Context(), "acme", "eu")
	if err == nil || !strings.Contains(err.Error(), strings.Repeat("ä", 100)+"…") || strings.Contains(err.Error(), strings.Repeat("ä", 101)) {
		t.Errorf("error is %v", err)
	}
}

func TestIsNotFound_OnlyWhereTheAPISaysSo(t *testing.T) {
	for _, test := range []struct {
		name  string
		reply reply
		want  bool
	}{
		{"API", refusal(404, "Service eu does not exist"), true},
		{"API within a success", says(200, `{"errors":[{"message":"Service eu does not exist","status":404}]}`), true},
		{"proxy", says(404, "<html>"), false},
		{"gateway with JSON", says(404, `{"message":"no Route matched"}`), false},
		{"forbidden", refusal(403, "no"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _, _ := newFake(t, test.reply, test.reply)
			_, err := c.Service(t.Context(), "acme", "eu")
			if got := IsNotFound(err); got != test.want {
				t.Errorf("IsNotFound is %v of %v", got, err)
			}
			// What is not surely gone was not deleted.
			if err := deleteService(t.Context(), c, "acme", "eu"); (err == nil) != test.want {
				t.Errorf("deletion: %v", err)
			}
		})
	}
}
