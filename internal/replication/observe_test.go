// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// The number of requests does not grow with the number of indices.
func TestObserve_NumberOfRequests(t *testing.T) {
	paused := func(n int) func(*follower) {
		return func(f *follower) { f.paused("planned work", numbered(n)...) }
	}
	closed := func(what ...string) func(*follower) {
		return func(f *follower) {
			for _, w := range what {
				f.hides[w] = forbidden
			}
		}
	}
	for name, tt := range map[string]struct {
		indices int
		changes []func(*follower)
		want    int
	}{
		"nothing replicates yet":                        {0, nil, 6},
		"one index":                                     {1, nil, 6},
		"a hundred":                                     {100, nil, 6},
		"a thousand":                                    {1000, nil, 6},
		"a hundred, one paused":                         {100, []func(*follower){paused(1)}, 7},
		"a hundred paused":                              {100, []func(*follower){paused(100)}, 7},
		"a hundred, the cluster state closed":           {100, []func(*follower){closed("state")}, 6},
		"a hundred, the marks filtered":                 {100, []func(*follower){closed("marks filtered")}, 7},
		"a hundred, marks and cluster state hidden":     {100, []func(*follower){closed("marks filtered", "state")}, 7},
		"a hundred, the rules closed":                   {100, []func(*follower){closed("rules")}, 6},
		"fifty, the statistics closed":                  {50, []func(*follower){closed("stats")}, 6 + 50},
		"fifty paused, the records closed":              {50, []func(*follower){paused(50), closed("store")}, 7 + 50},
		"fifty, nothing is open but their own statuses": {50, []func(*follower){closed("marks filtered", "state", "stats", "store")}, 7 + 50},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates(numbered(tt.indices)...)
				for _, change := range tt.changes {
					change(f)
				}
				o, passed := f.observe(all)
				if o.Indices.Len() != tt.indices || len(o.Replicating(ccr.Owned{})) != tt.indices {
					t.Errorf("%d indices, %d replicate", o.Indices.Len(), len(o.Replicating(ccr.Owned{})))
				}
				if seen := f.seen(); len(seen) != tt.want {
					t.Errorf("%d requests, want %d: %q", len(seen), tt.want, seen)
				}
				took(t, passed, 0, 0)
			})
		})
	}
}

func TestObserve(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("b", "a", "failed", "of-asia")
		f.paused("planned work", "paused")
		f.indices["failed"].record, f.indices["failed"].reason = "FAILED", "disk full"
		f.indices["of-asia"].alias = "asia"
		f.add("plain")
		f.rules["terraform-all-1"] = "*"
		f.leaderHas = map[string]bool{"a": false, "b": false, "c": false, "closed": true, "paused": false}
		o, passed := f.observe(all)
		took(t, passed, 0, 0)
		var got []string
		for name, ix := range o.Indices.All() {
			got = append(got, name+": "+look(*ix))
		}
		assertLines(t, got, []string{
			`a: SYNCING index=yesa-2 mark=lead:a block=yes reason="" 4/4`,
			`b: SYNCING index=yesb-1 mark=lead:b block=yes reason="" 4/4`,
			`failed: FAILED index=yesfailed-3 mark=lead:failed block=yes reason="disk full" 0/0`,
			`of-asia: SYNCING index=yesof-asia-4 mark=asia:of-asia block=yes reason="" 4/4`,
			`paused: PAUSED index=yespaused-5 mark=lead:paused block=yes reason="planned work" 0/0`,
			`plain: REPLICATION NOT IN PROGRESS index=yesplain-6 mark=no block=no reason="" 0/0`,
		})
		want := ccr.Observation{
			Alias:       "lead",
			Connections: map[string]ccr.Connection{"lead": {Alias: "lead", Connected: true, Mode: "sniff", Addresses: []string{"127.0.0.1:9301"}}},
			Reach:       ccr.Present(struct{}{}),
			Leader:      ccr.Present([]ccr.LeaderIndex{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "closed", Closed: true}, {Name: "paused"}}),
			Gone:        map[string]ccr.Proof{},
			Rules:       ccr.Present([]ccr.Rule{{Name: "terraform-all-1", Pattern: "*", FailedIndices: []string{}}}),
		}
		want.Connection = ccr.Present(want.Connections["lead"])
		o.Indices = ccr.ByName[ccr.FollowerIndex]{}
		if !reflect.DeepEqual(o, want) {
			t.Errorf("\n got %+v\nwant %+v", o, want)
		}
	})
}

