// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const statusOfA = "GET /_plugins/_replication/a/_status"

var bootstrapping = status("BOOTSTRAPPING", "")

func repeated(n int, r reply) []reply {
	out := make([]reply, n)
	for i := range out {
		out[i] = r
	}
	return out
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
		"reaches its target while the leader goes on": {answers: []reply{syncs(9, 4), syncs(20, 9)}, within: time.Second},
		"a shard is not opened yet":                   {answers: []reply{syncs(9, -2), syncs(9, 9)}, within: time.Second},
		"an empty index":                              {answers: []reply{syncs(-1, -2), syncs(-1, -1)}, within: time.Second},
		"two empty shards":                            {answers: []reply{syncs(-2, -4), syncs(-2, -2)}, within: time.Second},
		"paused still, a moment after its resume":     {answers: append(repeated(5, status("PAUSED", "User initiated")), syncs(4, 4)), within: 3 * time.Second},
		"leader out of reach meanwhile":               {answers: append(append([]reply{bootstrapping}, repeated(60, leaderDown)...), syncs(4, 4)), atLeast: time.Minute},
		"follower's proxy not ready meanwhile":        {answers: append(repeated(30, notReady), syncs(4, 4)), atLeast: 10 * time.Second},
		"not in progress and out of reach in turn":    {answers: append(mixed(40, notInProgress, leaderDown), syncs(4, 4)), atLeast: 20 * time.Second},
		"paused by the plugin": {
			answers: []reply{bootstrapping, status("PAUSED", auto)},
			want:    "replication of index a is paused instead of syncing: " + auto,
			atLeast: pausedFor, within: pausedFor + 3*time.Second,
		},
		"failed": {
			answers: []reply{bootstrapping, status("FAILED", "disk full")},
			want:    "replication of index a has failed: disk full",
			within:  time.Second,
		},
		"never began": {
			answers: []reply{notInProgress},
			want:    `replication of index a never began: its status is still "REPLICATION NOT IN PROGRESS" after 15s`,
			atLeast: neverBegan, within: neverBegan + 3*time.Second,
		},
		"an error that does not pass": {
			answers: []reply{bootstrapping, forbidden},
			want: "GET URL/_plugins/_replication/a/_status: status 403, security_exception: no permissions for [cluster:monitor] and User [name=avnadmin]. " +
				"The user lacks a permission; for replication it needs the plugin's roles on both clusters",
			within: time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
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

// One that fails ends the wait for itself; the others are waited for.
func TestAwaitSyncing_Several(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_plugins/_replication/a/_status", status("FAILED", "disk full"))
	fake.on("GET /_plugins/_replication/b/_status", append(repeated(12, bootstrapping), syncs(4, 4))...)
	fake.on("GET /_plugins/_replication/c/_status", notInProgress)
	engine, _, said := engineOf(fake)
	err := engine.AwaitSyncing(t.Context(), []string{"a", "b", "c"})
	assertError(t, err, "replication of index a has failed: disk full\n"+
		`replication of index c never began: its status is still "REPLICATION NOT IN PROGRESS" after 15s`)
	if n := len(fake.seen("GET /_plugins/_replication/a/")); n != 1 {
		t.Errorf("the one that failed was asked %d times", n)
	}
	if n := len(fake.seen("GET /_plugins/_replication/b/")); n != 13 {
		t.Errorf("the one that got there was asked %d times", n)
	}
	// One that failed does not count as syncing.
	if len(said.lines) == 0 || said.lines[0] != "0 of 3 indices syncing; waiting for b (BOOTSTRAPPING), c (REPLICATION NOT IN PROGRESS)" {
		t.Errorf("said %q", said.lines)
	}
}

func TestAwaitSyncing_SaysHowFarItIs(t *testing.T) {
	fake := newCluster(t)
	fake.on(statusOfA, append(repeated(15, syncs(9, 4)), syncs(9, 9))...)
	engine, clock, said := engineOf(fake)
	if err := engine.AwaitSyncing(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	for _, line := range said.lines {
		if line != "0 of 1 indices syncing; waiting for a (SYNCING, 5 operations behind (checkpoint 4 of 9))" {
			t.Errorf("said %q", line)
		}
	}
	if most := int(clock.passed() / progressEvery); len(said.lines) == 0 || len(said.lines) > most {
		t.Errorf("said %d lines in %v", len(said.lines), clock.passed())
	}
}

func TestAwaitSyncing_TimeOutSaysHowFarItWas(t *testing.T) {
	fake := newCluster(t)
	states := map[string]reply{
		"a": syncs(4, 4), "b": bootstrapping, "c": syncs(9, 4), "d": notInProgress, "e": leaderDown,
		"f": bootstrapping, "g": bootstrapping, "h": bootstrapping,
	}
	fake.otherwise = func(r *http.Request, _ string) reply {
		return states[strings.Split(r.URL.Path, "/")[3]]
	}
	engine, clock, _ := engineOf(fake)
	ctx, cancel := context.WithCancelCause(t.Context())
	clock.before = func(passed time.Duration) {
		if passed > 3*time.Second {
			cancel(context.DeadlineExceeded)
		}
	}
	err := engine.AwaitSyncing(ctx, []string{"a", "b", "c", "d", "e", "f", "g", "h"})
	assertError(t, err, withURL("wait for replications to sync: context deadline exceeded: 1 of 8 indices syncing; not yet: "+
		"b (BOOTSTRAPPING), c (SYNCING, 5 operations behind (checkpoint 4 of 9)), d (REPLICATION NOT IN PROGRESS), "+
		"e (GET URL/_plugins/_replication/e/_status: status 500, replication_exception: failed to fetch replication status. The follower cannot reach its leader at this moment), "+
		"f (BOOTSTRAPPING), and 2 more", fake))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the cause is lost")
	}
}

func TestAwaitSyncing_Interrupted(t *testing.T) {
	fake := newCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	fake.handle(statusOfA, func(r *http.Request, _ string) reply {
		cancel()
		<-r.Context().Done()
		return connectionClosed
	})
	engine, clock, _ := engineOf(fake)
	err := engine.AwaitSyncing(ctx, []string{"a"})
	assertError(t, err, "wait for replications to sync: context canceled: 0 of 1 indices syncing; not yet: a (not looked at yet)")
	if clock.passed() > 0 || len(fake.seen()) != 1 {
		t.Errorf("it went on for %v, with %d requests", clock.passed(), len(fake.seen()))
	}
}

func TestAwaitConnected(t *testing.T) {
	const known = `{"lead":{"connected":%v,"mode":"sniff","seeds":["127.0.0.1:9301"]}}`
	connected, notConnected := ok(fmt.Sprintf(known, true)), ok(fmt.Sprintf(known, false))
	for name, tt := range map[string]struct {
		answers []reply
		want    string
	}{
		"at once":                     {[]reply{connected}, ""},
		"after a while":               {[]reply{ok(`{}`), ok(`{}`), notConnected, notReady, notReady, notReady, notReady, notReady, connected}, ""},
		"an error that does not pass": {[]reply{ok(`{}`), {401, "no"}}, `wait for the connection to remote cluster lead: GET URL/_remote/info: status 401; the answer begins with "no". Check the credentials of this cluster`},
		"never known":                 {[]reply{ok(`{}`)}, "wait for the connection to remote cluster lead: out of time; last seen: the follower does not know remote cluster lead"},
		"never connected":             {[]reply{notConnected}, "wait for the connection to remote cluster lead: out of time; last seen: remote cluster lead (mode sniff, [127.0.0.1:9301]) is not connected"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("GET /_remote/info", tt.answers...)
			engine, clock, said := engineOf(fake)
			ctx, cancel := context.WithCancelCause(t.Context())
			clock.before = func(passed time.Duration) {
				if passed > time.Minute {
					cancel(errors.New("out of time"))
				}
			}
			assertError(t, engine.AwaitConnected(ctx, "lead"), withURL(tt.want, fake))
			if clock.passed() > time.Minute && len(said.lines) < 8 {
				t.Errorf("in a minute it said only %q", said.lines)
			}
		})
	}
}
