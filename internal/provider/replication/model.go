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

// This file converts between Terraform's model and the values of package ccr.

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

func (m model) identity() identityModel { return identityModel{m.Cluster, m.FollowerIndex} }

func (m model) index() string { return m.FollowerIndex.ValueString() }

func (m model) leader() string { return m.LeaderIndex.ValueString() }

func (m model) alias() string { return m.LeaderAlias.ValueString() }

func (m model) mode() ccr.Mode { return ccr.Mode(m.DesiredState.ValueString()) }

func (m model) deletes() bool { return m.OnDestroy.ValueString() == destroyDelete }

// place is where the follower index is, CLUSTER/INDEX: the id.
func (m model) place() string { return m.Cluster.ValueString() + "/" + m.index() }

// title names the follower index in summaries.
func (m model) title() string {
	return fmt.Sprintf("index %s on %s", m.index(), m.Cluster.ValueString())
}

// object names the replication in messages.
func (m model) object() string { return "replication of " + m.title() }

// desired is what the replication is meant to be. owned is the follower index,
// by UUID, that this resource started or adopted.
func (m model) desired(ctx context.Context, owned ccr.Owned, diags *diag.Diagnostics) ccr.Desired {
	d := ccr.Desired{
		Alias: m.alias(), Single: &ccr.SingleIndex{Follower: m.index(), Leader: m.leader()}, Mode: m.mode(),
		Roles: attribute.Roles(ctx, m.UseRoles, diags), Settings: map[string]any{}, Owned: owned,
		Permits: ccr.Permissions{Rebuild: m.Rebuild.ValueBool() || m.deletes()},
	}
	for name, value := range m.settings(ctx, diags) {
		d.Settings[name] = value
	}
	return d
}

// question is what has to be observed for the decision about desired.
func (m model) question(owned ccr.Owned) replication.Question {
	return replication.Question{Alias: m.alias(), Only: []string{m.index()}, LeaderIndex: m.leader(), Owned: owned, Paused: m.mode() == ccr.ModePaused}
}

// settings are the configured ones, nil where they are null or not known yet.
func (m model) settings(ctx context.Context, diags *diag.Diagnostics) map[string]string {
	if m.Settings.IsNull() || m.Settings.IsUnknown() {
		return nil
	}
	var settings map[string]string
	diags.Append(m.Settings.ElementsAs(ctx, &settings, false)...)
	return settings
}

// show takes over what was decided from an observation.
func (m *model) show(d ccr.Decision) {
	m.ID = types.StringValue(m.place())
	m.Status, m.StatusReason = types.StringValue(string(d.Status)), attribute.OrNull(d.Reason)
}

func (m model) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	object := fmt.Sprintf("Replication of index %s of leader %s as index %s on cluster %s", m.leader(), m.alias(), m.index(), m.Cluster.ValueString())
	if m.LeaderIndex.IsNull() {
		object = fmt.Sprintf("Replication of index %s on cluster %s", m.index(), m.Cluster.ValueString())
	}
	report.AddClusterError(diags, summary, object, limit, operation, err)
}
