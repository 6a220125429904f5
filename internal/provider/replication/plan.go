// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// ModifyPlan makes a problem a planned update, refuses a replacement that cannot
// work, and announces what deletes something. It decides by what the last
// refresh saw, so that it says the same however often it is called.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return // a creation: the cluster says whether the index is free
	}
	var state, plan model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if req.Plan.Raw.IsNull() {
		state.announceDestroy(&resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	imported := marked(ctx, req.Private, keyImported, &resp.Diagnostics)
	seen, ok := sight(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if replaced, elsewhere := state.replaced(plan, imported); len(replaced) > 0 || elsewhere {
		state.checkReplacement(replaced, elsewhere, &resp.Diagnostics)
		return
	}
	if !ok || plan.DesiredState.IsUnknown() {
		return
	}
	plan.planStatus(state, seen, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// replaced lists the attributes whose change replaces the replication under the
// same index; elsewhere says that the new one has another index or cluster.
func (m model) replaced(plan model, imported bool) (attributes []string, elsewhere bool) {
	rolesKept := imported && (m.UseRoles.IsNull() || plan.UseRoles.IsNull())
	for _, a := range []struct {
		name        string
		prior, next attr.Value
		kept        bool
	}{
		{"leader_alias", m.LeaderAlias, plan.LeaderAlias, false},
		{"leader_index", m.LeaderIndex, plan.LeaderIndex, false},
		{"use_roles", m.UseRoles, plan.UseRoles, rolesKept},
	} {
		if !a.prior.Equal(a.next) && !a.kept {
			attributes = append(attributes, a.name)
		}
	}
	return attributes, !m.Cluster.Equal(plan.Cluster) || !m.FollowerIndex.Equal(plan.FollowerIndex)
}

func (m model) checkReplacement(attributes []string, elsewhere bool, diags *diag.Diagnostics) {
	deletes := m.OnDestroy.ValueString() == destroyDelete
	if !elsewhere {
		report.AddChecks(diags, ccr.CheckReplacement(attributes, m.index(), deletes))
	}
	if deletes {
		diags.AddWarning("Follower index is deleted", fmt.Sprintf("To replace the replication, index %s on cluster %s is deleted; the new replication copies its index anew.", m.index(), m.Cluster.ValueString()))
	}
}

// planStatus plans the status that the apply leads to: the desired one where
// something is amiss, else what there is.
func (m *model) planStatus(state model, seen ccr.Sight, diags *diag.Diagnostics) {
	assessment := ccr.AssessSingle(m.desired(), seen)
	if len(assessment.Repairs) == 0 && state.unfinished() {
		// Somebody has untainted it: the apply waits for what its creation did not.
		m.Status, m.StatusReason = types.StringValue(string(m.desired().Mode.Target())), types.StringNull()
		return
	}
	if len(assessment.Repairs) == 0 {
		m.Status, m.StatusReason = state.Status, state.StatusReason
		if state.Status.ValueString() == string(m.desired().Mode.Target()) {
			m.StatusReason = types.StringNull() // what was a problem is desired now
		}
		return
	}
	m.Status, m.StatusReason = types.StringValue(string(m.desired().Mode.Target())), types.StringNull()
	where := fmt.Sprintf("Index %s on cluster %s: the apply will ", m.index(), m.Cluster.ValueString())
	switch {
	case assessment.Needs(ccr.ActionRebuild) && m.mayRebuild():
		diags.AddWarning("Replication is built anew", where+ccr.Summarize(assessment.Repairs)+".")
	case assessment.Needs(ccr.ActionRebuild):
		report.AddChecks(diags, ccr.CheckRebuild(false, assessment))
	case assessment.Needs(ccr.ActionResume):
		diags.AddWarning("Replication is resumed", where+ccr.Summarize(assessment.Repairs)+". "+m.ifHistoryIsLost())
	case assessment.Needs(ccr.ActionPause):
		// It is what the configuration asks for, and nothing is lost by it.
	default:
		diags.AddWarning("Replication is repaired", where+ccr.Summarize(assessment.Repairs)+".")
	}
}

// ifHistoryIsLost says what a resume comes to when the leader refuses it, which
// only the leader knows.
func (m model) ifHistoryIsLost() string {
	const when = "Should the leader no longer have the history since the pause (its retention lease is kept for 12 hours by default), "
	if m.mayRebuild() {
		return when + "the follower index is deleted and copied anew."
	}
	return when + "the apply will refuse to go on: set rebuild = true or on_destroy = \"delete_index\" to allow that the follower index is deleted and copied anew."
}

func (m model) announceDestroy(diags *diag.Diagnostics) {
	if m.unfinished() {
		return // what is deleted was never there for anybody
	}
	if m.OnDestroy.ValueString() == destroyDelete {
		diags.AddWarning("Follower index is deleted", fmt.Sprintf("The replication of index %s on cluster %s ends, and the index is deleted with all its documents (on_destroy = \"delete_index\").",
			m.index(), m.Cluster.ValueString()))
		return
	}
	diags.AddWarning("Follower index is kept", fmt.Sprintf("The replication of index %s on cluster %s ends; the index stays, writable (on_destroy = \"stop\"). No replication can start under its name until it is deleted.",
		m.index(), m.Cluster.ValueString()))
}
