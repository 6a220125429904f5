// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// clusterModel is one of the provider's clusters.
type clusterModel struct {
	URL                types.String `tfsdk:"url"`
	Username           types.String `tfsdk:"username"`
	Password           types.String `tfsdk:"password"`
	Token              types.String `tfsdk:"token"`
	ClientCertificate  types.String `tfsdk:"client_certificate"`
	ClientKey          types.String `tfsdk:"client_key"`
	CACertificate      types.String `tfsdk:"ca_certificate"`
	InsecureSkipVerify types.Bool   `tfsdk:"insecure_skip_verify"`
	AWS                types.Object `tfsdk:"aws"`
}

type awsModel struct {
	Region       types.String `tfsdk:"region"`
	Service      types.String `tfsdk:"service"`
	Profile      types.String `tfsdk:"profile"`
	RoleARN      types.String `tfsdk:"role_arn"`
	ExternalID   types.String `tfsdk:"external_id"`
	AccessKey    types.String `tfsdk:"access_key"`
	SecretKey    types.String `tfsdk:"secret_key"`
	SessionToken types.String `tfsdk:"session_token"`
}

// clusters are the clusters of the provider's configuration. A client is made
// when a resource asks for it; to make one sends nothing.
type clusters struct {
	// configured is the attribute as it is: it may be unknown, as may all in it.
	configured types.Map

	mu      sync.Mutex
	readers map[string]*replication.Reader
}

func newClusters(configured types.Map) *clusters {
	return &clusters{configured: configured, readers: map[string]*replication.Reader{}}
}

// reader returns the client of a cluster. [ErrNotKnown] where its configuration
// is not known yet.
func (c *clusters) reader(ctx context.Context, name string) (*replication.Reader, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.readers[name]; r != nil {
		return r, nil
	}
	model, err := c.model(ctx, name)
	if err != nil {
		return nil, err
	}
	cfg, err := model.config(ctx)
	if err != nil {
		return nil, fmt.Errorf("cluster %q in the provider block: %w", name, err)
	}
	reader, err := replication.NewReader(cfg)
	if err != nil {
		return nil, fmt.Errorf("cluster %q in the provider block: %w", name, err)
	}
	c.readers[name] = reader
	return reader, nil
}

// model finds a cluster's configuration.
func (c *clusters) model(ctx context.Context, name string) (clusterModel, error) {
	if c.configured.IsUnknown() {
		return clusterModel{}, ErrNotKnown
	}
	element, there := c.configured.Elements()[name]
	if !there {
		return clusterModel{}, c.missing(name)
	}
	object, ok := element.(types.Object)
	switch {
	case !ok || object.IsNull():
		return clusterModel{}, fmt.Errorf("cluster %q in the provider block is null. Set clusters = { %s = { url = \"https://HOST:PORT\" } }", name, name)
	case object.IsUnknown():
		return clusterModel{}, ErrNotKnown
	}
	var model clusterModel
	if diags := object.As(ctx, &model, basetypes.ObjectAsOptions{}); diags.HasError() {
		return clusterModel{}, fmt.Errorf("cluster %q in the provider block: %s", name, diags.Errors()[0].Detail())
	}
	return model, nil
}

func (c *clusters) missing(name string) error {
	var known []string
	for other := range c.configured.Elements() {
		known = append(known, other)
	}
	slices.Sort(known)
	has := "it defines no clusters"
	if len(known) > 0 {
		has = "it defines " + strings.Join(known, ", ")
	}
	return fmt.Errorf("the provider block does not define cluster %q (%s). Add clusters = { %s = { url = \"https://HOST:PORT\", … } } to it", name, has, name)
}

// Cluster returns the client of the cluster that a resource names. It is nil,
// without an error, where that is not known before apply.
func (c *Clients) Cluster(ctx context.Context, name types.String, diags *diag.Diagnostics) *replication.Reader {
	if c == nil || name.IsUnknown() || name.IsNull() {
		return nil
	}
	reader, err := c.clusters.reader(ctx, name.ValueString())
	switch {
	case errors.Is(err, ErrNotKnown):
		return nil
	case err != nil:
		diags.AddAttributeError(path.Root("cluster"), "Cluster is not configured", sentences(err))
		return nil
	}
	return reader
}

// sentences is an error of the configuration as a detail.
func sentences(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// KnownCluster is [Clients.Cluster] for an apply, where everything is known.
func (c *Clients) KnownCluster(ctx context.Context, name types.String, diags *diag.Diagnostics) *replication.Reader {
	reader := c.Cluster(ctx, name, diags)
	if reader == nil && !diags.HasError() {
		diags.AddAttributeError(path.Root("cluster"), "Cluster is not configured", "The configuration of cluster "+name.String()+" in the provider block is not known yet. Apply what it depends on first.")
	}
	return reader
}

// Engine makes what carries out steps on a cluster.
func Engine(r *replication.Reader) *replication.Engine {
	return replication.NewEngine(r, nil, clock.Real{}, logProgress)
}
