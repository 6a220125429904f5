// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

const alias = "lead"

// clusters are a leader with indices and a follower that is connected to it.
type clusters struct {
	b                *testing.B
	leader, follower *sandbox.Cluster
	engine           *replication.Engine
	client           *replication.Reader
	indices          []string
}

func newClusters(b *testing.B, indices int) *clusters {
	b.Helper()
	s, err := sandbox.Start(b.Context(), sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			b.Error(err)
		}
	})
	c := &clusters{b: b}
	c.leader, c.follower = c.start(s, "leader"), c.start(s, "follower")
	for n := range indices {
		name := fmt.Sprintf("index-%03d", n)
		c.ask(c.leader, http.MethodPut, "/"+name, map[string]any{"settings": map[string]any{"number_of_shards": 1, "number_of_replicas": 0}})
		c.ask(c.leader, http.MethodPut, "/"+name+"/_doc/1", map[string]any{"n": n})
		c.indices = append(c.indices, name)
	}
	c.ask(c.follower, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": map[string]any{
		"cluster.remote." + alias + ".seeds": []string{c.leader.TransportAddress()}}})
	c.client = c.connect(c.follower)
	c.engine = replication.NewEngine(c.client, c.connect(c.leader).Client, nil, nil)
	if err := c.engine.AwaitConnected(b.Context(), alias); err != nil {
		b.Fatal(err)
	}
	return c
}

func (c *clusters) start(s *sandbox.Sandbox, name string) *sandbox.Cluster {
	c.b.Helper()
	cluster, err := s.StartCluster(c.b.Context(), name, sandbox.ClusterOptions{})
	if err != nil {
		c.b.Fatal(err)
	}
	return cluster
}

func (c *clusters) connect(to *sandbox.Cluster) *replication.Reader {
	c.b.Helper()
	client, err := replication.NewReader(replication.Config{URL: to.URL(), Username: to.Username(), Password: to.Password()})
	if err != nil {
		c.b.Fatal(err)
	}
	return client
}

func (c *clusters) ask(at *sandbox.Cluster, method, path string, body any) json.RawMessage {
	c.b.Helper()
	status, answer, err := at.Do(c.b.Context(), method, path, body)
	if err != nil {
		c.b.Fatal(err)
	}
	if status < 200 || status > 299 {
		c.b.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

func (c *clusters) desired(mode ccr.Mode) ccr.Desired {
	return ccr.Desired{Alias: alias, Patterns: []string{"*"}, Mode: mode}
}

// clean ends every replication and deletes the replicas.
func (c *clusters) clean() {
	c.b.Helper()
	o, err := c.engine.Observe(c.b.Context(), replication.Question{Alias: alias})
	if err != nil {
		c.b.Fatal(err)
	}
	var steps []ccr.Step
	for _, f := range o.Replicating(nil) {
		if step, needed := ccr.EndIndex(f, f.UUID(), true, "the benchmark"); needed {
			steps = append(steps, step)
		}
	}
	rules, _ := o.Rules.Value()
	for _, rule := range rules {
		rule.LeaderAlias = alias
		steps = append(steps, ccr.EndRule(rule, "the benchmark"))
	}
	if err := c.engine.Run(c.b.Context(), c.desired(ccr.ModePromoted), steps); err != nil {
		c.b.Fatal(err)
	}
}

// syncing reports whether every index syncs and has what the leader has.
func (c *clusters) syncing() bool {
	c.b.Helper()
	for _, index := range c.indices {
		r, err := c.client.Replication(c.b.Context(), index)
		if err != nil {
			c.b.Fatal(err)
		}
		if r.State != ccr.Syncing || r.FollowerCheckpoint < max(0, r.LeaderCheckpoint) {
			return false
		}
	}
	return true
}

func (c *clusters) awaitSyncing() {
	c.b.Helper()
	for !c.syncing() {
		time.Sleep(50 * time.Millisecond)
	}
}
