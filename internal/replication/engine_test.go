// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// changes are the requests that change something, sorted where they were made in parallel.
func (f *follower) changes() []string {
	changes := f.seen("PUT", "POST", "DELETE")
	for i := range changes {
		changes[i] = strings.TrimSuffix(strings.Replace(changes[i], "/_plugins/_replication", "", 1), " {}")
	}
	return changes
}

func startOf(index string) string {
	return fmt.Sprintf(`PUT /%s/_start {"leader_alias":"lead","leader_index":%q}`, index, index)
}

func addRule(pattern string) string {
	return fmt.Sprintf(`POST /_autofollow {"leader_alias":"lead","name":%q,"pattern":%q}`, ccr.RuleName("lead", pattern), pattern)
}

func removeRule(pattern string) string {
	return fmt.Sprintf(`DELETE /_autofollow {"leader_alias":"lead","name":%q}`, ccr.RuleName("lead", pattern))
}

func (f *follower) follows(patterns ...string) {
	for _, p := range patterns {
		f.rules[ccr.RuleName("lead", p)] = p
	}
}

func sorted(in []string) []string { return slices.Sorted(slices.Values(in)) }

func TestConverge_NothingToDo(t *testing.T) {
	f := newFollower(t)
	f.replicates("a", "b")
	f.follows("*")
	engine, _, clock := pairOf(f, "a", "b")
	o, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "*"))
	if err != nil || len(o.Replications) != 2 || clock.passed() > 0 {
		t.Errorf("%+v, %v after %v", o, err, clock.passed())
	}
	if seen := f.seen(); len(seen) != 6 {
		t.Errorf("%d requests: %q", len(seen), seen)
	}
}

func TestConverge_FirstTime(t *testing.T) {
	f := newFollower(t)
	engine, _, _ := pairOf(f, "a", "b", "other")
	d := desired(ccr.ModeReplicating, "a", "b*")
	d.Roles = ccr.AivenRoles
	o, err := engine.Converge(t.Context(), d)
	if err != nil || len(o.Replications) != 2 {
		t.Fatalf("%+v, %v", o.Replications, err)
	}
	const roles = `,"use_roles":{"leader_cluster_role":"ccr_leader_full_access","follower_cluster_role":"ccr_follower_full_access"}}`
	with := func(request string) string { return strings.TrimSuffix(request, "}") + roles }
	changes := f.changes()
	if len(changes) != 4 {
		t.Fatalf("changes %q", changes)
	}
	assertLines(t, sorted(changes[:2]), []string{with(startOf("a")), with(startOf("b"))})
	assertLines(t, sorted(changes[2:]), sorted([]string{with(addRule("a")), with(addRule("b*"))}))
}

// All of them are waited for before a rule is added.
func TestConverge_WaitsForWhatItStarted(t *testing.T) {
	f := newFollower(t)
	engine, _, _ := pairOf(f, "a")
	boots := repeated(6, ok(`{"status":"BOOTSTRAPPING","leader_alias":"lead","leader_index":"a","follower_index":"a"}`))
	f.handle("PUT /_plugins/_replication/a/_start", func(_ *http.Request, body string) reply {
		f.mu.Lock()
		defer f.mu.Unlock()
		got := f.start("a", false, body)
		f.indices["a"].says, f.indices["a"].unsynced = boots, true
		return got
	})
	if _, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "*")); err != nil {
		t.Fatal(err)
	}
	order := f.seen(startA, statusOfA, "POST /_plugins/_replication/_autofollow")
	if len(order) != 9 || !strings.HasPrefix(order[0], "PUT") || !strings.HasPrefix(order[8], "POST") {
		t.Errorf("requests %q", order)
	}
}

