// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
)

const (
	manyIndices      = 10_000
	manyReplications = 1_000
)

// planRows are the rows of plans with the real terraform, on services in memory.
func (b *bench) planRows() []row {
	return []row{
		{name: "plan_requests", what: "plan of a follower of 10,000 indices, requests", floor: "of 1 index", unit: inRequests, bound: 1, measure: b.planRequests},
		{name: "plan_time", what: "plan of a follower of 10,000 indices", floor: "of 1 index", bound: 1.5, runs: 7, measure: b.planTime},
		{name: "paused_requests", what: "refresh of 1,000 replications, half of them paused, requests to the cluster", unit: inRequests, bound: 6, runs: 2, measure: b.pausedRequests},
		{name: "replications_requests", what: "plan of 1,000 opensearch_ccr_replication, requests to the cluster", unit: inRequests, bound: 5, runs: 2, measure: b.replicationsRequests},
		{name: "replications_time", what: "plan of 1,000 opensearch_ccr_replication", floor: "of 1,000 empty resources of the same attributes", bound: 1.2, runs: 7, measure: b.replicationsTime},
		{name: "state", what: "state and private state of a follower of 10,000 indices", unit: inBytes, bound: 600e3, runs: 1, measure: b.stateSize},
	}
}

// planned runs an empty plan of a follower and returns the seconds and the requests.
func (b *bench) planned(ctx context.Context, indices int) (took, asked float64, err error) {
	f, err := b.follower(ctx, indices)
	if err != nil {
		return 0, 0, err
	}
	before := f.requests()
	time, err := f.folder.planEmpty(ctx)
	return time.Seconds(), f.requests() - before, err
}

func (b *bench) planRequests(ctx context.Context, _ int) (ours, floor float64, err error) {
	if _, ours, err = b.planned(ctx, manyIndices); err != nil {
		return 0, 0, err
	}
	_, floor, err = b.planned(ctx, 1)
	return ours, floor, err
}

func (b *bench) planTime(ctx context.Context, _ int) (ours, floor float64, err error) {
	if ours, _, err = b.planned(ctx, manyIndices); err != nil {
		return 0, 0, err
	}
	floor, _, err = b.planned(ctx, 1)
	return ours, floor, err
}

func (b *bench) stateSize(ctx context.Context, _ int) (ours, floor float64, err error) {
	f, err := b.follower(ctx, manyIndices)
	if err != nil {
		return 0, 0, err
	}
	ours, err = f.folder.stateBytes()
	return ours, 0, err
}

func (b *bench) replicationsRequests(ctx context.Context, _ int) (ours, floor float64, err error) {
	r, err := b.manyInSync(ctx)
	if err != nil {
		return 0, 0, err
	}
	before := r.toClusters.Load()
	_, err = r.folder.planEmpty(ctx)
	return float64(r.toClusters.Load() - before), 0, err
}

// pausedRequests refreshes while every second replication is paused by hand, and resumes them after.
func (b *bench) pausedRequests(ctx context.Context, _ int) (ours, floor float64, err error) {
	r, err := b.manyInSync(ctx)
	if err != nil {
		return 0, 0, err
	}
	for i := 0; i < manyReplications; i += 2 {
		r.follower.Pause(name(i))
	}
	before := r.toClusters.Load()
	_, _, err = r.folder.terraform(ctx, "plan", "-refresh-only", "-input=false", "-no-color")
	ours = float64(r.toClusters.Load() - before)
	for i := 0; i < manyReplications; i += 2 {
		r.follower.Resume(name(i))
	}
	return ours, 0, err
}

// wideThings are n resources of the empty provider with the attributes of replications.
func wideThings(n int) string {
	return fmt.Sprintf(`
resource "empty_wide" "each" {
  count = %d

  cluster        = "eu"
  follower_index = format("logs-%%06d", count.index)
  leader_alias   = %q
  leader_index   = format("logs-%%06d", count.index)
  on_destroy     = "delete_index"
}
`, n, alias)
}

func (b *bench) replicationsTime(ctx context.Context, _ int) (ours, floor float64, err error) {
	r, err := b.manyInSync(ctx)
	if err != nil {
		return 0, 0, err
	}
	if b.things == nil {
		things, err := b.newFolder(ctx, wideThings(manyReplications))
		if err != nil {
			return 0, 0, err
		}
		if _, _, err = things.apply(ctx); err != nil {
			return 0, 0, err
		}
		b.things = things
	}
	own, err := r.folder.planEmpty(ctx)
	if err != nil {
		return 0, 0, err
	}
	least, err := b.things.planEmpty(ctx)
	return own.Seconds(), least.Seconds(), err
}
