// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// cluster is a fake. What the world does is tested on real nodes elsewhere; here
// the questions are which requests are made and which are not, and what becomes
// of answers that a healthy node never gives, so a table of answers says it best.
// It is a transport, without a network, so that a test may run in a bubble of
// package synctest, where time passes only while everybody waits.
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

// hangs never answers: the request ends when whoever made it gives up.
var hangs = reply{status: -1}

type answerer func(r *http.Request, body string) reply

func newCluster(t *testing.T) *cluster {
	t.Helper()
	return &cluster{t: t, url: "http://follower.test:9200", routes: map[string]answerer{}}
}

// client is a client of the fake.
func (c *cluster) client(clock clock.Clock, changes ...func(*Config)) *Client {
	c.t.Helper()
	client, err := New(c.config(clock, changes...))
	if err != nil {
		c.t.Fatal(err)
	}
	return client
}

func (c *cluster) reader(clock clock.Clock) *Reader {
	c.t.Helper()
	reader, err := NewReader(c.config(clock))
	if err != nil {
		c.t.Fatal(err)
	}
	return reader
}

func (c *cluster) config(clock clock.Clock, changes ...func(*Config)) Config {
	cfg := Config{URL: c.url, Clock: clock, Transport: c}
	for _, change := range changes {
		change(&cfg)
	}
	return cfg
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

// RoundTrip answers a request.
func (c *cluster) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		read, err := io.ReadAll(r.Body)
		if err != nil {
			c.t.Errorf("read request: %v", err)
		}
		body = string(read)
	}
	route := r.Method + " " + r.URL.EscapedPath()
	c.mu.Lock()
	c.requests = append(c.requests, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+body))
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
	if got == hangs {
		<-r.Context().Done()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if got.status == 0 {
		return nil, io.EOF
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if got.status >= 300 && got.status < 400 {
		header.Set("Location", got.body) // a redirect has no other text
	}
	return &http.Response{StatusCode: got.status, Header: header, Body: io.NopCloser(strings.NewReader(got.body)), Request: r}, nil
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

func (s *sayings) report(_ context.Context, progress poll.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, progress.String())
}

// engineOf is an engine on a fake follower, with a clock that moves by itself.
func engineOf(c *cluster) (*Engine, *movingClock, *sayings) {
	clock, said := newClock(), &sayings{}
	return NewEngine(c.reader(clock), nil, clock, said.report), clock, said
}

func assertLines(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// assertError compares the whole text; an empty one means no error.
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

// permits are what the deciders give to destroy what the tests destroy.
func permitStop(index string) ccr.Destruction {
	step, _ := ccr.EndIndex(replica(index, ccr.Syncing), "", false, "this test")
	return step.Destroys
}

func permitDelete(index string) ccr.Destruction {
	step, _ := ccr.EndIndex(replica(index, ccr.Syncing), index+"-uuid", true, "this test")
	return step.Destroys
}

func permitRule(alias, name string) ccr.Destruction {
	return ccr.EndRule(ccr.Rule{LeaderAlias: alias, Name: name, Pattern: "*"}, "this test").Destroys
}

// replica is a follower index as the deciders see it.
func replica(name string, state ccr.State) ccr.FollowerIndex {
	return ccr.FollowerIndex{Name: name, Index: ccr.Present(ccr.Identity{UUID: name + "-uuid"}), Source: ccr.Present(ccr.Source{Alias: "lead", Index: name}),
		Block: ccr.Present(struct{}{}), State: state}
}
