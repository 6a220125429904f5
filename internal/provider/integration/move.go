// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// replicationIntegration is the integration_type that can be moved here.
const replicationIntegration = "opensearch_cross_cluster_replication"

// MoveState takes on an integration from Aiven's own provider: a moved block
// from aiven_service_integration keeps it as it is. Nothing is destroyed; what
// Aiven's resource does not do, starting the replications, is planned as a repair.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveAivenIntegration}}
}

// aivenIntegration are the attributes of aiven_service_integration that matter.
type aivenIntegration struct {
	Project            string `json:"project"`
	Type               string `json:"integration_type"`
	IntegrationID      string `json:"integration_id"`
	SourceService      string `json:"source_service_name"`
	SourceProject      string `json:"source_service_project"`
	DestinationService string `json:"destination_service_name"`
	DestinationProject string `json:"destination_service_project"`
}

func moveAivenIntegration(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != "aiven_service_integration" || !ofAiven(req.SourceProviderAddress) {
		return // not ours to move: Terraform says so
	}
	var from aivenIntegration
	if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &from) != nil {
		resp.Diagnostics.AddError("Cannot move the integration", "The state of the aiven_service_integration cannot be read. Import the pair instead: "+
			"terraform import ADDRESS LEADER_PROJECT/LEADER_SERVICE_NAME/FOLLOWER_PROJECT/FOLLOWER_SERVICE_NAME.")
		return
	}
	if from.Type != replicationIntegration {
		resp.Diagnostics.AddError("Cannot move the integration",
			fmt.Sprintf("The aiven_service_integration is of type %q. Only one of type %s can be moved to opensearch_ccr_integration.", from.Type, replicationIntegration))
		return
	}
	leaderProject, followerProject := firstOf(from.SourceProject, from.Project), firstOf(from.DestinationProject, from.Project)
	for name, value := range map[string]string{
		"project": from.Project, "leader_project": leaderProject, "leader_service_name": from.SourceService,
		"follower_project": followerProject, "follower_service_name": from.DestinationService,
	} {
		resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root(name), types.StringValue(value))...)
	}
	resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, identityModel{
		LeaderProject: types.StringValue(leaderProject), LeaderServiceName: types.StringValue(from.SourceService),
		FollowerProject: types.StringValue(followerProject), FollowerServiceName: types.StringValue(from.DestinationService),
	})...)
}

// ofAiven reports whether a provider is Aiven's, in any registry. OpenTofu 1.10 to
// 1.12.3 give no address but the first word of the resource's type.
func ofAiven(provider string) bool {
	return provider == "aiven" || strings.HasSuffix(provider, "/aiven/aiven")
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
