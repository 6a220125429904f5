// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// Link returns the integration of a pair and makes it where there is none.
func (o *Operator) Link(ctx context.Context, p Pair, follower aiven.Service) (aiven.Integration, error) {
	if there, exists := link(p, follower.Integrations); exists {
		return there, nil
	}
	return o.Aiven.CreateIntegration(ctx, p.Leader, p.Follower)
}

// beginTime is how long an index that Aiven itself has begun to replicate may
// look like one that only has the same name.
const beginTime = 10 * time.Second

// Collisions evaluates what the follower already has against what is to be
// replicated to it. Both services are read; an error says that one cannot be.
// Where the two are linked already, an index may be on its way: then a collision
// is believed when it stays.
func (o *Operator) Collisions(ctx context.Context, p Pair, d ccr.Desired, follower aiven.Service) ([]ccr.Check, error) {
	engine, leaderErr, err := o.engine(ctx, p, follower)
	if err != nil {
		return nil, err
	}
	if leaderErr != nil {
		return nil, leaderErr
	}
	_, linked := link(p, follower.Integrations)
	deadline := o.clock.Now().Add(beginTime)
	for pauses := clock.NewPace(firstPause, mostPause); ; {
		observation, err := engine.Observe(ctx, p.Alias())
		if err != nil {
			return nil, err
		}
		checks := ccr.CheckCollisions("index_patterns", d, observation)
		if len(checks) == 0 || !linked || !o.clock.Now().Before(deadline) {
			return checks, nil
		}
		if err := pauses.Wait(ctx, o.clock); err != nil {
			return nil, err
		}
	}
}

// turns lets one at a time work on a follower: two leaders of one follower are
// set up one after the other, so that the second sees what the first has taken.
type turns struct {
	mu    sync.Mutex
	taken map[aiven.ServiceRef]chan struct{}
}

// Turn waits for the follower to be free and returns what frees it again.
func (o *Operator) Turn(ctx context.Context, follower aiven.ServiceRef) (done func(), err error) {
	o.turns.mu.Lock()
	if o.turns.taken == nil {
		o.turns.taken = map[aiven.ServiceRef]chan struct{}{}
	}
	turn, there := o.turns.taken[follower]
	if !there {
		turn = make(chan struct{}, 1)
		o.turns.taken[follower] = turn
	}
	o.turns.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
