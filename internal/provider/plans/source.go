// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package plans is the data source opensearch_ccr_plans: which plans a follower of a leader may have.
package plans

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// opensearch_ccr_plans answers which plans a follower of a leader may have.

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is opensearch_ccr_plans.
type DataSource struct{ clients *access.Clients }

// New makes the data source.
func New() datasource.DataSource { return &DataSource{} }

type model struct {
	LeaderServiceName types.String `tfsdk:"leader_service_name"`
	LeaderProject     types.String `tfsdk:"leader_project"`
	Project           types.String `tfsdk:"project"`
	CloudName         types.String `tfsdk:"cloud_name"`
	Plans             []planModel  `tfsdk:"plans"`
}

type planModel struct {
	Name      types.String `tfsdk:"name"`
	NodeCount types.Int64  `tfsdk:"node_count"`
	MemoryMB  types.Int64  `tfsdk:"memory_mb"`
	DiskMB    types.Int64  `tfsdk:"disk_space_mb"`
	HourlyUSD types.String `tfsdk:"hourly_price_usd"`
	Same      types.Bool   `tfsdk:"same_as_leader"`
}

// Metadata names the data source.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_plans"
}

// Configure takes what the provider block gives.
func (d *DataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Schema describes the attributes.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The plans that a follower of a leader service on Aiven may have in a cloud, smallest first: the leader's own, and with `allow_larger_plan` those that are larger.",
		Attributes: map[string]schema.Attribute{
			"leader_service_name": schema.StringAttribute{Required: true, Validators: attribute.ServiceName(), MarkdownDescription: "Name of the leader service."},
			"leader_project": schema.StringAttribute{Optional: true, Validators: attribute.ProjectName(),
				MarkdownDescription: "Aiven project of the leader service. Default: `project`."},
			"project": schema.StringAttribute{Optional: true, Validators: attribute.ProjectName(),
				MarkdownDescription: "Aiven project that the follower is to be in. Default: the provider's project."},
			"cloud_name": schema.StringAttribute{Required: true, Validators: attribute.CloudName(), MarkdownDescription: "Cloud and region that the follower is to be in, such as `aws-eu-west-1`."},
			"plans": schema.ListNestedAttribute{Computed: true, MarkdownDescription: "The plans, smallest first.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":             schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the plan."},
					"node_count":       schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of nodes; null where the API does not say."},
					"memory_mb":        schema.Int64Attribute{Computed: true, MarkdownDescription: "Memory of one node in MiB; null where the API does not say."},
					"disk_space_mb":    schema.Int64Attribute{Computed: true, MarkdownDescription: "Disk space of the service in MiB; null where the API does not say."},
					"hourly_price_usd": schema.StringAttribute{Computed: true, MarkdownDescription: "Price of the service per hour in USD; null where the API gives none."},
					"same_as_leader":   schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it is the leader's plan, the only one without `allow_larger_plan`."},
				}}},
		},
	}
}

func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	lookup, err := d.clients.Lookup()
	switch {
	case errors.Is(err, access.ErrNotKnown):
		resp.Diagnostics.AddError("Provider configuration not known yet", "The provider's configuration is known only after apply. Use depends_on so that the data source is read after what creates the service.")
	case err != nil:
		access.AddNotConfigured(&resp.Diagnostics, err)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	project, leader := m.place(d.clients.Project(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	service, found, err := lookup.Service(ctx, leader)
	if err == nil {
		report.AddChecks(&resp.Diagnostics, ccr.CheckLeader("leader_service_name", leader.String(), pair.Service(service), found, nil))
	}
	if err != nil || resp.Diagnostics.HasError() {
		addReadError(&resp.Diagnostics, err)
		return
	}
	offer, err := lookup.Offer(ctx, project)
	if err != nil {
		addReadError(&resp.Diagnostics, err)
		return
	}
	report.AddChecks(&resp.Diagnostics, ccr.CheckPlan(ccr.PlanChoice{CloudAttribute: "cloud_name", Cloud: m.CloudName.ValueString(), Offered: offer.Plans}))
	if resp.Diagnostics.HasError() {
		return
	}
	m.Plans = []planModel{}
	for _, p := range ccr.FollowerPlans(pair.Service(service), m.CloudName.ValueString(), offer.Plans) {
		at := p.Clouds[m.CloudName.ValueString()]
		m.Plans = append(m.Plans, planModel{Name: types.StringValue(p.Name), NodeCount: attribute.OrNullNumber(p.NodeCount), MemoryMB: attribute.OrNullNumber(at.MemoryMB),
			DiskMB: attribute.OrNullNumber(at.DiskMB), HourlyUSD: attribute.OrNull(at.HourlyUSD), Same: types.BoolValue(p.Name == service.Plan)})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// place finds the projects of the follower and of the leader.
func (m model) place(provider types.String, diags *diag.Diagnostics) (project string, leader aiven.ServiceRef) {
	at := m.Project
	if at.IsNull() {
		at = provider
	}
	of := m.LeaderProject
	if of.IsNull() {
		of = at
	}
	if at.ValueString() == "" || of.ValueString() == "" {
		report.AddNoProject(diags)
	}
	return at.ValueString(), aiven.ServiceRef{Project: of.ValueString(), Name: m.LeaderServiceName.ValueString()}
}

func addReadError(diags *diag.Diagnostics, err error) {
	if err != nil {
		diags.AddError("Cannot read the plans", report.Capital(report.Sentence(err))+".")
	}
}
