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

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

const (
	// neverBegan is how long a replication that was started may report that it is
	// not in progress before it counts as one that never began.
	neverBegan = 15 * time.Second
	// pausedFor is how long it may show a pause: the status follows a moment after a resume.
	pausedFor = 4 * time.Second
	// copyCalm is how often the progress of a copy is reported.
	copyCalm = 10 * time.Second
	// askEvery is how often indices are asked for by name that the statistics do
	// not show: how far the copy is, or what is wrong. The first few are asked for
	// after askSoon, and at most askMost at a time.
	askEvery = copyCalm
	askSoon  = 3 * time.Second
	askFew   = 8
	askMost  = 100
)

// awaited is one follower index that is waited for.
type awaited struct {
	index string
	// target is the leader's checkpoint when the replication was first seen
	// syncing. To reach that is to be equal, also while the leader is written to.
	target    int64
	hasTarget bool
	// resumed: its first status is asked for by name, because after a resume the
	// statistics show for a moment the checkpoint that the leader had before the pause.
	resumed bool
	// badSince is when it was first seen in a state that should pass.
	badSince time.Time
	bad      ccr.State
	last     string
	// copied is how far the first copy is, as far as it was seen.
	copied ccr.Copied
	done   bool
	err    error
}

// AwaitSyncing waits until each follower index, whose replication was started,
// syncs and has what its leader had when the wait saw it first. A replication that
// fails, is paused or never begins ends the wait for it after seconds, with the
// reason; the others are waited for. One look is one request, whatever the number;
// what that does not show is asked for by name now and then.
func (e *Engine) AwaitSyncing(ctx context.Context, indices []string) error {
	waits := make([]*awaited, len(indices))
	for i, index := range indices {
		waits[i] = &awaited{index: index}
	}
	return e.await(ctx, waits)
}

func (e *Engine) await(ctx context.Context, waits []*awaited) error {
	if len(waits) == 0 {
		return nil
	}
	for _, w := range waits {
		w.last = "not looked at yet"
	}
	wait := e.poll(phaseCopying, fmt.Sprintf("until %s in sync", indicesAre(namesOf(waits))), 40*time.Millisecond, 2*time.Second)
	wait.Transient, wait.Calm = IsUnreachable, copyCalm // there is progress at every look
	var samples []ccr.CopySample
	looks := &looks{engine: e, asked: e.clock.Now(), few: len(waits) <= askFew}
	pace := pace{}
	err := wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		pending := unfinished(waits)
		seen, err := looks.at(ctx, pending)
		if err != nil {
			return poll.Look{}, err // what was seen before is still the progress
		}
		now := e.clock.Now()
		for _, w := range pending {
			if f, told := seen[w.index]; told {
				w.judge(f, now)
			}
		}
		pending = unfinished(waits)
		samples = ccr.Recent(append(samples, ccr.CopySample{At: now, Copied: copied(waits)}))
		far := ccr.NewCopying(len(waits)-len(pending), len(waits), samples)
		return poll.Look{Done: len(pending) == 0, Left: pace.left(len(waits)-len(pending), len(pending), now, far.Left), Progress: fmt.Sprintf("%s; waiting for %s", far, waitedFor(pending))}, nil
	})
	return errors.Join(joined(waits), err)
}

// pace is how fast indices get in sync.
type pace struct {
	began, changed time.Time
	first, done    int
}

// left is how long the rest is expected to take: by the bytes where they are
// known, else by the number. The longer nothing has changed, the less is believed
// that the end is near.
func (p *pace) left(done, pending int, now time.Time, byBytes time.Duration) time.Duration {
	if p.began.IsZero() {
		*p = pace{began: now, changed: now, first: done, done: done}
	}
	if done > p.done {
		p.done, p.changed = done, now
	}
	left := byBytes
	if left == 0 && p.done > p.first {
		left = now.Sub(p.began) / time.Duration(p.done-p.first) * time.Duration(pending)
	}
	if left == 0 {
		return 0
	}
	return max(left, now.Sub(p.changed))
}

