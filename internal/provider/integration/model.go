// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

type model struct {
	services.Replication

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
	ReplacedIndices     types.Set      `tfsdk:"replaced_indices"`
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

// object names the replication in messages. A follower may have several leaders.
func (m model) object() string { return m.pair().String() }

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

func (m model) wish(ctx context.Context, owned ccr.Owned, removed []string, finished bool, diags *diag.Diagnostics) pair.Wish {
	return m.Wish(ctx, m.pair(), owned, removed, finished, diags)
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
	if config.FollowerProject.IsNull() {
		m.FollowerProject = m.Project
	}
	m.ID, m.LeaderAlias = types.StringUnknown(), types.StringUnknown()
	if m.placed() {
		m.ID = types.StringValue(m.pair().ID())
		m.LeaderAlias = types.StringValue(m.pair().Alias())
	}
}
