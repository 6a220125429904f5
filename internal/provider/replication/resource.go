// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package replication is the resource opensearch_ccr_replication: one index of a follower that replicates one
// of the leader. What it asks the cluster for is in package internal/replication.
package replication

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// opensearch_ccr_replication is the replication of one index. A follower index
// may be all that is left of somebody's data: it is deleted only where package
// ccr decides that it may be and the plan named it.

var (
	_ resource.ResourceWithConfigure   = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan  = (*Resource)(nil)
	_ resource.ResourceWithImportState = (*Resource)(nil)
	_ resource.ResourceWithIdentity    = (*Resource)(nil)
)

// The default times of the timeouts attribute.
const (
	defaultTime = 30 * time.Minute
	deleteTime  = 5 * time.Minute
)

// Resource is opensearch_ccr_replication.
type Resource struct{ clients *access.Clients }

// New makes the resource.
func New() resource.Resource { return &Resource{} }

// Metadata names the resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_replication"
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Create starts the replication, or adopts one that exists, and waits until it
// is as desired. Once it was started nothing is an error: what is not finished is
// a warning, and the next plan continues it.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Create(ctx, defaultTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	desired := plan.desired(ctx, ccr.Owned{}, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	engine := access.Engine(reader)
	adopted, err := engine.StartOrAdopt(limited, desired.Start(ccr.Step{Index: plan.index(), LeaderIndex: plan.leader()}))
	if err != nil {
		plan.failed(&resp.Diagnostics, "Cannot start the replication of index "+plan.index(), limit, "create", err)
		return
	}
	plan.show(ccr.Decision{Status: ccr.StatusBootstrapping})
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if adopted {
		plan.warnAdopted("was adopted", &resp.Diagnostics)
	}
	w := work{reader: reader, engine: engine, plan: plan}
	if adopted {
		w.learn(limited)
		r.clients.Hold("adopted "+plan.place(), w.owned.At(plan.index()))
	}
	err = w.complete(limited, adopted)
	w.conclude(ctx, resp.Private, &resp.Diagnostics)
	if err != nil || w.decided.Status != plan.mode().Target() {
		resp.Diagnostics.AddWarning(fmt.Sprintf("%s is %s, not %s yet", report.Capital(plan.title()), w.decided.Status, plan.mode().Target()),
			w.explained(limited, err)+" The replication is kept. The next plan shows what is left to do, and apply continues.")
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, w.plan)...)
}

