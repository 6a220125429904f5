// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

const leaderIndexDeleted = `AutoPaused:  + [[a][0] - org.opensearch.index.IndexNotFoundException - "no such index [a]"], `

func TestObserve_LeaderIsDown(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("goes-on", "came-back")
		f.paused("planned work", "paused")
		// The statistics go on showing what the first had last; the second was
		// restarted and is not in them.
		f.indices["came-back"].says = repeated(9, leaderDown)
		f.indices["came-back"].unsynced = true
		f.leader = leaderIsDown
		o, passed := f.observe(all)
		took(t, passed, 0, 0)
		for name, want := range map[string]ccr.State{"goes-on": ccr.Syncing, "came-back": ccr.StateUnknown, "paused": ccr.Paused} {
			if got := o.Indices.At(name).State; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		if why, unknown := o.Reach.Unknown(); !unknown || why != "the follower was not connected at this look" {
			t.Errorf("reach %+v", o.Reach)
		}
		if _, unknown := o.Leader.Unknown(); !unknown || len(o.Gone) > 0 {
			t.Errorf("leader %+v, gone %v", o.Leader, o.Gone)
		}
		if d := ccr.Decide(desired(ccr.ModeReplicating, "*"), o); d.Status != ccr.StatusDegraded || len(d.Destroys()) > 0 {
			t.Errorf("decided %+v", d)
		}
	})
}

// A silent leader holds up one listing and two statuses at most, whatever the
// number of indices.
func TestObserve_LeaderIsSilent(t *testing.T) {
	for name, tt := range map[string]struct {
		hides    map[string]reply
		statuses int
		state    ccr.State
	}{
		"the statistics tell the states": {nil, 0, ccr.Syncing},
		"only the statuses tell":         {map[string]reply{"stats": forbidden}, 2, ccr.StateUnknown},
		"all else is hidden":             {map[string]reply{"stats": forbidden, "state": forbidden, "store": forbidden, "marks filtered": forbidden}, 2, ccr.StateUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates(numbered(100)...)
				f.leader = leaderIsSilent
				f.hides["rules"] = ok(`{}`)
				maps.Copy(f.hides, tt.hides)
				o, passed := f.observe(all)
				took(t, passed, readTime, 2*readTime)
				for name, ix := range o.Indices.All() {
					if ix.State != tt.state {
						t.Errorf("%s: %s", name, ix.State)
					}
				}
				asked := 0
				for _, r := range f.seen() {
					if strings.HasSuffix(r, "/_status") {
						asked++
					}
				}
				if asked != tt.statuses {
					t.Errorf("%d statuses, want %d", asked, tt.statuses)
				}
				if why, unknown := o.Reach.Unknown(); !unknown || why != "the leader does not answer" {
					t.Errorf("reach %+v", o.Reach)
				}
				if seen := f.seen(resolveRoute); len(seen) != 1 {
					t.Errorf("listed %d times", len(seen))
				}
			})
		})
	}
}

// What a promotion and a deletion look at, a silent leader does not hold up.
func TestObserve_Leaderless(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("b")
		f.paused(leaderIndexDeleted, "a")
		delete(f.leaderHas, "a")
		f.leader = leaderIsSilent
		o, passed := f.observe(Question{Alias: "lead", Leaderless: true})
		took(t, passed, 0, 0)
		if len(o.Gone) > 0 || len(o.Replicating(ccr.Owned{})) != 2 {
			t.Errorf("got %+v", o)
		}
		if seen := f.seen("GET /_resolve", "GET /lead:"); len(seen) > 0 {
			t.Errorf("asked the leader: %q", seen)
		}
	})
}

func TestObserve_ConnectionIsMissing(t *testing.T) {
	t.Run("for a moment", func(t *testing.T) {
		withFollower(t, func(t *testing.T, f *follower) {
			f.replicates("a")
			f.known = false
			time.AfterFunc(4*time.Second, func() { f.change(func() { f.known = true }) })
			o, passed := f.observe(all)
			_, known := o.Connection.Value()
			_, reached := o.Reach.Value()
			if !known || !reached {
				t.Errorf("connection %+v, reach %+v", o.Connection, o.Reach)
			}
			took(t, passed, 4*time.Second, 7*time.Second)
		})
	})
	t.Run("for good", func(t *testing.T) {
		withFollower(t, func(t *testing.T, f *follower) {
			f.replicates("a")
			f.known = false
			o, passed := f.observe(all)
			_, absent := o.Connection.Absent()
			_, unknown := o.Reach.Unknown()
			if !absent || !unknown {
				t.Errorf("connection %+v, reach %+v", o.Connection, o.Reach)
			}
			took(t, passed, ccr.SettleTime, ccr.SettleTime+3*time.Second)
		})
	})
	t.Run("and it is known that there is none", func(t *testing.T) {
		withFollower(t, func(t *testing.T, f *follower) {
			f.replicates("a")
			f.known = false
			o, passed := f.observe(Question{Alias: "lead", Unlinked: true})
			if _, absent := o.Connection.Absent(); !absent {
				t.Errorf("connection %+v", o.Connection)
			}
			took(t, passed, 0, 0)
		})
	})
	t.Run("and the follower fails while it is looked for", func(t *testing.T) {
		withFollower(t, func(t *testing.T, f *follower) {
			f.replicates("a")
			f.on(remotesRoute, append([]reply{ok(`{}`)}, append(repeated(9, notReady), ok(`{"lead":{"connected":true}}`))...)...)
			o, _ := f.observe(all)
			if _, known := o.Connection.Value(); !known {
				t.Errorf("connection %+v", o.Connection)
			}
		})
	})
}