// What a managed service hides must not change which indices are seen to
// replicate and in which state.
func TestObserve_WhatIsHiddenChangesNothing(t *testing.T) {
	notFound := refused(404, "index_not_found_exception", "no such index [.replication-metadata-store]")
	amazon := reply{401, `{"Message":"Your request: '/_cluster/state/metadata' is not allowed."}`}
	want := map[string]ccr.State{"a": ccr.Syncing, "paused": ccr.Paused, "failed": ccr.Failed, "boots": ccr.Bootstrapping}
	for name, hides := range map[string]map[string]reply{
		"nothing hidden":                                       {},
		"cluster state closed":                                 {"state": forbidden},
		"cluster state and store closed":                       {"state": amazon, "store": forbidden},
		"statistics closed":                                    {"stats": forbidden},
		"statistics and cluster state closed":                  {"stats": forbidden, "state": {405, "Method Not Allowed"}},
		"store protected":                                      {"store": ok(`{}`)},
		"store not there":                                      {"store": notFound},
		"marks filtered":                                       {"marks filtered": forbidden},
		"marks filtered, store protected":                      {"marks filtered": forbidden, "store": ok(`{}`)},
		"marks filtered, cluster state closed":                 {"marks filtered": forbidden, "state": forbidden},
		"marks and cluster state filtered, store closed":       {"marks filtered": forbidden, "state": ok(`{}`), "store": amazon},
		"settings closed, as with the plugin's own roles":      {"marks": forbidden, "stats": forbidden, "rules": forbidden, "store": ok(`{}`)},
		"settings and cluster state closed":                    {"marks": forbidden, "state": forbidden},
		"settings, cluster state, statistics and store closed": {"marks": forbidden, "state": forbidden, "stats": forbidden, "store": forbidden},
		"all but the statuses":                                 {"marks filtered": forbidden, "state": forbidden, "stats": forbidden, "store": forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("a", "failed", "boots")
				f.paused("planned work", "paused")
				f.indices["failed"].record, f.indices["failed"].reason = "FAILED", "disk full"
				f.indices["boots"].unsynced = true
				f.hides = hides
				o, _ := f.observe(all)
				got := map[string]ccr.State{}
				for _, ix := range o.Replicating(ccr.Owned{}) {
					got[ix.Name] = ix.State
					if ix.State == ccr.Paused && ix.Reason != "planned work" || ix.State == ccr.Failed && ix.Reason != "disk full" {
						t.Errorf("seen %+v", ix)
					}
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		})
	}
}

// A plain index beside replicas is none, also where marks are hidden, and is not
// waited for in vain where it can be told apart.
func TestObserve_PlainIndexBesideReplicas(t *testing.T) {
	for name, hides := range map[string]map[string]reply{
		"nothing hidden":          {},
		"marks filtered":          {"marks filtered": forbidden},
		"marks and state":         {"marks filtered": forbidden, "state": forbidden},
		"marks, state and store":  {"marks filtered": forbidden, "state": ok(`{}`), "store": forbidden},
		"statistics":              {"stats": forbidden},
		"settings":                {"marks": forbidden},
		"marks, store protected":  {"marks filtered": forbidden, "store": ok(`{}`)},
		"cluster state and store": {"state": forbidden, "store": forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("a")
				f.add("plain")
				f.hides = hides
				o, passed := f.observe(all)
				if _, plain := o.Indices.At("plain").Replicates().Absent(); !plain {
					t.Errorf("got %s", look(o.Indices.At("plain")))
				}
				took(t, passed, 0, 0)
			})
		})
	}
}

// A closed route of the rules leaves them unknown; they are not missing.
func TestObserve_ClosedRules(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a")
		f.hides["rules"] = forbidden
		o, _ := f.observe(all)
		if why, unknown := o.Rules.Unknown(); !unknown || !strings.Contains(why, "status 403") {
			t.Errorf("rules %+v", o.Rules)
		}
	})
}

