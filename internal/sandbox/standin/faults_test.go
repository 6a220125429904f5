// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLeaderDown_OnlyStatusAndStartTell(t *testing.T) {
	_, followerNode := nodes(t)
	leaderNode := ownNode(t, "standin-dying-leader")
	leader, follower := newSite(t, leaderNode), newSite(t, followerNode, leaderNode)
	follower.connect("dying", leader)
	for _, index := range []string{"dying-a", "dying-b"} {
		leader.index(index, "")
		leader.ok("PUT", "/"+index+"/_doc/1", `{"n":1}`)
		follower.start(index, "dying", index)
		follower.becomes(index, "SYNCING")
	}
	if err := leaderNode.Kill(); err != nil {
		t.Fatal(err)
	}
	follower.refuses("GET", "/_plugins/_replication/dying-a/_status", "", 500, "replication_exception", "failed to fetch replication status")
	stats := follower.ok("GET", "/_plugins/_replication/follower_stats", "")
	if stats["num_syncing_indices"] != 2.0 {
		t.Errorf("follower_stats %v", stats)
	}
	follower.refuses("PUT", "/_plugins/_replication/dying-c/_start", `{"leader_alias":"dying","leader_index":"dying-c"}`, 500, "connect_transport_exception", leaderNode.TransportAddress())
	follower.refuses("POST", "/_plugins/_replication/_autofollow", `{"leader_alias":"dying","name":"r","pattern":"*"}`, 500, "connect_transport_exception", "")
	follower.ok("POST", "/_plugins/_replication/dying-a/_pause", "{}")
	follower.becomes("dying-a", "PAUSED")
	follower.refuses("POST", "/_plugins/_replication/dying-a/_resume", "{}", 500, "connect_transport_exception", "")
	follower.ok("POST", "/_plugins/_replication/dying-a/_stop", "{}")
	follower.ok("PUT", "/dying-a/_doc/2", `{"n":2}`)

	if err := leaderNode.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	leader.plugin.NodeRestarted()
	eventually(t, "the leader's shards are back", func() bool {
		status, _ := leader.do("PUT", "/dying-b/_doc/2", `{"n":2}`)
		return status < 300
	})
	follower.becomes("dying-b", "SYNCING")
	sameDocuments(t, leader, follower, "dying-b", "dying-b")
}

func TestFollowerRestart_NotInProgressForAMoment(t *testing.T) {
	leaderNode, _ := nodes(t)
	followerNode := ownNode(t, "standin-restarting")
	leader, follower := newSite(t, leaderNode), newSite(t, followerNode, leaderNode)
	follower.connect("restart", leader)
	for _, index := range []string{"restart-a", "restart-b"} {
		leader.index(index, "")
		leader.ok("PUT", "/"+index+"/_doc/1", `{"n":1}`)
		follower.start(index, "restart", index)
		follower.becomes(index, "SYNCING")
	}
	follower.ok("POST", "/_plugins/_replication/restart-b/_pause", "{}")
	if err := followerNode.Kill(); err != nil {
		t.Fatal(err)
	}
	leader.ok("PUT", "/restart-a/_doc/2", `{"n":2}`)
	leader.ok("DELETE", "/restart-a/_doc/1", "")
	time.Sleep(300 * time.Millisecond) // long enough for a look that fails
	if err := followerNode.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	follower.plugin.NodeRestarted()
	recovers := func(in time.Duration) {
		follower.plugin.mu.Lock()
		defer follower.plugin.mu.Unlock()
		follower.plugin.recovered = time.Now().Add(in)
	}
	recovers(time.Hour) // however long the looks below take
	if status, _ := follower.status("restart-a"); status != notInProgress {
		t.Errorf("right after the restart it is %s", status)
	}
	if status, _ := follower.status("restart-b"); status != "PAUSED" {
		t.Errorf("what was paused is %s", status)
	}
	stats := follower.ok("GET", "/_plugins/_replication/follower_stats", "")
	if stats["num_bootstrapping_indices"] != 1.0 || stats["num_syncing_indices"] != 0.0 || stats["num_paused_indices"] != 1.0 {
		t.Errorf("follower_stats %v", stats)
	}
	metadata := follower.ok("GET", "/_cluster/state/metadata?filter_path=metadata.replication_metadata", "")
	const want = `{"metadata":{"replication_metadata":{"replication_details":{` +
		`"restart-a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"},"restart-b":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"PAUSED"}}}}}`
	if got := text(t, metadata); got != want {
		t.Errorf("metadata %s, want %s", got, want)
	}
	recovers(0)
	follower.becomes("restart-a", "SYNCING")
	sameDocuments(t, leader, follower, "restart-a", "restart-a")
}

