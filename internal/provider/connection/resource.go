// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package connection is the resource opensearch_ccr_connection: a remote cluster in the settings of a follower.
package connection

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// opensearch_ccr_connection is a remote cluster in a follower's settings. All
// its settings are written in one request, and all are read back.

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
)

// defaultTime is the default of each of a connection's timeouts. The cluster
// itself gives a node 30 s to answer.
const defaultTime = time.Minute

// Resource is opensearch_ccr_connection.
type Resource struct{ clients *access.Clients }

// New makes the resource.
func New() resource.Resource { return &Resource{} }

// Metadata names the resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_connection"
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan announces at a destroy which replications lose their leader.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !req.Plan.Raw.IsNull() {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	reader := r.clients.Cluster(ctx, state.Cluster, &resp.Diagnostics)
	if reader == nil || resp.Diagnostics.HasError() {
		return
	}
	using, err := reader.Using(ctx, state.Name.ValueString())
	if err != nil || len(using) == 0 {
		return // what cannot be looked up is only not announced
	}
	resp.Diagnostics.AddWarning("Connection is in use", fmt.Sprintf("Connection %s on cluster %s is used by %s. What still replicates when the connection is removed stands still until it is there again.",
		state.Name.ValueString(), state.Cluster.ValueString(), report.Counted(using, "replication", "replications")))
}

// Create sets up the connection and waits until it stands.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Create(ctx, defaultTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
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
	if err := access.Engine(reader).AwaitConnected(ctx, plan.Name.ValueString()); err != nil {
		plan.failed(&resp.Diagnostics, "Connection does not come about", limit, "create", err)
	}
}

// free refuses a name that is taken by a connection with other settings. One
// with these very settings is what an apply made whose answer was lost.
func (r *Resource) free(ctx context.Context, reader *replication.Reader, plan model, wanted replication.RemoteSettings, diags *diag.Diagnostics) bool {
	all, err := reader.RemoteSettings(ctx)
	if err != nil {
		plan.failed(diags, "Connections cannot be read", defaultTime, "create", err)
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
	all, err := reader.RemoteSettings(ctx)
	if err != nil {
		state.failed(&resp.Diagnostics, "Connection cannot be read", access.ReadTime, "read", err)
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
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Update(ctx, defaultTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics)
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
	if err := access.Engine(reader).AwaitConnected(ctx, plan.Name.ValueString()); err != nil {
		plan.failed(&resp.Diagnostics, "Connection does not come about", limit, "update", err)
	}
}

// Delete takes all settings of the connection away.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, diags := state.Timeouts.Delete(ctx, defaultTime)
	resp.Diagnostics.Append(diags...)
	reader := r.clients.KnownCluster(ctx, state.Cluster, &resp.Diagnostics)
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
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	attribute.Import(ctx, req, resp, "cluster", "name")
}

func (m model) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	report.AddClusterError(diags, summary, fmt.Sprintf("Connection %s on cluster %s", m.Name.ValueString(), m.Cluster.ValueString()), limit, operation, err)
}
