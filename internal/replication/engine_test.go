// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

func startOf(index string) string {
	return "PUT /" + index + `/_start {"leader_alias":"lead","leader_index":"` + index + `"}`
}

func addRule(pattern string) string {
	return `POST /_autofollow {"leader_alias":"lead","name":"` + ccr.RuleName("lead", pattern) + `","pattern":"` + pattern + `"}`
}

func removeRule(pattern string) string {
	return `DELETE /_autofollow {"leader_alias":"lead","name":"` + ccr.RuleName("lead", pattern) + `"}`
}

func TestPhaseLength(t *testing.T) {
	of := func(actions ...ccr.Action) []ccr.Step {
		var out []ccr.Step
		for _, a := range actions {
			out = append(out, ccr.Step{Action: a})
		}
		return out
	}
	for _, tt := range []struct {
		steps []ccr.Step
		want  int
	}{
		{of(ccr.ActionStop), 1},
		{of(ccr.ActionStop, ccr.ActionStop), 2},
		{of(ccr.ActionStart, ccr.ActionResume, ccr.ActionRebuild, ccr.ActionAddRule), 3},
		{of(ccr.ActionAddRule, ccr.ActionStart), 1},
		{of(ccr.ActionRemoveRule, ccr.ActionRemoveIndex), 1},
		{of(ccr.ActionStop, ccr.ActionPromote), 1},
		{of(ccr.ActionPause, ccr.ActionPause, ccr.ActionRemoveRule), 2},
	} {
		if got := phaseLength(tt.steps); got != tt.want {
			t.Errorf("%v: got %d, want %d", tt.steps, got, tt.want)
		}
	}
}

// A step of each kind, in the order that a decision has them: each phase ends
// before the next begins, and what was started is in sync by then.
func TestRun_PhasesInOrder(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.paused("User initiated", "resumed")
		f.paused("User initiated", "rebuilt")
		f.replicates("removed", "stopped", "held")
		f.rules[ccr.RuleName("lead", "old*")] = "old*"
		uuid := func(name string) ccr.Destruction {
			step, _ := ccr.EndIndex(ccr.FollowerIndex{Name: name, Index: ccr.Present(ccr.Identity{UUID: f.indices[name].uuid}), State: ccr.Syncing}, f.indices[name].uuid, true, "this test")
			return step.Destroys
		}
		rule := func(pattern string) ccr.Rule {
			return ccr.Rule{Name: ccr.RuleName("lead", pattern), LeaderAlias: "lead", Pattern: pattern}
		}
		steps := []ccr.Step{
			{Action: ccr.ActionStart, Index: "started", LeaderIndex: "started"},
			{Action: ccr.ActionResume, Index: "resumed"},
			{Action: ccr.ActionRebuild, Index: "rebuilt", LeaderIndex: "rebuilt", Destroys: uuid("rebuilt")},
			{Action: ccr.ActionAddRule, Rule: rule("new*")},
			{Action: ccr.ActionPause, Index: "held"},
			ccr.EndRule(rule("old*"), "this test"),
			{Action: ccr.ActionRemoveIndex, Index: "removed", Destroys: uuid("removed")},
			{Action: ccr.ActionStop, Index: "stopped", Destroys: permitStop("stopped")},
		}
		assertError(t, f.engine(nil).Run(t.Context(), desired(ccr.ModeReplicating), steps), "")
		changes := f.changes()
		if len(changes) != 11 {
			t.Fatalf("changes %q", changes)
		}
		assertLines(t, sorted(changes[:5]), sorted([]string{startOf("started"), "POST /resumed/_resume {}", "POST /rebuilt/_stop {}", "DELETE /rebuilt", startOf("rebuilt")}))
		assertLines(t, changes[5:], []string{addRule("new*"), `POST /held/_pause {"reason":"paused by Terraform"}`, removeRule("old*"), "POST /removed/_stop {}", "DELETE /removed", "POST /stopped/_stop {}"})
	})
}

