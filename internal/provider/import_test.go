// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Import by identity needs Terraform 1.12; the provider's side of it is one call.
func TestIndexLevel_ImportByIdentity(t *testing.T) {
	t.Parallel()
	for name, identity := range map[string]map[string]string{
		"opensearch_ccr_connection":      {"cluster": "paris", "name": "london"},
		"opensearch_ccr_replication":     {"cluster": "paris", "follower_index": "orders"},
		"opensearch_ccr_autofollow_rule": {"cluster": "paris", "leader_alias": "london", "name": "logs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, schemas := served(t)
			kinds, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
			for key, value := range identity {
				kinds[key], values[key] = tftypes.String, tftypes.NewValue(tftypes.String, value)
			}
			kind := tftypes.Object{AttributeTypes: kinds}
			data, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, values))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, Identity: &tfprotov6.ResourceIdentityData{IdentityData: &data}})
			if err != nil || len(resp.Diagnostics) > 0 || len(resp.ImportedResources) != 1 {
				t.Fatalf("import: %v %v", err, resp)
			}
			state, err := resp.ImportedResources[0].State.Unmarshal(schemas.ResourceSchemas[name].ValueType())
			if err != nil {
				t.Fatal(err)
			}
			var attributes map[string]tftypes.Value
			if err := state.As(&attributes); err != nil {
				t.Fatal(err)
			}
			for key, want := range identity {
				if !attributes[key].Equal(tftypes.NewValue(tftypes.String, want)) {
					t.Errorf("%s is %s, want %q", key, attributes[key], want)
				}
			}
		})
	}
}

func TestIndexLevel_ImportIDOfAnotherFormIsRefused(t *testing.T) {
	t.Parallel()
	server, _ := served(t)
	for id, form := range map[string]string{"paris": "CLUSTER/FOLLOWER_INDEX", "paris/": "CLUSTER/FOLLOWER_INDEX", "paris/a/b": "CLUSTER/FOLLOWER_INDEX", "/a": "CLUSTER/FOLLOWER_INDEX", "paris/a/r/": "CLUSTER/FOLLOWER_INDEX"} {
		resp, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: "opensearch_ccr_replication", ID: id})
		if err != nil || len(resp.Diagnostics) != 1 {
			t.Fatalf("%q: %v %v", id, err, resp.Diagnostics)
		}
		if want := `"` + id + `" is not of the form ` + form + "."; resp.Diagnostics[0].Detail != want {
			t.Errorf("got %q, want %q", resp.Diagnostics[0].Detail, want)
		}
	}
}
