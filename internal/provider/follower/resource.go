// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package follower is the resource opensearch_ccr_follower: a service on Aiven that is created alongside a leader
// and replicates it. It is in the state as soon as the API knows it.
package follower

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

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

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
)

var (
	versionForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d+\.\d+$`) })
	timeForm    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$`) })
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

// Create creates the service with its integration in one call, starts the
// replication of every index and waits until each is in sync. Until the service
// runs and is connected a failure is an error; from there on the follower exists
// and works, and what is left to do is a warning now and an update later.
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
	defer r.clients.Changed()

	planned := plan
	service, ok := r.createService(ctx, operator, config, &plan, &resp.Diagnostics)
	if !ok {
		return
	}
	// From here on something exists that costs money: it is in the state before
	// anything else can fail, also after an interrupt.
	save := func() {
		late := context.WithoutCancel(ctx)
		plan.keepKnown(planned)
		resp.Diagnostics.Append(resp.State.Set(late, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(late, plan.identity())...)
	}
	plan.fillService(service, &resp.Diagnostics)
	plan.Begin("", "the follower service is "+service.State+", and nothing is replicated yet")
	private.SetCreated(ctx, resp.Private, service.Created, &resp.Diagnostics)
	save()
	if resp.Diagnostics.HasError() {
		return
	}
	wish := plan.wish(ctx, ccr.Owned{}, nil, false, &resp.Diagnostics)
	done, err := operator.Turn(ctx, wish.Pair.Follower)
	if err != nil {
		report.AddUnusable(&resp.Diagnostics, plan.pair(), limit, err)
		return
	}
	defer done()
	seen, err := operator.Converge(ctx, wish, ccr.Approval{})
	if err == nil {
		err = seen.LinkError()
	}
	if seen.Exists() {
		plan.fill(seen, false, &resp.Diagnostics)
		plan.Remember(ctx, resp.Private, seen, ccr.Owned{}, service.Created, &resp.Diagnostics)
	}
	if err != nil && !seen.Connected() {
		plan.Begin(seen.Integration.ID, report.Sentence(err))
		report.AddUnusable(&resp.Diagnostics, plan.pair(), limit, err)
	} else {
		plan.Created(plan.object(), wish, seen, err, limit, &resp.Diagnostics)
	}
	save()
}

// createService checks the rules once more, with all values known, and creates
// the service. What follows from the leader follows from it as it is now.
func (r *Resource) createService(ctx context.Context, operator *pair.Operator, config model, plan *model, diags *diag.Diagnostics) (aiven.Service, bool) {
	plan.place(config, r.clients.Project(), nil)
	if !attribute.Known(plan.Project) {
		report.AddNoProject(diags)
		return aiven.Service{}, false
	}
	found, err := rules{lookup: pair.NewLookup(operator), plan: *plan, config: config}.evaluate(ctx)
	if err != nil {
		report.AddApplyError(diags, "Cannot check Aiven's requirements for this follower", plan.pair(), 0, "create", err)
		return aiven.Service{}, false
	}
	report.AddChecks(diags, found.checks)
	if diags.HasError() {
		return aiven.Service{}, false
	}
	if plan.Plan.IsUnknown() {
		plan.Plan = types.StringValue(found.leader.Plan)
	}
	if plan.OpenSearchVersion.IsUnknown() {
		plan.OpenSearchVersion = types.StringValue(ccr.MajorMinor(found.leader.Version))
	}
	if plan.DiskSpaceMB.IsUnknown() && found.diskMB > 0 {
		plan.DiskSpaceMB = attribute.WholeValue(int64(found.diskMB))
	}
	service, err := operator.Aiven.CreateService(ctx, plan.create(ctx, diags))
	if err != nil {
		report.AddApplyError(diags, "Cannot create the follower service", plan.pair(), 0, "create", err)
		return aiven.Service{}, false
	}
	return service, true
}

// Read looks at both planes with a constant number of requests. Only a service
// that is proven to be gone is removed from the state.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	created := private.Created(ctx, req.Private, &resp.Diagnostics)
	// Terraform wants the identity also of what turns out to be gone.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.clients.Hold(held(state), "")
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
		r.clients.Release(held(state))
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

// refresh sets what is observed; false where the service is gone. Where it is
// not known whether it is, nothing is seen and the model stays as it is.
func (r *Resource) refresh(ctx context.Context, lookup *pair.Lookup, state *model, owned ccr.Owned, diags *diag.Diagnostics) (pair.Seen, bool) {
	if state.LeaderServiceName.IsNull() && !r.complete(ctx, lookup.Operator(), state, diags) {
		return pair.Seen{}, false
	}
	seen, found := state.Refresh(ctx, lookup, state.object(), state.pair(), owned, diags)
	if seen.Exists() {
		state.fillService(seen.Follower, diags)
	}
	return seen, found
}

