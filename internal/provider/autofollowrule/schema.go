// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
)

// The values of a rule's on_destroy and status.
const (
	destroyKeep   = "keep"
	destroyStop   = "stop"
	destroyDelete = "delete_indices"

	statusFollowing = "following"
	statusFailed    = "failed"
)

// Schema describes the attributes.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An autofollow rule: the follower replicates every index of the leader that a pattern covers, those to come too.\n\n" +
			"A rule looks for new indices every 30 s and starts a few at a time. So indices that exist already are started directly at create, and create is done when each of them has what the leader has.",
		Attributes: map[string]schema.Attribute{
			"cluster": attribute.Cluster("the follower"),
			"name": schema.StringAttribute{Required: true, Validators: attribute.Grammar("the name of an autofollow rule", ccr.CheckRuleName), PlanModifiers: replace,
				MarkdownDescription: "Name of the rule. A change replaces the rule."},
			"leader_alias": schema.StringAttribute{Required: true, Validators: attribute.AliasName(), PlanModifiers: replace,
				MarkdownDescription: "Name of the connection to the leader, managed by `opensearch_ccr_connection` or not. A change replaces the rule."},
			"pattern": schema.StringAttribute{Required: true, Validators: attribute.IndexPattern(),
				MarkdownDescription: "Which of the leader's indices are followed, with `*` as the only wildcard. Indices whose name begins with a dot are never followed. " +
					"A change is made in place; what the old pattern has started goes on replicating."},
			"use_roles": attribute.UseRoles("A change is made in place and counts for indices that are started from then on."),
			"start_existing": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether indices that exist on the leader already are started directly, and those that the rule could not start are started again by the next apply. " +
					"With `false` the rule itself finds them, in its own time. Default `true`."},
			"on_destroy": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(destroyKeep),
				Validators: []validator.String{stringvalidator.OneOf(destroyKeep, destroyStop, destroyDelete)},
				MarkdownDescription: "What becomes of the follower indices that the pattern covers (and no other rule of that leader does) when the rule is destroyed: `keep` lets them replicate on, `stop` ends their replication and leaves writable indices, " +
					"`delete_indices` deletes them too. Default `keep`."},
			"status": schema.StringAttribute{Computed: true,
				MarkdownDescription: "`following`, or `failed` where the rule could not start an index; with `start_existing` the next apply starts it."},
			"status_reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Which indices the rule could not start; null where there are none."},
			"id":            attribute.ID("CLUSTER/LEADER_ALIAS/NAME"),
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
				Create: true, CreateDescription: "Time for the indices that exist to be copied. Default `60m`.",
				Update: true, UpdateDescription: "Default `60m`.",
				Delete: true, DeleteDescription: "Default `20m`.",
			}),
		},
	}
}

// IdentitySchema describes what names one of them.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster":      identityschema.StringAttribute{RequiredForImport: true, Description: "The follower, a name of the provider's clusters."},
		"leader_alias": identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the connection to the leader."},
		"name":         identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the rule."},
	}}
}