// Nothing is taken away after something could not be added; the steps that add continue.
func TestRun_NothingIsTakenAwayAfterAFailedAddition(t *testing.T) {
	notFound := refused(404, "index_not_found_exception", "no such index [a]")
	for name, tt := range map[string]struct {
		set  func(f *follower)
		want string
	}{
		"a start is refused": {
			func(f *follower) { f.refuses["_start a"] = notFound },
			"start the replication of index a: PUT URL/_plugins/_replication/a/_start: status 404, index_not_found_exception: no such index [a]",
		},
		"what was started does not sync": {
			func(f *follower) {
				f.refuses["_status a"] = status("FAILED", "disk full")
				f.hides["stats"] = forbidden
			},
			"the replication of index a has failed: disk full",
		},
		"a rule is refused": {
			func(f *follower) { f.refuses["POST rule"] = refused(500, "exception", "no") },
			`add autofollow rule new for pattern "new*": POST URL/_plugins/_replication/_autofollow: status 500, exception: no`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				tt.set(f)
				err := f.engine(nil).Run(t.Context(), desired(ccr.ModeReplicating), []ccr.Step{
					{Action: ccr.ActionStart, Index: "a", LeaderIndex: "a"},
					{Action: ccr.ActionStart, Index: "b", LeaderIndex: "b"},
					{Action: ccr.ActionAddRule, Rule: ccr.Rule{Name: "new", LeaderAlias: "lead", Pattern: "new*"}},
					ccr.EndRule(ccr.Rule{Name: "old", LeaderAlias: "lead"}, "this test"),
					{Action: ccr.ActionRemoveIndex, Index: "old", Destroys: permitDelete("old")},
				})
				assertError(t, err, withURL(tt.want, f.cluster))
				if seen := f.seen("DELETE", "POST /_plugins/_replication/old"); len(seen) > 0 {
					t.Errorf("taken away: %q", seen)
				}
				if f.indices["b"] == nil || len(f.seen("POST /_plugins/_replication/_autofollow")) != 1 {
					t.Errorf("not added: %q", f.changes())
				}
			})
		})
	}
}

// What ends something does not wait for another ending that failed.
func TestRun_EndingsGoOn(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a", "b")
		f.refuses["DELETE rule"] = refused(500, "exception", "all is lost")
		err := f.engine(nil).Run(t.Context(), desired(ccr.ModePromoted), []ccr.Step{
			ccr.EndRule(ccr.Rule{Name: "r", LeaderAlias: "lead", Pattern: "*"}, "this test"),
			{Action: ccr.ActionStop, Index: "a", Destroys: permitStop("a")},
			{Action: ccr.ActionStop, Index: "b", Destroys: permitStop("b")},
		})
		assertError(t, err, withURL(`remove autofollow rule r for pattern "*": DELETE URL/_plugins/_replication/_autofollow: status 500, exception: all is lost`, f.cluster))
		assertLines(t, f.stops(), []string{"a", "b"})
		var failed *StepError
		if !errors.As(err, &failed) || failed.Step.Rule.Name != "r" {
			t.Errorf("the step is lost: %v", err)
		}
	})
}

// After a promotion that has not ended nothing else is taken away.
func TestRun_StopsAfterAPromotionThatFailed(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a", "b")
		f.indices["a"].record, f.indices["a"].reason = "FAILED", "disk full"
		err := f.engine(nil).Run(t.Context(), desired(ccr.ModePromoted), append(promoting(f, "a"), ccr.Step{Action: ccr.ActionStop, Index: "b", Destroys: permitStop("b")}))
		if err == nil || len(f.stops()) > 0 {
			t.Errorf("%v, stopped %v", err, f.stops())
		}
	})
}

func TestRun_WithoutPermission(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a")
		for _, action := range []ccr.Action{ccr.ActionStop, ccr.ActionRemoveRule, ccr.ActionPromote} {
			err := f.engine(nil).Run(t.Context(), desired(ccr.ModePromoted), []ccr.Step{{Action: action, Index: "a", Rule: ccr.Rule{Name: "r"}}})
			if err == nil || !strings.Contains(err.Error(), "internal error, please report it: nothing permits to") {
				t.Errorf("%s: %v", action, err)
			}
		}
		// Nor is an index stopped that is to be deleted and may only be stopped.
		for _, permits := range []ccr.Destruction{{}, permitStop("a")} {
			for _, action := range []ccr.Action{ccr.ActionRebuild, ccr.ActionRemoveIndex} {
				err := f.engine(nil).Run(t.Context(), desired(ccr.ModeReplicating), []ccr.Step{{Action: action, Index: "a", LeaderIndex: "a", Destroys: permits}})
				if err == nil || !strings.Contains(err.Error(), "nothing permits to delete an index") {
					t.Errorf("%s: %v", action, err)
				}
			}
		}
		if seen := f.seen("DELETE", "POST"); len(seen) > 0 {
			t.Errorf("requests %q", seen)
		}
	})
}

