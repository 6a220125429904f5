// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// ModifyPlan makes indices that the rule could not start a planned update, and
// announces what becomes of the rule's followers.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return
	}
	var state, plan model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if req.Plan.Raw.IsNull() {
		r.announceDestroy(ctx, state, &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !state.Cluster.Equal(plan.Cluster) || !state.Name.Equal(plan.Name) || !state.LeaderAlias.Equal(plan.LeaderAlias) {
		r.announceDestroy(ctx, state, &resp.Diagnostics)
		return
	}
	plan.Status, plan.StatusReason = state.Status, state.StatusReason
	if state.unfinished() { // somebody has untainted it
		plan.StatusReason = types.StringNull()
	}
	if plan.StartExisting.ValueBool() && state.Status.ValueString() == statusFailed {
		plan.Status, plan.StatusReason = types.StringValue(statusFollowing), types.StringNull()
		resp.Diagnostics.AddWarning("Indices are started again", fmt.Sprintf("Rule %s on cluster %s: %s. The apply will start what the follower lacks.",
			state.Name.ValueString(), state.Cluster.ValueString(), state.StatusReason.ValueString()))
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// announceDestroy says by name what becomes of the rule's followers.
func (r *Resource) announceDestroy(ctx context.Context, state model, diags *diag.Diagnostics) {
	reader := r.clients.Cluster(ctx, state.Cluster, diags)
	if reader == nil {
		return
	}
	which := "the indices that it follows"
	if followers, err := reader.Followers(ctx, state.alias(), state.Name.ValueString(), state.Pattern.ValueString()); err == nil {
		if len(followers) == 0 {
			return
		}
		which = report.Counted(followers, "index that it follows", "indices that it follows")
	}
	rule := fmt.Sprintf("Rule %s on cluster %s is removed", state.Name.ValueString(), state.Cluster.ValueString())
	switch state.OnDestroy.ValueString() {
	case destroyDelete:
		diags.AddWarning("Follower indices are deleted", fmt.Sprintf("%s, and with it %s: their replication ends and they are deleted with all their documents (on_destroy = %q).", rule, which, destroyDelete))
	case destroyStop:
		diags.AddWarning("Replications end", fmt.Sprintf("%s, and the replication of %s ends; they stay, writable (on_destroy = %q).", rule, which, destroyStop))
	default:
		diags.AddWarning("Replications go on", fmt.Sprintf("%s; %s go on replicating (on_destroy = %q).", rule, which, destroyKeep))
	}
}
