// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package integration is the resource opensearch_ccr_integration: the replication between two services at
// Aiven that exist.
package integration

import (
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
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// opensearch_ccr_integration is the replication between two services that
// exist. It takes on an integration that is there already, so that a creation
// that was cut short, or Aiven's own resource, can be gone on with.

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
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Create links the two services and waits until every index has what the leader has.
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
	plan.place(config, r.clients.Project())
	if !plan.placed() {
		report.AddNoProject(&resp.Diagnostics)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	done, err := operator.Turn(ctx, plan.pair().Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Services cannot be linked", plan.pair(), limit, "create", err)
		return
	}
	defer done()

	integration, ok := r.link(ctx, operator, plan, resp)
	if !ok {
		return
	}
	plan.IntegrationID, plan.Status, plan.StatusReason = attribute.OrNull(integration.ID), types.StringValue(string(ccr.StatusBootstrapping)), types.StringNull()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if resp.Diagnostics.HasError() {
		return
	}
	seen, err := operator.Converge(ctx, plan.pair(), plan.desired(ctx, nil, &resp.Diagnostics))
	if seen.Follower.Name != "" {
		plan.fill(seen)
		private.SetOwnedIndices(ctx, resp.Private, ccr.StillOwned(nil, seen.Observation.Observation), &resp.Diagnostics)
	}
	if err != nil {
		plan.Status = types.StringValue(string(ccr.StatusBootstrapping))
		report.AddApplyError(&resp.Diagnostics, "Replication is not complete", plan.pair(), limit, "create", err)
	}
	resp.Diagnostics.Append(resp.State.Set(context.WithoutCancel(ctx), plan)...)
}

// link checks the rules once more, with both services there, and makes the
// integration or takes on the one that exists.
func (r *Resource) link(ctx context.Context, operator *pair.Operator, plan model, resp *resource.CreateResponse) (aiven.Integration, bool) {
	lookup := pair.NewLookup(operator)
	checks, err := rules{lookup: lookup, plan: plan}.evaluate(ctx, true)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Rules of the pair cannot be checked", plan.pair(), 0, "create", err)
		return aiven.Integration{}, false
	}
	report.AddChecks(&resp.Diagnostics, checks)
	if resp.Diagnostics.HasError() {
		return aiven.Integration{}, false
	}
	follower, _, err := lookup.Service(ctx, plan.pair().Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Follower service cannot be read", plan.pair(), 0, "create", err)
		return aiven.Integration{}, false
	}
	integration, err := operator.Link(ctx, plan.pair(), follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Services cannot be linked", plan.pair(), 0, "create", err)
		return integration, false
	}
	return integration, true
}

// Read looks at both planes with a constant number of requests.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	seen, found := r.refresh(ctx, operator, &state, owned, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !found {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...) // wanted also of what is gone
		resp.State.RemoveResource(ctx)
		return
	}
	if seen.Readable() {
		private.SetOwnedIndices(ctx, resp.Private, ccr.StillOwned(owned, seen.Observation.Observation), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// refresh sets what is observed; false where the follower service is gone.
func (r *Resource) refresh(ctx context.Context, operator *pair.Operator, state *model, owned map[string]string, diags *diag.Diagnostics) (pair.Seen, bool) {
	if state.IndexPatterns.IsNull() && !r.complete(ctx, operator, state, diags) {
		return pair.Seen{}, false
	}
	seen, err := operator.Observe(ctx, state.pair(), state.desired(ctx, owned, diags))
	if errors.Is(err, pair.ErrNoFollower) {
		return seen, false
	}
	if err != nil {
		diags.AddError("Follower cannot be read", fmt.Sprintf("Service %s: %v", state.pair().Follower, err))
		return seen, false
	}
	state.fill(seen)
	if seen.Assessment.Status == ccr.StatusDegraded {
		report.AddDegraded(diags, state.pair(), seen.Assessment.Reason)
	}
	return seen, true
}

// complete fills in what an import or a move does not know; false where the
// follower service is gone.
func (r *Resource) complete(ctx context.Context, operator *pair.Operator, state *model, diags *diag.Diagnostics) bool {
	p := state.pair()
	follower, err := operator.Aiven.Service(ctx, p.Follower.Project, p.Follower.Name)
	if aiven.IsNotFound(err) {
		return false
	}
	var adopted pair.Adopted
	if err == nil {
		adopted, err = operator.AdoptPair(ctx, p, follower)
	}
	if err != nil {
		diags.AddError("Integration cannot be read", fmt.Sprintf("Follower %s of leader %s: %v", p.Follower, p.Leader, err))
		return false
	}
	patterns, patternDiags := types.SetValueFrom(ctx, types.StringType, adopted.Patterns)
	diags.Append(patternDiags...)
	state.IndexPatterns = patterns
	state.DesiredState = types.StringValue(string(adopted.Mode))
	state.AllowLargerPlan = types.BoolValue(adopted.LargerPlan)
	if state.OnDestroy.IsNull() {
		state.OnDestroy = types.StringValue(destroyFollowerService)
	}
	if state.Project.IsNull() {
		state.Project = state.FollowerProject
	}
	state.ID, state.LeaderAlias = types.StringValue(p.ID()), types.StringValue(p.Alias())
	return !diags.HasError()
}

// Update brings the replications to what is desired: what is new first, what is old last.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	limit, diags := plan.Timeouts.Update(ctx, services.UpdateTime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	done, err := operator.Turn(ctx, plan.pair().Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Replication is not as desired", plan.pair(), limit, "update", err)
		return
	}
	defer done()
	seen, err := operator.Converge(ctx, plan.pair(), plan.desired(ctx, owned, &resp.Diagnostics))
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Replication is not as desired", plan.pair(), limit, "update", err)
		// What was wished for stays a difference until it is reached.
		plan.IndexPatterns, plan.DesiredState = prior.IndexPatterns, prior.DesiredState
		plan.IntegrationID, plan.Status, plan.StatusReason = prior.IntegrationID, prior.Status, prior.StatusReason
	}
	if seen.Follower.Name != "" {
		plan.fill(seen)
		private.SetOwnedIndices(ctx, resp.Private, ccr.StillOwned(owned, seen.Observation.Observation), &resp.Diagnostics)
	}
	report.AddPromotedAlone(&resp.Diagnostics, plan.pair(), seen)
	resp.Diagnostics.Append(resp.State.Set(context.WithoutCancel(ctx), plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(context.WithoutCancel(ctx), plan.identity())...)
}

// Delete does with the follower what on_destroy says.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resumes := private.Text(ctx, req.Private, private.Resumes, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	limit, diags := state.Timeouts.Delete(ctx, services.DeleteTime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || resumes == state.ID.ValueString() {
		return // the creation that follows takes on what is there
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	done, err := operator.Turn(ctx, state.pair().Follower)
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Integration is not deleted", state.pair(), limit, "delete", err)
		return
	}
	defer done()
	if state.OnDestroy.ValueString() == destroyPromote {
		err = operator.Promote(ctx, state.pair(), private.OwnedIndices(ctx, req.Private, &resp.Diagnostics))
	} else {
		var warnings []string
		warnings, err = operator.DeleteFollower(ctx, state.pair())
		for _, w := range warnings {
			resp.Diagnostics.AddWarning("Part of the clean-up was skipped", w)
		}
	}
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Integration is not deleted", state.pair(), limit, "delete", err)
	}
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
	for name, value := range map[string]types.String{
		"leader_project": identity.LeaderProject, "leader_service_name": identity.LeaderServiceName,
		"follower_project": identity.FollowerProject, "follower_service_name": identity.FollowerServiceName,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}
