// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"regexp"
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
func (d drift) repairs(t *testing.T, status, steps string) {
	t.Helper()
	d.planned(t, status, steps)
	d.w.apply()
	d.repaired(t)
}

// planned checks that a plan is a repair by these steps, and says so.
func (d drift) planned(t *testing.T, status, steps string) run {
	t.Helper()
	r := d.w.planUpdate()
	r.matches(d.warning("Follower "+d.name()+" will be repaired", "Follower "+d.name()+" is "+status+". Apply will: "+steps+"."))
	return r
}

// name is the follower's, as messages give it.
func (d drift) name() string { return d.project + "/search-eu" }

func (d drift) warning(summary, detail string) *regexp.Regexp {
	return diagnostic("Warning", summary, "", detail)
}

// copiedAgain is the warning about an index that a plan deletes.
func (d drift) copiedAgain(index, why string) *regexp.Regexp {
	return d.warning("1 index of follower "+d.name()+" will be deleted", "Apply deletes these indices on the follower with all their documents: "+index+" ("+why+"). "+
		"Those that the leader still has and a pattern matches are copied again.")
}

// resumed is the warning about an index that a plan resumes.
func (d drift) resumed(index string) *regexp.Regexp {
	return d.warning("1 index of follower "+d.name()+" may have to be copied again", "Apply resumes the replication of these indices: "+index+". "+
		"If the leader no longer has the history since the pause (it keeps it for 12 hours by default), the follower index is deleted and copied again from the leader.")
}

