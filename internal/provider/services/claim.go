// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
)

// ClaimService refuses a follower service that another resource of this plan
// manages too. It reports whether the service is this one's.
func ClaimService(ctx context.Context, c *access.Clients, ref aiven.ServiceRef, creates bool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) bool {
	if !c.Claim(ctx, "service "+ref.String(), creates, req, resp) {
		return true
	}
	resp.Diagnostics.AddAttributeError(path.Root("service_name"), fmt.Sprintf("Service %s is in this configuration twice", ref),
		fmt.Sprintf("Another opensearch_ccr_follower of this configuration has the service name %s in project %s too, and a service is managed by one resource. "+
			"Give each its own service_name, with count or for_each for example \"%s-${each.key}\", or remove one of them.", ref.Name, ref.Project, ref.Name)+forget(creates))
	return false
}

// forget is how Terraform forgets a resource that the state has.
func forget(creates bool) string {
	if creates {
		return ""
	}
	return " Removing one that is in the state ends the replication that the other one manages too: let Terraform forget it instead, with a removed block that has destroy = false, or with terraform state rm."
}

// EndService refuses to delete a follower service that another resource of this
// plan has, and EndPair to end a replication. It reports whether the end is refused.
func EndService(c *access.Clients, ref aiven.ServiceRef, diags *diag.Diagnostics) (refused bool) {
	return end(c, "service "+ref.String(), "Service "+ref.String(), diags)
}

// EndPair is described at [EndService].
func EndPair(c *access.Clients, p pair.Pair, diags *diag.Diagnostics) (refused bool) {
	return end(c, "pair "+p.ID(), fmt.Sprintf("Replication from %s to %s", p.Leader, p.Follower), diags)
}

func end(c *access.Clients, object, name string, diags *diag.Diagnostics) (refused bool) {
	if !c.End(object) {
		return false
	}
	diags.AddError(name+" is managed by two resources", fmt.Sprintf("%s would end with this resource, and another resource of this configuration manages it too. "+
		"To destroy nothing and let Terraform forget this resource, use a removed block that has destroy = false, or terraform state rm. If the other one is its new address, use a moved block.", name))
	return true
}

// ClaimPair refuses a leader and a follower that another resource of this plan
// links too. at is the attribute that names the follower. A follower may have
// other leaders besides.
func ClaimPair(ctx context.Context, c *access.Clients, at string, p pair.Pair, creates bool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !c.Claim(ctx, "pair "+p.ID(), creates, req, resp) {
		return
	}
	resp.Diagnostics.AddAttributeError(path.Root(at), fmt.Sprintf("Replication from %s to %s is in this configuration twice", p.Leader, p.Follower),
		fmt.Sprintf("Another resource of this configuration, an opensearch_ccr_follower or an opensearch_ccr_integration, also lets service %s follow %s. "+
			"Remove one of the two: an opensearch_ccr_follower has its integration already, and index_patterns of one resource can have all patterns.", p.Follower, p.Leader)+forget(creates))
}
