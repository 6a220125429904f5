// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"testing"
)

// Point 31: with the connection ends what still replicates over it, named at
// plan, so that no read-only index is left that nothing replicates.
func TestConnection_DestroyStopsWhatReplicatesOverIt(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	index := d.name("logs-1")
	write(t, d.leader, index, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.rule(d.name("logs-*"), `on_destroy = "keep"`)))
	w.apply()
	w.plan("-destroy").says("Replication over connection "+d.name("lead")+" on here will stop", index)
	w.destroy()
	ask(t, d.follower, http.MethodPost, "/"+index+"/_doc?refresh=true", map[string]any{"n": 4})
	if got := count(t, d.follower, index); got != 4 {
		t.Errorf("the index has %d documents, want the 3 that were replicated and the one that was written", got)
	}
	ask(t, d.follower, http.MethodDelete, "/"+index, nil)
}

// A connection whose settings may not be read is not gone.
func TestConnection_ClosedSettingsKeepTheState(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	w := newWorkspace(t)
	w.write(d.config())
	w.apply()
	d.follower.Gateway().CloseRoute(http.MethodGet, "/_cluster/settings")
	w.plan().says("Cannot read connection", "No changes")
	d.follower.Gateway().OpenRoutes()
	w.planEmpty()
	w.destroy()
}
