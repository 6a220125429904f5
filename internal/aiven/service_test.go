// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aiven/go-client-codegen/handler/service"
)

func fixture(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// fixtureService is testdata/service.json.
var fixtureService = Service{
	ServiceRef: ServiceRef{"acme", "search-eu"},
	Type:       "opensearch", State: "RUNNING", Plan: "business-4", Cloud: "aws-eu-west-1", Version: "2.19",
	NodeCount: 3, MemoryMB: 4096, DiskMB: 179200, TerminationProtection: true,
	VPCID: "11111111-2222-3333-4444-555555555555", Maintenance: Window{"never", "04:30:00"},
	Tags:       map[string]string{"team": "search"},
	UserConfig: map[string]any{"opensearch_version": "2.19", "ip_filter": []any{"0.0.0.0/0"}},
	Integrations: []Integration{{
		ID: "i-ccr", Leader: ServiceRef{"hq", "search-us"}, Follower: ServiceRef{"acme", "search-eu"},
		Active: true, Status: IntegrationFailed, StatusMessage: "Integration failed; leader not reachable",
	}},
	Created: time.Date(2026, 11, 24, 7, 59, 30, 123456000, time.UTC),
	Route:   RouteDynamic, Routes: []string{RouteDynamic},
	URI: "https://search-eu-acme.example.com:24949", Host: "search-eu-acme.example.com", Port: 24949,
	Connection: Connection{URL: "https://search-eu-acme.example.com:24949", Username: "avnadmin", Password: "p@ss"},
}

func TestService(t *testing.T) {
	c, api, _ := newFake(t, says(200, fixture(t, "service.json")))
	got, err := c.Service(t.Context(), "acme", "search-eu")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, fixtureService) {
		t.Errorf("\n got %s\nwant %s", show(got), show(fixtureService))
	}
	if api.queries[0] != "include_secrets=true" {
		t.Errorf("query %q", api.queries[0])
	}
}

// A token that may not read secrets is refused the whole request, or gets a
// service without them. One that may read nothing stays refused.
func TestService_SecretsHidden(t *testing.T) {
	const refused = "GET /v1/project/acme/service/search-eu (service acme/search-eu): 403: Missing permission service:secrets:read"
	open := `{"service":{"service_name":"search-eu","service_uri":"https://h:1","service_uri_params":{"host":"h","port":"1","user":"u"}}}`
	redacted := `{"service":{"service_name":"search-eu","service_uri":"https://u:<redacted>@h:1","service_uri_params":{"host":"h","port":"1","user":"u","password":"<redacted>"}}}`
	for name, test := range map[string]struct {
		replies []reply
		hidden  string
		queries []string
	}{
		"refused":         {[]reply{refusal(403, "Missing permission service:secrets:read"), says(200, open)}, refused, []string{"include_secrets=true", "include_secrets=false"}},
		"redacted":        {[]reply{says(200, redacted)}, "GET /v1/project/acme/service/search-eu?include_secrets=true: 200, with no password in it", []string{"include_secrets=true"}},
		"without":         {[]reply{says(200, open)}, "GET /v1/project/acme/service/search-eu?include_secrets=true: 200, with no password in it", []string{"include_secrets=true"}},
		"without address": {[]reply{says(200, `{"service":{"service_name":"search-eu"}}`)}, "", []string{"include_secrets=true"}},
		"no rights":       {[]reply{refusal(403, "Missing permission service:secrets:read"), refusal(403, "Not a project member")}, "error", []string{"include_secrets=true", "include_secrets=false"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, api, _ := newFake(t, test.replies...)
			got, err := c.Service(t.Context(), "acme", "search-eu")
			if test.hidden == "error" {
				if !IsForbidden(err) || !strings.HasPrefix(err.Error(), refused) || got.Name != "" {
					t.Errorf("got %s, %v", show(got), err)
				}
			} else if err != nil || !strings.HasPrefix(got.SecretsHidden, test.hidden) || (got.SecretsHidden == "") != (test.hidden == "") || got.Connection.Password != "" {
				t.Errorf("got %s, hidden %q, %v", show(got), got.SecretsHidden, err)
			}
			if name == "redacted" && got.Connection.URL != "https://h:1" {
				t.Errorf("the address is %q", got.Connection.URL)
			}
			if !reflect.DeepEqual(api.queries, test.queries) {
				t.Errorf("queries %q, want %q", api.queries, test.queries)
			}
		})
	}
}

// show prints the fields, which %v of a service does not.
func show(s Service) string {
	type fields Service
	return fmt.Sprintf("%+v %+v", fields(s), s.Connection.Password)
}

