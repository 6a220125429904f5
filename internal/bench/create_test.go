// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// concurrency is that of the engine, which the plain calls are given too.
const concurrency = 8

// BenchmarkCreate replicates N existing indices by the engine, by the plain
// REST calls at the same concurrency, and by an autofollow rule alone.
func BenchmarkCreate(b *testing.B) {
	b.Run("plain", func(b *testing.B) {
		c := newClusters(b, 50)
		compare(b, c, "engine/plain", c.byEngine, c.byPlainCalls)
	})
	b.Run("rule", func(b *testing.B) {
		c := newClusters(b, 12)
		compare(b, c, "engine/rule", c.byEngine, c.byRule)
	})
}

// compare reports the ratio of two ways to the same end, taken in turn.
func compare(b *testing.B, c *clusters, name string, ours, theirs func()) {
	b.Helper()
	c.byEngine() // warms up the nodes, whose first replications are slow
	c.clean()
	var ourTime, theirTime time.Duration
	for b.Loop() {
		ourTime += timed(ours)
		c.clean()
		theirTime += timed(theirs)
		c.clean()
	}
	b.ReportMetric(ourTime.Seconds()/theirTime.Seconds(), name)
	b.ReportMetric(ourTime.Seconds()/float64(b.N), "s/ours")
	b.ReportMetric(theirTime.Seconds()/float64(b.N), "s/theirs")
}

func timed(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

func (c *clusters) byEngine() {
	c.b.Helper()
	if _, _, err := c.engine.Converge(c.b.Context(), c.desired(ccr.ModeReplicating), replication.Question{Alias: alias}, ccr.Approval{}); err != nil {
		c.b.Fatal(err)
	}
}

func (c *clusters) byPlainCalls() {
	c.b.Helper()
	var group errgroup.Group
	group.SetLimit(concurrency)
	for _, index := range c.indices {
		group.Go(func() error {
			return c.client.Start(c.b.Context(), ccr.Start{FollowerIndex: index, LeaderAlias: alias, LeaderIndex: index})
		})
	}
	if err := group.Wait(); err != nil {
		c.b.Fatal(err)
	}
	c.awaitSyncing()
}

func (c *clusters) byRule() {
	c.b.Helper()
	if err := c.client.AddRule(c.b.Context(), ccr.Rule{Name: "all", LeaderAlias: alias, Pattern: "*"}, ccr.Roles{}, nil); err != nil {
		c.b.Fatal(err)
	}
	c.awaitSyncing()
	if err := c.client.RemoveRule(c.b.Context(), ccr.EndRule(ccr.Rule{Name: "all", LeaderAlias: alias, Pattern: "*"}, "the benchmark").Destroys); err != nil {
		c.b.Fatal(err)
	}
}

// BenchmarkTail measures what the engine adds after the last index has caught
// up, as somebody sees it who looks every 10 ms.
func BenchmarkTail(b *testing.B) {
	c := newClusters(b, 10)
	var tail time.Duration
	for b.Loop() {
		ready := make(chan time.Time, 1)
		go func() {
			for !c.syncing() {
				time.Sleep(10 * time.Millisecond)
			}
			ready <- time.Now()
		}()
		c.byEngine()
		ended := time.Now()
		tail += max(0, ended.Sub(<-ready))
		c.clean()
	}
	b.ReportMetric(tail.Seconds()/float64(b.N), "s/tail")
}
