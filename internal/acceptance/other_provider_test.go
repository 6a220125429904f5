// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
)

// otherProvider stands in for opensearch-project/opensearch, which has the same
// local name and the same prefix and cannot be had on every machine. It has what
// the example uses of the schema of its version 2.4.0 and keeps it in the state
// alone: the question is which of the two providers Terraform asks, not what the
// other one does.
type otherProvider struct{}

func (otherProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "opensearch"
}

func (otherProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"url":      providerschema.StringAttribute{Required: true},
		"username": providerschema.StringAttribute{Optional: true},
		"password": providerschema.StringAttribute{Optional: true, Sensitive: true},
	}}
}

func (otherProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (otherProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (otherProvider) Resources(context.Context) []func() resource.Resource {
	list := schema.SetAttribute{Optional: true, ElementType: types.StringType}
	id := schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	name := schema.StringAttribute{Required: true}
	return []func() resource.Resource{
		func() resource.Resource {
			return keptResource{"opensearch_role", schema.Schema{
				Attributes: map[string]schema.Attribute{"id": id, "role_name": name, "cluster_permissions": list},
				Blocks: map[string]schema.Block{"index_permissions": schema.SetNestedBlock{NestedObject: schema.NestedBlockObject{
					Attributes: map[string]schema.Attribute{"index_patterns": list, "allowed_actions": list},
				}}},
			}}
		},
		func() resource.Resource {
			return keptResource{"opensearch_roles_mapping", schema.Schema{Attributes: map[string]schema.Attribute{"id": id, "role_name": name, "users": list}}}
		},
	}
}

// keptResource is a resource that is in the state alone.
type keptResource struct {
	name   string
	schema schema.Schema
}

func (r keptResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.name
}

func (r keptResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (r keptResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), r.name)...)
}

func (keptResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (keptResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (keptResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// serveOtherProvider serves it for as long as the test runs, and returns the
// variable by which Terraform finds it.
func serveOtherProvider(t *testing.T) string {
	t.Helper()
	used, err := cli.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	address := "registry.terraform.io/opensearch-project/opensearch"
	if used.OpenTofu {
		address = "registry.opentofu.org/opensearch-project/opensearch"
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return providerserver.NewProtocol6(otherProvider{})() },
			tf6server.WithDebug(ctx, served, closed), tf6server.WithoutLogStderrOverride())
	}()
	t.Cleanup(func() {
		cancel()
		<-closed
	})
	select {
	case err := <-failed:
		t.Fatalf("serve the other provider: %v", err)
	case at := <-served:
		reattach, err := json.Marshal(map[string]any{address: map[string]any{
			"Protocol": string(at.Protocol), "ProtocolVersion": at.ProtocolVersion, "Pid": at.Pid, "Test": at.Test,
			"Addr": map[string]string{"Network": at.Addr.Network(), "String": at.Addr.String()},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return "TF_REATTACH_PROVIDERS=" + string(reattach)
	}
	return ""
}
