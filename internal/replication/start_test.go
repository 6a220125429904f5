// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

const (
	startA  = "PUT /_plugins/_replication/a/_start"
	stopA   = "POST /_plugins/_replication/a/_stop"
	pauseA  = "POST /_plugins/_replication/a/_pause"
	resumeA = "POST /_plugins/_replication/a/_resume"
	tasks   = "GET /_tasks"
	cancel7 = "POST /_tasks/n1:7/_cancel"

	startBody  = ` {"leader_alias":"lead","leader_index":"a"}`
	tasksQuery = "?actions=cluster:indices/admin/replication*&detailed&group_by=none"
	userAdvice = `User avnadmin needs a role with the permission cluster:monitor. The guide "Security" has the smallest role for each resource, on both clusters`
)

var startOfA = ccr.Start{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a"}

// script is what a fake answers, the requests that are to be made, in order, the
// error that comes of it, and how long it takes. A request that is repeated at
// once counts as one.
type script struct {
	answers     map[string][]reply
	want        string
	made        []string
	least, most time.Duration
}

func (s script) run(t *testing.T, act func(context.Context, *Engine) error) {
	t.Helper()
	fake := newCluster(t)
	for route, answers := range s.answers {
		fake.on(route, answers...)
	}
	engine, clock, _ := engineOf(fake)
	assertError(t, act(t.Context(), engine), withURL(s.want, fake))
	var made []string
	for _, r := range fake.seen() {
		if len(made) == 0 || made[len(made)-1] != r {
			made = append(made, r)
		}
	}
	assertLines(t, made, s.made)
	took(t, clock.passed(), s.least, s.most)
}

func TestStartIndex(t *testing.T) {
	const start = "PUT URL/_plugins/_replication/a/_start: "
	const nameTakenText = start + "status 400, illegal_argument_exception: Cant use same index again for replication. Delete the index:a. " +
		"An index of that name exists on the follower. Delete it or follow under another name"
	const wedgedText = start + "status 500, resource_already_exists_exception: task with id {replication:index:a} already exist"
	const onlySupport = "Only a restart of the follower's nodes, or the service's support, can free it"
	ofAnother := ok(`{"status":"SYNCING","leader_alias":"lead","leader_index":"other","follower_index":"a"}`)
	ofAnotherLeader := ok(`{"status":"SYNCING","leader_alias":"asia","leader_index":"a","follower_index":"a"}`)
	held := ok(`{"tasks":[
		{"node":"n1","id":3,"action":"cluster:indices/admin/replication[c]","description":"replication:lead:[aa/uuid] -> aa"},
		{"node":"n1","id":7,"action":"cluster:indices/admin/replication[c]","description":"replication:lead:[a/uuid] -> a"}]}`)
	long := 2 * adoptTime

	for name, s := range map[string]script{
		"accepted": {
			answers: map[string][]reply{startA: {acknowledged}},
			made:    []string{startA + startBody},
		},
		"a rule was faster": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {bootstrapping}},
			made:    []string{startA + startBody, statusOfA},
		},
		"a rule was faster, and shows it late": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: append(repeated(4, notInProgress), bootstrapping)},
			made:    []string{startA + startBody, statusOfA}, least: time.Second, most: adoptTime,
		},
		"a rule is starting it: its task holds the name": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: append(repeated(4, notInProgress), bootstrapping)},
			made:    []string{startA + startBody, statusOfA}, least: time.Second, most: adoptTime,
		},
		"the answer got lost": {
			answers: map[string][]reply{startA: {connectionClosed}, statusOfA: {syncs(4, 4)}},
			made:    []string{startA + startBody, statusOfA},
		},
		"name taken by a plain index": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {notInProgress}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA}, least: adoptTime, most: long,
		},
		"name taken by a replica of another index": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {ofAnother}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA}, least: adoptTime, most: long,
		},
		"name taken by a replica of another leader": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {ofAnotherLeader}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA}, least: adoptTime, most: long,
		},
		"the first error is the one that is told": {
			answers: map[string][]reply{startA: {nameTaken}, statusOfA: {forbidden}},
			want:    nameTakenText, made: []string{startA + startBody, statusOfA}, least: adoptTime, most: long,
		},
		"what no race explains is not waited for": {
			answers: map[string][]reply{startA: {refused(404, "index_not_found_exception", "no such index [a]")}, statusOfA: {notInProgress}},
			want:    start + "status 404, index_not_found_exception: no such index [a]", made: []string{startA + startBody, statusOfA}, most: time.Second,
		},
		"a task left behind: the one that holds the name is cancelled": {
			answers: map[string][]reply{startA: {wedged, wedged, acknowledged}, statusOfA: {notInProgress}, tasks: {held}, cancel7: {ok(`{}`)}},
			made:    []string{startA + startBody, statusOfA, tasks + tasksQuery, cancel7, startA + startBody},
			least:   adoptTime, most: long,
		},
		"a task left behind, then refused for another reason": {
			answers: map[string][]reply{startA: {wedged, nameTaken}, statusOfA: {notInProgress}, tasks: {held}, cancel7: {ok(`{}`)}},
			want:    "waiting until the name of index a is free: " + nameTakenText,
			made:    []string{startA + startBody, statusOfA, tasks + tasksQuery, cancel7, startA + startBody},
			least:   adoptTime, most: long,
		},
		"a task left behind, the tasks route closed": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: {notInProgress}, tasks: {forbidden}},
			want: wedgedText + ". The name is held by a task that an earlier replication left behind, and this user may not look it up and cancel it " +
				"(GET URL/_tasks" + tasksQuery + ": status 403, security_exception: no permissions for [cluster:monitor] and User [name=avnadmin]. " + userAdvice + "). " + onlySupport,
			made: []string{startA + startBody, statusOfA, tasks + tasksQuery}, least: adoptTime, most: long,
		},
		"a task left behind that may be seen but not cancelled": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: {notInProgress}, tasks: {held}, cancel7: {{405, ""}}},
			want:    wedgedText + ". The name is held by task n1:7, and this user may not cancel it (POST URL/_tasks/n1:7/_cancel: status 405). " + onlySupport,
			made:    []string{startA + startBody, statusOfA, tasks + tasksQuery, cancel7}, least: adoptTime, most: long,
		},
		// It may be at work, and its leader cannot be reached.
		"a task holds the name, and the status cannot be read": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: {leaderDown}},
			want:    wedgedText, made: []string{startA + startBody, statusOfA}, least: adoptTime, most: long,
		},
		"a task holds the name, of a replica of another leader": {
			answers: map[string][]reply{startA: {wedged}, statusOfA: {ofAnotherLeader}},
			want:    wedgedText, made: []string{startA + startBody, statusOfA}, least: adoptTime, most: long,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(ctx context.Context, e *Engine) error { return e.StartIndex(ctx, startOfA) })
		})
	}
}

