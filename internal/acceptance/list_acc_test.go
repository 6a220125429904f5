// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

// terraform query needs Terraform 1.14, so most of these tests speak its protocol
// to the provider, as that Terraform does.

// lister is a configured provider that can list.
type lister struct {
	t       *testing.T
	server  tfprotov6.ProviderServerWithListResource //nolint:staticcheck // until the methods are in ProviderServer, this is how to reach them
	schemas *tfprotov6.GetProviderSchemaResponse
	// warnings are those of the last list that stand for a pair that is left out.
	warnings []*tfprotov6.Diagnostic
}

// newLister configures a provider as a provider block with these attributes does.
func newLister(t *testing.T, block fields) *lister {
	t.Helper()
	server, err := testProviders()["opensearch"]()
	if err != nil {
		t.Fatal(err)
	}
	l := &lister{t: t}
	var ok bool
	if l.server, ok = server.(tfprotov6.ProviderServerWithListResource); !ok { //nolint:staticcheck // see above
		t.Fatalf("%T cannot list", server)
	}
	if l.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: configValue(t, l.schemas.Provider, block)})
	if err != nil {
		t.Fatal(err)
	}
	l.good(configured.Diagnostics)
	return l
}

func (l *lister) good(diags []*tfprotov6.Diagnostic) {
	l.t.Helper()
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			l.t.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
}

// list returns the display names and, by attribute, the values of the first
// result's resource. config is what the list block says.
func (l *lister) list(typeName string, limit int64, config fields) (names []string, first map[string]tftypes.Value) {
	l.t.Helper()
	if config == nil {
		config = fields{}
	}
	stream, err := l.server.ListResource(l.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: configValue(l.t, l.schemas.ListResourceSchemas[typeName], config), IncludeResource: true, Limit: limit,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.warnings = nil
	for result := range stream.Results {
		l.good(result.Diagnostics)
		if result.Resource == nil && result.Identity == nil && len(result.Diagnostics) > 0 {
			l.warnings = append(l.warnings, result.Diagnostics...) // Terraform 1.14 shows these and continues
			continue
		}
		if result.Resource == nil || result.Identity == nil {
			l.t.Fatalf("result %q has no resource or no identity", result.DisplayName)
		}
		names = append(names, result.DisplayName)
		if first == nil {
			value, err := result.Resource.Unmarshal(l.schemas.ResourceSchemas[typeName].ValueType())
			if err == nil {
				err = value.As(&first)
			}
			if err != nil {
				l.t.Fatal(err)
			}
		}
	}
	return names, first
}

// refused returns the error that is all of a list.
func (l *lister) refused(typeName string, config fields) string {
	l.t.Helper()
	stream, err := l.server.ListResource(l.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: configValue(l.t, l.schemas.ListResourceSchemas[typeName], config), IncludeResource: true,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	var texts []string
	for result := range stream.Results {
		for _, d := range result.Diagnostics {
			texts = append(texts, d.Summary+": "+d.Detail)
		}
	}
	if len(texts) != 1 {
		l.t.Fatalf("got %q, want one error", texts)
	}
	return texts[0]
}

func textOf(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var text string
	if err := v.As(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// A query of followers and integrations together lists no follower service twice,
// and what cannot be read is left out instead of guessed.
func TestPoint9_15_ListFollowersAndIntegrations(t *testing.T) {
	t.Parallel()
	const follower, integration = "opensearch_ccr_follower", "opensearch_ccr_integration"
	s := newScene(t)
	s.service("search-eu", "business-4", sandbox.Following(leaderName))
	l := newLister(t, fields{"aiven": fields{"token": s.sandbox.Token(), "project": s.project, "api_url": s.sandbox.APIURL()}})
	everything := fields{"all": true}

	for typeName, config := range map[string]fields{follower: nil, integration: everything} {
		names, first := l.list(typeName, 10, config)
		if want := s.project + "/search-eu, follower of " + s.project + "/" + leaderName; len(names) != 1 || names[0] != want {
			t.Fatalf("%s: got %q, want %q", typeName, names, want)
		}
		if got := textOf(t, first["leader_service_name"]); got != leaderName {
			t.Errorf("%s: leader_service_name is %q", typeName, got)
		}
		if got := textOf(t, first["desired_state"]); got != "replicating" {
			t.Errorf("%s: desired_state is %q", typeName, got)
		}
	}
	if names, _ := l.list(integration, 10, nil); len(names) != 0 {
		t.Errorf("%q is listed as a follower and as an integration", names)
	}

	s.api(http.MethodPut, "/service/search-eu", map[string]any{"powered": false})
	eventually(t, "the follower is off", func() bool { return s.shown("search-eu")["state"] == "POWEROFF" })
	for typeName, config := range map[string]fields{follower: nil, integration: everything} {
		names, _ := l.list(typeName, 10, config)
		if len(names) != 0 {
			t.Errorf("%s: what %q replicates is guessed", typeName, names)
		}
		const why = "is meant to replicate is not known: the follower service is powered off."
		if len(l.warnings) != 1 || !strings.Contains(l.warnings[0].Detail, why) {
			t.Errorf("%s: warnings %v, want one that says %q", typeName, l.warnings, why)
		}
	}
	s.api(http.MethodPut, "/service/search-eu", map[string]any{"powered": true})
	eventually(t, "the follower runs", func() bool { return s.shown("search-eu")["state"] == "RUNNING" })

	// A follower of two leaders is not a follower resource, but two integrations.
	s.service("search-ap", "business-4")
	if _, err := s.client().CreateIntegration(t.Context(), s.aivenRef("search-ap"), s.aivenRef("search-eu")); err != nil {
		t.Fatal(err)
	}
	if names, _ := l.list(follower, 10, nil); len(names) != 0 {
		t.Errorf("a follower of two leaders is listed: %q", names)
	}
	if names, _ := l.list(integration, 10, nil); len(names) != 2 {
		t.Errorf("got %q, want two integrations", names)
	}
	if names, _ := l.list(integration, 1, nil); len(names) != 1 {
		t.Errorf("got %q, want one, the limit", names)
	}
}

// What runs already is adopted without a change, whatever it was configured with:
// with import blocks by id on every Terraform, with terraform query where there is that.
func TestList_AdoptedWithoutAChange(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	s.cluster(leaderRef).Write("movies", "1", true)
	follower := follower(`index_patterns         = ["films*", "movies"]`, `termination_protection = true`, `tags                   = { team = "search" }`,
		`maintenance_window     = { day = "sunday", time = "03:00:00" }`, `user_config            = jsonencode({ opensearch = { action_auto_create_index_enabled = false } })`, `timeouts               = { create = "50m" }`)
	s.write(follower)
	s.apply()
	for _, c := range []struct{ kind, id, shown string }{
		{"follower", "acme/search-eu", "project=acme,service_name=search-eu"},
		{"integration", "acme/search-us/acme/search-eu", "follower_project=acme,follower_service_name=search-eu,leader_project=acme,leader_service_name=search-us"},
	} {
		w := s.workspace.again()
		w.write(fmt.Sprintf("import {\n  to = opensearch_ccr_%s.test\n  id = %q\n}\n", c.kind, c.id))
		w.generate()
		w.adopts(1)
		if version.Queries() {
			w = s.workspace.again()
			w.write("")
			w.query(c.kind).says(c.shown, "acme/search-eu, follower of acme/search-us")
			w.plan().says("1 to import, 0 to add, 0 to change, 0 to destroy")
		}
	}
}
