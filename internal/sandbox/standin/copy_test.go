// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"
)

// sameDocuments waits until the follower index has exactly the leader's documents.
func sameDocuments(t *testing.T, leader, follower *site, from, to string) {
	t.Helper()
	var want, got map[string]string
	defer func() {
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s: follower has %q, leader %q", key, got[key], value)
				return // one is enough to see
			}
		}
		for key := range got {
			if _, ok := want[key]; !ok {
				t.Errorf("%s is on the follower only", key)
				return
			}
		}
	}()
	eventually(t, to+" has the documents of "+from, func() bool {
		want, got = leader.documents(from), follower.documents(to)
		return maps.Equal(want, got)
	})
}

func TestCopy_EveryKindOfChangeArrives(t *testing.T) {
	leader, follower := sites(t, "kinds")
	leader.index("kinds", `"number_of_shards":3`)
	leader.ok("PUT", "/kinds/_mapping", `{"properties":{"parts":{"type":"nested"},"tag":{"type":"keyword"}}}`)
	for i := range 20 {
		leader.ok("PUT", fmt.Sprintf("/kinds/_doc/%d", i), fmt.Sprintf("{\n \"n\": %d,\n \"big\": 9007199254740993,\n \"parts\":[{\"a\":1},{\"a\":2}]}", i))
	}
	leader.ok("PUT", "/kinds/_doc/routed?routing=x", `{"n":100}`)
	leader.ok("DELETE", "/kinds/_doc/3", "")
	follower.start("kinds-copy", "kinds", "kinds")
	follower.becomes("kinds-copy", "SYNCING")
	sameDocuments(t, leader, follower, "kinds", "kinds-copy")

	leader.ok("PUT", "/kinds/_doc/4", `{"n":44}`)
	leader.ok("POST", "/kinds/_update/5", `{"doc":{"new field":{"inner":"text"}}}`)
	leader.ok("DELETE", "/kinds/_doc/6", "")
	leader.ok("DELETE", "/kinds/_doc/routed?routing=x", "")
	leader.ok("PUT", "/kinds/_doc/3", `{"n":33}`)
	leader.ok("PUT", "/kinds/_doc/a%20b%2Fc%22d", `{"tag":"odd id"}`)
	sameDocuments(t, leader, follower, "kinds", "kinds-copy")

	for i := range 20 {
		leader.do("DELETE", fmt.Sprintf("/kinds/_doc/%d", i), "")
	}
	sameDocuments(t, leader, follower, "kinds", "kinds-copy")
	mapping := func(s *site, index string) string {
		return fmt.Sprint(s.ok("GET", "/"+index+"/_mapping", "")[index])
	}
	if l, f := mapping(leader, "kinds"), mapping(follower, "kinds-copy"); l != f {
		t.Errorf("mapping of the follower %s, of the leader %s", f, l)
	}
}

// A document that begins again with a low version after the leader forgot its deletion has a lower
// version than its copy.
func TestCopy_VersionThatWentBack(t *testing.T) {
	leader, follower := sites(t, "back")
	leader.index("back", `"number_of_shards":1,"gc_deletes":"0s"`)
	for n := range 5 {
		leader.ok("PUT", "/back/_doc/1", fmt.Sprintf(`{"n":%d}`, n))
	}
	follower.start("back", "back", "back")
	follower.becomes("back", "SYNCING")
	sameDocuments(t, leader, follower, "back", "back")
	follower.ok("POST", "/_plugins/_replication/back/_pause", "{}")
	leader.ok("DELETE", "/back/_doc/1", "")
	eventually(t, "the leader forgets the version", func() bool {
		leader.ok("POST", "/back/_refresh", "")
		answer := leader.ok("PUT", "/back/_doc/1", `{"n":100}`)
		if answer["_version"].(float64) == 1 {
			return true
		}
		leader.ok("DELETE", "/back/_doc/1", "")
		time.Sleep(100 * time.Millisecond)
		return false
	})
	follower.ok("POST", "/_plugins/_replication/back/_resume", "{}")
	eventually(t, "the new document is there", func() bool {
		return strings.Contains(follower.documents("back")["1/<nil>"], `{"n":100}`)
	})
}

