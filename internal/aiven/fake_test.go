// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// The API is a fake here, because the questions are about the requests made and
// not made. What the real one answers is held against its description in the
// sandbox's tests.

const testToken = "secret-token"

// reply answers one request; nil breaks the connection after it was read.
type reply func(w http.ResponseWriter)

func says(status int, body string) reply {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// limited is a 429 with a Retry-After.
func limited(after, body string) reply {
	return func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, body)
	}
}

func broken(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// fakeAPI answers the requests in their order with its replies.
type fakeAPI struct {
	mu       sync.Mutex
	replies  []reply
	requests []string // "METHOD /path"
	bodies   []map[string]any
	queries  []string
	auth     []string
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, _ := io.ReadAll(r.Body)
	var body map[string]any
	_ = json.Unmarshal(content, &body)
	f.mu.Lock()
	f.requests = append(f.requests, r.Method+" "+r.URL.EscapedPath())
	f.queries = append(f.queries, r.URL.RawQuery)
	f.bodies = append(f.bodies, body)
	f.auth = append(f.auth, r.Header.Get("Authorization"))
	if len(f.replies) == 0 {
		f.mu.Unlock()
		http.Error(w, "no reply left", http.StatusTeapot)
		return
	}
	next := f.replies[0]
	f.replies = f.replies[1:]
	f.mu.Unlock()
	next(w)
}

func (f *fakeAPI) saw(t *testing.T, want ...string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(f.requests, want) {
		t.Errorf("requests:\n got %q\nwant %q", f.requests, want)
	}
	if len(f.replies) > 0 {
		t.Errorf("%d replies were not asked for", len(f.replies))
	}
}

// fakeClock does not sleep; it moves and remembers.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

var testNow = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func newFake(t *testing.T, replies ...reply) (*Client, *fakeAPI, *fakeClock) {
	t.Helper()
	api := &fakeAPI{replies: replies}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	clock := &fakeClock{now: testNow}
	c, err := New(Config{Token: testToken, URL: server.URL, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	c.jitter = func() float64 { return 0 }
	return c, api, clock
}

// refusal is an error body as the API writes it.
func refusal(status int, message string) reply {
	body, _ := json.Marshal(map[string]any{
		"message": message, "errors": []any{map[string]any{"message": message, "status": status}},
	})
	return says(status, string(body))
}

func get(t *testing.T, from map[string]any, keys ...string) any {
	t.Helper()
	var v any = from
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no object at %q in %v", k, from)
		}
		v = m[k]
	}
	return v
}

// permitted are the permissions to delete service acme/eu, or the name given,
// and integration i1 of it, as a teardown has them.
func permitted(project, name, integration string) (service, link ccr.Destruction) {
	steps := ccr.Teardown(ccr.Desired{}, ccr.PairObservation{Follower: ccr.FollowerService{Project: project, Name: name},
		Link: ccr.Present(ccr.Link{ID: integration, Project: project, Leader: "acme/us"})}, time.Time{}, "a test")
	for _, s := range steps {
		switch s.Action {
		case ccr.ActionUnlink:
			link = s.Destroys
		case ccr.ActionDeleteService:
			service = s.Destroys
		}
	}
	return service, link
}

func deleteService(ctx context.Context, c *Client, project, name string) error {
	d, _ := permitted(project, name, "i1")
	return c.DeleteService(ctx, d)
}

func deleteIntegration(ctx context.Context, c *Client, project, id string) error {
	_, d := permitted(project, "eu", id)
	return c.DeleteIntegration(ctx, d)
}

// A deletion without a permission for this very kind is never sent.
func TestDelete_NeedsItsPermission(t *testing.T) {
	t.Parallel()
	service, link := permitted("acme", "eu", "i1")
	c, _, _ := newFake(t)
	for name, err := range map[string]error{
		"no permission at all":      c.DeleteService(t.Context(), ccr.Destruction{}),
		"that of an integration":    c.DeleteService(t.Context(), link),
		"none for an integration":   c.DeleteIntegration(t.Context(), ccr.Destruction{}),
		"that of a service instead": c.DeleteIntegration(t.Context(), service),
	} {
		if err == nil || !strings.Contains(err.Error(), "nothing permits to delete") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
