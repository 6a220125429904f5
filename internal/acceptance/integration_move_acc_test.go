// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	frameworkresource "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
)

// movedFrom stands in for Aiven's own provider, which cannot be installed here.
// It has the one resource that a state is moved from, with the attributes that
// its schema has (v4), and makes the integration as that provider does.
type movedFrom struct{ client *aiven.Client }

func (*movedFrom) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "aiven"
}

func (*movedFrom) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *movedFrom) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *movedFrom) Resources(context.Context) []func() frameworkresource.Resource {
	return []func() frameworkresource.Resource{func() frameworkresource.Resource { return &movedResource{p.client} }}
}

func (*movedFrom) DataSources(context.Context) []func() datasource.DataSource { return nil }

type movedResource struct{ client *aiven.Client }

type movedModel struct {
	ID                 types.String `tfsdk:"id"`
	Project            types.String `tfsdk:"project"`
	Type               types.String `tfsdk:"integration_type"`
	IntegrationID      types.String `tfsdk:"integration_id"`
	SourceService      types.String `tfsdk:"source_service_name"`
	SourceProject      types.String `tfsdk:"source_service_project"`
	DestinationService types.String `tfsdk:"destination_service_name"`
	DestinationProject types.String `tfsdk:"destination_service_project"`
}

func (*movedResource) Metadata(_ context.Context, _ frameworkresource.MetadataRequest, resp *frameworkresource.MetadataResponse) {
	resp.TypeName = "aiven_service_integration"
}

func (*movedResource) Schema(_ context.Context, _ frameworkresource.SchemaRequest, resp *frameworkresource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":                          schema.StringAttribute{Computed: true},
		"project":                     schema.StringAttribute{Required: true},
		"integration_type":            schema.StringAttribute{Required: true},
		"integration_id":              schema.StringAttribute{Computed: true},
		"source_service_name":         schema.StringAttribute{Optional: true},
		"source_service_project":      schema.StringAttribute{Optional: true, Computed: true},
		"destination_service_name":    schema.StringAttribute{Optional: true},
		"destination_service_project": schema.StringAttribute{Optional: true, Computed: true},
	}}
}

func (r *movedResource) Create(ctx context.Context, req frameworkresource.CreateRequest, resp *frameworkresource.CreateResponse) {
	var m movedModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	made, err := r.client.CreateIntegration(ctx, aiven.ServiceRef{Project: m.Project.ValueString(), Name: m.SourceService.ValueString()},
		aiven.ServiceRef{Project: m.Project.ValueString(), Name: m.DestinationService.ValueString()})
	if err != nil {
		resp.Diagnostics.AddError("create", err.Error())
		return
	}
	m.IntegrationID, m.ID = types.StringValue(made.ID), types.StringValue(m.Project.ValueString()+"/"+made.ID)
	m.SourceProject, m.DestinationProject = m.Project, m.Project
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (*movedResource) Read(context.Context, frameworkresource.ReadRequest, *frameworkresource.ReadResponse) {
}

func (*movedResource) Update(context.Context, frameworkresource.UpdateRequest, *frameworkresource.UpdateResponse) {
}

func (*movedResource) Delete(_ context.Context, _ frameworkresource.DeleteRequest, resp *frameworkresource.DeleteResponse) {
	resp.Diagnostics.AddError("delete", "a move must not destroy the integration")
}

// Not parallel: the address of Aiven's provider comes from the environment.
func TestIntegration_MovedFromAivensProvider(t *testing.T) {
	s := newScene(t)
	write(t, s.leader, "movies", 1, 3)
	follower := s.service("search-eu", "business-4")
	t.Setenv("TF_ACC_PROVIDER_NAMESPACE", "aiven")
	factories := testProviders()
	factories["aiven"] = func() (tfprotov6.ProviderServer, error) {
		return providerserver.NewProtocol6WithError(&movedFrom{s.client()})()
	}
	required := `
terraform {
  required_providers {
    aiven      = { source = "aiven/aiven" }
    opensearch = { source = "aiven/opensearch" }
  }
}`
	var made string
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: required + s.providerBlock() + `
resource "aiven_service_integration" "old" {
  project                  = "` + s.project + `"
  integration_type         = "opensearch_cross_cluster_replication"
  source_service_name      = "` + leaderName + `"
  destination_service_name = "search-eu"
}`,
		}, {
			PreConfig: func() { made = s.integrationID("search-eu") },
			Config: required + s.integration(`on_destroy = "promote"`) + `
moved {
  from = aiven_service_integration.old
  to   = opensearch_ccr_integration.test
}`,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(integrationAddress, plancheck.ResourceActionUpdate)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttrWith(integrationAddress, "integration_id", func(id string) error {
					if id != made {
						t.Errorf("the integration is %s after the move, it was %s", id, made)
					}
					return nil
				}),
				resource.TestCheckResourceAttr(integrationAddress, "status", "replicating"),
				s.mustCount(follower, "movies", 3),
			),
		}},
	})
}