// The cancelled task takes its time; that has an end.
func TestStartIndex_TaskThatDoesNotGo(t *testing.T) {
	fake := newCluster(t)
	fake.on(startA, wedged)
	fake.on(statusOfA, notInProgress)
	fake.on(tasks, ok(`{"tasks":[{"node":"n1","id":7,"description":"replication:lead:[a/uuid] -> a"}]}`))
	fake.on(cancel7, ok(`{}`))
	engine, clock, said := engineOf(fake)
	err := engine.StartIndex(t.Context(), startOfA)
	if err == nil || !strings.Contains(err.Error(), "task with id {replication:index:a} already exist") {
		t.Errorf("got %v", err)
	}
	took(t, clock.passed(), adoptTime+freeTime, adoptTime+freeTime+5*time.Second)
	if !strings.Contains(strings.Join(said.lines, "\n"), "cancelling task n1:7 (replication:lead:[a/uuid] -> a), which was left behind and holds the name of index a") {
		t.Errorf("said %q", said.lines)
	}
}

func TestStartIndex_Interrupted(t *testing.T) {
	fake := newCluster(t)
	fake.on(startA, nameTaken)
	fake.on(statusOfA, notInProgress)
	engine, clock, _ := engineOf(fake)
	ctx, cancel := context.WithCancel(t.Context())
	clock.before = func(passed time.Duration) {
		if passed > 2*time.Second {
			cancel()
		}
	}
	err := engine.StartIndex(ctx, startOfA)
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "context") || clock.passed() > 4*time.Second {
		t.Errorf("%v after %v", err, clock.passed())
	}
}

// A start that gets no answer before the time is over says so itself, and nothing
// is asked after it.
func TestStartIndex_NoAnswerInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newCluster(t)
		fake.on(startA, hangs)
		engine, _, _ := engineOf(fake)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := engine.StartIndex(ctx, startOfA)
		assertError(t, err, withURL("PUT URL/_plugins/_replication/a/_start: no answer before the time was over", fake))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error("the cause is lost")
		}
	})
}

