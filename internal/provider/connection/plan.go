// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// keyStops has in private state which replications the plan of a destroy named.
const keyStops = "stops"

// ModifyPlan names the replications that end with the connection, and gives a
// new connection its id.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.clients == nil {
		return
	}
	var state, plan model
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
		r.clients.Cluster(ctx, plan.Cluster, &resp.Diagnostics) // a typo is an error now
		r.clients.Hold("connection "+plan.Cluster.ValueString()+"/"+plan.Name.ValueString(), "")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.ID.IsUnknown() && attribute.Known(plan.Cluster, plan.Name) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), plan.id())...)
	}
	if req.State.Raw.IsNull() {
		return
	}
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	approval := ccr.Approval{}
	if req.Plan.Raw.IsNull() || !plan.Name.Equal(state.Name) || !plan.Cluster.Equal(state.Cluster) {
		approval = ccr.Approve(ccr.ModeReplicating, r.planDestroy(ctx, state, &resp.Diagnostics))
	}
	private.SetValue(ctx, resp.Private, keyStops, approval, &resp.Diagnostics)
}

// planDestroy announces by name what still replicates over the connection.
func (r *Resource) planDestroy(ctx context.Context, state model, diags *diag.Diagnostics) []ccr.Step {
	reader := r.clients.Cluster(ctx, state.Cluster, diags)
	if reader == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	steps, err := state.stops(ctx, reader.Observe, true)
	if err != nil {
		diags.AddWarning(fmt.Sprintf("Cannot read what uses %s", state.title()),
			fmt.Sprintf("Cluster %s could not be read: %s. What still replicates over connection %s when it is removed will not be stopped.", state.Cluster.ValueString(), report.Sentence(err), state.Name.ValueString()))
		return nil
	}
	if len(steps) == 0 {
		return nil
	}
	names := make([]string, 0, namedLength+1)
	for i, s := range steps {
		if i == namedLength {
			names = append(names, fmt.Sprintf("and %d more", len(steps)-namedLength))
			break
		}
		names = append(names, s.Index)
	}
	diags.AddWarning(fmt.Sprintf("Replication over %s will stop", state.title()),
		fmt.Sprintf("Apply removes connection %s from cluster %s. These indices replicate over it: %s. Those that still do when it is removed will be stopped; the indices are kept and become writable.",
			state.Name.ValueString(), state.Cluster.ValueString(), strings.Join(names, ", ")))
	return steps
}

// namedLength is how many indices a plan names before it counts the rest.
const namedLength = 20

// stops are the steps that end what replicates over the connection.
func (m model) stops(ctx context.Context, observe func(context.Context, replication.Question) (ccr.Observation, error), shared bool) ([]ccr.Step, error) {
	o, err := observe(ctx, replication.Question{Alias: m.Name.ValueString(), Leaderless: true, Shared: shared})
	if err != nil {
		return nil, err
	}
	var steps []ccr.Step
	for _, f := range o.Replicating(ccr.Owned{}) {
		if step, needed := ccr.EndIndex(f, "", false, "the destruction of the connection"); needed {
			steps = append(steps, step)
		}
	}
	return steps, nil
}
