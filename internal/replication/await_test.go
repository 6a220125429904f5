// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var bootstrapping = status("BOOTSTRAPPING", "")

// openOnlyStatuses is a follower whose shared routes tell nothing, so that every
// look asks for the status of each index.
func openOnlyStatuses(t *testing.T) *cluster {
	t.Helper()
	fake := newCluster(t)
	fake.on(stateRoute, forbidden)
	fake.on(statsRoute, forbidden)
	fake.on(recordsRoute, forbidden)
	fake.otherwise = func(r *http.Request, _ string) reply {
		if strings.Contains(r.URL.Path, "/_settings/") {
			return ok(`{}`)
		}
		t.Errorf("a request that nobody expects: %s %s", r.Method, r.URL)
		return reply{http.StatusTeapot, ""}
	}
	return fake
}

func TestAwaitSyncing(t *testing.T) {
	const auto = "AutoPaused:  + [[a][0] - lease lost], "
	for name, tt := range map[string]struct {
		answers []reply
		want    string
		atLeast time.Duration
		within  time.Duration
	}{
		"syncs at once": {answers: []reply{syncs(4, 4)}},
		"bootstraps first": {
			answers: append(repeated(20, bootstrapping), syncs(4, 4)),
			atLeast: 20 * time.Second, within: 40 * time.Second,
		},
		"shows RUNNING and nothing for a moment": {
			answers: []reply{status("RUNNING", ""), notInProgress, bootstrapping, syncs(4, 4)},
			within:  time.Second,
		},
		"syncs but lags": {answers: []reply{syncs(9, 4), syncs(9, 8), syncs(9, 9)}, within: time.Second},
		// What the leader got since is the next moment's business.
		"reaches its target while the leader takes more writes": {answers: []reply{syncs(9, 4), syncs(20, 9)}, within: time.Second},
		"a shard is not opened yet":                             {answers: []reply{syncs(9, -2), syncs(9, 9)}, within: time.Second},
		"an empty index":                                        {answers: []reply{syncs(-1, -2), syncs(-1, -1)}, within: time.Second},
		"two empty shards":                                      {answers: []reply{syncs(-2, -4), syncs(-2, -2)}, within: time.Second},
		"paused still, a moment after its resume":               {answers: append(repeated(5, status("PAUSED", "User initiated")), syncs(4, 4)), within: 3 * time.Second},
		"leader cannot be reached meanwhile":                    {answers: append(append([]reply{bootstrapping}, repeated(60, leaderDown)...), syncs(4, 4)), atLeast: time.Minute},
		"follower's proxy not ready meanwhile":                  {answers: append(repeated(30, notReady), syncs(4, 4)), atLeast: 10 * time.Second},
		"not in progress and unreachable in turn":               {answers: append(mixed(40, notInProgress, leaderDown), syncs(4, 4)), atLeast: 20 * time.Second},
		"paused by the plugin": {
			answers: []reply{bootstrapping, status("PAUSED", auto)},
			want:    "the replication of index a is paused instead of syncing: " + auto,
			atLeast: pausedFor, within: pausedFor + 3*time.Second,
		},
		"failed": {
			answers: []reply{bootstrapping, status("FAILED", "disk full")},
			want:    "the replication of index a has failed: disk full",
			within:  time.Second,
		},
		"never began": {
			answers: []reply{notInProgress},
			want:    `the replication of index a never began: the follower still reports "REPLICATION NOT IN PROGRESS" after 15s`,
			atLeast: neverBegan, within: neverBegan + 3*time.Second,
		},
		"an error that does not pass": {
			answers: []reply{bootstrapping, forbidden},
			want: "waiting until index a is in sync: GET URL/_plugins/_replication/a/_status: status 403, security_exception: no permissions for [cluster:monitor] and User [name=avnadmin]. " +
				userAdvice,
			within: time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := openOnlyStatuses(t)
			fake.on(statusOfA, tt.answers...)
			engine, clock, _ := engineOf(fake)
			assertError(t, engine.AwaitSyncing(t.Context(), []string{"a"}), withURL(tt.want, fake))
			if passed := clock.passed(); passed < tt.atLeast || tt.within > 0 && passed > tt.within {
				t.Errorf("it took %v, want %v to %v", passed, tt.atLeast, tt.within)
			}
		})
	}
}

