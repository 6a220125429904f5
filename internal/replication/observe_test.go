// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// The number of requests does not grow with the number of indices.
func TestObserve_NumberOfRequests(t *testing.T) {
	paused := func(n int) func(*follower) {
		return func(f *follower) {
			for _, name := range numbered(n) {
				f.indices[name].record = "PAUSED"
			}
		}
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
		"nothing replicates yet":              {0, nil, 7}, // the store is asked whether that is so
		"one index":                           {1, nil, 6},
		"a hundred":                           {100, nil, 6},
		"a thousand":                          {1000, nil, 6},
		"a hundred, one paused":               {100, []func(*follower){paused(1)}, 7},
		"a hundred paused":                    {100, []func(*follower){paused(100)}, 6 + reasonReads},
		"a hundred, the cluster state closed": {100, []func(*follower){closed("state")}, 6},
		"a hundred, one paused, the cluster state closed":  {100, []func(*follower){paused(1), closed("state")}, 7},
		"a hundred, the settings closed":                   {100, []func(*follower){closed("marks")}, 7},
		"a hundred, settings and cluster state closed":     {100, []func(*follower){closed("marks", "state")}, 7},
		"fifty, only their statuses open, and the list":    {50, []func(*follower){closed("marks", "state", "store")}, 6 + 1 + 1 + 50},
		"fifty paused, nothing on record that can be read": {50, []func(*follower){paused(50), closed("state", "store")}, 6 + 50},
		"none, and nothing on record that can be read":     {0, []func(*follower){closed("marks", "state", "store")}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFollower(t)
			f.replicates(numbered(tt.indices)...)
			if tt.indices == 0 {
				f.hides["store"] = refused(404, "index_not_found_exception", "no such index [.replication-metadata-store]")
			}
			for _, change := range tt.changes {
				change(f)
			}
			engine, leader, _ := pairOf(f, numbered(tt.indices)...)
			o, err := engine.Observe(t.Context(), "lead")
			if err != nil || len(o.Replications) != tt.indices || len(o.Leader) != tt.indices {
				t.Fatalf("%d replications, %d indices of the leader, %v", len(o.Replications), len(o.Leader), err)
			}
			if seen := f.seen(); len(seen) != tt.want {
				t.Errorf("%d requests to the follower, want %d", len(seen), tt.want)
			}
			if seen := leader.seen(); len(seen) != 1 {
				t.Errorf("%d requests to the leader", len(seen))
			}
		})
	}
}

