// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// ModifyPlan makes a problem a planned update, names what an apply destroys, and
// refuses what cannot work. A cluster that cannot be asked never fails a plan.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.clients == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	var state, plan model
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	owned := private.OwnedIndices(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := plan
	switch {
	case req.Plan.Raw.IsNull():
		r.hold(state, owned)
		r.planDestroy(ctx, state, owned, &resp.Diagnostics)
		return
	case req.State.Raw.IsNull():
		r.planCreate(ctx, &plan, owned, resp)
	default:
		r.hold(state, owned)
		r.planUpdate(ctx, state, &plan, owned, req, resp)
	}
	if !resp.Diagnostics.HasError() && !reflect.DeepEqual(plan, proposed) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	}
}

// planCreate looks at what the new replication will meet. The plan that replaces
// a resource comes here too, without its prior state.
func (r *Resource) planCreate(ctx context.Context, plan *model, owned ccr.Owned, resp *resource.ModifyPlanResponse) {
	reader := r.clients.Cluster(ctx, plan.Cluster, &resp.Diagnostics)
	if !attribute.Known(plan.Cluster, plan.FollowerIndex) {
		return
	}
	plan.ID = types.StringValue(plan.place())
	onDestroy, replaces := r.clients.Held(heldIndex(plan.place()))
	if replaces {
		if uuid, known := r.clients.Held(heldUUID(plan.place())); known && owned.Len() == 0 {
			// A tainted resource is deleted with the private state of this plan.
			private.SetOwnedIndices(ctx, resp.Private, ccr.Owned{}.With(plan.index(), uuid), &resp.Diagnostics)
		}
		plan.checkReplacement(onDestroy == destroyDelete, "a taint, -replace, or a second resource of this index", &resp.Diagnostics)
	}
	if reader == nil || reader.HasWritten() { // in an apply the start itself tells
		return
	}
	if !replaces {
		r.checkFollower(ctx, *plan, reader, &resp.Diagnostics)
	}
	if !attribute.Known(plan.LeaderAlias) {
		return
	}
	connected := report.CheckConnection(ctx, r.clients, reader, plan.Cluster.ValueString(), plan.alias(), plan.object(), &resp.Diagnostics)
	if connected && attribute.Known(plan.LeaderIndex) {
		report.CheckLeaderIndex(ctx, reader, plan.Cluster.ValueString(), plan.alias(), plan.leader(), plan.object(), &resp.Diagnostics)
	}
}

// checkFollower looks for an index that is in the way. While the leader is not
// known yet, one that replicates something may be the very one that is wanted.
func (r *Resource) checkFollower(ctx context.Context, plan model, reader *replication.Reader, diags *diag.Diagnostics) {
	q := plan.question(ccr.Owned{})
	q.Shared, q.Leaderless = true, true
	o, err := reader.Observe(ctx, q)
	if err != nil {
		plan.warnUnasked(err, diags)
		return
	}
	source, replicates := o.Indices.At(plan.index()).Replicates().Value()
	known := attribute.Known(plan.LeaderAlias, plan.LeaderIndex)
	for _, note := range ccr.Decide(plan.desired(ctx, ccr.Owned{}, diags), o).Notes {
		if note.Kind == ccr.NoteTaken && (known || !replicates) {
			diags.AddAttributeError(path.Root("follower_index"), fmt.Sprintf("Index %s already exists on %s", plan.index(), plan.Cluster.ValueString()),
				fmt.Sprintf("Cluster %s already has an index %s, which is %s. A replication creates its index, so it cannot start over an existing one. "+
					"Delete that index or choose another follower_index.", plan.Cluster.ValueString(), plan.index(), taking(note.Other)))
		}
	}
	if replicates && source == (ccr.Source{Alias: plan.alias(), Index: plan.leader()}) {
		plan.warnAdopted("will be adopted", diags)
	}
}

func taking(other string) string {
	if other == "an index that is not a replica" {
		return "not a replica"
	}
	return "a replica of " + other
}

