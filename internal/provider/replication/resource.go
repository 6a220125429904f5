// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package replication is the resource opensearch_ccr_replication: one index of a follower that replicates one
// of the leader. What it asks the cluster for is in package internal/replication.
package replication

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// opensearch_ccr_replication is the replication of one index. A follower index
// may be all that is left of somebody's data: it is deleted only where the
// configuration says so, or while it has never been complete.

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

// Create starts the replication and waits until the follower index has what
// the leader index has.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Create(ctx, defaultTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	start := plan.start(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	before, err := reader.SeenAlone(ctx, plan.index(), ccr.Single{})
	if err != nil {
		plan.failed(&resp.Diagnostics, "Follower cannot be read", limit, "create", err)
		return
	}
	// An autofollow rule may have been faster. That replication is taken on as
	// it is, and never deleted as one of ours that did not come about.
	taken := before.State != ccr.NotInProgress && before.LeaderAlias == start.LeaderAlias && before.LeaderIndex == start.LeaderIndex
	if !taken {
		if err := access.Engine(reader).StartIndex(ctx, start); err != nil {
			plan.failed(&resp.Diagnostics, "Replication cannot be started", limit, "create", err)
			return
		}
	}
	plan.ID = types.StringValue(plan.Cluster.ValueString() + "/" + plan.index())
	plan.Status, plan.StatusReason = types.StringValue(string(ccr.StatusBootstrapping)), types.StringNull()
	if !taken {
		plan.StatusReason = types.StringValue(report.Unfinished)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)

	seen, err := r.complete(ctx, reader, plan, start, taken)
	if err != nil {
		plan.failed(&resp.Diagnostics, "Replication does not come about", limit, "create", explained(ctx, reader, plan, err))
		return
	}
	plan.done()
	setSight(ctx, resp.Private, seen, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// explained adds what is amiss on the follower to an error of a replication that
// does not come about.
func explained(ctx context.Context, reader *replication.Reader, plan model, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if cause := reader.Cause(ctx, plan.LeaderAlias.ValueString(), plan.index()); cause != "" {
		return fmt.Errorf("%w. What is amiss: %s", err, cause)
	}
	return err
}

// complete brings a replication that was started, or taken on, to what is desired.
func (r *Resource) complete(ctx context.Context, reader *replication.Reader, plan model, start replication.Start, taken bool) (ccr.Sight, error) {
	engine := access.Engine(reader)
	if taken && len(start.Settings) > 0 {
		if err := reader.UpdateSettings(ctx, start.FollowerIndex, start.Settings); err != nil {
			return ccr.Sight{}, err
		}
	}
	if !taken {
		if err := engine.AwaitSyncing(ctx, []string{start.FollowerIndex}); err != nil {
			return ccr.Sight{}, err
		}
	}
	return r.converge(ctx, reader, plan, start, false)
}

// converge looks at the replication and carries out what it needs; it returns
// what was seen last.
func (r *Resource) converge(ctx context.Context, reader *replication.Reader, plan model, start replication.Start, historyLost bool) (ccr.Sight, error) {
	seen, err := reader.SeenAlone(ctx, plan.index(), plan.desired())
	if err != nil {
		return seen, err
	}
	seen.HistoryLost = historyLost && seen.State == ccr.Paused
	assessment := ccr.AssessSingle(plan.desired(), seen)
	if len(assessment.Repairs) == 0 {
		return seen, nil
	}
	if assessment.Needs(ccr.ActionRebuild) && !plan.mayRebuild() {
		return seen, rebuildError{ccr.CheckRebuild(false, assessment)[0].Detail}
	}
	if err := access.Engine(reader).RunSingle(ctx, start, assessment.Repairs, plan.mayRebuild()); err != nil {
		seen.HistoryLost = replication.IsHistoryLost(err)
		if seen.HistoryLost {
			err = fmt.Errorf("%w. Set rebuild = true or on_destroy = \"delete_index\" to allow that", err)
		}
		return seen, err
	}
	return reader.SeenAlone(ctx, plan.index(), plan.desired())
}

// rebuildError says that only a rebuild helps and nothing allows it.
type rebuildError struct{ detail string }

func (e rebuildError) Error() string { return e.detail }

// Read takes what is seen of the replication among the reads that all share.
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
	seen, err := reader.Seen(ctx, state.index(), state.desired())
	if err != nil {
		state.failed(&resp.Diagnostics, "Replication cannot be read", access.ReadTime, "read", err)
		return
	}
	if before, ok := sight(ctx, req.Private, &resp.Diagnostics); ok && before.HistoryLost {
		seen.HistoryLost = seen.State == ccr.Paused
	}
	importing := state.LeaderIndex.IsNull()
	switch {
	case importing && seen.State == ccr.NotInProgress:
		resp.Diagnostics.AddError("Nothing to import", fmt.Sprintf("Index %s on cluster %s is not replicated. Start its replication by an apply instead.", state.index(), state.Cluster.ValueString()))
		return
	case seen.State == ccr.NotInProgress && !seen.Exists:
		resp.State.RemoveResource(ctx)
		return
	}
	if importing {
		state.imported(seen)
		mark(ctx, resp.Private, keyImported, true, &resp.Diagnostics)
	}
	begun := state.unfinished()
	state.seen(seen)
	if begun {
		state.Status, state.StatusReason = types.StringValue(string(ccr.StatusBootstrapping)), types.StringValue(report.Unfinished)
	}
	if err := state.observe(ctx, reader, seen, importing, &resp.Diagnostics); err != nil {
		state.failed(&resp.Diagnostics, "Replication cannot be read", access.ReadTime, "read", err)
		return
	}
	if state.Status.ValueString() == string(ccr.StatusDegraded) {
		resp.Diagnostics.AddWarning("Replication is degraded", fmt.Sprintf("Index %s on cluster %s: %s. Nothing is planned for it until the leader is in reach again.",
			state.index(), state.Cluster.ValueString(), state.StatusReason.ValueString()))
	}
	setSight(ctx, resp.Private, seen, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// imported fills in what only a configuration says.
func (m *model) imported(s ccr.Sight) {
	m.DesiredState = types.StringValue(string(ccr.ModeReplicating))
	if s.State == ccr.Paused && !s.AutoPaused() {
		m.DesiredState = types.StringValue(string(ccr.ModePaused))
	}
	m.OnDestroy, m.Rebuild = types.StringValue(destroyStop), types.BoolValue(false)
}

// Update resumes, pauses, rebuilds, and changes settings.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Update(ctx, defaultTime)
	resp.Diagnostics.Append(diags...)
	before, _ := sight(ctx, req.Private, &resp.Diagnostics)
	reader := r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	start := plan.start(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	reader.Forget() // what the plan saw is a while ago

	seen, err := r.change(ctx, reader, state, plan, start, before)
	var refused rebuildError
	switch {
	case errors.As(err, &refused):
		resp.Diagnostics.AddAttributeError(path.Root("rebuild"), "Replication can only be built anew", refused.detail)
	case err != nil:
		plan.failed(&resp.Diagnostics, "Replication cannot be brought to "+plan.DesiredState.ValueString(), limit, "update", err)
	}
	if seen.UUID != "" {
		setSight(context.WithoutCancel(ctx), resp.Private, seen, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	mark(ctx, resp.Private, keyImported, false, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// Delete ends the replication and does with the index what on_destroy says.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, diags := state.Timeouts.Delete(ctx, deleteTime)
	resp.Diagnostics.Append(diags...)
	known, _ := sight(ctx, req.Private, &resp.Diagnostics)
	reader := r.clients.KnownCluster(ctx, state.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	action := ccr.ActionStop
	if state.unfinished() || state.OnDestroy.ValueString() == destroyDelete {
		action = ccr.ActionRemove
	}
	seen, err := reader.SeenAlone(ctx, state.index(), state.desired())
	if err == nil && action == ccr.ActionRemove && known.UUID != "" && seen.Exists && seen.UUID != known.UUID && seen.State == ccr.NotInProgress {
		resp.Diagnostics.AddWarning("Index is another one", fmt.Sprintf("Index %s on cluster %s was deleted and made again by somebody else. It is not deleted.", state.index(), state.Cluster.ValueString()))
		return
	}
	step := ccr.Step{Action: action, Index: state.index(), LeaderIndex: state.LeaderIndex.ValueString()}
	if err := access.Engine(reader).RunSingle(ctx, replication.Start{FollowerIndex: state.index()}, []ccr.Step{step}, false); err != nil {
		state.failed(&resp.Diagnostics, "Replication cannot be ended", limit, "delete", err)
	}
}

// ImportState takes CLUSTER/FOLLOWER_INDEX, or the identity. The roles are read
// where the security plugin tells them; else they follow as
// CLUSTER/FOLLOWER_INDEX/LEADER_ROLE/FOLLOWER_ROLE.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	attribute.ImportWithRoles(ctx, req, resp, "cluster", "follower_index")
}
