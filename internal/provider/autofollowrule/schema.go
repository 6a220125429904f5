// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"

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
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An autofollow rule: the follower replicates every leader index that matches a pattern, existing and future.\n\n" +
			"The plugin checks for new indices every 30 seconds and starts a few at a time, so the provider starts existing indices directly. Create finishes when all of them are in sync. " +
			"Once the rule exists, an index that does not replicate yet is a warning, not an error.\n\n" +
			"Where the user may not read the rules (permission `indices:admin/plugins/replication/autofollow/stats`), the state is kept as it is, with a warning; " +
			"a rule of that name that exists already is then neither adopted nor changed, because its pattern cannot be compared.",
		Attributes: map[string]schema.Attribute{
			"cluster": attribute.Cluster("the follower"),
			"name": schema.StringAttribute{Required: true, Validators: attribute.Grammar("the name of an autofollow rule", ccr.CheckRuleName), PlanModifiers: replace,
				MarkdownDescription: "Name of the rule. Changing it forces replacement."},
			"leader_alias": schema.StringAttribute{Required: true, Validators: attribute.AliasName(), PlanModifiers: replace,
				MarkdownDescription: "Name of the connection to the leader, managed by `opensearch_ccr_connection` or not. Changing it forces replacement."},
			"pattern": schema.StringAttribute{Required: true, Validators: attribute.IndexPattern(),
				MarkdownDescription: "Which of the leader's indices are followed, with `*` as the only wildcard. Indices whose name begins with a dot are never followed. " +
					"The plugin cannot change a rule, so an update removes it and creates it again; if the new one is refused, the old one is restored. What the old pattern has started keeps replicating."},
			"use_roles": attribute.UseRoles("A change applies to indices that are started after it."),
			"start_existing": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether existing indices of the leader are started directly, and those that the rule could not start are started by the next apply. " +
					"With `false` the rule itself finds them, in its own time. Default `true`."},
			"on_destroy": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(destroyKeep),
				Validators: []validator.String{stringvalidator.OneOf(destroyKeep, destroyStop, destroyDelete)},
				MarkdownDescription: "What happens to the follower indices that this rule started when the rule is destroyed: `keep` keeps them replicating, `stop` stops their replication and keeps writable indices, " +
					"`delete_indices` deletes them too. It never concerns indices that existed before the rule (also before its import), that another rule of that leader covers, or that an `opensearch_ccr_replication` manages. The plan names them. Default `keep`."},
			"status": schema.StringAttribute{Computed: true,
				MarkdownDescription: "`following`, or `failed` where the rule could not start an index; with `start_existing` the next apply starts it."},
			"status_reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Which indices the rule could not start; null if it started all of them."},
			"id":            attribute.ID("CLUSTER/LEADER_ALIAS/NAME"),
			"timeouts": attribute.Timeouts("Longest time for the existing indices to be copied. Default `60m`.",
				"Longest time for an update. Default `60m`.",
				"Longest time for destroy. Default `20m`."),
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