// planUpdate decides what an apply has to do and keeps what the plan named.
func (r *Resource) planUpdate(ctx context.Context, state model, plan *model, owned ccr.Owned, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	private.SetApproved(ctx, resp.Private, ccr.Approval{}, diags)
	if attributes, elsewhere := state.replaced(*plan, marked(ctx, req.Private, keyImported, diags)); elsewhere {
		r.planDestroy(ctx, state, owned, diags)
		return
	} else if attributes != "" {
		state.checkReplacement(state.deletes(), "a change of "+attributes, diags)
		return
	}
	changed := !plan.DesiredState.Equal(state.DesiredState) || !plan.Settings.Equal(state.Settings)
	plan.Status, plan.StatusReason = state.Status, state.StatusReason
	if changed || state.Status.ValueString() == string(ccr.StatusBootstrapping) {
		plan.Status, plan.StatusReason = types.StringUnknown(), types.StringUnknown()
	}
	reader := r.clients.Cluster(ctx, plan.Cluster, diags)
	if reader == nil || plan.DesiredState.IsUnknown() {
		return
	}
	q := plan.question(owned)
	q.Shared = true
	o, err := reader.Observe(ctx, q)
	if err != nil {
		plan.warnUnasked(err, diags)
		return
	}
	desired := plan.desired(ctx, owned, diags)
	decided := ccr.Decide(desired, o)
	foresight := private.Foresight(ctx, req.Private, diags)
	private.SetApproved(ctx, resp.Private, foresight.Approve(desired.Mode, decided.Steps, owned), diags)
	plan.addRefused(decided, diags)
	if decided.Refused = nil; plan.DesiredState.Equal(state.DesiredState) {
		report.AddPlan(diags, plan.object(), decided)
	} else { // what the configuration asks for is not a repair
		report.AddNotes(diags, plan.object(), decided.Notes)
		report.AddDestructions(diags, plan.object(), decided.Steps)
	}
	// Terraform plans once more during apply, and what has become wrong by then
	// must not make unknown what the first plan knew.
	permits := !plan.Rebuild.Equal(state.Rebuild) || !plan.OnDestroy.Equal(state.OnDestroy)
	wrong := foresight.Repairs || permits && state.Status.ValueString() != string(state.mode().Target())
	if wrong && len(decided.Repairs()) > 0 {
		plan.Status, plan.StatusReason = types.StringUnknown(), types.StringUnknown()
	}
}

// addRefused says what an index that may have writes of its own leaves to the user.
func (m model) addRefused(decided ccr.Decision, diags *diag.Diagnostics) {
	if len(decided.Refused) == 0 {
		return
	}
	diags.AddAttributeError(path.Root("rebuild"), fmt.Sprintf("Rebuilding index %s on %s needs permission", m.index(), m.Cluster.ValueString()),
		fmt.Sprintf("The replication of index %s on cluster %s was stopped outside Terraform, and the index may have writes of its own that the leader does not have. "+
			"Following the leader again deletes them. Set rebuild = true to delete the index and copy it again. To keep the index instead, remove this resource from the configuration and apply; "+
			"terraform destroy needs -refresh=false for that.", m.index(), m.Cluster.ValueString()))
}

// planDestroy names what becomes of the follower index.
func (r *Resource) planDestroy(ctx context.Context, state model, owned ccr.Owned, diags *diag.Diagnostics) {
	if reader := r.clients.Cluster(ctx, state.Cluster, diags); reader != nil {
		q := state.question(owned)
		q.Shared, q.Leaderless, q.Alias = true, true, ""
		if o, err := reader.Observe(ctx, q); err == nil {
			f := o.Indices.At(state.index())
			if _, absent := f.Index.Absent(); absent {
				return
			}
			if state.isAnother(f, owned) {
				state.warnAnother(diags)
				return
			}
		}
	}
	if state.deletes() {
		diags.AddWarning(report.Capital(state.title())+" will be deleted",
			fmt.Sprintf("Replication of index %s on cluster %s will stop, and the index will be deleted with all its documents (on_destroy = %q).", state.index(), state.Cluster.ValueString(), destroyDelete))
		return
	}
	diags.AddWarning(report.Capital(state.object())+" will stop",
		fmt.Sprintf("Replication of index %s on cluster %s will stop; the index is kept and becomes writable (on_destroy = %q). It must be deleted before replication can start under this name again.",
			state.index(), state.Cluster.ValueString(), destroyStop))
}