// mixed alternates two answers.
func mixed(n int, a, b reply) []reply {
	var out []reply
	for i := range n {
		out = append(out, []reply{a, b}[i%2])
	}
	return out
}

func TestAwaitSyncing_NothingToAwait(t *testing.T) {
	engine, clock, _ := engineOf(newCluster(t))
	if err := engine.AwaitSyncing(t.Context(), nil); err != nil || clock.passed() > 0 {
		t.Errorf("%v after %v", err, clock.passed())
	}
}

// Where the statistics are open one look is one request for any number of indices.
func TestAwaitSyncing_NumberOfRequests(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates(numbered(200)...)
		for _, ix := range f.indices {
			ix.leaderCheckpoint = 9
		}
		time.AfterFunc(30*time.Millisecond, func() {
			f.change(func() {
				for _, ix := range f.indices {
					ix.followerCheckpoint = 9
				}
			})
		})
		if err := f.engine(nil).AwaitSyncing(t.Context(), numbered(200)); err != nil {
			t.Error(err)
		}
		if seen := f.seen(); len(seen) != 2 {
			t.Errorf("%d requests for two looks at 200 indices", len(seen))
		}
	})
}

// One of many that fails is found at the next look, by what the statistics count,
// and only it is asked for by name.
func TestAwaitSyncing_OneOfManyFails(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		names := numbered(200)
		f.replicates(names...)
		f.unsynced(true)
		time.AfterFunc(2*time.Second, func() {
			f.change(func() { f.indices[names[7]].record, f.indices[names[7]].reason = "FAILED", "disk full" })
		})
		time.AfterFunc(5*time.Second, func() { f.unsynced(false) })
		start := time.Now()
		err := f.engine(nil).AwaitSyncing(t.Context(), names)
		assertError(t, err, "the replication of index "+names[7]+" has failed: disk full")
		took(t, time.Since(start), 5*time.Second, 7*time.Second)
		if seen := statuses(f); len(seen) != 1 {
			t.Errorf("%d statuses were asked for: %v", len(seen), seen)
		}
	})
}

// unsynced lets every first copy be under way, or complete.
func (f *follower) unsynced(is bool) {
	f.change(func() {
		for _, ix := range f.indices {
			ix.unsynced = is
		}
	})
}

// statuses are the statuses that were asked for by name.
func statuses(f *follower) []string {
	return slices.DeleteFunc(f.seen(), func(r string) bool { return !strings.HasSuffix(r, "/_status") })
}

// What the statistics do not show for long is asked for by name, and not all at once.
func TestAwaitSyncing_AsksNowAndThenHowFarTheCopiesAre(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		names := numbered(300)
		f.replicates(names...)
		f.unsynced(true)
		time.AfterFunc(25*time.Second, func() { f.unsynced(false) })
		start := time.Now()
		assertError(t, f.engine(nil).AwaitSyncing(t.Context(), names), "")
		took(t, time.Since(start), 25*time.Second, 28*time.Second)
		if seen := statuses(f); len(seen) != 2*askMost {
			t.Errorf("%d statuses were asked for in 25 s", len(seen))
		}
	})
}

func TestPace_Left(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	var p pace
	for _, tt := range []struct {
		second, done, pending int
		byBytes, want         time.Duration
	}{
		{0, 0, 100, 0, 0},                                // nothing is known
		{2, 20, 80, 0, 8 * time.Second},                  // ten in a second
		{9, 90, 10, 0, time.Second},                      // the end is near
		{10, 90, 10, 0, 10 * time.Second / 9},            // a little later
		{19, 90, 10, 0, 10 * time.Second},                // and it is not believed any more
		{20, 90, 10, 30 * time.Second, 30 * time.Second}, // bytes tell more than numbers
	} {
		if got := p.left(tt.done, tt.pending, at(tt.second), tt.byBytes); got.Round(time.Millisecond) != tt.want.Round(time.Millisecond) {
			t.Errorf("after %d s with %d done: %s are left, want %s", tt.second, tt.done, got, tt.want)
		}
	}
}

