// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/node"
)

// Cluster is a self-managed cluster: the Aiven API knows nothing of it, and its user may do everything.
type Cluster struct{ *Endpoint }

// ClusterOptions say how a cluster is reached; the zero value is plain HTTP without authentication.
type ClusterOptions struct {
	Username, Password string                    // basic authentication
	BearerToken        string                    // or a bearer token
	Authenticate       func(*http.Request) error // or any other kind; an error is a 403
	TLS                *tls.Config               // HTTPS, with a client certificate where it asks for one
	Settings           map[string]string         // added to opensearch.yml
	// Security starts the node with the security plugin: users, roles, TLS on both layers. It has no user
	// but the platform itself ([Endpoint.Do]), which makes them. Other kinds of authentication are left out then.
	Security bool
}

// StartCluster starts a cluster and returns when it answers. The sandbox's Close ends it too.
func (s *Sandbox) StartCluster(ctx context.Context, name string, options ClusterOptions) (*Cluster, error) {
	endpoint, err := s.startEndpoint(ctx, name, options.Settings, gateway.Options{
		Username:     options.Username,
		Password:     options.Password,
		BearerToken:  options.BearerToken,
		Authenticate: options.Authenticate,
		TLS:          options.TLS,

		PassCredentials: options.Security,
	})
	if err != nil {
		return nil, fmt.Errorf("start cluster %s: %w", name, err)
	}
	return &Cluster{endpoint}, nil
}

// Close ends the cluster and removes its data.
func (c *Cluster) Close(ctx context.Context) error { return c.close(ctx) }

// secured returns the distribution with the security plugin, and the authority that all nodes with it trust.
func (s *Sandbox) secured(ctx context.Context) (node.Distribution, *node.Authority, error) {
	s.secure.mu.Lock()
	defer s.secure.mu.Unlock()
	if s.secure.authority != nil {
		return s.secure.distribution, s.secure.authority, nil
	}
	distribution, err := s.distribution.WithSecurity(ctx, s.options.Progress)
	if err != nil {
		return node.Distribution{}, nil, err
	}
	authority, err := node.NewAuthority()
	if err != nil {
		return node.Distribution{}, nil, err
	}
	s.secure.distribution, s.secure.authority = distribution, authority
	return distribution, authority, nil
}
