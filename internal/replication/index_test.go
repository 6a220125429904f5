// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

const (
	startA  = "PUT /_plugins/_replication/a/_start"
	stopA   = "POST /_plugins/_replication/a/_stop"
	pauseA  = "POST /_plugins/_replication/a/_pause"
	resumeA = "POST /_plugins/_replication/a/_resume"
	tasks   = "GET /_tasks"

	startBody  = ` {"leader_alias":"lead","leader_index":"a"}`
	tasksQuery = "?actions=cluster:indices/admin/replication*&detailed&group_by=none"
)

var a = Start{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a"}

// script is what a fake answers, the requests that are to be made, in order, and the error that comes of it.
type script struct {
	answers map[string][]reply
	want    string
	made    []string
}

func (s script) run(t *testing.T, act func(context.Context, *Engine) error) *movingClock {
	t.Helper()
	fake := newCluster(t)
	for route, answers := range s.answers {
		fake.on(route, answers...)
	}
	engine, clock, _ := engineOf(fake)
	assertError(t, act(t.Context(), engine), withURL(s.want, fake))
	assertLines(t, fake.seen(), s.made)
	return clock
}

func TestStartIndex(t *testing.T) {
	const nameTakenText = "PUT URL/_plugins/_replication/a/_start: status 400, illegal_argument_exception: Cant use same index again for replication. Delete the index:a. " +
		"An index of that name exists on the follower. Delete it or follow under another name"
	const wedgedText = "PUT URL/_plugins/_replication/a/_start: status 500, resource_already_exists_exception: task with id {replication:index:a} already exist"
	ofAnother := ok(`{"status":"SYNCING","leader_alias":"lead","leader_index":"other","follower_index":"a"}`)
	ofAnotherLeader := ok(`{"status":"SYNCING","leader_alias":"asia","leader_index":"a","follower_index":"a"}`)
	held := ok(`{"tasks":[
		{"node":"n1","id":3,"action":"cluster:indices/admin/replication[c]","description":"replication:lead:[aa/uuid] -> aa"},
		{"node":"n1","id":7,"action":"cluster:indices/admin/replication[c]","description":"replication:lead:[a/uuid] -> a"}]}`)

	for name, s := range map[string]script{
		"accepted": {
			answers: map[string][]reply{startA: {acknowledged}},
			made:    []string{startA + startBody},
		},
		"a rule was faster": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {bootstrapping}},
			made:    []string{startA + startBody, statusOfA},
		},
		"the answer got lost": {
			answers: map[string][]reply{startA: {connectionClosed}, statusOfA: {syncs(4, 4)}},
			made:    []string{startA + startBody, statusOfA},
		},
		"name taken by a plain index": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {notInProgress}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA},
		},
		"name taken by a replica of another index": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {ofAnother}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA},
		},
		"name taken by a replica of another leader": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {ofAnotherLeader}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA},
		},
		"the first error is the one that is told": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {forbidden}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA},
		},
		"wedged: the one task that holds the name is cancelled": {
			answers: map[string][]reply{
				startA: {wedged, wedged, acknowledged}, statusOfA: {notInProgress}, tasks: {held},
				"POST /_tasks/n1:7/_cancel": {ok(`{}`)},
			},
			made: []string{startA + startBody, statusOfA, tasks + tasksQuery, "POST /_tasks/n1:7/_cancel", startA + startBody, startA + startBody},
		},
		"wedged, but another start was faster": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: {bootstrapping}},
			made:    []string{startA + startBody, statusOfA},
		},
		"wedged, then refused for another reason": {
			answers: map[string][]reply{
				startA: {wedged, nameTaken}, statusOfA: {notInProgress}, tasks: {held},
				"POST /_tasks/n1:7/_cancel": {ok(`{}`)},
			},
			want: nameTakenText,
			made: []string{startA + startBody, statusOfA, tasks + tasksQuery, "POST /_tasks/n1:7/_cancel", startA + startBody},
		},
		"wedged, the tasks route closed": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: {notInProgress}, tasks: {forbidden}},
			want: wedgedText + ". The name is held by a task that an earlier replication left behind, and it cannot be looked up and cancelled here " +
				"(GET URL/_tasks" + tasksQuery + ": status 403, security_exception: no permissions for [cluster:monitor] and User [name=avnadmin]. " +
				"The user lacks a permission; for replication it needs the plugin's roles on both clusters). Only a restart of the follower's nodes or the service's support can free it",
			made: []string{startA + startBody, statusOfA, tasks + tasksQuery},
		},
		"wedged, the task may be seen but not cancelled": {
			answers: map[string][]reply{
				startA: {wedged}, statusOfA: {notInProgress}, tasks: {held},
				"POST /_tasks/n1:7/_cancel": {{405, ""}},
			},
			want: wedgedText + ". The name is held by task n1:7, and it cannot be cancelled here (POST URL/_tasks/n1:7/_cancel: status 405). " +
				"Only a restart of the follower's nodes or the service's support can free it",
			made: []string{startA + startBody, statusOfA, tasks + tasksQuery, "POST /_tasks/n1:7/_cancel"},
		},
		"wedged, but no task is seen": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: {notInProgress}, tasks: {ok(`{"tasks":[]}`)}},
			want:    wedgedText + ". No task of the plugin is for this index: a restart of the follower's nodes frees the name",
			made:    []string{startA + startBody, statusOfA, tasks + tasksQuery},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(ctx context.Context, e *Engine) error { return e.StartIndex(ctx, a) })
		})
	}
}

