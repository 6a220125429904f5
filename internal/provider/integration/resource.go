// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package integration is the resource opensearch_ccr_integration: the replication between two services at
// Aiven that exist.
package integration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// opensearch_ccr_integration is the replication between two existing services.
// It adopts an integration that exists already.

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
)

// Resource is opensearch_ccr_integration.
type Resource struct{ clients *access.Clients }

// New makes the resource.
func New() resource.Resource { return &Resource{} }

// Metadata names the resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_integration"
	resp.ResourceBehavior = resource.ResourceBehavior{MutableIdentity: true} // a reversal swaps leader and follower
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Create links the two services, or adopts the integration that exists, and
// waits until every index is in sync. Once the integration exists nothing fails
// any more, since Terraform would then replace the resource, which deletes the
// follower service: what is left to do is a warning now and an update later.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	limit, diags := plan.Timeouts.Create(ctx, services.CreateTime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.place(config, r.clients.Project(), nil)
	if !plan.placed() {
		report.AddNoProject(&resp.Diagnostics)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	done, err := operator.Turn(ctx, plan.pair().Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot link the services", plan.pair(), limit, "create", err)
		return
	}
	defer done()

	follower, integration, ok := r.link(ctx, operator, plan, resp)
	if !ok {
		return
	}
	save := func() {
		late := context.WithoutCancel(ctx)
		resp.Diagnostics.Append(resp.State.Set(late, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(late, plan.identity())...)
	}
	private.SetCreated(ctx, resp.Private, follower.Created, &resp.Diagnostics)
	plan.Begin(integration.ID, "nothing is replicated yet")
	save()
	if resp.Diagnostics.HasError() {
		return
	}
	wish := plan.wish(ctx, ccr.Owned{}, nil, false, &resp.Diagnostics)
	seen, err := operator.Converge(ctx, wish, ccr.Approval{})
	if err == nil {
		err = seen.LinkError()
	}
	if seen.Exists() {
		plan.Fill(seen, false)
		plan.Remember(ctx, resp.Private, seen, ccr.Owned{}, follower.Created, &resp.Diagnostics)
	}
	plan.Created(plan.object(), wish, seen, err, limit, &resp.Diagnostics)
	save()
}

// link checks the rules once more, with both services there, and creates the
// integration or adopts the one that exists.
func (r *Resource) link(ctx context.Context, operator *pair.Operator, plan model, resp *resource.CreateResponse) (aiven.Service, aiven.Integration, bool) {
	lookup := pair.NewLookup(operator)
	found, err := rules{lookup: lookup, plan: plan}.evaluate(ctx, true)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot check Aiven's requirements for this leader and follower", plan.pair(), 0, "create", err)
		return aiven.Service{}, aiven.Integration{}, false
	}
	report.AddChecks(&resp.Diagnostics, found.checks)
	if resp.Diagnostics.HasError() {
		return aiven.Service{}, aiven.Integration{}, false
	}
	follower, _, err := lookup.Service(ctx, plan.pair().Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot read the follower service", plan.pair(), 0, "create", err)
		return aiven.Service{}, aiven.Integration{}, false
	}
	integration, err := operator.Link(ctx, plan.pair(), follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot link the services", plan.pair(), 0, "create", err)
		return aiven.Service{}, integration, false
	}
	return follower, integration, true
}

