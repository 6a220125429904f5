// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// rolesModel is the use_roles of a replication or a rule.
type rolesModel struct {
	Leader   types.String `tfsdk:"leader_cluster_role"`
	Follower types.String `tfsdk:"follower_cluster_role"`
}

var rolesType = map[string]attr.Type{"leader_cluster_role": types.StringType, "follower_cluster_role": types.StringType}

// rolesIn takes the roles out of use_roles; none where it is null.
func rolesIn(ctx context.Context, object types.Object, diags *diag.Diagnostics) ccr.Roles {
	if object.IsNull() || object.IsUnknown() {
		return ccr.Roles{}
	}
	var m rolesModel
	diags.Append(object.As(ctx, &m, basetypes.ObjectAsOptions{})...)
	return ccr.Roles{Leader: m.Leader.ValueString(), Follower: m.Follower.ValueString()}
}

// rolesObject is the contrary of rolesIn.
func rolesObject(r ccr.Roles) types.Object {
	if r == (ccr.Roles{}) {
		return types.ObjectNull(rolesType)
	}
	return types.ObjectValueMust(rolesType, map[string]attr.Value{
		"leader_cluster_role": types.StringValue(r.Leader), "follower_cluster_role": types.StringValue(r.Follower),
	})
}

// importWithRoles is importParts, with the roles as two parts more where the
// cluster does not tell them.
func importWithRoles(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, names ...string) {
	parts := strings.Split(req.ID, "/")
	if len(parts) == len(names)+2 && parts[len(names)] != "" && parts[len(names)+1] != "" {
		roles := rolesObject(ccr.Roles{Leader: parts[len(names)], Follower: parts[len(names)+1]})
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("use_roles"), roles)...)
		req.ID = strings.Join(parts[:len(names)], "/")
	}
	importParts(ctx, req, resp, names...)
}
