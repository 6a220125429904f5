// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

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
		diags.AddError("Pairs cannot be listed", fmt.Sprintf("Project %s: %v.", project.ValueString(), err))
	}
	return operator, pairs
}

// Sole reports whether a follower has this leader only. Such a pair is one
// follower resource; each pair of a follower with several leaders is an integration.
func Sole(p pair.Pair, pairs []pair.Pair) bool {
	return !slices.ContainsFunc(pairs, func(other pair.Pair) bool { return other.Follower == p.Follower && other != p })
}

// Listed is one pair as a resource.
type Listed struct {
	// Identity is the model of the resource's identity.
	Identity any
	// Read returns the model of the resource, and what was seen of the pair;
	// false where the follower is gone.
	Read func(diags *diag.Diagnostics) (resource any, seen pair.Seen, found bool)
}

// Results makes a result of each pair as it is asked for, at most as many as
// Terraform wants. Where the resource is wanted too, a pair whose follower cannot
// be read is left out with a warning: what it is meant to replicate is not known,
// and a configuration that is generated must not guess it.
func Results(ctx context.Context, req list.ListRequest, pairs []pair.Pair, diags diag.Diagnostics, listed func(pair.Pair) Listed) iter.Seq[list.ListResult] {
	if diags.HasError() {
		return list.ListResultsStreamDiagnostics(diags)
	}
	return func(push func(list.ListResult) bool) {
		count := int64(0)
		for _, p := range pairs {
			if req.Limit > 0 && count == req.Limit {
				return
			}
			one, result := listed(p), req.NewListResult(ctx)
			result.DisplayName = p.Follower.String() + ", follower of " + p.Leader.String()
			result.Diagnostics.Append(result.Identity.Set(ctx, one.Identity)...)
			if req.IncludeResource {
				resource, seen, found := one.Read(&result.Diagnostics)
				switch {
				case result.Diagnostics.HasError():
				case !found:
					continue
				case !seen.Readable():
					result = list.ListResult{Diagnostics: append(result.Diagnostics, unread(p, seen))}
					count-- // it is none
				default:
					result.Diagnostics.Append(result.Resource.Set(ctx, resource)...)
				}
			}
			count++
			if !push(result) {
				return
			}
		}
	}
}

// unread says why a pair is left out.
func unread(p pair.Pair, seen pair.Seen) diag.Diagnostic {
	why := cmp.Or(seen.Decision.Reason, seen.Observation.Unreadable, "it could not be read")
	return diag.NewWarningDiagnostic(fmt.Sprintf("Follower %s is left out", p.Follower), fmt.Sprintf("What follower %s of leader %s is meant to replicate is not known: %s. "+
		"No configuration is generated for it. Query again when it can be read, or leave out include_resource to list only its identity.", p.Follower, p.Leader, strings.TrimRight(why, ".")))
}