// A connection route that is closed tells nothing; what needs the leader will.
func TestObserve_ClosedConnections(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a")
		f.hides["remotes"] = forbidden
		o, passed := f.observe(all)
		_, unknown := o.Connection.Unknown()
		_, reached := o.Reach.Value()
		if !unknown || !reached || o.Connections != nil {
			t.Errorf("connection %+v, reach %+v, all %v", o.Connection, o.Reach, o.Connections)
		}
		took(t, passed, 0, 0)
	})
}

// When a route fails, what the others do not show is still unknown.
func TestObserve_Fails(t *testing.T) {
	for _, what := range []string{"marks", "state", "stats", "store", "remotes", "rules"} {
		t.Run(what, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.paused("planned work", "a")
				f.hides[what] = refused(500, "exception", "all is lost")
				_, err := f.reader(clock.Real{}).Observe(t.Context(), all)
				if !hasStatus(err, 500) || !strings.HasPrefix(err.Error(), "read the follower's replications: ") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
	t.Run("settings and list closed", func(t *testing.T) {
		withFollower(t, func(t *testing.T, f *follower) {
			f.hides["marks"], f.hides["list"] = forbidden, forbidden
			_, err := f.reader(clock.Real{}).Observe(t.Context(), all)
			if err == nil || !strings.Contains(err.Error(), "/_settings/") {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("status of one", func(t *testing.T) {
		withFollower(t, func(t *testing.T, f *follower) {
			f.replicates("a")
			f.indices["a"].unsynced, f.indices["a"].says = true, []reply{refused(500, "exception", "all is lost")}
			_, err := f.reader(clock.Real{}).Observe(t.Context(), all)
			if !hasStatus(err, 500) {
				t.Errorf("got %v", err)
			}
		})
	})
}

// Not in progress for good is believed, and for a whole follower in the time of one.
func TestObserve_NotInProgressForGood(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates(numbered(60)...)
		for _, ix := range f.indices {
			ix.unsynced, ix.says = true, repeated(1000, notInProgress)
		}
		o, passed := f.observe(all)
		for name, ix := range o.Indices.All() {
			if ix.State != ccr.NotInProgress {
				t.Errorf("%s: %s", name, ix.State)
			}
		}
		took(t, passed, ccr.SettleTime, ccr.SettleTime+2*time.Second)
	})
}

// After a node came back its replications say for some seconds that none is in progress.
func TestObserve_NodeComesBack(t *testing.T) {
	for _, record := range []string{"RUNNING", "PAUSED"} {
		t.Run(record, func(t *testing.T) {
			withFollower(t, func(t *testing.T, f *follower) {
				f.replicates("a")
				f.indices["a"].record, f.indices["a"].unsynced = record, true
				f.hides["store"] = ok(`{}`)
				f.refuses["_status a"] = notInProgress
				time.AfterFunc(3*time.Second, func() {
					f.change(func() { delete(f.refuses, "_status a"); f.indices["a"].unsynced = false })
				})
				o, passed := f.observe(all)
				want := ccr.Syncing
				if record == "PAUSED" {
					want = ccr.Paused
				}
				if got := o.Indices.At("a").State; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				took(t, passed, 3*time.Second, 5*time.Second)
			})
		})
	}
}

// What is not seen for long enough is unknown, not stopped: here it comes and
// goes until the time of the look is over.
func TestObserve_NeverSettles(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a", "b")
		for _, ix := range f.indices {
			ix.unsynced = true
		}
		f.refuses["_status a"] = notInProgress
		f.refuses["_status b"] = notInProgress
		time.AfterFunc(9*time.Second, func() { f.change(func() { delete(f.refuses, "_status b") }) })
		o, passed := f.observe(all)
		if a, b := o.Indices.At("a").State, o.Indices.At("b").State; a != ccr.NotInProgress || b != ccr.Bootstrapping {
			t.Errorf("a %s, b %s", a, b)
		}
		took(t, passed, ccr.SettleTime, 2*ccr.SettleTime)
	})
}

// A replica that the caller owns and that shows no sign of one any more is asked
// for, and was stopped only when that stays so. Others are not asked for.
func TestObserve_OwnedAndStopped(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a")
		f.add("stopped")
		f.add("plain")
		o, passed := f.observe(Question{Alias: "lead", Owned: ccr.NewByName(map[string]string{"stopped": f.indices["stopped"].uuid})})
		if _, stopped := o.Indices.At("stopped").Replicates().Absent(); !stopped || o.Indices.At("stopped").State != ccr.NotInProgress {
			t.Errorf("got %s", look(o.Indices.At("stopped")))
		}
		took(t, passed, ccr.SettleTime, ccr.SettleTime+3*time.Second)
		if seen := f.seen("GET /_plugins/_replication/plain"); len(seen) > 0 {
			t.Errorf("asked for %q", seen)
		}
	})
}

func TestObserve_RecordWithoutAnIndex(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a")
		f.hides["state"] = ok(`{"metadata":{"replication_metadata":{"replication_details":{
			"a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"},
			"stopped":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"STOPPED"},
			"deleted":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"}}}}}`)
		o, _ := f.observe(all)
		if o.Indices.Len() != 2 || o.Indices.At("deleted").State != ccr.NotInProgress || o.Indices.At("deleted").Exists() {
			t.Errorf("got %+v", o.Indices)
		}
		if seen := f.seen("GET /_plugins/_replication/stopped"); len(seen) > 0 {
			t.Errorf("asked for %q", seen)
		}
	})
}

