// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// bootstrapping makes the follower say that an index is still being copied.
func (d *duo) bootstrapping(index string) {
	d.respond(http.MethodGet, "/_plugins/_replication/follower_stats", map[string]any{"num_bootstrapping_indices": 1}, 0)
	d.respond(http.MethodGet, "/_plugins/_replication/"+index+"/_status", map[string]any{"status": "BOOTSTRAPPING",
		"leader_alias": d.name("lead"), "leader_index": index, "follower_index": index}, 0)
}

// Point 6: a creation that was not finished does not permit the deletion of the index.
func TestReplication_UnfinishedIsNoPermission(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	d.bootstrapping(movies)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies, `timeouts = { create = "20s" }`)))
	w.apply().says("is bootstrapping, not replicating yet", "timeouts.create", "The replication is kept")
	w.plan().says("1 to change", "0 to destroy") // it continues, and nothing is tainted
	d.follower.Gateway().Reset()
	w.apply()
	before := uuidNow(t, d.follower, movies)
	w.destroy()
	if !exists(t, d.follower, movies) || uuidNow(t, d.follower, movies) != before {
		t.Error(`the index is gone although on_destroy is "stop"`)
	}
	ask(t, d.follower, http.MethodPost, "/"+movies+"/_doc", map[string]any{"n": 4})
}

// Point 21: a resume while the connection is down does not count as success, and the state
// keeps the truth.
func TestReplication_ResumeWithoutAConnectionIsNoSuccess(t *testing.T) {
	t.Parallel()
	d := newOwnDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies, `desired_state = "paused"`)))
	w.apply()
	if err := d.leader.Kill(); err != nil {
		t.Fatal(err)
	}
	d.awaitDisconnected()
	w.write(d.config(d.replication(movies), `output "status" { value = opensearch_ccr_replication.test.status }`))
	w.apply().says("is degraded, not replicating yet", "not connected", `status = "degraded"`)
	w.plan().saysNot(`status = "replicating"`)
	w.destroy()
}

// awaitDisconnected waits until the follower has noticed that its leader is gone.
func (d *duo) awaitDisconnected() {
	d.t.Helper()
	eventually(d.t, "the follower notices that the leader is gone", func() bool {
		var answer map[string]struct {
			Connected bool `json:"connected"`
		}
		decode(d.t, ask(d.t, d.follower, http.MethodGet, "/_remote/info", nil), &answer)
		return !answer[d.name("lead")].Connected
	})
}

// Point 15: a leader that hangs does not keep a pause from being sent.
func TestReplication_PauseIsSentWhileTheLeaderHangs(t *testing.T) {
	t.Parallel()
	d := newOwnDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	w.apply()
	if err := d.leader.Freeze(); err != nil {
		t.Fatal(err)
	}
	w.write(d.config(d.replication(movies, `desired_state = "paused"`)))
	began := time.Now()
	w.apply()
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the pause took %s", took)
	}
	if got := replicationStatus(t, d.follower, movies); got != "PAUSED" {
		t.Errorf("the replication is %s, want PAUSED", got)
	}
	if err := d.leader.Thaw(); err != nil {
		t.Fatal(err)
	}
	w.destroy()
}

// A stop does not end while the leader hangs: the error says what helps, and the
// destruction of the connection stops the index.
func TestLongReplication_DestroyWhileTheLeaderHangs(t *testing.T) {
	t.Parallel()
	d := newOwnDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	w.apply()
	if err := d.leader.Freeze(); err != nil {
		t.Fatal(err)
	}
	w.terraformFails("destroy", "-auto-approve", "-input=false").says("Cannot stop the replication of index "+movies, "The leader does not answer", "Remove the connection", "terraform state rm")
	w.terraform("state", "rm", replicationAddress)
	w.write(d.config())
	w.plan("-destroy").says("Replication over connection "+d.name("lead")+" on here will stop", movies)
	w.destroy()
	ask(t, d.follower, http.MethodPost, "/"+movies+"/_doc", map[string]any{"n": 4})
}

// Point 29: a replication that an autofollow rule has started is adopted, with a
// warning, and belongs to the resource from then on.
func TestReplication_AdoptsWhatARuleStarted(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	d.setRemote(map[string]any{"mode": "sniff", "seeds": []string{d.leader.TransportAddress()}})
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	d.startByHand(movies)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies, deleteIndex)))
	w.plan().says("will be adopted")
	w.apply().says("was adopted", "already replicates index "+movies)
	w.planEmpty()
	w.destroy()
	if exists(t, d.follower, movies) {
		t.Error("the adopted index is still there")
	}
}

// startByHand starts the replication of an index outside of Terraform.
func (d *duo) startByHand(index string) {
	d.t.Helper()
	eventually(d.t, "the replication of "+index+" starts", func() bool {
		status, _, err := d.follower.Do(d.t.Context(), http.MethodPut, "/_plugins/_replication/"+index+"/_start",
			map[string]any{"leader_alias": d.name("lead"), "leader_index": index})
		return err == nil && status == http.StatusOK
	})
	eventually(d.t, index+" syncs", func() bool { return replicationStatus(d.t, d.follower, index) == "SYNCING" })
}

