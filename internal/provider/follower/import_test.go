// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
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
	r := &Resource{}
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
