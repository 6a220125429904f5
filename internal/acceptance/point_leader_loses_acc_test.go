// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// A leader that shows none of its indices, then has really lost half of them, and
// then hangs: the copies stay, whatever it says.
func TestPoints_LeaderLosesItsIndices(t *testing.T) {
	t.Parallel()
	d := drift{scene: newScene(t)}
	var all []string
	for n := 1; n <= 8; n++ {
		all = append(all, fmt.Sprintf("logs-%02d", n))
	}
	d.makeIndices(t, all)
	for _, index := range all {
		write(t, d.leader, index, 1, 2)
	}
	d.alias = d.project + "_" + leaderName
	d.w, d.there = d.made(t)
	same := keep(t, d.there, all...)
	steps(t, []step{
		{"Point05_EmptyListingDeletesNothing", func(t *testing.T) {
			d.in(t, d.w)
			for _, index := range all[:4] { // for what comes next: the plugin takes a while to notice
				ask(t, d.leader, http.MethodDelete, "/"+index, nil)
			}
			door := d.there.Gateway()
			door.Respond(gateway.Match{Method: http.MethodGet, Path: "/_resolve/index/*"},
				gateway.Answer{Status: http.StatusOK, Body: map[string]any{"indices": []any{}, "aliases": []any{}, "data_streams": []any{}}}, 0)
			d.leader.Gateway().Respond(gateway.Match{Method: http.MethodGet, Path: "/_cat/indices"}, gateway.Answer{Status: http.StatusOK, Body: []any{}}, 0)
			d.forgetAll()
			d.w.apply().saysNot("will be deleted")
			d.untouched(t)
			door.Respond(gateway.Match{Method: http.MethodGet, Path: "/_remote/info"}, gateway.Answer{Status: http.StatusOK, Body: map[string]any{
				d.alias: map[string]any{"connected": false, "mode": "sniff", "seeds": []any{}, "num_nodes_connected": 0}}}, 0)
			d.w.apply().saysNot("will be deleted")
			d.untouched(t)
			door.Reset()
			d.leader.Gateway().Reset()
			same(t)
		}},
		{"Point05_HalfOfTheLeaderIsGone", func(t *testing.T) {
			d.in(t, d.w)
			eventually(t, "the plugin has paused the four replications", func() bool {
				for _, index := range all[:4] {
					if replicationStatus(t, d.there, index) != "PAUSED" {
						return false
					}
				}
				return true
			})
			d.forgetAll()
			says := []string{"Error: Too many indices of follower " + d.project + "/search-eu would be deleted",
				"The leader no longer has 4 of the 8 replicated indices: logs-01, logs-02, logs-03, logs-04.", `on_leader_delete = "delete_all"`, `on_leader_delete = "keep"`}
			d.w.planFails().says(says...)
			d.w.applyFails().says(says...)
			d.untouched(t)

			// To a user without rights the leader's listing is empty too.
			d.there.Gateway().HideLeaders(true)
			d.leader.Gateway().CloseRoute(http.MethodGet, "/")
			d.w.plan().saysNot("will be deleted")
			d.there.Gateway().Reset()
			d.leader.Gateway().Reset()
			d.untouched(t)

			d.w.write(follower(`on_leader_delete = "delete_all"`))
			d.w.planUpdate().says("4 indices of follower "+d.project+"/search-eu will be deleted", "logs-01 (the leader has deleted index logs-01)")
			d.w.write(follower(`on_leader_delete = "keep"`))
			d.w.apply().says("Copies of follower "+d.project+"/search-eu are kept", "logs-01, logs-02, logs-03, logs-04")
			d.untouched(t)
			same(t)
		}},
		{"Point05_NewIndicesOfTheSameNamesReplaceNothing", func(t *testing.T) {
			d.in(t, d.w)
			for _, index := range all[:4] { // as an application does that keeps writing
				write(t, d.leader, index, 1, 1)
			}
			d.forgetAll()
			d.w.write(follower())
			d.w.planFails().says("Error: Too many indices of follower "+d.project+"/search-eu would be deleted", "logs-01, logs-02, logs-03, logs-04")
			d.w.write(follower(`on_leader_delete = "keep"`))
			d.w.apply().says("Copies of follower "+d.project+"/search-eu are kept", "logs-01, logs-02, logs-03, logs-04", "rebuild = true deletes the copy")
			d.w.planEmpty()
			d.untouched(t)
			same(t)
		}},
		{"Point04_PromotionWithASilentLeader", func(t *testing.T) {
			d.in(t, d.w)
			if err := d.leader.Freeze(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.leader.Kill() }() // it is of no use any more
			d.forgetAll()
			d.w.write(follower(`on_leader_delete = "keep"`, `desired_state = "promoted"`))
			r := d.w.apply()
			r.says("Warning: Follower "+d.project+"/search-eu was promoted without its leader", "Replication was stopped at the last known checkpoints")
			d.w.expect(map[string]any{"status": "promoted", "status_reason": nil, "integration_id": nil})
			if n := d.requests(controlplane.ServiceIntegrationDelete); n != 1 {
				t.Errorf("%d requests to delete the integration, want 1", n)
			}
			for _, index := range all {
				write(t, d.there, index, 900, 900)
			}
			for _, r := range destructive(d.there.Gateway()) {
				if r.Method == http.MethodDelete && !strings.HasSuffix(r.Path, "/_autofollow") {
					t.Errorf("the follower was asked for %s", r)
				}
			}
			same(t)
		}},
	})
}
