// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"maps"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// looks are those of one wait at the indices that are still waited for.
type looks struct {
	engine *Engine
	// asked is when indices were last asked for by name because it was time, or
	// when the wait began.
	asked time.Time
	// few: so few indices are waited for that each is asked for sooner.
	few bool
}

// at is one look, without waiting for any index to settle. The statistics tell of
// all that sync, and what they do not show is most often being copied. So it is
// asked for by name only where the statistics count one that has failed or is
// paused, where it was not well at the last look, or when it is time. An index
// that is not in the answer is one of which nothing new is known.
func (l *looks) at(ctx context.Context, waits []*awaited) (map[string]ccr.FollowerIndex, error) {
	reader := l.engine.follower.Fresh()
	stats, err := reader.FollowerStats(ctx)
	if isClosedRoute(err) {
		return reader.states(ctx, namesOf(waits), &silence{}, confirmed(waits))
	}
	if err != nil {
		return nil, err
	}
	seen := make(map[string]ccr.FollowerIndex, len(waits))
	var unseen, ask []*awaited
	for _, w := range waits {
		checkpoints, counted := stats.Indices[w.index]
		switch {
		case counted && (!w.resumed || w.hasTarget):
			seen[w.index] = ccr.FollowerIndex{Name: w.index, State: ccr.Syncing, LeaderCheckpoint: checkpoints.Leader, FollowerCheckpoint: checkpoints.Follower}
		case counted, w.bad != "":
			ask = append(ask, w)
		default:
			unseen = append(unseen, w)
		}
	}
	now := l.engine.clock.Now()
	switch pause := now.Sub(l.asked); {
	case len(unseen) == 0:
	case pause >= askEvery, l.few && pause >= askSoon:
		ask = append(ask, unseen[:min(len(unseen), askMost)]...)
		l.asked, l.few = now, false
	case stats.Failed+stats.Paused > 0:
		troubled, err := reader.troubled(ctx, unseen)
		if err != nil {
			return nil, err
		}
		ask = append(ask, troubled...)
	}
	if len(ask) == 0 {
		return seen, nil
	}
	asked, err := reader.states(ctx, namesOf(ask), &silence{}, confirmed(ask))
	maps.Copy(seen, asked)
	return seen, err
}

// troubled are those that are on record as failed or paused; all where the
// cluster state is closed to this user.
func (r *Reader) troubled(ctx context.Context, waits []*awaited) ([]*awaited, error) {
	state, err := r.clusterState(ctx)
	if isClosedRoute(err) {
		return waits, nil
	}
	var out []*awaited
	for _, w := range waits {
		switch overallState(state.states[w.index]) {
		case ccr.Failed, ccr.Paused:
			out = append(out, w)
		}
	}
	return out, err
}

func namesOf(waits []*awaited) []string {
	names := make([]string, len(waits))
	for i, w := range waits {
		names[i] = w.index
	}
	return names
}

// confirmed tells which indices are asked for by name although the statistics show
// them: those that have no target yet.
func confirmed(waits []*awaited) func(name string) bool {
	first := map[string]bool{}
	for _, w := range waits {
		first[w.index] = !w.hasTarget
	}
	return func(name string) bool { return first[name] }
}

// states is one look at the states of some indices: [ccr.NotInProgress] is what
// the follower reports at this moment, not a fact that has settled. The statistics
// still show the last checkpoints of a leader that is gone, so what they
// show as syncing is asked for by name where confirm says so.
func (r *Reader) states(ctx context.Context, names []string, silent *silence, confirm func(name string) bool) (map[string]ccr.FollowerIndex, error) {
	b, err := r.readBulk(ctx, names)
	if err == nil {
		err = r.addRecords(ctx, &b)
	}
	if err != nil {
		return nil, err
	}
	found := make([]ccr.FollowerIndex, len(names))
	var unclear []*ccr.FollowerIndex
	for i, name := range names {
		f, told := b.index(name)
		if f.State == ccr.Syncing && confirm(name) {
			f.State, told = ccr.Running, false
		}
		found[i] = f
		if !told {
			unclear = append(unclear, &found[i])
		}
	}
	err = r.askStatuses(ctx, unclear, silent)
	indices := make(map[string]ccr.FollowerIndex, len(names))
	for _, f := range found {
		indices[f.Name] = f
	}
	return indices, err
}
