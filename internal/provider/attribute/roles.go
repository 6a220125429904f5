// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
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

// Roles takes the roles out of use_roles; none where it is null.
func Roles(ctx context.Context, object types.Object, diags *diag.Diagnostics) ccr.Roles {
	if object.IsNull() || object.IsUnknown() {
		return ccr.Roles{}
	}
	var m rolesModel
	diags.Append(object.As(ctx, &m, basetypes.ObjectAsOptions{})...)
	return ccr.Roles{Leader: m.Leader.ValueString(), Follower: m.Follower.ValueString()}
}

// RolesObject is the contrary of Roles.
func RolesObject(r ccr.Roles) types.Object {
	if r == (ccr.Roles{}) {
		return types.ObjectNull(rolesType)
	}
	return types.ObjectValueMust(rolesType, map[string]attr.Value{
		"leader_cluster_role": types.StringValue(r.Leader), "follower_cluster_role": types.StringValue(r.Follower),
	})
}

// UseRoles is the use_roles attribute; change says what a change does.
func UseRoles(change string, modifiers ...planmodifier.Object) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{Optional: true, PlanModifiers: modifiers,
		MarkdownDescription: "Roles of the security plugin that the replication runs under. Needed where that plugin is on. " + change,
		Attributes: map[string]schema.Attribute{
			"leader_cluster_role": schema.StringAttribute{Required: true, Validators: NotEmpty(),
				MarkdownDescription: "Role on the leader that may read the index."},
			"follower_cluster_role": schema.StringAttribute{Required: true, Validators: NotEmpty(),
				MarkdownDescription: "Role on the follower that may write the index."},
		},
	}
}
