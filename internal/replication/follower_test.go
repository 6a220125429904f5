// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// follower is a fake follower that keeps what it is told, as far as observations
// and steps show it: it says how many requests are made for any number of
// indices, and what is done when some of them fail.
type follower struct {
	*cluster

	mu        sync.Mutex
	connected bool
	indices   map[string]*followed
	rules     map[string]string // name to pattern
	made      int
	// refuses are the answers to the start of some indices.
	refuses map[string]reply
	// hides are answers of some routes instead of the true ones: marks, state, store, removal of rules.
	hides map[string]reply
}

// followed is an index of the follower.
type followed struct {
	uuid, alias, leader string
	// record is the last known overall state, empty for an index that is no replica.
	record, reason string
	// says is what its status answers instead of what is on record, one after
	// another, before it syncs, and synced whether the statistics have it already.
	says     []reply
	unsynced bool
}

func newFollower(t *testing.T) *follower {
	t.Helper()
	f := &follower{
		cluster: newCluster(t), connected: true,
		indices: map[string]*followed{}, rules: map[string]string{}, refuses: map[string]reply{}, hides: map[string]reply{},
	}
	f.otherwise = f.answer
	return f
}

// replicates makes the follower replicate an index of the leader lead under its own name.
func (f *follower) replicates(names ...string) {
	for _, name := range names {
		f.add(name).record = "RUNNING"
	}
}

func (f *follower) add(name string) *followed {
	f.made++
	f.indices[name] = &followed{uuid: fmt.Sprintf("%s-%d", name, f.made), alias: "lead", leader: name}
	return f.indices[name]
}

func (f *follower) answer(r *http.Request, body string) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	parts := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i := range parts {
		parts[i], _ = url.PathUnescape(parts[i]) // the server has parsed it before
	}
	switch {
	case parts[0] == "_remote":
		return encoded(map[string]any{"lead": map[string]any{"connected": f.connected, "mode": "sniff", "seeds": []string{"127.0.0.1:9301"}}})
	case parts[0] == "_cat":
		return f.listed()
	case parts[0] == "*":
		return f.hidden("marks", f.marks())
	case parts[0] == "_cluster":
		return f.hidden("state", f.state())
	case parts[0] == ".replication-metadata-store":
		return f.hidden("store", f.store())
	case r.Method == http.MethodDelete && len(parts) == 1:
		delete(f.indices, parts[0])
		return acknowledged
	case parts[0] == "_plugins" && parts[2] == "follower_stats":
		return f.stats()
	case parts[0] == "_plugins" && parts[2] == "autofollow_stats":
		return f.ruleStats()
	case parts[0] == "_plugins" && parts[2] == "_autofollow":
		return f.rule(r.Method, body)
	case parts[0] == "_plugins":
		return f.one(parts[2], parts[3], body)
	}
	f.t.Errorf("a request that nobody expects: %s %s", r.Method, r.RequestURI)
	return reply{http.StatusTeapot, "unexpected"}
}

func encoded(v any) reply {
	b, _ := json.Marshal(v) // maps of plain values always can be
	return ok(string(b))
}

func (f *follower) hidden(what string, answer reply) reply {
	if instead, hides := f.hides[what]; hides {
		return instead
	}
	return answer
}

func (f *follower) listed() reply {
	list := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(f.indices)) {
		list = append(list, map[string]string{"index": name, "uuid": f.indices[name].uuid, "status": "open", "creation.date": "0"})
	}
	return encoded(list)
}

func (f *follower) marks() reply {
	marks := map[string]any{}
	for name, ix := range f.indices {
		if ix.record != "" {
			marks[name] = map[string]any{"settings": map[string]string{leaderIndexSetting: ix.alias + ":" + ix.leader}}
		}
	}
	return encoded(marks)
}

func (f *follower) state() reply {
	details := map[string]any{}
	for name, ix := range f.indices {
		if ix.record != "" {
			details[name] = map[string]string{"REPLICATION_LAST_KNOWN_OVERALL_STATE": ix.record}
		}
	}
	if len(details) == 0 {
		return ok(`{}`)
	}
	return encoded(map[string]any{"metadata": map[string]any{"replication_metadata": map[string]any{"replication_details": details}}})
}

func (f *follower) store() reply {
	hits := []any{map[string]any{"_source": map[string]any{"connection_name": "lead", "metadata_type": "AUTO_FOLLOW", "overall_state": "RUNNING"}}}
	for name, ix := range f.indices {
		if ix.record != "" {
			hits = append(hits, map[string]any{"_source": map[string]any{
				"connection_name": ix.alias, "metadata_type": "INDEX", "overall_state": ix.record, "reason": ix.reason,
				"follower_context": map[string]string{"resource": name}, "leader_context": map[string]string{"resource": ix.leader},
			}})
		}
	}
	return encoded(map[string]any{"hits": map[string]any{"hits": hits}})
}

