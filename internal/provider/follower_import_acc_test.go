// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// importFollower calls ImportState as Terraform does for an import block with
// an id, or with an identity where id is empty. Terraform itself knows
// identities from 1.12 on.
func importFollower(t *testing.T, id string, identity map[string]string) resource.ImportStateResponse {
	t.Helper()
	r := &followerResource{}
	var schema resource.SchemaResponse
	r.Schema(t.Context(), resource.SchemaRequest{}, &schema)
	var identitySchema resource.IdentitySchemaResponse
	r.IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &identitySchema)

	identityType := identitySchema.IdentitySchema.Type().TerraformType(t.Context())
	values := map[string]tftypes.Value{}
	for _, name := range []string{"project", "service_name"} {
		values[name] = tftypes.NewValue(tftypes.String, nil)
		if text, given := identity[name]; given {
			values[name] = tftypes.NewValue(tftypes.String, text)
		}
	}
	raw := tftypes.NewValue(identityType, nil)
	if identity != nil {
		raw = tftypes.NewValue(identityType, values)
	}
	response := resource.ImportStateResponse{
		State:    tfsdk.State{Schema: schema.Schema, Raw: tftypes.NewValue(schema.Schema.Type().TerraformType(t.Context()), nil)},
		Identity: &tfsdk.ResourceIdentity{Schema: identitySchema.IdentitySchema, Raw: raw.Copy()},
	}
	r.ImportState(t.Context(), resource.ImportStateRequest{ID: id, Identity: &tfsdk.ResourceIdentity{Schema: identitySchema.IdentitySchema, Raw: raw}}, &response)
	return response
}

func TestFollower_ImportState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		id       string
		identity map[string]string
		fails    string
	}{
		"by id":                 {id: "acme/search-eu"},
		"by identity":           {identity: map[string]string{"project": "acme", "service_name": "search-eu"}},
		"no project":            {id: "search-eu", fails: `"search-eu" is not of the form PROJECT/SERVICE_NAME.`},
		"something beyond":      {id: "acme/search-eu/1", fails: `"acme/search-eu/1" is not of the form PROJECT/SERVICE_NAME.`},
		"no name of a service":  {id: "acme/Search_EU", fails: `"acme/Search_EU" is not of the form PROJECT/SERVICE_NAME.`},
		"identity, bad service": {identity: map[string]string{"project": "acme", "service_name": "../x"}, fails: `"acme/../x" does not name a service: service name "../x" must begin with a lower case letter`},
		"identity, bad project": {identity: map[string]string{"project": "a b", "service_name": "search-eu"}, fails: `"a b/search-eu" does not name a service: project name "a b" must have only letters`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := importFollower(t, test.id, test.identity)
			if test.fails != "" {
				if errs := response.Diagnostics.Errors(); len(errs) != 1 || !strings.HasPrefix(errs[0].Detail(), test.fails) {
					t.Errorf("got %v, want one error that begins with %q", errs, test.fails)
				}
				return
			}
			if response.Diagnostics.HasError() {
				t.Fatal(response.Diagnostics)
			}
			for attribute, want := range map[string]string{"project": "acme", "service_name": "search-eu"} {
				var got types.String
				response.Diagnostics.Append(response.State.GetAttribute(t.Context(), path.Root(attribute), &got)...)
				if got.ValueString() != want {
					t.Errorf("%s is %s, want %s", attribute, got, want)
				}
			}
		})
	}
}

// An import of what is no follower of one leader says so.
func TestFollower_ImportOfNoFollower(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.paper("search-asia", nil)
	s.paper("alone", nil)
	s.paper("central", map[string]any{"service_integrations": []any{
		map[string]any{"integration_type": "opensearch_cross_cluster_replication", "source_service": leaderName, "user_config": map[string]any{}},
		map[string]any{"integration_type": "opensearch_cross_cluster_replication", "source_service": "search-asia", "user_config": map[string]any{}}}})
	w := s.workspace()
	w.write(follower())
	for id, want := range map[string]string{
		s.project + "/alone": "Error: Follower cannot be imported Service " + s.project + "/alone: it follows no other service: it has no integration of type opensearch_cross_cluster_replication, so it is no follower",
		s.project + "/central": "Error: Follower cannot be imported Service " + s.project + "/central: it follows several leaders (" + s.project + "/" + leaderName + ", " + s.project +
			"/search-asia); import one opensearch_ccr_integration for each of them",
		s.project + "/nobody": "Error: Follower cannot be imported Service " + s.project + "/nobody: GET /v1/project/" + s.project + "/service/nobody (service " + s.project + "/nobody): 404: Service nobody does not exist. Check the name and the project",
	} {
		w.terraformFails("import", "-input=false", followerAddress, id).says(want)
	}
	if _, there := w.instance(); there {
		t.Error("something was imported")
	}
}

// A creation that was cut short is not gone on with under another
// configuration: the service is what the plan says, deleted and made anew.
func TestFollower_UnfinishedAndChanged(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.paper("search-asia", nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "3s" }`))
	w.applyFails()
	created := s.shown("search-eu")["create_time"]
	w.write(follower(`leader_service_name = "search-asia"`, `timeouts = { create = "3s" }`))
	r := w.plan()
	r.says("must be replaced")
	r.saysNot("Unfinished creation is continued", "Error:")
	w.applyFails().says("wait until service " + s.project + "/search-eu is RUNNING")
	if s.shown("search-eu")["create_time"] == created {
		t.Error("the service is still the old one")
	}
	w.expect(map[string]any{"leader_service_name": "search-asia", "leader_alias": s.project + "_search-asia"})
	w.destroy()
}

// A leader may be in another project.
func TestFollower_LeaderInAnotherProject(t *testing.T) {
	t.Parallel()
	theirs, ours := newPaperScene(t), newPaperScene(t)
	theirs.paper(leaderName, nil)
	w := ours.workspace()
	w.write(follower(`leader_project = "`+theirs.project+`"`, `timeouts = { create = "3s" }`))
	w.applyFails().says("Follower " + ours.project + "/search-eu of leader " + theirs.project + "/search-us: wait until service " + ours.project + "/search-eu is RUNNING")
	w.expect(map[string]any{"leader_alias": theirs.project + "_search-us", "leader_project": theirs.project, "project": ours.project})
	links, ok := ours.api(http.MethodGet, "/service/search-eu/integration", nil)["service_integrations"].([]any)
	if !ok || len(links) != 1 {
		t.Fatalf("the API shows integrations %v", links)
	}
	if link, ok := links[0].(map[string]any); !ok || link["source_project"] != theirs.project || link["dest_project"] != ours.project {
		t.Errorf("the API shows the integration as %v", links[0])
	}
	w.destroy()
}
