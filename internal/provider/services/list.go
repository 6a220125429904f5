// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// This file lists what exists for terraform query (Terraform 1.14): followers
// and integrations of a project, with what an import needs of each.

type listModel struct {
	Project types.String `tfsdk:"project"`
}

// ListConfigSchema is what a list block may say; what names the things listed.
func ListConfigSchema(what string) listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Lists the " + what + " of a project.",
		Attributes: map[string]listschema.Attribute{
			"project": listschema.StringAttribute{Optional: true, Validators: attribute.ProjectName(),
				MarkdownDescription: "Aiven project of the follower services. Default: the provider's project."},
		},
	}
}

// ListPairs reads the pairs of the project that the list block or the provider names.
func ListPairs(ctx context.Context, c *access.Clients, req list.ListRequest) (*pair.Operator, []pair.Pair, diag.Diagnostics) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	project := config.Project
	if project.IsNull() {
		project = c.Project()
	}
	if !attribute.Known(project) {
		report.AddNoProject(&diags)
	}
	operator := access.OperatorOf(c, &diags)
	if diags.HasError() {
		return nil, nil, diags
	}
	pairs, err := operator.List(ctx, project.ValueString())
	if err != nil {
		diags.AddError("Pairs cannot be listed", fmt.Sprintf("Project %s: %v.", project.ValueString(), err))
	}
	return operator, pairs, diags
}

// Results makes a result of each pair as it is asked for, at most as many as
// Terraform wants.
func Results(ctx context.Context, req list.ListRequest, pairs []pair.Pair, diags diag.Diagnostics, fill func(pair.Pair, *list.ListResult)) iter.Seq[list.ListResult] {
	if diags.HasError() {
		return list.ListResultsStreamDiagnostics(diags)
	}
	return func(push func(list.ListResult) bool) {
		for i, p := range pairs {
			if req.Limit > 0 && int64(i) == req.Limit {
				return
			}
			result := req.NewListResult(ctx)
			result.DisplayName = p.Follower.String() + ", follower of " + p.Leader.String()
			fill(p, &result)
			if !push(result) {
				return
			}
		}
	}
}
