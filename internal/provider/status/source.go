// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package status is the data source opensearch_ccr_status: what a follower replicates at this moment.
package status

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// opensearch_ccr_status has what moves all the time and is therefore in no
// resource: checkpoints, lag, counts.

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is opensearch_ccr_status.
type DataSource struct{ clients *access.Clients }

// New makes the data source.
func New() datasource.DataSource { return &DataSource{} }

// Metadata names the data source.
func (d *DataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_status"
}

// Configure takes what the provider block gives.
func (d *DataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Read looks at the present, past what other reads of this run share.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	reader := d.reader(ctx, m, &resp.Diagnostics)
	if reader == nil {
		return
	}
	o, err := reader.Fresh().Observe(ctx, replication.Question{Sources: true})
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the replication status", fmt.Sprintf("%s: %s.", m.follower(), report.Sentence(err)))
		return
	}
	m.fill(ctx, o, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// reader is the client of the follower, whichever way it is named.
func (d *DataSource) reader(ctx context.Context, m model, diags *diag.Diagnostics) *replication.Reader {
	if !m.Cluster.IsNull() {
		reader := d.clients.Cluster(ctx, m.Cluster, diags)
		if reader == nil && !diags.HasError() {
			addNotKnown(diags)
		}
		return reader
	}
	operator, err := d.clients.Pairs()
	if errors.Is(err, access.ErrNotKnown) {
		addNotKnown(diags)
		return nil
	}
	if err != nil {
		diags.AddError("Aiven API not configured", err.Error()+".")
		return nil
	}
	project := m.Project
	if project.IsNull() {
		project = d.clients.Project()
	}
	if project.ValueString() == "" {
		diags.AddAttributeError(path.Root("project"), "Aiven project not set", "Set project here, aiven = { project = … } in the provider block, or the environment variable "+access.EnvProject+".")
		return nil
	}
	service, err := operator.Aiven.Service(ctx, project.ValueString(), m.ServiceName.ValueString())
	if err != nil {
		diags.AddError("Cannot read service "+m.ServiceName.ValueString(), err.Error()+".")
		return nil
	}
	at := service.Connection
	reader, err := replication.NewReader(replication.Config{URL: at.URL, Username: at.Username, Password: at.Password, Log: access.LogRequest})
	if err != nil {
		diags.AddError("Service "+m.ServiceName.ValueString()+" has no address", fmt.Sprintf("Service %s/%s (state %s): %v.", project.ValueString(), m.ServiceName.ValueString(), service.State, err))
		return nil
	}
	return reader
}

// addNotKnown: a data source has no unknown values, so it cannot be read before
// what its provider is configured with is known.
func addNotKnown(diags *diag.Diagnostics) {
	diags.AddError("Follower is not known yet", "The provider's configuration for it is known only after apply. "+
		"Use depends_on so that the data source is read after what creates the follower.")
}

func (m model) follower() string {
	if !m.Cluster.IsNull() {
		return "Cluster " + m.Cluster.ValueString()
	}
	return "Service " + m.ServiceName.ValueString()
}

// shown reports whether what is of a leader is asked for.
func (m model) shown(alias string) bool {
	return m.LeaderAlias.IsNull() || m.LeaderAlias.Equal(types.StringValue(alias))
}
