// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// readLife is how long an answer is shared. The reads of one plan come within
// seconds of one another; what somebody else changes is seen after this time.
const readLife = 30 * time.Second

// Reader is a client whose reads are shared: the first who asks fetches for the
// whole cluster, others wait for that one answer, and each write through the
// client makes the next one look again. So a plan over any number of indices
// makes a handful of requests.
type Reader struct {
	*Client

	mu      sync.Mutex
	answers map[string]*answer
}

// answer is what one request of the reader brought, once done is closed.
type answer struct {
	done  chan struct{}
	until time.Time // zero while it is fetched
	value any
	err   error
}

// NewReader makes a client with shared reads.
func NewReader(cfg Config) (*Reader, error) {
	r := &Reader{answers: map[string]*answer{}}
	next := cfg.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	cfg.Transport = forgetting{next: next, forget: r.Forget}
	client, err := New(cfg)
	if err != nil {
		return nil, err
	}
	r.Client = client
	return r, nil
}

// Forget drops all answers, also those that are being fetched.
func (r *Reader) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = map[string]*answer{}
}

// forgetting makes a reader forget after each request that may have changed something.
type forgetting struct {
	next   http.RoundTripper
	forget func()
}

func (f forgetting) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return f.next.RoundTrip(req)
	}
	defer f.forget()
	return f.next.RoundTrip(req)
}

// shared returns the answer of that name and fetches it if nobody has. An error
// goes to those who waited for it and is not kept.
func shared[T any](ctx context.Context, r *Reader, name string, fetch func(context.Context) (T, error)) (T, error) {
	var none T
	for {
		mine, theirs := r.claim(name)
		if mine != nil {
			value, err := fetch(ctx)
			r.settle(name, mine, value, err)
			return value, err
		}
		select {
		case <-theirs.done:
		case <-ctx.Done():
			return none, context.Cause(ctx)
		}
		// Whoever fetched it may have been cut off by the end of their own context.
		if theirs.err != nil && isContext(theirs.err) && ctx.Err() == nil {
			continue
		}
		if theirs.err != nil {
			return none, theirs.err
		}
		value, ok := theirs.value.(T)
		if !ok {
			return none, errors.New("two reads of a cluster share the name " + name)
		}
		return value, nil
	}
}

// claim returns an answer that the caller has to fetch, or else one of somebody else's.
func (r *Reader) claim(name string) (mine, theirs *answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, there := r.answers[name]; there && (a.until.IsZero() || r.clock.Now().Before(a.until)) {
		return nil, a
	}
	mine = &answer{done: make(chan struct{})}
	r.answers[name] = mine
	return mine, nil
}

func (r *Reader) settle(name string, a *answer, value any, err error) {
	r.mu.Lock()
	a.value, a.err, a.until = value, err, r.clock.Now().Add(readLife)
	if err != nil && r.answers[name] == a {
		delete(r.answers, name)
	}
	r.mu.Unlock()
	close(a.done)
}

// Remotes are the remote clusters of the follower, by alias, as `_remote/info`
// shows them; nil where that route is closed to this user.
func (r *Reader) Remotes(ctx context.Context) (map[string]ccr.Connection, error) {
	return shared(ctx, r, "remotes", open(r.Connections))
}

// RuleStats are the autofollow rules of the follower, by `autofollow_stats`;
// nil where that route is closed to this user.
func (r *Reader) RuleStats(ctx context.Context) ([]ccr.Rule, error) {
	return shared(ctx, r, "rules", open(r.Rules))
}

func (r *Reader) stats(ctx context.Context) (FollowerStats, error) {
	return shared(ctx, r, "stats", open(r.FollowerStats))
}

func (r *Reader) marks(ctx context.Context) (map[string]Mark, error) {
	return shared(ctx, r, "marks", r.Marks)
}

// states are the last known states; empty where the cluster state is closed or
// filtered.
func (r *Reader) states(ctx context.Context) (map[string]string, error) {
	return shared(ctx, r, "states", open(r.overallStates))
}

// Records are the plugin's own records; none where its store is closed to this user.
func (r *Reader) Records(ctx context.Context) (Records, error) {
	return shared(ctx, r, "records", open(r.ReadRecords))
}

// IndexSettings are the settings of every index, flat.
func (r *Reader) IndexSettings(ctx context.Context) (map[string]map[string]string, error) {
	return shared(ctx, r, "index settings", r.ReadIndexSettings)
}

// RemoteSettings are the settings of every remote cluster, by alias.
func (r *Reader) RemoteSettings(ctx context.Context) (map[string]RemoteSettings, error) {
	return shared(ctx, r, "remote settings", r.ReadRemoteSettings)
}

// open makes of a read whose route a managed service may close one that has no
// answer then.
func open[T any](read func(context.Context) (T, error)) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) {
		value, err := read(ctx)
		if isClosedRoute(err) {
			var none T
			return none, nil
		}
		return value, err
	}
}
