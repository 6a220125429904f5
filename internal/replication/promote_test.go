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
)

// promoting are the steps that a decision has for these indices.
func promoting(f *follower, names ...string) []ccr.Step {
	f.t.Helper()
	o := ccr.Observation{Alias: "lead", Reach: ccr.Present(struct{}{}), Indices: ccr.NewByName(map[string]ccr.FollowerIndex{})}
	for _, name := range names {
		o.Indices = o.Indices.With(name, replica(name, ccr.Syncing))
	}
	steps := ccr.Decide(desired(ccr.ModePromoted), o).Steps
	if len(steps) != len(names) {
		f.t.Fatalf("steps %v", steps)
	}
	return steps
}

// promote promotes, and tells how long it took.
func (f *follower) promote(ctx context.Context, e *Engine, names ...string) (time.Duration, error) {
	start := time.Now()
	err := e.Run(ctx, desired(ccr.ModePromoted), promoting(f, names...))
	return time.Since(start), err
}

// stops are the indices that were stopped, in order.
func (f *follower) stops() []string {
	var out []string
	for _, r := range f.seen("POST ") {
		if name, stop := strings.CutSuffix(strings.TrimPrefix(r, "POST /_plugins/_replication/"), "/_stop {}"); stop {
			out = append(out, name)
		}
	}
	return sorted(out)
}

func TestPromote_InSync(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a", "b")
		passed, err := f.promote(t.Context(), f.engine(nil), "a", "b")
		assertError(t, err, "")
		assertLines(t, f.stops(), []string{"a", "b"})
		took(t, passed, 0, 0)
		// The statistics prove nothing: they are still there when the leader is gone.
		if asked := f.seen("GET /_plugins/_replication/a/_status", "GET /_plugins/_replication/b/_status"); len(asked) != 2 {
			t.Errorf("statuses: %q", asked)
		}
	})
}

// What an index that lags reports in between does not make it stop; only that it
// is seen in sync does.
func TestPromote_LaggingIndexIsStoppedOnlyInSync(t *testing.T) {
	for name, odd := range map[string]struct {
		says []reply
		set  func(f *follower) // what is odd for 3 s, or for as long as it says
		long time.Duration
	}{
		"it catches up":                    {says: []reply{syncs(9, 4), syncs(12, 9), syncs(12, 11)}},
		"one NOT IN PROGRESS":              {says: []reply{syncs(9, 4), notInProgress, syncs(9, 5)}},
		"NOT IN PROGRESS for some seconds": {says: append(repeated(4, notInProgress), syncs(9, 5))},
		"one failed status":                {says: []reply{leaderDown, syncs(9, 4)}},
		"its status fails in turn":         {says: mixed(20, leaderDown, syncs(9, 4))},
		"the follower cannot be reached":   {says: []reply{syncs(9, 4), connectionClosed, notReady, syncs(9, 4)}},
		"a shard is not opened yet":        {says: []reply{syncs(9, -2), syncs(9, 4)}},
		"a copy":                           {says: []reply{bootstrapping, bootstrapping}},
		"connected: false for a moment":    {says: repeated(4, syncs(9, 4)), set: func(f *follower) { f.hides["remotes"] = ok(`{"lead":{"connected":false}}`) }},
		"no connection for a moment":       {says: repeated(4, notInProgress), set: func(f *follower) { f.hides["remotes"] = ok(`{}`) }},
		"connected: false all the while, and its status fails in turn": {
			says: mixed(20, leaderDown, syncs(9, 4)), long: time.Minute, set: func(f *follower) { f.hides["remotes"] = ok(`{"lead":{"connected":false}}`) },
		},
		"NOT IN PROGRESS in turn, without a mark or a block to be seen": {
			says: mixed(20, notInProgress, syncs(9, 4)), long: time.Minute,
			set: func(f *follower) {
				f.hides["marks filtered"], f.hides["state"], f.hides["store"] = forbidden, forbidden, forbidden
			},
		},
		"connections are not shown": {says: repeated(4, syncs(9, 4)), set: func(f *follower) { f.hides["remotes"] = forbidden }},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("a")
				f.indices["a"].says = odd.says
				// The statistics say all the time that it is in sync.
				if odd.set != nil {
					odd.set(f)
					time.AfterFunc(max(3*time.Second, odd.long), func() { f.change(func() { delete(f.hides, "remotes") }) })
				}
				passed, err := f.promote(t.Context(), f.engine(nil), "a")
				assertError(t, err, "")
				if left := len(f.indices["a"].says); left > 0 {
					t.Errorf("stopped although %d answers were left", left)
				}
				assertLines(t, f.stops(), []string{"a"})
				took(t, passed, 100*time.Millisecond, 45*time.Second)
			})
		})
	}
}

