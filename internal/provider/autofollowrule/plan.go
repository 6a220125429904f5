// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// ModifyPlan makes indices that the rule could not start a planned update, and
// names what becomes of the indices that the rule started.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.clients == nil {
		return
	}
	var state, plan model
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	held, _ := loadHoldings(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case req.Plan.Raw.IsNull():
		private.SetValue(ctx, resp.Private, keyEnds, r.planDestroy(ctx, state, held, &resp.Diagnostics), &resp.Diagnostics)
		return
	case req.State.Raw.IsNull():
		r.planCreate(ctx, &plan, &resp.Diagnostics)
	case !state.Cluster.Equal(plan.Cluster) || !state.Name.Equal(plan.Name) || !state.LeaderAlias.Equal(plan.LeaderAlias):
		private.SetValue(ctx, resp.Private, keyEnds, r.planDestroy(ctx, state, held, &resp.Diagnostics), &resp.Diagnostics)
		return
	default:
		private.SetValue(ctx, resp.Private, keyEnds, map[string]string{}, &resp.Diagnostics)
		plan.planUpdate(state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// planCreate looks for the connection that the new rule needs.
func (r *Resource) planCreate(ctx context.Context, plan *model, diags *diag.Diagnostics) {
	reader := r.clients.Cluster(ctx, plan.Cluster, diags)
	if attribute.Known(plan.Cluster, plan.LeaderAlias, plan.Name) {
		plan.ID = types.StringValue(plan.id())
	}
	if reader == nil || !attribute.Known(plan.LeaderAlias) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	report.CheckConnection(ctx, r.clients, reader, plan.Cluster.ValueString(), plan.alias(), "autofollow "+plan.title(), diags)
}

// planUpdate keeps the status unless an apply changes it.
func (m *model) planUpdate(state model, diags *diag.Diagnostics) {
	recreated := !m.Pattern.Equal(state.Pattern) || !m.UseRoles.Equal(state.UseRoles)
	restarts := m.StartExisting.ValueBool() && state.Status.ValueString() == statusFailed
	switch {
	case recreated || restarts:
		m.Status, m.StatusReason = types.StringUnknown(), types.StringUnknown()
	default:
		m.Status, m.StatusReason = state.Status, state.StatusReason
	}
	if recreated {
		diags.AddWarning(fmt.Sprintf("Autofollow %s will be recreated", state.title()), fmt.Sprintf("The plugin cannot change a rule, so apply removes rule %s on cluster %s and creates it again. What it has started keeps replicating. If the new rule is refused, the old one is restored.",
			state.Name.ValueString(), state.Cluster.ValueString()))
	} else if restarts {
		diags.AddWarning(fmt.Sprintf("Replications of %s will be started", state.title()), fmt.Sprintf("Rule %s on cluster %s: %s. Apply will start the missing replications.",
			state.Name.ValueString(), state.Cluster.ValueString(), state.StatusReason.ValueString()))
	}
}

// planDestroy names what becomes of the indices that the rule started, and
// returns those that end, by UUID. What another resource holds is not among them.
func (r *Resource) planDestroy(ctx context.Context, state model, h holdings, diags *diag.Diagnostics) map[string]string {
	ends := map[string]string{}
	if len(h.Started) == 0 {
		return ends
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	if state.OnDestroy.ValueString() != destroyKeep {
		r.clients.AwaitHeld(ctx)
	}
	reader := r.clients.Cluster(ctx, state.Cluster, diags)
	if reader == nil {
		return ends
	}
	o, err := reader.Observe(ctx, replication.Question{Alias: state.alias(), Owned: ccr.NewByName(h.Started), Shared: true, Leaderless: true})
	if err != nil {
		state.warnUnread(err.Error()+". Its indices are left as they are", diags)
		return ends
	}
	h.update(state, o, r.heldOn(state))
	others, _ := state.otherPatterns(o)
	for name, uuid := range h.Started {
		if !r.heldOn(state)(name) && !ccr.MatchesAny(others, name) {
			ends[name] = uuid
		}
	}
	if len(ends) == 0 {
		return ends
	}
	rule := fmt.Sprintf("Rule %s on cluster %s will be removed", state.Name.ValueString(), state.Cluster.ValueString())
	which := named(slices.Sorted(maps.Keys(ends)))
	switch state.OnDestroy.ValueString() {
	case destroyDelete:
		diags.AddWarning(fmt.Sprintf("Indices of %s will be deleted", state.title()), fmt.Sprintf("%s. It started %s. They will stop replicating and be deleted with all their documents (on_destroy = %q).", rule, which, destroyDelete))
	case destroyStop:
		diags.AddWarning(fmt.Sprintf("Replications of %s will stop", state.title()), fmt.Sprintf("%s. It started %s. Their replication will stop; the indices are kept and become writable (on_destroy = %q).", rule, which, destroyStop))
	default:
		diags.AddWarning(fmt.Sprintf("Replications of %s will continue", state.title()), fmt.Sprintf("%s. It started %s. They keep replicating (on_destroy = %q).", rule, which, destroyKeep))
	}
	return ends
}

// heldOn reports of an index whether an opensearch_ccr_replication has it.
func (r *Resource) heldOn(m model) func(index string) bool {
	return func(index string) bool {
		_, held := r.clients.Held("index " + m.Cluster.ValueString() + "/" + index)
		return held
	}
}

// namedLength is how many indices a plan names before it counts the rest.
const namedLength = 20

func named(names []string) string {
	more := ""
	if len(names) > namedLength {
		names, more = names[:namedLength], fmt.Sprintf(", and %d more", len(names)-namedLength)
	}
	return "these indices: " + strings.Join(names, ", ") + more
}