// A question of some indices makes the requests for these.
func TestObserve_Only(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates("a", "b", "c")
		f.add("plain")
		o, _ := f.observe(Question{Alias: "lead", Only: []string{"a", "b"}, LeaderIndex: "a"})
		if got := slices.Sorted(maps.Keys(maps.Collect(o.Indices.Values()))); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("got %v", got)
		}
		if why, unknown := o.Rules.Unknown(); !unknown {
			t.Errorf("rules %+v %s", o.Rules, why)
		}
		assertLines(t, sorted(f.seen()), sorted([]string{
			"GET /_remote/info",
			"GET /a%2Cb/_settings/index.uuid,index.plugins.replication.follower.leader_index?flat_settings=true&expand_wildcards=open,closed&ignore_unavailable=true&allow_no_indices=true",
			"GET /_cluster/state/metadata,blocks?filter_path=metadata.replication_metadata.replication_details.*.REPLICATION_LAST_KNOWN_OVERALL_STATE,blocks.indices.*.1000.levels",
			"GET /_plugins/_replication/follower_stats",
		}))
	})
}

// A thousand resources of one plan ask at the same time, each for one index.
func TestObserve_AThousandQuestionsShareTheirRequests(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates(numbered(999)...)
		f.paused("planned work", "paused")
		r := f.reader(clock.Real{})
		var group sync.WaitGroup
		for _, name := range append(numbered(999), "paused") {
			group.Go(func() {
				o, err := r.Observe(t.Context(), Question{Alias: "lead", Only: []string{name}, Shared: true, LeaderIndex: name})
				want := ccr.Syncing
				if name == "paused" {
					want = ccr.Paused
				}
				if err != nil || o.Indices.Len() != 1 || o.Indices.At(name).State != want {
					t.Errorf("%s: %+v, %v", name, o.Indices, err)
				}
			})
		}
		group.Wait()
		// The one that is paused needs to know of its leader index.
		if seen := f.seen(); len(seen) != 6 {
			t.Errorf("%d requests: %q", len(seen), seen)
		}
	})
}

// An interrupt ends a look at once, in words that a user understands.
func TestObserve_Interrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFollower(t)
		f.replicates("a")
		f.handle(marksRoute, func(*http.Request, string) reply { return hangs })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4*time.Second, cancel)
		start := time.Now()
		_, err := f.reader(clock.Real{}).Observe(ctx, all)
		took(t, time.Since(start), 4*time.Second, 4*time.Second)
		if err == nil || !isContext(err) || strings.Contains(err.Error(), "context") {
			t.Errorf("got %v", err)
		}
	})
}
