// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// This file converts between Terraform's model and the values of package ccr.

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

func (m model) pattern() string { return m.Pattern.ValueString() }

// id is CLUSTER/LEADER_ALIAS/NAME.
func (m model) id() string {
	return m.Cluster.ValueString() + "/" + m.alias() + "/" + m.Name.ValueString()
}

// title names the rule in summaries.
func (m model) title() string {
	return fmt.Sprintf("rule %s of leader %s on %s", m.Name.ValueString(), m.alias(), m.Cluster.ValueString())
}

func (m model) rule() ccr.Rule {
	return ccr.Rule{Name: m.Name.ValueString(), LeaderAlias: m.alias(), Pattern: m.pattern()}
}

// desired is what the leader's existing indices are meant to become.
func (m model) desired(ctx context.Context, diags *diag.Diagnostics) ccr.Desired {
	return ccr.Desired{Alias: m.alias(), Patterns: []string{m.pattern()}, Mode: ccr.ModeReplicating, Roles: attribute.Roles(ctx, m.UseRoles, diags)}
}

// take takes over what the follower lists of the rule. What only a configuration
// says gets its default at an import.
func (m *model) take(rule ccr.Rule, roles ccr.Roles, importing bool) {
	m.Pattern = types.StringValue(rule.Pattern)
	if importing {
		m.StartExisting, m.OnDestroy = types.BoolValue(true), types.StringValue(destroyKeep)
	}
	if roles != (ccr.Roles{}) {
		m.UseRoles = attribute.RolesObject(roles)
	}
}

// show takes over what is known of the rule; failed are indices that do not
// replicate although the rule covers them.
func (m *model) show(failed []string) {
	m.ID = types.StringValue(m.id())
	m.Status, m.StatusReason = types.StringValue(statusFollowing), types.StringNull()
	if len(failed) > 0 {
		m.Status = types.StringValue(statusFailed)
		m.StatusReason = types.StringValue("the rule could not start " + ccr.CountedIndices(failed))
	}
}

// failing are the indices that the rule could not start and that can still be
// started; taken are those whose name the follower uses for another index.
func (m model) failing(rule ccr.Rule, o ccr.Observation) (failed, taken []string) {
	listed, known := o.Leader.Value()
	for _, name := range rule.FailedIndices {
		f, exists := o.Indices.Find(name)
		onLeader := !known || slices.ContainsFunc(listed, func(ix ccr.LeaderIndex) bool { return ix.Name == name && !ix.Closed })
		_, plain := f.Replicates().Absent()
		switch {
		case exists && f.Exists() && plain:
			taken = append(taken, name)
		case !exists && onLeader:
			failed = append(failed, name)
		}
	}
	slices.Sort(failed)
	slices.Sort(taken)
	return failed, taken
}

func (m model) warnTaken(taken []string, diags *diag.Diagnostics) {
	if len(taken) > 0 {
		diags.AddWarning("Existing index blocks replication by "+m.title(), fmt.Sprintf("Rule %s on cluster %s matches %s of the leader, but the follower already has an index of the same name that is not a replica. "+
			"It is left unchanged. Delete that index on the follower to replicate it, or choose another pattern.", m.Name.ValueString(), m.Cluster.ValueString(), ccr.CountedIndices(taken)))
	}
}

func (m model) failed(diags *diag.Diagnostics, summary string, limit time.Duration, operation string, err error) {
	report.AddClusterError(diags, summary, fmt.Sprintf("Autofollow rule %s for pattern %q of leader %s on cluster %s", m.Name.ValueString(), m.pattern(), m.alias(), m.Cluster.ValueString()), limit, operation, err)
}

func (m model) warnUnread(why string, diags *diag.Diagnostics) {
	diags.AddWarning(fmt.Sprintf("Cannot read autofollow %s", m.title()),
		fmt.Sprintf("Rule %s of leader %s on cluster %s: %s. The state keeps what the last refresh saw.", m.Name.ValueString(), m.alias(), m.Cluster.ValueString(), why))
}
