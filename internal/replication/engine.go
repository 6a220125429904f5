// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// Engine carries out steps on a follower.
type Engine struct {
	follower *Reader
	// leader is nil where it cannot be asked; what needs it is then left out.
	leader *Client
	clock  clock.Clock
	report func(ctx context.Context, progress poll.Progress)
	// began is when the operation began that this engine works for.
	began time.Time

	mu sync.Mutex
	// lost are the follower indices, by UUID, whose resume the leader refused
	// for lack of history.
	lost map[string]bool
	// unreachable is the proof that the leader cannot be reached, once it was found.
	unreachable ccr.Fact[struct{}]
	// ended is where the replications stood that a promotion has stopped.
	ended map[string]ccr.Ended
}

// NewEngine creates an engine. leader may be nil. report gets lines of progress;
// it may be nil.
func NewEngine(follower *Reader, leader *Client, now clock.Clock, report func(ctx context.Context, progress poll.Progress)) *Engine {
	if now == nil {
		now = clock.Real{}
	}
	if report == nil {
		report = func(context.Context, poll.Progress) {}
	}
	return &Engine{follower: follower, leader: leader, clock: now, report: report, began: now.Now(), lost: map[string]bool{}, ended: map[string]ccr.Ended{}}
}

// Since sets when the operation began, where that was before the engine was made.
func (e *Engine) Since(began time.Time) { e.began = began }

// The phases of an operation, as users see them.
const (
	phaseStarting  = "starting"
	phaseCopying   = "copying"
	phaseConnect   = "connection"
	phaseRules     = "rules"
	phasePausing   = "pausing"
	phaseStopping  = "stopping"
	phaseSettings  = "settings"
	phasePromotion = "promotion"
)

// poll is a wait with the engine's clock and report.
func (e *Engine) poll(phase, what string, first, most time.Duration) poll.Poll {
	return poll.Poll{Clock: e.clock, Phase: phase, Began: e.began, What: what, First: first, Most: most, Attempt: 3 * readTime, Report: e.report}
}

// tell reports progress outside a wait.
func (e *Engine) tell(ctx context.Context, phase, text string) {
	e.report(ctx, poll.Progress{Phase: phase, Elapsed: e.clock.Now().Sub(e.began), Text: text})
}

// Observe looks at the present, and adds what the engine has learned by acting.
func (e *Engine) Observe(ctx context.Context, q Question) (ccr.Observation, error) {
	q.Leader = e.leader
	o, err := e.follower.Fresh().Observe(ctx, q)
	e.mu.Lock()
	defer e.mu.Unlock()
	for uuid := range e.lost { // few, if any
		for name, f := range o.Indices.All() {
			if f.State == ccr.Paused && f.UUID() == uuid {
				lost := *f
				lost.HistoryLost = true
				o.Indices = o.Indices.With(name, lost)
				break
			}
		}
	}
	if _, proven := e.unreachable.Absent(); proven {
		o.Reach = e.unreachable
	}
	return o, err
}

// Ended is where the replications stood, by follower index, that a promotion of
// this engine has stopped.
func (e *Engine) Ended() map[string]ccr.Ended {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.ended)
}

// StepError is a step that failed.
type StepError struct {
	Step ccr.Step
	Err  error
}

func (e *StepError) Error() string { return e.Step.String() + ": " + e.Err.Error() }

// Unwrap returns what the server or the wait said.
func (e *StepError) Unwrap() error { return e.Err }

