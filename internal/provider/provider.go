// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the Terraform provider: its configuration, and the lists of its resources and data
// sources, each of which is a package below. A resource converts, calls package pair or package replication,
// and sets the state; what is decided is in package ccr.
package provider

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/autofollowrule"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/connection"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/credentials"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/follower"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/functions"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/integration"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/plans"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/replication"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/status"
)

var (
	_ provider.ProviderWithListResources      = (*opensearchProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*opensearchProvider)(nil)
	_ provider.ProviderWithFunctions          = (*opensearchProvider)(nil)
)

type opensearchProvider struct{ version string }

// New returns what makes the provider. version goes into the user agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &opensearchProvider{version: version} }
}

func (p *opensearchProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "opensearch"
	resp.Version = p.version
}

func (p *opensearchProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sets up and runs OpenSearch cross-cluster replication: follower services on Aiven, and index-level replication on any OpenSearch cluster. " +
			"No request is made before a resource needs one, and an empty provider block is valid.",
		Attributes: map[string]schema.Attribute{
			"aiven": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Access to the Aiven API. Needed by the service-level resources only.",
				Attributes: map[string]schema.Attribute{
					"token": schema.StringAttribute{Optional: true, Sensitive: true, Validators: attribute.Grammar("an Aiven API token", aiven.CheckToken),
						MarkdownDescription: "Aiven API token. Default: environment variable `AIVEN_TOKEN`."},
					"project": schema.StringAttribute{Optional: true, Validators: attribute.ProjectName(),
						MarkdownDescription: "Aiven project that resources use when they name none. Default: environment variable `AIVEN_PROJECT`."},
					"api_url": schema.StringAttribute{Optional: true, Validators: attribute.Grammar("the address of the Aiven API", aiven.CheckURL),
						MarkdownDescription: "Address of the Aiven API without the version, for a proxy or a test. Default: environment variable `AIVEN_WEB_URL`, else Aiven's public API."},
					"route": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf(aiven.Routes()...)},
						MarkdownDescription: "Which address of a service is used to reach it: `dynamic`, which is private for a service in a VPC, `public`, `private` or `privatelink`. " +
							"The follower must be reachable from where Terraform runs, the leader need not be. Default `dynamic`."},
				},
			},
			"clusters": access.ClustersAttribute(),
		},
	}
}

func (p *opensearchProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	// The block as a whole may be unknown, which a struct pointer cannot hold.
	var block types.Object
	var configured types.Map
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("aiven"), &block)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("clusters"), &configured)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model := access.Aiven{}
	switch {
	case block.IsUnknown():
		model = access.Aiven{Token: types.StringUnknown(), Project: types.StringUnknown(), APIURL: types.StringUnknown(), Route: types.StringUnknown()}
	case !block.IsNull():
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("aiven"), &model)...)
	}
	clients := access.New(access.Aiven{
		Token:   orEnv(model.Token, access.EnvToken),
		Project: orEnv(model.Project, access.EnvProject),
		APIURL:  orEnv(model.APIURL, access.EnvURL),
		Route:   model.Route,
	}, configured, "terraform-provider-opensearch/"+p.version)
	resp.ResourceData = clients
	resp.DataSourceData = clients
	resp.ListResourceData = clients
	resp.EphemeralResourceData = clients
}

// orEnv returns the configured value, which may be unknown, or the environment's.
func orEnv(configured types.String, variable string) types.String {
	if value := os.Getenv(variable); configured.IsNull() && value != "" {
		return types.StringValue(value)
	}
	return configured
}

func (p *opensearchProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		follower.New,
		integration.New,
		connection.New,
		replication.New,
		autofollowrule.New,
	}
}

// ListResources are what terraform query can list.
func (p *opensearchProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		follower.NewList,
		integration.NewList,
		connection.NewList,
		replication.NewList,
		autofollowrule.NewList,
	}
}

func (p *opensearchProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		status.New,
		plans.New,
	}
}

// EphemeralResources are for Terraform 1.10 and newer.
func (p *opensearchProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{credentials.New}
}

// Functions are for Terraform 1.8 and newer.
func (p *opensearchProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		functions.NewLeaderAlias,
		functions.NewPlanSupportsCCR,
	}
}
