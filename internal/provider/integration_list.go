// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

var _ list.ListResourceWithConfigure = (*integrationResource)(nil)

// newIntegrationList makes what terraform query lists integrations with.
func newIntegrationList() list.ListResource { return &integrationResource{} }

func (r *integrationResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listConfigSchema("integrations of leader and follower services")
}

// List names every pair.
func (r *integrationResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	operator, pairs, diags := listPairs(ctx, r.clients, req)
	stream.Results = results(ctx, req, pairs, diags, func(p pair.Pair, result *list.ListResult) {
		m := integrationModel{LeaderProject: types.StringValue(p.Leader.Project), LeaderServiceName: types.StringValue(p.Leader.Name),
			FollowerProject: types.StringValue(p.Follower.Project), FollowerServiceName: types.StringValue(p.Follower.Name), Timeouts: noTimeouts()}
		result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
		if !req.IncludeResource {
			return
		}
		if _, found := r.refresh(ctx, operator, &m, nil, &result.Diagnostics); found {
			result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
		}
	})
}
