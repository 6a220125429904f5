// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/query"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// This file has what the lists of followers and of integrations share.

// ListAttributes are what every list block may say.
func ListAttributes() map[string]listschema.Attribute {
	return map[string]listschema.Attribute{
		"project": listschema.StringAttribute{Optional: true, Validators: attribute.ProjectName(),
			MarkdownDescription: "Aiven project of the follower services. Default: the provider's project."},
	}
}

// ListPairs reads the pairs of a project, null for the provider's.
func ListPairs(ctx context.Context, c *access.Clients, project types.String, diags *diag.Diagnostics) (*pair.Operator, []pair.Pair) {
	if project.IsNull() {
		project = c.Project()
	}
	if !attribute.Known(project) {
		report.AddNoProject(diags)
	}
	operator := access.OperatorOf(c, diags)
	if diags.HasError() {
		return nil, nil
	}
	pairs, err := operator.List(ctx, project.ValueString())
	if err != nil {
		diags.AddError("Cannot list the followers", fmt.Sprintf("Project %s: %s.", project.ValueString(), report.Sentence(err)))
	}
	return operator, pairs
}

// Sole reports whether a follower has this leader only. Such a pair is one
// follower resource; each pair of a follower with several leaders is an integration.
func Sole(p pair.Pair, pairs []pair.Pair) bool {
	return !slices.ContainsFunc(pairs, func(other pair.Pair) bool { return other.Follower == p.Follower && other != p })
}

// Item is a pair that is listed as a resource. read returns the model of the
// resource, and what was seen of the pair; false where the follower is gone.
func Item(p pair.Pair, identity any, read func(ctx context.Context, diags *diag.Diagnostics) (resource any, seen pair.Seen, found bool)) query.Item {
	name := "follower " + p.Follower.String()
	return query.Item{Name: name, Shown: p.Follower.String() + ", follower of " + p.Leader.String(), Identity: identity, Read: func(ctx context.Context, diags *diag.Diagnostics) any {
		resource, seen, found := read(ctx, diags)
		switch {
		case diags.HasError() || !found:
			return nil
		case !seen.Readable():
			why := cmp.Or(seen.Decision.Reason, seen.Observation.Unreadable, "it could not be read")
			diags.AddError("Cannot read "+name, fmt.Sprintf("What follower %s of leader %s is meant to replicate is not known: %s.", p.Follower, p.Leader, strings.TrimRight(why, ".")))
			return nil
		}
		return resource
	}}
}
