// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

type ruleModel struct {
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

type ruleIdentity struct {
	Cluster     types.String `tfsdk:"cluster"`
	LeaderAlias types.String `tfsdk:"leader_alias"`
	Name        types.String `tfsdk:"name"`
}

func (m ruleModel) identity() ruleIdentity { return ruleIdentity{m.Cluster, m.LeaderAlias, m.Name} }

func (m ruleModel) alias() string { return m.LeaderAlias.ValueString() }

func (m ruleModel) rule() ccr.Rule {
	return ccr.Rule{Name: m.Name.ValueString(), LeaderAlias: m.alias(), Pattern: m.Pattern.ValueString()}
}

// desired is what the engine needs to know to start indices of the rule.
func (m ruleModel) desired(ctx context.Context, diags *diag.Diagnostics) ccr.Desired {
	return ccr.Desired{Alias: m.alias(), Patterns: []string{m.Pattern.ValueString()}, Mode: ccr.ModeReplicating, Roles: rolesIn(ctx, m.UseRoles, diags)}
}

// done says that the rule follows.
func (m *ruleModel) done() {
	m.ID = types.StringValue(m.Cluster.ValueString() + "/" + m.alias() + "/" + m.Name.ValueString())
	m.Status, m.StatusReason = types.StringValue(ruleFollowing), types.StringNull()
}

// unfinished reports whether the creation was cut short.
func (m ruleModel) unfinished() bool { return m.StatusReason.ValueString() == unfinished }

// seen takes over what was seen of the rule.
func (m *ruleModel) seen(s replication.RuleSight) {
	m.done()
	m.Pattern = types.StringValue(s.Pattern)
	if s.Roles != (ccr.Roles{}) {
		m.UseRoles = rolesObject(s.Roles)
	}
	if len(s.Failed) > 0 {
		m.Status = types.StringValue(ruleFailed)
		m.StatusReason = types.StringValue("the rule could not start " + counted(s.Failed, "index", "indices"))
	}
}

func (m ruleModel) warnTaken(taken []string, diags *diag.Diagnostics) {
	if len(taken) > 0 {
		diags.AddWarning("Index cannot be followed", fmt.Sprintf("Rule %s on cluster %s covers %s of the leader whose name on the follower an index has that is no replica. "+
			"It is left alone. Delete it there to have it followed, or choose another pattern.", m.Name.ValueString(), m.Cluster.ValueString(), counted(taken, "index", "indices")))
	}
}

func (m ruleModel) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	addClusterError(diags, summary, fmt.Sprintf("Autofollow rule %s for pattern %q of %s on cluster %s", m.Name.ValueString(), m.Pattern.ValueString(), m.alias(), m.Cluster.ValueString()), limit, operation, err)
}
