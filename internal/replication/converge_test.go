// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// play is a convergence over a list of decisions, the last one for good, which
// notes what it does.
type play struct {
	looks    [][]ccr.Step
	failures map[string]error // by step
	did      []string
}

func (p *play) converge(ctx context.Context, approval ccr.Approval) (ccr.Decision, error) {
	return Convergence{
		Approval: approval,
		Look: func(context.Context) (ccr.Decision, error) {
			p.did = append(p.did, "look")
			steps := p.looks[0]
			if len(p.looks) > 1 {
				p.looks = p.looks[1:]
			}
			return ccr.Decision{Reason: fmt.Sprintf("%d steps", len(steps)), Steps: steps}, nil
		},
		Run: func(_ context.Context, steps []ccr.Step) error {
			var failed []error
			for _, s := range steps {
				p.did = append(p.did, s.String())
				if err := p.failures[s.String()]; err != nil {
					failed = append(failed, &StepError{s, err})
				}
			}
			return errors.Join(failed...)
		},
	}.Converge(ctx)
}

func TestConvergence(t *testing.T) {
	start := func(name string) ccr.Step {
		return ccr.Step{Action: ccr.ActionStart, Index: name, LeaderIndex: name}
	}
	resume := ccr.Step{Action: ccr.ActionResume, Index: "a", OrDestroys: permitDelete("a")}
	rebuild := ccr.Step{Action: ccr.ActionRebuild, Index: "a", LeaderIndex: "a", Destroys: permitDelete("a")}
	remove := ccr.Step{Action: ccr.ActionRemoveIndex, Index: "b", Destroys: permitDelete("b")}
	stop := ccr.Step{Action: ccr.ActionStop, Index: "c", Destroys: permitStop("c")}
	rule := ccr.EndRule(ccr.Rule{Name: "r", LeaderAlias: "lead", Pattern: "*"}, "this test")
	end := ccr.Teardown(ccr.Desired{Alias: "lead"}, ccr.PairObservation{Link: ccr.Present(ccr.Link{ID: "i", Leader: "p/l"})}, time.Time{}, "this test")
	unlink := end[0]
	powerOn, await := ccr.Step{Action: ccr.ActionPowerOn, What: "p/s"}, ccr.Step{Action: ccr.ActionAwait, What: "p/s runs"}
	approved := func(steps ...ccr.Step) ccr.Approval { return ccr.Approve(ccr.ModeReplicating, steps) }
	no := errors.New("no")
	const changed = "the world has changed since the plan: the apply would now have to "
	text := func(steps ...ccr.Step) string {
		var named []string
		for _, s := range steps {
			named = append(named, s.Destroys.String())
		}
		return changed + strings.Join(named, "; ") + ", which the plan did not name. Plan again"
	}
	steps := func(s ...ccr.Step) []ccr.Step { return s }
	s := func(step ccr.Step) string { return step.String() }
	for name, tt := range map[string]struct {
		looks    [][]ccr.Step
		failures map[string]error
		approval ccr.Approval
		did      []string
		want     string
		reason   string
	}{
		"nothing to do": {looks: [][]ccr.Step{nil}, did: []string{"look"}, reason: "0 steps"},
		"done at once":  {looks: [][]ccr.Step{steps(start("a")), nil}, did: []string{"look", s(start("a")), "look"}, reason: "0 steps"},
		"an index comes up meanwhile": {
			looks: [][]ccr.Step{steps(start("a")), steps(start("b")), nil},
			did:   []string{"look", s(start("a")), "look", s(start("b")), "look"}, reason: "0 steps",
		},
		"a failed step is not repeated": {
			looks: [][]ccr.Step{steps(start("a"))}, failures: map[string]error{s(start("a")): no},
			did: []string{"look", s(start("a")), "look"}, want: "start the replication of index a: no", reason: "1 steps",
		},
		"what failed has been done since": {
			looks: [][]ccr.Step{steps(start("a")), nil}, failures: map[string]error{s(start("a")): no},
			did: []string{"look", s(start("a")), "look"}, reason: "0 steps",
		},
		"additions first, then a look, then removals": {
			looks: [][]ccr.Step{steps(start("a"), rule, remove), steps(rule, remove), nil}, approval: approved(rule, remove),
			did: []string{"look", s(start("a")), "look", s(rule), s(remove), "look"}, reason: "0 steps",
		},
		"no removal after a failed addition": {
			looks: [][]ccr.Step{steps(start("a"), rule, remove)}, failures: map[string]error{s(start("a")): no}, approval: approved(rule, remove),
			did: []string{"look", s(start("a")), "look"}, want: "start the replication of index a: no", reason: "3 steps",
		},
		"the services first, then a look": {
			looks: [][]ccr.Step{steps(powerOn, await, start("a"), rule), steps(start("a"), rule), steps(rule), nil}, approval: approved(rule),
			did: []string{"look", s(powerOn), s(await), "look", s(start("a")), "look", s(rule), "look"}, reason: "0 steps",
		},
		"what the plan did not name is refused": {
			looks: [][]ccr.Step{steps(remove)}, did: []string{"look"}, want: text(remove), reason: "1 steps",
		},
		"all that it did not name": {
			looks: [][]ccr.Step{steps(remove, stop, rule)}, did: []string{"look"}, want: text(remove, stop, rule), reason: "3 steps",
		},
		"the rest is done": {
			looks: [][]ccr.Step{steps(start("a"), remove), steps(remove)}, did: []string{"look", s(start("a")), "look"}, want: text(remove), reason: "1 steps",
		},
		"the plan named it for another index of that name": {
			looks: [][]ccr.Step{steps(remove)}, approval: approved(ccr.Step{Destroys: permitDelete("c")}), did: []string{"look"}, want: text(remove), reason: "1 steps",
		},
		"but the integration stays": {
			looks: [][]ccr.Step{steps(rule, remove, unlink), steps(remove, unlink)}, approval: approved(rule, unlink),
			did: []string{"look", s(rule), "look"}, want: text(remove), reason: "2 steps",
		},
		"a promotion ends what came later too": {
			looks: [][]ccr.Step{steps(rule, stop, unlink), nil}, approval: ccr.Approve(ccr.ModePromoted, steps(unlink)),
			did: []string{"look", s(rule), s(stop), s(unlink), "look"}, reason: "0 steps",
		},
		"but no index": {
			looks: [][]ccr.Step{steps(remove)}, approval: ccr.Approve(ccr.ModePromoted, nil), did: []string{"look"}, want: text(remove), reason: "1 steps",
		},
		"a resume that is refused becomes a rebuild, as the plan said": {
			looks: [][]ccr.Step{steps(resume), steps(rebuild), nil}, failures: map[string]error{s(resume): no}, approval: approved(resume),
			did: []string{"look", s(resume), "look", s(rebuild), "look"}, reason: "0 steps",
		},
		"a resume that is refused does not become one that the plan did not name": {
			looks: [][]ccr.Step{steps(resume), steps(rebuild)}, failures: map[string]error{s(resume): no},
			did: []string{"look", s(resume), "look"}, want: "resume the replication of index a: no\n" + text(rebuild), reason: "1 steps",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := &play{looks: tt.looks, failures: tt.failures}
			decided, err := p.converge(t.Context(), tt.approval)
			assertError(t, err, tt.want)
			assertLines(t, p.did, tt.did)
			if decided.Reason != tt.reason {
				t.Errorf("decided %q, want %q", decided.Reason, tt.reason)
			}
		})
	}
}

