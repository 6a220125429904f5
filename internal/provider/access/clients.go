// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package access is what the provider block gives to resources: the clients of the Aiven API and of the
// clusters that the block configures, each made when a resource first needs it.
package access

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// ErrNotKnown says that a part of the provider's configuration is known only
// after apply. At plan time what needs it is left out; it never fails a plan.
var ErrNotKnown = errors.New("the provider's configuration is not known before apply")

// Clients makes the clients that resources need, when they need them.
type Clients struct {
	aivenConfig Aiven
	userAgent   string
	clusters    *clusters

	once     sync.Once
	operator *pair.Operator
	lookups  *pair.Lookup
	err      error

	heldMu sync.Mutex
	// held are the objects that the state holds, see [Clients.Hold].
	held     map[string]string
	lastHeld time.Time
	// awaited are the objects that [Clients.Planned] has waited for.
	awaited map[string]bool
	claimed claims
}

// New takes what the provider block has, or the environment instead.
func New(aivenConfig Aiven, configured types.Map, userAgent string) *Clients {
	return &Clients{aivenConfig: aivenConfig, userAgent: userAgent, clusters: newClusters(configured), claimed: newClaims(),
		held: map[string]string{}, awaited: map[string]bool{}}
}

// Of takes the clients from what the framework hands to a resource;
// nil before the provider is configured, as in terraform validate.
func Of(providerData any, diags *diag.Diagnostics) *Clients {
	if providerData == nil {
		return nil
	}
	c, ok := providerData.(*Clients)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Got %T. This is a bug in the provider; please report it.", providerData))
	}
	return c
}

// Project is the provider's default project: unknown, null or known.
func (c *Clients) Project() types.String { return c.aivenConfig.Project }

// Pairs returns what works on Aiven services. [ErrNotKnown] where the
// configuration is not known yet.
func (c *Clients) Pairs() (*pair.Operator, error) {
	token, url, route := c.aivenConfig.Token, c.aivenConfig.APIURL, c.aivenConfig.Route
	if token.IsUnknown() || url.IsUnknown() || route.IsUnknown() {
		return nil, ErrNotKnown
	}
	c.once.Do(func() {
		if token.ValueString() == "" {
			c.err = errors.New("no Aiven API token is configured. Set aiven = { token = … } in the provider block, or the environment variable " + EnvToken)
			return
		}
		client, err := aiven.New(aiven.Config{Token: token.ValueString(), URL: url.ValueString(), Route: route.ValueString(), UserAgent: c.userAgent, Log: LogRequest})
		if err != nil {
			c.err = fmt.Errorf("configure the client of the Aiven API: %w", err)
			return
		}
		c.operator = pair.NewOperator(client, connect, clock.Real{}, logProgress)
		c.lookups = pair.NewLookup(c.operator)
	})
	return c.operator, c.err
}

// Lookup returns what the rules of a plan ask, shared between its resources.
func (c *Clients) Lookup() (*pair.Lookup, error) {
	_, err := c.Pairs()
	return c.lookups, err
}

// Changed says that something was changed, so that rules look again.
func (c *Clients) Changed() {
	if c.lookups != nil {
		c.lookups.Forget()
	}
}

// connect creates the reader of a service's data plane.
func connect(address aiven.Connection) (*replication.Reader, error) {
	return replication.NewReader(replication.Config{URL: address.URL, Username: address.Username, Password: address.Password, Log: LogRequest})
}

// LogRequest writes a request into Terraform's log.
func LogRequest(ctx context.Context, message string, fields map[string]any) {
	tflog.Debug(ctx, message, fields)
}

// logProgress writes a line of progress into Terraform's log, where
// TF_LOG_PROVIDER=info shows it. The protocol has no way to show a user how far
// the operation of a resource is. The field "phase" tells such a line from others.
func logProgress(ctx context.Context, progress poll.Progress) {
	tflog.Info(ctx, progress.String(), map[string]any{"phase": progress.Phase})
}

// OperatorOf returns what works on Aiven services; at apply everything that it
// needs must be known.
func OperatorOf(c *Clients, diags *diag.Diagnostics) *pair.Operator {
	operator, err := c.Pairs()
	if err != nil {
		AddNotConfigured(diags, err)
	}
	return operator
}

// AddNotConfigured reports why the Aiven API cannot be used.
func AddNotConfigured(diags *diag.Diagnostics, err error) {
	diags.AddError("Aiven API not configured", sentences(err))
}

// ReadTime is the time of every read.
const ReadTime = 5 * time.Minute

// Aiven is the aiven block.
type Aiven struct {
	Token   types.String `tfsdk:"token"`
	Project types.String `tfsdk:"project"`
	APIURL  types.String `tfsdk:"api_url"`
	Route   types.String `tfsdk:"route"`
}
