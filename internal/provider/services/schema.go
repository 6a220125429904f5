// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
)

// The default times of the timeouts attribute of both service-level resources.
const (
	CreateTime = 45 * time.Minute
	UpdateTime = 60 * time.Minute
	DeleteTime = 20 * time.Minute
)

// ReplicationAttributes say what is replicated and what may be destroyed for it;
// both service-level resources have them.
func ReplicationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"index_patterns": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
			Default:    setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{types.StringValue("*")})),
			Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(attribute.IndexPattern()...)},
			MarkdownDescription: "Which of the leader's indices are replicated, existing and future ones: patterns with `*` as the only wildcard. Indices whose name begins with a dot are never replicated. Default `[\"*\"]`. " +
				"When no pattern matches a replicated index any longer, its replication stops and the follower's copy is deleted; the plan names each one."},
		"desired_state": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(string(ccr.ModeReplicating)),
			Validators: []validator.String{stringvalidator.OneOf(ccr.Modes()...)},
			MarkdownDescription: "`replicating`; `paused`, which holds every replication and starts none (the leader keeps what is needed to resume for 12 hours by default); or `promoted`, which turns the follower into an independent, writable service: " +
				"each index catches up with the leader if the leader is reachable, then replication stops and the services are unlinked. Going back from `promoted` to `replicating` needs `rebuild = true`. Default `replicating`."},
		"on_leader_delete": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(string(ccr.LeaderDeleteFollow)),
			Validators: []validator.String{stringvalidator.OneOf(ccr.OnLeaderDeletes()...)},
			MarkdownDescription: "What happens to the follower's copy of an index that the leader is proven to have deleted: `delete` deletes it too, up to a quarter of the copies and always up to two; `delete_all` deletes it too, without a limit; `keep` keeps it. " +
				"The same holds where the leader has a new index of that name, which is then copied. The plan names each one. Default `delete`."},
		"rebuild": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether a follower index that may have writes of its own may be deleted and copied again from the leader: one whose replication was stopped outside Terraform, or all of them after a promotion. " +
				"The plan names each one. Default `false`."},
		"fence_leader": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether a promotion (`desired_state = \"promoted\"`) first blocks writes on the leader's replicated indices, so that nothing can be lost: every write that the leader has acknowledged is on the follower. " +
				"It needs a leader that can be reached with its own credentials. If the promotion fails before the first replication has ended, the block is lifted. After a promotion it stays (`index.blocks.write`) until this service follows the leader again, " +
				"or until `fence_leader` is set to `false`. An index that is created on the leader meanwhile is copied and blocked too, as long as it exists before the last replication ends. Default `false`."},
	}
}

// StatusAttributes are what is observed; both service-level resources have them.
func StatusAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"integration_id": schema.StringAttribute{Computed: true, MarkdownDescription: "ID of the integration between leader and follower; null when promoted."},
		"leader_alias":   schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the leader on the follower."},
		"status": schema.StringAttribute{Computed: true,
			MarkdownDescription: "`bootstrapping`, `replicating`, `paused`, `degraded` (something is unreachable and expected to recover), `failed` (the plan shows the repair, or says what to do) or `promoted`."},
		"ended_at": schema.MapNestedAttribute{Computed: true,
			MarkdownDescription: "Where each replication ended, by index: set by a promotion, kept while the follower is promoted, and null while it follows. The way back compares with it what each of the two services has of its own.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"checkpoint": schema.Int64Attribute{Computed: true,
					MarkdownDescription: "Operation of the leader up to which the follower has everything: the sum of the sequence numbers over the shards. Null where it is not known."},
				"in_sync": schema.BoolAttribute{Computed: true,
					MarkdownDescription: "Whether the follower had every operation of the leader when the replication ended."},
				"sequence": schema.Int64Attribute{Computed: true,
					MarkdownDescription: "The same sum of the follower's index right after the promotion. What exceeds it was written to the follower later. Null where it is not known."},
			}}},
		"status_reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why the status is not what is desired, or how far the creation is; null when all is done."},
	}
}
