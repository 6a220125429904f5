// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// ValidateConfig checks what needs more than one attribute and no server.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if config.LeaderProject.Equal(config.FollowerProject) && !config.LeaderProject.IsUnknown() && attribute.Known(config.LeaderServiceName, config.FollowerServiceName) {
		report.AddChecks(&resp.Diagnostics, ccr.CheckDistinct("follower_service_name", config.LeaderServiceName.ValueString(), config.FollowerServiceName.ValueString()))
	}
	// The tier of each plan is checked by its own validator.
	if !ccr.TierRefused(config.LeaderPlan.ValueString()) && !ccr.TierRefused(config.FollowerPlan.ValueString()) && !config.AllowLargerPlan.IsUnknown() {
		report.AddChecks(&resp.Diagnostics, ccr.CheckPlanPair("leader_plan", config.LeaderPlan.ValueString(), "follower_plan", config.FollowerPlan.ValueString(),
			config.AllowLargerPlan.ValueBool()))
	}
}

// ModifyPlan evaluates all rules that need the API, and announces what cannot be undone.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.clients == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	var config, plan model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var prior *model
	if !req.State.Raw.IsNull() {
		prior = &model{}
		resp.Diagnostics.Append(req.State.Get(ctx, prior)...)
	}
	replaced := private.Text(ctx, req.Private, private.Replaced, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.place(config, r.clients.Project())
	if prior != nil && r.replaces(plan, *prior, resp) {
		replaced, prior = prior.ID.ValueString(), nil
		private.SetValue(ctx, resp.Private, private.Replaced, replaced, &resp.Diagnostics)
	}
	if prior == nil {
		plan.unsettle()
		if replaced == "" && plan.placed() {
			// Terraform replaces an integration whose creation failed. The
			// creation takes on what is there; nothing is deleted before it.
			private.SetValue(ctx, resp.Private, private.Resumes, plan.ID.ValueString(), &resp.Diagnostics)
		}
	} else {
		plan.IntegrationID, plan.Status, plan.StatusReason = prior.IntegrationID, prior.Status, prior.StatusReason
	}
	r.check(ctx, plan, config, prior, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if prior != nil {
		change := services.PairPlan{Pair: plan.pair(), From: prior.mode(), To: plan.mode(), Status: ccr.Status(prior.Status.ValueString()), Reason: prior.StatusReason.ValueString(),
			Removed: services.RemovedPatterns(ctx, prior.IndexPatterns, plan.IndexPatterns, &resp.Diagnostics)}
		change.LastCheckpoints(ctx, r.clients)
		repair := change.Announce(&resp.Diagnostics)
		if repair || !plan.equal(*prior) {
			plan.unsettle()
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// replaces plans a replacement where another pair is meant, and says what that
// does to the follower service.
func (r *Resource) replaces(plan, prior model, resp *resource.ModifyPlanResponse) bool {
	resp.RequiresReplace = services.ChangedPlaces(
		services.PlaceOf("leader_project", plan.LeaderProject, prior.LeaderProject), services.PlaceOf("leader_service_name", plan.LeaderServiceName, prior.LeaderServiceName),
		services.PlaceOf("follower_project", plan.FollowerProject, prior.FollowerProject), services.PlaceOf("follower_service_name", plan.FollowerServiceName, prior.FollowerServiceName))
	follower := prior.pair().Follower
	switch {
	case len(resp.RequiresReplace) == 0:
		return false
	case prior.OnDestroy.ValueString() == destroyPromote:
		resp.Diagnostics.AddWarning("Follower service will be promoted",
			fmt.Sprintf("A change of %s replaces the integration: service %s is unlinked from its leader and becomes a writable service of its own.", resp.RequiresReplace, follower))
	case plan.pair().Follower == follower:
		resp.Diagnostics.AddAttributeError(resp.RequiresReplace[0], "Replacement would delete the follower service",
			fmt.Sprintf("A change of %s replaces the integration, and with on_destroy = %q that deletes service %s, which the new integration needs. "+
				"Set on_destroy = %q and apply before the change, or add a second integration for the new leader.", resp.RequiresReplace, destroyFollowerService, follower, destroyPromote))
	default:
		resp.Diagnostics.AddWarning("Follower service will be deleted",
			fmt.Sprintf("A change of %s replaces the integration, and with on_destroy = %q that deletes service %s with all its data. Set on_destroy = %q and apply before the change to keep it.",
				resp.RequiresReplace, destroyFollowerService, follower, destroyPromote))
	}
	return true
}

// check evaluates the rules that need the API.
func (r *Resource) check(ctx context.Context, plan, config model, prior *model, resp *resource.ModifyPlanResponse) {
	if r.clients.Project().IsNull() && config.Project.IsNull() && (config.LeaderProject.IsNull() || config.FollowerProject.IsNull()) {
		report.AddNoProject(&resp.Diagnostics)
		return
	}
	lookup, err := r.clients.Lookup()
	if errors.Is(err, access.ErrNotKnown) || err == nil && !plan.placed() {
		return
	}
	if err != nil {
		resp.Diagnostics.AddError("Aiven API cannot be used", err.Error()+".")
		return
	}
	checks, err := rules{lookup: lookup, plan: plan, prior: prior}.evaluate(ctx, false)
	if err != nil {
		resp.Diagnostics.AddError("Rules of the pair cannot be checked", fmt.Sprintf("For follower %s and leader %s: %v", plan.pair().Follower, plan.pair().Leader, err))
		return
	}
	report.AddChecks(&resp.Diagnostics, checks)
}

// planDestroy says what is lost, and refuses where the service is protected.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	p := state.pair()
	if state.OnDestroy.ValueString() == destroyPromote {
		if state.mode() != ccr.ModePromoted {
			resp.Diagnostics.AddWarning("Follower service will be promoted",
				fmt.Sprintf("Destroy ends the replication from %s and keeps service %s, which becomes writable. This cannot be undone.", p.Leader, p.Follower))
		}
		return
	}
	lookup, err := r.clients.Lookup()
	if err == nil {
		follower, found, lookErr := lookup.Service(ctx, p.Follower)
		if found && follower.TerminationProtection {
			report.AddChecks(&resp.Diagnostics, []ccr.Check{protectedFollower(p)})
			return
		}
		err = lookErr
	}
	if err != nil && !errors.Is(err, access.ErrNotKnown) {
		resp.Diagnostics.AddError("Follower service cannot be read", fmt.Sprintf("Whether service %s can be deleted is not known: %v", p.Follower, err))
		return
	}
	resp.Diagnostics.AddWarning("Follower service will be deleted",
		fmt.Sprintf("Destroy deletes service %s with all its data, since on_destroy is %q. The leader %s keeps its own. To keep the service, set on_destroy = %q and apply before.",
			p.Follower, destroyFollowerService, p.Leader, destroyPromote))
}
