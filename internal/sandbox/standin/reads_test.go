// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

func TestReads_TasksStoreAndLeaderStats(t *testing.T) {
	leader, follower := sites(t, "reads")
	leader.index("reads-a", "")
	leader.ok("PUT", "/reads-a/_doc/1", `{"n":1}`)
	leader.index("reads-b", "")
	for _, index := range []string{"reads-a", "reads-b"} {
		follower.start(index, "reads", index)
		follower.becomes(index, "SYNCING")
	}
	follower.ok("POST", "/_plugins/_replication/reads-b/_pause", `{"reason":"why"}`)
	follower.ok("POST", "/_plugins/_replication/_autofollow", `{"leader_alias":"reads","name":"r","pattern":"reads-none*"}`)
	defer follower.ok("DELETE", "/_plugins/_replication/_autofollow", `{"leader_alias":"reads","name":"r"}`)

	uuid := leader.ok("GET", "/reads-a?flat_settings=true", "")["reads-a"].(map[string]any)["settings"].(map[string]any)["index.uuid"]
	tasks := follower.ok("GET", "/_tasks?actions=cluster:indices/admin/replication*&detailed&group_by=none", "")["tasks"].([]any)
	if len(tasks) != 1 || tasks[0].(map[string]any)["description"] != fmt.Sprintf("replication:reads:[reads-a/%v] -> reads-a", uuid) {
		t.Errorf("tasks %v", tasks)
	}
	for _, query := range []string{"", "?group_by=parents", "?actions=cluster:*"} {
		if got := text(t, follower.ok("GET", "/_tasks"+query, "")); !contains(got, indexTask) || contains(got, "description\":\"replication") {
			t.Errorf("_tasks%s: %s", query, got)
		}
	}
	if got := text(t, follower.ok("GET", "/_tasks?actions=indices:*", "")); contains(got, indexTask) {
		t.Errorf("other tasks: %s", got)
	}

	var got []string
	eventually(t, "the store shows all", func() bool {
		got = nil
		answer := follower.ok("GET", "/.replication-metadata-store/_search?size=100&q=connection_name:reads", "")
		for _, h := range answer["hits"].(map[string]any)["hits"].([]any) {
			hit := h.(map[string]any)
			s := hit["_source"].(map[string]any)
			got = append(got, fmt.Sprintln(hit["_id"], s["metadata_type"], s["overall_state"], s["reason"], s["leader_context"], "to", s["follower_context"]))
		}
		slices.Sort(got)
		return len(got) == 3 && contains(got[1], "PAUSED")
	})
	for i, want := range []string{
		"reads-a INDEX RUNNING User initiated map[resource:reads-a] to map[resource:reads-a]\n",
		"reads-b INDEX PAUSED why map[resource:reads-b] to map[resource:reads-b]\n",
		"reads:r AUTO_FOLLOW RUNNING User initiated map[resource:reads-none*] to map[resource:r]\n",
	} {
		if got[i] != want {
			t.Errorf("store has %q, want %q", got[i], want)
		}
	}

	stats := leader.ok("GET", "/_plugins/_replication/leader_stats", "")
	a := stats["index_stats"].(map[string]any)["reads-a"].(map[string]any)
	if a["operations_read"] != 1.0 {
		t.Errorf("leader_stats %v", stats)
	}
	if got := follower.ok("GET", "/_cluster/state/nodes", ""); got["metadata"] != nil {
		t.Errorf("cluster state without metadata has %v", got["metadata"])
	}
}

func TestStart_ManyAtOnce(t *testing.T) {
	leader, follower := sites(t, "many")
	const indices = 20
	for i := range indices {
		leader.index(fmt.Sprintf("many-%d", i), "")
	}
	var work sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for i := range indices {
		for range 2 { // each twice at once: one of them has to lose
			work.Go(func() {
				_, answer := follower.do("PUT", fmt.Sprintf("/_plugins/_replication/many-%d/_start", i),
					fmt.Sprintf(`{"leader_alias":"many","leader_index":"many-%d"}`, i))
				e, _ := answer["error"].(map[string]any)
				mu.Lock()
				defer mu.Unlock()
				answers[fmt.Sprint(answer["acknowledged"], e["type"])]++
			})
		}
	}
	work.Wait()
	t.Cleanup(func() {
		for i := range indices {
			follower.do("POST", fmt.Sprintf("/_plugins/_replication/many-%d/_stop", i), "{}")
			follower.do("DELETE", fmt.Sprintf("/many-%d", i), "")
		}
	})
	if answers["true <nil>"] != indices {
		t.Errorf("answers %v", answers)
	}
	for i := range indices {
		follower.becomes(fmt.Sprintf("many-%d", i), "SYNCING")
	}
	var stops sync.WaitGroup
	for i := range indices {
		stops.Go(func() { follower.do("POST", fmt.Sprintf("/_plugins/_replication/many-%d/_pause", i), "{}") })
		stops.Go(func() { follower.do("POST", fmt.Sprintf("/_plugins/_replication/many-%d/_resume", i), "{}") })
		stops.Go(func() { follower.do("POST", fmt.Sprintf("/_plugins/_replication/many-%d/_stop", i), "{}") })
	}
	stops.Wait()
	for i := range indices {
		if status, _ := follower.status(fmt.Sprintf("many-%d", i)); status != notInProgress {
			t.Errorf("many-%d is %s", i, status)
		}
	}
	if follower.plugin.hasReplicas() {
		t.Error("replications are left")
	}
}

// While it bootstraps it shows its progress, cannot be paused, and a stop takes the index away.
func TestBootstrap_Details(t *testing.T) {
	leader, follower := sites(t, "boot")
	leader.index("boot", "")
	leader.ok("PUT", "/boot/_doc/1", `{"n":1}`)
	follower.index("boot", "")
	uuid := leader.ok("GET", "/boot?flat_settings=true", "")["boot"].(map[string]any)["settings"].(map[string]any)["index.uuid"].(string)
	r := &replication{
		follower: "boot", alias: "boot", leader: "boot", uuid: uuid, state: running, reason: userInitiated,
		shards: []*shard{{leader: 99, copied: 49}},
	}
	follower.plugin.mu.Lock()
	follower.plugin.replications["boot"] = r
	follower.plugin.mu.Unlock()
	_, answer := follower.do("GET", "/_plugins/_replication/boot/_status?verbose=true", "")
	details, _ := answer["bootstrap_details"].(map[string]any)
	if answer["status"] != "BOOTSTRAPPING" || details["bytes_total"] == 0.0 || details["files_percent"] != 50.0 || details["files_recovered"] != 5.0 {
		t.Errorf("%v", answer)
	}
	if shards := answer["shard_replication_details"].([]any); shards[0].(map[string]any)["shard_id"] != "[boot][0]" {
		t.Errorf("%v", shards)
	}
	follower.refuses("POST", "/_plugins/_replication/boot/_pause", "{}", 500, "illegal_state_exception", "in restore phase")
	follower.ok("POST", "/_plugins/_replication/boot/_stop", "{}")
	if status, _ := follower.do("GET", "/boot", ""); status != 404 {
		t.Errorf("the incomplete follower index is still there: %d", status)
	}
}
