// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/memo"
)

// readLife is how long an answer is shared: longer than the reads of a plan over
// thousands of resources take on a busy machine. A process of the provider lives
// for one command, so what somebody else changes is seen by the next.
const readLife = 5 * time.Minute

// Reader is the one observer of a follower. What it reads of all indices is
// shared: the first who asks fetches it for the whole cluster, others wait for
// that one answer, and each write through the reader's client makes the next one
// look again. So a plan over any number of indices makes a handful of requests.
type Reader struct {
	*Client

	answers *memo.Memo
	wrote   atomic.Bool
}

// NewReader creates a reader.
func NewReader(cfg Config) (*Reader, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	r := &Reader{answers: memo.New(cfg.Clock, readLife)}
	next := cfg.Transport
	if next == nil {
		next = pooled()
	}
	cfg.Transport = forgetting{next: next, forget: func() { r.wrote.Store(true); r.Forget() }}
	client, err := New(cfg)
	if err != nil {
		return nil, err
	}
	r.Client = client
	return r, nil
}

// Fresh is a reader of the same cluster without answers, for one look at the
// present.
func (r *Reader) Fresh() *Reader {
	return &Reader{Client: r.Client, answers: memo.New(r.clock, readLife)}
}

// HasWritten reports whether a request was made through this reader that may have
// changed something, which only an apply does.
func (r *Reader) HasWritten() bool { return r.wrote.Load() }

// Forget drops all answers, also those that are being fetched.
func (r *Reader) Forget() { r.answers.Forget() }

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

// Remotes are the remote clusters of the follower, by alias, as `_remote/info`
// shows them; nil where that route is closed to this user.
func (r *Reader) Remotes(ctx context.Context) (map[string]ccr.Connection, error) {
	return memo.Get(ctx, r.answers, "remotes", open(r.Connections))
}

// Rules are the autofollow rules of the follower. They are unknown where the
// route is closed to this user, which says nothing about a rule.
func (r *Reader) Rules(ctx context.Context) (ccr.Fact[[]ccr.Rule], error) {
	return memo.Get(ctx, r.answers, "rules", func(ctx context.Context) (ccr.Fact[[]ccr.Rule], error) {
		rules, err := r.RuleStats(ctx)
		if isClosedRoute(err) {
			return ccr.Unknown[[]ccr.Rule](err.Error()), nil
		}
		if err != nil {
			return ccr.Fact[[]ccr.Rule]{}, err
		}
		named, err := r.attributed(ctx, rules)
		return ccr.Present(named), err
	})
}

// Records are the plugin's own records; not readable where its store is closed
// to this user.
func (r *Reader) Records(ctx context.Context) (Records, error) {
	return memo.Get(ctx, r.answers, "records", open(r.ReadRecords))
}

// IndexSettings are the settings of every index, flat.
func (r *Reader) IndexSettings(ctx context.Context) (map[string]map[string]string, error) {
	return memo.Get(ctx, r.answers, "index settings", r.ReadIndexSettings)
}

// RemoteSettings are the settings of every remote cluster, by alias.
func (r *Reader) RemoteSettings(ctx context.Context) (map[string]RemoteSettings, error) {
	return memo.Get(ctx, r.answers, "remote settings", r.ReadRemoteSettings)
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
