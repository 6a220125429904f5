// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

func TestReader_ConcurrentReadsWaitForOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.handle(remotesRoute, func(*http.Request, string) reply {
			time.Sleep(time.Second)
			return ok(`{"lead":{"connected":true}}`)
		})
		r := c.reader(clock.Real{})
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if remotes, err := r.Remotes(t.Context()); err != nil || !remotes["lead"].Connected {
					t.Errorf("got %v, %v", remotes, err)
				}
			})
		}
		group.Wait()
		assertLines(t, c.seen(), []string{"GET /_remote/info"})
	})
}

func TestReader_AWriteInvalidates(t *testing.T) {
	c := newCluster(t)
	c.on(remotesRoute, ok(`{}`), ok(`{"lead":{"connected":true}}`))
	c.on("POST /_plugins/_replication/a/_pause", noReplication)
	r := c.reader(newClock())
	for range 2 {
		if remotes, err := r.Remotes(t.Context()); err != nil || len(remotes) != 0 {
			t.Fatalf("got %v, %v", remotes, err)
		}
	}
	if err := r.Pause(t.Context(), "a", ""); err == nil {
		t.Fatal("the pause is refused") // and may have changed something for all that
	}
	if remotes, err := r.Remotes(t.Context()); err != nil || len(remotes) != 1 {
		t.Fatalf("after a write: got %v, %v", remotes, err)
	}
}

// What was fetched while somebody wrote may be of before: the next read asks again.
func TestReader_AWriteInvalidatesWhatIsBeingFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.handle(remotesRoute, func(*http.Request, string) reply {
			time.Sleep(time.Second)
			return ok(`{}`)
		})
		c.on("POST /_plugins/_replication/a/_pause", acknowledged)
		r := c.reader(clock.Real{})
		var group sync.WaitGroup
		group.Go(func() { _, _ = r.Remotes(t.Context()) })
		synctest.Wait() // it is fetching
		if err := r.Pause(t.Context(), "a", ""); err != nil {
			t.Fatal(err)
		}
		group.Wait()
		if _, err := r.Remotes(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(c.seen("GET")); got != 2 {
			t.Errorf("%d reads, want one from before the write and one from after", got)
		}
	})
}

func TestReader_AnswersAreSharedForAWhile(t *testing.T) {
	c := newCluster(t)
	c.on(remotesRoute, ok(`{}`))
	clock := newClock()
	r := c.reader(clock)
	for _, wait := range []time.Duration{0, 4 * time.Minute, 2 * time.Minute} {
		_ = clock.Sleep(t.Context(), wait) // the context has not ended
		if _, err := r.Remotes(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(c.seen()); got != 2 {
		t.Errorf("%d requests in 6 minutes, want 2", got)
	}
}

func TestReader_AnErrorIsNotKept(t *testing.T) {
	c := newCluster(t)
	c.on(remotesRoute, refused(500, "exception", "a hiccup"), ok(`{}`))
	r := c.reader(newClock())
	if _, err := r.Remotes(t.Context()); err == nil || !strings.Contains(err.Error(), "a hiccup") {
		t.Fatalf("got %v", err)
	}
	if _, err := r.Remotes(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestReader_FreshHasNoAnswers(t *testing.T) {
	c := newCluster(t)
	c.on(remotesRoute, ok(`{}`), ok(`{"lead":{"connected":true}}`))
	r := c.reader(newClock())
	if _, err := r.Remotes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if remotes, err := r.Fresh().Remotes(t.Context()); err != nil || len(remotes) != 1 {
		t.Errorf("got %v, %v", remotes, err)
	}
	if remotes, err := r.Remotes(t.Context()); err != nil || len(remotes) != 0 {
		t.Errorf("the reader itself: got %v, %v", remotes, err)
	}
}

// Who waits for somebody else's fetch does not fail by that one's interrupt. The
// fetch of the first never ends by itself, so the first cannot have got an answer,
// and the second begins only when the first is known to fetch.
func TestReader_AnInterruptOfAnotherIsNotOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.on(remotesRoute, hangs, ok(`{"lead":{"connected":true}}`))
		r := c.reader(clock.Real{})
		interrupts, interrupt := context.WithCancel(t.Context())
		var first, second error
		var group sync.WaitGroup
		group.Go(func() { _, first = r.Remotes(interrupts) })
		synctest.Wait() // the first is fetching
		group.Go(func() { _, second = r.Remotes(t.Context()) })
		synctest.Wait() // the second waits for that
		if seen := c.seen(); len(seen) != 1 {
			t.Errorf("before the interrupt: %q", seen)
		}
		interrupt()
		group.Wait()
		if !errors.Is(first, context.Canceled) || second != nil {
			t.Errorf("the first got %v, the second %v", first, second)
		}
		if seen := c.seen(); len(seen) != 2 {
			t.Errorf("requests: %q", seen)
		}
	})
}

// One that waits for the fetch of another can be interrupted itself, and is told
// so in words that a user knows.
func TestReader_AnInterruptWhileAnotherFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFollower(t)
		f.hides["stats"] = hangs
		r := f.reader(clock.Real{})
		q := Question{Alias: "lead", Only: []string{"a"}, Shared: true, LeaderIndex: "a"}
		var group sync.WaitGroup
		group.Go(func() { _, _ = r.Observe(t.Context(), q) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := r.Observe(ctx, q)
		assertError(t, err, "read the follower's replications: it was interrupted")
		if !errors.Is(err, context.Canceled) {
			t.Error("the cause is lost")
		}
		group.Wait()
	})
}

