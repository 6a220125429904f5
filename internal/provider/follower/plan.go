// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// ValidateConfig checks what needs more than one attribute and no server.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	sameProject := config.Project.IsNull() && config.LeaderProject.IsNull() || attribute.Known(config.Project, config.LeaderProject) && config.Project.Equal(config.LeaderProject)
	if sameProject && attribute.Known(config.ServiceName, config.LeaderServiceName) {
		report.AddChecks(&resp.Diagnostics, ccr.CheckDistinct("service_name", config.LeaderServiceName.ValueString(), config.ServiceName.ValueString()))
	}
	settings, _ := config.UserConfig.object() // its own validation says what is wrong with it
	if _, has := settings["opensearch_version"]; has {
		resp.Diagnostics.AddAttributeError(path.Root("user_config"), "Version is not allowed in user_config",
			"Set the version with the opensearch_version attribute, not in user_config.")
	}
	report.AddChecks(&resp.Diagnostics, ccr.CheckUserConfig("user_config", settings))
}

// ModifyPlan evaluates all rules that need the API, decides which values stay
// known, and announces everything that an apply destroys.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.clients == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	var config, plan model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var prior *model
	if !req.State.Raw.IsNull() {
		prior = &model{}
		resp.Diagnostics.Append(req.State.Get(ctx, prior)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.place(config, r.clients.Project(), prior)
	if prior != nil && r.replaces(plan, *prior, resp) {
		prior = nil
	}
	if attribute.Known(plan.Project, plan.ServiceName) && services.ClaimService(ctx, r.clients, plan.ref(), prior == nil, req, resp) && attribute.Known(plan.LeaderProject, plan.LeaderServiceName) {
		services.ClaimPair(ctx, r.clients, "service_name", plan.pair(), prior == nil, req, resp)
	}
	plan.defaults(config, prior)
	r.check(ctx, plan, config, prior, resp)
	if prior != nil && !resp.Diagnostics.HasError() {
		r.announce(ctx, &plan, *prior, req, resp)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// place fills in where the two services are.
func (m *model) place(config model, providerProject types.String, prior *model) {
	if config.Project.IsNull() {
		m.Project = attribute.OrUnknown(providerProject)
		if m.Project.IsUnknown() && prior != nil {
			m.Project = prior.Project // not known before the apply is not another one
		}
	}
	if config.LeaderProject.IsNull() {
		m.LeaderProject = m.Project
	}
	m.ID, m.LeaderAlias = types.StringUnknown(), types.StringUnknown()
	if attribute.Known(m.Project, m.ServiceName) {
		m.ID = types.StringValue(m.ref().String())
	}
	if attribute.Known(m.LeaderProject, m.LeaderServiceName) {
		m.LeaderAlias = types.StringValue(m.pair().Alias())
	}
}

// replaces plans a replacement where another follower is meant, and says what
// is destroyed by it.
func (r *Resource) replaces(plan, prior model, resp *resource.ModifyPlanResponse) bool {
	resp.RequiresReplace = services.ChangedPlaces(
		services.PlaceOf("leader_project", plan.LeaderProject, prior.LeaderProject), services.PlaceOf("leader_service_name", plan.LeaderServiceName, prior.LeaderServiceName),
		services.PlaceOf("project", plan.Project, prior.Project), services.PlaceOf("service_name", plan.ServiceName, prior.ServiceName))
	if len(resp.RequiresReplace) == 0 {
		return false
	}
	r.clients.Hold(held(prior), "")
	resp.Diagnostics.AddWarning(fmt.Sprintf("Follower service %s will be destroyed and recreated", prior.ref()),
		fmt.Sprintf("Changing %s forces replacement: service %s and all its data will be deleted. "+
			"To keep it, set desired_state = \"promoted\", apply, and remove the resource from the state (a removed block with destroy = false, or terraform state rm).", resp.RequiresReplace, prior.ref()))
	services.EndService(r.clients, prior.ref(), &resp.Diagnostics)
	if prior.TerminationProtection.ValueBool() {
		report.AddChecks(&resp.Diagnostics, ccr.CheckDestroy("termination_protection", ccr.Service{Project: prior.Project.ValueString(), Name: prior.ServiceName.ValueString(), Protected: true}))
	}
	return true
}

// held names a follower service that the state holds.
func held(m model) string { return "service " + m.ref().String() }

// defaults decides every value that is not configured: what the service has, or,
// of a new one, not known before the apply. That goes for what follows from the
// leader too, which may change between plan and apply.
func (m *model) defaults(config model, prior *model) {
	if prior == nil {
		m.IntegrationID, m.Status, m.StatusReason = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		m.EndedAt = services.NoEnd()
		m.ServiceState, m.ServiceURI, m.Host = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		m.Port, m.NodeCount = types.Int64Unknown(), types.Int64Unknown()
		return
	}
	keep(&m.OpenSearchVersion, config.OpenSearchVersion, prior.OpenSearchVersion)
	keep(&m.ProjectVPCID, config.ProjectVPCID, prior.ProjectVPCID)
	keep(&m.MaintenanceWindow, config.MaintenanceWindow, prior.MaintenanceWindow)
	keep(&m.DiskSpaceMB, config.DiskSpaceMB, prior.DiskSpaceMB)
	keep(&m.Tags, config.Tags, prior.Tags)
	keep(&m.Plan, config.Plan, prior.Plan)
	m.IntegrationID, m.Status, m.StatusReason, m.EndedAt = prior.IntegrationID, prior.Status, prior.StatusReason, prior.EndedAt
	m.ServiceState, m.ServiceURI, m.Host = prior.ServiceState, prior.ServiceURI, prior.Host
	m.Port, m.NodeCount = prior.Port, prior.NodeCount
	samePlan, sameCloud := m.Plan.Equal(prior.Plan), m.CloudName.Equal(prior.CloudName)
	if !samePlan || !sameCloud {
		// Each plan has a disk and a number of nodes of its own, and a service
		// that moves may get another address.
		keep(&m.DiskSpaceMB, config.DiskSpaceMB, types.NumberUnknown())
		m.NodeCount, m.ServiceState = types.Int64Unknown(), types.StringUnknown()
	}
	if !sameCloud {
		keep(&m.ProjectVPCID, config.ProjectVPCID, types.StringUnknown()) // a VPC is in one cloud
	}
	if !sameCloud || !m.ProjectVPCID.Equal(prior.ProjectVPCID) {
		m.ServiceURI, m.Host, m.Port = types.StringUnknown(), types.StringUnknown(), types.Int64Unknown()
	}
	if !m.OpenSearchVersion.Equal(prior.OpenSearchVersion) {
		m.ServiceState = types.StringUnknown()
	}
}

// keep plans a value for what is not configured.
func keep[T attr.Value](planned *T, configured, value T) {
	if configured.IsNull() {
		*planned = value
	}
}

// check evaluates the rules that need the API.
func (r *Resource) check(ctx context.Context, plan, config model, prior *model, resp *resource.ModifyPlanResponse) {
	if r.clients.Project().IsNull() && config.Project.IsNull() {
		report.AddNoProject(&resp.Diagnostics)
		return
	}
	lookup, err := r.clients.Lookup()
	if errors.Is(err, access.ErrNotKnown) || err == nil && !attribute.Known(plan.Project, plan.ServiceName, plan.LeaderProject, plan.LeaderServiceName) {
		return
	}
	if err != nil {
		access.AddNotConfigured(&resp.Diagnostics, err)
		return
	}
	found, err := rules{lookup: lookup, plan: plan, config: config, prior: prior, ours: r.ours}.evaluate(ctx)
	switch {
	case err == nil:
		report.AddChecks(&resp.Diagnostics, found.checks)
		if found.creation != "" && !resp.Diagnostics.HasError() {
			resp.Diagnostics.AddWarning(fmt.Sprintf("Follower service %s will be created", plan.ref()), found.creation)
		}
	case prior != nil:
		resp.Diagnostics.AddWarning("Cannot check Aiven's requirements for "+plan.object(), report.Sentence(err)+".")
	default:
		resp.Diagnostics.AddError("Cannot check Aiven's requirements for this follower", fmt.Sprintf("Follower %s of leader %s: %s.", plan.ref(), plan.pair().Leader, report.Sentence(err)))
	}
}

// ours reports whether the state holds the service that is to be created, which it
// then replaces. A service that an interrupted replacement has left behind is read
// at the same time as this plan is made.
func (r *Resource) ours(ctx context.Context, plan model) bool {
	if _, ours := r.clients.Held(held(plan)); ours {
		return true
	}
	r.clients.AwaitHeld(ctx)
	_, ours := r.clients.Held(held(plan))
	return ours
}

// announce compares with the state: it plans a repair, and names what is
// destroyed or cannot be undone.
func (r *Resource) announce(ctx context.Context, m *model, prior model, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if attribute.Known(m.OpenSearchVersion) && !m.OpenSearchVersion.Equal(prior.OpenSearchVersion) {
		resp.Diagnostics.AddAttributeWarning(path.Root("opensearch_version"), fmt.Sprintf("Service %s will be upgraded", m.ref()),
			fmt.Sprintf("Service %s will be upgraded from OpenSearch %s to %s. It cannot be downgraded, and leader and follower need the same version.",
				m.ref(), prior.OpenSearchVersion.ValueString(), m.OpenSearchVersion.ValueString()))
	}
	acts := m.Announce(ctx, services.Plan{Clients: r.clients, Object: m.object(), Pair: m.pair(), Placed: attribute.Known(m.Project, m.LeaderProject),
		Prior: prior.Replication, Model: m, Request: req, Response: resp})
	if !m.ServiceState.Equal(prior.ServiceState) {
		m.Status, m.StatusReason = types.StringUnknown(), types.StringUnknown()
	}
	if acts && prior.ServiceState.ValueString() == ccr.ServicePowerOff {
		m.ServiceState = types.StringUnknown()
		m.ServiceURI, m.Host, m.Port = types.StringUnknown(), types.StringUnknown(), types.Int64Unknown()
	}
}

// planDestroy says what is lost, and refuses where the service is protected.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if services.EndService(r.clients, state.ref(), &resp.Diagnostics) || services.EndPair(r.clients, state.pair(), &resp.Diagnostics) {
		return
	}
	report.AddChecks(&resp.Diagnostics, ccr.CheckDestroy("termination_protection", ccr.Service{Project: state.Project.ValueString(), Name: state.ServiceName.ValueString(),
		Protected: state.TerminationProtection.ValueBool()}))
	if resp.Diagnostics.HasError() {
		return
	}
	if state.Promoted() {
		resp.Diagnostics.AddWarning(fmt.Sprintf("Service %s, which is a primary now, will be deleted", state.ref()),
			fmt.Sprintf("Service %s was promoted: it no longer follows %s and may have the only copy of what was written since. Destroy deletes it with all its data. "+
				"To keep it, remove the resource from the state instead (a removed block with destroy = false, or terraform state rm).%s", state.ref(), state.pair().Leader, state.FenceStays(state.pair())))
		return
	}
	resp.Diagnostics.AddWarning(fmt.Sprintf("Follower service %s will be deleted", state.ref()),
		fmt.Sprintf("Destroy deletes service %s and all its data. Leader %s is not affected. To keep the service, set desired_state = \"promoted\", apply, then remove the resource from the state.",
			state.ref(), state.pair().Leader))
}
