// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// drift is one follower that is broken in one way after the other: by plain
// REST; the plan shows why, the apply repairs it, and the next plan is empty.
type drift struct {
	*scene
	w     *workspace
	there *sandbox.Service
	alias string
	rule  string
}

// repairs checks one break: the whole warning of the plan, and the repair.
func (d drift) repairs(t *testing.T, status, reason string) {
	t.Helper()
	d.planned(t, status, reason)
	d.w.apply()
	d.repaired(t)
}

func (d drift) planned(t *testing.T, status, reason string) {
	t.Helper()
	d.w.planUpdate().matches(diagnostic("Warning", "Follower will be repaired", "",
		"Follower "+d.project+"/search-eu is "+status+": "+reason+". The apply repairs it: a paused replication is resumed; where the leader no longer has the history for that, "+
			"the follower index is deleted and its replication started again."))
}

func (d drift) repaired(t *testing.T) {
	t.Helper()
	d.w.expect(map[string]any{"status": "replicating", "status_reason": nil})
	d.w.planEmpty()
	for _, index := range []string{"movies", "books"} {
		if leader, follower := count(t, d.leader, index), count(t, d.there, index); leader != follower {
			t.Errorf("%s has %d documents on the leader and %d on the follower", index, leader, follower)
		}
		if got := replicationStatus(t, d.there, index); got != "SYNCING" {
			t.Errorf("the replication of %s is %s, want SYNCING", index, got)
		}
	}
}

// replicationCall makes a request to the follower's replication of an index.
func (d drift) replicationCall(t *testing.T, index, action string, body any) {
	t.Helper()
	ask(t, d.there, http.MethodPost, "/_plugins/_replication/"+index+"/"+action, body)
}

func (d drift) removeRule(t *testing.T) {
	t.Helper()
	ask(t, d.there, http.MethodDelete, "/_plugins/_replication/_autofollow", map[string]any{"leader_alias": d.alias, "name": d.rule})
}

// newDrift makes a follower with indices movies and books, and those that are named.
func newDrift(t *testing.T, more ...string) drift {
	t.Helper()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 5)
	write(t, s.leader, "books", 1, 3)
	for _, index := range more {
		write(t, s.leader, index, 1, 2)
	}
	d := drift{scene: s, w: s.workspace(), alias: s.project + "_" + leaderName}
	d.rule = ccr.RuleName(d.alias, "*")
	d.w.write(follower())
	d.w.apply()
	d.there = s.follower("search-eu")
	return d
}

// What is wrong with single indices and rules.
func TestFollower_RepairsIndices(t *testing.T) {
	t.Parallel()
	d := newDrift(t)
	for _, test := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"paused by hand", func(t *testing.T) {
			d.replicationCall(t, "movies", "_pause", map[string]any{"reason": "maintenance of the network"})
			write(t, d.leader, "movies", 6, 8)
			d.repairs(t, "paused", "resume replication of index movies (paused: maintenance of the network)")
		}},
		{"stopped", func(t *testing.T) {
			d.replicationCall(t, "movies", "_stop", map[string]any{})
			// The follower's own write is what a rebuild takes away.
			write(t, d.there, "movies", 900, 900)
			d.repairs(t, "failed", "delete follower index movies and start its replication again (its replication was stopped)")
		}},
		{"rule vanished", func(t *testing.T) {
			d.removeRule(t)
			d.repairs(t, "failed", `add autofollow rule `+d.rule+` for pattern "*" (the follower lacks it)`)
		}},
		{"index missing", func(t *testing.T) {
			d.removeRule(t)
			d.replicationCall(t, "books", "_stop", map[string]any{})
			ask(t, d.there, http.MethodDelete, "/books", nil)
			d.repairs(t, "failed", `start replication of index books (the leader has it and the follower lacks it); add autofollow rule `+d.rule+` for pattern "*" (the follower lacks it)`)
		}},
		{"failed", func(t *testing.T) {
			d.fails(t, "movies", "shard 0 has failed: translog is corrupted")
			d.repairs(t, "failed", "delete follower index movies and start its replication again (failed: shard 0 has failed: translog is corrupted)")
		}},
		{"name wedged", func(t *testing.T) {
			d.wedge(t, "movies")
			reason := `start replication of index movies (the leader has it and the follower lacks it); add autofollow rule ` + d.rule + ` for pattern "*" (the follower lacks it)`
			d.planned(t, "failed", reason)

			// Where the tasks route is closed the error says what helps, and the next apply goes on.
			// The rule must not come before that: it would start the index past the gateway, which wedges it.
			d.there.Gateway().CloseRoute("", "/_tasks")
			d.there.Gateway().CloseRoute(http.MethodPost, "/_plugins/_replication/_autofollow")
			d.w.applyFails().says("Error: Follower is not as desired", "task with id {replication:index:movies} already exist",
				"The name is held by a task that an earlier replication left behind, and it cannot be looked up and cancelled here",
				"Only a restart of the follower's nodes or the service's support can free it")
			d.there.Gateway().OpenRoutes()
			d.w.apply()
			d.repaired(t)
			if d.there.Gateway().Wedged("movies") {
				t.Error("the name is still held")
			}
		}},
		{"name taken", func(t *testing.T) {
			// An index of the follower's own is never taken away; the error says what to do.
			write(t, d.there, "notes", 1, 1)
			write(t, d.leader, "notes", 1, 2)
			d.planned(t, "failed", "start replication of index notes (the follower has an index of that name that does not replicate it)")
			d.w.applyFails().says("Error: Follower is not as desired", "Cant use same index again for replication. Delete the index:notes.", "Delete it or follow under another name")
			if got := count(t, d.there, "notes"); got != 1 {
				t.Errorf("the follower's own index has %d documents, want 1", got)
			}
			ask(t, d.there, http.MethodDelete, "/notes", nil)
			d.w.apply()
			d.repaired(t)
		}},
		{"history lost", func(t *testing.T) {
			// The plan cannot know yet that the leader refuses to resume.
			before := indexUUID(t, d.there, "movies")
			d.replicationCall(t, "movies", "_pause", map[string]any{"reason": "movies are loaded anew"})
			ask(t, d.leader, http.MethodDelete, "/movies", nil)
			write(t, d.leader, "movies", 1, 4)
			d.repairs(t, "paused", "resume replication of index movies (paused: movies are loaded anew)")
			if indexUUID(t, d.there, "movies") == before {
				t.Error("the follower index is still the old one")
			}
		}},
	} {
		if !t.Run(test.name, test.run) {
			return // what follows would only tell the same
		}
	}
}

