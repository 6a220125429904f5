// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// cluster is a fake. What the world does is tested on real nodes elsewhere; here
// the questions are which requests are made and which are not, and what becomes
// of answers that a healthy node never gives, so a table of answers says it best.
type cluster struct {
	t   *testing.T
	url string

	mu       sync.Mutex
	requests []string
	routes   map[string]answerer
	// otherwise answers what no route does; without it such a request fails the test.
	otherwise answerer
}

// reply is what the fake answers; without a status it closes the connection.
type reply struct {
	status int
	body   string
}

type answerer func(r *http.Request, body string) reply

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, routes: map[string]answerer{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// client is a client of the fake that does not sleep.
func (c *cluster) client(clock clock.Clock, changes ...func(*Config)) *Client {
	c.t.Helper()
	cfg := Config{URL: c.url, Clock: clock}
	for _, change := range changes {
		change(&cfg)
	}
	client, err := New(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	return client
}

// on sets the answers of a route, "METHOD /escaped/path": each once, the last one for good.
func (c *cluster) on(route string, replies ...reply) {
	var mu sync.Mutex
	c.handle(route, func(*http.Request, string) reply {
		mu.Lock()
		defer mu.Unlock()
		first := replies[0]
		if len(replies) > 1 {
			replies = replies[1:]
		}
		return first
	})
}

func (c *cluster) handle(route string, a answerer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.routes[route] = a
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	read, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Errorf("read request: %v", err)
	}
	body := string(read)
	route := r.Method + " " + r.URL.EscapedPath()
	c.mu.Lock()
	c.requests = append(c.requests, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+body))
	answer, known := c.routes[route]
	if !known {
		answer = c.otherwise
	}
	c.mu.Unlock()
	if answer == nil {
		c.t.Errorf("a request that nobody expects: %s %s", route, body)
		answer = func(*http.Request, string) reply { return reply{http.StatusTeapot, "unexpected"} }
	}
	got := answer(r, body)
	if got.status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(got.status)
	if _, err := io.WriteString(w, got.body); err != nil {
		c.t.Logf("write answer: %v", err) // the client has gone
	}
}

// seen returns the requests so far, all of them or those with one of these beginnings.
func (c *cluster) seen(beginnings ...string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, r := range c.requests {
		if len(beginnings) == 0 || slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(r, b) }) {
			out = append(out, r)
		}
	}
	return out
}

func (c *cluster) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = nil
}

func ok(body string) reply { return reply{http.StatusOK, body} }

var acknowledged = ok(`{"acknowledged":true}`)

// refused is an error as OpenSearch says it.
func refused(status int, errorType, reason string) reply {
	quoted := func(s string) string {
		b, _ := json.Marshal(s) // a string always can be
		return string(b)
	}
	one := fmt.Sprintf(`"type":%s,"reason":%s`, quoted(errorType), quoted(reason))
	return reply{status, fmt.Sprintf(`{"error":{"root_cause":[{%s}],%s},"status":%d}`, one, one, status)}
}

// The plugin's answers, word for word (recordings of the contract, and its "Faults, as seen").
var (
	notInProgress    = ok(`{"status":"REPLICATION NOT IN PROGRESS"}`)
	noReplication    = refused(400, "illegal_argument_exception", "No replication in progress for index:a")
	nameTaken        = refused(400, "illegal_argument_exception", "Cant use same index again for replication. Delete the index:a")
	alreadyPaused    = refused(400, "resource_already_exists_exception", "Index a is already paused")
	alreadyRunning   = refused(400, "resource_already_exists_exception", "Replication on Index a is already running")
	leaseGone        = refused(404, "resource_not_found_exception", "Retention lease doesn't exist. Replication can't be resumed for a")
	inRestorePhase   = refused(500, "exception", "Index is in restore phase currently for index: a. You can pause after restore completes.")
	leaderDown       = refused(500, "replication_exception", "failed to fetch replication status")
	wedged           = refused(500, "resource_already_exists_exception", "task with id {replication:index:a} already exist")
	forbidden        = refused(403, "security_exception", "no permissions for [cluster:monitor] and User [name=avnadmin]")
	notReady         = reply{503, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"}
	connectionClosed = reply{}
)

// status is what `_status` says of index a.
func status(state, reason string) reply {
	return ok(fmt.Sprintf(`{"status":%q,"reason":%q,"leader_alias":"lead","leader_index":"a","follower_index":"a"}`, state, reason))
}

func syncs(leader, follower int64) reply {
	return ok(fmt.Sprintf(`{"status":"SYNCING","reason":"User initiated","leader_alias":"lead","leader_index":"a","follower_index":"a",`+
		`"syncing_details":{"leader_checkpoint":%d,"follower_checkpoint":%d,"seq_no":%d}}`, leader, follower, follower))
}

// movingClock is a time that passes only while somebody sleeps, and then at once.
type movingClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
	// before is called before each sleep, with the time that has passed; it may
	// change what the fakes answer.
	before func(passed time.Duration)
}

var began = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newClock() *movingClock { return &movingClock{now: began} }

func (c *movingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *movingClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	before := c.before
	passed := c.now.Sub(began)
	c.mu.Unlock()
	if before != nil {
		before(passed)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return nil
}

func (c *movingClock) passed() time.Duration { return c.Now().Sub(began) }

// sayings collects what an engine reports.
type sayings struct {
	mu    sync.Mutex
	lines []string
}

func (s *sayings) report(_ context.Context, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
}

// engineOf is an engine on a fake follower, with a clock that moves by itself.
func engineOf(c *cluster) (*Engine, *movingClock, *sayings) {
	clock, said := newClock(), &sayings{}
	return NewEngine(c.client(clock), nil, clock, said.report), clock, said
}

func assertLines(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// assertError compares the whole text; an empty one is no error.
func assertError(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("error\n got %s\nwant %s", got, want)
	}
}
