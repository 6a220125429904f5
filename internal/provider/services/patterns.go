// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Patterns are the patterns of an index_patterns attribute.
func Patterns(ctx context.Context, set types.Set, diags *diag.Diagnostics) []string {
	var patterns []string
	diags.Append(set.ElementsAs(ctx, &patterns, false)...)
	return patterns
}

// RemovedPatterns are those that a change of index_patterns takes away.
func RemovedPatterns(ctx context.Context, before, after types.Set, diags *diag.Diagnostics) []string {
	if after.IsUnknown() {
		return nil
	}
	now := map[string]bool{}
	for _, p := range Patterns(ctx, after, diags) {
		now[p] = true
	}
	var removed []string
	for _, p := range Patterns(ctx, before, diags) {
		if !now[p] {
			removed = append(removed, p)
		}
	}
	return removed
}