// fails makes the follower say that a replication has failed, which no request
// brings about, until it is stopped.
func (d drift) fails(t *testing.T, index, reason string) {
	t.Helper()
	door := d.there.Gateway()
	door.Respond(gateway.Match{Method: http.MethodGet, Path: "/_cluster/state/metadata"}, gateway.Answer{Status: http.StatusOK, Body: map[string]any{
		"metadata": map[string]any{"replication_metadata": map[string]any{"replication_details": map[string]any{
			index: map[string]any{"REPLICATION_LAST_KNOWN_OVERALL_STATE": "FAILED"}, "books": map[string]any{"REPLICATION_LAST_KNOWN_OVERALL_STATE": "RUNNING"}}}}}}, 0)
	door.Respond(gateway.Match{Method: http.MethodGet, Path: "/_plugins/_replication/" + index + "/_status"}, gateway.Answer{Status: http.StatusOK, Body: map[string]any{
		"status": "FAILED", "reason": reason, "leader_alias": d.alias, "leader_index": index, "follower_index": index}}, 0)
	door.ForgetRequests()
	go func() {
		for t.Context().Err() == nil {
			for _, r := range door.Requests() {
				if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/"+index+"/_stop") {
					door.Reset()
					return
				}
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
}

// wedge leaves the name of an index held by a task of a replication that is gone.
func (d drift) wedge(t *testing.T, index string) {
	t.Helper()
	d.removeRule(t) // or it would start the index past the gateway
	d.replicationCall(t, index, "_stop", map[string]any{})
	ask(t, d.there, http.MethodDelete, "/"+index, nil)
	if err := d.there.Gateway().Wedge(t.Context(), d.alias, index, index); err != nil {
		t.Fatal(err)
	}
}

// An index that is deleted on the leader goes on the follower too, and nothing
// that was no replica of this leader.
func TestFollower_LeaderIndexDeleted(t *testing.T) {
	t.Parallel()
	d := newDrift(t, "old")
	write(t, d.there, "notes", 1, 1)
	// A replica that somebody has stopped to keep it.
	d.replicationCall(t, "old", "_stop", map[string]any{})
	ask(t, d.leader, http.MethodDelete, "/old", nil)
	ask(t, d.leader, http.MethodDelete, "/books", nil)
	d.w.planUpdate().says("stop replication of index books and delete it on the follower (the leader has deleted index books)")
	d.w.apply()
	d.w.expect(map[string]any{"status": "replicating", "status_reason": nil})
	if got := indices(t, d.there); got != "movies notes old" {
		t.Errorf("the follower has indices %s, want movies notes old", got)
	}
	d.w.planEmpty()
}

// What is wrong with the two services and what links them.
func TestFollower_RepairsServices(t *testing.T) {
	t.Parallel()
	d := newDrift(t)
	for _, test := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"powered off", func(t *testing.T) {
			plane := d.sandbox.ControlPlane()
			if err := plane.SetPower(d.ref("search-eu"), false); err != nil {
				t.Fatal(err)
			}
			if err := plane.AwaitSettled(t.Context(), d.ref("search-eu")); err != nil {
				t.Fatal(err)
			}
			write(t, d.leader, "movies", 10, 12)
			d.repairs(t, "failed", "the follower service is powered off")
		}},
		{"integration deleted", func(t *testing.T) {
			before, _ := d.w.instance()
			if err := d.sandbox.ControlPlane().DeleteIntegration(d.ref(leaderName), d.ref("search-eu")); err != nil {
				t.Fatal(err)
			}
			d.repairs(t, "failed", "the integration with the leader does not exist any more")
			if after, _ := d.w.instance(); after.Attributes["integration_id"] == before.Attributes["integration_id"] {
				t.Error("the state has the old integration")
			}
		}},
		{"connection missing", func(t *testing.T) {
			d.connect(t, nil)
			d.repairs(t, "failed", "the connection to the leader, remote cluster "+d.alias+", is missing on the follower")
		}},
		{"connection elsewhere", func(t *testing.T) {
			d.connect(t, []string{d.there.TransportAddress()}) // the follower itself
			d.w.planUpdate().says("Follower " + d.project + "/search-eu is failed: the connection to the leader, remote cluster " + d.alias + ", points to another cluster")
			d.w.apply()
			d.repaired(t)
		}},
	} {
		if !t.Run(test.name, test.run) {
			return // what follows would only tell the same
		}
	}
}

// connect sets the follower's connection, as only the platform can at Aiven.
func (d drift) connect(t *testing.T, seeds []string) {
	t.Helper()
	ask(t, d.there, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": map[string]any{"cluster.remote." + d.alias + ".seeds": seeds}})
}