func TestLeaderIndexGone_PausesItself(t *testing.T) {
	leader, follower := sites(t, "gone")
	leader.index("gone", "")
	leader.ok("PUT", "/gone/_doc/1", `{"n":1}`)
	follower.start("gone", "gone", "gone")
	follower.becomes("gone", "SYNCING")
	deleted := time.Now()
	leader.ok("DELETE", "/gone", "")
	if status, _ := follower.status("gone"); status != notInProgress {
		t.Errorf("before the pause it is %s", status)
	}
	marked := func() {
		t.Helper()
		if mark, _ := leaderIndex(follower, "gone"); mark != "gone:gone" {
			t.Errorf("the mark is %v", mark)
		}
		if got := text(t, follower.ok("GET", "/_cluster/state/blocks?filter_path=blocks.indices", "")); !contains(got, replicaBlock("gone")) {
			t.Errorf("the block is not on: %s", got)
		}
	}
	marked()
	answer := follower.becomes("gone", "PAUSED")
	const want = `AutoPaused:  + [[gone][0] - org.opensearch.index.IndexNotFoundException - "no such index [gone]"], `
	if answer["reason"] != want {
		t.Errorf("reason %q, want %q", answer["reason"], want)
	}
	if now := time.Since(deleted); now < fast.Unreadable {
		t.Errorf("paused after %s, want not before %s", now, fast.Unreadable)
	}
	pausedAt := func(from time.Time) {
		r := follower.plugin.replication("gone")
		r.mu.Lock()
		defer r.mu.Unlock()
		r.pausedItself = from
	}
	pausedAt(time.Now().Add(time.Hour)) // however long it took to see the pause
	follower.refuses("POST", "/_plugins/_replication/gone/_resume", "{}", 400, "resource_already_exists_exception", "already running")
	pausedAt(time.Now())
	marked()
	eventually(t, "a resume is refused for the index", func() bool {
		status, answer := follower.do("POST", "/_plugins/_replication/gone/_resume", "{}")
		return status == 404 && strings.Contains(fmt.Sprint(answer), "no such index [gone]")
	})
	leader.index("gone", "")
	follower.refuses("POST", "/_plugins/_replication/gone/_resume", "{}", 404, "resource_not_found_exception",
		"Retention lease doesn't exist. Replication can't be resumed for gone")
	if documents := follower.documents("gone"); len(documents) != 1 {
		t.Errorf("the follower index has %v", documents)
	}
}

func TestLeaderIndexGone_DeletionIsCarriedOver(t *testing.T) {
	leader, follower := sites(t, "carried")
	follower.plugin.settings = newClusterSettings("3.6.0", time.Second)
	follower.ok("PUT", "/_cluster/settings", `{"persistent":{"plugins.replication.replicate.delete_index":true}}`)
	leader.index("carried", "")
	follower.start("carried", "carried", "carried")
	follower.becomes("carried", "SYNCING")
	leader.ok("DELETE", "/carried", "")
	eventually(t, "the follower index is deleted", func() bool {
		status, _ := follower.do("GET", "/carried", "")
		return status == 404
	})
	follower.becomes("carried", notInProgress)
}

func TestConnectionGone(t *testing.T) {
	leader, follower := sites(t, "cut")
	leader.index("cut", "")
	follower.start("cut", "cut", "cut")
	follower.becomes("cut", "SYNCING")
	follower.ok("PUT", "/_cluster/settings", `{"persistent":{"cluster.remote.cut.seeds":null}}`)
	if status, _ := follower.status("cut"); status != notInProgress {
		t.Errorf("without its connection it is %s", status)
	}
	follower.becomes("cut", "PAUSED")
	eventually(t, "a resume is refused for the connection", func() bool {
		status, answer := follower.do("POST", "/_plugins/_replication/cut/_resume", "{}")
		return status == 404 && strings.Contains(fmt.Sprint(answer), "no such remote cluster: [cut]")
	})
	follower.ok("POST", "/_plugins/_replication/cut/_stop", "{}")
}

func TestReplicaCannotBeALeader(t *testing.T) {
	leader, middle := sites(t, "first")
	last := newSite(t, sharedNodes.leader, sharedNodes.follower)
	last.connect("second", middle)
	leader.index("chain", "")
	middle.start("chain", "first", "chain")
	middle.becomes("chain", "SYNCING")
	last.refuses("PUT", "/_plugins/_replication/chain-end/_start", `{"leader_alias":"second","leader_index":"chain"}`,
		400, "illegal_argument_exception", "Cannot Replicate a Replicated Index chain")
	middle.ok("POST", "/_plugins/_replication/chain/_stop", "{}")
	last.start("chain-end", "second", "chain")
	last.becomes("chain-end", "SYNCING")
}

