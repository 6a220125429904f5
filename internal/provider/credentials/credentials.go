// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package credentials is the ephemeral resource opensearch_ccr_credentials: how to reach a service at Aiven, for
// the configuration of another provider, and in no state or plan. Terraform has such resources since 1.10.
package credentials

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*Resource)(nil)

// Resource is opensearch_ccr_credentials.
type Resource struct{ clients *access.Clients }

// New makes the ephemeral resource.
func New() ephemeral.EphemeralResource { return &Resource{} }

type model struct {
	ServiceName types.String `tfsdk:"service_name"`
	Project     types.String `tfsdk:"project"`
	URL         types.String `tfsdk:"url"`
	Host        types.String `tfsdk:"host"`
	Port        types.Int64  `tfsdk:"port"`
	Username    types.String `tfsdk:"username"`
	Password    types.String `tfsdk:"password"`
}

// Metadata names the ephemeral resource.
func (r *Resource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_credentials"
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Schema describes the attributes.
func (r *Resource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Address, user name and password of an OpenSearch service on Aiven, such as a follower, for the configuration of another provider. " +
			"It is read in every run and is stored in no state and no plan. Needs Terraform 1.10 or newer.",
		Attributes: map[string]schema.Attribute{
			"service_name": schema.StringAttribute{Required: true, Validators: attribute.ServiceName(), MarkdownDescription: "Name of the service."},
			"project": schema.StringAttribute{Optional: true, Computed: true, Validators: attribute.ProjectName(),
				MarkdownDescription: "Aiven project of the service. Default: the provider's project."},
			"url":      schema.StringAttribute{Computed: true, MarkdownDescription: "Address of the service, without credentials."},
			"host":     schema.StringAttribute{Computed: true, MarkdownDescription: "Host of the service."},
			"port":     schema.Int64Attribute{Computed: true, MarkdownDescription: "Port of the service."},
			"username": schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the user."},
			"password": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Password of the user."},
		},
	}
}

// Open reads the service.
func (r *Resource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	operator := access.OperatorOf(r.clients, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if m.Project.IsNull() {
		m.Project = r.clients.Project()
	}
	if !attribute.Known(m.Project) {
		report.AddNoProject(&resp.Diagnostics)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	service, err := operator.Aiven.Service(ctx, m.Project.ValueString(), m.ServiceName.ValueString())
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("service_name"), "Cannot read service "+m.ServiceName.ValueString(), report.Capital(report.Sentence(err))+".")
		return
	}
	m.fill(service, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}

// fill takes over what the service has; what it does not have is an error.
func (m *model) fill(service aiven.Service, diags *diag.Diagnostics) {
	name := service.Project + "/" + service.Name
	at := service.Connection
	switch {
	case service.SecretsHidden != "":
		report.AddNoSecrets(diags, path.Root("service_name"), service.ServiceRef, pair.NoSecrets(service))
	case at.URL == "":
		diags.AddAttributeError(path.Root("service_name"), "Service "+name+" has no address",
			fmt.Sprintf("Service %s (state %s) has no address. Power it on, or wait until it is RUNNING, and run Terraform again.", name, service.State))
	}
	m.URL, m.Host, m.Port = types.StringValue(at.URL), types.StringValue(service.Host), types.Int64Value(int64(service.Port))
	m.Username, m.Password = types.StringValue(at.Username), types.StringValue(at.Password)
}
