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
	Patterns    types.Set                  `tfsdk:"index_patterns"`
	Indices     map[string]indexStatus     `tfsdk:"indices"`
	Connections map[string]connectionState `tfsdk:"connections"`
	Rules       []ruleStatus               `tfsdk:"rules"`
	Totals      *statusTotals              `tfsdk:"totals"`
	GreatestLag types.Int64                `tfsdk:"greatest_lag"`
	Reachable   types.Bool                 `tfsdk:"reachable"`
	Healthy     types.Bool                 `tfsdk:"healthy"`
	Reason      types.String               `tfsdk:"reason"`
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

// unreachable is what is shown of a follower that could not be read: nothing,
// and why.
func (m *model) unreachable(reason string) {
	m.Indices, m.Connections, m.Rules = map[string]indexStatus{}, map[string]connectionState{}, []ruleStatus{}
	m.Totals, m.GreatestLag = &statusTotals{}, types.Int64Null()
	m.Reachable, m.Healthy, m.Reason = types.BoolValue(false), types.BoolValue(false), types.StringValue(reason)
}

// fill sets what was seen.
func (m *model) fill(ctx context.Context, w ccr.Watch, diags *diag.Diagnostics) {
	list := func(values []string) types.List {
		if values == nil {
			values = []string{}
		}
		l, d := types.ListValueFrom(ctx, types.StringType, values)
		diags.Append(d...)
		return l
	}
	m.unreachable("")
	for _, f := range w.Indices.All() {
		if source, watched := w.Replica(*f); watched {
			m.add(w, *f, source)
		}
	}
	for alias, c := range w.Connections {
		if w.Shows(alias) {
			m.Connections[alias] = connectionState{types.BoolValue(c.Connected), types.StringValue(c.Mode), list(c.Addresses)}
		}
	}
	for _, rule := range w.WatchedRules() {
		m.Rules = append(m.Rules, ruleStatus{types.StringValue(rule.Name), attribute.OrNull(rule.LeaderAlias), types.StringValue(rule.Pattern), list(rule.FailedIndices)})
	}
	reason := w.Health()
	m.Reachable, m.Healthy, m.Reason = types.BoolValue(true), types.BoolValue(reason == ""), attribute.OrNull(reason)
}

// add shows and counts an index.
func (m *model) add(w ccr.Watch, f ccr.FollowerIndex, source ccr.Source) {
	status, reason := w.IndexStatus(f)
	count := map[ccr.Status]*int64{
		ccr.StatusReplicating: &m.Totals.Replicating, ccr.StatusBootstrapping: &m.Totals.Bootstrapping, ccr.StatusPaused: &m.Totals.Paused,
		ccr.StatusStopped: &m.Totals.Stopped, ccr.StatusFailed: &m.Totals.Failed, ccr.StatusDegraded: &m.Totals.Degraded,
	}[status]
	*count++
	m.Totals.Indices++
	index := indexStatus{Status: types.StringValue(string(status)), StatusReason: attribute.OrNull(reason),
		LeaderAlias: attribute.OrNull(source.Alias), LeaderIndex: attribute.OrNull(source.Index)}
	if lag, known := f.Lag(); known && status == ccr.StatusReplicating {
		index.Lag = types.Int64Value(lag)
		if m.GreatestLag.IsNull() || lag > m.GreatestLag.ValueInt64() {
			m.GreatestLag = types.Int64Value(lag)
		}
	}
	if status == ccr.StatusReplicating {
		index.LeaderCheckpoint, index.FollowerCheckpoint = types.Int64Value(f.LeaderCheckpoint), types.Int64Value(f.FollowerCheckpoint)
	}
	m.Indices[f.Name] = index
}
