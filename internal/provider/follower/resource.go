// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package follower is the resource opensearch_ccr_follower: a service at Aiven that is made beside a leader
// and replicates it.
package follower

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
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

// opensearch_ccr_follower is a follower service: an OpenSearch service at Aiven
// that is made beside a leader and replicates it. The service is in the state as
// soon as the API knows it, marked there as unfinished until its replications
// run, so that an apply that was cut short is gone on with by the next.

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
)

var (
	versionForm = regexp.MustCompile(`^\d+\.\d+$`)
	timeForm    = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$`)
)

// Resource is opensearch_ccr_follower.
type Resource struct{ clients *access.Clients }

// New makes the resource.
func New() resource.Resource { return &Resource{} }

// Metadata names the resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_follower"
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Create makes the service with its integration in one call and waits until
// every index has what the leader has.
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
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	service, ok := r.createService(ctx, operator, config, &plan, &resp.Diagnostics)
	if !ok {
		return
	}
	// From here on something exists that costs money: it is in the state
	// before anything else can fail.
	plan.fillService(service, &resp.Diagnostics)
	plan.IntegrationID, plan.Status, plan.StatusReason = types.StringNull(), types.StringValue(string(ccr.StatusBootstrapping)), types.StringNull()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if resp.Diagnostics.HasError() {
		return
	}
	seen, err := operator.Converge(ctx, plan.pair(), plan.desired(ctx, nil, &resp.Diagnostics))
	if err == nil {
		seen.Follower, err = operator.Finish(ctx, seen.Follower)
	}
	if seen.Follower.Name != "" {
		plan.fill(seen, &resp.Diagnostics)
		private.SetOwnedIndices(ctx, resp.Private, ccr.StillOwned(nil, seen.Observation.Observation), &resp.Diagnostics)
	}
	if err != nil {
		plan.Status = types.StringValue(string(ccr.StatusBootstrapping))
		report.AddApplyError(&resp.Diagnostics, "Follower is not complete", plan.pair(), limit, "create", err)
	}
	resp.Diagnostics.Append(resp.State.Set(context.WithoutCancel(ctx), plan)...)
}

// createService checks the rules once more, with all values known, and makes
// the service or takes on one whose creation was cut short.
func (r *Resource) createService(ctx context.Context, operator *pair.Operator, config model, plan *model, diags *diag.Diagnostics) (aiven.Service, bool) {
	plan.place(config, r.clients.Project())
	if !attribute.Known(plan.Project) {
		report.AddNoProject(diags)
		return aiven.Service{}, false
	}
	lookup := pair.NewLookup(operator)
	found, err := rules{lookup: lookup, plan: *plan, config: config}.evaluate(ctx)
	if err != nil {
		report.AddApplyError(diags, "Rules of the pair cannot be checked", plan.pair(), 0, "create", err)
		return aiven.Service{}, false
	}
	report.AddChecks(diags, found.checks)
	if diags.HasError() {
		return aiven.Service{}, false
	}
	if plan.Plan.IsUnknown() {
		plan.Plan = found.plan.Plan
	}
	if plan.OpenSearchVersion.IsUnknown() {
		plan.OpenSearchVersion = found.plan.OpenSearchVersion
	}
	if found.resumes {
		existing, _, err := lookup.Service(ctx, plan.ref())
		if err != nil {
			report.AddApplyError(diags, "Follower service cannot be read", plan.pair(), 0, "create", err)
		}
		return existing, err == nil
	}
	service, err := operator.Aiven.CreateService(ctx, plan.create(ctx, diags))
	r.clients.Changed()
	if err != nil {
		report.AddApplyError(diags, "Follower service cannot be created", plan.pair(), 0, "create", err)
		return aiven.Service{}, false
	}
	return service, true
}

// Read looks at both planes with a constant number of requests.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	// Terraform wants the identity also of what turns out to be gone.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
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
		resp.State.RemoveResource(ctx)
		return
	}
	if seen.Readable() {
		private.SetOwnedIndices(ctx, resp.Private, ccr.StillOwned(owned, seen.Observation.Observation), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// refresh sets what is observed; false where the service is gone.
func (r *Resource) refresh(ctx context.Context, operator *pair.Operator, state *model, owned map[string]string, diags *diag.Diagnostics) (pair.Seen, bool) {
	if state.LeaderServiceName.IsNull() && !r.complete(ctx, operator, state, diags) {
		return pair.Seen{}, false
	}
	seen, err := operator.Observe(ctx, state.pair(), state.desired(ctx, owned, diags))
	if errors.Is(err, pair.ErrNoFollower) {
		return seen, false
	}
	if err != nil {
		diags.AddError("Follower cannot be read", fmt.Sprintf("Service %s: %v", state.ref(), err))
		return seen, false
	}
	unfinished := state.Status.ValueString() == string(ccr.StatusBootstrapping) && ccr.Unfinished(seen.Follower.Tags)
	state.fill(seen, diags)
	switch {
	case unfinished:
		state.Status = types.StringValue(string(ccr.StatusBootstrapping))
	case seen.Assessment.Status == ccr.StatusDegraded:
		report.AddDegraded(diags, state.pair(), seen.Assessment.Reason)
	}
	return seen, true
}

// complete fills in what an import does not know: which leader the service follows.
func (r *Resource) complete(ctx context.Context, operator *pair.Operator, state *model, diags *diag.Diagnostics) bool {
	imported, err := operator.Adopt(ctx, state.ref())
	if err != nil {
		diags.AddError("Follower cannot be imported", fmt.Sprintf("Service %s: %v", state.ref(), err))
		return false
	}
	state.LeaderProject, state.LeaderServiceName = types.StringValue(imported.Leader.Project), types.StringValue(imported.Leader.Name)
	patterns, d := types.SetValueFrom(ctx, types.StringType, imported.Patterns)
	diags.Append(d...)
	state.IndexPatterns = patterns
	state.DesiredState = types.StringValue(string(imported.Mode))
	state.AllowLargerPlan = types.BoolValue(imported.LargerPlan)
	return !diags.HasError()
}

// Update changes the service in place and brings the replications to what is
// desired: what is new first, what is old last.
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

	if change, needed := plan.update(ctx, prior, &resp.Diagnostics); needed {
		if _, err := operator.Aiven.UpdateService(ctx, change); err != nil {
			report.AddApplyError(&resp.Diagnostics, "Follower service cannot be changed", plan.pair(), limit, "update", err)
			return
		}
	}
	seen, err := operator.Converge(ctx, plan.pair(), plan.desired(ctx, owned, &resp.Diagnostics))
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Follower is not as desired", plan.pair(), limit, "update", err)
		plan = prior.withWishes(plan)
	}
	if seen.Follower.Name != "" {
		plan.fill(seen, &resp.Diagnostics)
		private.SetOwnedIndices(ctx, resp.Private, ccr.StillOwned(owned, seen.Observation.Observation), &resp.Diagnostics)
	}
	report.AddPromotedAlone(&resp.Diagnostics, plan.pair(), seen)
	resp.Diagnostics.Append(resp.State.Set(context.WithoutCancel(ctx), plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(context.WithoutCancel(ctx), plan.identity())...)
}

// withWishes is the state after an update that did not reach its end: what is
// observed comes from the server, and what was wished for stays a difference
// until it is reached.
func (m model) withWishes(plan model) model {
	m.AllowLargerPlan, m.Timeouts, m.UserConfig = plan.AllowLargerPlan, plan.Timeouts, plan.UserConfig
	return m
}

// Delete ends the replications, unlinks the follower and deletes its service.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resumes := private.Text(ctx, req.Private, private.Resumes, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	limit, diags := state.Timeouts.Delete(ctx, services.DeleteTime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || resumes == state.ref().String() {
		// Terraform replaces a resource whose creation failed. The plan said that
		// the service is kept and its creation gone on with.
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	warnings, err := operator.DeleteFollower(ctx, state.pair())
	for _, w := range warnings {
		resp.Diagnostics.AddWarning("Part of the clean-up was skipped", w)
	}
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Follower service is not deleted", state.pair(), limit, "delete", err)
	}
}

// ImportState takes PROJECT/SERVICE_NAME or the identity; Read does the rest.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	identity := identityModel{}
	if req.ID != "" {
		project, name, ok := strings.Cut(req.ID, "/")
		if !ok || ccr.CheckProjectName(project) != nil || ccr.CheckServiceName(name) != nil {
			resp.Diagnostics.AddError("Invalid import ID", fmt.Sprintf("%q is not of the form PROJECT/SERVICE_NAME.", req.ID))
			return
		}
		identity = identityModel{Project: types.StringValue(project), ServiceName: types.StringValue(name)}
	} else {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		if err := cmp.Or(ccr.CheckProjectName(identity.Project.ValueString()), ccr.CheckServiceName(identity.ServiceName.ValueString())); err != nil {
			resp.Diagnostics.AddError("Invalid import identity", fmt.Sprintf("\"%s/%s\" does not name a service: %v.", identity.Project.ValueString(), identity.ServiceName.ValueString(), err))
			return
		}
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("project"), identity.Project)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("service_name"), identity.ServiceName)...)
}
