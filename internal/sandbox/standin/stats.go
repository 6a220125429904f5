// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// followerStats is the answer of follower_stats. It is from memory alone: with the leader gone it
// continues as before.
func (p *Plugin) followerStats() map[string]any {
	recovering := p.recovering()
	counts := map[state]int{}
	var syncingIndices, shardTasks int
	var total counters
	var leader, follower int64
	indices := map[string]any{}
	for _, r := range p.all() {
		v := r.view()
		counts[v.state]++
		if v.state != running || !v.bootstrapped || recovering {
			continue
		}
		syncingIndices++
		shardTasks += len(v.shards)
		l, f := v.checkpoints()
		leader, follower = leader+l, follower+f
		total.operations += v.written.operations
		total.failures += v.written.failures
		total.millis += v.written.millis
		indices[v.follower] = v.written.fields(l, f)
	}
	answer := total.fields(leader, follower)
	answer["num_syncing_indices"] = syncingIndices
	answer["num_bootstrapping_indices"] = counts[running] - syncingIndices
	answer["num_paused_indices"] = counts[paused]
	answer["num_failed_indices"] = counts[failed]
	answer["num_shard_tasks"] = shardTasks
	answer["num_index_tasks"] = counts[running]
	answer["index_stats"] = indices
	return answer
}

func (c counters) fields(leader, follower int64) map[string]any {
	return map[string]any{
		"operations_written": c.operations, "operations_read": c.operations,
		"failed_read_requests": c.failures, "throttled_read_requests": 0,
		"failed_write_requests": 0, "throttled_write_requests": 0,
		"follower_checkpoint": follower, "leader_checkpoint": leader,
		"total_write_time_millis": c.millis,
	}
}

// autofollowStats is the answer of autofollow_stats. It does not say which leader a rule is for.
func (p *Plugin) autofollowStats() map[string]any {
	p.mu.Lock()
	keys := slices.Sorted(maps.Keys(p.rules))
	rules := make([]*rule, 0, len(keys))
	for _, key := range keys {
		rules = append(rules, p.rules[key])
	}
	p.mu.Unlock()
	each := []any{}
	var succeeded, failures, calls int64
	refusedAnywhere := map[string]bool{}
	for _, r := range rules {
		r.mu.Lock()
		succeeded, failures, calls = succeeded+r.succeeded, failures+r.failed, calls+r.calls
		maps.Copy(refusedAnywhere, r.refused)
		r.mu.Unlock()
		each = append(each, r.stats())
	}
	return map[string]any{
		"num_success_start_replication": succeeded, "num_failed_start_replication": failures,
		"num_failed_leader_calls": calls, "failed_indices": sortedKeys(refusedAnywhere),
		"autofollow_stats": each,
	}
}

// reads counts what followers read of this node's indices.
type reads struct {
	mu      sync.Mutex
	indices map[string]*readCounters
}

type readCounters struct{ operations, bytes, millis int64 }

func newReads() *reads { return &reads{indices: map[string]*readCounters{}} }

// countRead tells the leader's stand-in of a read. A leader of another process does not learn of it.
func (p *Plugin) countRead(leader remote, index string, operations, bytes int64, took time.Duration) {
	if there := neighbours.at(leader.url); there != nil {
		there.reads.add(index, readCounters{operations, bytes, took.Milliseconds()})
	}
}

func (r *reads) add(index string, c readCounters) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum := r.indices[index]
	if sum == nil {
		sum = &readCounters{}
		r.indices[index] = sum
	}
	sum.operations += c.operations
	sum.bytes += c.bytes
	sum.millis += c.millis
}

func (c readCounters) fields() map[string]any {
	return map[string]any{
		"operations_read": c.operations, "translog_size_bytes": 0,
		"operations_read_lucene": c.operations, "operations_read_translog": 0,
		"total_read_time_lucene_millis": c.millis, "total_read_time_translog_millis": 0,
		"bytes_read": c.bytes,
	}
}

// leaderStats is the answer of leader_stats; what was counted of an index ends with the index.
func (p *Plugin) leaderStats(ctx context.Context) (map[string]any, error) {
	there, err := p.node.indexNames(ctx, "*", "all")
	if err != nil {
		return nil, err
	}
	return p.reads.stats(there), nil
}

func (r *reads) stats(there map[string]bool) map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	var total readCounters
	indices := map[string]any{}
	for name, c := range r.indices {
		if !there[name] {
			delete(r.indices, name)
			continue
		}
		total.operations += c.operations
		total.bytes += c.bytes
		total.millis += c.millis
		indices[name] = c.fields()
	}
	answer := total.fields()
	answer["num_replicated_indices"] = len(r.indices)
	answer["index_stats"] = indices
	return answer
}
