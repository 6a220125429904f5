// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

type model struct {
	Cluster       types.String   `tfsdk:"cluster"`
	FollowerIndex types.String   `tfsdk:"follower_index"`
	LeaderAlias   types.String   `tfsdk:"leader_alias"`
	LeaderIndex   types.String   `tfsdk:"leader_index"`
	UseRoles      types.Object   `tfsdk:"use_roles"`
	Settings      types.Map      `tfsdk:"settings"`
	DesiredState  types.String   `tfsdk:"desired_state"`
	OnDestroy     types.String   `tfsdk:"on_destroy"`
	Rebuild       types.Bool     `tfsdk:"rebuild"`
	Status        types.String   `tfsdk:"status"`
	StatusReason  types.String   `tfsdk:"status_reason"`
	ID            types.String   `tfsdk:"id"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

type identityModel struct {
	Cluster       types.String `tfsdk:"cluster"`
	FollowerIndex types.String `tfsdk:"follower_index"`
}

func (m model) identity() identityModel {
	return identityModel{m.Cluster, m.FollowerIndex}
}

func (m model) index() string { return m.FollowerIndex.ValueString() }

// desired is what the replication is meant to be.
func (m model) desired() ccr.Single {
	return ccr.Single{FollowerIndex: m.index(), LeaderAlias: m.LeaderAlias.ValueString(), LeaderIndex: m.LeaderIndex.ValueString(),
		Mode: ccr.Mode(m.DesiredState.ValueString())}
}

// mayRebuild reports whether the follower index may be deleted to build the replication anew.
func (m model) mayRebuild() bool {
	return m.Rebuild.ValueBool() || m.OnDestroy.ValueString() == destroyDelete
}

// start is what starts the replication.
func (m model) start(ctx context.Context, diags *diag.Diagnostics) replication.Start {
	start := replication.Start{FollowerIndex: m.index(), LeaderAlias: m.LeaderAlias.ValueString(), LeaderIndex: m.LeaderIndex.ValueString(),
		Roles: attribute.Roles(ctx, m.UseRoles, diags)}
	for name, value := range m.settings(ctx, diags) {
		if start.Settings == nil {
			start.Settings = map[string]any{}
		}
		start.Settings[name] = value
	}
	return start
}

// settings are the configured ones, nil if there are none.
func (m model) settings(ctx context.Context, diags *diag.Diagnostics) map[string]string {
	if m.Settings.IsNull() {
		return nil
	}
	var settings map[string]string
	diags.Append(m.Settings.ElementsAs(ctx, &settings, false)...)
	return settings
}

// unfinished reports whether the replication has never been complete: its index
// may be deleted to begin again.
func (m model) unfinished() bool { return m.StatusReason.ValueString() == report.Unfinished }

// seen takes over what was seen of the replication.
func (m *model) seen(s ccr.Sight) {
	m.ID = types.StringValue(m.Cluster.ValueString() + "/" + m.index())
	if s.LeaderIndex != "" {
		m.LeaderAlias, m.LeaderIndex = types.StringValue(s.LeaderAlias), types.StringValue(s.LeaderIndex)
	}
	assessment := ccr.AssessSingle(m.desired(), s)
	m.Status, m.StatusReason = types.StringValue(string(assessment.Status)), types.StringNull()
	if assessment.Reason != "" {
		m.StatusReason = types.StringValue(assessment.Reason)
	}
}

// done says that the replication is as desired.
func (m *model) done() {
	m.ID = types.StringValue(m.Cluster.ValueString() + "/" + m.index())
	m.Status, m.StatusReason = types.StringValue(string(m.desired().Mode.Target())), types.StringNull()
}

func (m model) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	object := fmt.Sprintf("Replication of index %s of %s as %s on cluster %s", m.LeaderIndex.ValueString(), m.LeaderAlias.ValueString(), m.index(), m.Cluster.ValueString())
	if m.LeaderIndex.IsNull() {
		object = fmt.Sprintf("Replication of index %s on cluster %s", m.index(), m.Cluster.ValueString())
	}
	report.AddClusterError(diags, summary, object, limit, operation, err)
}
