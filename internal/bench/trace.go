// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// traced is how many indices the traced create has.
const traced = 20

// tracer writes a line for each request, each pause and each line of progress, with the time since the start.
type tracer struct {
	mu    sync.Mutex
	w     io.Writer
	began time.Time
}

func (t *tracer) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "%7.3f  %s\n", time.Since(t.began).Seconds(), fmt.Sprintf(format, args...))
}

// Now and Sleep make it the clock of what is traced.
func (t *tracer) Now() time.Time { return time.Now() }

// Sleep sleeps, and says so.
func (t *tracer) Sleep(ctx context.Context, d time.Duration) error {
	t.say("pause %s", d.Round(time.Millisecond))
	return clock.Real{}.Sleep(ctx, d)
}

func (t *tracer) log(_ context.Context, _ string, fields map[string]any) {
	at, toCluster := fields["cluster"]
	if !toCluster {
		at = "API"
	}
	t.say("%v %v %v: %v, %v ms", fields["method"], at, fields["path"], fields["status"], fields["duration_ms"])
}

// trace creates a follower of a few indices in memory, destroys it, and prints every request and wait on the way.
func (b *bench) trace(ctx context.Context, w io.Writer) error {
	m := b.newMemoryPlatform()
	leader, err := m.service(ctx, leaderOf)
	if err != nil {
		return err
	}
	leader.Seed(traced, name)
	t := &tracer{w: w, began: time.Now()}
	client, err := aiven.New(aiven.Config{Token: token, URL: m.url, Log: t.log, Clock: t})
	if err != nil {
		return err
	}
	connect := func(c aiven.Connection) (*replication.Reader, error) {
		return replication.NewReader(replication.Config{URL: c.URL, Username: c.Username, Password: c.Password, Log: t.log, Clock: t})
	}
	operator := pair.NewOperator(client, connect, t, func(_ context.Context, p poll.Progress) { t.say("progress %s", p) })
	p := pair.Pair{Leader: aiven.ServiceRef{Project: project, Name: leaderOf}, Follower: aiven.ServiceRef{Project: project, Name: eu}}
	wish := pair.Wish{Pair: p, Desired: p.Desired([]string{"*"}, ccr.ModeReplicating, ccr.Owned{}, ccr.Permissions{})}
	t.say("create %s with %d indices", p, traced)
	if _, err := client.CreateService(ctx, aiven.CreateService{Project: project, Name: eu, Plan: "business-4", Cloud: "aws-eu-west-1", Leader: &p.Leader}); err != nil {
		return err
	}
	seen, err := operator.Converge(ctx, wish, ccr.Approval{})
	if err != nil {
		return err
	}
	t.say("the follower is %s", seen.Decision.Status)
	t.say("destroy")
	if _, err := operator.Delete(ctx, wish, seen.Follower.Created, "the trace"); err != nil {
		return err
	}
	t.say("gone after %d requests in all", int(m.requests()))
	return nil
}