// The cancelled task takes its time; that has an end.
func TestStartIndex_TaskThatDoesNotGo(t *testing.T) {
	fake := newCluster(t)
	fake.on(startA, wedged)
	fake.on(statusOfA, notInProgress)
	fake.on(tasks, ok(`{"tasks":[{"node":"n1","id":7,"description":"replication:lead:[a/uuid] -> a"}]}`))
	fake.on("POST /_tasks/n1:7/_cancel", ok(`{}`))
	engine, clock, said := engineOf(fake)
	err := engine.StartIndex(t.Context(), a)
	if !isWedge(err) || clock.passed() < freeTime || clock.passed() > freeTime+5*time.Second {
		t.Errorf("%v after %v", err, clock.passed())
	}
	assertLines(t, said.lines, []string{"cancelling task n1:7 (replication:lead:[a/uuid] -> a), which was left behind and holds the name of index a"})
}

func TestStartIndex_Interrupted(t *testing.T) {
	fake := newCluster(t)
	engine, _, _ := engineOf(fake)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := engine.StartIndex(ctx, a); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if seen := fake.seen(); len(seen) > 0 {
		t.Errorf("requests after the end: %q", seen)
	}
}

func TestResumeIndex(t *testing.T) {
	const leaseText = "POST URL/_plugins/_replication/a/_resume: status 404, resource_not_found_exception: Retention lease doesn't exist. Replication can't be resumed for a. " +
		"The leader no longer has the history that is needed. Delete the follower index and start the replication again"
	rebuilt := []string{resumeA + " {}", stopA + " {}", "DELETE /a", startA + startBody}
	for name, tt := range map[string]struct {
		script
		rebuild bool
		atLeast time.Duration
	}{
		"accepted": {script: script{
			answers: map[string][]reply{resumeA: {acknowledged}}, made: []string{resumeA + " {}"},
		}},
		"runs already": {script: script{
			answers: map[string][]reply{resumeA: {alreadyRunning}, statusOfA: {syncs(4, 4)}}, made: []string{resumeA + " {}", statusOfA},
		}},
		"runs already, its leader out of reach": {script: script{
			answers: map[string][]reply{resumeA: {alreadyRunning}, statusOfA: {leaderDown}}, made: []string{resumeA + " {}", statusOfA},
		}},
		"runs already, says the plugin, and its status cannot be read": {script: script{
			answers: map[string][]reply{resumeA: {alreadyRunning}, statusOfA: {{401, ""}}}, made: []string{resumeA + " {}", statusOfA},
			want: "GET URL/_plugins/_replication/a/_status: status 401. Check the credentials of this cluster",
		}},
		// After an automatic pause the status says PAUSED a moment before a resume is accepted.
		"runs already, says the plugin, and is paused": {script: script{
			answers: map[string][]reply{resumeA: {alreadyRunning, alreadyRunning, acknowledged}, statusOfA: {status("PAUSED", "AutoPaused: x")}},
			made:    []string{resumeA + " {}", statusOfA, resumeA + " {}", statusOfA, resumeA + " {}"},
		}},
		"history gone, rebuild allowed": {rebuild: true, script: script{
			answers: map[string][]reply{resumeA: {leaseGone}, stopA: {acknowledged}, "DELETE /a": {acknowledged}, startA: {acknowledged}},
			made:    rebuilt,
		}},
		"history gone, rebuild not allowed": {script: script{
			answers: map[string][]reply{resumeA: {leaseGone}}, want: leaseText, made: []string{resumeA + " {}"},
		}},
		"not in progress any more, rebuild allowed": {rebuild: true, script: script{
			answers: map[string][]reply{resumeA: {noReplication}, stopA: {noReplication}, "DELETE /a": {acknowledged}, startA: {acknowledged}},
			made:    rebuilt,
		}},
		"not in progress any more, rebuild not allowed": {script: script{
			answers: map[string][]reply{resumeA: {noReplication}},
			want:    "POST URL/_plugins/_replication/a/_resume: status 400, illegal_argument_exception: No replication in progress for index:a",
			made:    []string{resumeA + " {}"},
		}},
		"leader index gone: nothing to build from": {rebuild: true, script: script{
			answers: map[string][]reply{resumeA: {refused(404, "index_not_found_exception", "no such index [a]")}},
			want:    "POST URL/_plugins/_replication/a/_resume: status 404, index_not_found_exception: no such index [a]",
			made:    []string{resumeA + " {}"},
		}},
		"leader out of reach: nothing to build from": {rebuild: true, script: script{
			answers: map[string][]reply{resumeA: {refused(500, "connect_transport_exception", "connect")}},
			want:    "POST URL/_plugins/_replication/a/_resume: status 500, connect_transport_exception: connect. The follower cannot reach its leader at this moment",
			made:    []string{resumeA + " {}"},
		}},
		"the index cannot be stopped: it is not deleted": {rebuild: true, script: script{
			answers: map[string][]reply{resumeA: {leaseGone}, stopA: {{502, ""}}},
			want:    "POST URL/_plugins/_replication/a/_stop: status 502",
			made:    []string{resumeA + " {}", stopA + " {}"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.run(t, func(ctx context.Context, e *Engine) error { return e.ResumeIndex(ctx, a, tt.rebuild) })
		})
	}
}

func TestResumeIndex_StaysPaused(t *testing.T) {
	fake := newCluster(t)
	fake.on(resumeA, alreadyRunning)
	fake.on(statusOfA, status("PAUSED", "AutoPaused: x"))
	engine, clock, _ := engineOf(fake)
	err := engine.ResumeIndex(t.Context(), a, true)
	assertError(t, err, withURL("POST URL/_plugins/_replication/a/_resume: status 400, resource_already_exists_exception: Replication on Index a is already running", fake))
	if clock.passed() < settleTime || clock.passed() > settleTime+3*time.Second {
		t.Errorf("it took %v", clock.passed())
	}
}

func TestPauseIndex(t *testing.T) {
	const body = ` {"reason":"paused by Terraform"}`
	for name, s := range map[string]script{
		"accepted":       {answers: map[string][]reply{pauseA: {acknowledged}}, made: []string{pauseA + body}},
		"paused already": {answers: map[string][]reply{pauseA: {alreadyPaused}}, made: []string{pauseA + body}},
		"refused while the files are copied": {
			answers: map[string][]reply{pauseA: {inRestorePhase, inRestorePhase, acknowledged}},
			made:    []string{pauseA + body, pauseA + body, pauseA + body},
		},
		"not replicated": {
			answers: map[string][]reply{pauseA: {noReplication}},
			want:    "POST URL/_plugins/_replication/a/_pause: status 400, illegal_argument_exception: No replication in progress for index:a",
			made:    []string{pauseA + body},
		},
		"another error": {
			answers: map[string][]reply{pauseA: {refused(500, "exception", "all is lost")}},
			want:    "POST URL/_plugins/_replication/a/_pause: status 500, exception: all is lost",
			made:    []string{pauseA + body},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(ctx context.Context, e *Engine) error { return e.PauseIndex(ctx, "a") })
		})
	}
}

