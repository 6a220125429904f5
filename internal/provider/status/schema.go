// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package status

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
)

// Schema describes the attributes.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	number := func(description string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Current replication state of a follower: the state and the lag of every index, the connections to its leaders, and its autofollow rules. " +
			"It makes a handful of requests, whatever the number of indices (more on managed services that restrict the plugin's metadata, and for what does not sync). Use it in `check` blocks and preconditions.",
		Attributes: map[string]schema.Attribute{
			"cluster": schema.StringAttribute{Optional: true, Validators: append(attribute.NotEmpty(), stringvalidator.ExactlyOneOf(path.MatchRoot("cluster"), path.MatchRoot("service_name"))),
				MarkdownDescription: "Name of the follower in the provider's `clusters`. Either this or `service_name`."},
			"service_name": schema.StringAttribute{Optional: true, Validators: attribute.ServiceName(), MarkdownDescription: "Name of the follower service on Aiven. Either this or `cluster`."},
			"project": schema.StringAttribute{Optional: true, Validators: append(attribute.ProjectName(), stringvalidator.ConflictsWith(path.MatchRoot("cluster"))),
				MarkdownDescription: "Aiven project of the service. Default: the provider's project."},
			"leader_alias": schema.StringAttribute{Optional: true, Validators: attribute.AliasName(), MarkdownDescription: "Shows only what follows the leader with this connection. Default: all leaders."},
			"index_patterns": schema.SetAttribute{Optional: true, ElementType: types.StringType, Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(attribute.IndexPattern()...)},
				MarkdownDescription: "Patterns that are meant to be followed: `healthy` then needs an autofollow rule for each of them, and a replica of every index of the leader that they match. Default: the patterns of the rules that the follower has."},
			"indices": schema.MapNestedAttribute{Computed: true, MarkdownDescription: "The replications, by follower index.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"status":              text("`replicating`, `bootstrapping` (files are being copied), `paused`, `failed`, `stopped` (nothing replicates it, although it is marked as a replica), or `degraded` (its state is unknown, for example because the leader is unreachable)."),
					"status_reason":       text("Why the index does not replicate, in the server's words where it gives a reason; null otherwise."),
					"leader_alias":        text("Name of the connection to the leader; null where the service hides it."),
					"leader_index":        text("Index on the leader; null where the service hides it."),
					"leader_checkpoint":   number("The leader's checkpoint, the sum over the shards; null while the index does not sync."),
					"follower_checkpoint": number("The follower's checkpoint."),
					"lag":                 number("How many operations the follower is behind; null where that is not known."),
				}}},
			"connections": schema.MapNestedAttribute{Computed: true, MarkdownDescription: "The connections to leaders, by their name.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"connected": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the follower is connected."},
					"mode":      text("`sniff` or `proxy`."),
					"addresses": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Seeds, or the address of the proxy."},
				}}},
			"rules": schema.ListNestedAttribute{Computed: true, MarkdownDescription: "The autofollow rules.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":           text("Name of the rule."),
					"leader_alias":   text("Name of the connection to the leader; null where the service hides it."),
					"pattern":        text("Pattern of the rule."),
					"failed_indices": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Indices that the rule could not start."},
				}}},
			"totals": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "How many indices have which status.",
				Attributes: map[string]schema.Attribute{
					"indices":       number("All indices."),
					"replicating":   number("Indices that replicate."),
					"bootstrapping": number("Indices whose files are being copied."),
					"paused":        number("Paused indices."),
					"stopped":       number("Indices that nothing replicates although they are marked as replicas."),
					"failed":        number("Failed indices."),
					"degraded":      number("Indices whose state is unknown, for example because the leader is unreachable."),
				}},
			"greatest_lag": number("The greatest lag of all indices, in operations; null where no lag is known."),
			"reachable": schema.BoolAttribute{Computed: true,
				MarkdownDescription: "Whether the follower could be read. Where it could not, `reason` says why, the maps and lists are empty and the totals are 0."},
			"healthy": schema.BoolAttribute{Computed: true,
				MarkdownDescription: "Whether the follower does all that it is meant to: it can be read, at least one index replicates and every one does, each connection exists and is up, " +
					"no index that the patterns match is missing or stopped, and no rule has failed indices. A service also needs an active integration, and an autofollow rule for each leader."},
			"reason": text("Why `healthy` is false; null where it is true."),
		},
	}
}
