// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package status

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
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
	Stopped       int64 `tfsdk:"stopped"`
	Failed        int64 `tfsdk:"failed"`
	Degraded      int64 `tfsdk:"degraded"`
}

func (m *model) fill(ctx context.Context, o ccr.Observation, diags *diag.Diagnostics) {
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
	for _, f := range o.Indices {
		if source, shown := m.replica(f); shown {
			m.add(f, source, o.Connections)
		}
	}
	healthy := m.Totals.Replicating > 0 && m.Totals.Replicating == m.Totals.Indices
	for alias, c := range o.Connections {
		if m.shown(alias) {
			m.Connections[alias] = connectionState{types.BoolValue(c.Connected), types.StringValue(c.Mode), list(c.Addresses)}
		}
	}
	rules, _ := o.Rules.Value()
	for _, rule := range rules {
		if m.shown(rule.LeaderAlias) {
			m.Rules = append(m.Rules, ruleStatus{types.StringValue(rule.Name), attribute.OrNull(rule.LeaderAlias), types.StringValue(rule.Pattern), list(rule.FailedIndices)})
			connected := rule.LeaderAlias == "" || o.Connections == nil || o.Connections[rule.LeaderAlias].Connected
			healthy = healthy && len(rule.FailedIndices) == 0 && connected
		}
	}
	m.Healthy = types.BoolValue(healthy)
}

// replica reports whether an index is shown: it replicates, or it may.
func (m model) replica(f ccr.FollowerIndex) (source ccr.Source, shown bool) {
	source, replicates := f.Replicates().Value()
	_, plain := f.Replicates().Absent()
	return source, !plain && m.shown(source.Alias) && (replicates || m.LeaderAlias.IsNull())
}

// add counts an index. One whose state is not known is degraded, never replicating.
func (m *model) add(f ccr.FollowerIndex, source ccr.Source, connections map[string]ccr.Connection) {
	if c, known := connections[source.Alias]; known && !c.Connected && f.State == ccr.Syncing {
		f.State, f.Reason = ccr.StateUnknown, "the follower is not connected to its leader, remote cluster "+source.Alias
	}
	m.Totals.Indices++
	index := indexStatus{LeaderAlias: attribute.OrNull(source.Alias), LeaderIndex: attribute.OrNull(source.Index)}
	status := ccr.StatusBootstrapping
	switch f.State {
	case ccr.Syncing:
		status, f.Reason = ccr.StatusReplicating, "" // `_status` gives a reason also of what syncs
		m.Totals.Replicating++
		index.LeaderCheckpoint, index.FollowerCheckpoint = types.Int64Value(f.LeaderCheckpoint), types.Int64Value(f.FollowerCheckpoint)
	case ccr.Paused:
		status = ccr.StatusPaused
		m.Totals.Paused++
	case ccr.Failed:
		status = ccr.StatusFailed
		m.Totals.Failed++
	case ccr.NotInProgress:
		status, f.Reason = ccr.StatusStopped, "the follower reports no replication in progress although the index is marked as a replica"
		m.Totals.Stopped++
	case ccr.Bootstrapping, ccr.Running:
		f.Reason = ""
		m.Totals.Bootstrapping++
	default:
		status = ccr.StatusDegraded
		m.Totals.Degraded++
		if f.Reason == "" {
			f.Reason = "the follower does not report the state of this index; its leader may be unreachable"
		}
	}
	index.Status, index.StatusReason = types.StringValue(string(status)), attribute.OrNull(f.Reason)
	if lag, known := f.Lag(); known {
		index.Lag = types.Int64Value(lag)
		if m.GreatestLag.IsNull() || lag > m.GreatestLag.ValueInt64() {
			m.GreatestLag = types.Int64Value(lag)
		}
	}
	m.Indices[f.Name] = index
}
