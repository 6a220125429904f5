// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// The values of on_destroy.
const (
	destroyFollowerService = "delete_follower_service"
	destroyPromote         = "promote"
)

// Schema describes the attributes.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"timeouts": attribute.Timeouts("Longest time for every index to be in sync. When it is over, create ends with a warning and the copy continues. Default `45m`.",
			"Longest time for an update. Default `60m`.",
			"Longest time for destroy. Default `20m`."),
	}
	maps.Copy(attributes, pairAttributes())
	maps.Copy(attributes, services.ReplicationAttributes())
	maps.Copy(attributes, services.StatusAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Replication between two existing Aiven for OpenSearch services: creates the integration of the two, or adopts an existing one, and replicates the leader's indices, existing and future ones.\n\n" +
			"A follower may have several leaders, one such resource each, as long as no index name is covered by the patterns of two. " +
			"Destroy deletes the follower *service* unless `on_destroy` is `promote`. After a promotion destroy only removes the integration from the state.",
		Attributes: attributes,
	}
}

func pairAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true,
			MarkdownDescription: "`LEADER_PROJECT/LEADER_SERVICE_NAME/FOLLOWER_PROJECT/FOLLOWER_SERVICE_NAME`."},
		"leader_service_name": schema.StringAttribute{Required: true, Validators: attribute.ServiceName(),
			MarkdownDescription: "Name of the leader service. A follower, a fork, a read replica and a service with tiered storage cannot be a leader. Swapping it with the follower reverses the direction in place, with `rebuild = true`: a pair that replicates is first promoted with writes on the leader blocked, so nothing is lost; " +
				"then the former leader's indices of the patterns are deleted and copied again. The plan says for each index what is lost. Any other change replaces the integration."},
		"follower_service_name": schema.StringAttribute{Required: true, Validators: attribute.ServiceName(),
			MarkdownDescription: "Name of the follower service. A leader, a fork, a read replica and a service with tiered storage cannot be a follower. " +
				"It is refused where the leader's indices that `index_patterns` matches, with their replicas and with what the service already has, take more than 85 % of its disk space; from 75 % on there is a warning. " +
				"Swapping it with the leader reverses the direction; any other change replaces the integration."},
		"project": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.ProjectName(),
			MarkdownDescription: "Aiven project of both services, unless they say otherwise. Default: the provider's project."},
		"leader_project": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.ProjectName(),
			MarkdownDescription: "Aiven project of the leader service. Default: `project`. A change replaces the integration."},
		"follower_project": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.ProjectName(),
			MarkdownDescription: "Aiven project of the follower service. Default: `project`. A change replaces the integration."},
		"leader_plan": schema.StringAttribute{Optional: true, Validators: attribute.PlanName(),
			MarkdownDescription: "Plan of the leader service. If it is set, the rules of plans are checked before the services exist, and the service must have this plan when the integration is created. Default: the plan of the service is read once it exists."},
		"follower_plan": schema.StringAttribute{Optional: true, Validators: attribute.PlanName(),
			MarkdownDescription: "Plan of the follower service. If it is set, the rules of plans are checked before the services exist, and the service must have this plan when the integration is created. Default: the plan of the service is read once it exists."},
		"allow_larger_plan": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the follower's plan may be larger than the leader's: at least as many nodes, and at least 80 % of the memory. Default `false`."},
		"replaced_indices": schema.SetAttribute{Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The indices that the last reversal (leader and follower swapped) has deleted on the new follower and copied again, each as `NAME/UUID`. The plan of the reversal shows them, and its apply deletes no others. Null before the first one."},
		"on_destroy": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(destroyFollowerService),
			Validators: []validator.String{stringvalidator.OneOf(destroyFollowerService, destroyPromote)},
			MarkdownDescription: "What destroy does with the follower: `" + destroyFollowerService + "` stops the replication and deletes the follower service, which is what Aiven expects of a follower; " +
				"`" + destroyPromote + "` lets every index catch up, ends the replication and keeps the service, writable. Default `" + destroyFollowerService + "`."},
	}
}

// IdentitySchema describes what names one of them.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"leader_project":        identityschema.StringAttribute{RequiredForImport: true, Description: "Aiven project of the leader service."},
		"leader_service_name":   identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the leader service."},
		"follower_project":      identityschema.StringAttribute{RequiredForImport: true, Description: "Aiven project of the follower service."},
		"follower_service_name": identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the follower service."},
	}}
}