// Run carries out steps in their order, neighbours of a kind in parallel, and
// waits until what was started is in sync: after everything is there that the steps
// bring, so that the rules are not held up by the copies, and before anything is
// taken away. Steps that take something away are not begun after one that adds
// something has failed.
func (e *Engine) Run(ctx context.Context, d ccr.Desired, steps []ccr.Step) error {
	var failed []error
	var started []*awaited
	additionFailed := false
	await := func() {
		if err := e.await(ctx, started); err != nil {
			failed, additionFailed = append(failed, err), true
		}
		started = nil
	}
	for len(steps) > 0 {
		phase := steps[:phaseLength(steps)]
		steps = steps[len(phase):]
		if !brings(phase[0].Action) {
			await()
			if additionFailed || ctx.Err() != nil {
				break
			}
		}
		begun, err := e.runPhase(ctx, d, phase)
		started = append(started, begun...)
		if err != nil {
			failed = append(failed, err)
			additionFailed = additionFailed || brings(phase[0].Action)
			if phase[0].Action == ccr.ActionPromote {
				break // the integration stays as long as an index has not ended
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	await()
	return errors.Join(failed...)
}

// brings reports whether an action adds something.
func brings(a ccr.Action) bool {
	return slices.Contains([]ccr.Action{ccr.ActionStart, ccr.ActionResume, ccr.ActionRebuild, ccr.ActionAddRule}, a)
}

// follows reports whether an action is to end in a replication that syncs.
func follows(a ccr.Action) bool { return brings(a) && a != ccr.ActionAddRule }

// phaseLength is how many of the first steps may run at the same time: those
// that bring indices go together, others with their own kind.
func phaseLength(steps []ccr.Step) int {
	for i, s := range steps {
		if s.Action != steps[0].Action && (!follows(s.Action) || !follows(steps[0].Action)) {
			return i
		}
	}
	return len(steps)
}

// runPhase carries out steps that may run at the same time, and returns what has
// begun to replicate by them.
func (e *Engine) runPhase(ctx context.Context, d ccr.Desired, steps []ccr.Step) ([]*awaited, error) {
	if steps[0].Action == ccr.ActionPromote {
		return nil, e.promote(ctx, d, steps)
	}
	started := make([]bool, len(steps))
	stepDone, stop := e.counted(ctx, steps[0].Action, len(steps))
	defer stop()
	failed := parallel(ctx, len(steps), func(ctx context.Context, i int) error {
		defer stepDone()
		if err := e.step(ctx, d, steps[i]); err != nil {
			return &StepError{steps[i], err}
		}
		started[i] = follows(steps[i].Action)
		return nil
	})
	var begun []*awaited
	for i, s := range steps {
		if started[i] {
			begun = append(begun, &awaited{index: s.Index, resumed: s.Action == ccr.ActionResume})
		}
	}
	return begun, failed
}

// countEvery is how often steps that are carried out together are counted.
const countEvery = 10 * time.Second

// counted tells how many steps are done of those that are carried out together,
// until stop is called; stepDone is called after each.
func (e *Engine) counted(ctx context.Context, action ccr.Action, all int) (stepDone, stop func()) {
	phase := phaseStopping
	switch {
	case follows(action):
		phase = phaseStarting
	case action == ccr.ActionAddRule, action == ccr.ActionRemoveRule:
		phase = phaseRules
	case action == ccr.ActionPause:
		phase = phasePausing
	}
	var finished atomic.Int64
	count := func() { e.tell(ctx, phase, fmt.Sprintf("%d of %d are done", finished.Load(), all)) }
	count()
	return func() { finished.Add(1) }, poll.Beat(e.clock, countEvery, countEvery, count)
}

func (e *Engine) step(ctx context.Context, d ccr.Desired, s ccr.Step) error {
	start := d.Start(s)
	switch s.Action {
	case ccr.ActionStart:
		return e.StartIndex(ctx, start)
	case ccr.ActionResume:
		return e.resumeIndex(ctx, s)
	case ccr.ActionRebuild:
		if err := e.removeIndex(ctx, s.Destroys); err != nil {
			return err
		}
		return e.StartIndex(ctx, start)
	case ccr.ActionAddRule:
		return e.addRule(ctx, s.Rule, d.Roles)
	case ccr.ActionRemoveRule:
		return e.follower.RemoveRule(ctx, s.Destroys)
	case ccr.ActionPause:
		return e.pause(ctx, s.Index)
	case ccr.ActionRemoveIndex:
		return e.removeIndex(ctx, s.Destroys)
	case ccr.ActionStop:
		return e.follower.Stop(ctx, s.Destroys)
	case ccr.ActionPromote, ccr.ActionPowerOn, ccr.ActionAwait, ccr.ActionLink, ccr.ActionUnlink, ccr.ActionDeleteService, ccr.ActionFence, ccr.ActionLiftFence:
	}
	return fmt.Errorf("step %q is not one of a single index", s.Action)
}

// resumeIndex resumes a replication and remembers a refusal for lack of history,
// which decides what the next look leads to.
func (e *Engine) resumeIndex(ctx context.Context, s ccr.Step) error {
	err := e.resume(ctx, s.Index)
	if !isHistoryLost(err) {
		return err
	}
	_, uuid, _ := s.OrDestroys.Index()
	if uuid == "" { // the plan has no permission for what comes next, which the next decision says
		if marks, unread := e.follower.marks(ctx, []string{s.Index}); unread == nil {
			uuid = marks[s.Index].uuid
		}
	}
	if uuid != "" {
		e.mu.Lock()
		e.lost[uuid] = true
		e.mu.Unlock()
	}
	return err
}

// removeIndex stops a replication and deletes its follower index, after a last
// look at that index: another one of its name is not touched, nor one that
// somebody can have written to since the decision.
func (e *Engine) removeIndex(ctx context.Context, d ccr.Destruction) error {
	name, uuid, deletes := d.Index()
	if !deletes || name == "" || uuid == "" || !d.Permits() {
		return notPermitted("delete an index", d) // nor is it stopped
	}
	marks, err := e.follower.marks(ctx, []string{name})
	if err != nil {
		return err
	}
	there, exists := marks[name]
	if !exists {
		return nil // somebody else has deleted it
	}
	if there.uuid != uuid {
		return fmt.Errorf("the world has changed since the last look: index %s is another one now (UUID %s instead of %s), so it is not deleted", name, there.uuid, uuid)
	}
	if d.Untouched() && there.source.Alias == "" {
		// Its mark is gone or hidden: only the plugin can still vouch for it.
		status, err := e.follower.Replication(ctx, name)
		if err != nil {
			return err
		}
		if status.State != ccr.Paused && status.State != ccr.Failed {
			return fmt.Errorf("the world has changed since the last look: the replication of index %s was stopped meanwhile, so somebody can have written to it and it is not deleted", name)
		}
	}
	if err := e.follower.Stop(ctx, d); err != nil {
		return err
	}
	return e.follower.DeleteIndex(ctx, d)
}

// addRule adds a rule. One of that name that exists is the one that is wanted,
// since the name tells leader and pattern.
func (e *Engine) addRule(ctx context.Context, rule ccr.Rule, roles ccr.Roles) error {
	err := e.follower.AddRule(ctx, rule, roles, nil)
	if IsRuleTaken(err) {
		return nil
	}
	return err
}

// Cause says what is wrong on the follower with a replication that does not
// start, where its status does not tell: the connection, the shards of the
// follower index, the plugin's task. It is empty where nothing is found.
func (r *Reader) Cause(ctx context.Context, alias, index string) string {
	var causes []string
	r.Forget()
	if remotes, err := r.Remotes(ctx); err == nil && remotes != nil {
		switch c, exists := remotes[alias]; {
		case !exists:
			causes = append(causes, "the follower has no connection "+alias)
		case !c.Connected:
			causes = append(causes, fmt.Sprintf("the follower is not connected to %s (mode %s, %s)", alias, c.Mode, strings.Join(c.Addresses, ", ")))
		}
	}
	var health struct {
		Status     string `json:"status"`
		Unassigned int    `json:"unassigned_shards"`
	}
	err := r.call(ctx, http.MethodGet, "/_cluster/health"+path(index), nil, &health)
	if err == nil && health.Status == "red" {
		causes = append(causes, fmt.Sprintf("the follower index is red: %d of its shards are not assigned to a node, which GET /_cluster/allocation/explain explains", health.Unassigned))
	}
	if able, err := r.remoteClients(ctx); err == nil && !able {
		causes = append(causes, "no node of the follower has the role remote_cluster_client, which replication needs")
	}
	return strings.Join(causes, "; ")
}
