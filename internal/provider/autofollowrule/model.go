// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

type model struct {
	Cluster       types.String   `tfsdk:"cluster"`
	Name          types.String   `tfsdk:"name"`
	LeaderAlias   types.String   `tfsdk:"leader_alias"`
	Pattern       types.String   `tfsdk:"pattern"`
	UseRoles      types.Object   `tfsdk:"use_roles"`
	StartExisting types.Bool     `tfsdk:"start_existing"`
	OnDestroy     types.String   `tfsdk:"on_destroy"`
	Status        types.String   `tfsdk:"status"`
	StatusReason  types.String   `tfsdk:"status_reason"`
	ID            types.String   `tfsdk:"id"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

type identityModel struct {
	Cluster     types.String `tfsdk:"cluster"`
	LeaderAlias types.String `tfsdk:"leader_alias"`
	Name        types.String `tfsdk:"name"`
}

func (m model) identity() identityModel { return identityModel{m.Cluster, m.LeaderAlias, m.Name} }

func (m model) alias() string { return m.LeaderAlias.ValueString() }

func (m model) rule() ccr.Rule {
	return ccr.Rule{Name: m.Name.ValueString(), LeaderAlias: m.alias(), Pattern: m.Pattern.ValueString()}
}

// desired is what the engine needs to know to start indices of the rule.
func (m model) desired(ctx context.Context, diags *diag.Diagnostics) ccr.Desired {
	return ccr.Desired{Alias: m.alias(), Patterns: []string{m.Pattern.ValueString()}, Mode: ccr.ModeReplicating, Roles: attribute.Roles(ctx, m.UseRoles, diags)}
}

// done says that the rule follows.
func (m *model) done() {
	m.ID = types.StringValue(m.Cluster.ValueString() + "/" + m.alias() + "/" + m.Name.ValueString())
	m.Status, m.StatusReason = types.StringValue(statusFollowing), types.StringNull()
}

// unfinished reports whether the creation was cut short.
func (m model) unfinished() bool { return m.StatusReason.ValueString() == report.Unfinished }

// seen takes over what was seen of the rule.
func (m *model) seen(s replication.RuleSight) {
	m.done()
	m.Pattern = types.StringValue(s.Pattern)
	if s.Roles != (ccr.Roles{}) {
		m.UseRoles = attribute.RolesObject(s.Roles)
	}
	if len(s.Failed) > 0 {
		m.Status = types.StringValue(statusFailed)
		m.StatusReason = types.StringValue("the rule could not start " + report.Counted(s.Failed, "index", "indices"))
	}
}

func (m model) warnTaken(taken []string, diags *diag.Diagnostics) {
	if len(taken) > 0 {
		diags.AddWarning("Index cannot be followed", fmt.Sprintf("Rule %s on cluster %s covers %s of the leader whose name on the follower an index has that is no replica. "+
			"It is left alone. Delete it there to have it followed, or choose another pattern.", m.Name.ValueString(), m.Cluster.ValueString(), report.Counted(taken, "index", "indices")))
	}
}

func (m model) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	report.AddClusterError(diags, summary, fmt.Sprintf("Autofollow rule %s for pattern %q of %s on cluster %s", m.Name.ValueString(), m.Pattern.ValueString(), m.alias(), m.Cluster.ValueString()), limit, operation, err)
}