func TestPauseIndex_InterruptedInTheRestorePhase(t *testing.T) {
	fake := newCluster(t)
	fake.on(pauseA, inRestorePhase)
	engine, clock, said := engineOf(fake)
	ctx, cancel := context.WithCancel(t.Context())
	clock.before = func(passed time.Duration) {
		if passed > 12*time.Second {
			cancel()
		}
	}
	err := engine.PauseIndex(ctx, "a")
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "in restore phase") {
		t.Errorf("neither the interrupt nor the reason: %v", err)
	}
	const line = "waiting until the files of index a are copied, which cannot be paused"
	assertLines(t, said.lines, []string{line, line})
}

func TestStopAndRemoveIndex(t *testing.T) {
	stop := func(ctx context.Context, e *Engine) error { return e.StopIndex(ctx, "a") }
	remove := func(ctx context.Context, e *Engine) error { return e.RemoveIndex(ctx, "a") }
	for name, tt := range map[string]struct {
		script
		act func(context.Context, *Engine) error
	}{
		"stopped":         {script{answers: map[string][]reply{stopA: {acknowledged}}, made: []string{stopA + " {}"}}, stop},
		"stopped already": {script{answers: map[string][]reply{stopA: {noReplication}}, made: []string{stopA + " {}"}}, stop},
		"not stopped": {script{answers: map[string][]reply{stopA: {{502, ""}}}, made: []string{stopA + " {}"},
			want: "POST URL/_plugins/_replication/a/_stop: status 502"}, stop},
		"removed": {script{answers: map[string][]reply{stopA: {acknowledged}, "DELETE /a": {acknowledged}},
			made: []string{stopA + " {}", "DELETE /a"}}, remove},
		// A stop during the bootstrap deletes the follower index itself.
		"removed by its stop": {script{answers: map[string][]reply{stopA: {acknowledged}, "DELETE /a": {refused(404, "index_not_found_exception", "no such index [a]")}},
			made: []string{stopA + " {}", "DELETE /a"}}, remove},
		"not stopped, so not deleted": {script{answers: map[string][]reply{stopA: {{502, ""}}}, made: []string{stopA + " {}"},
			want: "POST URL/_plugins/_replication/a/_stop: status 502"}, remove},
	} {
		t.Run(name, func(t *testing.T) { tt.run(t, tt.act) })
	}
}