// A silent leader does not hold up a look for each index, and does not end the wait.
func TestAwaitSyncing_LeaderIsSilentForAWhile(t *testing.T) {
	withFollower(t, func(t *testing.T, f *follower) {
		f.replicates(numbered(50)...)
		f.hides["stats"] = forbidden
		f.leader = leaderIsSilent
		time.AfterFunc(25*time.Second, func() { f.change(func() { f.leader = leaderUp }) })
		start := time.Now()
		if err := f.engine(nil).AwaitSyncing(t.Context(), numbered(50)); err != nil {
			t.Error(err)
		}
		took(t, time.Since(start), 25*time.Second, 35*time.Second)
	})
}

// One that fails ends the wait for itself; the others are waited for.
func TestAwaitSyncing_Several(t *testing.T) {
	fake := openOnlyStatuses(t)
	fake.on("GET /_plugins/_replication/a/_status", status("FAILED", "disk full"))
	fake.on("GET /_plugins/_replication/b/_status", append(repeated(12, bootstrapping), syncs(4, 4))...)
	fake.on("GET /_plugins/_replication/c/_status", notInProgress)
	engine, _, said := engineOf(fake)
	err := engine.AwaitSyncing(t.Context(), []string{"a", "b", "c"})
	assertError(t, err, "the replication of index a has failed: disk full\n"+
		`the replication of index c never began: the follower still reports "REPLICATION NOT IN PROGRESS" after 15s`)
	if n := len(fake.seen("GET /_plugins/_replication/a/")); n != 1 {
		t.Errorf("the one that failed was asked %d times", n)
	}
	if n := len(fake.seen("GET /_plugins/_replication/b/")); n != 13 {
		t.Errorf("the one that got there was asked %d times", n)
	}
	if len(said.lines) == 0 || !strings.HasSuffix(said.lines[0], "until all 3 indices are in sync: 1 of 3 indices are in sync; waiting for b (BOOTSTRAPPING), c (REPLICATION NOT IN PROGRESS)") {
		t.Errorf("said %q", said.lines)
	}
}

func TestAwaitSyncing_SaysHowFarItIs(t *testing.T) {
	fake := openOnlyStatuses(t)
	fake.on(statusOfA, append(repeated(15, syncs(9, 4)), syncs(9, 9))...)
	engine, clock, said := engineOf(fake)
	if err := engine.AwaitSyncing(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	const line = ": waiting until index a is in sync: 0 of 1 indices are in sync; waiting for a (SYNCING, 5 operations behind (checkpoint 4 of 9))"
	for _, said := range said.lines {
		if !strings.HasSuffix(said, line) {
			t.Errorf("said %q", said)
		}
	}
	if most := int(clock.passed()/(30*time.Second)) + 1; len(said.lines) == 0 || len(said.lines) > most {
		t.Errorf("said %d lines in %v", len(said.lines), clock.passed())
	}
}

// Sizes, rate and what is left come from the statuses that are read anyway.
func TestPoint9_05_AwaitSyncingSaysHowMuchIsCopied(t *testing.T) {
	fake := openOnlyStatuses(t)
	copies := make([]reply, 0, 30)
	for step := range 30 {
		copies = append(copies, ok(fmt.Sprintf(`{"status":"BOOTSTRAPPING","leader_alias":"lead","leader_index":"b","follower_index":"b","bootstrap_details":{"bytes_total":1000000000,"bytes_recovered":%d}}`, step*30_000_000)))
	}
	fake.on("GET /_plugins/_replication/a/_status", syncs(4, 4))
	fake.on("GET /_plugins/_replication/b/_status", append(copies, syncs(4, 4))...)
	engine, _, said := engineOf(fake)
	if err := engine.AwaitSyncing(t.Context(), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`^\d+s: copying: waiting until all 2 indices are in sync: 1 of 2 indices are in sync, [\d.]+ of 1\.0 GB, [\d.]+ MB/s, about \d+ s left; waiting for b \(BOOTSTRAPPING\)$`)
	if last := said.lines[len(said.lines)-1]; !pattern.MatchString(last) {
		t.Errorf("said %q", said.lines)
	}
}

// The end of a wait names what is pending.
func TestAwaitSyncing_TimeOutSaysHowFarItWas(t *testing.T) {
	fake := openOnlyStatuses(t)
	for name, answer := range map[string]reply{
		"a": syncs(4, 4), "b": bootstrapping, "c": syncs(9, 4), "d": notInProgress, "e": leaderDown,
		"f": bootstrapping, "g": bootstrapping, "h": bootstrapping,
	} {
		fake.on("GET /_plugins/_replication/"+name+"/_status", answer)
	}
	engine, clock, _ := engineOf(fake)
	ctx, cancel := context.WithCancelCause(t.Context())
	clock.before = func(passed time.Duration) {
		if passed > 3*time.Second {
			cancel(context.DeadlineExceeded)
		}
	}
	err := engine.AwaitSyncing(ctx, []string{"a", "b", "c", "d", "e", "f", "g", "h"})
	const want = "until all 8 indices are in sync; last seen: 1 of 8 indices are in sync; waiting for " +
		"b (BOOTSTRAPPING), c (SYNCING, 5 operations behind (checkpoint 4 of 9)), d (REPLICATION NOT IN PROGRESS), e (UNKNOWN), f (BOOTSTRAPPING), and 2 more"
	if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "context") {
		t.Errorf("got %v", err)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the cause is lost")
	}
}

