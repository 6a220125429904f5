// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// opensearch_ccr_connection is a remote cluster in a follower's settings. All
// its settings are written in one request, and all are read back.

var (
	_ resource.ResourceWithConfigure      = (*connectionResource)(nil)
	_ resource.ResourceWithValidateConfig = (*connectionResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*connectionResource)(nil)
	_ resource.ResourceWithImportState    = (*connectionResource)(nil)
	_ resource.ResourceWithIdentity       = (*connectionResource)(nil)
)

// connectionTime is the default of each of a connection's timeouts. The cluster
// itself gives a node 30 s to answer.
const connectionTime = time.Minute

type connectionResource struct{ clients *clients }

func newConnectionResource() resource.Resource { return &connectionResource{} }

func (r *connectionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_connection"
}

func (r *connectionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = clientsOf(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan announces at a destroy which replications lose their leader.
func (r *connectionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !req.Plan.Raw.IsNull() {
		return
	}
	var state connectionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	reader := r.clients.cluster(ctx, state.Cluster, &resp.Diagnostics)
	if reader == nil || resp.Diagnostics.HasError() {
		return
	}
	using, err := reader.Using(ctx, state.Name.ValueString())
	if err != nil || len(using) == 0 {
		return // what cannot be looked up is only not announced
	}
	resp.Diagnostics.AddWarning("Connection is in use", fmt.Sprintf("Connection %s on cluster %s is used by %s. What still replicates when the connection is removed stands still until it is there again.",
		state.Name.ValueString(), state.Cluster.ValueString(), counted(using, "replication", "replications")))
}

// Create sets up the connection and waits until it stands.
func (r *connectionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan connectionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Create(ctx, connectionTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.knownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	settings := plan.settings(ctx, &resp.Diagnostics)
	if !r.free(ctx, reader, plan, settings, &resp.Diagnostics) {
		return
	}
	if err := reader.PutRemote(ctx, plan.Name.ValueString(), settings); err != nil {
		plan.failed(&resp.Diagnostics, "Connection cannot be created", limit, "create", err)
		return
	}
	plan.fill(ctx, settings, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if err := engineOf(reader).AwaitConnected(ctx, plan.Name.ValueString()); err != nil {
		plan.failed(&resp.Diagnostics, "Connection does not come about", limit, "create", err)
	}
}

// free refuses a name that is taken by a connection with other settings. One
// with these very settings is what an apply made whose answer was lost.
func (r *connectionResource) free(ctx context.Context, reader *replication.Reader, plan connectionModel, wanted replication.RemoteSettings, diags *diag.Diagnostics) bool {
	all, err := reader.RemoteSettings(ctx)
	if err != nil {
		plan.failed(diags, "Connections cannot be read", connectionTime, "create", err)
		return false
	}
	there, taken := all[plan.Name.ValueString()]
	if !taken || maps.EqualFunc(there, wanted, slices.Equal) {
		return !diags.HasError()
	}
	diags.AddError("Connection exists", fmt.Sprintf("Cluster %s has a connection %s with other settings already. Choose another name, or import it: terraform import ADDRESS %s/%s.",
		plan.Cluster.ValueString(), plan.Name.ValueString(), plan.Cluster.ValueString(), plan.Name.ValueString()))
	return false
}

// Read takes every setting of the connection.
func (r *connectionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state connectionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...) // wanted also of what is gone
	reader := r.clients.cluster(ctx, state.Cluster, &resp.Diagnostics)
	if reader == nil || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	all, err := reader.RemoteSettings(ctx)
	if err != nil {
		state.failed(&resp.Diagnostics, "Connection cannot be read", readTime, "read", err)
		return
	}
	settings, there := all[state.Name.ValueString()]
	if !there {
		resp.State.RemoveResource(ctx)
		return
	}
	if remotes, err := reader.Remotes(ctx); err == nil && remotes != nil && !remotes[state.Name.ValueString()].Connected {
		resp.Diagnostics.AddWarning("Connection is down", fmt.Sprintf("Cluster %s is not connected to remote cluster %s (%s). Its replications stand still until it is.",
			state.Cluster.ValueString(), state.Name.ValueString(), strings.Join(remotes[state.Name.ValueString()].Addresses, ", ")))
	}
	state.fill(ctx, settings, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update writes all settings at once and waits until the connection stands.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan connectionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Update(ctx, connectionTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.knownCluster(ctx, plan.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	settings := plan.settings(ctx, &resp.Diagnostics)
	if err := reader.PutRemote(ctx, plan.Name.ValueString(), settings); err != nil {
		plan.failed(&resp.Diagnostics, "Connection cannot be changed", limit, "update", err)
		return
	}
	plan.fill(ctx, settings, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if err := engineOf(reader).AwaitConnected(ctx, plan.Name.ValueString()); err != nil {
		plan.failed(&resp.Diagnostics, "Connection does not come about", limit, "update", err)
	}
}

// Delete takes all settings of the connection away.
func (r *connectionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state connectionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, diags := state.Timeouts.Delete(ctx, connectionTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.knownCluster(ctx, state.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := reader.DeleteRemote(ctx, state.Name.ValueString()); err != nil {
		state.failed(&resp.Diagnostics, "Connection cannot be removed", limit, "delete", err)
	}
}

// ImportState takes CLUSTER/NAME, or the identity.
func (r *connectionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importParts(ctx, req, resp, "cluster", "name")
}

func (m connectionModel) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	addClusterError(diags, summary, fmt.Sprintf("Connection %s on cluster %s", m.Name.ValueString(), m.Cluster.ValueString()), limit, operation, err)
}