// replaced names the attributes whose change replaces the replication under the
// same index; elsewhere says that the new one has another index or cluster.
func (m model) replaced(plan model, imported bool) (attributes string, elsewhere bool) {
	rolesKept := imported && (m.UseRoles.IsNull() || plan.UseRoles.IsNull())
	for _, a := range []struct {
		name        string
		prior, next attr.Value
		kept        bool
	}{
		{"leader_alias", m.LeaderAlias, plan.LeaderAlias, false},
		{"leader_index", m.LeaderIndex, plan.LeaderIndex, false},
		{"use_roles", m.UseRoles, plan.UseRoles, rolesKept},
	} {
		if a.prior.Equal(a.next) || a.kept {
			continue
		}
		if attributes != "" {
			attributes += ", "
		}
		attributes += a.name
	}
	return attributes, !m.Cluster.Equal(plan.Cluster) || !m.FollowerIndex.Equal(plan.FollowerIndex)
}

// checkReplacement refuses a replacement whose first half would leave an index
// in the way of the second.
func (m model) checkReplacement(deletes bool, cause string, diags *diag.Diagnostics) {
	if deletes {
		diags.AddWarning(report.Capital(m.title())+" will be deleted and copied again",
			fmt.Sprintf("To replace the replication of index %s on cluster %s (%s), the follower index will be deleted and copied again from the leader.", m.index(), m.Cluster.ValueString(), cause))
		return
	}
	diags.AddAttributeError(path.Root("on_destroy"), fmt.Sprintf("Cannot replace the replication of index %s", m.index()),
		fmt.Sprintf("The replication of index %s on cluster %s would be replaced (%s). With on_destroy = %q the old replication leaves its index behind, and no replication can start over an existing index. "+
			"Apply on_destroy = %q on its own first: then the replacement deletes the index and copies it again. To keep this replication instead, undo the change, or run terraform untaint.",
			m.index(), m.Cluster.ValueString(), cause, destroyStop, destroyDelete))
}

func (m model) warnUnasked(err error, diags *diag.Diagnostics) {
	diags.AddWarning("Cannot read the cluster of "+m.title(),
		fmt.Sprintf("The plan could not look at the replication of index %s on cluster %s: %s. Nothing is planned for it, and apply will delete no index.", m.index(), m.Cluster.ValueString(), report.Sentence(err)))
}

func (m model) warnAdopted(what string, diags *diag.Diagnostics) {
	diags.AddWarning(fmt.Sprintf("Existing %s %s", m.object(), what),
		fmt.Sprintf("Index %s on cluster %s already replicates index %s of leader %s, for example because an autofollow rule was faster. This resource manages that replication from now on, including on_destroy.",
			m.index(), m.Cluster.ValueString(), m.leader(), m.alias()))
}

// isAnother reports whether an index is known not to be the one that this
// resource started or adopted.
func (m model) isAnother(f ccr.FollowerIndex, owned ccr.Owned) bool {
	return f.UUID() != "" && owned.At(m.index()) != "" && owned.At(m.index()) != f.UUID()
}

func (m model) warnAnother(diags *diag.Diagnostics) {
	diags.AddWarning(report.Capital(m.title())+" is left in place",
		fmt.Sprintf("Index %s on cluster %s was deleted and recreated outside Terraform. It is not the index that this resource started, so it is left unchanged.", m.index(), m.Cluster.ValueString()))
}

func heldIndex(place string) string { return "index " + place }

func heldUUID(place string) string { return "index " + place + " uuid" }

// hold notes that this process has the replication in its state, for plans that
// are not shown it: of its replacement, and of a rule that covers the index too.
func (r *Resource) hold(m model, owned ccr.Owned) {
	r.clients.Hold(heldIndex(m.place()), m.OnDestroy.ValueString())
	if uuid := owned.At(m.index()); uuid != "" {
		r.clients.Hold(heldUUID(m.place()), uuid)
	}
}
