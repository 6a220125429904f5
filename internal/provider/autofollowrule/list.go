// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/query"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

var _ list.ListResourceWithConfigure = (*Resource)(nil)

// NewList makes what terraform query lists autofollow rules with.
func NewList() list.ListResource { return &Resource{} }

type listModel struct {
	Cluster     types.String `tfsdk:"cluster"`
	LeaderAlias types.String `tfsdk:"leader_alias"`
	NamePattern types.String `tfsdk:"name_pattern"`
}

// ListResourceConfigSchema describes what a list block may say.
func (r *Resource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{MarkdownDescription: "Lists the autofollow rules of a follower.",
		Attributes: map[string]listschema.Attribute{"cluster": query.Cluster(), "leader_alias": query.LeaderAlias(), "name_pattern": query.Pattern("rules whose name")}}
}

// List names every rule. With include_resource each leader is asked once for its indices.
func (r *Resource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	stream.Results = query.OfCluster(ctx, req, r.clients, config.Cluster, "the autofollow rules", &diags, func(ctx context.Context, reader *replication.Reader) ([]query.Item, error) {
		rules, err := rulesOf(ctx, reader)
		var unclear []string
		items := make([]query.Item, 0, len(rules))
		for _, rule := range rules {
			switch {
			case !query.Wanted(config.NamePattern, rule.Name):
			case rule.LeaderAlias == "":
				unclear = append(unclear, rule.Name)
			case config.LeaderAlias.IsNull() || rule.LeaderAlias == config.LeaderAlias.ValueString():
				items = append(items, listed(config.Cluster, rule, reader))
			}
		}
		if len(unclear) > 0 {
			object := "cluster " + config.Cluster.ValueString()
			diags.AddWarning("Some autofollow rules of "+object+" are left out",
				fmt.Sprintf("It is not known which leader these rules of %s belong to, because this user may not read the plugin's records: %s. Import such a rule by its id, CLUSTER/LEADER_ALIAS/NAME.", object, strings.Join(unclear, ", ")))
		}
		if err == nil && len(unclear) == 0 {
			err = query.CheckLeader(ctx, reader, config.Cluster, config.LeaderAlias, items, &diags)
		}
		return items, err
	})
}

// rulesOf reads the rules of a follower. Where it does not tell whose they are and
// has only one leader, they are of that one.
func rulesOf(ctx context.Context, reader *replication.Reader) ([]ccr.Rule, error) {
	fact, err := reader.Rules(ctx)
	if err != nil {
		return nil, err
	}
	if why, unknown := fact.Unknown(); unknown {
		return nil, errors.New(strings.TrimRight(why, "."))
	}
	rules, _ := fact.Value()
	leaders, err := reader.Remotes(ctx)
	if err != nil {
		return nil, err
	}
	rules = slices.Clone(rules)
	for i := range rules {
		if aliases := slices.Collect(maps.Keys(leaders)); rules[i].LeaderAlias == "" && len(aliases) == 1 {
			rules[i].LeaderAlias = aliases[0]
		}
	}
	return rules, nil
}

// listed is a rule as its import would read it.
func listed(cluster types.String, rule ccr.Rule, reader *replication.Reader) query.Item {
	m := model{Cluster: cluster, Name: types.StringValue(rule.Name), LeaderAlias: types.StringValue(rule.LeaderAlias), UseRoles: attribute.RolesObject(ccr.Roles{}), Timeouts: attribute.NoTimeouts()}
	return query.Item{Name: "autofollow " + m.title(), Shown: m.id(), Identity: m.identity(), Read: func(ctx context.Context, diags *diag.Diagnostics) any {
		fact, roles, err := reader.Rule(ctx, rule.LeaderAlias, rule.Name)
		var o ccr.Observation
		if err == nil {
			if _, gone := fact.Absent(); gone {
				return nil
			}
			o, err = reader.Observe(ctx, replication.Question{Alias: m.alias(), Shared: true})
		}
		if err != nil {
			m.failed(diags, "Cannot read the autofollow rule", access.ReadTime, "read", err)
			return nil
		}
		m.take(rule, roles, true)
		failed, _ := m.failing(rule, o)
		m.show(failed)
		return m
	}}
}
