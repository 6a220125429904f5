// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

const (
	// neverBegan is how long a replication that was started may say that it is
	// not in progress before it counts as one that never began.
	neverBegan = 15 * time.Second
	// pausedFor is how long it may show a pause: the status follows a moment after a resume.
	pausedFor = 4 * time.Second
)

// awaited is one follower index that is waited for.
type awaited struct {
	index string
	// target is the leader's checkpoint when the replication was first seen
	// syncing. To reach that is to be equal, also while the leader is written to.
	target    int64
	hasTarget bool
	// badSince is when it was first seen in a state that should pass.
	badSince time.Time
	bad      ccr.State
	last     string
	done     bool
	err      error
}

// AwaitSyncing waits until each follower index syncs and has what its leader
// had when it began to. A replication that fails, is paused or never begins ends
// the wait for it after seconds, with the reason; the others are waited for.
func (e *Engine) AwaitSyncing(ctx context.Context, indices []string) error {
	waits := make([]*awaited, len(indices))
	for i, index := range indices {
		waits[i] = &awaited{index: index, last: "not looked at yet"}
	}
	pending := waits
	progress := e.progress()
	for pauses := clock.NewPace(100*time.Millisecond, 2*time.Second); ; {
		_ = parallel(ctx, len(pending), func(ctx context.Context, i int) error { // errors are in the awaited
			pending[i].look(ctx, e)
			return nil
		})
		pending = unfinished(pending)
		if len(pending) == 0 {
			return joined(waits)
		}
		soFar := fmt.Sprintf("%d of %d indices syncing", syncing(waits), len(waits))
		progress.say(ctx, soFar+"; waiting for "+names(pending))
		if err := pauses.Wait(ctx, e.clock); err != nil {
			return errors.Join(joined(waits), fmt.Errorf("wait for replications to sync: %w: %s; not yet: %s", err, soFar, names(pending)))
		}
	}
}

func unfinished(in []*awaited) []*awaited {
	var out []*awaited
	for _, w := range in {
		if !w.done {
			out = append(out, w)
		}
	}
	return out
}

// syncing counts those that got there.
func syncing(in []*awaited) int {
	count := 0
	for _, w := range in {
		if w.done && w.err == nil {
			count++
		}
	}
	return count
}

func joined(in []*awaited) error {
	var failed []error
	for _, w := range in {
		if w.err != nil {
			failed = append(failed, w.err)
		}
	}
	return errors.Join(failed...)
}

// namesLength is how many indices a message names before it counts the rest.
const namesLength = 5

func names(in []*awaited) string {
	var parts []string
	for i, w := range in {
		if i == namesLength {
			parts = append(parts, fmt.Sprintf("and %d more", len(in)-namesLength))
			break
		}
		parts = append(parts, w.index+" ("+w.last+")")
	}
	return strings.Join(parts, ", ")
}

// look reads the status once and decides whether the wait for it is over.
func (w *awaited) look(ctx context.Context, e *Engine) {
	r, err := e.Follower.Replication(ctx, w.index)
	switch {
	case ctx.Err() != nil:
		return
	case IsUnreachable(err), IsLeaderUnreachable(err):
		w.last = err.Error()
		w.bad = ""
	case err != nil:
		w.finish(err)
	default:
		w.last = describe(r)
		w.judge(r, e.clock.Now())
	}
}

func (w *awaited) finish(err error) { w.done, w.err = true, err }

// judge decides by a status that was read at now.
func (w *awaited) judge(r ccr.Replication, now time.Time) {
	allowed := map[ccr.State]time.Duration{ccr.Paused: pausedFor, ccr.NotInProgress: neverBegan}
	limit, shouldPass := allowed[r.State]
	switch {
	case r.State == ccr.Failed:
		w.finish(fmt.Errorf("replication of index %s has failed: %s", w.index, r.Reason))
	case !shouldPass:
		w.bad = ""
		w.reach(r)
	case w.bad != r.State:
		w.bad, w.badSince = r.State, now
	case now.Sub(w.badSince) < limit:
	case r.State == ccr.Paused:
		w.finish(fmt.Errorf("replication of index %s is paused instead of syncing: %s", w.index, r.Reason))
	default:
		w.finish(fmt.Errorf("replication of index %s never began: its status is still %q after %s", w.index, r.State, limit))
	}
}

// reach ends the wait when the follower has reached its target.
func (w *awaited) reach(r ccr.Replication) {
	if _, known := r.Lag(); !known {
		return
	}
	if !w.hasTarget {
		w.target, w.hasTarget = r.LeaderCheckpoint, true
	}
	if r.FollowerCheckpoint >= w.target {
		w.finish(nil)
	}
}
