// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

func (r *followerResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, CreateDescription: "Time for the service to be built and every index to sync. Default `45m`.",
			Update: true, UpdateDescription: "Default `60m`.",
			Delete: true, DeleteDescription: "Default `20m`.",
		}),
	}
	maps.Copy(attributes, followerPlaceAttributes())
	maps.Copy(attributes, followerServiceAttributes())
	maps.Copy(attributes, replicationAttributes())
	maps.Copy(attributes, followerComputedAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "A follower service at Aiven: an OpenSearch service that is made beside a *leader* service and replicates its indices, those that exist and those to come.\n\n" +
			"Create makes the service, starts the replication of every matching index and is done when each of them has what the leader has. " +
			"Destroy ends the replication and deletes the follower service with its data. " +
			"A problem that is found on refresh (an index that is paused or has failed, a rule or a connection that is missing) is planned as an update and repaired by the next apply.",
		Attributes: attributes,
	}
}

// followerPlaceAttributes say which service follows which; a change replaces.
func followerPlaceAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"leader_service_name": schema.StringAttribute{Required: true, Validators: serviceName(),
			MarkdownDescription: "Name of the leader service, which must exist and run. A change replaces the follower service."},
		"service_name": schema.StringAttribute{Required: true, Validators: serviceName(),
			MarkdownDescription: "Name of the follower service. A change replaces the follower service."},
		"project": schema.StringAttribute{Optional: true, Computed: true, Validators: projectName(),
			MarkdownDescription: "Aiven project of the follower service. Default: the provider's project. A change replaces the follower service."},
		"leader_project": schema.StringAttribute{Optional: true, Computed: true, Validators: projectName(),
			MarkdownDescription: "Aiven project of the leader service. Default: `project`. A change replaces the follower service."},
	}
}

// followerServiceAttributes are those of the service itself; all change in place.
func followerServiceAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"cloud_name": schema.StringAttribute{Required: true, Validators: cloudName(),
			MarkdownDescription: "Cloud and region of the follower service, such as `aws-eu-west-1`. A change migrates the service."},
		"plan": schema.StringAttribute{Optional: true, Computed: true, Validators: planTier(),
			MarkdownDescription: "Plan of the follower service. It must be the leader's plan, or with `allow_larger_plan` a larger one; free, hobbyist, startup and developer plans are refused. Default: the leader's plan, also when the leader's changes later."},
		"opensearch_version": schema.StringAttribute{Optional: true, Computed: true,
			Validators:          []validator.String{stringvalidator.RegexMatches(versionForm, "must be major.minor, such as \"2.19\"")},
			MarkdownDescription: "OpenSearch version, major.minor, the same as the leader's. Default: the leader's when the follower is made. A later change is an upgrade that cannot be undone."},
		"allow_larger_plan": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the follower's plan may be larger than the leader's: at least as many nodes, and at least 80 % of the memory. Default `false`."},
		"termination_protection": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the follower service is protected against deletion and power-off. While it is, destroy is refused at plan. Default `false`."},
		"project_vpc_id": schema.StringAttribute{Optional: true, Computed: true,
			MarkdownDescription: "ID of the project VPC that the service is in. Default: none, or what the service has."},
		"maintenance_window": schema.SingleNestedAttribute{Optional: true, Computed: true,
			MarkdownDescription: "When maintenance may be carried out. Default: Aiven's choice.",
			Attributes: map[string]schema.Attribute{
				"day": schema.StringAttribute{Required: true,
					Validators:          []validator.String{stringvalidator.OneOf("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "never")},
					MarkdownDescription: "Day of the week, or `never`."},
				"time": schema.StringAttribute{Required: true,
					Validators:          []validator.String{stringvalidator.RegexMatches(timeForm, "must be HH:MM:SS in UTC")},
					MarkdownDescription: "Time of the day in UTC, `HH:MM:SS`."},
			}},
		"disk_space_mb": schema.Int64Attribute{Optional: true, Computed: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "Disk space of the service in MiB. Default: what the plan has."},
		"tags": schema.MapAttribute{Optional: true, Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Tags of the service. Default: those that it has."},
		"user_config": schema.StringAttribute{Optional: true, CustomType: jsontypes.NormalizedType{},
			MarkdownDescription: "Further settings of the service as JSON, in the form of the Aiven API's `user_config`. Only the keys that are given are managed. The version has an attribute of its own."},
	}
}

// replicationAttributes say what is replicated; both service-level resources have them.
func replicationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"index_patterns": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
			Default:             setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{types.StringValue("*")})),
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(indexPattern()...)},
			MarkdownDescription: "Which of the leader's indices are replicated, those to come too: patterns with `*` as the only wildcard. Indices whose name begins with a dot are never replicated. Default `[\"*\"]`. When no pattern covers a replicated index any more, its replication ends and the follower's copy is deleted."},
		"desired_state": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(string(ccr.ModeReplicating)),
			Validators: []validator.String{stringvalidator.OneOf(ccr.Modes()...)},
			MarkdownDescription: "`replicating`; `paused`, which holds every replication and starts none (the leader keeps what is needed to resume for 12 hours by default); or `promoted`, which makes the follower a writable service of its own: " +
				"each index catches up with the leader if that is in reach, then replication ends and the services are unlinked. There is no way back from `promoted`. Default `replicating`."},
	}
}

func statusAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"integration_id": schema.StringAttribute{Computed: true, MarkdownDescription: "ID of the integration between leader and follower; null when promoted."},
		"leader_alias":   schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the leader on the follower."},
		"status": schema.StringAttribute{Computed: true,
			MarkdownDescription: "`bootstrapping`, `replicating`, `paused`, `degraded` (something is out of reach and expected back), `failed` (the next apply repairs it) or `promoted`."},
		"status_reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why the status is not what is desired; null when it is."},
	}
}

func followerComputedAttributes() map[string]schema.Attribute {
	attributes := statusAttributes()
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

func (r *followerResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"project":      identityschema.StringAttribute{RequiredForImport: true, Description: "Aiven project of the follower service."},
		"service_name": identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the follower service."},
	}}
}
