// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

const (
	// reasonReads bounds how many replications are looked at one by one, so
	// that an observation costs the same whatever the number of indices.
	reasonReads = 20
	// settleTime is how long a replication that is on record as running may say
	// that it is not in progress before that is believed: after a node came
	// back it takes some 3 s.
	settleTime = 10 * time.Second
)

// Observe reads what a follower does with one leader: six requests to the
// follower, one to the leader, and up to 20 more where something is amiss.
// An error means that the follower could not be read; a leader that could not be
// read is told in the observation.
func (e *Engine) Observe(ctx context.Context, alias string) (ccr.Observation, error) {
	o := ccr.Observation{At: e.clock.Now(), Connection: ccr.Connection{Alias: alias}, Others: map[string]string{}}
	var all []ccr.Replication
	var stats FollowerStats
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		connections, err := e.Follower.Connections(groupCtx)
		if there, ok := connections[alias]; ok {
			o.Connection = there
		}
		return err
	})
	group.Go(func() (err error) { o.Follower, err = e.Follower.Indices(groupCtx); return err })
	group.Go(func() (err error) { o.Rules, err = e.Follower.Rules(groupCtx); return err })
	group.Go(func() (err error) { stats, err = e.Follower.FollowerStats(groupCtx); return err })
	group.Go(func() (err error) { all, err = e.Follower.replications(groupCtx); return err })
	group.Go(func() error {
		o.Leader, o.LeaderError = e.leaderIndices(groupCtx)
		return nil
	})
	if err := group.Wait(); err != nil {
		return o, fmt.Errorf("read the follower's replications: %w", err)
	}
	for _, r := range all {
		if r.LeaderAlias != alias {
			o.Others[r.FollowerIndex] = r.LeaderAlias
			continue
		}
		o.Replications = append(o.Replications, withCheckpoints(r, stats))
	}
	slices.SortFunc(o.Replications, func(a, b ccr.Replication) int { return strings.Compare(a.FollowerIndex, b.FollowerIndex) })
	return o, e.lookCloser(ctx, o.Replications)
}

// leaderIndices lists the leader's indices; nil and a reason where that cannot be.
func (e *Engine) leaderIndices(ctx context.Context) ([]ccr.Index, string) {
	if e.Leader == nil {
		return nil, "the leader's address is not known"
	}
	indices, err := e.Leader.Indices(ctx)
	if err != nil {
		return nil, err.Error()
	}
	return indices, ""
}

// withCheckpoints takes the checkpoints of what syncs from the statistics: a
// replication that is on record as running and is in them does sync.
func withCheckpoints(r ccr.Replication, stats FollowerStats) ccr.Replication {
	s, syncing := stats.Indices[r.FollowerIndex]
	if syncing && (r.State == ccr.Running || r.State == ccr.Unknown) {
		r.State, r.LeaderCheckpoint, r.FollowerCheckpoint = ccr.Syncing, s.Leader, s.Follower
	}
	return r
}

// replications lists every replication of the follower with its last known
// overall state. The cheapest way comes first; a managed service may close it.
func (c *Client) replications(ctx context.Context) ([]ccr.Replication, error) {
	marked, err := c.replicas(ctx)
	if err != nil && !isClosedRoute(err) {
		return nil, err
	}
	states, stateErr := c.overallStates(ctx)
	if stateErr != nil && !isClosedRoute(stateErr) {
		return nil, stateErr
	}
	if err != nil || stateErr != nil || len(marked) == 0 && len(states) == 0 {
		return c.replicationsWithoutMetadata(ctx, marked)
	}
	out := make([]ccr.Replication, 0, len(marked))
	for index, r := range marked {
		r.State = overallState(states[index])
		out = append(out, r)
	}
	for index, state := range states {
		if _, known := marked[index]; !known && state != "STOPPED" {
			out = append(out, ccr.Replication{FollowerIndex: index, State: overallState(state)})
		}
	}
	return c.completed(ctx, out)
}

func overallState(recorded string) ccr.State {
	switch recorded {
	case "RUNNING":
		return ccr.Running
	case "PAUSED":
		return ccr.Paused
	case "FAILED":
		return ccr.Failed
	case "STOPPED":
		return ccr.NotInProgress
	}
	return ccr.Unknown
}

// lookCloser asks for the status of what is not known to sync, to learn its
// state and reason, at most [reasonReads] of them.
func (e *Engine) lookCloser(ctx context.Context, replications []ccr.Replication) error {
	var unclear []*ccr.Replication
	for i := range replications {
		if r := &replications[i]; r.State != ccr.Syncing && len(unclear) < reasonReads {
			unclear = append(unclear, r)
		}
	}
	return parallel(ctx, len(unclear), func(ctx context.Context, i int) error { return e.settle(ctx, unclear[i]) })
}

// settle replaces a replication's recorded state by its status. One status
// "not in progress" proves nothing while the record says that it runs: it is
// believed when it stays.
func (e *Engine) settle(ctx context.Context, r *ccr.Replication) error {
	recorded := r.State
	deadline := e.clock.Now().Add(settleTime)
	for pauses := newPace(500*time.Millisecond, 2*time.Second); ; {
		now, err := e.Follower.Replication(ctx, r.FollowerIndex)
		switch {
		case IsLeaderUnreachable(err):
			if recorded == ccr.Running {
				r.State = ccr.Unknown
			}
			return nil
		case err != nil:
			return err
		case now.State != ccr.NotInProgress:
			now.LeaderAlias, now.LeaderIndex = r.LeaderAlias, r.LeaderIndex
			*r = now
			return nil
		case recorded != ccr.Running || !e.clock.Now().Before(deadline):
			r.State = ccr.NotInProgress
			return nil
		}
		if err := pauses.wait(ctx, e.clock); err != nil {
			return err
		}
	}
}

// parallelism bounds requests that are made at the same time.
const parallelism = 8

// parallel calls do for 0 to n-1, at most [parallelism] at a time, all of them
// even when some fail, and joins the errors. It starts none after the context's end.
func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	failed := make([]error, n)
	var group errgroup.Group
	group.SetLimit(parallelism)
	for i := range n {
		group.Go(func() error {
			if ctx.Err() != nil {
				failed[i] = context.Cause(ctx)
				return nil
			}
			failed[i] = do(ctx, i)
			return nil
		})
	}
	_ = group.Wait() // each error is in failed
	return errors.Join(failed...)
}