// Read looks at both planes with a constant number of requests. Only a follower
// service that is proven to be gone removes the integration from the state.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	created := private.Created(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...) // wanted also of what is gone
	if resp.Diagnostics.HasError() {
		return
	}
	r.clients.Hold(held(state), state.OnDestroy.ValueString())
	private.SetForesight(ctx, resp.Private, ccr.Foresight{}, &resp.Diagnostics) // until it is looked at
	lookup := services.Lookup(r.clients, state.object(), &resp.Diagnostics)
	if lookup == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	seen, found := r.refresh(ctx, lookup, &state, owned, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !found {
		r.clients.Release(held(state)) // what replaces it is a new one
		resp.State.RemoveResource(ctx)
		return
	}
	if !seen.Exists() {
		return // not known: the state is kept
	}
	state.Remember(ctx, resp.Private, seen, owned, created, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// refresh sets what is observed; false where the follower service is gone. Where
// it is not known whether it is, nothing is seen and the model stays as it is.
func (r *Resource) refresh(ctx context.Context, lookup *pair.Lookup, state *model, owned ccr.Owned, diags *diag.Diagnostics) (pair.Seen, bool) {
	if state.IndexPatterns.IsNull() && !r.complete(ctx, lookup.Operator(), state, diags) {
		return pair.Seen{}, false
	}
	return state.Refresh(ctx, lookup, state.object(), state.pair(), owned, diags)
}

// complete fills in what an import or a move does not know; false where the
// follower service is gone.
func (r *Resource) complete(ctx context.Context, operator *pair.Operator, state *model, diags *diag.Diagnostics) bool {
	p := state.pair()
	adopted, err := operator.AdoptPair(ctx, p)
	if errors.Is(err, pair.ErrNoFollower) {
		return false
	}
	if err != nil {
		diags.AddError("Cannot read the integration", fmt.Sprintf("Follower %s of leader %s: %s.", p.Follower, p.Leader, report.Sentence(err)))
		return false
	}
	state.AllowLargerPlan = types.BoolValue(adopted.LargerPlan)
	state.Adopt(ctx, adopted, diags)
	state.ReplacedIndices = types.SetNull(types.StringType)
	if state.OnDestroy.IsNull() {
		state.OnDestroy = types.StringValue(destroyFollowerService)
	}
	if state.Project.IsNull() {
		state.Project = state.FollowerProject
	}
	state.ID, state.LeaderAlias = types.StringValue(p.ID()), types.StringValue(p.Alias())
	return !diags.HasError()
}

// Update brings the replications to what is desired. It destroys what the plan
// has named, and nothing else.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	approval := private.Approved(ctx, req.Private, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	limit, diags := plan.Timeouts.Update(ctx, services.UpdateTime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	if reverses(plan, prior) {
		r.reverse(ctx, operator, plan, prior, req, resp, limit)
		return
	}
	done, err := operator.Turn(ctx, plan.pair().Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot bring the follower to the desired state", plan.pair(), limit, "update", err)
		return
	}
	defer done()
	planned := plan
	wish := plan.wish(ctx, owned, services.RemovedPatterns(ctx, prior.IndexPatterns, plan.IndexPatterns, &resp.Diagnostics), prior.Finished(), &resp.Diagnostics)
	wish.Lift = plan.Lifts(prior.Replication)
	seen, err := operator.Converge(ctx, wish, approval)
	follows := err == nil && plan.Mode() != ccr.ModePromoted
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot bring the follower to the desired state", plan.pair(), limit, "update", err)
		// What was wished for stays a difference until it is reached.
		plan.IndexPatterns, plan.DesiredState = prior.IndexPatterns, prior.DesiredState
		plan.IntegrationID, plan.Status, plan.StatusReason = prior.IntegrationID, prior.Status, prior.StatusReason
	}
	if seen.Exists() {
		plan.Fill(seen, prior.Finished())
		plan.Remember(ctx, resp.Private, seen, owned, seen.Follower.Created, &resp.Diagnostics)
	}
	plan.KeepEnded(ctx, prior.Replication, seen.EndedAt, follows, &resp.Diagnostics)
	if follows && !plan.ReplacedIndices.IsNull() && !prior.Finished() {
		letIn(ctx, operator, plan.pair(), &resp.Diagnostics) // the reversal before was cut short
	}
	if err == nil {
		plan.KeepKnown(planned.Replication)
	}
	report.AddPromotedAlone(&resp.Diagnostics, plan.pair(), seen)
	resp.Diagnostics.Append(resp.State.Set(context.WithoutCancel(ctx), plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(context.WithoutCancel(ctx), plan.identity())...)
}