// A listing finds indices. That one is not in it, or that it is empty, proves nothing.
func TestObserve_ListingOfTheLeader(t *testing.T) {
	listed := func(names ...string) ccr.Fact[[]ccr.LeaderIndex] {
		out := []ccr.LeaderIndex{}
		for _, n := range names {
			out = append(out, ccr.LeaderIndex{Name: n})
		}
		return ccr.Present(out)
	}
	const empty = "the follower lists none of them, which it also does for a leader that is down or a user without rights there"
	for name, tt := range map[string]struct {
		has     []string
		refuses reply
		leader  reply // none: it cannot be asked
		want    ccr.Fact[[]ccr.LeaderIndex]
	}{
		"through the follower":                  {has: []string{"a", "b"}, want: listed("a", "b")},
		"one is missing":                        {has: []string{"b"}, want: listed("b")},
		"empty":                                 {want: ccr.Unknown[[]ccr.LeaderIndex](empty)},
		"empty, but the leader itself has some": {leader: ok(`[{"index":"a","status":"open"}]`), want: listed("a")},
		"empty, and so says the leader itself":  {leader: ok(`[]`), want: listed()},
		"empty, and the leader refuses": {
			leader: reply{401, ""},
			want:   ccr.Unknown[[]ccr.LeaderIndex](empty + "; and the leader itself: GET http://leader.test:9200/_cat/indices?format=json&h=index,status&expand_wildcards=open,closed: status 401. Check the credentials of this cluster"),
		},
		"refused, but the leader itself has some": {refuses: forbidden, leader: ok(`[{"index":"a","status":"open"}]`), want: listed("a")},
		"refused": {refuses: refused(403, "exception", "no"),
			want: ccr.Unknown[[]ccr.LeaderIndex]("GET http://follower.test:9200/_resolve/index/lead:%2A?expand_wildcards=open,closed: status 403, exception: no")},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("a", "b")
				f.leaderHas = map[string]bool{}
				for _, n := range tt.has {
					f.leaderHas[n] = false
				}
				if tt.refuses.status != 0 {
					f.refuses["_resolve"] = tt.refuses
				}
				q := all
				if tt.leader.status != 0 {
					q.Leader = leaderOf(f, tt.leader).client(clock.Real{})
				}
				o, _ := f.observe(q)
				if look := o.Leader; !sameListing(look, tt.want) || len(o.Gone) > 0 {
					t.Errorf("\n got %+v, gone %v\nwant %+v", look, o.Gone, tt.want)
				}
				if seen := f.seen("GET /lead:"); len(seen) > 0 {
					t.Errorf("asked for single indices: %q", seen)
				}
			})
		})
	}
}

func sameListing(a, b ccr.Fact[[]ccr.LeaderIndex]) bool {
	first, isFirst := a.Value()
	second, isSecond := b.Value()
	whyFirst, _ := a.Unknown()
	whySecond, _ := b.Unknown()
	if isFirst != isSecond || whyFirst != whySecond || len(first) != len(second) {
		return false
	}
	for i := range first {
		if first[i] != second[i] {
			return false
		}
	}
	return true
}

// leaderOf is a leader that can be asked itself, which lists these indices.
func leaderOf(f *follower, indices reply) *cluster {
	leader := newCluster(f.t)
	leader.url = "http://leader.test:9200"
	leader.on("GET /_cat/indices", indices)
	return leader
}

