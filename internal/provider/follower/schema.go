// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// Schema describes the attributes.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"timeouts": attribute.Timeouts("Longest time for the service to be created and every index to be in sync. When it is over while indices are copied, create ends with a warning and the copy continues. Default `45m`.",
			"Longest time for an update. Default `60m`.",
			"Longest time for destroy. Default `20m`."),
	}
	maps.Copy(attributes, placeAttributes())
	maps.Copy(attributes, serviceAttributes())
	maps.Copy(attributes, services.ReplicationAttributes())
	maps.Copy(attributes, computedAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "A follower service on Aiven: an OpenSearch service that is created alongside a *leader* service and replicates its indices, existing and future ones.\n\n" +
			"Create creates the service, starts the replication of every matching index and waits until each is in sync. Until the service runs and is connected to its leader a failed create is an error and taints the resource; from then on what is not finished is a warning, and the next apply continues. " +
			"Destroy stops the replication and deletes the follower service with its data. " +
			"A problem that is found on refresh (an index that is paused or has failed, a missing rule) is planned as an update that names every step, and apply repairs it. Nothing that may be the only copy of data is deleted without permission.",
		Attributes: attributes,
	}
}

// placeAttributes say which service follows which; a change replaces.
func placeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"leader_service_name": schema.StringAttribute{Required: true, Validators: attribute.ServiceName(),
			MarkdownDescription: "Name of the leader service, which must exist and run. A follower, a fork, a read replica and a service with tiered storage cannot be a leader. A change replaces the follower service."},
		"service_name": schema.StringAttribute{Required: true, Validators: attribute.ServiceName(),
			MarkdownDescription: "Name of the follower service. A change replaces the follower service."},
		"project": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.ProjectName(),
			MarkdownDescription: "Aiven project of the follower service. Default: the provider's project. A change replaces the follower service."},
		"leader_project": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.ProjectName(),
			MarkdownDescription: "Aiven project of the leader service. Default: `project`. A change replaces the follower service."},
	}
}

// serviceAttributes are those of the service itself; all change in place.
func serviceAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"cloud_name": schema.StringAttribute{Required: true, Validators: attribute.CloudName(),
			MarkdownDescription: "Cloud and region of the follower service, such as `aws-eu-west-1`. A change migrates the service."},
		"plan": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.PlanName(),
			MarkdownDescription: "Plan of the follower service. It must be the leader's plan, or with `allow_larger_plan` a larger one; free, hobbyist, startup and developer plans are refused. Default: the leader's when the follower is created; after that it stays what it is."},
		"opensearch_version": schema.StringAttribute{Optional: true, Computed: true,
			Validators:          []validator.String{stringvalidator.RegexMatches(versionForm(), "must be major.minor, such as \"2.19\"")},
			MarkdownDescription: "OpenSearch version, major.minor, the same as the leader's. Default: the leader's when the follower is created. A later change is an upgrade that cannot be undone."},
		"allow_larger_plan": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the follower's plan may be larger than the leader's: at least as many nodes, and at least 80 % of the memory. Default `false`."},
		"termination_protection": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the follower service is protected against deletion and power-off. While it is, destroy is refused at plan. Default `false`."},
		"project_vpc_id": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.Grammar("the ID of a VPC", ccr.CheckVPCID),
			MarkdownDescription: "ID of the project VPC that the service is in, which must be in the same cloud; `\"\"` for none. Default: none, or what the service has."},
		"maintenance_window": schema.SingleNestedAttribute{Optional: true, Computed: true,
			MarkdownDescription: "When maintenance may be carried out. Default: Aiven's choice.",
			Attributes: map[string]schema.Attribute{
				"day": schema.StringAttribute{Required: true,
					Validators:          []validator.String{stringvalidator.OneOf("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "never")},
					MarkdownDescription: "Day of the week, or `never`."},
				"time": schema.StringAttribute{Required: true,
					Validators:          []validator.String{stringvalidator.RegexMatches(timeForm(), "must be HH:MM:SS in UTC")},
					MarkdownDescription: "Time of the day in UTC, `HH:MM:SS`."},
			}},
		"disk_space_mb": schema.NumberAttribute{Optional: true, Computed: true, Validators: attribute.Whole(),
			MarkdownDescription: "Disk space of the whole service in MiB, between the least and the most that the plan can have in the cloud. Default: the leader's when the follower is created, where the plan has less and can have as much, and otherwise the plan's own; after that it stays what it is, unless another plan has more or cannot have as much. " +
				"It is refused where the leader's indices that `index_patterns` matches, with their replicas, take more than 85 % of it; from 75 % on there is a warning."},
		"tags": schema.MapAttribute{Optional: true, Computed: true, ElementType: types.StringType, Validators: []validator.Map{attribute.NoNulls()},
			MarkdownDescription: "Tags of the service. Default: those that it has."},
		"user_config": schema.StringAttribute{Optional: true, Sensitive: true, CustomType: userConfigType{},
			MarkdownDescription: "Further settings of the service as JSON, in the form of the Aiven API's `user_config`. Only the keys that are given are managed. Set the version with `opensearch_version`."},
	}
}

func computedAttributes() map[string]schema.Attribute {
	attributes := services.StatusAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id":            schema.StringAttribute{Computed: true, MarkdownDescription: "`PROJECT/SERVICE_NAME`."},
		"service_state": schema.StringAttribute{Computed: true, MarkdownDescription: "State of the follower service: `RUNNING`, `REBUILDING`, `REBALANCING` or `POWEROFF`."},
		"service_uri":   schema.StringAttribute{Computed: true, MarkdownDescription: "Address of the follower service, without credentials."},
		"host":          schema.StringAttribute{Computed: true, MarkdownDescription: "Host name of the follower service."},
		"port":          schema.Int64Attribute{Computed: true, MarkdownDescription: "Port of the follower service."},
		"node_count":    schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of nodes of the follower service."},
	})
	return attributes
}

// IdentitySchema describes what names one of them.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"project":      identityschema.StringAttribute{RequiredForImport: true, Description: "Aiven project of the follower service."},
		"service_name": identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the follower service."},
	}}
}
