// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"fmt"
	"testing"
	"time"
)

func TestRule_StartsAFewAtATimeAndLeavesOutWhatFails(t *testing.T) {
	leader, follower := sites(t, "rule")
	for i := range 5 {
		leader.index(fmt.Sprintf("rule-%d", i), "")
	}
	leader.index("rule-closed", "")
	leader.ok("POST", "/rule-closed/_close", "")
	follower.index("rule-4", "")
	const interval = "plugins.replication.autofollow.fetch_poll_interval"
	follower.ok("PUT", "/_cluster/settings", `{"persistent":{"`+interval+`":"1h"}}`)
	follower.ok("POST", "/_plugins/_replication/_autofollow", `{"leader_alias":"rule","name":"r","pattern":"rule-*"}`)
	t.Cleanup(func() {
		follower.do("DELETE", "/_plugins/_replication/_autofollow", `{"leader_alias":"rule","name":"r"}`)
		for i := range 4 {
			follower.do("POST", fmt.Sprintf("/_plugins/_replication/rule-%d/_stop", i), "{}")
			follower.do("DELETE", fmt.Sprintf("/rule-%d", i), "")
		}
	})
	syncing := func() int {
		return int(follower.ok("GET", "/_plugins/_replication/follower_stats", "")["num_syncing_indices"].(float64))
	}
	eventually(t, "the first poll starts three", func() bool { return syncing() == 3 })
	if status, _ := follower.status("rule-3"); status != notInProgress {
		t.Errorf("rule-3 is %s before the second poll", status)
	}
	follower.ok("PUT", "/_cluster/settings", `{"persistent":{"`+interval+`":null}}`)
	follower.plugin.NodeRestarted() // does not wait for the hour
	eventually(t, "the second poll starts the fourth", func() bool { return syncing() == 4 })
	time.Sleep(2 * fast.MinAutofetch)
	stats := follower.ok("GET", "/_plugins/_replication/autofollow_stats", "")
	if stats["num_success_start_replication"] != 4.0 || stats["num_failed_start_replication"] != 0.0 {
		t.Errorf("%v", stats)
	}
	for _, index := range []string{"rule-4", "rule-closed"} {
		if status, _ := follower.status(index); status != notInProgress {
			t.Errorf("%s is %s", index, status)
		}
	}
}

func TestRule_FailedIndicesAreTriedAgainLater(t *testing.T) {
	leader, follower := sites(t, "refused")
	leader.index(".refused-dot", "")
	leader.index("refused-plain", "")
	follower.ok("PUT", "/_cluster/settings", `{"transient":{"plugins.replication.follower.block.start":true}}`)
	follower.refuses("PUT", "/_plugins/_replication/refused-plain/_start", `{"leader_alias":"refused","leader_index":"refused-plain"}`, 403, "status_exception", "START block")
	for _, rule := range []string{`"name":"dot","pattern":".refused-*"`, `"name":"plain","pattern":"refused-*"`} {
		follower.ok("POST", "/_plugins/_replication/_autofollow", `{"leader_alias":"refused",`+rule+`}`)
	}
	t.Cleanup(func() {
		follower.do("POST", "/_plugins/_replication/refused-plain/_stop", "{}")
		follower.do("DELETE", "/refused-plain", "")
	})
	failed := func() string {
		return fmt.Sprint(follower.ok("GET", "/_plugins/_replication/autofollow_stats", "")["failed_indices"])
	}
	eventually(t, "both are listed", func() bool { return failed() == "[.refused-dot refused-plain]" })
	follower.ok("PUT", "/_cluster/settings", `{"transient":{"plugins.replication.follower.block.start":null}}`)
	time.Sleep(2 * fast.MinAutofetch)
	if status, _ := follower.status("refused-plain"); status != notInProgress {
		t.Errorf("what failed was tried again at once: %s", status)
	}
	follower.plugin.mu.Lock()
	rule := follower.plugin.rules["refused:plain"]
	follower.plugin.mu.Unlock()
	rule.mu.Lock()
	rule.retryAt = time.Now()
	rule.mu.Unlock()
	follower.becomes("refused-plain", "SYNCING")
	eventually(t, "it is off the list", func() bool { return failed() == "[.refused-dot]" })
	for _, name := range []string{"dot", "plain"} {
		follower.ok("DELETE", "/_plugins/_replication/_autofollow", fmt.Sprintf(`{"leader_alias":"refused","name":%q}`, name))
	}
	if status, _ := follower.status("refused-plain"); status != "SYNCING" {
		t.Errorf("with its rule gone it is %s", status)
	}
}