func TestAwaitSyncing_InterruptedAtItsFirstLook(t *testing.T) {
	fake := openOnlyStatuses(t)
	ctx, cancel := context.WithCancel(t.Context())
	fake.handle(statusOfA, func(*http.Request, string) reply {
		cancel()
		return connectionClosed
	})
	engine, clock, _ := engineOf(fake)
	err := engine.AwaitSyncing(ctx, []string{"a"})
	assertError(t, err, "interrupted after waiting 0s until index a is in sync")
	if clock.passed() > 0 || len(fake.seen(statusOfA)) != 1 {
		t.Errorf("it went on for %v, with %d requests", clock.passed(), len(fake.seen()))
	}
}

func TestAwaitConnected(t *testing.T) {
	const known = `{"lead":{"connected":%v,"mode":"sniff","seeds":["127.0.0.1:9301"]}}`
	connected, notConnected := ok(fmt.Sprintf(known, true)), ok(fmt.Sprintf(known, false))
	const wait = "until the follower is connected to remote cluster lead"
	for name, tt := range map[string]struct {
		answers []reply
		want    string
	}{
		"at once":                     {[]reply{connected}, ""},
		"after a while":               {[]reply{ok(`{}`), ok(`{}`), notConnected, notReady, notReady, notReady, notReady, notReady, connected}, ""},
		"not shown to this user":      {[]reply{forbidden}, ""},
		"an error that does not pass": {[]reply{ok(`{}`), refused(500, "exception", "no")}, "waiting " + wait + ": GET URL/_remote/info: status 500, exception: no"},
		"never known":                 {[]reply{ok(`{}`)}, "interrupted after waiting 1m0s " + wait + "; last seen: the follower does not know remote cluster lead"},
		"never connected":             {[]reply{notConnected}, "interrupted after waiting 1m0s " + wait + "; last seen: remote cluster lead (mode sniff, 127.0.0.1:9301) is not connected"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("GET /_remote/info", tt.answers...)
			engine, clock, _ := engineOf(fake)
			ctx, cancel := context.WithCancel(t.Context())
			clock.before = func(passed time.Duration) {
				if passed > time.Minute {
					cancel()
				}
			}
			assertError(t, engine.AwaitConnected(ctx, "lead"), withURL(tt.want, fake))
		})
	}
}

func TestConnected(t *testing.T) {
	for name, tt := range map[string]struct {
		answer reply
		want   bool
		err    string
	}{
		"connected":     {ok(`{"lead":{"connected":true}}`), true, ""},
		"not connected": {ok(`{"lead":{"connected":false}}`), false, ""},
		"not known":     {ok(`{}`), false, ""},
		"not shown":     {forbidden, true, ""},
		"it fails":      {refused(500, "exception", "no"), false, "GET URL/_remote/info: status 500, exception: no"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("GET /_remote/info", tt.answer)
			engine, _, _ := engineOf(fake)
			got, err := engine.Connected(t.Context(), "lead")
			if assertError(t, err, withURL(tt.err, fake)); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