// An index that cannot be followed does not keep the others from it, and the
// error names each.
func TestConverge_SomeCannotBeFollowed(t *testing.T) {
	f := newFollower(t)
	f.replicates("old")
	f.add("taken")
	f.follows("old")
	f.refuses["broken"] = refused(400, "index_closed_exception", "closed")
	engine, _, _ := pairOf(f, "a", "b", "broken", "old", "taken")
	o, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "a", "b", "broken", "taken"))
	assertError(t, err, withURL("start replication of index broken (the leader has it and the follower lacks it): "+
		"PUT URL/_plugins/_replication/broken/_start: status 400, index_closed_exception: closed\n"+
		"start replication of index taken (the follower has an index of that name that does not replicate it): "+
		"PUT URL/_plugins/_replication/taken/_start: status 400, illegal_argument_exception: Cant use same index again for replication. Delete the index:taken. "+
		"An index of that name exists on the follower. Delete it or follow under another name", f.cluster))
	var replicated []string
	for _, r := range o.Replications {
		replicated = append(replicated, r.FollowerIndex)
	}
	// What it returns is what is there after all that, and the old is not taken away.
	assertLines(t, replicated, []string{"a", "b", "old"})
	if removals := f.seen("DELETE", "POST /_plugins/_replication/old"); len(removals) > 0 {
		t.Errorf("taken away: %q", removals)
	}
	for _, pattern := range []string{"a", "b", "broken", "taken"} {
		if _, there := f.rules[ccr.RuleName("lead", pattern)]; !there {
			t.Errorf("the rule for %s was not added", pattern)
		}
	}
}

func TestConverge_PatternsChanged(t *testing.T) {
	f := newFollower(t)
	f.replicates("a", "b")
	f.follows("a", "b")
	engine, _, _ := pairOf(f, "a", "b", "c")
	if _, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "b", "c")); err != nil {
		t.Fatal(err)
	}
	assertLines(t, f.changes(), []string{startOf("c"), addRule("c"), removeRule("a"), "POST /a/_stop", "DELETE /a"})
}

func TestConverge_PausedResumedAndRebuilt(t *testing.T) {
	f := newFollower(t)
	f.replicates("a", "failed")
	f.indices["failed"].record, f.indices["failed"].reason = "FAILED", "disk full"
	f.indices["a"].record = "PAUSED"
	f.follows("*")
	engine, _, _ := pairOf(f, "a", "failed")
	o, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "*"))
	if err != nil || len(o.Replications) != 2 {
		t.Fatalf("%+v, %v", o.Replications, err)
	}
	assertLines(t, sorted(f.changes()), sorted([]string{"POST /a/_resume", "POST /failed/_stop", "DELETE /failed", startOf("failed")}))

	f.forget()
	if _, err = engine.Converge(t.Context(), desired(ccr.ModePaused, "*")); err != nil {
		t.Fatal(err)
	}
	const reason = ` {"reason":"paused by Terraform"}`
	changes := f.changes()
	assertLines(t, changes[:1], []string{removeRule("*")})
	assertLines(t, sorted(changes[1:]), []string{"POST /a/_pause" + reason, "POST /failed/_pause" + reason})
}

// Each of many that do not run is looked at, not only the first twenty: what an
// observation bounds, a repair does not.
func TestConverge_RepairsAllOfMany(t *testing.T) {
	f := newFollower(t)
	names := numbered(3 * reasonReads)
	f.replicates(names...)
	for _, ix := range f.indices {
		ix.unsynced, ix.says = true, repeated(1000, notInProgress)
	}
	f.follows("*")
	engine, _, _ := pairOf(f, names...)
	if _, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "*")); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if ix := f.indices[name]; ix == nil || len(ix.says) > 0 {
			t.Fatalf("%s was not built anew", name)
		}
	}
}

func TestConverge_Promoted(t *testing.T) {
	f := newFollower(t)
	f.replicates("a", "b")
	f.follows("*")
	engine, _, _ := pairOf(f, "a", "b")
	o, err := engine.Converge(t.Context(), desired(ccr.ModePromoted, "*"))
	if err != nil || len(o.Replications) > 0 || len(o.Follower) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	changes := f.changes()
	assertLines(t, changes[:1], []string{removeRule("*")})
	assertLines(t, sorted(changes[1:]), []string{"POST /a/_stop", "POST /b/_stop"})
	// Each was seen to have caught up before its stop.
	if n := len(f.seen("GET /_plugins/_replication/a/_status", "GET /_plugins/_replication/b/_status")); n != 2 {
		t.Errorf("%d statuses", n)
	}
}