// What the clusters know is said at plan: an index in the way, and leader indices
// that cannot be replicated or do not exist.
func TestPoint9_11_LeaderAndFollowerAreLookedAtAtPlan(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	d.connect()
	movies, films, missing := d.name("movies"), d.name("films"), d.name("missing")
	write(t, d.leader, movies, 1, 3)
	ask(t, d.leader, http.MethodPost, "/_aliases", map[string]any{"actions": []any{map[string]any{"add": map[string]any{"index": movies, "alias": films}}}})
	write(t, d.follower, movies, 1, 9)
	follow := func(label, follower, leader string) string {
		return fmt.Sprintf("\nresource \"opensearch_ccr_replication\" %q {\n  cluster = \"here\"\n  follower_index = %q\n  leader_alias = %q\n  leader_index = %q\n}\n",
			label, follower, d.name("lead"), leader)
	}
	w := newWorkspace(t)
	w.write(d.provider() + follow("way", movies, movies) + follow("alias", films, films) + follow("missing", missing, missing) + follow("right", d.name("filme"), movies))
	w.plan().refuses(
		[3]string{"with opensearch_ccr_replication.way,", "Index " + movies + " already exists on here", "not a replica"},
		[3]string{"with opensearch_ccr_replication.alias,", films + " is an alias on leader " + d.name("lead") + " of cluster here", "Set leader_index to the index behind it."},
	)
	w.write(d.provider() + follow("missing", missing, missing) + follow("right", d.name("filme"), movies))
	r := w.plan()
	r.says("Warning: The leader index of the replication of index "+missing+" on here does not exist", "2 to add")
	if n := strings.Count(r.output, "Warning: The leader index"); n != 1 {
		t.Errorf("%d warnings, want one:\n%s", n, r.output)
	}
	if got := count(t, d.follower, movies); got != 9 {
		t.Errorf("the index in the way has %d documents, want its own 9", got)
	}
}

// -replace and a taint with on_destroy = "stop" are refused at plan, and work
// with "delete_index".
func TestPoint9_13_ReplaceOfAReplication(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	w.apply()
	w.planFails("-replace="+replicationAddress).says("Cannot replace the replication", `on_destroy = "delete_index" on its own first`)
	w.terraform("taint", replicationAddress)
	w.planFails().says("Cannot replace the replication", "terraform untaint")
	w.terraform("untaint", replicationAddress)
	w.planEmpty()

	w.write(d.config(d.replication(movies, deleteIndex)))
	w.apply()
	before := uuidNow(t, d.follower, movies)
	w.apply("-replace="+replicationAddress).says("will be deleted and copied again", "1 added, 0 changed, 1 destroyed")
	replaced := uuidNow(t, d.follower, movies)
	if replaced == before {
		t.Error("-replace has kept the index")
	}
	w.terraform("taint", replicationAddress)
	w.apply().says("1 added, 0 changed, 1 destroyed")
	if uuidNow(t, d.follower, movies) == replaced {
		t.Error("the tainted index was kept")
	}
	w.planEmpty()
	w.destroy()
}

// The plan is what happens: an apply does not delete an index that the plan did
// not name, although the configuration would permit it.
func TestReplication_ApplyDeletesOnlyWhatThePlanNamed(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies, "rebuild = true")))
	w.apply()
	w.write(d.config(d.replication(movies, "rebuild = true", `settings = { "index.refresh_interval" = "7s" }`)))
	w.terraform("plan", "-out=saved", "-input=false")
	d.hand(http.MethodPost, movies, "_stop")
	ask(t, d.follower, http.MethodPost, "/"+movies+"/_doc?refresh=true", map[string]any{"n": 4})
	w.terraformFails("apply", "-input=false", "saved").says("the world has changed since the plan", movies, "Plan again")
	if got := count(t, d.follower, movies); got != 4 {
		t.Errorf("the index has %d documents, want 3 and the one that was written", got)
	}
	w.plan().says("1 to change", "will be deleted", movies)
	w.apply()
	w.planEmpty()
	if got := count(t, d.follower, movies); got != 3 {
		t.Errorf("the index has %d documents after the rebuild, want 3", got)
	}
	w.destroy()
}

// A stopped index may have writes of its own: an error on rebuild, at plan.
func TestReplication_StoppedNeedsRebuild(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	w.apply()
	d.hand(http.MethodPost, movies, "_stop")
	ask(t, d.follower, http.MethodPost, "/"+movies+"/_doc?refresh=true", map[string]any{"n": 4})
	w.planFails().says("needs permission", "rebuild = true", movies)
	if got := count(t, d.follower, movies); got != 4 {
		t.Errorf("the index has %d documents, want 4", got)
	}
	w.terraform("destroy", "-auto-approve", "-input=false", "-refresh=false").says("Destroy complete")
	if !exists(t, d.follower, movies) {
		t.Error("destroy has deleted the stopped index")
	}
}

// Another index of the same name is left alone.
func TestReplication_AnotherIndexOfItsNameIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies, deleteIndex)))
	w.apply()
	d.dropIndex(movies)
	write(t, d.follower, movies, 1, 9)
	w.plan().says("cannot be replicated")
	w.plan("-destroy").says("Index "+movies+" on here is left in place", "recreated outside Terraform")
	w.destroy()
	if got := count(t, d.follower, movies); got != 9 {
		t.Errorf("the index has %d documents, want the 9 that somebody else wrote", got)
	}
}

// A follower that cannot be read is not one without the index: the state is
// kept, and the plan does not fail.
func TestReplication_UnreadableFollowerKeepsTheState(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies, deleteIndex)))
	w.apply()
	for _, path := range []string{"/_cluster/state/*", "/*/_settings*", "/_cluster/settings", "/_plugins/_replication/*"} {
		d.follower.Gateway().Respond(gateway.Match{Method: http.MethodGet, Path: path}, gateway.Answer{Status: http.StatusForbidden,
			Body: map[string]any{"status": 403, "error": map[string]any{"type": "security_exception", "reason": "no permissions for [x]"}}}, 0)
	}
	w.plan().says("Cannot read the replication of index "+movies+" on here", "no permissions for [x]", "No changes")
	d.follower.Gateway().Reset()
	w.planEmpty()
	w.destroy()
}
