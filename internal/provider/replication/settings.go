// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// change brings an existing replication to what is planned, its settings too.
// They take effect only while it syncs: before a pause, after a resume.
func (r *Resource) change(ctx context.Context, reader *replication.Reader, state, plan model, start replication.Start, before ccr.Sight) (ccr.Sight, error) {
	now, err := reader.SeenAlone(ctx, plan.index(), plan.desired())
	if err != nil {
		return now, err
	}
	now.HistoryLost = before.HistoryLost
	changed := !plan.Settings.Equal(state.Settings) && now.State != ccr.NotInProgress && now.State != ccr.Failed
	wanted := map[string]string{}
	if changed {
		if start.Settings == nil {
			start.Settings = map[string]any{}
		}
		for name, value := range start.Settings {
			wanted[name], _ = value.(string)
		}
		if err := reader.UpdateSettings(ctx, plan.index(), start.Settings); err != nil {
			return now, err
		}
		if now.State == ccr.Syncing {
			if err := access.Engine(reader).AwaitSettings(ctx, plan.index(), wanted); err != nil {
				return now, err
			}
		}
	}
	seen, err := r.converge(ctx, reader, plan, start, before.HistoryLost)
	if err == nil && changed && now.State != ccr.Syncing && seen.State == ccr.Syncing {
		err = access.Engine(reader).AwaitSettings(ctx, plan.index(), wanted)
	}
	return seen, err
}

// observe reads roles and settings, as far as the cluster shows them.
func (m *model) observe(ctx context.Context, reader *replication.Reader, seen ccr.Sight, importing bool, diags *diag.Diagnostics) error {
	if importing || !m.UseRoles.IsNull() {
		roles, err := reader.ReplicaRoles(ctx, m.index())
		if err != nil {
			return err
		}
		if roles != (ccr.Roles{}) {
			m.UseRoles = attribute.RolesObject(roles)
		}
	}
	names := m.settings(ctx, diags)
	if importing {
		records, err := reader.Records(ctx)
		if err != nil {
			return err
		}
		names = records.Indices[m.index()].Settings
	}
	// While it is paused, settings that were asked for have not been made yet.
	if len(names) == 0 || seen.State == ccr.Paused && !importing {
		return nil
	}
	all, err := reader.IndexSettings(ctx)
	if err != nil {
		return err
	}
	there := map[string]string{}
	for name := range names {
		if value, set := all[m.index()][name]; set {
			there[name] = value
		}
	}
	settings, d := types.MapValueFrom(ctx, types.StringType, there)
	diags.Append(d...)
	m.Settings = settings
	return nil
}