func TestConverge_PromotedWithTheLeaderGone(t *testing.T) {
	f := newFollower(t)
	f.replicates("a")
	f.connected = false
	engine, leader, _ := pairOf(f)
	leader.on("GET /_cat/indices", notReady)
	if _, err := engine.Converge(t.Context(), desired(ccr.ModePromoted, "*")); err != nil {
		t.Fatal(err)
	}
	assertLines(t, f.changes(), []string{"POST /a/_stop"})
	if n := len(f.seen(statusOfA)); n > 0 {
		t.Errorf("waited for a leader that is gone: %d statuses", n)
	}
}

// What needs the leader is left for later, without an error.
func TestConverge_LeaderOutOfReach(t *testing.T) {
	f := newFollower(t)
	f.replicates("a", "old")
	f.indices["a"].record = "PAUSED"
	f.follows("old")
	f.connected = false
	engine, leader, _ := pairOf(f)
	leader.on("GET /_cat/indices", notReady)
	o, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "a"))
	if err != nil || o.LeaderSeen() {
		t.Fatalf("%+v, %v", o, err)
	}
	assertLines(t, f.changes(), []string{removeRule("old"), "POST /old/_stop", "DELETE /old"})
}

// A follower that never comes to rest is an error after some rounds, not a loop.
func TestConverge_DoesNotComeToRest(t *testing.T) {
	f := newFollower(t)
	f.hides["POST rule"] = acknowledged // and no rule comes of it
	engine, _, _ := pairOf(f)
	_, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "*"))
	assertError(t, err, "the follower does not come to rest: add autofollow rule "+ccr.RuleName("lead", "*")+` for pattern "*" (the follower lacks it)`)
	if changes := f.changes(); len(changes) != rounds {
		t.Errorf("%d rounds, want %d: %q", len(changes), rounds, changes)
	}
}

// An index that comes up while it works is followed too.
func TestConverge_LeaderGoesOn(t *testing.T) {
	f := newFollower(t)
	engine, leader, _ := pairOf(f)
	list := func(names ...string) reply {
		var out []map[string]string
		for _, n := range names {
			out = append(out, map[string]string{"index": n, "uuid": n, "status": "open", "creation.date": "0"})
		}
		return encoded(out)
	}
	leader.on("GET /_cat/indices", list("a"), list("a", "b"), list("a", "b"))
	o, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "*"))
	if err != nil || len(o.Replications) != 2 {
		t.Fatalf("%+v, %v", o.Replications, err)
	}
	assertLines(t, f.changes(), []string{startOf("a"), addRule("*"), startOf("b")})
}