func TestResume(t *testing.T) {
	paused := status("PAUSED", "User initiated")
	const resume = "POST URL/_plugins/_replication/a/_resume: "
	once := []string{resumeA + " {}"}
	for name, s := range map[string]script{
		"accepted": {answers: map[string][]reply{resumeA: {acknowledged}}, made: once},
		"it runs already": {
			answers: map[string][]reply{resumeA: {alreadyRunning}, statusOfA: {syncs(4, 4)}},
			made:    []string{resumeA + " {}", statusOfA},
		},
		"it runs already, and its leader cannot be reached": {
			answers: map[string][]reply{resumeA: {alreadyRunning}, statusOfA: {leaderDown}},
			made:    []string{resumeA + " {}", statusOfA},
		},
		"running still, a moment after an automatic pause": {
			answers: map[string][]reply{resumeA: {alreadyRunning, alreadyRunning, acknowledged}, statusOfA: {paused}},
			made:    []string{resumeA + " {}", statusOfA, resumeA + " {}", statusOfA, resumeA + " {}"}, most: 3 * time.Second,
		},
		"running, says the resume, and paused, says the status": {
			answers: map[string][]reply{resumeA: {alreadyRunning}, statusOfA: {paused}},
			want:    resume + "status 400, resource_already_exists_exception: Replication on Index a is already running",
			least:   resumeTime, most: resumeTime + time.Second,
		},
		"the history is lost": {
			answers: map[string][]reply{resumeA: {leaseGone}}, made: once,
			want: "waiting until index a can be resumed: " + resume + "status 404, resource_not_found_exception: Retention lease doesn't exist. Replication can't be resumed for a. " +
				"The leader no longer has the history that is needed. Delete the follower index and start the replication again",
		},
		"the leader is down": {
			answers: map[string][]reply{resumeA: {connectFails}}, made: once,
			want: "waiting until index a can be resumed: " + resume + "status 500, connect_transport_exception: [][127.0.0.1:9301] connect_exception. The follower cannot reach its leader at this moment",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if s.made == nil { // as often as there is time
				for range 10 {
					s.made = append(s.made, resumeA+" {}", statusOfA)
				}
			}
			s.run(t, func(ctx context.Context, e *Engine) error { return e.resume(ctx, "a") })
		})
	}
}

func TestPause(t *testing.T) {
	const body = ` {"reason":"paused by Terraform"}`
	once := []string{pauseA + body}
	for name, s := range map[string]script{
		"accepted":       {answers: map[string][]reply{pauseA: {acknowledged}}, made: once},
		"paused already": {answers: map[string][]reply{pauseA: {alreadyPaused}}, made: once},
		"once the files are copied": {
			answers: map[string][]reply{pauseA: append(repeated(10, inRestorePhase), acknowledged)}, made: once, least: 5 * time.Second, most: time.Minute,
		},
		"not replicated": {
			answers: map[string][]reply{pauseA: {noReplication}}, made: once,
			want: "waiting until the files of index a are copied, which cannot be paused: POST URL/_plugins/_replication/a/_pause: status 400, illegal_argument_exception: No replication in progress for index:a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(ctx context.Context, e *Engine) error { return e.pause(ctx, "a") })
		})
	}
}

func TestPause_InterruptedInTheRestorePhase(t *testing.T) {
	fake := newCluster(t)
	fake.on(pauseA, inRestorePhase)
	engine, clock, _ := engineOf(fake)
	ctx, cancel := context.WithCancel(t.Context())
	clock.before = func(passed time.Duration) {
		if passed > 12*time.Second {
			cancel()
		}
	}
	err := engine.pause(ctx, "a")
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "in restore phase") || !strings.Contains(err.Error(), "index a") {
		t.Errorf("neither the interrupt nor the reason: %v", err)
	}
}

