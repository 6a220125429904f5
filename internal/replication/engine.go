// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// Engine carries out steps on a follower.
type Engine struct {
	Follower *Client
	// Leader is nil where it cannot be asked; what needs it is then left out.
	Leader *Client
	// leaderTime bounds how long an observation waits for the leader, which may
	// swallow connections and answer nothing.
	leaderTime time.Duration
	clock      clock.Clock
	report     func(ctx context.Context, progress string)
}

// NewEngine makes an engine. report gets a line of progress every few seconds
// of a wait; it may be nil.
func NewEngine(follower, leader *Client, now clock.Clock, report func(ctx context.Context, progress string)) *Engine {
	if now == nil {
		now = clock.Real{}
	}
	if report == nil {
		report = func(context.Context, string) {}
	}
	return &Engine{Follower: follower, Leader: leader, leaderTime: 30 * time.Second, clock: now, report: report}
}

// rounds bounds how often [Engine.Converge] looks again: indices may be made
// and deleted on the leader while it works.
const rounds = 4

// Converge brings the follower to what is desired and returns what it saw
// last. An index that cannot be followed does not keep the others from it: the
// error names each that failed, with the server's reason. A leader that is out
// of reach is no error; what needs it is left for a later time.
func (e *Engine) Converge(ctx context.Context, d ccr.Desired) (ccr.Observation, error) {
	for range rounds {
		o, err := e.observe(ctx, d.Alias, every)
		if err != nil {
			return o, err
		}
		steps := ccr.Steps(d, o)
		if len(steps) == 0 {
			return o, nil
		}
		if err := e.Run(ctx, d, steps); err != nil {
			if ctx.Err() != nil {
				return o, err // an interrupt must not wait for another look
			}
			last, observeErr := e.observe(ctx, d.Alias, every)
			if observeErr != nil {
				return o, errors.Join(err, observeErr)
			}
			return last, err
		}
	}
	o, err := e.observe(ctx, d.Alias, every)
	if err != nil {
		return o, err
	}
	if a := ccr.Assess(d, o); len(a.Repairs) > 0 {
		return o, fmt.Errorf("the follower does not come to rest: %s", a.Reason)
	}
	return o, nil
}

// Run carries out steps in their order, neighbours of a kind in parallel, and
// waits until what was started syncs. Steps that take something away are not
// begun after one that adds something has failed.
func (e *Engine) Run(ctx context.Context, d ccr.Desired, steps []ccr.Step) error {
	var failed []error
	additionFailed := false
	for len(steps) > 0 {
		phase := steps[:phaseLength(steps)]
		steps = steps[len(phase):]
		if additionFailed && takesAway(phase[0].Action) {
			break
		}
		if err := e.runPhase(ctx, d, phase); err != nil {
			failed = append(failed, err)
			additionFailed = additionFailed || !takesAway(phase[0].Action)
		}
		if err := ctx.Err(); err != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// takesAway reports whether an action ends something that works.
func takesAway(a ccr.Action) bool {
	return slices.Contains([]ccr.Action{ccr.ActionRemoveRule, ccr.ActionPause, ccr.ActionRemove, ccr.ActionPromote, ccr.ActionStop}, a)
}

// brings reports whether an action is to end in a replication that syncs.
func brings(a ccr.Action) bool {
	return a == ccr.ActionStart || a == ccr.ActionResume || a == ccr.ActionRebuild
}

// phaseLength is how many of the first steps may run at the same time: those
// that bring indices go together, others with their own kind.
func phaseLength(steps []ccr.Step) int {
	for i, s := range steps {
		if s.Action != steps[0].Action && (!brings(s.Action) || !brings(steps[0].Action)) {
			return i
		}
	}
	return len(steps)
}

func (e *Engine) runPhase(ctx context.Context, d ccr.Desired, steps []ccr.Step) error {
	started := make([]bool, len(steps))
	failed := parallel(ctx, len(steps), func(ctx context.Context, i int) error {
		if err := e.step(ctx, d, steps[i]); err != nil {
			return fmt.Errorf("%s: %w", steps[i], err)
		}
		started[i] = brings(steps[i].Action)
		return nil
	})
	var await []string
	for i, s := range steps {
		if started[i] {
			await = append(await, s.Index)
		}
	}
	return errors.Join(failed, e.AwaitSyncing(ctx, await))
}

func (e *Engine) step(ctx context.Context, d ccr.Desired, s ccr.Step) error {
	switch s.Action {
	case ccr.ActionStart:
		return e.StartIndex(ctx, e.startOf(d, s))
	case ccr.ActionResume:
		return e.ResumeIndex(ctx, e.startOf(d, s), true)
	case ccr.ActionRebuild:
		return e.RebuildIndex(ctx, e.startOf(d, s))
	case ccr.ActionAddRule:
		return e.addRule(ctx, s.Rule, d.Roles)
	case ccr.ActionRemoveRule:
		return e.Follower.RemoveRule(ctx, s.Rule.LeaderAlias, s.Rule.Name)
	case ccr.ActionPause:
		return e.PauseIndex(ctx, s.Index)
	case ccr.ActionRemove:
		return e.RemoveIndex(ctx, s.Index)
	case ccr.ActionPromote:
		return e.PromoteIndex(ctx, s.Index)
	case ccr.ActionStop:
		return e.StopIndex(ctx, s.Index)
	}
	return fmt.Errorf("unknown step %q", s.Action)
}

func (e *Engine) startOf(d ccr.Desired, s ccr.Step) Start {
	return Start{FollowerIndex: s.Index, LeaderAlias: d.Alias, LeaderIndex: s.LeaderIndex, Roles: d.Roles}
}

// addRule makes a rule; one of that name that exists is the one that is wanted,
// since the name tells leader and pattern.
func (e *Engine) addRule(ctx context.Context, rule ccr.Rule, roles ccr.Roles) error {
	err := e.Follower.AddRule(ctx, rule, roles, nil)
	if is(err, "exception", "cannot be recreated/updated") {
		return nil
	}
	return err
}

// AwaitConnected waits until the follower is connected to its leader.
func (e *Engine) AwaitConnected(ctx context.Context, alias string) error {
	last := "the follower does not know remote cluster " + alias
	progress := e.progress()
	for pauses := clock.NewPace(200*time.Millisecond, 3*time.Second); ; {
		connections, err := e.Follower.Connections(ctx)
		switch c := connections[alias]; {
		case err == nil && c.Connected:
			return nil
		case err != nil && !IsUnreachable(err):
			return fmt.Errorf("wait for the connection to remote cluster %s: %w", alias, err)
		case err != nil:
			last = err.Error()
		case c.Exists:
			last = fmt.Sprintf("remote cluster %s (mode %s, %v) is not connected", alias, c.Mode, c.Addresses)
		}
		progress.say(ctx, "waiting for the connection to remote cluster "+alias+": "+last)
		if err := pauses.Wait(ctx, e.clock); err != nil {
			return fmt.Errorf("wait for the connection to remote cluster %s: %w; last seen: %s", alias, err, last)
		}
	}
}