// Read takes what is observed among the reads that all resources share. The
// replication is gone only where the follower says so of this very index.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...) // wanted also of what is gone
	known := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	before := state
	r.hold(state, known)
	private.SetForesight(ctx, resp.Private, ccr.Foresight{}, &resp.Diagnostics) // until it is looked at
	reader := r.clients.Cluster(ctx, state.Cluster, &resp.Diagnostics)
	if reader == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	importing := state.LeaderIndex.IsNull()
	if importing && !state.imported(ctx, reader, &resp.Diagnostics) {
		return
	}
	q := state.question(known)
	q.Shared = true
	o, err := reader.Observe(ctx, q)
	if err != nil && importing {
		state.failed(&resp.Diagnostics, "Cannot read the replication of index "+state.index(), access.ReadTime, "read", err)
		return
	}
	if err != nil {
		state.warnUnread(err, &resp.Diagnostics)
		return
	}
	f := o.Indices.At(state.index())
	if _, unlisted := f.Index.Absent(); unlisted && f.State == ccr.NotInProgress {
		if missing, err := reader.IndexMissing(ctx, state.index()); err == nil && missing {
			r.clients.Release(heldIndex(state.place()))
			resp.State.RemoveResource(ctx)
			return
		}
	}
	owned := o.OwnedNow([]string{state.leader()}, known)
	if known.At(state.index()) != "" && owned.At(state.index()) != "" && owned.At(state.index()) != known.At(state.index()) {
		state.warnAdopted("was recreated and adopted", &resp.Diagnostics)
	}
	if owned.At(state.index()) == "" && f.Exists() && known.At(state.index()) != "" {
		owned = owned.With(state.index(), known.At(state.index())) // another index has its name: a destroy must tell them apart
	}
	desired := state.desired(ctx, owned, &resp.Diagnostics)
	decided := ccr.Decide(desired, o)
	state.show(decided)
	if err := state.observe(ctx, reader, f, importing, &resp.Diagnostics); err != nil {
		state.warnUnread(err, &resp.Diagnostics)
	}
	if decided.Status == ccr.StatusDegraded {
		resp.Diagnostics.AddWarning(report.Capital(state.object())+" is degraded",
			fmt.Sprintf("Index %s on cluster %s: %s. This usually resolves itself, so no change is planned.", state.index(), state.Cluster.ValueString(), decided.Reason))
	}
	if importing {
		mark(ctx, resp.Private, keyImported, true, &resp.Diagnostics)
	}
	r.hold(state, owned)
	private.SetOwnedIndices(ctx, resp.Private, owned, &resp.Diagnostics)
	private.SetForesight(ctx, resp.Private, ccr.Foresee(desired, o), &resp.Diagnostics)
	if !reflect.DeepEqual(state, before) { // to write all of it takes as long as all else here
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

// Update brings the replication to what is planned. It destroys nothing that the
// plan did not name, and what it reports is what the follower says in the end.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Update(ctx, defaultTime)
	resp.Diagnostics.Append(diags...)
	w := work{plan: plan, owned: private.OwnedIndices(ctx, req.Private, &resp.Diagnostics), approval: private.Approved(ctx, req.Private, &resp.Diagnostics)}
	w.reader = r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	private.SetApproved(ctx, resp.Private, ccr.Approval{}, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if !plan.Status.IsUnknown() { // only what Terraform itself keeps has changed
		mark(ctx, resp.Private, keyImported, false, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		return
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w.engine = access.Engine(w.reader)
	err := w.change(limited, !plan.Settings.Equal(state.Settings))
	w.conclude(ctx, resp.Private, &resp.Diagnostics)
	plan.addRefused(w.decided, &resp.Diagnostics)
	var changed *replication.WorldChanged
	switch {
	case resp.Diagnostics.HasError():
	case errors.As(err, &changed):
		plan.failed(&resp.Diagnostics, fmt.Sprintf("Index %s has changed since the plan", plan.index()), limit, "update", err)
	case err != nil:
		plan.failed(&resp.Diagnostics, fmt.Sprintf("Cannot bring index %s to %s", plan.index(), plan.mode()), limit, "update", w.withCause(limited, err))
	case w.decided.Status != plan.mode().Target():
		resp.Diagnostics.AddWarning(fmt.Sprintf("%s is %s, not %s yet", report.Capital(plan.title()), w.decided.Status, plan.mode().Target()),
			w.explained(limited, nil)+" Run terraform plan again once the cause is fixed: it shows what is left to do.")
	}
	if resp.Diagnostics.HasError() {
		// The configuration stays unapplied, but the status is the present one.
		state.Status, state.StatusReason = w.plan.Status, w.plan.StatusReason
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		return
	}
	mark(ctx, resp.Private, keyImported, false, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, w.plan)...)
}

// Delete ends the replication and does with the index what on_destroy says. An
// index that this resource did not start or adopt is left alone.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, diags := state.Timeouts.Delete(ctx, deleteTime)
	resp.Diagnostics.Append(diags...)
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	reader := r.clients.KnownCluster(ctx, state.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.hold(state, owned)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	engine := access.Engine(reader)
	q := state.question(owned)
	q.Leaderless, q.Alias = true, ""
	o, err := engine.Observe(ctx, q)
	if err != nil {
		state.failed(&resp.Diagnostics, "Cannot stop the replication of index "+state.index(), limit, "delete", err)
		return
	}
	f := o.Indices.At(state.index())
	uuid := owned.At(state.index())
	adopted, _ := r.clients.Held("adopted " + state.place())
	if state.isAnother(f, owned) || adopted != "" && adopted == f.UUID() {
		state.warnAnother(&resp.Diagnostics)
		return
	}
	deletes := state.deletes() && uuid != ""
	if state.deletes() && !deletes && f.Exists() {
		resp.Diagnostics.AddWarning(report.Capital(state.title())+" is not deleted",
			fmt.Sprintf("It is not known whether index %s on cluster %s is the one that this resource started, so only its replication is stopped. Delete the index yourself if it is no longer needed.", state.index(), state.Cluster.ValueString()))
	}
	step, needed := ccr.EndIndex(f, uuid, deletes, fmt.Sprintf("on_destroy = %q", state.OnDestroy.ValueString()))
	if !needed {
		return
	}
	if err := engine.Run(ctx, state.desired(ctx, owned, &resp.Diagnostics), []ccr.Step{step}); err != nil {
		if replication.IsSilent(err) {
			err = fmt.Errorf("%w. The leader does not answer, and a stop does not end while the connection to such a leader exists. Remove the connection %s first: "+
				"run terraform state rm for this resource and destroy its opensearch_ccr_connection, which stops what replicates over it; or set cluster.remote.%s.* to null on the follower and destroy again",
				err, state.alias(), state.alias())
		}
		state.failed(&resp.Diagnostics, "Cannot stop the replication of index "+state.index(), limit, "delete", err)
	}
}

// ImportState takes CLUSTER/FOLLOWER_INDEX, or the identity. The roles are read
// where the security plugin tells them; else they follow as
// CLUSTER/FOLLOWER_INDEX/LEADER_ROLE/FOLLOWER_ROLE.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	attribute.ImportWithRoles(ctx, req, resp, "cluster", "follower_index")
}