// A follower index is deleted only while it is the one that the permission names.
func TestRemoveIndex(t *testing.T) {
	const settings = "GET /a/_settings/index.uuid,index.plugins.replication.follower.leader_index"
	const query = "?flat_settings=true&expand_wildcards=open,closed&ignore_unavailable=true&allow_no_indices=true"
	look := settings + query
	is := func(uuid string) []reply { return []reply{ok(`{"a":{"settings":{"index.uuid":"` + uuid + `"}}}`)} }
	for name, s := range map[string]script{
		"removed": {
			answers: map[string][]reply{settings: is("a-uuid"), stopA: {acknowledged}, "DELETE /a": {acknowledged}},
			made:    []string{look, stopA + " {}", "DELETE /a"},
		},
		"stopped before": {
			answers: map[string][]reply{settings: is("a-uuid"), stopA: {noReplication}, "DELETE /a": {acknowledged}},
			made:    []string{look, stopA + " {}", "DELETE /a"},
		},
		// A stop during the bootstrap deletes the follower index itself.
		"removed by its stop": {
			answers: map[string][]reply{settings: is("a-uuid"), stopA: {acknowledged}, "DELETE /a": {refused(404, "index_not_found_exception", "no such index [a]")}},
			made:    []string{look, stopA + " {}", "DELETE /a"},
		},
		"not stopped, so not deleted": {
			answers: map[string][]reply{settings: is("a-uuid"), stopA: {{502, ""}}},
			made:    []string{look, stopA + " {}"}, want: "POST URL/_plugins/_replication/a/_stop: status 502",
		},
		"another index of that name": {
			answers: map[string][]reply{settings: is("other")}, made: []string{look},
			want: "the world has changed since the last look: index a is another one now (UUID other instead of a-uuid), so it is not deleted",
		},
		"by the list, the settings closed": {
			answers: map[string][]reply{settings: {forbidden}, "GET /_cat/indices": {ok(`[{"index":"a","uuid":"other"},{"index":"b","uuid":"a-uuid"}]`)}},
			made:    []string{look, "GET /_cat/indices?format=json&h=index,uuid&expand_wildcards=open,closed"},
			want:    "the world has changed since the last look: index a is another one now (UUID other instead of a-uuid), so it is not deleted",
		},
		"deleted by somebody else": {answers: map[string][]reply{settings: {ok(`{}`)}}, made: []string{look}},
		"it cannot be looked at": {
			answers: map[string][]reply{settings: {forbidden}, "GET /_cat/indices": {forbidden}},
			made:    []string{look, "GET /_cat/indices?format=json&h=index,uuid&expand_wildcards=open,closed"},
			want:    "GET URL" + strings.TrimPrefix(look, "GET ") + ": status 403, security_exception: no permissions for [cluster:monitor] and User [name=avnadmin]. " + userAdvice,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(ctx context.Context, e *Engine) error { return e.removeIndex(ctx, permitDelete("a")) })
		})
	}
}

// What is deleted because only the plugin can have written to it is looked at
// once more: a replication that was stopped meanwhile keeps its index.
func TestRemoveIndex_NotOnceSomebodyCanHaveWrittenToIt(t *testing.T) {
	const settings = "GET /a/_settings/index.uuid,index.plugins.replication.follower.leader_index"
	const query = "?flat_settings=true&expand_wildcards=open,closed&ignore_unavailable=true&allow_no_indices=true"
	const status = "GET /_plugins/_replication/a/_status"
	failed := ccr.FollowerIndex{Name: "a", Index: ccr.Present(ccr.Identity{UUID: "a-uuid"}), Source: ccr.Present(ccr.Source{Alias: "us", Index: "a"}),
		Block: ccr.Present(struct{}{}), State: ccr.Failed}
	decided := ccr.Decide(ccr.Desired{Alias: "us", Patterns: []string{"*"}, Mode: ccr.ModeReplicating}, ccr.Observation{
		Alias: "us", Reach: ccr.Present(struct{}{}), Leader: ccr.Present([]ccr.LeaderIndex{{Name: "a"}}), Indices: ccr.NewByName(map[string]ccr.FollowerIndex{"a": failed})})
	if len(decided.Steps) != 1 || !decided.Steps[0].Destroys.Untouched() {
		t.Fatalf("the decision is %v", decided.Steps)
	}
	is := func(mark string) []reply {
		return []reply{ok(`{"a":{"settings":{"index.uuid":"a-uuid","index.plugins.replication.follower.leader_index":` + mark + `}}}`)}
	}
	for name, s := range map[string]script{
		"still a replica": {
			answers: map[string][]reply{settings: is(`"us:a"`), stopA: {acknowledged}, "DELETE /a": {acknowledged}},
			made:    []string{settings + query, stopA + " {}", "DELETE /a"},
		},
		"its mark is hidden, and the plugin still reports the failure": {
			answers: map[string][]reply{settings: is("null"), status: {ok(`{"status":"FAILED"}`)}, stopA: {acknowledged}, "DELETE /a": {acknowledged}},
			made:    []string{settings + query, status, stopA + " {}", "DELETE /a"},
		},
		"stopped meanwhile": {
			answers: map[string][]reply{settings: is("null"), status: {ok(`{"status":"REPLICATION NOT IN PROGRESS"}`)}},
			made:    []string{settings + query, status},
			want:    "the world has changed since the last look: the replication of index a was stopped meanwhile, so somebody can have written to it and it is not deleted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(ctx context.Context, e *Engine) error { return e.removeIndex(ctx, decided.Steps[0].Destroys) })
		})
	}
}
