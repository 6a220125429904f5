// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
)

// The values of a replication's on_destroy.
const (
	destroyStop   = "stop"
	destroyDelete = "delete_index"
)

// Schema describes the attributes.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The replication of one index of a leader cluster to a follower cluster.\n\n" +
			"Create finishes when the follower index is in sync. If it takes longer than `timeouts.create` or something is wrong, create ends with a warning, `status` says how far it is, and the next plan shows an update that continues. " +
			"A replication of the same leader index that exists already, for example because an autofollow rule was faster, is adopted with a warning.\n\n" +
			"A replication that has failed, or was paused or stopped outside Terraform, is planned as an update with the server's reason. " +
			"A follower index that still has the plugin's write block holds nothing of its own: if its replication cannot be resumed, it is deleted and copied again, which the plan announces. " +
			"An index whose replication was stopped may have writes of its own: it is deleted and copied again only with `rebuild = true` or `on_destroy = \"delete_index\"`. " +
			"Apply deletes nothing that the plan did not name.",
		Attributes: map[string]schema.Attribute{
			"cluster": attribute.Cluster("the follower"),
			"follower_index": schema.StringAttribute{Required: true, Validators: attribute.IndexName(), PlanModifiers: replace,
				MarkdownDescription: "Index on the follower. It must not exist, because a replication creates it. Changing it forces replacement."},
			"leader_alias": schema.StringAttribute{Required: true, Validators: attribute.AliasName(), PlanModifiers: replace,
				MarkdownDescription: "Name of the connection to the leader, managed by `opensearch_ccr_connection` or not. Changing it forces replacement."},
			"leader_index": schema.StringAttribute{Required: true, Validators: attribute.IndexName(), PlanModifiers: replace,
				MarkdownDescription: "Index on the leader; an alias or a data stream cannot be followed. Changing it forces replacement."},
			"use_roles": attribute.UseRoles("Changing it forces replacement.", objectplanmodifier.RequiresReplaceIf(rolesReplace,
				"Forces replacement, except after an import that could not read the roles.", "Forces replacement, except after an import that could not read the roles.")),
			"settings": schema.MapAttribute{Optional: true, ElementType: types.StringType,
				Validators: []validator.Map{mapvalidator.SizeAtLeast(1), attribute.NoNulls(), mapvalidator.KeysAre(attribute.Grammar("a setting that a replica can have of its own", ccr.CheckReplicaSetting)...)},
				MarkdownDescription: "Settings of the follower index that differ from the leader's, by their full name, such as `index.number_of_replicas`. Settings that are fixed when an index is created, such as `index.number_of_shards`, are the leader's and are refused. Default: the leader's settings. " +
					"Changes are made in place and take effect when the follower compares settings with its leader, by default every 60 seconds."},
			"desired_state": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(string(ccr.ModeReplicating)),
				Validators: []validator.String{stringvalidator.OneOf(string(ccr.ModeReplicating), string(ccr.ModePaused))},
				MarkdownDescription: "`replicating` or `paused`. The leader keeps what is needed to resume for 12 hours by default (`index.soft_deletes.retention_lease.period`); " +
					"after that the follower index has to be deleted and copied again. Default `replicating`."},
			"on_destroy": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(destroyStop),
				Validators: []validator.String{stringvalidator.OneOf(destroyStop, destroyDelete)},
				MarkdownDescription: "What happens to the follower index when the resource is destroyed: `stop` stops the replication and keeps the index, writable; `delete_index` deletes the index too. " +
					"An index of the same name that this resource did not start or adopt is left unchanged. " +
					"A replacement under the same `follower_index`, also by `-replace` or a taint, needs `delete_index` and is refused at plan with `stop`, because the old index would be in the way. Default `stop`."},
			"rebuild": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether a follower index that may have writes of its own, because its replication was stopped outside Terraform, may be deleted and copied again; this includes one whose leader index was deleted and created again. " +
					"`on_destroy = \"delete_index\"` allows it as well. Default `false`."},
			"status": schema.StringAttribute{Computed: true,
				MarkdownDescription: "`replicating`, `bootstrapping` (files are being copied), `paused`, `stopped`, `failed`, or `degraded` (the leader is unreachable or something is unknown; no change is planned for that)."},
			"status_reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why the status is not the desired one, in the server's words where it gives a reason; null otherwise."},
			"id":            attribute.ID("CLUSTER/FOLLOWER_INDEX"),
			"timeouts": attribute.Timeouts("Longest time for the index to be copied. When it is over, create ends with a warning and the copy continues. Default `30m`.",
				"Longest time for an update. Default `30m`.",
				"Longest time for destroy. Default `5m`."),
		},
	}
}

// IdentitySchema describes what names one of them.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster":        identityschema.StringAttribute{RequiredForImport: true, Description: "The follower, a name of the provider's clusters."},
		"follower_index": identityschema.StringAttribute{RequiredForImport: true, Description: "Index on the follower."},
	}}
}

// rolesReplace: other roles need another replication. Those of an imported one
// that could not be read are taken from the configuration.
func rolesReplace(ctx context.Context, req planmodifier.ObjectRequest, resp *objectplanmodifier.RequiresReplaceIfFuncResponse) {
	imported := marked(ctx, req.Private, keyImported, &resp.Diagnostics)
	resp.RequiresReplace = !imported || !req.StateValue.IsNull() && !req.PlanValue.IsNull()
}
