// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
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

var indexSetting = regexp.MustCompile(`^index\.[^\s]+$`)

// Schema describes the attributes.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The replication of one index of a leader cluster to a follower cluster.\n\n" +
			"Create is done when the follower index has what the leader index has. A replication that has failed, or was paused or stopped by somebody else, is planned as an update with the server's reason; " +
			"the follower index is deleted to build a replication anew only where `on_destroy = \"delete_index\"` or `rebuild = true` allows it.",
		Attributes: map[string]schema.Attribute{
			"cluster": attribute.Cluster("the follower"),
			"follower_index": schema.StringAttribute{Required: true, Validators: attribute.IndexName(), PlanModifiers: replace,
				MarkdownDescription: "Index on the follower. It must not exist: a replication makes it. A change replaces the replication."},
			"leader_alias": schema.StringAttribute{Required: true, Validators: attribute.AliasName(), PlanModifiers: replace,
				MarkdownDescription: "Name of the connection to the leader, managed by `opensearch_ccr_connection` or not. A change replaces the replication."},
			"leader_index": schema.StringAttribute{Required: true, Validators: attribute.IndexName(), PlanModifiers: replace,
				MarkdownDescription: "Index on the leader; an alias or a data stream cannot be followed. A change replaces the replication."},
			"use_roles": attribute.UseRoles("A change replaces the replication.", objectplanmodifier.RequiresReplaceIf(rolesReplace,
				"replaced, unless the roles are not known since an import", "replaced, unless the roles are not known since an import")),
			"settings": schema.MapAttribute{Optional: true, ElementType: types.StringType,
				Validators: []validator.Map{mapvalidator.SizeAtLeast(1), mapvalidator.KeysAre(stringvalidator.RegexMatches(indexSetting, "must be the full name of an index setting, such as index.number_of_replicas"))},
				MarkdownDescription: "Settings of the follower index that differ from the leader's, by their full name, such as `index.number_of_replicas`. " +
					"A change is made in place and takes effect when the follower compares settings with its leader, by default every 60 s."},
			"desired_state": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(string(ccr.ModeReplicating)),
				Validators: []validator.String{stringvalidator.OneOf(string(ccr.ModeReplicating), string(ccr.ModePaused))},
				MarkdownDescription: "`replicating` or `paused`. The leader keeps what is needed to resume for 12 hours by default (`index.soft_deletes.retention_lease.period`); " +
					"after that the replication can only be built anew. Default `replicating`."},
			"on_destroy": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(destroyStop),
				Validators: []validator.String{stringvalidator.OneOf(destroyStop, destroyDelete)},
				MarkdownDescription: "What becomes of the follower index when the resource is destroyed: `stop` ends the replication and leaves a writable index, `delete_index` deletes the index too. " +
					"A replacement under the same `follower_index` needs `delete_index`. Default `stop`."},
			"rebuild": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether a replication that cannot be resumed (failed, stopped, or the leader no longer has the history) may be built anew, which deletes the follower index first. " +
					"`on_destroy = \"delete_index\"` allows it as well. Default `false`."},
			"status": schema.StringAttribute{Computed: true,
				MarkdownDescription: "`replicating`, `bootstrapping` (files are being copied), `paused`, `stopped`, `failed`, or `degraded` (the leader is out of reach; nothing is planned for that)."},
			"status_reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why the status is not what is desired, in the server's words; null when it is."},
			"id":            attribute.ID("CLUSTER/FOLLOWER_INDEX"),
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
				Create: true, CreateDescription: "Time for the index to be copied. Default `30m`.",
				Update: true, UpdateDescription: "Default `30m`.",
				Delete: true, DeleteDescription: "Default `5m`.",
			}),
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
