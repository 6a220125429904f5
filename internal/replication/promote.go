// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// ErrLeaderUnreachable is a promotion that cannot wait for its leader any
// longer: the leader is proven to be unreachable. The next observation of the
// engine has the proof, and the decision by it takes another way.
var ErrLeaderUnreachable = errors.New("the leader cannot be reached")

// promotion is a promotion under way.
type promotion struct {
	engine *Engine
	alias  string

	mu sync.Mutex // for what the steps of one look share
	// pending are the indices that have not ended yet, with their steps.
	pending map[string]ccr.Step
	resumed map[string]bool
	failed  []error

	// together: nothing is stopped before everything can be, so that a promotion
	// that fails until then can be taken back.
	together bool
	ended    map[string]ccr.Ended

	settling ccr.Settling
	// silences counts the looks in a row in which the leader did not answer.
	silences int
}

// promote waits until each follower index is in sync and then stops its
// replication; a paused one is resumed for that. One odd answer proves nothing:
// an index is stopped only when it is seen in sync. Where the leader is proven to
// be unreachable it ends with [ErrLeaderUnreachable].
func (e *Engine) promote(ctx context.Context, d ccr.Desired, steps []ccr.Step) error {
	p := &promotion{engine: e, alias: d.Alias, pending: map[string]ccr.Step{}, resumed: map[string]bool{}, together: d.Fence, ended: map[string]ccr.Ended{}}
	for _, s := range steps {
		p.pending[s.Index] = s
	}
	wait := e.poll(phasePromotion, fmt.Sprintf("until %s in sync with the leader", indicesAre(p.names())), 100*time.Millisecond, 2*time.Second)
	wait.Transient, wait.Attempt = IsUnreachable, 2*writeTime
	err := wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		seen, err := p.look(ctx)
		return poll.Look{Done: len(p.pending) == 0 || p.together && len(p.failed) > 0, Progress: p.progress(len(steps), seen)}, err
	})
	e.mu.Lock()
	maps.Copy(e.ended, p.ended)
	e.mu.Unlock()
	return errors.Join(append(p.failed, err)...)
}

func (p *promotion) names() []string { return slices.Sorted(maps.Keys(p.pending)) }

func (p *promotion) progress(all int, seen map[string]ccr.FollowerIndex) string {
	var waiting []string
	for i, name := range p.names() {
		if i == namesLength {
			waiting = append(waiting, fmt.Sprintf("and %d more", len(p.pending)-namesLength))
			break
		}
		waiting = append(waiting, name+" ("+describe(seen[name])+")")
	}
	return fmt.Sprintf("%d of %d indices have ended; waiting for %s", all-len(p.pending), all, strings.Join(waiting, ", "))
}

// look stops what is in sync at this moment, resumes what is paused, and finds
// out whether the leader can still be waited for.
func (p *promotion) look(ctx context.Context) (map[string]ccr.FollowerIndex, error) {
	reader, names, silent := p.engine.follower.Fresh(), p.names(), &silence{}
	seen, err := reader.states(ctx, names, silent, func(string) bool { return true })
	if err != nil {
		return seen, err
	}
	unknown := 0
	for _, f := range seen {
		if f.State == ccr.StateUnknown {
			unknown++
		}
	}
	now := leaderNow{fails: unknown > 0, silent: silent.certain() || unknown > 0 && int(silent.count.Load()) >= unknown}
	if err := p.probe(ctx, seen, &now); err != nil {
		return seen, err
	}
	resumable := !now.fails && !now.silent
	if p.together {
		p.together = !p.ready(ctx, seen, resumable)
	}
	if err := parallel(ctx, len(names), func(ctx context.Context, i int) error { return p.end(ctx, seen[names[i]], resumable) }); err != nil || len(p.pending) == 0 {
		return seen, err
	}
	return seen, p.awaitable(ctx, now)
}

// ready reports whether everything can be stopped at this moment.
func (p *promotion) ready(ctx context.Context, seen map[string]ccr.FollowerIndex, resumable bool) bool {
	for _, name := range p.names() {
		if f := seen[name]; !f.InSync() && !p.endless(ctx, p.pending[name], f, resumable) {
			return false
		}
	}
	return true
}

// endless reports whether there is nothing that an index could catch up with.
func (p *promotion) endless(ctx context.Context, step ccr.Step, f ccr.FollowerIndex, resumable bool) bool {
	return resumable && (f.State == ccr.Failed || f.State == ccr.Paused) && p.leaderLost(ctx, step.LeaderIndex)
}

// leaderNow is how the leader is at one look.
type leaderNow struct {
	// fails: what needs the leader is refused for lack of it.
	fails bool
	// silent: what needs the leader gets no answer.
	silent bool
}

