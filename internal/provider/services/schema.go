// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
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

// ReplicationAttributes say what is replicated; both service-level resources have them.
func ReplicationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"index_patterns": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
			Default:             setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{types.StringValue("*")})),
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(attribute.IndexPattern()...)},
			MarkdownDescription: "Which of the leader's indices are replicated, those to come too: patterns with `*` as the only wildcard. Indices whose name begins with a dot are never replicated. Default `[\"*\"]`. When no pattern covers a replicated index any more, its replication ends and the follower's copy is deleted."},
		"desired_state": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(string(ccr.ModeReplicating)),
			Validators: []validator.String{stringvalidator.OneOf(ccr.Modes()...)},
			MarkdownDescription: "`replicating`; `paused`, which holds every replication and starts none (the leader keeps what is needed to resume for 12 hours by default); or `promoted`, which makes the follower a writable service of its own: " +
				"each index catches up with the leader if that is in reach, then replication ends and the services are unlinked. There is no way back from `promoted`. Default `replicating`."},
	}
}

// StatusAttributes are what is observed; both service-level resources have them.
func StatusAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"integration_id": schema.StringAttribute{Computed: true, MarkdownDescription: "ID of the integration between leader and follower; null when promoted."},
		"leader_alias":   schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the leader on the follower."},
		"status": schema.StringAttribute{Computed: true,
			MarkdownDescription: "`bootstrapping`, `replicating`, `paused`, `degraded` (something is out of reach and expected back), `failed` (the next apply repairs it) or `promoted`."},
		"status_reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why the status is not what is desired; null when it is."},
	}
}