// missingRule is the step that adds the follower's rule.
func (d drift) missingRule() string {
	return "add autofollow rule " + d.rule + ` for pattern "*" (it is missing on the follower)`
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
func TestLong_RepairsIndices(t *testing.T) {
	t.Parallel()
	d := newDrift(t)
	for _, test := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"paused by hand", func(t *testing.T) {
			d.replicationCall(t, "movies", "_pause", map[string]any{"reason": "maintenance of the network"})
			write(t, d.leader, "movies", 6, 8)
			d.planned(t, "paused", "resume the replication of index movies (paused: maintenance of the network)").matches(d.resumed("movies"))
			d.w.apply()
			d.repaired(t)
		}},
		{"stopped", func(t *testing.T) {
			d.replicationCall(t, "movies", "_stop", map[string]any{})
			// The follower's own write is what a rebuild takes away, so it needs permission.
			write(t, d.there, "movies", 900, 900)
			d.w.planFails().matches(diagnostic("Error", "Rebuilding follower "+d.name()+" needs permission", "",
				"The replication of 1 index was stopped outside Terraform, and the follower may have writes of its own that the leader does not have: movies. "+
					"Following the leader again deletes them. Set rebuild = true to delete the follower's copy and copy it again, or keep the copy: "+
					"exclude it from what is replicated, or promote the follower."))
			d.w.applyFails()
			if got := count(t, d.there, "movies"); got != count(t, d.leader, "movies")+1 {
				t.Errorf("movies has %d documents on the follower, one of them its own", got)
			}
			d.w.write(follower("rebuild = true"))
			d.planned(t, "failed", "delete follower index movies and copy it again (its replication was stopped)").matches(d.copiedAgain("movies", "its replication was stopped"))
			d.w.apply()
			d.repaired(t)
			d.w.write(follower())
			d.w.planUpdate().saysNot("Warning: Follower")
			d.w.apply()
		}},
		{"rule vanished", func(t *testing.T) {
			d.removeRule(t)
			d.repairs(t, "failed", d.missingRule())
		}},
		{"index missing", func(t *testing.T) {
			d.removeRule(t)
			d.replicationCall(t, "books", "_stop", map[string]any{})
			ask(t, d.there, http.MethodDelete, "/books", nil)
			d.repairs(t, "failed", "start the replication of index books (it is missing on the follower); "+d.missingRule())
		}},
		{"failed", func(t *testing.T) {
			d.fails(t, "movies", "shard 0 has failed: translog is corrupted")
			// It holds nothing of its own, so nothing more than the plan is needed.
			d.planned(t, "failed", "delete follower index movies and copy it again (failed: shard 0 has failed: translog is corrupted)").
				matches(d.copiedAgain("movies", "failed: shard 0 has failed: translog is corrupted"))
			d.w.apply()
			d.repaired(t)
		}},
		{"name wedged", func(t *testing.T) {
			d.wedge(t, "movies")
			d.planned(t, "failed", "start the replication of index movies (it is missing on the follower); "+d.missingRule())

			// Where the tasks route is closed the error says what helps, and the next apply continues.
			// The rule must not come before that: it would start the index past the gateway, which wedges it.
			d.there.Gateway().CloseRoute("", "/_tasks")
			d.there.Gateway().CloseRoute(http.MethodPost, "/_plugins/_replication/_autofollow")
			d.w.applyFails().says("Error: Cannot bring the follower to the desired state", "task with id {replication:index:movies} already exist",
				"The name is held by a task that an earlier replication left behind, and this user may not look it up and cancel it",
				"Only a restart of the follower's nodes, or the service's support, can free it")
			d.there.Gateway().OpenRoutes()
			d.w.apply()
			d.repaired(t)
			if d.there.Gateway().Wedged("movies") {
				t.Error("the name is still held")
			}
		}},
		{"name taken", func(t *testing.T) {
			// An index of the follower's own is never taken away, and no start is
			// tried; the warning says what to do.
			write(t, d.there, "notes", 1, 1)
			write(t, d.leader, "notes", 1, 2)
			d.there.Gateway().ForgetRequests()
			d.w.planEmpty().matches(d.warning("Indices of follower "+d.name()+" cannot be replicated", "The follower already has an index of the same name that is not a replica of the leader's: notes. "+
				"It is left unchanged, and Terraform cannot repair this. Delete that index on the follower to replicate the leader's, or choose patterns that do not match it."))
			d.w.apply()
			d.w.expect(map[string]any{"status": "failed", "status_reason": "index notes cannot be replicated: the follower's index of that name is an index that is not a replica"})
			for _, r := range d.there.Gateway().Requests() {
				if r.Path == "/_plugins/_replication/notes/_start" {
					t.Errorf("a start was tried: %s", r)
				}
			}
			if got := count(t, d.there, "notes"); got != 1 {
				t.Errorf("the follower's own index has %d documents, want 1", got)
			}
			ask(t, d.there, http.MethodDelete, "/notes", nil)
			d.w.apply()
			eventually(t, "notes is in sync", func() bool { return replicationStatus(t, d.there, "notes") == "SYNCING" })
			d.repaired(t)
		}},
		{"history lost", func(t *testing.T) {
			// The plan cannot know yet that the leader refuses to resume, so it names
			// what the apply does then.
			before := indexUUID(t, d.there, "movies")
			d.replicationCall(t, "movies", "_pause", map[string]any{"reason": "movies are loaded again"})
			ask(t, d.leader, http.MethodDelete, "/movies", nil)
			write(t, d.leader, "movies", 1, 4)
			d.planned(t, "paused", "resume the replication of index movies (paused: movies are loaded again)").matches(d.resumed("movies"))
			d.w.apply()
			d.repaired(t)
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
	blocked := map[string]any{"1000": map[string]any{"description": "index read-only(cross-cluster-replication)"}}
	door.Respond(gateway.Match{Method: http.MethodGet, Path: "/_cluster/state/metadata,blocks"}, gateway.Answer{Status: http.StatusOK, Body: map[string]any{
		"blocks": map[string]any{"indices": map[string]any{index: blocked, "books": blocked}},
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

// An index that is deleted on the leader is deleted on the follower too, and nothing
// that was no replica of this leader.
func TestLong_LeaderIndexDeleted(t *testing.T) {
	t.Parallel()
	d := newDrift(t, "old")
	write(t, d.there, "notes", 1, 1)
	// A replica that somebody has stopped to keep it.
	d.replicationCall(t, "old", "_stop", map[string]any{})
	ask(t, d.leader, http.MethodDelete, "/old", nil)
	ask(t, d.leader, http.MethodDelete, "/books", nil)
	// That the leader does not list it proves nothing: the plugin itself has to
	// have given up for that reason.
	eventually(t, "the plugin has paused books", func() bool { return replicationStatus(t, d.there, "books") == "PAUSED" })
	r := d.w.planUpdate()
	r.says("stop the replication of index books and delete the follower index (the leader has deleted index books)")
	r.matches(d.copiedAgain("books", "the leader has deleted index books"))
	d.w.apply()
	d.w.expect(map[string]any{"status": "replicating", "status_reason": nil})
	if got := indices(t, d.there); got != "movies notes old" {
		t.Errorf("the follower has indices %s, want movies notes old", got)
	}
	d.w.planEmpty().matches(d.warning("Stopped indices of follower "+d.name()+" are left alone",
		"The replication of these indices was stopped, and the leader shows no index of that name: old. They are left unchanged."))
}

// What is wrong with the two services and what links them.
func TestLong_RepairsServices(t *testing.T) {
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
			d.repairs(t, "failed: the follower service is powered off", "power on service "+d.name()+", which restarts its billing (it is powered off)")
		}},
		{"integration deleted", func(t *testing.T) {
			before, _ := d.w.instance()
			if err := d.sandbox.ControlPlane().DeleteIntegration(d.ref(leaderName), d.ref("search-eu")); err != nil {
				t.Fatal(err)
			}
			// Aiven's own way to promote: the indices can have been written to since.
			eventually(t, "the follower is on its own", func() bool { return replicationStatus(t, d.there, "movies") == "REPLICATION NOT IN PROGRESS" })
			d.w.planFails().matches(diagnostic("Error", "Follower "+d.name()+" was promoted outside Terraform", "",
				"The integration with the leader no longer exists, and 2 indices can have been written to since then: books, movies. "+
					`Set desired_state = "promoted" to accept the promotion. Or set rebuild = true to make it follow its leader again: `+
					"that deletes these indices with everything that was written to them and copies them again."))
			d.w.write(follower(`desired_state = "promoted"`))
			d.w.planUpdate().saysNot("Error:")
			d.w.write(follower("rebuild = true"))
			r := d.w.planUpdate()
			r.says("Follower "+d.name()+" is failed: the integration with the leader no longer exists. Apply will: create the integration of "+d.name()+" with its leader (it no longer exists); "+
				"delete follower index books and copy it again (its replication was stopped); delete follower index movies and copy it again (its replication was stopped); ",
				"Warning: 2 indices of follower "+d.name()+" will be deleted")
			d.w.apply()
			d.repaired(t)
			d.w.write(follower())
			d.w.apply()
			if after, _ := d.w.instance(); after.Attributes["integration_id"] == before.Attributes["integration_id"] {
				t.Error("the state has the old integration")
			}
		}},
		{"connection missing", func(t *testing.T) {
			// Aiven makes the connection, so it is waited for: the integration is
			// never deleted as a repair.
			d.connect(t, nil)
			d.degraded(t, "the connection to the leader (remote cluster "+d.alias+") is missing on the follower")
		}},
		{"connection elsewhere", func(t *testing.T) {
			// To the follower itself: whatever that shows, nothing is changed for it.
			d.forgetRequests()
			d.there.Gateway().ForgetRequests()
			d.connect(t, []string{d.there.TransportAddress()})
			d.w.planEmpty()
			d.w.apply()
			d.onlyRead(t)
			for _, r := range d.there.Gateway().Requests() {
				if r.Method == http.MethodDelete || strings.HasSuffix(r.Path, "/_stop") {
					t.Errorf("something was taken away: %s", r)
				}
			}
			d.connectAgain(t)
		}},
	} {
		if !t.Run(test.name, test.run) {
			return // what follows would only tell the same
		}
	}
}

// degraded checks that nothing is planned for what is wrong with the connection,
// and that all is well once it is back.
func (d drift) degraded(t *testing.T, reason string) {
	t.Helper()
	before, _ := d.w.instance()
	d.forgetRequests()
	d.w.planEmpty().matches(d.warning("Follower "+d.name()+" is degraded", "Follower "+d.name()+": "+reason+". This usually resolves itself, so no change is planned."))
	d.w.apply()
	d.w.expect(map[string]any{"status": "degraded", "status_reason": reason, "integration_id": before.Attributes["integration_id"]})
	d.onlyRead(t)
	d.connectAgain(t)
}

// onlyRead checks that nothing was changed at the control plane.
func (d drift) onlyRead(t *testing.T) {
	t.Helper()
	for _, r := range d.sandbox.ControlPlane().Requests(d.project) {
		if r.Method != http.MethodGet {
			t.Errorf("something was changed: %v", r)
		}
	}
}

// connectAgain puts the connection back, with which all is well again.
func (d drift) connectAgain(t *testing.T) {
	t.Helper()
	d.connect(t, []string{d.leader.TransportAddress()})
	eventually(t, "the follower is connected", func() bool {
		return strings.Contains(string(ask(t, d.there, http.MethodGet, "/_remote/info", nil)), `"connected":true`)
	})
	d.w.apply()
	d.repaired(t)
}

// connect sets the follower's connection, as only the platform can at Aiven.
func (d drift) connect(t *testing.T, seeds []string) {
	t.Helper()
	ask(t, d.there, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": map[string]any{"cluster.remote." + d.alias + ".seeds": seeds}})
}
