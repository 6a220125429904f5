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
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// The routes of the shared reads.
const (
	marksRoute   = "GET /*/_settings/index.uuid,index.plugins.replication.follower.leader_index"
	stateRoute   = "GET /_cluster/state/metadata,blocks"
	statsRoute   = "GET /_plugins/_replication/follower_stats"
	remotesRoute = "GET /_remote/info"
	recordsRoute = "GET /.replication-metadata-store/_search"
	rulesRoute   = "GET /_plugins/_replication/autofollow_stats"
	resolveRoute = "GET /_resolve/index/lead:%2A"
)

// leaderState is how a leader is, as its follower meets it.
type leaderState int

const (
	leaderUp leaderState = iota
	leaderIsDown
	leaderIsSilent // its packets are dropped, or its process is stopped
)

// follower is a fake follower that keeps what it is told, as far as observations
// and steps show it, and answers as the reference of the plugin says.
type follower struct {
	*cluster

	mu     sync.Mutex
	leader leaderState
	// known is whether remote cluster lead is configured.
	known bool
	// leaderHas are the indices of the leader; the value tells whether one is closed.
	leaderHas map[string]bool
	indices   map[string]*followed
	rules     map[string]string // name to pattern
	made      int
	// refuses are the answers to some requests instead of the true ones, by
	// verb and index, such as "_start a", or by route.
	refuses map[string]reply
	// hides are answers of some of the shared routes: marks, state, stats, store, remotes.
	hides map[string]reply
}

// followed is an index of the follower.
type followed struct {
	uuid, alias, leader string
	// record is the last known overall state in the cluster state, empty for an
	// index that is not a replica; stored is what the plugin's store still shows.
	record, stored, reason string
	// says is what its status answers instead of the truth, one after another.
	says []reply
	// unsynced: the statistics do not have it, and its status is BOOTSTRAPPING.
	unsynced                             bool
	leaderCheckpoint, followerCheckpoint int
}

func newFollower(t *testing.T) *follower {
	t.Helper()
	f := &follower{
		cluster: newCluster(t), known: true, leaderHas: map[string]bool{},
		indices: map[string]*followed{}, rules: map[string]string{}, refuses: map[string]reply{}, hides: map[string]reply{},
	}
	f.otherwise = f.answer
	return f
}

// replicates makes the follower replicate indices of the leader under their own names.
func (f *follower) replicates(names ...string) {
	for _, name := range names {
		f.add(name).record = "RUNNING"
		f.leaderHas[name] = false
	}
}

// paused makes the follower have paused replications.
func (f *follower) paused(reason string, names ...string) {
	f.replicates(names...)
	for _, name := range names {
		f.indices[name].record, f.indices[name].stored, f.indices[name].reason = "PAUSED", "PAUSED", reason
	}
}

func (f *follower) add(name string) *followed {
	f.made++
	f.indices[name] = &followed{uuid: fmt.Sprintf("%s-%d", name, f.made), alias: "lead", leader: name, leaderCheckpoint: 4, followerCheckpoint: 4}
	return f.indices[name]
}

func (f *follower) changes() []string {
	var out []string
	for _, r := range f.seen("PUT", "POST", "DELETE") {
		out = append(out, strings.ReplaceAll(r, "/_plugins/_replication", ""))
	}
	return out
}

// change changes the world while requests may be under way.
func (f *follower) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *follower) answer(r *http.Request, body string) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	parts := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i := range parts {
		parts[i], _ = url.PathUnescape(parts[i]) // the client has escaped it
	}
	if instead, refuses := f.refuses[r.Method+" "+r.URL.Path]; refuses {
		return instead
	}
	switch last := parts[len(parts)-1]; {
	case parts[0] == "_remote":
		return f.hidden("remotes", f.remotes())
	case parts[0] == "_resolve":
		return f.resolved(last)
	case last == "_search" && parts[0] != ".replication-metadata-store":
		return f.searched(parts[0])
	case parts[0] == "_cat":
		return f.hidden("list", f.listed())
	case len(parts) > 1 && parts[1] == "_settings":
		return f.hidden("marks", f.marks(parts[0]))
	case parts[0] == "_cluster":
		return f.hidden("state", f.state())
	case parts[0] == ".replication-metadata-store":
		return f.hidden("store", f.store())
	case r.Method == http.MethodDelete && len(parts) == 1:
		return f.deleted(parts[0])
	case parts[0] != "_plugins":
	case last == "follower_stats":
		return f.hidden("stats", f.stats())
	case last == "autofollow_stats":
		return f.hidden("rules", f.ruleStats())
	case last == "_autofollow":
		return f.rule(r.Method, body)
	default:
		return f.one(parts[2], last, body)
	}
	f.t.Errorf("a request that nobody expects: %s %s", r.Method, r.URL)
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

func (f *follower) remotes() reply {
	if !f.known {
		return ok(`{}`)
	}
	// A leader that is silent counts as connected.
	return encoded(map[string]any{"lead": map[string]any{"connected": f.leader != leaderIsDown, "mode": "sniff", "seeds": []string{"127.0.0.1:9301"}}})
}

// cut is the answer of a route that needs the leader, where that does not answer.
func (f *follower) cut(down reply) (reply, bool) {
	switch {
	case !f.known:
		return refused(404, "no_such_remote_cluster_exception", "no such remote cluster: [lead]"), true
	case f.leader == leaderIsDown:
		return down, true
	case f.leader == leaderIsSilent:
		return hangs, true
	}
	return reply{}, false
}

