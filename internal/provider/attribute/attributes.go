// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package attribute holds what schemas have in common: attributes, validators, and conversions between
// Terraform's values and Go's.
package attribute

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
)

// Cluster names the cluster of an index-level resource.
func Cluster(what string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, Validators: NotEmpty(),
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		MarkdownDescription: "Name of the cluster, one of the provider's `clusters`, " + what + ". A change replaces the resource."}
}

// ID is the id attribute of an index-level resource; form says how it reads.
func ID(form string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		MarkdownDescription: "`" + form + "`."}
}
