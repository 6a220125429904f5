// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"net/http"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/memo"
)

// readLife is how long an answer is shared: longer than the reads of a plan over
// thousands of resources take on a busy machine. A process of the provider lives
// for one command, so what somebody else changes is seen by the next.
const readLife = 5 * time.Minute

// Reader is a client whose reads are shared: the first who asks fetches for the
// whole cluster, others wait for that one answer, and each write through the
// client makes the next one look again. So a plan over any number of indices
// makes a handful of requests.
type Reader struct {
	*Client

	answers *memo.Memo
}

// NewReader makes a client with shared reads.
func NewReader(cfg Config) (*Reader, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	r := &Reader{answers: memo.New(cfg.Clock, readLife)}
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

// Fresh is a reader of the same cluster without answers, for one look at the
// present. It does not forget by what is written through the first one.
func (r *Reader) Fresh() *Reader {
	return &Reader{Client: r.Client, answers: memo.New(r.clock, readLife)}
}

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

// RuleStats are the autofollow rules of the follower, by `autofollow_stats`;
// nil where that route is closed to this user.
func (r *Reader) RuleStats(ctx context.Context) ([]ccr.Rule, error) {
	return memo.Get(ctx, r.answers, "rules", open(r.Rules))
}

func (r *Reader) stats(ctx context.Context) (FollowerStats, error) {
	return memo.Get(ctx, r.answers, "stats", open(r.FollowerStats))
}

func (r *Reader) marks(ctx context.Context) (map[string]Mark, error) {
	return memo.Get(ctx, r.answers, "marks", r.Marks)
}

// states are the last known states; empty where the cluster state is closed or
// filtered.
func (r *Reader) states(ctx context.Context) (map[string]string, error) {
	return memo.Get(ctx, r.answers, "states", open(r.overallStates))
}

// Records are the plugin's own records; none where its store is closed to this user.
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
