// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
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
// follower and one to the leader, whatever the number of indices. More are made
// where something is amiss: one or two where no replication is seen, to tell none
// from hidden ones; a few for a connection that is missing; one each for up to
// [reasonReads] replications that do not sync; one where rules do not tell of
// which leader they are; one to the leader where it seems to lack a replicated
// index. Where a managed service hides what is on record, those that do not sync,
// or all if it hides the marks too, are asked one by one. An error means that the
// follower could not be read; a leader that could not be read is told in the
// observation.
func (e *Engine) Observe(ctx context.Context, alias string) (ccr.Observation, error) {
	return e.observe(ctx, alias, reasonReads)
}

// every is no bound for the reads of an observation: before something is done
// about replications, each that does not sync is looked at.
const every = math.MaxInt

func (e *Engine) observe(ctx context.Context, alias string, reads int) (ccr.Observation, error) {
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
	group.Go(func() (err error) {
		if stats, err = e.Follower.FollowerStats(groupCtx); err != nil {
			return err
		}
		all, err = e.Follower.replications(groupCtx, stats)
		return err
	})
	group.Go(func() error {
		o.Leader, o.LeaderError = e.leaderIndices(groupCtx)
		return nil
	})
	if err := group.Wait(); err != nil {
		return o, fmt.Errorf("read the follower's replications: %w", err)
	}
	if err := e.attribute(ctx, &o); err != nil {
		return o, err
	}
	for _, r := range all {
		if r.LeaderAlias != alias {
			o.Others[r.FollowerIndex] = r.LeaderAlias
			continue
		}
		o.Replications = append(o.Replications, withCheckpoints(r, stats))
	}
	slices.SortFunc(o.Replications, func(a, b ccr.Replication) int { return strings.Compare(a.FollowerIndex, b.FollowerIndex) })
	if !o.Connection.Exists && len(o.Replications) > 0 {
		if err := e.settleConnection(ctx, &o.Connection); err != nil {
			return o, err
		}
	}
	if len(o.Missing()) > 0 {
		o.LeaderHidden, o.LeaderError = e.hiddenLeaderIndices(ctx)
		if o.LeaderError != "" {
			o.Leader = nil // what is missing may be hidden: nothing is known
		}
	}
	return o, e.lookCloser(ctx, o.Replications, reads)
}

// settleConnection looks again for a connection that replications are on record
// of: a node that has just come back knows none of its remote clusters for a
// moment. That there is none is believed when it stays for [settleTime].
func (e *Engine) settleConnection(ctx context.Context, c *ccr.Connection) error {
	deadline := e.clock.Now().Add(settleTime)
	for pauses := clock.NewPace(500*time.Millisecond, 2*time.Second); !c.Exists && e.clock.Now().Before(deadline); {
		if err := pauses.Wait(ctx, e.clock); err != nil {
			return err
		}
		connections, err := e.Follower.Connections(ctx)
		if err != nil {
			return fmt.Errorf("read the follower's connections: %w", err)
		}
		if there, ok := connections[c.Alias]; ok {
			*c = there
		}
	}
	return nil
}

// leaderIndices lists the leader's indices; nil and a reason where that cannot be.
func (e *Engine) leaderIndices(ctx context.Context) ([]ccr.Index, string) {
	if e.Leader == nil {
		return nil, "the leader's address is not known"
	}
	ctx, cancel := context.WithTimeout(ctx, e.leaderTime)
	defer cancel()
	indices, err := e.Leader.Indices(ctx)
	if err != nil {
		return nil, err.Error()
	}
	return indices, ""
}

// hiddenLeaderIndices names all of the leader's indices, hidden ones too. A
// replication of a hidden one was started by hand: no pattern covers it.
func (e *Engine) hiddenLeaderIndices(ctx context.Context) ([]string, string) {
	ctx, cancel := context.WithTimeout(ctx, e.leaderTime)
	defer cancel()
	indices, err := e.Leader.indices(ctx, "all")
	if err != nil {
		return nil, err.Error()
	}
	names := make([]string, len(indices))
	for i, ix := range indices {
		names[i] = ix.Name
	}
	return names, ""
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
// overall state, [ccr.Unknown] where that is hidden. Marks and cluster state are
// the cheapest way; a managed service may close or filter either.
func (c *Client) replications(ctx context.Context, stats FollowerStats) ([]ccr.Replication, error) {
	marked, err := c.replicas(ctx)
	if err != nil && !isClosedRoute(err) {
		return nil, err
	}
	states, err := c.overallStates(ctx)
	if err != nil && !isClosedRoute(err) {
		return nil, err
	}
	var unmarked []string
	for index, state := range states {
		if _, isMarked := marked[index]; !isMarked && state != "STOPPED" {
			unmarked = append(unmarked, index)
		}
	}
	if len(marked) == 0 && (len(states) == 0 || len(unmarked) > 0) {
		return c.hidden(ctx, unmarked, stats)
	}
	out := make([]ccr.Replication, 0, len(marked))
	for index, r := range marked {
		r.State = overallState(states[index])
		out = append(out, r)
	}
	// A record without a mark: its index is being made or was deleted.
	others, err := c.byStatus(ctx, unmarked)
	return append(out, others...), err
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
// state and reason: of all that no state is on record of, and of at most so many others.
func (e *Engine) lookCloser(ctx context.Context, replications []ccr.Replication, most int) error {
	var unclear []*ccr.Replication
	recorded := 0
	for i := range replications {
		r := &replications[i]
		if r.State == ccr.Syncing || r.State != ccr.Unknown && recorded == most {
			continue
		}
		if r.State != ccr.Unknown {
			recorded++
		}
		unclear = append(unclear, r)
	}
	deadline := e.clock.Now().Add(settleTime) // of all, or each batch would wait anew
	return parallel(ctx, len(unclear), func(ctx context.Context, i int) error { return e.settle(ctx, unclear[i], deadline) })
}

// settle replaces a replication's recorded state by its status. One status
// "not in progress" proves nothing while record or mark say that the index is a
// replica: it is believed when it stays until the deadline.
func (e *Engine) settle(ctx context.Context, r *ccr.Replication, deadline time.Time) error {
	recorded := r.State
	for pauses := clock.NewPace(500*time.Millisecond, 2*time.Second); ; {
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
		case recorded == ccr.NotInProgress || !e.clock.Now().Before(deadline):
			r.State = ccr.NotInProgress
			return nil
		}
		if err := pauses.Wait(ctx, e.clock); err != nil {
			return err
		}
	}
}

// parallelism bounds requests that are made at the same time.
const parallelism = 8

// parallel calls do for 0 to n-1, at most [parallelism] at a time, all of them
// even when some fail, and joins the errors. After the context's end it starts
// none, and says so once, not for each.
func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	failed := make([]error, n)
	var skipped atomic.Bool
	var group errgroup.Group
	group.SetLimit(parallelism)
	for i := range n {
		group.Go(func() error {
			if ctx.Err() == nil {
				failed[i] = do(ctx, i)
			} else {
				skipped.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // each error is in failed
	err := errors.Join(failed...)
	if skipped.Load() {
		return errors.Join(err, context.Cause(ctx))
	}
	return err
}
