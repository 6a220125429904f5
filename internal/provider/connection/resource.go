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

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
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

// defaultTime is the default of timeouts.create and timeouts.update. The cluster
// itself gives a node 30 s to answer.
const defaultTime = time.Minute

// deleteTime is the default of timeouts.delete: what replicates over the
// connection is stopped too.
const deleteTime = 10 * time.Minute

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

// Create sets up the connection and waits until the follower is connected.
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
	adopted, ok := r.free(ctx, reader, plan, settings, &resp.Diagnostics)
	if !ok {
		return
	}
	if err := reader.PutRemote(ctx, plan.Name.ValueString(), settings); err != nil {
		plan.failed(&resp.Diagnostics, "Cannot create connection "+plan.Name.ValueString(), limit, "create", err)
		return
	}
	plan.fill(ctx, settings, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	err := access.Engine(reader).AwaitConnected(ctx, plan.Name.ValueString())
	switch {
	case err != nil && adopted:
		// An error would taint it, and the next apply would remove what others
		// may replicate over.
		resp.Diagnostics.AddWarning(fmt.Sprintf("Leader of %s is not connected", plan.title()),
			fmt.Sprintf("Cluster %s: %s. The adopted connection is kept.", plan.Cluster.ValueString(), report.Sentence(err)))
	case err != nil:
		plan.failed(&resp.Diagnostics, "Cannot establish connection "+plan.Name.ValueString(), limit, "create",
			fmt.Errorf("%w. The connection is in the state, marked as tainted: the next apply deletes it and creates it again. "+
				"To keep it instead, run terraform untaint ADDRESS with the address of this resource", err))
	}
}

// free refuses a name that is taken by a connection with other settings. One
// with these very settings is adopted: an apply may have created it whose answer
// was lost.
func (r *Resource) free(ctx context.Context, reader *replication.Reader, plan model, wanted replication.RemoteSettings, diags *diag.Diagnostics) (adopted, ok bool) {
	all, err := reader.RemoteSettings(ctx)
	if err != nil {
		plan.failed(diags, "Cannot read the connections", defaultTime, "create", err)
		return false, false
	}
	existing, taken := all[plan.Name.ValueString()]
	if !taken {
		return false, !diags.HasError()
	}
	if maps.EqualFunc(existing, wanted, slices.Equal) {
		diags.AddWarning(fmt.Sprintf("Existing %s was adopted", plan.title()), fmt.Sprintf("Cluster %s already had connection %s with these settings. This resource manages it from now on.", plan.Cluster.ValueString(), plan.Name.ValueString()))
		return true, !diags.HasError()
	}
	diags.AddError("Connection "+plan.Name.ValueString()+" already exists", fmt.Sprintf("Cluster %s already has a connection %s with different settings. Choose another name, or import it: terraform import ADDRESS %s/%s.",
		plan.Cluster.ValueString(), plan.Name.ValueString(), plan.Cluster.ValueString(), plan.Name.ValueString()))
	return false, false
}

// Read takes every setting of the connection. It is gone only where the settings
// of the cluster were read and do not have it.
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
	if err != nil && state.Mode.IsNull() { // an import
		state.failed(&resp.Diagnostics, "Cannot read connection "+state.Name.ValueString(), access.ReadTime, "read", err)
		return
	}
	if err != nil {
		resp.Diagnostics.AddWarning("Cannot read "+state.title(), fmt.Sprintf("Connection %s on cluster %s: %s. The state keeps what the last refresh saw.",
			state.Name.ValueString(), state.Cluster.ValueString(), report.Sentence(err)))
		return
	}
	settings, exists := all[state.Name.ValueString()]
	if !exists {
		resp.State.RemoveResource(ctx)
		return
	}
	if remotes, err := reader.Remotes(ctx); err == nil && remotes != nil && !remotes[state.Name.ValueString()].Connected {
		resp.Diagnostics.AddWarning(fmt.Sprintf("Leader of %s is not connected", state.title()), fmt.Sprintf("Cluster %s is not connected to remote cluster %s (%s). Replication is stalled until the connection is restored.",
			state.Cluster.ValueString(), state.Name.ValueString(), strings.Join(remotes[state.Name.ValueString()].Addresses, ", ")))
	}
	state.fill(ctx, settings, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update writes all settings at once and waits until the follower is connected.
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
		plan.failed(&resp.Diagnostics, "Cannot update connection "+plan.Name.ValueString(), limit, "update", err)
		return
	}
	plan.fill(ctx, settings, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if err := access.Engine(reader).AwaitConnected(ctx, plan.Name.ValueString()); err != nil {
		plan.failed(&resp.Diagnostics, "Cannot establish connection "+plan.Name.ValueString(), limit, "update", err)
	}
}

// Delete removes the connection and then stops what still replicates over it: an
// index that nothing replicates would stay read-only. A stop works then also
// where the leader is silent.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, diags := state.Timeouts.Delete(ctx, deleteTime)
	resp.Diagnostics.Append(diags...)
	approval, _ := private.Value[ccr.Approval](ctx, req.Private, keyStops, "What the plan named", &resp.Diagnostics)
	reader := r.clients.KnownCluster(ctx, state.Cluster, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	engine := access.Engine(reader)
	steps, err := state.stops(ctx, engine.Observe, false)
	if err == nil {
		err = reader.DeleteRemote(ctx, state.Name.ValueString())
	}
	if err != nil {
		state.failed(&resp.Diagnostics, "Cannot delete connection "+state.Name.ValueString(), limit, "delete", err)
		return
	}
	var left []string
	steps = slices.DeleteFunc(steps, func(s ccr.Step) bool {
		if approval.Allows(s.Destroys) {
			return false
		}
		left = append(left, s.Index)
		return true
	})
	if len(left) > 0 {
		resp.Diagnostics.AddWarning(fmt.Sprintf("Indices still depend on removed %s", state.title()),
			fmt.Sprintf("%s of cluster %s replicated over connection %s when it was removed. The plan did not name this, so nothing was stopped, and what replicated stays read-only. "+
				"Create the connection again to continue their replication, or stop each index with POST _plugins/_replication/INDEX/_stop.", report.Capital(ccr.CountedIndices(left)), state.Cluster.ValueString(), state.Name.ValueString()))
	}
	if err := engine.Run(ctx, ccr.Desired{Alias: state.Name.ValueString()}, steps); err != nil {
		state.failed(&resp.Diagnostics, fmt.Sprintf("Cannot stop the replications over connection %s", state.Name.ValueString()), limit, "delete",
			fmt.Errorf("the connection was removed, but not every replication over it was stopped: %w. Run terraform apply again to continue", err))
	}
}

// ImportState takes CLUSTER/NAME, or the identity.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	attribute.Import(ctx, req, resp, "cluster", "name")
}

func (m model) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	report.AddClusterError(diags, summary, fmt.Sprintf("Connection %s on cluster %s", m.Name.ValueString(), m.Cluster.ValueString()), limit, operation, err)
}
