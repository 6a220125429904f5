// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

// Demand is what a follower needs for the indices of its leader that the patterns
// match: one request to the leader, and one to a follower that exists (the zero
// value is one that does not), each shared within a plan. nodes is how many nodes
// the follower has, 0 where that is not known. Indices of a follower that cannot
// be asked are not counted.
func Demand(ctx context.Context, lookup *pair.Lookup, patterns types.Set, leader, follower aiven.Service, nodes int) (ccr.Fact[ccr.Demand], error) {
	var diags diag.Diagnostics
	if wanted := Patterns(ctx, patterns, &diags); !diags.HasError() && !patterns.IsUnknown() {
		sizes, err := lookup.Sizes(ctx, leader)
		if err != nil {
			return ccr.Fact[ccr.Demand]{}, err
		}
		var held []ccr.IndexSize
		if follower.Name != "" {
			found, err := lookup.Sizes(ctx, follower)
			if err != nil {
				return ccr.Fact[ccr.Demand]{}, err
			}
			held, _ = found.Value()
		}
		return ccr.DemandOf(wanted, sizes, held, nodes), nil
	}
	return ccr.Unknown[ccr.Demand]("index_patterns is known only after apply"), nil
}
