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

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
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

// Read looks at the present, past what other reads of this run share. A follower
// that cannot be reached is a value, so that a check can say so and the plan that
// may repair it is made.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	w := ccr.Watch{Alias: m.LeaderAlias.ValueString(), Patterns: services.Patterns(ctx, m.Patterns, &resp.Diagnostics)}
	var reader *replication.Reader
	var unreachable string
	if m.Cluster.IsNull() {
		reader, w.Links, unreachable = d.service(ctx, m, &resp.Diagnostics)
	} else if reader = d.clients.Cluster(ctx, m.Cluster, &resp.Diagnostics); reader == nil && !resp.Diagnostics.HasError() {
		addNotKnown(&resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if unreachable == "" {
		err := look(ctx, reader.Fresh(), &w)
		if replication.IsRefused(err) || errors.Is(err, context.Canceled) {
			resp.Diagnostics.AddError("Cannot read the replication status", fmt.Sprintf("%s: %s.", m.follower(), report.Sentence(err)))
			return
		}
		if err != nil {
			unreachable = report.Sentence(err)
		}
	}
	if unreachable == "" {
		m.fill(ctx, w, &resp.Diagnostics)
	} else {
		m.unreachable(unreachable)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// look observes the follower, and lists the indices of each leader that it is
// connected to.
func look(ctx context.Context, reader *replication.Reader, w *ccr.Watch) (err error) {
	if w.Observation, err = reader.Observe(ctx, replication.Question{Sources: true}); err != nil {
		return err
	}
	w.Leaders = map[string]ccr.Fact[[]ccr.LeaderIndex]{}
	for _, alias := range w.Aliases() {
		if w.Reaches(alias) {
			w.Leaders[alias] = reader.Listing(ctx, alias)
		}
	}
	return nil
}

// service finds a follower service: its client and its integrations, or why it
// cannot be reached.
func (d *DataSource) service(ctx context.Context, m model, diags *diag.Diagnostics) (reader *replication.Reader, links map[string]ccr.Link, unreachable string) {
	operator, err := d.clients.Pairs()
	if errors.Is(err, access.ErrNotKnown) {
		addNotKnown(diags)
		return nil, nil, ""
	}
	if err != nil {
		access.AddNotConfigured(diags, err)
		return nil, nil, ""
	}
	project := m.Project
	if project.IsNull() {
		project = d.clients.Project()
	}
	if project.ValueString() == "" {
		report.AddNoProject(diags)
		return nil, nil, ""
	}
	ref := aiven.ServiceRef{Project: project.ValueString(), Name: m.ServiceName.ValueString()}
	service, err := operator.Aiven.Service(ctx, ref.Project, ref.Name)
	switch {
	case aiven.IsNotFound(err):
		return nil, nil, fmt.Sprintf("service %s does not exist", ref)
	case aiven.IsTransient(err):
		return nil, nil, report.Sentence(err)
	case err != nil:
		diags.AddAttributeError(path.Root("service_name"), "Cannot read service "+m.ServiceName.ValueString(), report.Capital(report.Sentence(err))+".")
		return nil, nil, ""
	case service.State == ccr.ServicePowerOff:
		return nil, nil, fmt.Sprintf("service %s is powered off", ref)
	case service.SecretsHidden != "":
		report.AddNoSecrets(diags, path.Root("service_name"), ref, pair.NoSecrets(service))
		return nil, nil, ""
	case service.Connection.URL == "":
		return nil, nil, pair.NoAddress(service).Error()
	}
	at := service.Connection
	reader, err = replication.NewReader(replication.Config{URL: at.URL, Username: at.Username, Password: at.Password, Log: access.LogRequest})
	if err != nil {
		diags.AddError("Cannot reach service "+m.ServiceName.ValueString(), fmt.Sprintf("Service %s (state %s): %s.", ref, service.State, report.Sentence(err)))
	}
	return reader, pair.Links(service), ""
}

// addNotKnown: a data source has no unknown values, so it cannot be read before
// what its provider is configured with is known.
func addNotKnown(diags *diag.Diagnostics) {
	diags.AddError("Provider configuration not known yet", "The provider's configuration for it is known only after apply. "+
		"Use depends_on so that the data source is read after what creates the follower.")
}

func (m model) follower() string {
	if !m.Cluster.IsNull() {
		return "Cluster " + m.Cluster.ValueString()
	}
	return "Service " + m.ServiceName.ValueString()
}
