// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// An interrupt ends the wait at once. What was started is in the state, not
// tainted, and continues.
func TestReplication_InterruptedCreationContinues(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	d.respond(http.MethodGet, "/_plugins/_replication/follower_stats", map[string]any{"num_bootstrapping_indices": 1}, 0)
	d.respond(http.MethodGet, "/_plugins/_replication/"+movies+"/_status", map[string]any{"status": "BOOTSTRAPPING", "leader_alias": d.name("lead"), "leader_index": movies, "follower_index": movies}, 0)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	var output bytes.Buffer
	cmd := w.command(t.Context(), &output, "apply", "-auto-approve", "-input=false", "-no-color")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	eventually(t, "the replication is started and waited for", func() bool {
		is := func(route string) func(gateway.Request) bool {
			return func(r gateway.Request) bool { return strings.HasSuffix(r.Path, "/"+movies+route) }
		}
		requests := d.follower.Gateway().Requests()
		started := slices.IndexFunc(requests, is("/_start"))
		return started >= 0 && slices.ContainsFunc(requests[started:], is("/_status"))
	})
	time.Sleep(500 * time.Millisecond) // the state is on its way
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	interrupted := time.Now()
	err := <-ended
	if took := time.Since(interrupted); took > 5*time.Second {
		t.Errorf("terraform ends %s after the interrupt", took)
	}
	w.ended(cmd, &output, err).says("Interrupt received", "The operation was interrupted.")

	d.follower.Gateway().Reset()
	before := uuidNow(t, d.follower, movies)
	w.apply().says("0 added", "0 destroyed")
	if uuidNow(t, d.follower, movies) != before {
		t.Error("the index was copied again")
	}
	w.planEmpty()
	if got := count(t, d.follower, movies); got != 3 {
		t.Errorf("the follower index has %d documents, want 3", got)
	}
	w.destroy()
	if !exists(t, d.follower, movies) {
		t.Error("the complete index is gone, on_destroy = \"stop\" keeps it")
	}
}

// A leader index that is deleted pauses its replication by itself. The copy is
// all that is left: it is kept, and the plan says so. Nothing can be repaired.
func TestReplication_DeletedLeaderIndexIsSaidAndKept(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies, deleteIndex)))
	w.apply()
	ask(t, d.leader, http.MethodDelete, "/"+movies, nil)
	eventually(t, "the replication pauses itself", func() bool { return replicationStatus(t, d.follower, movies) == "PAUSED" })
	time.Sleep(1500 * time.Millisecond) // the plugin's store, which has the reason, shows a change after its refresh
	w.plan().says("Copies of replication of index "+movies, "are kept", "No changes")
	if got := count(t, d.follower, movies); got != 3 {
		t.Errorf("the follower index has %d documents, want the 3 that are all that is left", got)
	}
	w.destroy()
}
