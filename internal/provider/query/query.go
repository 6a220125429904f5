// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package query is what the list resources share: with them terraform query (Terraform 1.14 and newer) lists
// what exists, with what an import needs of each object.
package query

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// Item is one object that is listed as a resource.
type Item struct {
	// Name names the object in full, in the list and in messages, such as "follower acme/eu".
	Name string
	// Shown is what the list shows of it instead of Name, where that says more.
	Shown string
	// Identity is the model of the resource's identity.
	Identity any
	// Read returns the model of the resource: nil where the object does not exist
	// any more, or, with an error, where it cannot be read.
	Read func(ctx context.Context, diags *diag.Diagnostics) any
}

// OfCluster makes the results of a list block about a cluster. find returns what
// the cluster has; what says which objects these are, in the plural.
func OfCluster(ctx context.Context, req list.ListRequest, c *access.Clients, cluster types.String, what string, diags *diag.Diagnostics,
	find func(context.Context, *replication.Reader) ([]Item, error),
) iter.Seq[list.ListResult] {
	reader := c.KnownCluster(ctx, cluster, diags)
	if diags.HasError() {
		return Results(ctx, req, *diags, nil)
	}
	limited, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	items, err := find(limited, reader)
	if err != nil {
		report.AddClusterError(diags, "Cannot list "+what, "Cluster "+cluster.ValueString(), access.ReadTime, "read", err)
	}
	return Results(ctx, req, *diags, items)
}

// Results makes a result of each item as it is asked for, at most as many as
// Terraform wants. Errors in diags are the only result, warnings come first. Where
// the resource is wanted too, an item that cannot be read is left out with a
// warning: what it is meant to be is not known, and a configuration that is
// generated must not guess it.
func Results(ctx context.Context, req list.ListRequest, diags diag.Diagnostics, items []Item) iter.Seq[list.ListResult] {
	if diags.HasError() {
		return list.ListResultsStreamDiagnostics(diags)
	}
	return func(push func(list.ListResult) bool) {
		if len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
			return
		}
		count := int64(0)
		for _, item := range items {
			if req.Limit > 0 && count == req.Limit {
				return
			}
			result, there := item.result(ctx, req)
			if !there {
				continue
			}
			if result.Identity != nil { // one that is left out does not count
				count++
			}
			if !push(result) {
				return
			}
		}
	}
}

// result is the item's result, or a warning; false where the object does not exist any more.
func (item Item) result(ctx context.Context, req list.ListRequest) (list.ListResult, bool) {
	result := req.NewListResult(ctx)
	result.DisplayName = item.Shown
	if item.Shown == "" {
		result.DisplayName = item.Name
	}
	result.Diagnostics.Append(result.Identity.Set(ctx, item.Identity)...)
	if !req.IncludeResource {
		return result, true
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	var diags diag.Diagnostics
	resource := item.Read(ctx, &diags)
	if diags.HasError() {
		return list.ListResult{Diagnostics: append(diags.Warnings(), item.leftOut(diags.Errors()[0]))}, true
	}
	result.Diagnostics.Append(diags...)
	if resource == nil {
		return result, false
	}
	result.Diagnostics.Append(result.Resource.Set(ctx, resource)...)
	return result, true
}

// leftOut says why an item is left out.
func (item Item) leftOut(why diag.Diagnostic) diag.Diagnostic {
	return diag.NewWarningDiagnostic(report.Capital(item.Name)+" is left out",
		fmt.Sprintf("%s: %s No configuration is generated for it. Query again when it can be read, or leave out include_resource to list only its identity.", why.Summary(), why.Detail()))
}

// Cluster is the cluster that a list block is about.
func Cluster() listschema.StringAttribute {
	return listschema.StringAttribute{Required: true, Validators: attribute.NotEmpty(),
		MarkdownDescription: "Name of the cluster, one of the provider's `clusters`, the follower."}
}

// Pattern restricts a list to the names that it matches; what says of which objects.
func Pattern(what string) listschema.StringAttribute {
	return listschema.StringAttribute{Optional: true, Validators: attribute.NotEmpty(),
		MarkdownDescription: "Lists only those " + what + " this pattern matches, with `*` as the only wildcard. Default: all."}
}

// LeaderAlias restricts a list to one leader.
func LeaderAlias() listschema.StringAttribute {
	return listschema.StringAttribute{Optional: true, Validators: attribute.AliasName(),
		MarkdownDescription: "Lists only those of this leader: the name of its connection. Default: those of all leaders."}
}

// CheckLeader refuses the name of a leader of which nothing was found and that the
// cluster does not know either.
func CheckLeader(ctx context.Context, reader *replication.Reader, cluster, alias types.String, items []Item, diags *diag.Diagnostics) error {
	if alias.IsNull() || len(items) > 0 {
		return nil
	}
	leaders, err := reader.Remotes(ctx)
	if err != nil || leaders == nil {
		return err
	}
	if _, known := leaders[alias.ValueString()]; !known {
		has := "It has none"
		if len(leaders) > 0 {
			has = "It has " + strings.Join(slices.Sorted(maps.Keys(leaders)), ", ")
		}
		diags.AddAttributeError(path.Root("leader_alias"), fmt.Sprintf("Connection %s does not exist on %s", alias.ValueString(), cluster.ValueString()),
			fmt.Sprintf("Cluster %s has no remote cluster named %s, and nothing on it follows a leader of that name. %s. Correct the name, or leave out leader_alias to list those of all leaders.",
				cluster.ValueString(), alias.ValueString(), has))
	}
	return nil
}

// Wanted reports whether a list block with this pattern, which may be null, lists a name.
func Wanted(pattern types.String, name string) bool {
	return pattern.IsNull() || ccr.MatchesName(pattern.ValueString(), name)
}