func TestObserve(t *testing.T) {
	f := newFollower(t)
	f.replicates("b", "a", "paused", "failed", "of-asia")
	f.add("plain")
	f.indices["paused"].record, f.indices["paused"].reason = "PAUSED", "planned work"
	f.indices["failed"].record, f.indices["failed"].reason = "FAILED", "disk full"
	f.indices["of-asia"].alias = "asia"
	f.rules["r"] = "*"
	engine, _, _ := pairOf(f, "a", "b", "c")
	got, err := engine.Observe(t.Context(), "lead")
	if err != nil {
		t.Fatal(err)
	}
	epoch := time.UnixMilli(0)
	list := func(uuids ...string) []ccr.Index {
		var out []ccr.Index
		for i := 0; i < len(uuids); i += 2 {
			out = append(out, ccr.Index{Name: uuids[i], UUID: uuids[i+1], Created: epoch})
		}
		return out
	}
	of := func(index string, state ccr.State, reason string, checkpoint int64) ccr.Replication {
		return ccr.Replication{FollowerIndex: index, LeaderAlias: "lead", LeaderIndex: index, State: state, Reason: reason, LeaderCheckpoint: checkpoint, FollowerCheckpoint: checkpoint}
	}
	want := ccr.Observation{
		At:         began,
		Connection: ccr.Connection{Alias: "lead", Exists: true, Connected: true, Mode: "sniff", Addresses: []string{"127.0.0.1:9301"}},
		Leader:     list("a", "a-leader", "b", "b-leader", "c", "c-leader"),
		// Looked at since the leader seems to lack failed and paused.
		LeaderHidden: []string{"a", "b", "c"},
		Follower:     list("a", "a-2", "b", "b-1", "failed", "failed-4", "of-asia", "of-asia-5", "paused", "paused-3", "plain", "plain-6"),
		Replications: []ccr.Replication{
			of("a", ccr.Syncing, "", 4), of("b", ccr.Syncing, "", 4), of("failed", ccr.Failed, "disk full", 0), of("paused", ccr.Paused, "planned work", 0),
		},
		Others: map[string]string{"of-asia": "asia"},
		Rules:  []ccr.Rule{{Name: "r", Pattern: "*", FailedIndices: []string{}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

// What a managed service hides must not change what is seen.
func TestObserve_ClosedRoutes(t *testing.T) {
	notFound := refused(404, "index_not_found_exception", "no such index [.replication-metadata-store]")
	amazon := reply{401, `{"Message":"Your request: '/_cluster/state/metadata' is not allowed."}`}
	all := map[string]ccr.State{"a": ccr.Syncing, "paused": ccr.Paused, "failed": ccr.Failed, "boots": ccr.Bootstrapping}
	for name, hides := range map[string]map[string]reply{
		"nothing hidden":                           {},
		"cluster state closed":                     {"state": forbidden},
		"cluster state and store closed":           {"state": amazon, "store": forbidden},
		"settings closed":                          {"marks": forbidden},
		"settings filtered":                        {"marks": ok(`{"a":{"settings":{}}}`)},
		"settings closed and store":                {"marks": forbidden, "store": forbidden},
		"settings filtered, store hidden":          {"marks": ok(`{}`), "store": notFound},
		"settings and cluster state closed":        {"marks": forbidden, "state": {405, "Method Not Allowed"}},
		"Amazon: both filtered, store closed":      {"marks": ok(`{}`), "state": ok(`{}`), "store": amazon},
		"both filtered, store as if there is none": {"marks": ok(`{}`), "state": ok(`{}`), "store": notFound},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFollower(t)
			f.replicates("a", "paused", "failed", "boots")
			f.indices["paused"].record, f.indices["paused"].reason = "PAUSED", "planned work"
			f.indices["failed"].record, f.indices["failed"].reason = "FAILED", "disk full"
			f.indices["boots"].unsynced = true
			boots := ok(`{"status":"BOOTSTRAPPING","leader_alias":"lead","leader_index":"boots","follower_index":"boots"}`)
			f.indices["boots"].says = []reply{boots, boots}
			f.add("plain")
			f.hides = hides
			engine, _, _ := pairOf(f)
			o, err := engine.Observe(t.Context(), "lead")
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]ccr.State{}
			for _, r := range o.Replications {
				got[r.FollowerIndex] = r.State
				if r.LeaderAlias != "lead" || r.LeaderIndex != r.FollowerIndex || r.State == ccr.Paused && r.Reason != "planned work" || r.State == ccr.Failed && r.Reason != "disk full" {
					t.Errorf("seen %+v", r)
				}
			}
			if !reflect.DeepEqual(got, all) || len(o.Others) > 0 {
				t.Errorf("got %v and others %v, want %v", got, o.Others, all)
			}
		})
	}
}

// Both routes may be there and fail: that is no reason to look another way.
func TestObserve_Fails(t *testing.T) {
	for _, what := range []string{"marks", "state", "store"} {
		t.Run(what, func(t *testing.T) {
			f := newFollower(t)
			f.hides[what] = refused(500, "exception", "all is lost")
			engine, _, _ := pairOf(f)
			if _, err := engine.Observe(t.Context(), "lead"); !hasStatus(err, 500) {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, route := range []string{"GET /_remote/info", "GET /_cat/indices", "GET /_plugins/_replication/autofollow_stats", "GET /_plugins/_replication/follower_stats"} {
		t.Run(route, func(t *testing.T) {
			f := newFollower(t)
			f.on(route, reply{401, ""})
			engine, _, _ := pairOf(f)
			_, err := engine.Observe(t.Context(), "lead")
			assertError(t, err, withURL("read the follower's replications: "+route[:4]+"URL"+f.seen(route)[0][4:]+": status 401. Check the credentials of this cluster", f.cluster))
		})
	}
}

// After its node came back a replication says for some seconds that it is not
// in progress, though it goes on.
func TestObserve_FollowerNodeRecycled(t *testing.T) {
	for name, tt := range map[string]struct {
		record string
		hides  map[string]reply
	}{
		"on record as running":         {"RUNNING", nil},
		"on record as paused":          {"PAUSED", nil},
		"marked, no record to be read": {"RUNNING", map[string]reply{"state": forbidden, "store": forbidden}},
		"on record in the store alone": {"RUNNING", map[string]reply{"marks": forbidden, "state": forbidden}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFollower(t)
			f.replicates("a")
			f.hides = tt.hides
			f.indices["a"].record, f.indices["a"].unsynced = tt.record, true
			f.indices["a"].says = repeated(4, notInProgress)
			engine, _, clock := pairOf(f, "a")
			o, err := engine.Observe(t.Context(), "lead")
			if err != nil {
				t.Fatal(err)
			}
			want := ccr.Syncing
			if tt.record == "PAUSED" {
				want = ccr.Paused
			}
			if len(o.Replications) != 1 || o.Replications[0].State != want || o.Replications[0].LeaderIndex != "a" {
				t.Errorf("got %+v", o.Replications)
			}
			if clock.passed() == 0 || clock.passed() >= settleTime {
				t.Errorf("it took %v", clock.passed())
			}
		})
	}
}

// Not in progress for good is believed, and for a whole follower in the time of one.
func TestObserve_NotInProgressForGood(t *testing.T) {
	f := newFollower(t)
	f.replicates(numbered(60)...)
	for _, ix := range f.indices {
		ix.unsynced, ix.says = true, repeated(1000, notInProgress)
	}
	engine, _, clock := pairOf(f, numbered(60)...)
	o, err := engine.Observe(t.Context(), "lead")
	if err != nil {
		t.Fatal(err)
	}
	gone := 0
	for _, r := range o.Replications {
		if r.State == ccr.NotInProgress {
			gone++
		}
	}
	if gone != reasonReads {
		t.Errorf("%d count as not in progress, want %d", gone, reasonReads)
	}
	// The fake clock adds up the pauses of all that sleep at the same time.
	if most := settleTime + parallelism*2*time.Second; clock.passed() < settleTime || clock.passed() > most {
		t.Errorf("it took %v, want %v to %v", clock.passed(), settleTime, most)
	}
}

func TestObserve_LeaderOutOfReachOfTheFollower(t *testing.T) {
	f := newFollower(t)
	f.replicates("goes-on", "came-back", "paused")
	f.connected = false
	f.indices["came-back"].unsynced, f.indices["came-back"].says = true, repeated(9, leaderDown)
	f.indices["paused"].record = "PAUSED"
	engine, _, _ := pairOf(f, "goes-on", "came-back", "paused")
	o, err := engine.Observe(t.Context(), "lead")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]ccr.State{}
	for _, r := range o.Replications {
		got[r.FollowerIndex] = r.State
	}
	// The statistics go on saying that it syncs, with the last checkpoints.
	want := map[string]ccr.State{"goes-on": ccr.Syncing, "came-back": ccr.Unknown, "paused": ccr.Paused}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a := ccr.Assess(desired(ccr.ModeReplicating, "*"), o); len(a.Repairs) > 0 || a.Status != ccr.StatusDegraded {
		t.Errorf("it counts as %+v", a)
	}
}

// With the leader away the status of what syncs is an error: it is a replica, but
// where nothing else can be read nobody knows of which leader. No error, no guess.
func TestObserve_LeaderOutOfReachAndAllRoutesClosed(t *testing.T) {
	f := newFollower(t)
	f.replicates("a")
	f.connected = false
	f.indices["a"].says = repeated(9, leaderDown)
	f.hides = map[string]reply{"marks": forbidden, "state": forbidden, "store": forbidden}
	engine, _, _ := pairOf(f, "a")
	o, err := engine.Observe(t.Context(), "lead")
	if err != nil || len(o.Replications) > 0 || !reflect.DeepEqual(o.Others, map[string]string{"a": ""}) {
		t.Errorf("got %+v, others %v, %v", o.Replications, o.Others, err)
	}
	if a := ccr.Assess(desired(ccr.ModeReplicating, "*"), o); a.Status != ccr.StatusDegraded {
		t.Errorf("it counts as %+v", a)
	}
}

// The bound is for those whose state is on record; without one there is no state.
func TestObserve_AsksForEachWithoutARecord(t *testing.T) {
	f := newFollower(t)
	f.replicates(numbered(reasonReads + 5)...)
	f.replicates("z")
	for name, ix := range f.indices {
		if ix.record = "PAUSED"; name == "z" {
			ix.record = "NEW WORD"
			ix.says = []reply{ok(`{"status":"SYNCING","syncing_details":{"leader_checkpoint":4,"follower_checkpoint":4}}`)}
		}
	}
	engine, _, _ := pairOf(f)
	o, err := engine.Observe(t.Context(), "lead")
	if err != nil {
		t.Fatal(err)
	}
	if z := o.Replications[len(o.Replications)-1]; z.FollowerIndex != "z" || z.State != ccr.Syncing {
		t.Errorf("got %+v", z)
	}
	if seen := f.seen(); len(seen) != 6+reasonReads+1 {
		t.Errorf("%d requests", len(seen))
	}
}

func TestObserve_StatusOfOneFails(t *testing.T) {
	f := newFollower(t)
	f.replicates("a")
	f.indices["a"].unsynced, f.indices["a"].says = true, []reply{refused(500, "exception", "all is lost")}
	engine, _, _ := pairOf(f)
	_, err := engine.Observe(t.Context(), "lead")
	assertError(t, err, withURL("GET URL/_plugins/_replication/a/_status: status 500, exception: all is lost", f.cluster))
}

func TestObserve_RecordWithoutAnIndex(t *testing.T) {
	f := newFollower(t)
	f.replicates("a", "b")
	f.hides["state"] = ok(`{"metadata":{"replication_metadata":{"replication_details":{
		"a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"},"b":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"},
		"stopped":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"STOPPED"},
		"deleted":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"}}}}}`)
	engine, _, _ := pairOf(f)
	o, err := engine.Observe(t.Context(), "lead")
	if err != nil || len(o.Replications) != 2 || len(o.Others) > 0 {
		t.Errorf("got %+v, others %v, %v", o.Replications, o.Others, err)
	}
	assertLines(t, f.seen("GET /_plugins/_replication/deleted", "GET /_plugins/_replication/stopped"), []string{"GET /_plugins/_replication/deleted/_status"})
}

func TestObserve_Leader(t *testing.T) {
	t.Run("not known", func(t *testing.T) {
		f := newFollower(t)
		engine, _, _ := pairOf(f)
		engine.Leader = nil
		o, err := engine.Observe(t.Context(), "lead")
		if err != nil || o.LeaderSeen() || o.LeaderError != "the leader's address is not known" {
			t.Errorf("got %+v, %v", o, err)
		}
	})
	t.Run("refuses", func(t *testing.T) {
		f := newFollower(t)
		engine, leader, _ := pairOf(f)
		leader.on("GET /_cat/indices", reply{401, ""})
		o, err := engine.Observe(t.Context(), "lead")
		want := "GET " + leader.url + "/_cat/indices?format=json&h=index,uuid,status,creation.date&expand_wildcards=open,closed: status 401. Check the credentials of this cluster"
		if err != nil || o.LeaderSeen() || o.LeaderError != want {
			t.Errorf("got %q, %v", o.LeaderError, err)
		}
	})
	t.Run("swallows requests", func(t *testing.T) {
		f := newFollower(t)
		engine, leader, _ := pairOf(f)
		leader.handle("GET /_cat/indices", func(r *http.Request, _ string) reply {
			<-r.Context().Done()
			return connectionClosed
		})
		engine.leaderTime = 20 * time.Millisecond
		o, err := engine.Observe(t.Context(), "lead")
		if err != nil || o.LeaderSeen() || o.LeaderError == "" {
			t.Errorf("got %+v, %v", o, err)
		}
	})
}

func TestObserve_ConnectionMissing(t *testing.T) {
	f := newFollower(t)
	engine, _, _ := pairOf(f)
	o, err := engine.Observe(t.Context(), "other")
	if want := (ccr.Connection{Alias: "other"}); err != nil || !reflect.DeepEqual(o.Connection, want) {
		t.Errorf("got %+v, %v", o.Connection, err)
	}
}

// autofollow_stats does not tell of which leader a rule is; the name of a rule of
// this provider does, for others there are the plugin's records.
func TestObserve_RulesOfWhichLeader(t *testing.T) {
	records := ok(`{"hits":{"hits":[
		{"_source":{"connection_name":"asia","metadata_type":"AUTO_FOLLOW","follower_context":{"resource":"by-hand"},"leader_context":{"resource":"*"}}},
		{"_source":{"connection_name":"lead","metadata_type":"AUTO_FOLLOW","follower_context":{"resource":"by-hand"},"leader_context":{"resource":"x*"}}}]}}`)
	for name, tt := range map[string]struct {
		rules  map[string]string
		store  reply
		want   map[string]string // name to alias
		asked  int
		failed bool
	}{
		"named by this provider":         {rules: map[string]string{ccr.RuleName("asia", "*"): "*"}, want: map[string]string{ccr.RuleName("asia", "*"): ""}},
		"by hand":                        {map[string]string{"by-hand": "x*"}, records, map[string]string{"by-hand": "lead"}, 1, false},
		"by hand, too late for a search": {map[string]string{"new": "x*"}, records, map[string]string{"new": ""}, 5, false}, // read again for 3 s
		"records closed":                 {map[string]string{"by-hand": "x*"}, forbidden, map[string]string{"by-hand": ""}, 1, false},
		"records broken":                 {map[string]string{"by-hand": "x*"}, refused(500, "exception", "x"), nil, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFollower(t)
			f.replicates("a")
			f.rules, f.hides["store"] = tt.rules, tt.store
			engine, _, _ := pairOf(f, "a")
			o, err := engine.Observe(t.Context(), "lead")
			if (err != nil) != tt.failed {
				t.Fatalf("got %v", err)
			}
			for _, r := range o.Rules {
				if alias, known := tt.want[r.Name]; !tt.failed && (!known || r.LeaderAlias != alias) {
					t.Errorf("rule %s is of %q", r.Name, r.LeaderAlias)
				}
			}
			if n := len(f.seen("GET /.replication-metadata-store")); n != tt.asked {
				t.Errorf("the records were read %d times, want %d", n, tt.asked)
			}
		})
	}
}

func TestObserve_Interrupted(t *testing.T) {
	f := newFollower(t)
	f.replicates("a")
	f.indices["a"].unsynced, f.indices["a"].says = true, repeated(1000, notInProgress)
	engine, _, clock := pairOf(f)
	ctx, cancel := context.WithCancel(t.Context())
	clock.before = func(time.Duration) { cancel() }
	if _, err := engine.Observe(ctx, "lead"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := len(f.seen("GET /_plugins/_replication/a/_status")); n != 1 {
		t.Errorf("%d statuses, want 1", n)
	}
}

func TestParallel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make([]bool, 3)
	err := parallel(ctx, 3, func(_ context.Context, i int) error {
		done[i] = true
		return fmt.Errorf("error %d", i)
	})
	assertError(t, err, "error 0\nerror 1\nerror 2")
	if slices.Contains(done, false) {
		t.Errorf("not all were done: %v", done)
	}
	cancel()
	err = parallel(ctx, 2, func(context.Context, int) error { t.Error("started after the end"); return nil })
	assertError(t, err, "context canceled")
}

// A node that has just come back knows none of its remote clusters for a moment.
func TestObserve_ConnectionThatComesBack(t *testing.T) {
	t.Parallel()
	connected := ok(`{"lead":{"connected":true,"mode":"sniff","seeds":["127.0.0.1:9301"]}}`)
	tests := map[string]struct {
		replicates []string
		answers    []reply
		want       bool
		reads      int
	}{
		"at once":                        {replicates: []string{"a"}, answers: []reply{connected}, want: true, reads: 1},
		"after a while":                  {replicates: []string{"a"}, answers: []reply{ok(`{}`), ok(`{"other":{}}`), connected}, want: true, reads: 3},
		"never":                          {replicates: []string{"a"}, answers: []reply{ok(`{}`)}, reads: 8},
		"of which nothing is replicated": {answers: []reply{ok(`{}`)}, reads: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFollower(t)
			f.replicates(tt.replicates...)
			f.on("GET /_remote/info", tt.answers...)
			engine, _, _ := pairOf(f, "a")
			got, err := engine.Observe(t.Context(), "lead")
			if err != nil {
				t.Fatal(err)
			}
			if got.Connection.Exists != tt.want || got.Connection.Alias != "lead" {
				t.Errorf("got %+v", got.Connection)
			}
			if reads := len(f.seen("GET /_remote")); reads != tt.reads {
				t.Errorf("%d reads, want %d", reads, tt.reads)
			}
		})
	}
}
