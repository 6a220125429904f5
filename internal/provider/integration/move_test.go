// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import "testing"

// Point 17 of issue 9: how Terraform and each OpenTofu name Aiven's provider.
func TestPoint9_17_MoveKnowsAivensProvider(t *testing.T) {
	for provider, want := range map[string]bool{
		"registry.terraform.io/aiven/aiven":     true,
		"registry.opentofu.org/aiven/aiven":     true,
		"mirror.example.com/aiven/aiven":        true,
		"aiven":                                 true, // OpenTofu 1.10 to 1.12.3
		"registry.terraform.io/someone/aiven":   false,
		"registry.terraform.io/aiven/other":     false,
		"registry.terraform.io/notaiven/aiven2": false,
		"":                                      false,
	} {
		if got := ofAiven(provider); got != want {
			t.Errorf("ofAiven(%q) = %v", provider, got)
		}
	}
}
