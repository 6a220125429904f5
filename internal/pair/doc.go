// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package pair works on two Aiven services, a leader and its follower: it looks
// at both planes of them and carries out what package ccr decides, with package
// replication for what is to be done on the follower. Both service-level
// resources call it.
package pair

import (
	"context"
	"fmt"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// Pair names a leader and its follower.
type Pair struct{ Leader, Follower aiven.ServiceRef }

// ID names the pair: leader project, leader, follower project, follower.
func (p Pair) ID() string { return p.Leader.String() + "/" + p.Follower.String() }

// String names the pair in messages.
func (p Pair) String() string { return fmt.Sprintf("follower %s of leader %s", p.Follower, p.Leader) }

// Reversed is the pair in the other direction.
func (p Pair) Reversed() Pair { return Pair{Leader: p.Follower, Follower: p.Leader} }

// Alias is the name of the leader on the follower.
func (p Pair) Alias() string { return ccr.LeaderAlias(p.Leader.Project, p.Leader.Name) }

// Desired is what the follower is meant to do. Owned are the follower indices
// that the resource started or adopted, by UUID.
func (p Pair) Desired(patterns []string, mode ccr.Mode, owned ccr.Owned, permits ccr.Permissions) ccr.Desired {
	return ccr.Desired{Alias: p.Alias(), Patterns: patterns, Mode: mode, Roles: ccr.AivenRoles, Owned: owned, Permits: permits}
}

// ControlPlane is what is needed of the Aiven API; [*aiven.Client] is one.
type ControlPlane interface {
	Service(ctx context.Context, project, name string) (aiven.Service, error)
	Services(ctx context.Context, project string) ([]aiven.Service, error)
	CreateService(ctx context.Context, in aiven.CreateService) (aiven.Service, error)
	UpdateService(ctx context.Context, in aiven.UpdateService) (aiven.Service, error)
	DeleteService(ctx context.Context, d ccr.Destruction) error
	Integrations(ctx context.Context, project, service string) ([]aiven.Integration, error)
	CreateIntegration(ctx context.Context, leader, follower aiven.ServiceRef) (aiven.Integration, error)
	DeleteIntegration(ctx context.Context, d ccr.Destruction) error
	Plans(ctx context.Context, project string) (aiven.Offer, error)
	VPC(ctx context.Context, project, id string) (ccr.VPC, error)
}

// Operator works on pairs.
type Operator struct {
	Aiven   ControlPlane
	connect func(aiven.Connection) (*replication.Reader, error)
	clock   clock.Clock
	report  func(ctx context.Context, progress poll.Progress)
	turns   turns
}

// NewOperator creates an operator. connect creates the reader of a service's data
// plane; report gets lines of progress.
func NewOperator(controlPlane ControlPlane, connect func(aiven.Connection) (*replication.Reader, error), clock clock.Clock,
	report func(ctx context.Context, progress poll.Progress)) *Operator {
	return &Operator{Aiven: controlPlane, connect: connect, clock: clock, report: report}
}
