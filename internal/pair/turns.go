// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"sync"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
)

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