func TestService_Warnings(t *testing.T) {
	body := strings.Replace(fixture(t, "service.json"), "{", `{"errors":[{"message":"metrics are late","status":500}],`, 1)
	c, _, _ := newFake(t, says(200, body))
	got, err := c.Service(t.Context(), "acme", "search-eu")
	if err != nil || !reflect.DeepEqual(got.Warnings, []string{"metrics are late"}) {
		t.Errorf("warnings %q, error %v", got.Warnings, err)
	}
}

// What cannot take part in replication shows in user_config, in an integration or
// in a backup.
func TestService_Kind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body          string
		fork, replica string
		tiered        bool
	}{
		"none":                         {body: `"user_config":{"service_to_fork_from":null,"tiered_storage":{"enabled":false}},"backups":[{"backup_name":"b","tiered_storage_data_size":0}]`},
		"a fork":                       {body: `"user_config":{"service_to_fork_from":"search-old"}`, fork: "acme/search-old"},
		"a fork of another project":    {body: `"user_config":{"service_to_fork_from":"search-old","project_to_fork_from":"hq"}`, fork: "hq/search-old"},
		"a read replica":               {body: `"service_integrations":[{"integration_type":"read_replica","source_project":"hq","source_service":"search-old","dest_project":"acme","dest_service":"search-eu"}]`, replica: "hq/search-old"},
		"has a read replica":           {body: `"service_integrations":[{"integration_type":"read_replica","source_project":"acme","source_service":"search-eu","dest_project":"acme","dest_service":"search-new"}]`},
		"tiered storage":               {body: `"user_config":{"tiered_storage":{"enabled":true}}`, tiered: true},
		"tiered storage of its backup": {body: `"backups":[{"backup_name":"a"},{"backup_name":"b","tiered_storage_data_size":12}]`, tiered: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, _ := newFake(t, says(200, `{"service":{"service_name":"search-eu","service_type":"opensearch",`+test.body+`}}`))
			got, err := c.Service(t.Context(), "acme", "search-eu")
			if err != nil || got.ForkOf != test.fork || got.ReplicaOf != test.replica || got.Tiered != test.tiered || len(got.Integrations) > 0 {
				t.Errorf("fork of %q, read replica of %q, tiered %t, integrations %v, %v", got.ForkOf, got.ReplicaOf, got.Tiered, got.Integrations, err)
			}
		})
	}
}

func TestServices(t *testing.T) {
	c, _, _ := newFake(t,
		says(200, `{"services":[{"service_name":"db","service_type":"pg","service_uri":null,"project_vpc_id":null},{"service_name":"search","service_type":"opensearch"}]}`),
		says(200, `{"services":[],"errors":[{"message":"region down","status":500}]}`),
		says(200, `{}`))
	list, err := c.Services(t.Context(), "acme")
	if err != nil || len(list) != 2 || list[0].Type != "pg" || list[0].String() != "acme/db" || list[0].URI != "" || list[0].Port != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err = c.Services(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), "region down") {
		t.Errorf("an incomplete list: %v", err)
	}
	if _, err = c.Services(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), "does not contain \"services\"") {
		t.Errorf("no list: %v", err)
	}
}

func TestService_Address(t *testing.T) {
	plain := false
	routed := service.ServiceOut{ServiceUri: "https://u:p@h:1", Components: []service.ComponentOut{
		{Component: "opensearch_dashboards", Host: "dashboards", Port: 2, Route: "private"},
		{Component: "opensearch", Host: "h", Port: 1, Route: "dynamic"},
		{Component: "opensearch", Host: "public-h", Port: 3, Route: "public"},
		{Component: "opensearch", Host: "link-h", Port: 4, Route: "privatelink", Ssl: &plain},
	}}
	for _, test := range []struct {
		name  string
		route string
		from  service.ServiceOut
		want  Connection
		port  int
	}{
		{"none yet", RouteDynamic, service.ServiceOut{}, Connection{}, 0},
		{"without secrets", RouteDynamic, service.ServiceOut{ServiceUri: "https://h:1", ConnectionInfo: map[string]any{"opensearch_username": "u"}}, Connection{URL: "https://h:1", Username: "u"}, 1},
		{"secrets apart", RouteDynamic, service.ServiceOut{ServiceUri: "http://h:1", ConnectionInfo: map[string]any{"opensearch_username": "u", "opensearch_password": "p"}}, Connection{"http://h:1", "u", "p"}, 1},
		{"parts only", RouteDynamic, service.ServiceOut{ServiceUriParams: map[string]any{"host": "h", "port": 9.0, "user": "u", "password": "p"}}, Connection{"https://h:9", "u", "p"}, 9},
		{"no port", RouteDynamic, service.ServiceOut{ServiceUri: "https://u:p@h/"}, Connection{"https://h", "u", "p"}, 443},
		{"another route", RoutePublic, routed, Connection{"https://public-h:3", "u", "p"}, 3},
		{"the route that every service has", RouteDynamic, routed, Connection{"https://h:1", "u", "p"}, 1},
		{"a route without encryption", RoutePrivatelink, routed, Connection{"http://link-h:4", "u", "p"}, 4},
		{"a route that it does not have", RoutePrivate, routed, Connection{"", "u", "p"}, 0},
		{"IPv6", RouteDynamic, service.ServiceOut{ServiceUriParams: map[string]any{"host": "::1", "port": "9"}}, Connection{URL: "https://[::1]:9"}, 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := newService("acme", test.route, &test.from)
			if got.Connection.URL != test.want.URL || got.Connection.Username != test.want.Username || got.Connection.Password != test.want.Password {
				t.Errorf("got %v, want %v", got.Connection, test.want)
			}
			if got.URI != test.want.URL || got.Port != test.port {
				t.Errorf("URI %q, port %d", got.URI, got.Port)
			}
		})
	}
}

