// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

var _ list.ListResourceWithConfigure = (*Resource)(nil)

// NewList makes what terraform query lists integrations with.
func NewList() list.ListResource { return &Resource{} }

// ListResourceConfigSchema describes what a list block may say.
func (r *Resource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = services.ListConfigSchema("integrations of leader and follower services")
}

// List names every pair.
func (r *Resource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	operator, pairs, diags := services.ListPairs(ctx, r.clients, req)
	stream.Results = services.Results(ctx, req, pairs, diags, func(p pair.Pair, result *list.ListResult) {
		m := model{LeaderProject: types.StringValue(p.Leader.Project), LeaderServiceName: types.StringValue(p.Leader.Name),
			FollowerProject: types.StringValue(p.Follower.Project), FollowerServiceName: types.StringValue(p.Follower.Name), Timeouts: attribute.NoTimeouts()}
		result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
		if !req.IncludeResource {
			return
		}
		if _, found := r.refresh(ctx, pair.NewLookup(operator), &m, nil, &result.Diagnostics); found {
			result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
		}
	})
}
