// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

var _ list.ListResourceWithConfigure = (*Resource)(nil)

// NewList makes what terraform query lists followers with.
func NewList() list.ListResource { return &Resource{} }

// ListResourceConfigSchema describes what a list block may say.
func (r *Resource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = services.ListConfigSchema("follower services")
}

// List names every follower service that has one leader; those with several
// are listed as integrations.
func (r *Resource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	operator, pairs, diags := services.ListPairs(ctx, r.clients, req)
	leaders := map[aiven.ServiceRef]int{}
	for _, p := range pairs {
		leaders[p.Follower]++
	}
	pairs = slices.DeleteFunc(pairs, func(p pair.Pair) bool { return leaders[p.Follower] > 1 })
	stream.Results = services.Results(ctx, req, pairs, diags, func(p pair.Pair, result *list.ListResult) {
		m := model{Project: types.StringValue(p.Follower.Project), ServiceName: types.StringValue(p.Follower.Name), Timeouts: attribute.NoTimeouts(),
			UserConfig: noUserConfig()}
		result.Diagnostics.Append(result.Identity.Set(ctx, m.identity())...)
		if !req.IncludeResource {
			return
		}
		if _, found := r.refresh(ctx, pair.NewLookup(operator), &m, nil, &result.Diagnostics); found {
			result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
		}
	})
}