// copied is how far the copies of all are together. What was copied between two
// looks is not in it.
func copied(waits []*awaited) ccr.Copied {
	var all ccr.Copied
	for _, w := range waits {
		all.Done, all.Total = all.Done+w.copied.Done, all.Total+w.copied.Total
	}
	return all
}

// indicesAre is the subject and the verb of a sentence about these indices.
func indicesAre(indices []string) string {
	if len(indices) == 1 {
		return "index " + indices[0] + " is"
	}
	return fmt.Sprintf("all %d indices are", len(indices))
}

func unfinished(in []*awaited) []*awaited {
	return slices.DeleteFunc(slices.Clone(in), func(w *awaited) bool { return w.done })
}

func joined(in []*awaited) error {
	failed := make([]error, 0, len(in))
	for _, w := range in {
		failed = append(failed, w.err)
	}
	return errors.Join(failed...)
}

// namesLength is how many indices a message names before it counts the rest.
const namesLength = 5

func waitedFor(in []*awaited) string {
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

func (w *awaited) finish(err error) { w.done, w.err = true, err }

// judge decides by a state that was seen at now.
func (w *awaited) judge(f ccr.FollowerIndex, now time.Time) {
	w.last = describe(f)
	switch {
	case f.Copied.Total > 0:
		w.copied = f.Copied
	case f.State == ccr.Syncing:
		w.copied.Done = w.copied.Total
	}
	allowed := map[ccr.State]time.Duration{ccr.Paused: pausedFor, ccr.NotInProgress: neverBegan}
	limit, shouldPass := allowed[f.State]
	switch {
	case f.State == ccr.Failed:
		w.finish(fmt.Errorf("the replication of index %s has failed: %s", w.index, f.Reason))
	case !shouldPass:
		w.bad = ""
		w.reach(f)
	case w.bad != f.State:
		w.bad, w.badSince = f.State, now
	case now.Sub(w.badSince) < limit:
	case f.State == ccr.Paused:
		w.finish(fmt.Errorf("the replication of index %s is paused instead of syncing: %s", w.index, f.Reason))
	default:
		w.finish(fmt.Errorf("the replication of index %s never began: the follower still reports %q after %s", w.index, f.State, limit))
	}
}

// reach ends the wait when the follower has reached its target.
func (w *awaited) reach(f ccr.FollowerIndex) {
	if _, known := f.Lag(); !known {
		return
	}
	if !w.hasTarget {
		w.target, w.hasTarget = f.LeaderCheckpoint, true
	}
	if f.FollowerCheckpoint >= w.target {
		w.finish(nil)
	}
}

func describe(f ccr.FollowerIndex) string {
	text := string(f.State)
	if lag, known := f.Lag(); known {
		text += fmt.Sprintf(", %d operations behind (checkpoint %d of %d)", lag, f.FollowerCheckpoint, f.LeaderCheckpoint)
	}
	if f.Reason != "" && f.State != ccr.Syncing {
		text += ", " + f.Reason
	}
	return text
}

// AwaitConnected waits until the follower is connected to its leader.
func (e *Engine) AwaitConnected(ctx context.Context, alias string) error {
	wait := e.poll(phaseConnect, "until the follower is connected to remote cluster "+alias, 200*time.Millisecond, 3*time.Second)
	wait.Transient, wait.Attempt = IsUnreachable, readTime
	return wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		connections, err := e.follower.Connections(ctx)
		if isClosedRoute(err) {
			return poll.Look{Done: true}, nil // this user is not shown connections; what needs one will tell
		}
		c, known := connections[alias]
		look := poll.Look{Done: c.Connected, Progress: "the follower does not know remote cluster " + alias}
		if known {
			look.Progress = fmt.Sprintf("remote cluster %s (mode %s, %s) is not connected", alias, c.Mode, strings.Join(c.Addresses, ", "))
		}
		return look, err
	})
}

// Connected reports whether the follower is connected to its leader at this
// moment; also where this user is not shown connections.
func (e *Engine) Connected(ctx context.Context, alias string) (bool, error) {
	connections, err := e.follower.Connections(ctx)
	if isClosedRoute(err) {
		return true, nil // what needs the connection will tell
	}
	return connections[alias].Connected, err
}
