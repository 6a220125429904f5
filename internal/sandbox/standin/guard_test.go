// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"fmt"
	"strings"
	"testing"
)

// guarded is a replica called guarded with the alias guarded-alias, beside a plain index.
func guarded(t *testing.T) *site {
	t.Helper()
	leader, follower := sites(t, "guarded")
	leader.index("guarded", "")
	leader.ok("PUT", "/guarded/_alias/guarded-alias", "")
	leader.ok("PUT", "/guarded/_doc/1", `{"n":1}`)
	follower.index("guarded-not", "")
	follower.start("guarded", "guarded", "guarded")
	follower.becomes("guarded", "SYNCING")
	return follower
}

func TestGuard_ReplicaRefusesChanges(t *testing.T) {
	follower := guarded(t)
	check := func(t *testing.T) {
		t.Helper()
		for _, c := range []struct{ method, path, body string }{
			{"PUT", "/guarded/_doc/9", `{"n":9}`},
			{"POST", "/guarded/_doc", `{"n":9}`},
			{"PUT", "/guarded/_create/9", `{"n":9}`},
			{"POST", "/guarded/_update/1", `{"doc":{"n":9}}`},
			{"DELETE", "/guarded/_doc/1", ""},
			{"PUT", "/guarded-alias/_doc/9", `{"n":9}`},
			{"POST", "/guarded/_delete_by_query", `{"query":{"match_all":{}}}`},
			{"POST", "/guard*/_update_by_query", `{}`},
			{"PUT", "/guarded/_mapping", `{"properties":{"z":{"type":"keyword"}}}`},
			{"PUT", "/guarded-not,guarded/_mapping", `{"properties":{"z":{"type":"keyword"}}}`},
			{"PUT", "/guarded/_settings", `{"index":{"refresh_interval":"5s"}}`},
			{"PUT", "/_settings", `{"index":{"refresh_interval":"5s"}}`},
			{"PUT", "/_all/_settings", `{"index":{"refresh_interval":"5s"}}`},
			{"POST", "/guarded/_close", ""},
			{"POST", "/guarded*/_open", ""},
			{"DELETE", "/guarded", ""},
			{"DELETE", "/guarded*", ""},
			{"DELETE", "/*", ""},
			{"DELETE", "/_all", ""},
			{"DELETE", "/guarded-not,guarded", ""},
			{"PUT", "/guarded/_alias/new", ""},
			{"DELETE", "/guarded/_alias/guarded-alias", ""},
			{"POST", "/_aliases", `{"actions":[{"add":{"index":"guarded-not","alias":"x"}},{"remove":{"indices":["guarded"],"alias":"guarded-alias"}}]}`},
			{"POST", "/_aliases", `{"actions":[{"remove_index":{"index":"guard*"}}]}`},
			{"POST", "/_reindex", `{"source":{"index":"guarded-not"},"dest":{"index":"guarded"}}`},
			{"PUT", "/guarded/_block/write", ""},
			{"POST", "/guarded/_forcemerge", ""},
			{"POST", "/_forcemerge", ""},
		} {
			follower.refuses(c.method, c.path, c.body, 403, "cluster_block_exception",
				"index [guarded] blocked by: [FORBIDDEN/1000/index read-only(cross-cluster-replication)];")
		}
	}
	t.Run("syncing", check)
	follower.ok("POST", "/_plugins/_replication/guarded/_pause", "{}")
	t.Run("paused", check)
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/guarded/_doc/1", ""},
		{"POST", "/guarded/_search", `{}`},
		{"POST", "/guarded/_refresh", ""},
		{"POST", "/guarded/_flush", ""},
		{"PUT", "/guarded-not/_doc/1", `{"n":1}`},
		{"PUT", "/guarded-not/_mapping", `{"properties":{"z":{"type":"keyword"}}}`},
		{"POST", "/_aliases", `{"actions":[{"add":{"index":"guarded-not","alias":"x"}}]}`},
		{"DELETE", "/guarded-not", ""},
	} {
		follower.ok(c.method, c.path, c.body)
	}
	follower.ok("POST", "/_plugins/_replication/guarded/_stop", "{}")
	follower.ok("PUT", "/guarded/_doc/9", `{"n":9}`)
	follower.ok("DELETE", "/guarded", "")
}

