// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/query"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

var _ list.ListResourceWithConfigure = (*Resource)(nil)

// NewList makes what terraform query lists integrations with.
func NewList() list.ListResource { return &Resource{} }

type listModel struct {
	Project types.String `tfsdk:"project"`
	All     types.Bool   `tfsdk:"all"`
}

// ListResourceConfigSchema describes what a list block may say.
func (r *Resource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	attributes := services.ListAttributes()
	attributes["all"] = listschema.BoolAttribute{Optional: true, MarkdownDescription: "Lists the integrations of followers with one leader too. " +
		"Default `false`: those are listed as `opensearch_ccr_follower`, so that a query of both generates nothing twice."}
	resp.Schema = listschema.Schema{MarkdownDescription: "Lists the integrations of leader and follower services of a project.", Attributes: attributes}
}

// List names the pairs of followers with several leaders, or every pair.
func (r *Resource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	operator, all := services.ListPairs(ctx, r.clients, config.Project, &diags)
	pairs := all
	if !config.All.ValueBool() {
		pairs = slices.DeleteFunc(slices.Clone(all), func(p pair.Pair) bool { return services.Sole(p, all) })
	}
	items := make([]query.Item, 0, len(pairs))
	for _, p := range pairs {
		m := model{LeaderProject: types.StringValue(p.Leader.Project), LeaderServiceName: types.StringValue(p.Leader.Name),
			FollowerProject: types.StringValue(p.Follower.Project), FollowerServiceName: types.StringValue(p.Follower.Name), Timeouts: attribute.NoTimeouts()}
		items = append(items, services.Item(p, m.identity(), func(ctx context.Context, diags *diag.Diagnostics) (any, pair.Seen, bool) {
			seen, found := r.refresh(ctx, pair.NewLookup(operator), &m, ccr.Owned{}, diags)
			return m, seen, found
		}))
	}
	stream.Results = query.Results(ctx, req, diags, items)
}