// A replica that was stopped is built anew only with the proof that it was one.
func TestConverge_StoppedReplica(t *testing.T) {
	f := newFollower(t)
	f.add("a")
	f.follows("*")
	engine, _, _ := pairOf(f, "a")
	d := desired(ccr.ModeReplicating, "*")
	d.Owned = map[string]string{"a": "of another"}
	if _, err := engine.Converge(t.Context(), d); !is(err, "illegal_argument_exception", "Cant use same index again") {
		t.Fatalf("got %v", err)
	}
	assertLines(t, f.changes(), []string{startOf("a")})

	f.forget()
	d.Owned = map[string]string{"a": f.indices["a"].uuid}
	if _, err := engine.Converge(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	assertLines(t, f.changes(), []string{"POST /a/_stop", "DELETE /a", startOf("a")})
}

func TestConverge_Interrupted(t *testing.T) {
	f := newFollower(t)
	engine, _, clock := pairOf(f, "a")
	boots := repeated(100, bootstrapping)
	f.handle(startA, func(_ *http.Request, body string) reply {
		f.mu.Lock()
		defer f.mu.Unlock()
		got := f.start("a", false, body)
		f.indices["a"].says, f.indices["a"].unsynced = boots, true
		return got
	})
	ctx, cancel := context.WithCancel(t.Context())
	clock.before = func(passed time.Duration) {
		if passed > 3*time.Second {
			f.forget()
			cancel()
		}
	}
	_, err := engine.Converge(ctx, desired(ccr.ModeReplicating, "*"))
	assertError(t, err, "wait for replications to sync: context canceled: 0 of 1 indices syncing; not yet: a (BOOTSTRAPPING)")
	if !errors.Is(err, context.Canceled) {
		t.Error("the cause is lost")
	}
	if seen := f.seen(); len(seen) > 0 {
		t.Errorf("requests after the interrupt: %q", seen)
	}
}

func TestConverge_FollowerCannotBeRead(t *testing.T) {
	f := newFollower(t)
	f.on("GET /_remote/info", reply{401, ""})
	engine, _, _ := pairOf(f)
	_, err := engine.Converge(t.Context(), desired(ccr.ModeReplicating, "*"))
	assertError(t, err, withURL("read the follower's replications: GET URL/_remote/info: status 401. Check the credentials of this cluster", f.cluster))
}

// What ends something does not wait for another ending that failed.
func TestRun_EndingsGoOn(t *testing.T) {
	f := newFollower(t)
	f.replicates("a", "b")
	f.follows("*")
	f.hides["DELETE rule"] = refused(500, "exception", "all is lost")
	engine, _, _ := pairOf(f)
	o, err := engine.Observe(t.Context(), "lead")
	if err != nil {
		t.Fatal(err)
	}
	f.forget()
	d := desired(ccr.ModePromoted)
	err = engine.Run(t.Context(), d, ccr.EndSteps(d, o))
	assertError(t, err, withURL("remove autofollow rule "+ccr.RuleName("lead", "*")+` for pattern "*" (nothing new is followed when promoted): `+
		"DELETE URL/_plugins/_replication/_autofollow: status 500, exception: all is lost", f.cluster))
	assertLines(t, sorted(f.changes()), sorted([]string{removeRule("*"), "POST /a/_stop", "POST /b/_stop"}))
}

func TestRun_UnknownStep(t *testing.T) {
	engine, _, _ := engineOf(newCluster(t))
	assertError(t, engine.Run(t.Context(), ccr.Desired{}, []ccr.Step{{Action: "dance", Index: "a"}}), `dance a: unknown step "dance"`)
}

// A rule of that name is the one that is wanted: its name tells leader and pattern.
func TestRun_RuleThatExists(t *testing.T) {
	f := newFollower(t)
	f.hides["POST rule"] = refused(500, "exception", "Exisiting autofollow replication rule cannot be recreated/updated")
	engine, _, _ := pairOf(f)
	step := ccr.Step{Action: ccr.ActionAddRule, Rule: ccr.Rule{Name: "r", LeaderAlias: "lead", Pattern: "*"}}
	assertError(t, engine.Run(t.Context(), ccr.Desired{}, []ccr.Step{step}), "")
	f.hides["POST rule"] = refused(404, "no_such_remote_cluster_exception", "no such remote cluster: [lead]")
	assertError(t, engine.Run(t.Context(), ccr.Desired{}, []ccr.Step{step}), withURL(`add autofollow rule r for pattern "*": `+
		"POST URL/_plugins/_replication/_autofollow: status 404, no_such_remote_cluster_exception: no such remote cluster: [lead]. The follower has no connection of that name", f.cluster))
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
		{of(ccr.ActionRemoveRule, ccr.ActionRemove), 1},
		{of(ccr.ActionStop, ccr.ActionPromote), 1},
	} {
		if got := phaseLength(tt.steps); got != tt.want {
			t.Errorf("%v: got %d, want %d", tt.steps, got, tt.want)
		}
	}
}
