// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"errors"
	"fmt"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// Seen is what was seen of a pair.
type Seen struct {
	Follower aiven.Service
	// Integration is the zero value where the two are not linked.
	Integration aiven.Integration
	Observation ccr.PairObservation
	Assessment  ccr.Assessment
	// EndedAt has the checkpoints at which a promotion has ended the
	// replications while the leader was out of reach; empty otherwise.
	EndedAt string
}

// Readable reports whether the follower's replications could be read.
func (s Seen) Readable() bool {
	return s.Observation.Unreadable == "" && s.Observation.FollowerState != ccr.ServicePowerOff
}

// ErrNoFollower says that the follower service does not exist.
var ErrNoFollower = errors.New("the follower service does not exist")

// Observe looks at a pair: one request for each service and a constant number
// to the data planes. It returns [ErrNoFollower] where there is none. A follower
// that cannot be read and a leader that is out of reach are no errors; the
// assessment tells.
func (o *Operator) Observe(ctx context.Context, p Pair, d ccr.Desired) (Seen, error) {
	follower, err := o.Aiven.Service(ctx, p.Follower.Project, p.Follower.Name)
	if aiven.IsNotFound(err) {
		return Seen{}, fmt.Errorf("%w: %w", ErrNoFollower, err)
	}
	if err != nil {
		return Seen{}, err
	}
	return o.observe(ctx, p, d, follower)
}

func (o *Operator) observe(ctx context.Context, p Pair, d ccr.Desired, follower aiven.Service) (Seen, error) {
	seen := Seen{Follower: follower}
	seen.Integration, seen.Observation.Linked = link(p, follower.Integrations)
	seen.Observation.LinkStatus = seen.Integration.Status
	seen.Observation.FollowerState = follower.State
	if follower.State != ccr.ServicePowerOff {
		engine, leaderErr, err := o.engineFor(ctx, p, d.Mode, follower)
		if err == nil {
			seen.Observation.Observation, err = engine.Observe(ctx, p.Alias())
		}
		if err == nil {
			seen.Observation.Connection.Elsewhere = engine.Elsewhere(ctx, seen.Observation.Observation)
		}
		if leaderErr != nil {
			seen.Observation.LeaderError = leaderErr.Error()
		}
		if ctx.Err() != nil {
			return seen, context.Cause(ctx)
		}
		if err != nil {
			seen.Observation.Unreadable = err.Error()
		}
	}
	seen.Assessment = ccr.AssessPair(d, seen.Observation)
	return seen, nil
}

// engineFor is [Operator.engine], for a promotion without the leader: that asks
// nothing of it, and one that is down would only hold it up.
func (o *Operator) engineFor(ctx context.Context, p Pair, mode ccr.Mode, follower aiven.Service) (engine *replication.Engine, leaderErr, err error) {
	if mode == ccr.ModePromoted {
		engine, err = o.alone(p, follower)
		return engine, nil, err
	}
	return o.engine(ctx, p, follower)
}

// alone makes an engine without a leader.
func (o *Operator) alone(p Pair, follower aiven.Service) (*replication.Engine, error) {
	if follower.Connection.URL == "" {
		return nil, fmt.Errorf("service %s has no address: it has never run", p.Follower)
	}
	client, err := o.connect(follower.Connection)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", p.Follower, err)
	}
	return replication.NewEngine(client, nil, o.clock, o.report), nil
}

// engine makes the engine of a pair. leaderErr says why the leader cannot be
// asked, which most steps do without.
func (o *Operator) engine(ctx context.Context, p Pair, follower aiven.Service) (engine *replication.Engine, leaderErr, err error) {
	engine, err = o.alone(p, follower)
	if err != nil {
		return nil, nil, err
	}
	leader, leaderErr := o.Aiven.Service(ctx, p.Leader.Project, p.Leader.Name)
	if leaderErr == nil && leader.State == ccr.ServicePowerOff {
		leaderErr = fmt.Errorf("the leader service %s is powered off", p.Leader)
	}
	if leaderErr == nil {
		engine.Leader, leaderErr = o.connect(leader.Connection)
	}
	return engine, leaderErr, nil
}

// link finds the integration between the two services of a pair.
func link(p Pair, integrations []aiven.Integration) (aiven.Integration, bool) {
	for _, i := range integrations {
		if i.Leader == p.Leader && i.Follower == p.Follower {
			return i, true
		}
	}
	return aiven.Integration{}, false
}