func TestReader_Cause(t *testing.T) {
	const health = "GET /_cluster/health/a"
	const nodes = "GET /_nodes/http"
	able := ok(`{"nodes":{"n":{"roles":["data"]},"m":{"roles":["data","remote_cluster_client"]}}}`)
	for name, c := range map[string]struct {
		remotes string
		routes  map[string]reply
		want    string
	}{
		// A replication that the plugin has paused has no task on any node, so no role is missing.
		"nothing":       {`{"lead":{"connected":true}}`, map[string]reply{health: ok(`{"status":"green"}`), nodes: able}, ""},
		"nodes hidden":  {`{"lead":{"connected":true}}`, map[string]reply{health: ok(`{"status":"green"}`), nodes: ok(`{}`)}, ""},
		"no connection": {`{}`, map[string]reply{health: ok(`{"status":"green"}`), nodes: able}, "the follower has no connection lead"},
		"all at once": {
			`{"lead":{"connected":false,"mode":"sniff","seeds":["a:1"]}}`,
			map[string]reply{health: ok(`{"status":"red","unassigned_shards":2}`), nodes: ok(`{"nodes":{"n":{"roles":["data"]}}}`)},
			"the follower is not connected to lead (mode sniff, a:1); the follower index is red: 2 of its shards are not assigned to a node, which GET /_cluster/allocation/explain explains; " +
				"no node of the follower has the role remote_cluster_client, which replication needs",
		},
		"what cannot be asked is left out": {`{"lead":{"connected":true}}`, map[string]reply{health: forbidden, nodes: forbidden}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCluster(t)
			f.on(remotesRoute, ok(c.remotes))
			for route, answer := range c.routes {
				f.on(route, answer)
			}
			if got := f.reader(newClock()).Cause(t.Context(), "lead", "a"); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// What is closed to a user is not there to be read, which is not an error.
func TestReader_ClosedRoutes(t *testing.T) {
	f := newCluster(t)
	for _, route := range []string{remotesRoute, recordsRoute, rulesRoute} {
		f.on(route, forbidden)
	}
	r := f.reader(newClock())
	remotes, err := r.Remotes(t.Context())
	if err != nil || remotes != nil {
		t.Errorf("remotes: %v, %v", remotes, err)
	}
	records, err := r.Records(t.Context())
	if err != nil || records.Readable {
		t.Errorf("records: %v, %v", records, err)
	}
	rules, err := r.Rules(t.Context())
	if _, unknown := rules.Unknown(); err != nil || !unknown {
		t.Errorf("rules: %v, %v", rules, err)
	}
	rule, roles, err := r.Rule(t.Context(), "lead", "r")
	if _, unknown := rule.Unknown(); err != nil || !unknown || roles != (ccr.Roles{}) {
		t.Errorf("rule: %v, %v, %v", rule, roles, err)
	}
}