func TestLease_LostOrExpired(t *testing.T) {
	leader, follower := sites(t, "lease")
	for _, index := range []string{"lease-lost", "lease-expired"} {
		leader.index(index, "")
		follower.start(index, "lease", index)
		follower.becomes(index, "SYNCING")
		follower.ok("POST", "/_plugins/_replication/"+index+"/_pause", "{}")
	}
	if !follower.plugin.LoseLease("lease-lost") || follower.plugin.LoseLease("nowhere") {
		t.Error("LoseLease does not tell what is replicated")
	}
	leader.ok("PUT", "/lease-expired/_settings", `{"index.soft_deletes.retention_lease.period":"1ms"}`)
	for _, index := range []string{"lease-lost", "lease-expired"} {
		follower.refuses("POST", "/_plugins/_replication/"+index+"/_resume", "{}", 404, "resource_not_found_exception", "Retention lease doesn't exist")
	}
	leader.ok("PUT", "/lease-expired/_settings", `{"index.soft_deletes.retention_lease.period":"1h"}`)
	follower.ok("POST", "/_plugins/_replication/lease-expired/_resume", "{}")
	follower.becomes("lease-expired", "SYNCING")
}

func TestFail(t *testing.T) {
	leader, follower := sites(t, "fail")
	leader.index("fail", "")
	follower.start("fail", "fail", "fail")
	follower.becomes("fail", "SYNCING")
	if !follower.plugin.Fail("fail", "disk on fire") || follower.plugin.Fail("nowhere", "") {
		t.Error("Fail does not tell what is replicated")
	}
	if answer := follower.becomes("fail", "FAILED"); answer["reason"] != "disk on fire" {
		t.Errorf("%v", answer)
	}
	if stats := follower.ok("GET", "/_plugins/_replication/follower_stats", ""); stats["num_failed_indices"] != 1.0 {
		t.Errorf("follower_stats %v", stats)
	}
	follower.refuses("POST", "/_plugins/_replication/fail/_resume", "{}", 400, "resource_already_exists_exception", "already running")
	follower.ok("POST", "/_plugins/_replication/fail/_stop", "{}")
	follower.becomes("fail", notInProgress)
}

// A document that the follower cannot take pauses the replication: here its own mapping is stricter.
func TestReplayThatFails_PausesItself(t *testing.T) {
	leader, follower := sites(t, "replay")
	leader.index("replay", "")
	follower.ok("PUT", "/_plugins/_replication/replay/_start", `{"leader_alias":"replay","leader_index":"replay","settings":{"index.mapping.total_fields.limit":1}}`)
	t.Cleanup(func() {
		follower.do("POST", "/_plugins/_replication/replay/_stop", "{}")
		follower.do("DELETE", "/replay", "")
	})
	follower.becomes("replay", "SYNCING")
	leader.ok("PUT", "/replay/_doc/1", `{"a":1,"b":{"c":2}}`)
	answer := follower.becomes("replay", "PAUSED")
	if reason := fmt.Sprint(answer["reason"]); !strings.HasPrefix(reason, "AutoPaused: ") || !strings.Contains(reason, "Limit of total fields") {
		t.Errorf("reason %s", reason)
	}
}

func TestClose_EndsWhatRuns(t *testing.T) {
	leader, follower := sites(t, "close")
	leader.index("close", "")
	follower.start("close", "close", "close")
	follower.ok("POST", "/_plugins/_replication/_autofollow", `{"leader_alias":"close","name":"close","pattern":"close-none*"}`)
	done := make(chan struct{})
	go func() { follower.plugin.Close(); close(done) }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
		t.Fatal("Close does not return")
	}
}

func TestLongLease_FailsForTooLong(t *testing.T) {
	_, followerNode := nodes(t)
	leaderNode := ownNode(t, "standin-lease")
	leader, follower := newSite(t, leaderNode), newSite(t, followerNode, leaderNode)
	follower.connect("failing", leader)
	leader.index("failing", "")
	follower.start("failing", "failing", "failing")
	follower.becomes("failing", "SYNCING")
	follower.ok("PUT", "/_cluster/settings", `{"persistent":{"plugins.replication.follower.retention_lease_max_failure_duration":"2s"}}`)
	if err := leaderNode.Kill(); err != nil {
		t.Fatal(err)
	}
	answer := follower.becomes("failing", "PAUSED")
	if reason := fmt.Sprint(answer["reason"]); !strings.HasPrefix(reason, "AutoPaused: ") || !strings.Contains(reason, "Retention lease") {
		t.Errorf("reason %s", reason)
	}
}