var connectFails = refused(500, "connect_transport_exception", "[][127.0.0.1:9301] connect_exception")

func (f *follower) resolved(expression string) reply {
	if instead, refuses := f.refuses["_resolve"]; refuses {
		return instead
	}
	if answer, cut := f.cut(ok(`{"indices":[]}`)); cut {
		return answer
	}
	_, pattern, _ := strings.Cut(expression, ":")
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(f.leaderHas)) {
		attribute := "open"
		if f.leaderHas[name] {
			attribute = "closed"
		}
		if ccr.Matches(pattern, name) {
			list = append(list, map[string]any{"name": "lead:" + name, "attributes": []string{attribute}})
		}
	}
	return encoded(map[string]any{"indices": list})
}

func (f *follower) searched(expression string) reply {
	_, name, _ := strings.Cut(expression, ":")
	if instead, refuses := f.refuses["_search "+name]; refuses {
		return instead
	}
	if answer, cut := f.cut(connectFails); cut {
		return answer
	}
	if _, has := f.leaderHas[name]; !has {
		return refused(404, "index_not_found_exception", "no such index ["+name+"]")
	}
	return ok(`{"hits":{"hits":[]}}`)
}

func (f *follower) marks(expression string) reply {
	marks := map[string]any{}
	for name, ix := range f.indices {
		if expression != "*" && !slices.Contains(strings.Split(expression, ","), name) {
			continue
		}
		settings := map[string]any{"index.uuid": ix.uuid}
		if ix.record != "" && f.hides["marks filtered"] == (reply{}) {
			settings[leaderIndexSetting] = ix.alias + ":" + ix.leader
		}
		marks[name] = map[string]any{"settings": settings}
	}
	return encoded(marks)
}

func (f *follower) listed() reply {
	list := []any{}
	for name, ix := range f.indices {
		list = append(list, map[string]string{"index": name, "uuid": ix.uuid})
	}
	return encoded(list)
}

func (f *follower) state() reply {
	details, blocks := map[string]any{}, map[string]any{}
	for name, ix := range f.indices {
		if ix.record != "" {
			details[name] = map[string]string{"REPLICATION_LAST_KNOWN_OVERALL_STATE": ix.record}
			blocks[name] = map[string]any{"1000": map[string]any{"levels": []string{"write"}}}
		}
	}
	if len(details) == 0 {
		return ok(`{}`)
	}
	return encoded(map[string]any{"metadata": map[string]any{"replication_metadata": map[string]any{"replication_details": details}}, "blocks": map[string]any{"indices": blocks}})
}

func (f *follower) store() reply {
	hits := []any{}
	for name, ix := range f.indices {
		if ix.record != "" {
			stored := ix.stored
			if stored == "" {
				stored = "RUNNING"
			}
			hits = append(hits, map[string]any{"_source": map[string]any{
				"connection_name": ix.alias, "metadata_type": "INDEX", "overall_state": stored, "reason": ix.reason,
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
			synced[name] = map[string]int{"leader_checkpoint": ix.leaderCheckpoint, "follower_checkpoint": ix.followerCheckpoint}
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
	if instead, refuses := f.refuses[method+" rule"]; refuses {
		return instead
	}
	if method == http.MethodDelete {
		delete(f.rules, rule.Name)
	} else {
		f.rules[rule.Name] = rule.Pattern
	}
	return acknowledged
}

func (f *follower) deleted(name string) reply {
	ix, exists := f.indices[name]
	switch {
	case !exists:
		return refused(404, "index_not_found_exception", "no such index ["+name+"]")
	case ix.record != "":
		return refused(403, "cluster_block_exception", "index ["+name+"] blocked by: [FORBIDDEN/1000/index read-only(cross-cluster-replication)];")
	}
	delete(f.indices, name)
	return acknowledged
}

// engine is an engine on the follower, which asks the leader through it only.
func (f *follower) engine(said *sayings) *Engine {
	if said == nil {
		said = &sayings{}
	}
	return NewEngine(f.reader(clock.Real{}), nil, clock.Real{}, said.report)
}

// observe is one look at the follower, and how long it took.
func (f *follower) observe(q Question) (ccr.Observation, time.Duration) {
	f.t.Helper()
	start := time.Now()
	o, err := f.reader(clock.Real{}).Observe(f.t.Context(), q)
	if err != nil {
		f.t.Fatal(err)
	}
	return o, time.Since(start)
}

// withFollower runs a test in a bubble, where time passes only while everybody waits.
func withFollower(t *testing.T, test func(t *testing.T, f *follower)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		test(t, newFollower(t))
	})
}

func desired(mode ccr.Mode, patterns ...string) ccr.Desired {
	return ccr.Desired{Alias: "lead", Patterns: patterns, Mode: mode}
}

var all = Question{Alias: "lead"}

// numbered makes n index names.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("index-%04d", i)
	}
	return out
}

func repeated(n int, r reply) []reply { return slices.Repeat([]reply{r}, n) }

func sorted(lines []string) []string { return slices.Sorted(slices.Values(lines)) }

// took checks how long something took.
func took(t *testing.T, got, least, most time.Duration) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("it took %v, want %v to %v", got, least, most)
	}
}
