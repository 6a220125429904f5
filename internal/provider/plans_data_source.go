// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

// opensearch_ccr_plans answers which plans a follower of a leader may have.

var _ datasource.DataSourceWithConfigure = (*plansDataSource)(nil)

type plansDataSource struct{ clients *clients }

func newPlansDataSource() datasource.DataSource { return &plansDataSource{} }

type plansModel struct {
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

func (d *plansDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_plans"
}

func (d *plansDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.clients = clientsOf(req.ProviderData, &resp.Diagnostics)
}

func (d *plansDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The plans that a follower of a leader service at Aiven may have in a cloud, smallest first: the leader's own, and with `allow_larger_plan` those that are larger.",
		Attributes: map[string]schema.Attribute{
			"leader_service_name": schema.StringAttribute{Required: true, Validators: serviceName(), MarkdownDescription: "Name of the leader service."},
			"leader_project": schema.StringAttribute{Optional: true, Validators: projectName(),
				MarkdownDescription: "Aiven project of the leader service. Default: `project`."},
			"project": schema.StringAttribute{Optional: true, Validators: projectName(),
				MarkdownDescription: "Aiven project that the follower is to be in. Default: the provider's project."},
			"cloud_name": schema.StringAttribute{Required: true, Validators: cloudName(), MarkdownDescription: "Cloud and region that the follower is to be in, such as `aws-eu-west-1`."},
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

func (d *plansDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m plansModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	lookup, err := d.clients.lookup()
	switch {
	case errors.Is(err, errNotKnown):
		resp.Diagnostics.AddError("Plans are not known yet", "The provider's configuration is known only after apply. Let the data source depend on what makes it (depends_on).")
	case err != nil:
		resp.Diagnostics.AddError("Aiven API is not configured", err.Error()+".")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	project, leader := m.place(d.clients.project(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	service, found, err := lookup.Service(ctx, leader)
	if err == nil {
		addChecks(&resp.Diagnostics, ccr.CheckLeader("leader_service_name", leader.String(), pair.Service(service), found))
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
	m.Plans = []planModel{}
	for _, p := range ccr.FollowerPlans(pair.Service(service), m.CloudName.ValueString(), offer.Plans) {
		at := p.Clouds[m.CloudName.ValueString()]
		m.Plans = append(m.Plans, planModel{Name: types.StringValue(p.Name), NodeCount: orNullNumber(p.NodeCount), MemoryMB: orNullNumber(at.MemoryMB),
			DiskMB: orNullNumber(at.DiskMB), HourlyUSD: orNull(at.HourlyUSD), Same: types.BoolValue(p.Name == service.Plan)})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// place finds the projects of the follower and of the leader.
func (m plansModel) place(provider types.String, diags *diag.Diagnostics) (project string, leader aiven.ServiceRef) {
	at := m.Project
	if at.IsNull() {
		at = provider
	}
	of := m.LeaderProject
	if of.IsNull() {
		of = at
	}
	if at.ValueString() == "" || of.ValueString() == "" {
		diags.AddAttributeError(path.Root("project"), "No project", "Set project here, aiven = { project = … } in the provider block, or the environment variable "+envProject+".")
	}
	return at.ValueString(), aiven.ServiceRef{Project: of.ValueString(), Name: m.LeaderServiceName.ValueString()}
}

func addReadError(diags *diag.Diagnostics, err error) {
	if err != nil {
		diags.AddError("Plans cannot be read", fmt.Sprintf("%v.", err))
	}
}

func orNullNumber(n int) types.Int64 {
	if n == 0 {
		return types.Int64Null()
	}
	return types.Int64Value(int64(n))
}
