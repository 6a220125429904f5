// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// This file reads what a refresh and an import take from the cluster besides the
// state of the replication.

// imported fills in what names the leader and what only a configuration says.
// False, with an error, where the index is not known to replicate.
func (m *model) imported(ctx context.Context, reader *replication.Reader, diags *diag.Diagnostics) bool {
	o, err := reader.Observe(ctx, replication.Question{Only: []string{m.index()}, Shared: true, Leaderless: true})
	if err != nil {
		m.failed(diags, "Cannot read the replication of index "+m.index(), access.ReadTime, "read", err)
		return false
	}
	return m.adopt(ctx, reader, o.Indices.At(m.index()), diags)
}

// adopt fills in what an import takes from the index of a replication. False, with
// an error, where the index is not known to replicate.
func (m *model) adopt(ctx context.Context, reader *replication.Reader, f ccr.FollowerIndex, diags *diag.Diagnostics) bool {
	source, replicates := f.Replicates().Value()
	if replicates && source.Alias == "" {
		status, err := reader.Replication(ctx, m.index()) // the follower hides the mark
		if err != nil {
			m.failed(diags, "Cannot read the replication of index "+m.index(), access.ReadTime, "read", err)
			return false
		}
		source = status.Source
	}
	if source.Alias == "" {
		diags.AddError("Index "+m.index()+" is not being replicated", fmt.Sprintf("Index %s on cluster %s is not known to replicate a leader's index, so there is nothing to import. Create the resource with terraform apply instead.",
			m.index(), m.Cluster.ValueString()))
		return false
	}
	m.LeaderAlias, m.LeaderIndex = types.StringValue(source.Alias), types.StringValue(source.Index)
	m.DesiredState = types.StringValue(string(ccr.ModeReplicating))
	if f.State == ccr.Paused && !f.AutoPaused() {
		m.DesiredState = types.StringValue(string(ccr.ModePaused))
	}
	m.OnDestroy, m.Rebuild = types.StringValue(destroyStop), types.BoolValue(false)
	return true
}

// observe reads roles and settings, as far as the cluster shows them.
func (m *model) observe(ctx context.Context, reader *replication.Reader, f ccr.FollowerIndex, importing bool, diags *diag.Diagnostics) error {
	names := m.settings(ctx, diags)
	if importing || !m.UseRoles.IsNull() {
		records, err := reader.Records(ctx)
		if err != nil {
			return err
		}
		record := records.Indices[m.index()]
		if record.Roles != (ccr.Roles{}) {
			m.UseRoles = attribute.RolesObject(record.Roles)
		}
		if importing { // the plugin has on record also what it acknowledged and left out
			names = maps.Clone(record.Settings)
			maps.DeleteFunc(names, func(name, _ string) bool { return ccr.CheckReplicaSetting(name) != nil })
		}
	}
	// While it is paused, settings that were asked for have not been made yet.
	if len(names) == 0 || f.State == ccr.Paused && !importing {
		return nil
	}
	all, err := reader.IndexSettings(ctx)
	if err != nil {
		return err
	}
	existing := map[string]string{}
	for name := range names {
		if value, set := all[m.index()][name]; set {
			existing[name] = value
		}
	}
	if importing && len(existing) == 0 { // an empty map cannot be configured
		return nil
	}
	settings, d := types.MapValueFrom(ctx, types.StringType, existing)
	diags.Append(d...)
	m.Settings = settings
	return nil
}

func (m model) warnUnread(err error, diags *diag.Diagnostics) {
	diags.AddWarning("Cannot read the "+m.object(),
		fmt.Sprintf("Index %s on cluster %s: %s. The state keeps what the last refresh saw.", m.index(), m.Cluster.ValueString(), report.Sentence(err)))
}