func TestCopy_LargeIndexInPages(t *testing.T) {
	leader, follower := sites(t, "large")
	leader.index("large", `"number_of_shards":2`)
	const total = 6500
	bulk := func(from, to int, line func(i int) string) {
		var b strings.Builder
		for i := from; i < to; i++ {
			b.WriteString(line(i))
		}
		if answer := leader.ok("POST", "/large/_bulk", b.String()); answer["errors"] != false {
			t.Fatalf("%v", answer)
		}
	}
	index := func(i int) string { return fmt.Sprintf("{\"index\":{\"_id\":\"%d\"}}\n{\"n\":%d}\n", i, i) }
	bulk(0, total, index)
	follower.start("large", "large", "large")
	follower.becomes("large", "SYNCING")
	sameDocuments(t, leader, follower, "large", "large")
	bulk(0, 2500, func(i int) string { return fmt.Sprintf("{\"delete\":{\"_id\":\"%d\"}}\n", 2*i) })
	bulk(5500, total, index)
	sameDocuments(t, leader, follower, "large", "large")
}

// Writes and deletions go on in many indices while they are copied; when they end, both sides are equal.
func TestCopy_ManyIndicesUnderLoad(t *testing.T) {
	leader, follower := sites(t, "load")
	const indices, rounds = 12, 25
	var names []string
	for i := range indices {
		name := fmt.Sprintf("load-%d", i)
		names = append(names, name)
		leader.index(name, `"number_of_shards":1`)
	}
	var work sync.WaitGroup
	for i, name := range names {
		work.Go(func() {
			for n := range rounds {
				id := (n * 7) % 40
				leader.ok("PUT", fmt.Sprintf("/%s/_doc/%d", name, id), fmt.Sprintf(`{"n":%d}`, n))
				if n%3 == i%3 {
					leader.ok("DELETE", fmt.Sprintf("/%s/_doc/%d", name, id), "")
				}
			}
		})
	}
	for _, name := range names {
		follower.start(name, "load", name)
	}
	work.Wait()
	for _, name := range names {
		follower.becomes(name, "SYNCING")
		sameDocuments(t, leader, follower, name, name)
	}
}

func TestSync_SettingsAndAliases(t *testing.T) {
	leader, follower := sites(t, "meta")
	leader.index("meta", `"number_of_shards":1,"refresh_interval":"3s","index.routing.allocation.enable":"all"`)
	leader.ok("PUT", "/meta/_alias/kept", `{"filter":{"term":{"n":1}}}`)
	follower.ok("PUT", "/_plugins/_replication/meta/_start", `{"leader_alias":"meta","leader_index":"meta","settings":{"index.max_result_window":77}}`)
	t.Cleanup(func() {
		follower.do("POST", "/_plugins/_replication/meta/_stop", "{}")
		follower.do("DELETE", "/meta", "")
	})
	follower.becomes("meta", "SYNCING")
	follower.plugin.settings.apply(map[string]any{"plugins.replication.follower.metadata_sync_interval": "200ms"}, nil)
	setting := func(name string) any {
		answer := follower.ok("GET", "/meta/_settings?flat_settings=true", "")
		return answer["meta"].(map[string]any)["settings"].(map[string]any)[name]
	}
	for name, want := range map[string]any{
		"index.refresh_interval": "3s", "index.max_result_window": "77", "index.number_of_shards": "1",
		"index.routing.allocation.enable":                 nil,
		"index.plugins.replication.follower.leader_index": "meta:meta",
	} {
		if got := setting(name); got != want {
			t.Errorf("%s is %v after the start, want %v", name, got, want)
		}
	}
	leader.ok("PUT", "/meta/_settings", `{"index.refresh_interval":"4s","index.max_result_window":88,"index.blocks.write":true}`)
	leader.ok("POST", "/_aliases", `{"actions":[{"add":{"index":"meta","alias":"added"}},{"remove":{"index":"meta","alias":"kept"}}]}`)
	eventually(t, "the refresh interval is the leader's", func() bool { return setting("index.refresh_interval") == "4s" })
	if got := setting("index.max_result_window"); got != "77" {
		t.Errorf("the setting of the start is %v, want 77", got)
	}
	if got := setting("index.blocks.write"); got != nil {
		t.Errorf("the block was copied: %v", got)
	}
	// The aliases were changed after the settings, so they may come with the next sync.
	eventually(t, "the aliases are the leader's", func() bool {
		aliases := follower.ok("GET", "/meta/_alias", "")["meta"].(map[string]any)["aliases"].(map[string]any)
		_, ok := aliases["added"]
		return ok && len(aliases) == 1
	})
	// index.codec can only change while the index is closed, index.number_of_shards never.
	follower.ok("PUT", "/_plugins/_replication/meta/_update", `{"settings":{"index":{"codec":"best_compression","number_of_shards":5}}}`)
	eventually(t, "the codec changes", func() bool { return setting("index.codec") == "best_compression" })
	eventually(t, "the former setting of the start goes", func() bool { return setting("index.max_result_window") == "88" })
	if got := setting("index.number_of_shards"); got != "1" {
		t.Errorf("%v shards", got)
	}
}