// A leader index is gone only where its replication is paused and the leader
// itself does not know the name.
func TestObserve_LeaderIndexIsGone(t *testing.T) {
	for name, tt := range map[string]struct {
		reason  string
		search  reply // none: the truth
		has     bool
		leader  leaderState
		direct  reply // of the leader's own settings route
		records reply
		gone    bool
		asked   int
	}{
		"paused for that reason, and the leader has it no longer": {reason: leaderIndexDeleted, gone: true, asked: 1},
		"by its status, the records closed":                       {reason: leaderIndexDeleted, records: forbidden, gone: true, asked: 1},
		"paused for that reason, but the leader has it":           {reason: leaderIndexDeleted, has: true},
		"paused by hand":                                    {reason: "User initiated", gone: true, asked: 1},
		"paused by hand, and the leader has it":             {reason: "User initiated", has: true},
		"paused by the plugin for another reason":           {reason: "AutoPaused:  + [[a][0] - disk full], ", gone: true, asked: 1},
		"syncs, though the listing is without it":           {},
		"the user may not search there":                     {reason: leaderIndexDeleted, search: refused(403, "security_exception", "no permissions"), asked: 1},
		"the follower leaves the leader out of its answer":  {reason: leaderIndexDeleted, search: ok(`{"_clusters":{"total":1,"successful":0,"skipped":1}}`), asked: 1},
		"another name is missing":                           {reason: leaderIndexDeleted, search: refused(404, "index_not_found_exception", "no such index [b]"), asked: 1},
		"the leader is down":                                {reason: leaderIndexDeleted, leader: leaderIsDown, asked: 1},
		"the leader is silent":                              {reason: leaderIndexDeleted, leader: leaderIsSilent},
		"the leader itself says it is gone":                 {reason: leaderIndexDeleted, search: forbidden, direct: refused(404, "index_not_found_exception", "no such index [a]"), gone: true},
		"the leader itself has it":                          {reason: leaderIndexDeleted, direct: ok(`{"a":{"settings":{}}}`)},
		"the leader itself refuses, and through it is gone": {reason: leaderIndexDeleted, direct: forbidden, gone: true, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("b")
				if tt.reason == "" {
					f.replicates("a")
				} else {
					f.paused(tt.reason, "a")
				}
				if !tt.has {
					delete(f.leaderHas, "a")
				}
				f.leader = tt.leader
				if tt.search.status != 0 {
					f.refuses["_search a"] = tt.search
				}
				if tt.records.status != 0 {
					f.hides["store"] = tt.records
				}
				q := all
				if tt.direct.status != 0 {
					leader := leaderOf(f, ok(`[{"index":"b","status":"open"}]`))
					leader.on("GET /a/_settings", tt.direct)
					q.Leader = leader.client(clock.Real{})
				}
				o, passed := f.observe(q)
				if _, gone := o.Gone["a"]; gone != tt.gone || len(o.Gone) > 1 {
					t.Errorf("gone: %v", o.Gone)
				}
				if seen := f.seen("GET /lead:a/_search"); len(seen) != tt.asked {
					t.Errorf("asked %d times, want %d", len(seen), tt.asked)
				}
				took(t, passed, 0, 2*readTime)
			})
		})
	}
}

// Searches that a silent leader leaves unanswered are made twice, not for each index.
func TestObserve_LeaderFallsSilentAfterItsListing(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.paused(leaderIndexDeleted, numbered(100)...)
		f.leaderHas = map[string]bool{"another": false}
		f.leader = leaderIsSilent
		f.refuses["_resolve"] = ok(`{"indices":[{"name":"lead:another","attributes":["open"]}]}`)
		o, passed := f.observe(all)
		if searched := f.seen("GET /lead:"); len(searched) != 2 || len(o.Gone) > 0 {
			t.Errorf("%d searches, gone %v", len(searched), o.Gone)
		}
		took(t, passed, readTime, readTime)
	})
}

// A single replication asks for its one leader index, where something has to be
// done that needs it.
func TestObserve_LeaderIndexOfASingleReplication(t *testing.T) {
	for name, tt := range map[string]struct {
		state   string // of follower index f
		has     bool
		resolve reply
		leader  leaderState
		leaders string // what is known of the leader's indices
		gone    bool
		reached bool
		most    time.Duration
	}{
		"it syncs":                                  {state: "RUNNING", has: true, leaders: "not asked", reached: true},
		"it is paused":                              {state: "PAUSED", has: true, leaders: "l", reached: true},
		"it does not exist yet":                     {has: true, leaders: "not asked", reached: true},
		"the leader has it no longer":               {state: "PAUSED", leaders: "not asked", gone: true, reached: true},
		"the listing is closed, it can be searched": {state: "PAUSED", has: true, resolve: ok(`{"indices":[]}`), leaders: "l", reached: true},
		"the leader is down":                        {state: "PAUSED", has: true, leader: leaderIsDown, leaders: "unknown"},
		"the leader is silent":                      {state: "PAUSED", has: true, leader: leaderIsSilent, leaders: "unknown", most: readTime},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				if tt.state != "" {
					ix := f.add("f")
					ix.record, ix.stored, ix.leader, ix.reason = tt.state, tt.state, "l", leaderIndexDeleted
				}
				if tt.has {
					f.leaderHas["l"] = false
				}
				if tt.resolve.status != 0 {
					f.refuses["_resolve"] = tt.resolve
				}
				f.leader = tt.leader
				o, passed := f.observe(Question{Alias: "lead", Only: []string{"f"}, LeaderIndex: "l"})
				took(t, passed, 0, tt.most)
				got := "not asked"
				if list, listed := o.Leader.Value(); listed {
					got = list[0].Name
				} else if why, unknown := o.Leader.Unknown(); unknown && why != "nobody has looked yet" {
					got = "unknown"
				}
				_, gone := o.Gone["l"]
				_, reached := o.Reach.Value()
				if got != tt.leaders || gone != tt.gone || reached != tt.reached {
					t.Errorf("leader %s, gone %v, reached %v", got, gone, reached)
				}
			})
		})
	}
}