func TestService_Version(t *testing.T) {
	for _, test := range []struct {
		configured, runs any
		want             string
	}{
		{"2.19", nil, "2.19"},
		{"2.19", "2.19.4", "2.19"},
		{"2", "2.19.4", "2.19"},
		{"2", nil, "2"},
		{nil, "3.3.1", "3.3"},
		{nil, nil, ""},
		{2.0, "2.19.4", "2.19"},
	} {
		s := &service.ServiceOut{UserConfig: map[string]any{"opensearch_version": test.configured}, Metadata: map[string]any{"opensearch_version": test.runs}}
		if got := version(s); got != test.want {
			t.Errorf("%v, %v: %q, want %q", test.configured, test.runs, got, test.want)
		}
	}
}

func TestConnection_NeverShowsTheSecret(t *testing.T) {
	connection := Connection{URL: "https://h:1", Username: "u", Password: "hunter2"}
	asJSON, err := json.Marshal(map[string]any{"c": connection})
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("m", "connection", connection)
	shown := []string{string(asJSON), logged.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		shown = append(shown,
			fmt.Sprintf(verb, connection), fmt.Sprintf(verb, &connection),
			fmt.Sprintf(verb, Service{Connection: connection}), fmt.Sprintf(verb, []any{Service{Connection: connection}}))
	}
	for _, s := range shown {
		if strings.Contains(s, "hunter2") || strings.Contains(s, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("the secret is shown: %s", s)
		}
	}
	if want := `https://h:1 as "u"`; connection.String() != want {
		t.Errorf("got %s", connection)
	}
}

func TestDeleteService_FindsNone(t *testing.T) {
	c, api, _ := newFake(t, refusal(404, "Service eu does not exist"))
	if err := deleteService(t.Context(), c, "acme", "eu"); err != nil {
		t.Error(err)
	}
	api.saw(t, "DELETE /v1/project/acme/service/eu")
}

func TestService_Identity(t *testing.T) {
	first := fixtureService
	const want = "acme/search-eu created 2026-11-24T07:59:30.123456Z"
	if got := first.Identity(); got != want {
		t.Errorf("got %q", got)
	}
	elsewhere := first
	elsewhere.Created = first.Created.In(time.FixedZone("CET", 3600))
	elsewhere.State, elsewhere.Plan = "POWEROFF", "business-8"
	if got := elsewhere.Identity(); got != want {
		t.Errorf("the same service: got %q", got)
	}
	second, unknown := first, first
	second.Created, unknown.Created = first.Created.Add(time.Microsecond), time.Time{}
	if second.Identity() == want || unknown.Identity() != "" {
		t.Errorf("got %q and %q", second.Identity(), unknown.Identity())
	}
}

// Every answer that holds a service tells when it was created.
func TestService_Created(t *testing.T) {
	one := fixture(t, "service.json")
	object := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(one), `{
  "service":`), "}")
	c, _, _ := newFake(t, says(200, one), says(200, one), says(200, one), says(200, one), says(200, `{"services":[`+object+`]}`))
	made, err := c.CreateService(t.Context(), newFollower)
	read, err2 := c.Service(t.Context(), "acme", "search-eu")
	changed, err3 := c.UpdateService(t.Context(), UpdateService{Project: "acme", Name: "search-eu", Plan: new("business-4")})
	list, err4 := c.Services(t.Context(), "acme")
	if err := errors.Join(err, err2, err3, err4); err != nil || len(list) != 1 {
		t.Fatalf("%d services, %v", len(list), err)
	}
	for _, s := range []Service{made, read, changed, list[0]} {
		if s.Identity() != fixtureService.Identity() {
			t.Errorf("got %q", s.Identity())
		}
	}
}