// Each look finds something else to do: that has an end, with the last decision.
func TestConvergence_DoesNotSettle(t *testing.T) {
	var looks [][]ccr.Step
	for i, name := range numbered(rounds + 5) {
		steps := make([]ccr.Step, 1, i+1)
		steps[0] = ccr.Step{Action: ccr.ActionStart, Index: name, LeaderIndex: name}
		looks = append(looks, steps)
	}
	p := &play{looks: looks}
	decided, err := p.converge(t.Context(), ccr.Approval{})
	assertError(t, err, fmt.Sprintf("the follower does not settle: after %d rounds there is still something to do", rounds))
	if len(p.did) != 2*rounds || len(decided.Steps) != 1 || decided.Steps[0].Index != numbered(rounds)[rounds-1] {
		t.Errorf("did %q, decided %+v", p.did, decided)
	}
}

// A look that fails returns what was decided before, and what went wrong then.
func TestConvergence_LookFails(t *testing.T) {
	no, lost := errors.New("no"), errors.New("the follower cannot be read")
	looks := 0
	decided, err := Convergence{
		Look: func(context.Context) (ccr.Decision, error) {
			if looks++; looks > 1 {
				return ccr.Decision{}, lost
			}
			return ccr.Decision{Status: ccr.StatusFailed, Steps: []ccr.Step{{Action: ccr.ActionStart}}}, nil
		},
		Run: func(context.Context, []ccr.Step) error { return no },
	}.Converge(t.Context())
	assertError(t, err, "no\nthe follower cannot be read")
	if decided.Status != ccr.StatusFailed {
		t.Errorf("decided %+v", decided)
	}
}