func TestPromoteIndex(t *testing.T) {
	stopped := func(statuses int, before ...string) []string {
		for range statuses {
			before = append(before, statusOfA)
		}
		return append(before, stopA+" {}")
	}
	for name, s := range map[string]script{
		"caught up": {
			answers: map[string][]reply{statusOfA: {syncs(4, 4)}, stopA: {acknowledged}}, made: stopped(1),
		},
		"lags: stopped only when it does not": {
			answers: map[string][]reply{statusOfA: {syncs(9, 4), syncs(12, 9), syncs(12, 11), syncs(12, 12)}, stopA: {acknowledged}}, made: stopped(4),
		},
		"a shard not opened yet has not caught up": {
			answers: map[string][]reply{statusOfA: {syncs(-1, -2), syncs(-1, -1)}, stopA: {acknowledged}}, made: stopped(2),
		},
		"leader and follower out of reach for a moment": {
			answers: map[string][]reply{statusOfA: {leaderDown, connectionClosed, leaderDown, bootstrapping, syncs(4, 4)}, stopA: {acknowledged}}, made: stopped(5),
		},
		"stopped already": {
			answers: map[string][]reply{statusOfA: {notInProgress}, stopA: {noReplication}}, made: stopped(1),
		},
		"paused: resumed once, to catch up": {
			answers: map[string][]reply{statusOfA: {status("PAUSED", "User initiated"), status("PAUSED", "User initiated"), syncs(4, 4)}, resumeA: {acknowledged}, stopA: {acknowledged}},
			made:    stopped(2, statusOfA, resumeA+" {}"),
		},
		"paused, history gone: never stopped without its data": {
			answers: map[string][]reply{statusOfA: {status("PAUSED", "User initiated")}, resumeA: {leaseGone}},
			want: "it is paused (User initiated) and must catch up before it is stopped: POST URL/_plugins/_replication/a/_resume: status 404, resource_not_found_exception: " +
				"Retention lease doesn't exist. Replication can't be resumed for a. The leader no longer has the history that is needed. Delete the follower index and start the replication again",
			made: []string{statusOfA, resumeA + " {}"},
		},
		"failed": {
			answers: map[string][]reply{statusOfA: {status("FAILED", "disk full")}},
			want:    `the replication has failed (disk full), so it cannot catch up: repair it with desired_state = "replicating" first`,
			made:    []string{statusOfA},
		},
		"not allowed": {
			answers: map[string][]reply{statusOfA: {{401, ""}}},
			want:    "GET URL/_plugins/_replication/a/_status: status 401. Check the credentials of this cluster",
			made:    []string{statusOfA},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(ctx context.Context, e *Engine) error { return e.PromoteIndex(ctx, "a") })
		})
	}
}

func TestPromoteIndex_NeverCatchesUp(t *testing.T) {
	fake := newCluster(t)
	fake.on(statusOfA, syncs(9, 4))
	engine, clock, said := engineOf(fake)
	ctx, cancel := context.WithCancelCause(t.Context())
	clock.before = func(passed time.Duration) {
		if passed > 20*time.Second {
			cancel(context.DeadlineExceeded)
		}
	}
	assertError(t, engine.PromoteIndex(ctx, "a"),
		"wait until it has caught up: context deadline exceeded; last seen: SYNCING, 5 operations behind (checkpoint 4 of 9)")
	if stops := fake.seen(stopA); len(stops) > 0 {
		t.Errorf("stopped although it lags: %q", stops)
	}
	if n := len(said.lines); n < 2 || n > 4 {
		t.Errorf("in 20 s it said %q", said.lines)
	}
	for _, line := range said.lines {
		if line != "waiting for index a to catch up with its leader: SYNCING, 5 operations behind (checkpoint 4 of 9)" {
			t.Errorf("said %q", line)
		}
	}
}