// probe asks the leader for an index whose replication is paused or has failed.
// Its status does not need the leader, and a resume that a silent leader holds up would take a
// minute.
func (p *promotion) probe(ctx context.Context, seen map[string]ccr.FollowerIndex, now *leaderNow) error {
	if now.fails || now.silent {
		return nil
	}
	for _, name := range p.names() {
		if seen[name].State != ccr.Paused && seen[name].State != ccr.Failed {
			continue
		}
		_, err := p.engine.follower.searchLeader(ctx, p.alias, p.pending[name].LeaderIndex)
		now.silent, now.fails = isSilent(err), IsLeaderUnreachable(err)
		if isContext(err) {
			return err
		}
		return nil // any other answer is one of the leader
	}
	return nil
}

// end does what one index needs at this moment. An error that only this index
// has ends the promotion for it.
func (p *promotion) end(ctx context.Context, f ccr.FollowerIndex, resumable bool) error {
	p.mu.Lock()
	step, resumed := p.pending[f.Name], p.resumed[f.Name]
	p.mu.Unlock()
	done, err, ended := false, error(nil), ccr.EndedInSync(f)
	switch {
	case f.InSync() && p.together: // the others are waited for
	case f.InSync():
		err = p.engine.follower.Stop(ctx, step.Destroys)
		done = err == nil
	case p.endless(ctx, step, f, resumable):
		ended = ccr.EndedAlone(f)
		if !p.together {
			err = p.engine.follower.Stop(ctx, step.Destroys)
			done = err == nil
		}
	case f.State == ccr.Failed:
		err = fmt.Errorf("the replication has failed (%s), so it cannot catch up. Repair it with desired_state = \"replicating\" first", f.Reason)
	case f.State == ccr.Paused && !resumed && resumable:
		if err = p.engine.resume(ctx, f.Name); err != nil {
			err = fmt.Errorf("it is paused (%s) and must catch up before it is stopped: %w. Repair it with desired_state = \"replicating\" first", f.Reason, err)
		}
		resumed = err == nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if done {
		p.ended[f.Name] = ended
	}
	if _, stopped := f.Replicates().Absent(); f.State == ccr.NotInProgress && stopped {
		done = p.settling.Missing("replication of "+f.Name, p.engine.clock.Now()) // ended by somebody else
	} else {
		p.settling.Seen("replication of " + f.Name)
	}
	p.resumed[f.Name] = resumed
	switch {
	case err != nil && !IsUnreachable(err) && !IsLeaderUnreachable(err) && !isContext(err):
		p.failed = append(p.failed, &StepError{step, err})
		delete(p.pending, f.Name)
	case done:
		delete(p.pending, f.Name)
	}
	return nil
}

// leaderLost reports whether the leader answers that it has no such index: then
// there is nothing that the copy could catch up with.
func (p *promotion) leaderLost(ctx context.Context, leaderIndex string) bool {
	gone, err := p.engine.follower.searchLeader(ctx, p.alias, leaderIndex)
	return gone && err == nil
}

// awaitable returns an error where the leader cannot be waited for any longer:
// the follower reports for [ccr.SettleTime] that it is not connected, or has no
// connection at all, while what needs the leader fails; or the leader leaves
// requests unanswered twice in a row while the follower's own routes answer.
func (p *promotion) awaitable(ctx context.Context, now leaderNow) error {
	connections, err := p.engine.follower.Connections(ctx)
	if err != nil && !isClosedRoute(err) {
		return err // the follower itself does not answer: nothing is known of the leader
	}
	proof, shown := "", err == nil
	c, known := connections[p.alias]
	if !now.silent {
		p.silences = 0
	}
	switch {
	case now.silent:
		if p.silences++; p.silences > 1 {
			proof = fmt.Sprintf("the leader does not answer: what the follower asked it for got no answer within %s, %d times in a row, while the follower itself answers", readTime, p.silences)
		}
	case shown && !known:
		if p.settling.Missing("leader", p.engine.clock.Now()) {
			proof = fmt.Sprintf("the follower has had no remote cluster %s for more than %s", p.alias, ccr.SettleTime)
		}
	case shown && !c.Connected && now.fails:
		if p.settling.Missing("leader", p.engine.clock.Now()) {
			proof = fmt.Sprintf("the follower has reported for more than %s that it is not connected to remote cluster %s, and what needs the leader fails",
				ccr.SettleTime, p.alias)
		}
	default:
		p.settling.Seen("leader")
	}
	if proof == "" {
		return nil
	}
	p.engine.mu.Lock()
	p.engine.unreachable = ccr.Absent[struct{}](proof)
	p.engine.mu.Unlock()
	return fmt.Errorf("%w: %s", ErrLeaderUnreachable, proof)
}
