// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

type model struct {
	ID                  types.String   `tfsdk:"id"`
	LeaderServiceName   types.String   `tfsdk:"leader_service_name"`
	LeaderProject       types.String   `tfsdk:"leader_project"`
	LeaderPlan          types.String   `tfsdk:"leader_plan"`
	FollowerServiceName types.String   `tfsdk:"follower_service_name"`
	FollowerProject     types.String   `tfsdk:"follower_project"`
	FollowerPlan        types.String   `tfsdk:"follower_plan"`
	Project             types.String   `tfsdk:"project"`
	AllowLargerPlan     types.Bool     `tfsdk:"allow_larger_plan"`
	OnDestroy           types.String   `tfsdk:"on_destroy"`
	IndexPatterns       types.Set      `tfsdk:"index_patterns"`
	DesiredState        types.String   `tfsdk:"desired_state"`
	IntegrationID       types.String   `tfsdk:"integration_id"`
	LeaderAlias         types.String   `tfsdk:"leader_alias"`
	Status              types.String   `tfsdk:"status"`
	StatusReason        types.String   `tfsdk:"status_reason"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

type identityModel struct {
	LeaderProject       types.String `tfsdk:"leader_project"`
	LeaderServiceName   types.String `tfsdk:"leader_service_name"`
	FollowerProject     types.String `tfsdk:"follower_project"`
	FollowerServiceName types.String `tfsdk:"follower_service_name"`
}

func (m model) identity() identityModel {
	return identityModel{LeaderProject: m.LeaderProject, LeaderServiceName: m.LeaderServiceName,
		FollowerProject: m.FollowerProject, FollowerServiceName: m.FollowerServiceName}
}

func (m model) pair() pair.Pair {
	return pair.Pair{
		Leader:   aiven.ServiceRef{Project: m.LeaderProject.ValueString(), Name: m.LeaderServiceName.ValueString()},
		Follower: aiven.ServiceRef{Project: m.FollowerProject.ValueString(), Name: m.FollowerServiceName.ValueString()},
	}
}

// placed reports whether both services are known.
func (m model) placed() bool {
	return attribute.Known(m.LeaderProject, m.LeaderServiceName, m.FollowerProject, m.FollowerServiceName)
}

func (m model) mode() ccr.Mode { return ccr.Mode(m.DesiredState.ValueString()) }

func (m model) desired(ctx context.Context, owned map[string]string, diags *diag.Diagnostics) ccr.Desired {
	return m.pair().Desired(services.Patterns(ctx, m.IndexPatterns, diags), m.mode(), owned)
}

// fill sets what was seen.
func (m *model) fill(seen pair.Seen) {
	m.IntegrationID = attribute.OrNull(seen.Integration.ID)
	m.Status = types.StringValue(string(seen.Assessment.Status))
	m.StatusReason = attribute.OrNull(seen.Assessment.Reason)
}

// place fills in where the two services are.
func (m *model) place(config model, providerProject types.String) {
	if config.Project.IsNull() {
		m.Project = attribute.OrUnknown(providerProject)
	}
	if config.LeaderProject.IsNull() {
		m.LeaderProject = m.Project
	}
	if config.FollowerProject.IsNull() {
		m.FollowerProject = m.Project
	}
	m.ID, m.LeaderAlias = types.StringUnknown(), types.StringUnknown()
	if m.placed() {
		m.ID = types.StringValue(m.pair().ID())
		m.LeaderAlias = types.StringValue(m.pair().Alias())
	}
}

func (m *model) unsettle() {
	m.IntegrationID, m.Status, m.StatusReason = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
}

// equal reports whether nothing that an apply acts on differs.
func (m *model) equal(prior model) bool {
	for _, values := range [][2]attr.Value{
		{m.Project, prior.Project}, {m.LeaderPlan, prior.LeaderPlan}, {m.FollowerPlan, prior.FollowerPlan}, {m.AllowLargerPlan, prior.AllowLargerPlan},
		{m.OnDestroy, prior.OnDestroy}, {m.IndexPatterns, prior.IndexPatterns}, {m.DesiredState, prior.DesiredState}, {m.Timeouts, prior.Timeouts},
	} {
		if !values[0].Equal(values[1]) {
			return false
		}
	}
	return true
}
