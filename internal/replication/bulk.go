// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/memo"
)

// bulk is what a handful of requests tell of many indices at once, whatever
// their number. A managed service may hide any part of it.
type bulk struct {
	marks map[string]mark
	// state is the zero value where the cluster state is closed or filtered.
	state      clusterState
	stateKnown bool
	stats      FollowerStats
	statsKnown bool
	records    Records
	// hidden: the follower keeps its users from seeing which indices are
	// replicas: none is marked although some replicate.
	hidden bool
	// paused: one of the replications is on record as paused.
	paused bool
}

// bulk reads all indices, shared with everybody who asks.
func (r *Reader) bulk(ctx context.Context) (bulk, error) {
	return memo.Get(ctx, r.answers, "bulk", func(ctx context.Context) (bulk, error) { return r.readBulk(ctx, nil) })
}

// readBulk reads all indices, or those that are named.
func (r *Reader) readBulk(ctx context.Context, names []string) (bulk, error) {
	b := bulk{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { b.marks, err = r.marks(ctx, names); return err })
	group.Go(func() error {
		state, err := r.clusterState(ctx)
		b.state, b.stateKnown = state, err == nil
		return unlessClosed(err)
	})
	group.Go(func() error {
		stats, err := r.FollowerStats(ctx)
		b.stats, b.statsKnown = stats, err == nil
		return unlessClosed(err)
	})
	if err := group.Wait(); err != nil {
		return b, err
	}
	// Where replications are seen, a cluster state that knows none is filtered.
	b.stateKnown = b.stateKnown && (len(b.state.states) > 0 || b.stats.total() == 0 && !b.marked())
	b.hidden = b.marksHidden(names == nil)
	b.paused = slices.Contains(slices.Collect(maps.Values(b.state.states)), "PAUSED")
	return b, nil
}

func unlessClosed(err error) error {
	if isClosedRoute(err) {
		return nil
	}
	return err
}

// marked reports whether an index is marked as a replica.
func (b *bulk) marked() bool {
	for _, m := range b.marks {
		if m.source.Alias != "" {
			return true
		}
	}
	return false
}

// marksHidden works out [bulk.hidden]. Unless all indices were read, what the
// statistics count can be others.
func (b *bulk) marksHidden(all bool) bool {
	for _, m := range b.marks {
		if m.closed || m.source.Alias != "" {
			return m.closed // all are, or none is
		}
	}
	for index, state := range b.state.states {
		if _, exists := b.marks[index]; exists && state != "STOPPED" {
			return true
		}
	}
	for index := range b.stats.Indices {
		if _, exists := b.marks[index]; exists {
			return true
		}
	}
	if all {
		return b.stats.total() > 0 || !b.stateKnown && !b.statsKnown
	}
	return !b.stateKnown && (b.stats.total() > len(b.stats.Indices) || !b.statsKnown)
}

// names are the indices and what may replicate without one, in order.
func (b *bulk) names(candidates map[string]bool) []string {
	names := slices.AppendSeq(make([]string, 0, len(b.marks)), maps.Keys(b.marks))
	for name := range candidates {
		if _, exists := b.marks[name]; !exists {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// candidates are the names that may replicate: those that are marked,
// blocked or on record, and those that the caller takes for replicas. Where
// nothing can be told apart, they are all.
func (b *bulk) candidates(owned ccr.Owned) map[string]bool {
	found := map[string]bool{}
	for name := range owned.All() {
		found[name] = true
	}
	for name, m := range b.marks {
		if m.source.Alias != "" || b.state.blocks[name] {
			found[name] = true
		}
	}
	for name, state := range b.state.states {
		if state != "STOPPED" {
			found[name] = true
		}
	}
	for name := range b.stats.Indices {
		found[name] = true
	}
	for name, record := range b.records.Indices {
		if record.State != ccr.NotInProgress {
			found[name] = true
		}
	}
	if b.hidden && len(b.state.states) == 0 && len(b.records.Indices) == 0 && (b.stats.total() > len(b.stats.Indices) || !b.statsKnown) {
		for name := range b.marks {
			found[name] = true
		}
	}
	return found
}

// index is what the bulk tells of one index. told is false where its state has
// to be asked for by name.
func (b *bulk) index(name string) (f ccr.FollowerIndex, told bool) {
	f = ccr.FollowerIndex{Name: name, State: ccr.StateUnknown}
	m, exists := b.marks[name]
	switch {
	case exists:
		f.Index = ccr.Present(ccr.Identity{UUID: m.uuid})
	default:
		f.Index = ccr.Absent[ccr.Identity]("the follower does not list it")
	}
	switch {
	case m.source.Alias != "":
		f.Source = ccr.Present(m.source)
	case b.hidden:
		f.Source = ccr.Unknown[ccr.Source]("the follower hides which indices are replicas")
		if record, recorded := b.records.Indices[name]; recorded && record.State != ccr.NotInProgress {
			f.Source = ccr.Present(ccr.Source{Alias: record.LeaderAlias, Index: record.Leader})
		}
	default:
		f.Source = ccr.Absent[ccr.Source]("the index is not marked as a replica")
	}
	switch {
	case !b.stateKnown:
		f.Block = ccr.Unknown[struct{}]("the cluster state is hidden from this user")
	case b.state.blocks[name]:
		f.Block = ccr.Present(struct{}{})
	default:
		f.Block = ccr.Absent[struct{}]("the plugin's write block is not on the index")
	}
	return f, b.addState(name, exists, &f)
}

// addState fills in the state and reports whether the bulk shows it; where it does not,
// the index has to be asked about by itself.
func (b *bulk) addState(name string, exists bool, f *ccr.FollowerIndex) bool {
	recorded := b.state.states[name]
	checkpoints, counted := b.stats.Indices[name]
	record := b.records.Indices[name]
	switch {
	case counted && exists && (recorded == "RUNNING" || recorded == ""):
		f.State, f.LeaderCheckpoint, f.FollowerCheckpoint = ccr.Syncing, checkpoints.Leader, checkpoints.Follower
		return true
	case recorded == "PAUSED" && record.State == ccr.Paused:
		f.State, f.Reason = ccr.Paused, record.Reason
		return true
	case !exists && recorded == "" && record.State == "" && b.stateKnown:
		f.State = ccr.NotInProgress
		return true
	}
	f.State = overallState(recorded)
	return false
}

// overallState is the recorded state in the words of `_status`.
func overallState(recorded string) ccr.State {
	switch recorded {
	case "RUNNING":
		return ccr.Running
	case "PAUSED":
		return ccr.Paused
	case "FAILED":
		return ccr.Failed
	case "STOPPED":
		return ccr.NotInProgress
	}
	return ccr.StateUnknown
}