// complete fills in what an import does not know: which leader the service follows.
func (r *Resource) complete(ctx context.Context, operator *pair.Operator, state *model, diags *diag.Diagnostics) bool {
	imported, err := operator.Adopt(ctx, state.ref())
	if err != nil {
		diags.AddError("Cannot import the follower", fmt.Sprintf("Service %s: %s.", state.ref(), report.Sentence(err)))
		return false
	}
	state.LeaderProject, state.LeaderServiceName = types.StringValue(imported.Leader.Project), types.StringValue(imported.Leader.Name)
	state.AllowLargerPlan = types.BoolValue(imported.LargerPlan)
	state.Adopt(ctx, imported, diags)
	return !diags.HasError()
}

// Update changes the service in place and brings the replications to what is
// desired. It destroys what the plan has named, and nothing else.
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
	done, err := operator.Turn(ctx, plan.ref())
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot update the follower", plan.pair(), limit, "update", err)
		return
	}
	defer done()

	planned := plan
	if err := keepDisk(ctx, operator, &plan, prior); err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot update the follower service", plan.pair(), limit, "update", err)
		return
	}
	if change, needed := plan.update(ctx, prior, &resp.Diagnostics); needed {
		if _, err := operator.Aiven.UpdateService(ctx, change); err != nil {
			report.AddApplyError(&resp.Diagnostics, "Cannot update the follower service", plan.pair(), limit, "update", err)
			return
		}
	}
	wish := plan.wish(ctx, owned, services.RemovedPatterns(ctx, prior.IndexPatterns, plan.IndexPatterns, &resp.Diagnostics), prior.Finished(), &resp.Diagnostics)
	wish.Lift = plan.Lifts(prior.Replication)
	seen, err := operator.Converge(ctx, wish, approval)
	follows := err == nil && plan.Mode() != ccr.ModePromoted
	if err != nil {
		report.AddApplyError(&resp.Diagnostics, "Cannot bring the follower to the desired state", plan.pair(), limit, "update", err)
		plan = prior.withWishes(plan)
	}
	if seen.Exists() {
		plan.fill(seen, prior.Finished(), &resp.Diagnostics)
		plan.Remember(ctx, resp.Private, seen, owned, seen.Follower.Created, &resp.Diagnostics)
	}
	plan.KeepEnded(ctx, prior.Replication, seen.EndedAt, follows, &resp.Diagnostics)
	if err == nil {
		plan.keepKnown(planned)
	}
	report.AddPromotedAlone(&resp.Diagnostics, plan.pair(), seen)
	resp.Diagnostics.Append(resp.State.Set(context.WithoutCancel(ctx), plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(context.WithoutCancel(ctx), plan.identity())...)
}

// keepDisk keeps the disk space of a follower that gets another plan or cloud,
// unless it is configured or the new plan has more of its own: the API would give
// the service the new plan's, also where that is less.
func keepDisk(ctx context.Context, operator *pair.Operator, plan *model, prior model) error {
	if !plan.DiskSpaceMB.IsUnknown() || !plan.moves(prior) {
		return nil
	}
	offered, err := pair.NewLookup(operator).Offer(ctx, plan.Project.ValueString())
	if err != nil {
		return err
	}
	if disk := ccr.DiskLike(int(attribute.WholeOf(prior.DiskSpaceMB)), plan.Plan.ValueString(), plan.CloudName.ValueString(), offered.Plans); disk > 0 {
		plan.DiskSpaceMB = attribute.WholeValue(int64(disk))
	}
	return nil
}

// withWishes is the state after an update that did not reach its end: what is
// observed comes from the server, and what was wished for stays a difference
// until it is reached.
func (m model) withWishes(plan model) model {
	m.AllowLargerPlan, m.Timeouts, m.UserConfig, m.FenceLeader = plan.AllowLargerPlan, plan.Timeouts, plan.UserConfig, plan.FenceLeader
	return m
}

// Delete ends the replications, unlinks the follower and deletes its service.
// Where the service may not be deleted nothing is dismantled.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	created := private.Created(ctx, req.Private, &resp.Diagnostics)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	limit, diags := state.Timeouts.Delete(ctx, services.DeleteTime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer r.clients.Changed()
	services.Delete(ctx, operator, state.wish(ctx, owned, nil, true, &resp.Diagnostics), created, limit, &resp.Diagnostics)
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