// An interrupt is never success, also where the steps before it were.
func TestConvergence_Interrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Convergence{
		Look: func(ctx context.Context) (ccr.Decision, error) {
			return ccr.Decision{Steps: []ccr.Step{{Action: ccr.ActionStart}}}, ctx.Err()
		},
		Run: func(context.Context, []ccr.Step) error { cancel(); return nil },
	}.Converge(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func planned(t *testing.T, e *Engine, d ccr.Desired, q Question) ccr.Approval {
	t.Helper()
	o, err := e.Observe(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return ccr.Approve(d.Mode, ccr.Decide(d, o).Steps)
}

// The whole way with a follower: what is desired is reached, and a second time
// there is nothing to do.
func TestEngine_Converge(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.leaderHas = map[string]bool{"a": false, "b": false}
		engine, d := f.engine(nil), desired(ccr.ModeReplicating, "*")
		seen, decided, err := engine.Converge(t.Context(), d, all, ccr.Approval{})
		assertError(t, err, "")
		if decided.Status != ccr.StatusReplicating || len(seen.Replicating(ccr.Owned{})) != 2 {
			t.Errorf("decided %+v", decided)
		}
		assertLines(t, sorted(f.changes()), sorted([]string{startOf("a"), startOf("b"), addRule("*")}))
		f.forget()
		if _, _, err := engine.Converge(t.Context(), d, all, ccr.Approval{}); err != nil || len(f.changes()) > 0 {
			t.Errorf("a second time: %v, %q", err, f.changes())
		}
		// And on to a promotion.
		d = desired(ccr.ModePromoted)
		f.forget()
		_, decided, err = engine.Converge(t.Context(), d, Question{Alias: "lead", Leaderless: true}, planned(t, engine, d, all))
		assertError(t, err, "")
		if decided.Status != ccr.StatusPromoted {
			t.Errorf("decided %+v", decided)
		}
		assertLines(t, sorted(f.changes()), sorted([]string{removeRule("*"), "POST /a/_stop {}", "POST /b/_stop {}"}))
	})
}

// The leader no longer has the history since a pause: what the plan said it comes
// to then, a second copy, is reached.
func TestEngine_ConvergeAfterLostHistory(t *testing.T) {
	for name, approves := range map[string]bool{"as planned": true, "not planned": false} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.paused("User initiated", "a")
				f.rules[ccr.RuleName("lead", "*")] = "*"
				f.refuses["_resume a"] = leaseGone
				engine, d := f.engine(nil), desired(ccr.ModeReplicating, "*")
				d.Owned = ccr.NewByName(map[string]string{"a": f.indices["a"].uuid})
				approval := ccr.Approval{}
				if approves {
					approval = planned(t, engine, d, all)
				}
				_, decided, err := engine.Converge(t.Context(), d, all, approval)
				changes := []string{"POST /a/_resume {}"}
				if approves {
					assertError(t, err, "")
					changes = append(changes, "POST /a/_stop {}", "DELETE /a", startOf("a"))
				} else if over := (*WorldChanged)(nil); !errors.As(err, &over) || len(over.Destructions) != 1 || !isHistoryLost(err) {
					t.Errorf("got %v", err)
				}
				assertLines(t, f.changes(), changes)
				if (decided.Status == ccr.StatusReplicating) != approves {
					t.Errorf("decided %+v", decided)
				}
			})
		})
	}
}

// A leader that is proven to be unreachable does not keep a promotion from its end.
func TestEngine_ConvergeToAPromotionWithoutALeader(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a", "b")
		f.indices["a"].record, f.indices["a"].reason = "FAILED", "disk full"
		f.leader = leaderIsDown
		engine, d := f.engine(nil), desired(ccr.ModePromoted)
		q := Question{Alias: "lead", Leaderless: true}
		start := time.Now()
		_, decided, err := engine.Converge(t.Context(), d, q, ccr.Approval{Replications: true})
		assertError(t, err, "")
		if decided.Status != ccr.StatusPromoted {
			t.Errorf("decided %+v", decided)
		}
		assertLines(t, f.stops(), []string{"a", "b"})
		took(t, time.Since(start), ccr.SettleTime, time.Minute)
	})
}
