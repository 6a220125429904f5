// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// imported are the resources and the attributes that their import ids are made of.
var imported = map[string][]string{
	"opensearch_ccr_follower":        {"project", "service_name"},
	"opensearch_ccr_integration":     {"leader_project", "leader_service_name", "follower_project", "follower_service_name"},
	"opensearch_ccr_connection":      {"cluster", "name"},
	"opensearch_ccr_replication":     {"cluster", "follower_index"},
	"opensearch_ccr_autofollow_rule": {"cluster", "leader_alias", "name"},
}

// An import id is refused with an error, or its parts are in the state as they were.
func FuzzImportID(f *testing.F) {
	for _, id := range []string{"acme/search-eu", "acme/us/acme/eu", "paris/london", "paris/orders", "paris/london/logs", "paris/orders/leader/follower", "paris/london/logs/leader/follower",
		"", "/", "//", "a", "a/", "/a", "../..", "a/../b/..", "a b/c d", "a/b?c", "a/b#c", "größe/ä", "a\x00/b", "paris/a/b/c/d/e", "acme/us//eu"} {
		f.Add(id)
	}
	server, schemas := served(f)
	f.Fuzz(func(t *testing.T, id string) {
		if id == "" || !utf8.ValidString(id) {
			t.Skip("Terraform sends no such id")
		}
		for resource, names := range imported {
			resp, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: resource, ID: id})
			if err != nil {
				t.Fatalf("%s %q: %v", resource, id, err)
			}
			if len(resp.Diagnostics) > 0 {
				for _, d := range resp.Diagnostics {
					if d.Summary == "" || len(d.Summary) >= 80 || !strings.Contains(d.Detail, "not") {
						t.Errorf("%s %q: %s: %s", resource, id, d.Summary, d.Detail)
					}
				}
				continue
			}
			state, err := resp.ImportedResources[0].State.Unmarshal(schemas.ResourceSchemas[resource].ValueType())
			if err != nil {
				t.Fatal(err)
			}
			var attributes map[string]tftypes.Value
			if err := state.As(&attributes); err != nil {
				t.Fatal(err)
			}
			var parts []string
			for _, name := range names {
				var part string
				if err := attributes[name].As(&part); err != nil || part == "" {
					t.Errorf("%s %q: %s is %q, %v", resource, id, name, part, err)
				}
				parts = append(parts, part)
			}
			if joined := strings.Join(parts, "/"); joined != id && !strings.HasPrefix(id, joined+"/") {
				t.Errorf("%s %q: the state has %q", resource, id, parts)
			}
			for i, part := range parts {
				if strings.Contains(part, "/") || part == "." || part == ".." {
					t.Errorf("%s %q: %s is %q", resource, id, names[i], part)
				}
			}
		}
	})
}
