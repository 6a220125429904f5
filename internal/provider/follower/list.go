// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

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

// NewList makes what terraform query lists followers with.
func NewList() list.ListResource { return &Resource{} }

type listModel struct {
	Project types.String `tfsdk:"project"`
}

// ListResourceConfigSchema describes what a list block may say.
func (r *Resource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{MarkdownDescription: "Lists the follower services of a project that have one leader. Those with several are listed as `opensearch_ccr_integration`.",
		Attributes: services.ListAttributes()}
}

// List names every follower service that has one leader.
func (r *Resource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	operator, all := services.ListPairs(ctx, r.clients, config.Project, &diags)
	pairs := slices.DeleteFunc(slices.Clone(all), func(p pair.Pair) bool { return !services.Sole(p, all) })
	items := make([]query.Item, 0, len(pairs))
	for _, p := range pairs {
		m := model{Project: types.StringValue(p.Follower.Project), ServiceName: types.StringValue(p.Follower.Name), Timeouts: attribute.NoTimeouts(),
			UserConfig: noUserConfig()}
		items = append(items, services.Item(p, m.identity(), func(ctx context.Context, diags *diag.Diagnostics) (any, pair.Seen, bool) {
			seen, found := r.refresh(ctx, pair.NewLookup(operator), &m, ccr.Owned{}, diags)
			return m, seen, found
		}))
	}
	stream.Results = query.Results(ctx, req, diags, items)
}
