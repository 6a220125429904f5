// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package status

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

type model struct {
	Cluster     types.String               `tfsdk:"cluster"`
	ServiceName types.String               `tfsdk:"service_name"`
	Project     types.String               `tfsdk:"project"`
	LeaderAlias types.String               `tfsdk:"leader_alias"`
	Indices     map[string]indexStatus     `tfsdk:"indices"`
	Connections map[string]connectionState `tfsdk:"connections"`
	Rules       []ruleStatus               `tfsdk:"rules"`
	Totals      *statusTotals              `tfsdk:"totals"`
	GreatestLag types.Int64                `tfsdk:"greatest_lag"`
	Healthy     types.Bool                 `tfsdk:"healthy"`
}

type indexStatus struct {
	Status             types.String `tfsdk:"status"`
	StatusReason       types.String `tfsdk:"status_reason"`
	LeaderAlias        types.String `tfsdk:"leader_alias"`
	LeaderIndex        types.String `tfsdk:"leader_index"`
	LeaderCheckpoint   types.Int64  `tfsdk:"leader_checkpoint"`
	FollowerCheckpoint types.Int64  `tfsdk:"follower_checkpoint"`
	Lag                types.Int64  `tfsdk:"lag"`
}

type connectionState struct {
	Connected types.Bool   `tfsdk:"connected"`
	Mode      types.String `tfsdk:"mode"`
	Addresses types.List   `tfsdk:"addresses"`
}

type ruleStatus struct {
	Name          types.String `tfsdk:"name"`
	LeaderAlias   types.String `tfsdk:"leader_alias"`
	Pattern       types.String `tfsdk:"pattern"`
	FailedIndices types.List   `tfsdk:"failed_indices"`
}

type statusTotals struct {
	Indices       int64 `tfsdk:"indices"`
	Replicating   int64 `tfsdk:"replicating"`
	Bootstrapping int64 `tfsdk:"bootstrapping"`
	Paused        int64 `tfsdk:"paused"`
	Failed        int64 `tfsdk:"failed"`
	Degraded      int64 `tfsdk:"degraded"`
}

func (m *model) fill(ctx context.Context, o replication.Overview, diags *diag.Diagnostics) {
	list := func(values []string) types.List {
		if values == nil {
			values = []string{}
		}
		l, d := types.ListValueFrom(ctx, types.StringType, values)
		diags.Append(d...)
		return l
	}
	m.Indices, m.Connections, m.Rules = map[string]indexStatus{}, map[string]connectionState{}, []ruleStatus{}
	m.Totals, m.GreatestLag = &statusTotals{}, types.Int64Null()
	healthy := true
	for _, r := range o.Replications {
		if !m.shown(r.LeaderAlias) {
			continue
		}
		m.add(r)
		healthy = healthy && r.State == ccr.Syncing
	}
	for alias, c := range o.Connections {
		if m.shown(alias) {
			m.Connections[alias] = connectionState{types.BoolValue(c.Connected), types.StringValue(c.Mode), list(c.Addresses)}
		}
	}
	for _, rule := range o.Rules {
		if m.shown(rule.LeaderAlias) {
			m.Rules = append(m.Rules, ruleStatus{types.StringValue(rule.Name), attribute.OrNull(rule.LeaderAlias), types.StringValue(rule.Pattern), list(rule.FailedIndices)})
			connected := rule.LeaderAlias == "" || o.Connections == nil || o.Connections[rule.LeaderAlias].Connected
			healthy = healthy && len(rule.FailedIndices) == 0 && connected
		}
	}
	m.Healthy = types.BoolValue(healthy)
}

// add counts a replication.
func (m *model) add(r ccr.Replication) {
	m.Totals.Indices++
	index := indexStatus{StatusReason: attribute.OrNull(r.Reason), LeaderAlias: attribute.OrNull(r.LeaderAlias), LeaderIndex: attribute.OrNull(r.LeaderIndex)}
	status := ccr.StatusBootstrapping
	switch r.State {
	case ccr.Syncing:
		status = ccr.StatusReplicating
		m.Totals.Replicating++
		index.LeaderCheckpoint, index.FollowerCheckpoint = types.Int64Value(r.LeaderCheckpoint), types.Int64Value(r.FollowerCheckpoint)
	case ccr.Paused:
		status = ccr.StatusPaused
		m.Totals.Paused++
	case ccr.Failed:
		status = ccr.StatusFailed
		m.Totals.Failed++
	case ccr.Unknown, ccr.NotInProgress:
		status = ccr.StatusDegraded
		m.Totals.Degraded++
	case ccr.Bootstrapping, ccr.Running:
		m.Totals.Bootstrapping++
	}
	index.Status = types.StringValue(string(status))
	if lag, known := r.Lag(); known {
		index.Lag = types.Int64Value(lag)
		if m.GreatestLag.IsNull() || lag > m.GreatestLag.ValueInt64() {
			m.GreatestLag = types.Int64Value(lag)
		}
	}
	m.Indices[r.FollowerIndex] = index
}