func (f *follower) stats() reply {
	counts := map[string]int{}
	synced := map[string]any{}
	for name, ix := range f.indices {
		counts[ix.record]++
		if ix.record == "RUNNING" && !ix.unsynced {
			synced[name] = map[string]int{"leader_checkpoint": 4, "follower_checkpoint": 4}
		}
	}
	return encoded(map[string]any{
		"num_syncing_indices": len(synced), "num_bootstrapping_indices": counts["RUNNING"] - len(synced),
		"num_paused_indices": counts["PAUSED"], "num_failed_indices": counts["FAILED"], "index_stats": synced,
	})
}

func (f *follower) ruleStats() reply {
	rules := []any{}
	for _, name := range slices.Sorted(maps.Keys(f.rules)) {
		rules = append(rules, map[string]any{"name": name, "pattern": f.rules[name], "failed_indices": []string{}})
	}
	return encoded(map[string]any{"autofollow_stats": rules})
}

func (f *follower) rule(method, body string) reply {
	var rule struct {
		Name    string `json:"name"`
		Pattern string `json:"pattern"`
	}
	if err := json.Unmarshal([]byte(body), &rule); err != nil {
		f.t.Errorf("rule %s: %v", body, err)
	}
	if instead, hides := f.hides[method+" rule"]; hides {
		return instead
	}
	if method == http.MethodDelete {
		delete(f.rules, rule.Name)
	} else {
		f.rules[rule.Name] = rule.Pattern
	}
	return acknowledged
}

// one answers the routes about one index.
func (f *follower) one(name, route, body string) reply {
	ix, exists := f.indices[name]
	replica := exists && ix.record != ""
	switch {
	case route == "_start":
		return f.start(name, exists, body)
	case route == "_status":
		return statusNow(name, ix, replica)
	case !replica:
		return refused(400, "illegal_argument_exception", "No replication in progress for index:"+name)
	case route == "_pause":
		ix.record, ix.reason = "PAUSED", "User initiated"
	case route == "_resume":
		ix.record = "RUNNING"
	case route == "_stop":
		ix.record = ""
	}
	return acknowledged
}

func (f *follower) start(name string, exists bool, body string) reply {
	if instead, refuses := f.refuses[name]; refuses {
		return instead
	}
	if exists {
		return refused(400, "illegal_argument_exception", "Cant use same index again for replication. Delete the index:"+name)
	}
	var start struct {
		Alias string `json:"leader_alias"`
		Index string `json:"leader_index"`
	}
	if err := json.Unmarshal([]byte(body), &start); err != nil {
		f.t.Errorf("start %s: %v", body, err)
	}
	ix := f.add(name)
	ix.record, ix.alias, ix.leader = "RUNNING", start.Alias, start.Index
	return acknowledged
}

func statusNow(name string, ix *followed, replica bool) reply {
	if ix != nil && len(ix.says) > 0 {
		first := ix.says[0]
		if ix.says = ix.says[1:]; len(ix.says) == 0 {
			ix.unsynced = false
		}
		return first
	}
	if !replica {
		return notInProgress
	}
	answer := map[string]any{"status": ix.record, "reason": ix.reason, "leader_alias": ix.alias, "leader_index": ix.leader, "follower_index": name}
	if ix.record == "RUNNING" {
		answer["status"] = "SYNCING"
		answer["syncing_details"] = map[string]int{"leader_checkpoint": 4, "follower_checkpoint": 4}
	}
	return encoded(answer)
}

// pairOf is an engine on the follower, with a leader that has these open indices.
func pairOf(f *follower, leaderIndices ...string) (*Engine, *cluster, *movingClock) {
	leader := newCluster(f.t)
	list := []map[string]string{}
	for _, name := range leaderIndices {
		list = append(list, map[string]string{"index": name, "uuid": name + "-leader", "status": "open", "creation.date": "0"})
	}
	leader.on("GET /_cat/indices", encoded(list))
	clock := newClock()
	return NewEngine(f.client(clock), leader.client(clock), clock, nil), leader, clock
}

func desired(mode ccr.Mode, patterns ...string) ccr.Desired {
	return ccr.Desired{Alias: "lead", Patterns: patterns, Mode: mode}
}

// numbered makes n index names.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("index-%04d", i)
	}
	return out
}
