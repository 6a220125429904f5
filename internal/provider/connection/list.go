// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/query"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

var _ list.ListResourceWithConfigure = (*Resource)(nil)

// NewList makes what terraform query lists connections with.
func NewList() list.ListResource { return &Resource{} }

type listModel struct {
	Cluster     types.String `tfsdk:"cluster"`
	NamePattern types.String `tfsdk:"name_pattern"`
}

// ListResourceConfigSchema describes what a list block may say.
func (r *Resource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{MarkdownDescription: "Lists the connections of a follower to its leaders. One that the cluster's own configuration file defines cannot be managed and is not listed.",
		Attributes: map[string]listschema.Attribute{"cluster": query.Cluster(), "name_pattern": query.Pattern("connections whose name")}}
}

// List names every connection with one request.
func (r *Resource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	stream.Results = query.OfCluster(ctx, req, r.clients, config.Cluster, "the connections", &diags, func(ctx context.Context, reader *replication.Reader) ([]query.Item, error) {
		all, err := reader.RemoteSettings(ctx)
		items := make([]query.Item, 0, len(all))
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !query.Wanted(config.NamePattern, name) {
				continue
			}
			m := model{Cluster: config.Cluster, Name: types.StringValue(name), Timeouts: attribute.NoTimeouts()}
			items = append(items, query.Item{Name: m.title(), Shown: m.id(), Identity: m.identity(), Read: func(ctx context.Context, diags *diag.Diagnostics) any {
				m.fill(ctx, all[name], diags)
				return m
			}})
		}
		return items, err
	})
}
