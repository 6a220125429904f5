// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
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

// ModifyPlan evaluates all rules that need the API, and announces everything
// that an apply destroys.
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
	if resp.Diagnostics.HasError() {
		return
	}
	plan.place(config, r.clients.Project(), prior)
	reversed := prior != nil && reverses(plan, *prior)
	if prior != nil && !reversed && r.replaces(plan, *prior, resp) {
		prior = nil
	} else if prior == nil {
		r.refuseReplacement(plan, resp)
	}
	if plan.placed() {
		services.ClaimPair(ctx, r.clients, "follower_service_name", plan.pair(), prior == nil, req, resp)
	}
	plan.IntegrationID, plan.Status, plan.StatusReason = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	plan.EndedAt, plan.ReplacedIndices = services.NoEnd(), types.SetNull(types.StringType)
	if prior != nil {
		plan.ReplacedIndices = prior.ReplacedIndices
	}
	if reversed {
		r.check(ctx, plan, config, nil, true, resp)
		if !resp.Diagnostics.HasError() {
			r.planReversal(ctx, &plan, *prior, req, resp)
		}
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
		return
	}
	r.check(ctx, plan, config, prior, false, resp)
	if prior != nil && !resp.Diagnostics.HasError() {
		plan.Announce(ctx, services.Plan{Clients: r.clients, Object: plan.object(), Pair: plan.pair(), Placed: plan.placed(),
			Prior: prior.Replication, Model: &plan, Request: req, Response: resp})
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// held names an integration that the state holds.
func held(m model) string { return "integration " + m.pair().ID() }

// refuseReplacement refuses to replace an integration by the same one, as
// -replace and a taint ask for: its end leaves nothing to create it from.
func (r *Resource) refuseReplacement(plan model, resp *resource.ModifyPlanResponse) {
	onDestroy, replaced := r.clients.Held(held(plan))
	if !replaced || !plan.placed() {
		return
	}
	what := fmt.Sprintf("deletes service %s, which the new integration needs", plan.pair().Follower)
	if onDestroy == destroyPromote {
		what = fmt.Sprintf("leaves service %s with independent indices, and replication cannot start over an existing index", plan.pair().Follower)
	}
	resp.Diagnostics.AddError("Cannot replace an integration by itself",
		fmt.Sprintf("Replacing the integration of %s with leader %s first destroys it, which %s (on_destroy = %q). "+
			"Apply without -replace; a tainted resource is kept with terraform untaint. A problem of its replication is repaired by an ordinary apply.", plan.pair().Follower, plan.pair().Leader, what, onDestroy))
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
	case prior.Promoted():
		resp.Diagnostics.AddWarning(fmt.Sprintf("Service %s is kept", follower),
			fmt.Sprintf("Changing %s forces replacement. Service %s was promoted, so it is only removed from the state and kept as it is.", resp.RequiresReplace, follower))
	case prior.OnDestroy.ValueString() == destroyPromote:
		resp.Diagnostics.AddWarning(fmt.Sprintf("Follower service %s of leader %s will be promoted", follower, prior.pair().Leader),
			fmt.Sprintf("Changing %s forces replacement: service %s is unlinked from its leader and becomes an independent, writable service.", resp.RequiresReplace, follower))
	case plan.pair().Follower == follower:
		resp.Diagnostics.AddAttributeError(resp.RequiresReplace[0], "Replacement would delete the follower service",
			fmt.Sprintf("Changing %s forces replacement, and with on_destroy = %q that deletes service %s, which the new integration needs. "+
				"Set on_destroy = %q and apply that first, or add a second integration for the new leader.", resp.RequiresReplace, destroyFollowerService, follower, destroyPromote))
	default:
		resp.Diagnostics.AddWarning(fmt.Sprintf("Follower service %s will be deleted", follower),
			fmt.Sprintf("Changing %s forces replacement, and with on_destroy = %q that deletes service %s with all its data. Set on_destroy = %q and apply that first to keep it.",
				resp.RequiresReplace, destroyFollowerService, follower, destroyPromote))
	}
	return true
}

// check evaluates the rules that need the API.
func (r *Resource) check(ctx context.Context, plan, config model, prior *model, reversed bool, resp *resource.ModifyPlanResponse) {
	if r.clients.Project().IsNull() && config.Project.IsNull() && (config.LeaderProject.IsNull() || config.FollowerProject.IsNull()) {
		report.AddNoProject(&resp.Diagnostics)
		return
	}
	lookup, err := r.clients.Lookup()
	if errors.Is(err, access.ErrNotKnown) || err == nil && !plan.placed() {
		return
	}
	if err != nil {
		access.AddNotConfigured(&resp.Diagnostics, err)
		return
	}
	found, err := rules{lookup: lookup, plan: plan, prior: prior, reverses: reversed}.evaluate(ctx, false)
	p := plan.pair()
	switch {
	case err != nil && prior != nil:
		resp.Diagnostics.AddWarning("Cannot check Aiven's requirements for "+plan.object(), report.Sentence(err)+".")
	case err != nil:
		resp.Diagnostics.AddError("Cannot check Aiven's requirements for this leader and follower", fmt.Sprintf("Follower %s of leader %s: %s.", p.Follower, p.Leader, report.Sentence(err)))
	default:
		report.AddChecks(&resp.Diagnostics, found.checks)
		switch {
		case prior != nil:
		case found.linked:
			resp.Diagnostics.AddWarning(fmt.Sprintf("The integration of %s will be adopted", plan.object()),
				fmt.Sprintf("Service %s already has an integration with leader %s. Apply adopts it, and with it the replications that the patterns match; all others are left unchanged. %s",
					p.Follower, p.Leader, found.creation))
		case found.creation != "" && !reversed && !resp.Diagnostics.HasError():
			resp.Diagnostics.AddWarning(fmt.Sprintf("The integration of %s will be created", plan.object()), found.creation)
		}
	}
}

// planDestroy says what is lost, and refuses where the service is protected.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	p := state.pair()
	switch {
	case state.Promoted():
		resp.Diagnostics.AddWarning(fmt.Sprintf("Service %s is kept", p.Follower),
			fmt.Sprintf("Service %s was promoted and no longer follows %s. Destroy only removes the integration from the state; the service is kept with all its data.%s", p.Follower, p.Leader, state.FenceStays(p)))
		return
	case services.EndPair(r.clients, p, &resp.Diagnostics):
		return
	case state.OnDestroy.ValueString() == destroyPromote:
		resp.Diagnostics.AddWarning(fmt.Sprintf("Follower service %s of leader %s will be promoted", p.Follower, p.Leader),
			fmt.Sprintf("Destroy ends the replication from %s and keeps service %s, which becomes writable. This cannot be undone.", p.Leader, p.Follower))
		return
	case services.EndService(r.clients, p.Follower, &resp.Diagnostics):
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
		resp.Diagnostics.AddError("Cannot read the follower service", fmt.Sprintf("Cannot determine whether service %s can be deleted: %s.", p.Follower, report.Sentence(err)))
		return
	}
	resp.Diagnostics.AddWarning(fmt.Sprintf("Follower service %s will be deleted", p.Follower),
		fmt.Sprintf("Destroy deletes service %s with all its data, because on_destroy is %q. Leader %s is not affected. To keep the service, set on_destroy = %q and apply before destroying.",
			p.Follower, destroyFollowerService, p.Leader, destroyPromote))
}
