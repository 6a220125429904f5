// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

var _ list.ListResourceWithConfigure = (*followerResource)(nil)

// newFollowerList makes what terraform query lists followers with.
func newFollowerList() list.ListResource { return &followerResource{} }

func (r *followerResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listConfigSchema("follower services")
}

// List names every follower service that has one leader; those with several
// are listed as integrations.
func (r *followerResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	operator, pairs, diags := listPairs(ctx, r.clients, req)
	leaders := map[aiven.ServiceRef]int{}
	for _, p := range pairs {
		leaders[p.Follower]++
	}
	pairs = slices.DeleteFunc(pairs, func(p pair.Pair) bool { return leaders[p.Follower] > 1 })
	stream.Results = results(ctx, req, pairs, diags, func(p pair.Pair, result *list.ListResult) {
		m := followerModel{Project: types.StringValue(p.Follower.Project), ServiceName: types.StringValue(p.Follower.Name), Timeouts: noTimeouts(),
			UserConfig: jsontypes.NewNormalizedNull()}
		result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
		if !req.IncludeResource {
			return
		}
		if _, found := r.refresh(ctx, operator, &m, nil, &result.Diagnostics); found {
			result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
		}
	})
}