func TestPromote_NeverCatchesUp(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a", "b")
		f.indices["a"].leaderCheckpoint = 9
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		passed, err := f.promote(ctx, f.engine(nil), "a", "b")
		const want = "until all 2 indices are in sync with the leader; last seen: 1 of 2 indices have ended; waiting for a (SYNCING, 5 operations behind (checkpoint 4 of 9))"
		if err == nil || !strings.HasSuffix(err.Error(), want) || !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "context") {
			t.Errorf("got %v", err)
		}
		assertLines(t, f.stops(), []string{"b"})
		took(t, passed, 15*time.Second, 20*time.Second)
	})
}

// A paused replication catches up first.
func TestPromote_PausedIsResumedFirst(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.paused("User initiated", "a")
		f.indices["a"].leaderCheckpoint = 9
		time.AfterFunc(5*time.Second, func() { f.change(func() { f.indices["a"].followerCheckpoint = 9 }) })
		passed, err := f.promote(t.Context(), f.engine(nil), "a")
		assertError(t, err, "")
		assertLines(t, f.changes(), []string{"POST /a/_resume {}", "POST /a/_stop {}"})
		took(t, passed, 5*time.Second, 8*time.Second)
	})
}

// A copy whose leader index does not exist has nothing to catch up with: it is
// stopped as it is. Only the leader's answer to its name proves that.
func TestPromote_LeaderIndexIsGone(t *testing.T) {
	for name, set := range map[string]func(f *follower){
		"paused by the plugin": func(f *follower) { f.paused(leaderIndexDeleted, "a") },
		"paused by hand":       func(f *follower) { f.paused("User initiated", "a") },
		"failed": func(f *follower) {
			f.replicates("a")
			f.indices["a"].record, f.indices["a"].reason = "FAILED", "disk full"
		},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				set(f)
				delete(f.leaderHas, "a")
				passed, err := f.promote(t.Context(), f.engine(nil), "a")
				assertError(t, err, "")
				assertLines(t, f.changes(), []string{"POST /a/_stop {}"})
				took(t, passed, 0, 0)
			})
		})
	}
}

// What can never catch up ends with an error; the others go on.
func TestPromote_OneFails(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(f *follower)
		want string
	}{
		"failed": {
			func(f *follower) { f.indices["a"].record, f.indices["a"].reason = "FAILED", "disk full" },
			`let index a catch up, then stop its replication: the replication has failed (disk full), so it cannot catch up. Repair it with desired_state = "replicating" first`,
		},
		"paused, the history is lost": {
			func(f *follower) {
				f.indices["a"].record, f.indices["a"].stored, f.indices["a"].reason = "PAUSED", "PAUSED", "User initiated"
				f.refuses["_resume a"] = leaseGone
			},
			"let index a catch up, then stop its replication: it is paused (User initiated) and must catch up before it is stopped: waiting until index a can be resumed: " +
				"POST URL/_plugins/_replication/a/_resume: status 404, resource_not_found_exception: Retention lease doesn't exist. Replication can't be resumed for a. " +
				"The leader no longer has the history that is needed. Delete the follower index and start the replication again. Repair it with desired_state = \"replicating\" first",
		},
		"its stop is refused": {
			func(f *follower) { f.refuses["_stop a"] = refused(500, "exception", "no") },
			"let index a catch up, then stop its replication: POST URL/_plugins/_replication/a/_stop: status 500, exception: no",
		},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("a", "b")
				f.indices["b"].leaderCheckpoint = 9
				time.AfterFunc(5*time.Second, func() { f.change(func() { f.indices["b"].followerCheckpoint = 9 }) })
				tt.set(f)
				passed, err := f.promote(t.Context(), f.engine(nil), "a", "b")
				assertError(t, err, withURL(tt.want, f.cluster))
				if f.indices["b"].record != "" || f.indices["a"].record == "" {
					t.Errorf("stopped %v", f.stops())
				}
				took(t, passed, 5*time.Second, 8*time.Second)
			})
		})
	}
}

// Somebody else has stopped it: that is believed when it stays so.
func TestPromote_StoppedByAnother(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.add("a")
		passed, err := f.promote(t.Context(), f.engine(nil), "a")
		assertError(t, err, "")
		took(t, passed, ccr.SettleTime, ccr.SettleTime+3*time.Second)
		if stops := f.stops(); len(stops) > 0 {
			t.Errorf("stopped %v", stops)
		}
	})
}