func TestRun_UnknownStep(t *testing.T) {
	engine, _, _ := engineOf(newCluster(t))
	assertError(t, engine.Run(t.Context(), ccr.Desired{}, []ccr.Step{{Action: "dance", Index: "a"}}), `dance a: step "dance" is not one of a single index`)
}

// A rule of that name is the one that is wanted: its name tells leader and pattern.
func TestRun_RuleThatExists(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		step := ccr.Step{Action: ccr.ActionAddRule, Rule: ccr.Rule{Name: "r", LeaderAlias: "lead", Pattern: "*"}}
		f.refuses["POST rule"] = refused(500, "exception", "Exisiting autofollow replication rule cannot be recreated/updated")
		assertError(t, f.engine(nil).Run(t.Context(), ccr.Desired{}, []ccr.Step{step}), "")
		f.refuses["POST rule"] = refused(404, "no_such_remote_cluster_exception", "no such remote cluster: [lead]")
		assertError(t, f.engine(nil).Run(t.Context(), ccr.Desired{}, []ccr.Step{step}), withURL(`add autofollow rule r for pattern "*": `+
			"POST URL/_plugins/_replication/_autofollow: status 404, no_such_remote_cluster_exception: no such remote cluster: [lead]. The follower has no connection of that name", f.cluster))
	})
}

// An interrupt ends a wait at once, and nothing is begun after it.
func TestRun_Interrupted(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.hides["stats"], f.refuses["_status a"] = forbidden, bootstrapping
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4*time.Second, cancel)
		start := time.Now()
		err := f.engine(nil).Run(ctx, desired(ccr.ModeReplicating), []ccr.Step{
			{Action: ccr.ActionStart, Index: "a", LeaderIndex: "a"},
			ccr.EndRule(ccr.Rule{Name: "r", LeaderAlias: "lead", Pattern: "*"}, "a test"),
		})
		assertError(t, err, "interrupted after waiting 4s until index a is in sync; last seen: 0 of 1 indices are in sync; waiting for a (BOOTSTRAPPING)")
		if !errors.Is(err, context.Canceled) {
			t.Error("the cause is lost")
		}
		took(t, time.Since(start), 4*time.Second, 4*time.Second)
		assertLines(t, f.changes(), []string{startOf("a")})
	})
}

// A copy may take hours: the rules, which take new indices up meanwhile, do not wait for it.
func TestRun_RulesDoNotWaitForCopies(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.hides["stats"], f.refuses["_status a"] = forbidden, bootstrapping
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4*time.Second, cancel)
		err := f.engine(nil).Run(ctx, desired(ccr.ModeReplicating), []ccr.Step{
			{Action: ccr.ActionStart, Index: "a", LeaderIndex: "a"},
			{Action: ccr.ActionAddRule, Rule: ccr.Rule{Name: "r", LeaderAlias: "lead", Pattern: "*"}},
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if changes := f.changes(); len(changes) != 2 || !strings.HasPrefix(changes[1], "POST /_autofollow") {
			t.Errorf("the changes are %q", changes)
		}
	})
}

// That the leader has lost the history is known after the refusal, also where
// nothing permits to copy the index again, and of that index only.
func TestObserve_HistoryLostIsRemembered(t *testing.T) {
	for name, permitted := range map[string]ccr.Destruction{"with a permission": permitDelete("a"), "without": {}} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.paused("User initiated", "a", "b")
				f.indices["a"].uuid = "a-uuid"
				f.refuses["_resume a"] = leaseGone
				engine := f.engine(nil)
				err := engine.Run(t.Context(), desired(ccr.ModeReplicating), []ccr.Step{{Action: ccr.ActionResume, Index: "a", LeaderIndex: "a", OrDestroys: permitted}})
				if !isHistoryLost(err) {
					t.Errorf("got %v", err)
				}
				for round, want := range []bool{true, false} {
					o, err := engine.Observe(t.Context(), all)
					if err != nil || o.Indices.At("a").HistoryLost != want || o.Indices.At("b").HistoryLost {
						t.Errorf("round %d: %+v, %v", round, o.Indices, err)
					}
					f.indices["a"].uuid = "another"
				}
			})
		})
	}
}

// An engine looks at the present, whatever its reader has read before.
func TestEngine_ObservesThePresent(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		reader := f.reader(clock.Real{})
		engine := NewEngine(reader, nil, clock.Real{}, nil)
		if _, err := reader.Observe(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		f.replicates("a")
		o, err := engine.Observe(t.Context(), all)
		if err != nil || o.Indices.Len() != 1 {
			t.Errorf("got %+v, %v", o.Indices, err)
		}
	})
}
