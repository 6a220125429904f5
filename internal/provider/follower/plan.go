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
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
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
	if _, has := userConfigOf(config.UserConfig, &resp.Diagnostics)["opensearch_version"]; has {
		resp.Diagnostics.AddAttributeError(path.Root("user_config"), "Version in user_config",
			"The key opensearch_version has an attribute of its own. Remove it from user_config and set opensearch_version.")
	}
}

// ModifyPlan fills in what follows from the leader, evaluates all rules that
// need the API, and announces what cannot be undone.
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
	plan.place(config, r.clients.Project())
	replaced := private.Text(ctx, req.Private, private.Replaced, &resp.Diagnostics)
	if prior != nil && r.replaces(plan, *prior, resp) {
		replaced, prior = prior.ref().String(), nil
		private.SetValue(ctx, resp.Private, private.Replaced, replaced, &resp.Diagnostics)
	}
	plan.settle(config, prior)
	r.check(ctx, &plan, rules{config: config, prior: prior, replaced: replaced}, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if prior != nil {
		plan.move(config, *prior)
		plan.announce(ctx, r.clients, *prior, resp)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// place fills in where the two services are.
func (m *model) place(config model, providerProject types.String) {
	if config.Project.IsNull() {
		m.Project = attribute.OrUnknown(providerProject)
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
	resp.Diagnostics.AddWarning("Follower service will be destroyed and made anew",
		fmt.Sprintf("A change of %s replaces the follower: service %s will be deleted with all its data. "+
			"To keep it, promote it first (desired_state = \"promoted\") and take it out of this resource.", resp.RequiresReplace, prior.ref()))
	if prior.TerminationProtection.ValueBool() {
		report.AddChecks(&resp.Diagnostics, ccr.CheckDestroy("termination_protection", ccr.Service{Project: prior.Project.ValueString(), Name: prior.ServiceName.ValueString(), Protected: true}))
	}
	return true
}

// settle decides every value that is not configured: what the service has, or
// not known before the apply.
func (m *model) settle(config model, prior *model) {
	if prior == nil {
		m.unsettle()
		return
	}
	keep(&m.OpenSearchVersion, config.OpenSearchVersion, prior.OpenSearchVersion)
	keep(&m.ProjectVPCID, config.ProjectVPCID, prior.ProjectVPCID)
	keep(&m.MaintenanceWindow, config.MaintenanceWindow, prior.MaintenanceWindow)
	keep(&m.DiskSpaceMB, config.DiskSpaceMB, prior.DiskSpaceMB)
	keep(&m.Tags, config.Tags, prior.Tags)
	keep(&m.Plan, config.Plan, prior.Plan)
	m.IntegrationID, m.Status, m.StatusReason = prior.IntegrationID, prior.Status, prior.StatusReason
	m.ServiceState, m.ServiceURI, m.Host = prior.ServiceState, prior.ServiceURI, prior.Host
	m.Port, m.NodeCount = prior.Port, prior.NodeCount
}

// move makes not known what another plan or cloud may bring along: each plan
// has a disk of its own, and a VPC is in one cloud.
func (m *model) move(config, prior model) {
	samePlan, sameCloud := m.Plan.Equal(prior.Plan), m.CloudName.Equal(prior.CloudName)
	if config.DiskSpaceMB.IsNull() && (!samePlan || !sameCloud) {
		m.DiskSpaceMB = types.Int64Unknown()
	}
	if config.ProjectVPCID.IsNull() && !sameCloud {
		m.ProjectVPCID = types.StringUnknown()
	}
}

// keep plans the prior value of what is not configured.
func keep[T attr.Value](planned *T, configured, prior T) {
	if configured.IsNull() {
		*planned = prior
	}
}

// unsettle makes what an apply may change not known before it.
func (m *model) unsettle() {
	m.IntegrationID, m.Status, m.StatusReason = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.ServiceState, m.ServiceURI, m.Host = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.Port, m.NodeCount = types.Int64Unknown(), types.Int64Unknown()
}

// check evaluates the rules that need the API and fills in the default of plan.
func (r *Resource) check(ctx context.Context, plan *model, rules rules, resp *resource.ModifyPlanResponse) {
	if r.clients.Project().IsNull() && rules.config.Project.IsNull() {
		report.AddNoProject(&resp.Diagnostics)
		return
	}
	lookup, err := r.clients.Lookup()
	if errors.Is(err, access.ErrNotKnown) || err == nil && !attribute.Known(plan.Project, plan.ServiceName, plan.LeaderProject, plan.LeaderServiceName) {
		return // a default that follows from the leader stays unknown
	}
	if err != nil {
		resp.Diagnostics.AddError("Aiven API cannot be used", err.Error()+".")
		return
	}
	rules.lookup, rules.plan = lookup, *plan
	found, err := rules.evaluate(ctx)
	if err != nil {
		resp.Diagnostics.AddError("Rules of the pair cannot be checked", fmt.Sprintf("For follower %s and leader %s: %v", plan.ref(), plan.pair().Leader, err))
		return
	}
	report.AddChecks(&resp.Diagnostics, found.checks)
	*plan = found.plan
	if found.resumes {
		private.SetValue(ctx, resp.Private, private.Resumes, plan.ref().String(), &resp.Diagnostics)
		resp.Diagnostics.AddWarning("Unfinished creation is continued",
			fmt.Sprintf("Service %s was left unfinished by an earlier apply. It is kept, and its creation goes on, also where the plan shows a replacement.", plan.ref()))
	}
}

// announce compares with the prior state: it plans a repair, and warns of what
// cannot be undone.
func (m *model) announce(ctx context.Context, c *access.Clients, prior model, resp *resource.ModifyPlanResponse) {
	change := services.PairPlan{Pair: m.pair(), From: prior.mode(), To: m.mode(), Status: ccr.Status(prior.Status.ValueString()), Reason: prior.StatusReason.ValueString(),
		Removed: services.RemovedPatterns(ctx, prior.IndexPatterns, m.IndexPatterns, &resp.Diagnostics)}
	change.LastCheckpoints(ctx, c)
	repair := change.Announce(&resp.Diagnostics)
	if attribute.Known(m.OpenSearchVersion) && !m.OpenSearchVersion.Equal(prior.OpenSearchVersion) {
		resp.Diagnostics.AddAttributeWarning(path.Root("opensearch_version"), "Version change cannot be undone",
			fmt.Sprintf("Service %s goes from OpenSearch %s to %s. A service cannot go back to an older version, and leader and follower need the same version.",
				m.ref(), prior.OpenSearchVersion.ValueString(), m.OpenSearchVersion.ValueString()))
	}
	if repair || !m.equal(ctx, prior) {
		m.unsettle()
	}
}

// equal reports whether nothing that an apply acts on differs.
func (m *model) equal(ctx context.Context, prior model) bool {
	for _, pairOf := range [][2]attr.Value{
		{m.CloudName, prior.CloudName}, {m.Plan, prior.Plan}, {m.OpenSearchVersion, prior.OpenSearchVersion},
		{m.AllowLargerPlan, prior.AllowLargerPlan}, {m.TerminationProtection, prior.TerminationProtection},
		{m.ProjectVPCID, prior.ProjectVPCID}, {m.MaintenanceWindow, prior.MaintenanceWindow}, {m.DiskSpaceMB, prior.DiskSpaceMB},
		{m.Tags, prior.Tags}, {m.IndexPatterns, prior.IndexPatterns}, {m.DesiredState, prior.DesiredState}, {m.Timeouts, prior.Timeouts},
	} {
		if !pairOf[0].Equal(pairOf[1]) {
			return false
		}
	}
	same, diags := m.UserConfig.StringSemanticEquals(ctx, prior.UserConfig)
	return m.UserConfig.Equal(prior.UserConfig) || !diags.HasError() && same
}

// planDestroy says what is lost, and refuses where the service is protected.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	report.AddChecks(&resp.Diagnostics, ccr.CheckDestroy("termination_protection", ccr.Service{Project: state.Project.ValueString(), Name: state.ServiceName.ValueString(),
		Protected: state.TerminationProtection.ValueBool()}))
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddWarning("Follower service will be deleted",
			fmt.Sprintf("Destroy deletes service %s with all its data. The leader %s keeps its own. To keep the service, set desired_state = \"promoted\", apply, and take it out of this resource.",
				state.ref(), state.pair().Leader))
	}
}