func TestGuard_BulkRefusesItemByItem(t *testing.T) {
	follower := guarded(t)
	answer := follower.ok("POST", "/_bulk?filter_path=items.*.status,items.*._id,items.*.error.type,errors", strings.Join([]string{
		`{"index":{"_index":"guarded-not","_id":"a"}}`, `{"n":1}`,
		`{"index":{"_index":"guarded","_id":"b"}}`, `{"n":1}`,
		`{"delete":{"_index":"guarded-alias","_id":"1"}}`,
		`{"update":{"_index":"guarded","_id":"1"}}`, `{"doc":{"n":1}}`,
		`{"create":{"_index":"guarded-not","_id":"c"}}`, `{"n":1}`, ``,
	}, "\n"))
	if answer["errors"] != true {
		t.Errorf("errors is %v", answer["errors"])
	}
	var got []string
	for _, item := range answer["items"].([]any) {
		for verb, result := range item.(map[string]any) {
			r := result.(map[string]any)
			kind := ""
			if e, ok := r["error"].(map[string]any); ok {
				kind = fmt.Sprint(" ", e["type"])
			}
			got = append(got, fmt.Sprintf("%s %v %v%s", verb, r["_id"], r["status"], kind))
		}
	}
	want := []string{
		"index a 201", "index b 403 cluster_block_exception", "delete 1 403 cluster_block_exception",
		"update 1 403 cluster_block_exception", "create c 201",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("items %q, want %q", got, want)
	}
	if answer := follower.ok("POST", "/guarded/_bulk", "{\"delete\":{\"_id\":\"1\"}}\n"); answer["errors"] != true {
		t.Errorf("a bulk of the replica alone: %v", answer)
	}
	if answer := follower.ok("POST", "/guarded-not/_bulk", "{\"delete\":{\"_id\":\"a\"}}\n"); answer["errors"] != false {
		t.Errorf("a bulk beside the replica: %v", answer)
	}
	if documents := follower.documents("guarded"); len(documents) != 1 {
		t.Errorf("the replica has %v", documents)
	}
}

func TestIndexSettings_HaveTheMarkOfAReplica(t *testing.T) {
	follower := guarded(t)
	const flat = `{"index.plugins.replication.follower.leader_index":"guarded:guarded"}`
	mark := func(path string) string {
		answer := follower.ok("GET", path, "")
		index, _ := answer["guarded"].(map[string]any)
		settings, _ := index["settings"].(map[string]any)
		if value, ok := settings["index.plugins.replication.follower.leader_index"]; ok {
			return text(t, map[string]any{"index.plugins.replication.follower.leader_index": value})
		}
		inner, _ := settings["index"].(map[string]any)
		plugins, _ := inner["plugins"].(map[string]any)
		return text(t, plugins)
	}
	const nested = `{"replication":{"follower":{"leader_index":"guarded:guarded"}}}`
	for path, want := range map[string]string{
		"/guarded?flat_settings=true":   flat,
		"/guarded":                      nested,
		"/guard*/_settings":             nested,
		"/_settings?flat_settings=true": flat,
		"/_all/_settings/index.plugins*?flat_settings=true":                          flat,
		"/_settings/index.plugins.replication.*?flat_settings=true":                  flat,
		"/guarded-alias/_settings/*leader_index?flat_settings":                       flat,
		"/guarded,guarded-not/_settings?flat_settings=true&filter_path=*.settings.*": flat,
		"/guarded/_settings/index.refresh_interval":                                  "null",
		"/guarded/_settings?filter_path=*.settings.index.uuid":                       "null",
		"/guarded-not/_settings":                                                     "null",
		"/guard*,-guarded/_settings":                                                 "null",
	} {
		if got := mark(path); got != want {
			t.Errorf("GET %s: %s, want %s", path, got, want)
		}
	}
	if status, _ := follower.do("GET", "/nowhere/_settings", ""); status != 404 {
		t.Errorf("settings of an index that is not there: %d", status)
	}
	if _, marked := leaderIndex(follower, "guarded-not"); marked {
		t.Error("an index that never was a replica has the mark")
	}
	follower.ok("POST", "/_plugins/_replication/guarded/_stop", "{}")
	// After the stop the key is there with null, for as long as that index exists.
	for range 2 {
		if value, marked := leaderIndex(follower, "guarded"); !marked || value != nil {
			t.Errorf("after the stop the mark is %v, %v; want null", value, marked)
		}
		if got := mark("/guarded"); got != `{"replication":{"follower":{"leader_index":null}}}` {
			t.Errorf("after the stop the mark is %s", got)
		}
		follower.plugin.NodeRestarted()
	}
	follower.ok("DELETE", "/guarded", "")
	follower.index("guarded", "")
	if value, marked := leaderIndex(follower, "guarded"); marked {
		t.Errorf("another index of the name has the mark %v", value)
	}
}

// leaderIndex reads the mark of an index as clients do that read all marks at once.
func leaderIndex(s *site, index string) (value any, marked bool) {
	s.t.Helper()
	const name = "index.plugins.replication.follower.leader_index"
	answer := s.ok("GET", "/*/_settings/index.uuid,"+name+"?flat_settings=true&expand_wildcards=open,closed", "")
	entry, _ := answer[index].(map[string]any)
	settings, _ := entry["settings"].(map[string]any)
	if settings["index.uuid"] == nil {
		s.t.Errorf("no UUID of %s in %v", index, answer)
	}
	value, marked = settings[name]
	return value, marked
}
