// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// errNotKnown says that a part of the provider's configuration is known only
// after apply. At plan time what needs it is left out; it never fails a plan.
var errNotKnown = errors.New("the provider's configuration is not known before apply")

// clients makes the clients that resources need, when they need them.
type clients struct {
	aivenConfig aivenModel
	userAgent   string
	clusters    *clusters

	once     sync.Once
	operator *pair.Operator
	lookups  *pair.Lookup
	err      error
}

// newClients takes what the provider block has, or the environment instead.
func newClients(aivenConfig aivenModel, configured types.Map, userAgent string) *clients {
	return &clients{aivenConfig: aivenConfig, userAgent: userAgent, clusters: newClusters(configured)}
}

// clientsOf takes the clients from what the framework hands to a resource;
// nil before the provider is configured, as in terraform validate.
func clientsOf(providerData any, diags *diag.Diagnostics) *clients {
	if providerData == nil {
		return nil
	}
	c, ok := providerData.(*clients)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Got %T. This is a fault of the provider; please report it.", providerData))
	}
	return c
}

// project is the provider's default project: unknown, null or known.
func (c *clients) project() types.String { return c.aivenConfig.Project }

// pairs returns what works on Aiven services. [errNotKnown] where the
// configuration is not known yet.
func (c *clients) pairs() (*pair.Operator, error) {
	token, url := c.aivenConfig.Token, c.aivenConfig.APIURL
	if token.IsUnknown() || url.IsUnknown() {
		return nil, errNotKnown
	}
	c.once.Do(func() {
		if token.ValueString() == "" {
			c.err = errors.New("no Aiven API token is configured: set aiven = { token = … } in the provider block, or the environment variable " + envToken)
			return
		}
		client, err := aiven.New(aiven.Config{Token: token.ValueString(), URL: url.ValueString(), UserAgent: c.userAgent, Log: logRequest})
		if err != nil {
			c.err = fmt.Errorf("configure the client of the Aiven API: %w", err)
			return
		}
		c.operator = pair.NewOperator(client, connect, clock.Real{}, logProgress)
		c.lookups = pair.NewLookup(c.operator)
	})
	return c.operator, c.err
}

// lookup returns what the rules of a plan ask, shared between its resources.
func (c *clients) lookup() (*pair.Lookup, error) {
	_, err := c.pairs()
	return c.lookups, err
}

// changed says that something was changed, so that rules look again.
func (c *clients) changed() {
	if c.lookups != nil {
		c.lookups.Forget()
	}
}

// connect makes the client of a service's data plane.
func connect(address aiven.Connection) (*replication.Client, error) {
	return replication.New(replication.Config{URL: address.URL, Username: address.Username, Password: address.Password, Log: logRequest})
}

func logRequest(ctx context.Context, message string, fields map[string]any) {
	tflog.Debug(ctx, message, fields)
}

func logProgress(ctx context.Context, progress string) { tflog.Info(ctx, progress) }

// operatorOf returns what works on Aiven services; at apply everything that it
// needs must be known.
func operatorOf(c *clients, diags *diag.Diagnostics) *pair.Operator {
	operator, err := c.pairs()
	if err != nil {
		diags.AddError("Aiven API cannot be used", err.Error()+".")
	}
	return operator
}
