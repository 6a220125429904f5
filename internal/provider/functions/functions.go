// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package functions has what a configuration can work out without a server: provider::opensearch::leader_alias
// and provider::opensearch::plan_supports_ccr, for Terraform 1.8 and newer.
package functions

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// leaderAlias is the name that Aiven gives to the connection to a leader.
type leaderAlias struct{}

// NewLeaderAlias makes the function leader_alias.
func NewLeaderAlias() function.Function { return leaderAlias{} }

func (leaderAlias) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "leader_alias"
}

func (leaderAlias) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The leader alias of a service on Aiven",
		MarkdownDescription: "The name by which the followers of an Aiven service know it: the name of the connection to the leader. " +
			"`opensearch_ccr_follower` and `opensearch_ccr_integration` have it as `leader_alias`; the function gives it where neither is at hand.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "project", MarkdownDescription: "Aiven project of the leader service."},
			function.StringParameter{Name: "service_name", MarkdownDescription: "Name of the leader service."},
		},
		Return: function.StringReturn{},
	}
}

func (leaderAlias) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var project, service string
	resp.Error = function.ConcatFuncErrors(req.Arguments.Get(ctx, &project, &service))
	for i, err := range []error{ccr.CheckProjectName(project), ccr.CheckServiceName(service)} {
		if err != nil && resp.Error == nil {
			resp.Error = function.NewArgumentFuncError(int64(i), fmt.Sprintf("This is not the name of an Aiven %s: %v.", []string{"project", "service"}[i], err))
		}
	}
	if resp.Error != nil {
		return
	}
	resp.Error = function.ConcatFuncErrors(resp.Result.Set(ctx, ccr.LeaderAlias(project, service)))
}

// planSupportsCCR tells the plans that Aiven refuses for leaders and followers from the others.
type planSupportsCCR struct{}

// NewPlanSupportsCCR makes the function plan_supports_ccr.
func NewPlanSupportsCCR() function.Function { return planSupportsCCR{} }

func (planSupportsCCR) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "plan_supports_ccr"
}

func (planSupportsCCR) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Whether a plan of Aiven supports cross-cluster replication",
		MarkdownDescription: "Whether services of an Aiven plan can be leaders and followers: true unless the plan is of a tier that Aiven excludes, such as Hobbyist and Startup. " +
			"It looks only at the name of the plan and sends no request. Whether the plan exists and is offered in a cloud is what `opensearch_ccr_plans` shows.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "plan", MarkdownDescription: "Name of the plan, such as `business-4`."},
		},
		Return: function.BoolReturn{},
	}
}

func (planSupportsCCR) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var plan string
	resp.Error = function.ConcatFuncErrors(req.Arguments.Get(ctx, &plan))
	if plan == "" && resp.Error == nil {
		resp.Error = function.NewArgumentFuncError(0, "The name of the plan is empty.")
	}
	if resp.Error != nil {
		return
	}
	resp.Error = function.ConcatFuncErrors(resp.Result.Set(ctx, !ccr.TierRefused(plan)))
}