// Delete does with the follower what on_destroy says. A follower that was
// promoted, by this resource or by somebody else, is only forgotten.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	created := private.Created(ctx, req.Private, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	limit, diags := state.Timeouts.Delete(ctx, services.DeleteTime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || state.Promoted() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	wish := state.wish(ctx, owned, nil, true, &resp.Diagnostics)
	if r.forgets(ctx, operator, wish, &resp.Diagnostics) || resp.Diagnostics.HasError() {
		return
	}
	if state.OnDestroy.ValueString() != destroyPromote {
		services.Delete(ctx, operator, wish, created, limit, &resp.Diagnostics)
		return
	}
	done, err := operator.Turn(ctx, wish.Pair.Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot delete the integration", wish.Pair, limit, "delete", err)
		return
	}
	defer done()
	seen, err := operator.Promote(ctx, wish)
	report.AddPromotedAlone(&resp.Diagnostics, wish.Pair, seen)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot delete the integration", wish.Pair, limit, "delete", err)
	}
}

// forgets looks whether the follower was promoted outside Terraform since the
// plan: then it may be a primary, and is kept.
func (r *Resource) forgets(ctx context.Context, operator *pair.Operator, wish pair.Wish, diags *diag.Diagnostics) bool {
	seen, err := operator.Observe(ctx, wish)
	if errors.Is(err, pair.ErrNoFollower) {
		return true
	}
	if err != nil {
		diags.AddError("Cannot read the follower service", fmt.Sprintf("Whether service %s still follows its leader is not known, so nothing was changed: %s.", wish.Pair.Follower, report.Sentence(err)))
		return false
	}
	if seen.Decision.Status != ccr.StatusPromoted {
		return false
	}
	diags.AddWarning(fmt.Sprintf("Service %s is kept", wish.Pair.Follower),
		fmt.Sprintf("The integration of service %s with leader %s no longer exists, and the follower can have been written to since then: it may be a primary now. "+
			"It is only removed from the state.", wish.Pair.Follower, wish.Pair.Leader))
	return true
}

// ImportState takes the ID of the pair, or the identity; Read does the rest.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	identity := identityModel{}
	if req.ID != "" {
		parts := strings.Split(req.ID, "/")
		if len(parts) != 4 {
			resp.Diagnostics.AddError("Invalid import ID", fmt.Sprintf("%q is not of the form LEADER_PROJECT/LEADER_SERVICE_NAME/FOLLOWER_PROJECT/FOLLOWER_SERVICE_NAME.", req.ID))
			return
		}
		identity = identityModel{LeaderProject: types.StringValue(parts[0]), LeaderServiceName: types.StringValue(parts[1]),
			FollowerProject: types.StringValue(parts[2]), FollowerServiceName: types.StringValue(parts[3])}
	} else {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
	}
	if err := identity.check(); err != nil {
		resp.Diagnostics.AddError("Invalid import ID", fmt.Sprintf("The integration cannot be imported: %v. Write its ID as LEADER_PROJECT/LEADER_SERVICE_NAME/FOLLOWER_PROJECT/FOLLOWER_SERVICE_NAME.", err))
		return
	}
	for name, value := range map[string]types.String{
		"leader_project": identity.LeaderProject, "leader_service_name": identity.LeaderServiceName,
		"follower_project": identity.FollowerProject, "follower_service_name": identity.FollowerServiceName,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// check returns what is wrong with the names of the pair, or nil.
func (m identityModel) check() error {
	return cmp.Or(ccr.CheckProjectName(m.LeaderProject.ValueString()), ccr.CheckServiceName(m.LeaderServiceName.ValueString()),
		ccr.CheckProjectName(m.FollowerProject.ValueString()), ccr.CheckServiceName(m.FollowerServiceName.ValueString()))
}
