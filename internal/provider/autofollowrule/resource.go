// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package autofollowrule is the resource opensearch_ccr_autofollow_rule: a rule by which a follower replicates
// every index of a leader that a pattern covers.
package autofollowrule

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// opensearch_ccr_autofollow_rule is a rule of the plugin and, with
// start_existing, the start of what it would find only bit by bit.

var (
	_ resource.ResourceWithConfigure   = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan  = (*Resource)(nil)
	_ resource.ResourceWithImportState = (*Resource)(nil)
	_ resource.ResourceWithIdentity    = (*Resource)(nil)
)

// The default times of the timeouts attribute.
const (
	ruleTime       = 60 * time.Minute
	ruleDeleteTime = 20 * time.Minute
)

// Resource is opensearch_ccr_autofollow_rule.
type Resource struct{ clients *access.Clients }

// New makes the resource.
func New() resource.Resource { return &Resource{} }

// Metadata names the resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_autofollow_rule"
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Create makes the rule, starts what exists already, and waits for it.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Create(ctx, ruleTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// What exists is started before the rule is there: a rule that met one in
	// the middle of its start would note it as failed for an hour.
	steps := r.missing(ctx, reader, plan, &resp.Diagnostics)
	started := access.Engine(reader).StartAll(ctx, plan.desired(ctx, &resp.Diagnostics), steps)
	if !r.add(ctx, reader, plan, limit, "create", &resp.Diagnostics) {
		return
	}
	plan.done()
	// The followers of a rule that was never complete are no reason to delete
	// any of them when it is made again.
	plan.StatusReason = types.StringValue(report.Unfinished)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if err := started.Await(ctx); err != nil {
		plan.failed(&resp.Diagnostics, "Indices of the rule do not replicate", limit, "create", err)
		return
	}
	plan.done()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// missing are the starts that the rule would come to by itself.
func (r *Resource) missing(ctx context.Context, reader *replication.Reader, plan model, diags *diag.Diagnostics) []ccr.Step {
	if !plan.StartExisting.ValueBool() {
		return nil
	}
	missing, taken, err := reader.Missing(ctx, plan.alias(), plan.Pattern.ValueString())
	if replication.IsClosed(err) {
		diags.AddWarning("Existing indices are left to the rule", fmt.Sprintf("The leader's indices cannot be listed over the follower, so rule %s starts them by itself, a few every 30 s: %v.", plan.Name.ValueString(), err))
		return nil
	}
	if err != nil {
		plan.failed(diags, "Leader's indices cannot be listed", ruleTime, "create", err)
		return nil
	}
	plan.warnTaken(taken, diags)
	var steps []ccr.Step
	for _, index := range missing {
		steps = append(steps, ccr.Step{Action: ccr.ActionStart, Index: index, LeaderIndex: index})
	}
	return steps
}

// add makes the rule. One with the same pattern is what an apply made whose
// answer was lost.
func (r *Resource) add(ctx context.Context, reader *replication.Reader, plan model, limit time.Duration, operation string, diags *diag.Diagnostics) bool {
	if diags.HasError() {
		return false
	}
	refusal := reader.AddRule(ctx, plan.rule(), attribute.Roles(ctx, plan.UseRoles, diags), nil)
	if refusal == nil {
		return true
	}
	if there, err := reader.Rule(ctx, plan.alias(), plan.Name.ValueString()); err == nil && there.Exists {
		if there.Pattern == plan.Pattern.ValueString() {
			return true
		}
		diags.AddError("Rule exists", fmt.Sprintf("Cluster %s has a rule %s of %s already, for pattern %q. Choose another name, or import it: terraform import ADDRESS %s/%s/%s.",
			plan.Cluster.ValueString(), plan.Name.ValueString(), plan.alias(), there.Pattern, plan.Cluster.ValueString(), plan.alias(), plan.Name.ValueString()))
		return false
	}
	plan.failed(diags, "Rule cannot be made", limit, operation, refusal)
	return false
}

// Read takes what is seen of the rule among the reads that all share.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...) // wanted also of what is gone
	reader := r.clients.Cluster(ctx, state.Cluster, &resp.Diagnostics)
	if reader == nil || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	seen, err := reader.Rule(ctx, state.alias(), state.Name.ValueString())
	if err != nil {
		state.failed(&resp.Diagnostics, "Rule cannot be read", access.ReadTime, "read", err)
		return
	}
	if !seen.Exists {
		resp.State.RemoveResource(ctx)
		return
	}
	if state.Pattern.IsNull() { // an import
		state.StartExisting, state.OnDestroy = types.BoolValue(true), types.StringValue(destroyKeep)
	}
	begun := state.unfinished()
	state.seen(seen)
	if begun {
		state.StatusReason = types.StringValue(report.Unfinished)
	}
	state.warnTaken(seen.Taken, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update makes a changed rule anew, since the plugin cannot change one, and
// starts what the follower lacks.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Update(ctx, ruleTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	changed := !state.Pattern.Equal(plan.Pattern) || !state.UseRoles.Equal(plan.UseRoles)
	if changed {
		if err := reader.RemoveRule(ctx, plan.alias(), plan.Name.ValueString()); err != nil {
			plan.failed(&resp.Diagnostics, "Rule cannot be changed", limit, "update", err)
			return
		}
	}
	reader.Forget() // what the plan saw is a while ago
	steps := r.missing(ctx, reader, plan, &resp.Diagnostics)
	started := access.Engine(reader).StartAll(ctx, plan.desired(ctx, &resp.Diagnostics), steps)
	if changed && !r.add(ctx, reader, plan, limit, "update", &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if err := started.Await(ctx); err != nil {
		plan.failed(&resp.Diagnostics, "Indices of the rule do not replicate", limit, "update", err)
	}
}

// Delete removes the rule and does with its followers what on_destroy says.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, diags := state.Timeouts.Delete(ctx, ruleDeleteTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, state.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := reader.RemoveRule(ctx, state.alias(), state.Name.ValueString()); err != nil {
		state.failed(&resp.Diagnostics, "Rule cannot be removed", limit, "delete", err)
		return
	}
	action, acts := map[string]ccr.Action{destroyStop: ccr.ActionStop, destroyDelete: ccr.ActionRemove}[state.OnDestroy.ValueString()]
	if state.unfinished() || !acts {
		return
	}
	followers, err := reader.Followers(ctx, state.alias(), state.Name.ValueString(), state.Pattern.ValueString())
	if err != nil {
		state.failed(&resp.Diagnostics, "Followers of the rule cannot be listed", limit, "delete", err)
		return
	}
	var steps []ccr.Step
	for _, index := range followers {
		steps = append(steps, ccr.Step{Action: action, Index: index, LeaderIndex: index})
	}
	if err := access.Engine(reader).Run(ctx, state.desired(ctx, &resp.Diagnostics), steps); err != nil {
		state.failed(&resp.Diagnostics, "Replications of the rule cannot be ended", limit, "delete", err)
	}
}

// ImportState takes CLUSTER/LEADER_ALIAS/NAME, or the identity. The roles are
// read where the security plugin tells them; else they follow as
// CLUSTER/LEADER_ALIAS/NAME/LEADER_ROLE/FOLLOWER_ROLE.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	attribute.ImportWithRoles(ctx, req, resp, "cluster", "leader_alias", "name")
}
