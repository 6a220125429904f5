// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	process "github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/node"
)

// silentLeader is a leader of its own, with indices that the follower replicates, and then frozen.
func silentLeader(t *testing.T, alias string, indices ...string) (leader, follower *site, leaderNode *process.Node) {
	t.Helper()
	_, followerNode := nodes(t)
	leaderNode = ownNode(t, "standin-"+alias)
	leader, follower = newSite(t, leaderNode), newSite(t, followerNode, leaderNode)
	follower.connect(alias, leader)
	for _, index := range indices {
		leader.index(index, "")
		leader.ok("PUT", "/"+index+"/_doc/1", `{"n":1}`)
		follower.start(index, alias, index)
		eventually(t, index+" is copied", func() bool {
			_, answer := follower.status(index)
			details, _ := answer["syncing_details"].(map[string]any)
			return details["follower_checkpoint"] == 0.0
		})
	}
	follower.ok("POST", "/_plugins/_replication/_autofollow", fmt.Sprintf(`{"leader_alias":%q,"name":"rule","pattern":"none-*"}`, alias))
	t.Cleanup(func() {
		follower.do("DELETE", "/_plugins/_replication/_autofollow", fmt.Sprintf(`{"leader_alias":%q,"name":"rule"}`, alias))
	})
	// Before the indices are deleted by the site's own clean-up, which would wait.
	t.Cleanup(func() {
		if err := leaderNode.Thaw(); err != nil {
			t.Error(err)
		}
	})
	if err := leaderNode.Freeze(); err != nil {
		t.Fatal(err)
	}
	return leader, follower, leaderNode
}

// unanswered sends a request that gets no answer for so long, then gives up.
func (s *site) unanswered(method, path, body string, within time.Duration) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), within)
	defer cancel()
	began := time.Now()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body)))
	if took := time.Since(began); took < within {
		s.t.Errorf("%s %s: answered after %s: %d %s", method, path, took, w.Code, w.Body)
	}
}

// quick sends a request that must not wait for the leader.
func (s *site) quick(method, path, body string) map[string]any {
	s.t.Helper()
	began := time.Now()
	answer := s.ok(method, path, body)
	if took := time.Since(began); took > 10*time.Second {
		s.t.Errorf("%s %s took %s", method, path, took)
	}
	return answer
}

func TestLongLeaderSilent_OnlyWhatNeedsItWaits(t *testing.T) {
	leader, follower, leaderNode := silentLeader(t, "silent", "silent-a", "silent-b")
	if info := text(t, follower.quick("GET", "/_remote/info", "")); !strings.Contains(info, `"silent":{"connected":true`) {
		t.Errorf("_remote/info: %s", info)
	}
	follower.unanswered("GET", "/_plugins/_replication/silent-a/_status", "", time.Second)
	stats := follower.quick("GET", "/_plugins/_replication/follower_stats", "")
	if a, _ := stats["index_stats"].(map[string]any)["silent-a"].(map[string]any); stats["num_syncing_indices"] != 2.0 || a["leader_checkpoint"] != 0.0 || a["follower_checkpoint"] != 0.0 {
		t.Errorf("follower_stats %v", stats)
	}
	for _, path := range []string{"/_resolve/index/silent:*", "/silent:silent-a/_search?size=0", "/silent:silent-a/_field_caps?fields=_id"} {
		follower.unanswered("GET", path, "", 500*time.Millisecond)
	}
	for _, path := range []string{"autofollow_stats", "follower_stats"} {
		follower.quick("GET", "/_plugins/_replication/"+path, "")
	}
	follower.quick("POST", "/_plugins/_replication/silent-a/_pause", "{}")
	follower.quick("DELETE", "/_plugins/_replication/_autofollow", `{"leader_alias":"silent","name":"rule"}`)
	if status, _ := follower.status("silent-a"); status != "PAUSED" {
		t.Errorf("after the pause it is %s", status)
	}
	if err := leaderNode.Thaw(); err != nil {
		t.Fatal(err)
	}
	follower.becomes("silent-b", "SYNCING")
	leader.ok("PUT", "/silent-b/_doc/2", `{"n":2}`)
	sameDocuments(t, leader, follower, "silent-b", "silent-b")
}

func TestLongLeaderSilent_StopWaitsForTheConnectionToGo(t *testing.T) {
	_, follower, _ := silentLeader(t, "mute", "mute-a", "mute-b", "mute-c")
	follower.quick("POST", "/_plugins/_replication/mute-b/_pause", "{}")
	for range 20 {
		follower.unanswered("GET", "/_plugins/_replication/mute-a/_status", "", 20*time.Millisecond)
	}
	eventually(t, "no status waits without its client", func() bool { return !waiting() })
	stops := make(chan int, 2)
	for _, index := range []string{"mute-a", "mute-b"} {
		go func() {
			status, _ := follower.do("POST", "/_plugins/_replication/"+index+"/_stop", "{}")
			stops <- status
		}()
	}
	for _, index := range []string{"mute-a", "mute-b"} {
		eventually(t, index+" is closed", func() bool { return follower.openness(index) == "close" })
	}
	blocks := text(t, follower.ok("GET", "/_cluster/state/blocks?filter_path=blocks.indices.*.1000", ""))
	if contains(blocks, "mute-a") || contains(blocks, "mute-b") || !contains(blocks, "mute-c") {
		t.Errorf("blocks during the stops: %s", blocks)
	}
	if !waiting() {
		t.Error("what waits is not seen")
	}
	if mark, _ := leaderIndex(follower, "mute-a"); mark != "mute:mute-a" {
		t.Errorf("the mark during the stop is %v", mark)
	}
	follower.unanswered("POST", "/_plugins/_replication/mute-a/_stop", "{}", 200*time.Millisecond)
	select {
	case status := <-stops:
		t.Fatalf("a stop was answered with %d while the leader is silent", status)
	case <-time.After(2 * time.Second):
	}

	follower.quick("PUT", "/_cluster/settings", `{"persistent":{"cluster.remote.mute.seeds":null}}`)
	for range 2 {
		select {
		case status := <-stops:
			if status != http.StatusOK {
				t.Errorf("the stop was answered with %d", status)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the stop waits without the connection too")
		}
	}
	follower.quick("POST", "/_plugins/_replication/mute-c/_stop", "{}")
	for _, index := range []string{"mute-a", "mute-b", "mute-c"} {
		if got := follower.openness(index); got != "open" {
			t.Errorf("%s is %s", index, got)
		}
		follower.ok("PUT", "/"+index+"/_doc/9", `{"n":9}`)
	}
	eventually(t, "nothing waits any more", func() bool { return !waiting() })
}

// waiting tells whether a goroutine answers for, or waits for, what a client asked.
func waiting() bool {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, function := range []string{"handleStatus", "handleChange", "releaseLease"} {
		if bytes.Contains(stacks, []byte("standin.(*Plugin)."+function)) {
			return true
		}
	}
	return false
}

// openness is open or close.
func (s *site) openness(index string) string {
	s.t.Helper()
	state := s.ok("GET", "/_cluster/state/metadata/"+index+"?expand_wildcards=all&filter_path=metadata.indices.*.state", "")
	metadata, _ := state["metadata"].(map[string]any)
	indices, _ := metadata["indices"].(map[string]any)
	entry, _ := indices[index].(map[string]any)
	openness, _ := entry["state"].(string)
	return openness
}