// A leader that is proven to be unreachable is not waited for, and the next look
// has the proof.
func TestPromote_LeaderUnreachable(t *testing.T) {
	const down = "the follower has reported for more than 10s that it is not connected to remote cluster lead, and what needs the leader fails"
	const silent = "the leader does not answer: what the follower asked it for got no answer within 10s, 2 times in a row, while the follower itself answers"
	const unknown = "the follower has had no remote cluster lead for more than 10s"
	for name, tt := range map[string]struct {
		set         func(f *follower)
		proof       string
		least, most time.Duration
	}{
		"down":                        {func(f *follower) { f.leader = leaderIsDown }, down, 10 * time.Second, 15 * time.Second},
		"down, the statistics closed": {func(f *follower) { f.leader, f.hides["stats"] = leaderIsDown, forbidden }, down, 10 * time.Second, 15 * time.Second},
		"down, and all are paused": {
			func(f *follower) {
				for _, ix := range f.indices {
					ix.record, ix.stored, ix.reason = "PAUSED", "PAUSED", "AutoPaused: "
				}
				f.leader = leaderIsDown
			}, down, 10 * time.Second, 15 * time.Second,
		},
		"silent":                                {func(f *follower) { f.leader = leaderIsSilent }, silent, 20 * time.Second, 30 * time.Second},
		"silent, the statistics closed":         {func(f *follower) { f.leader, f.hides["stats"] = leaderIsSilent, forbidden }, silent, 20 * time.Second, 30 * time.Second},
		"silent, and connections are not shown": {func(f *follower) { f.leader, f.hides["remotes"] = leaderIsSilent, forbidden }, silent, 20 * time.Second, 30 * time.Second},
		"silent, and all are paused": {
			func(f *follower) {
				for _, ix := range f.indices {
					ix.record, ix.stored, ix.reason = "PAUSED", "PAUSED", "AutoPaused: "
				}
				f.leader = leaderIsSilent
			}, silent, 20 * time.Second, 30 * time.Second,
		},
		"silent, and one is paused": {
			func(f *follower) {
				ix := f.indices["index-0000"]
				ix.record, ix.stored, ix.reason = "PAUSED", "PAUSED", "User initiated"
				f.leader = leaderIsSilent
			}, silent, 20 * time.Second, 30 * time.Second,
		},
		"the connection was removed": {func(f *follower) { f.known = false }, unknown, 10 * time.Second, 15 * time.Second},
	} {
		for _, n := range []int{1, 12} {
			t.Run(name, func(t *testing.T) {
				withFollower(t, func(t *testing.T, f *follower) {
					f.replicates(numbered(n)...)
					tt.set(f)
					engine := f.engine(nil)
					passed, err := f.promote(t.Context(), engine, numbered(n)...)
					if !errors.Is(err, ErrLeaderUnreachable) || !strings.HasSuffix(err.Error(), "the leader cannot be reached: "+tt.proof) {
						t.Errorf("got %v", err)
					}
					took(t, passed, tt.least, tt.most)
					if changes := f.changes(); len(changes) > 0 {
						t.Errorf("changed %q", changes)
					}
					o, err := engine.Observe(t.Context(), Question{Alias: "lead", Leaderless: true})
					if proof, absent := o.Reach.Absent(); err != nil || !absent || proof.String() != tt.proof {
						t.Errorf("reach %+v, %v", o.Reach, err)
					}
					// Which leads to another way: they are stopped as they are.
					for _, s := range ccr.Decide(desired(ccr.ModePromoted), o).Steps {
						if s.Action != ccr.ActionStop {
							t.Errorf("step %s", s)
						}
					}
				})
			})
		}
	}
}

// A leader that comes back before that is waited for.
func TestPromote_LeaderComesBack(t *testing.T) {
	for name, tt := range map[string]struct {
		state leaderState
		after time.Duration
	}{
		"down for 5 s":   {leaderIsDown, 5 * time.Second},
		"down for 9 s":   {leaderIsDown, 9 * time.Second},
		"silent for 5 s": {leaderIsSilent, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("a", "b", "c")
				f.paused("User initiated", "paused")
				f.leader = tt.state
				time.AfterFunc(tt.after, func() { f.change(func() { f.leader = leaderUp }) })
				engine := f.engine(nil)
				passed, err := f.promote(t.Context(), engine, "a", "b", "c", "paused")
				assertError(t, err, "")
				assertLines(t, f.stops(), []string{"a", "b", "c", "paused"})
				took(t, passed, tt.after, tt.after+15*time.Second)
				o, err := engine.Observe(t.Context(), Question{Alias: "lead", Leaderless: true})
				if _, reached := o.Reach.Value(); err != nil || !reached {
					t.Errorf("reach %+v, %v", o.Reach, err)
				}
			})
		})
	}
}

// While the follower itself does not answer, nothing is known of its leader.
func TestPromote_FollowerDoesNotAnswer(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a")
		f.hides["remotes"], f.hides["marks"], f.hides["state"], f.hides["stats"] = notReady, notReady, notReady, notReady
		f.refuses["_status a"] = notReady
		time.AfterFunc(time.Minute, func() {
			f.change(func() {
				clear(f.hides)
				clear(f.refuses)
			})
		})
		passed, err := f.promote(t.Context(), f.engine(nil), "a")
		assertError(t, err, "")
		took(t, passed, time.Minute, time.Minute+10*time.Second)
	})
}
