// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// wide has the attributes and the identity of opensearch_ccr_replication, without any of its behaviour.
type wide struct{ thing }

func (wide) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "empty_wide"
}

func (wide) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	kept := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	optional, computed := schema.StringAttribute{Optional: true}, schema.StringAttribute{Computed: true, PlanModifiers: kept}
	both := schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: kept}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"cluster":        schema.StringAttribute{Required: true},
		"follower_index": schema.StringAttribute{Required: true},
		"leader_alias":   schema.StringAttribute{Required: true},
		"leader_index":   schema.StringAttribute{Required: true},
		"use_roles":      schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{"leader_cluster_role": optional, "follower_cluster_role": optional}},
		"settings":       schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"desired_state":  both, "on_destroy": both, "rebuild": both, "status": computed, "status_reason": computed, "id": computed,
		"timeouts": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{"create": optional, "update": optional, "delete": optional}},
	}}
}

func (wide) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster": identityschema.StringAttribute{RequiredForImport: true}, "follower_index": identityschema.StringAttribute{RequiredForImport: true}}}
}

// Create makes the state of what is planned, with a value for what is computed.
func (wide) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	for _, name := range []string{"desired_state", "rebuild", "status", "status_reason", "id"} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), "nothing")...)
	}
	for _, name := range []string{"cluster", "follower_index"} {
		var value types.String
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(name), &value)...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// Read keeps the identity, as Terraform wants of a resource that has one.
func (wide) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	for _, name := range []string{"cluster", "follower_index"} {
		var value types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &value)...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}
}
