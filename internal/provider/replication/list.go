// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/query"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

var _ list.ListResourceWithConfigure = (*Resource)(nil)

// NewList makes what terraform query lists replications with.
func NewList() list.ListResource { return &Resource{} }

type listModel struct {
	Cluster      types.String `tfsdk:"cluster"`
	LeaderAlias  types.String `tfsdk:"leader_alias"`
	IndexPattern types.String `tfsdk:"follower_index_pattern"`
}

// ListResourceConfigSchema describes what a list block may say.
func (r *Resource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{MarkdownDescription: "Lists the replications of a follower, also those that an autofollow rule has started. An index whose replication was stopped is not listed.",
		Attributes: map[string]listschema.Attribute{"cluster": query.Cluster(), "leader_alias": query.LeaderAlias(), "follower_index_pattern": query.Pattern("replications whose follower index")}}
}

// List names every replication. It makes as many requests as one observation of
// the follower, whatever the number of replications; where the follower hides what
// an index replicates, one more for each that is read.
func (r *Resource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	stream.Results = query.OfCluster(ctx, req, r.clients, config.Cluster, "the replications", &diags, func(ctx context.Context, reader *replication.Reader) ([]query.Item, error) {
		o, err := reader.Observe(ctx, replication.Question{Shared: true, Leaderless: true, Sources: !config.LeaderAlias.IsNull()})
		var unclear []string
		items := make([]query.Item, 0, o.Indices.Len())
		for _, f := range o.Indices.All() {
			source, replicates := f.Replicates().Value()
			_, unknown := f.Replicates().Unknown()
			switch {
			case !query.Wanted(config.IndexPattern, f.Name):
			case unknown, replicates && source.Alias == "" && !config.LeaderAlias.IsNull():
				unclear = append(unclear, f.Name)
			case replicates && (config.LeaderAlias.IsNull() || source.Alias == config.LeaderAlias.ValueString()):
				items = append(items, listed(config.Cluster, *f, reader))
			}
		}
		if len(unclear) > 0 {
			object := "cluster " + config.Cluster.ValueString()
			diags.AddWarning("Some replications of "+object+" are left out",
				fmt.Sprintf("It is not known what %s on %s replicates, if anything: the user may not read it. Give the user the right to read index settings, or import such a replication by its id, CLUSTER/FOLLOWER_INDEX.", ccr.CountedIndices(unclear), object))
		}
		if err == nil && len(unclear) == 0 {
			err = query.CheckLeader(ctx, reader, config.Cluster, config.LeaderAlias, items, &diags)
		}
		return items, err
	})
}

// listed is a follower index that replicates, as its import would read it.
func listed(cluster types.String, f ccr.FollowerIndex, reader *replication.Reader) query.Item {
	m := model{Cluster: cluster, FollowerIndex: types.StringValue(f.Name), UseRoles: attribute.RolesObject(ccr.Roles{}),
		Settings: types.MapNull(types.StringType), Timeouts: attribute.NoTimeouts()}
	return query.Item{Name: m.object(), Shown: m.place(), Identity: m.identity(), Read: func(ctx context.Context, diags *diag.Diagnostics) any {
		if !m.adopt(ctx, reader, f, diags) {
			return nil
		}
		q := m.question(ccr.Owned{})
		q.Shared = true
		o, err := reader.Observe(ctx, q)
		if err == nil {
			m.show(ccr.Decide(m.desired(ctx, ccr.Owned{}, diags), o))
			err = m.observe(ctx, reader, f, true, diags)
		}
		if err != nil {
			m.failed(diags, "Cannot read the replication of index "+m.index(), access.ReadTime, "read", err)
		}
		return m
	}}
}
