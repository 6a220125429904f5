// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Overview is everything that a follower replicates.
type Overview struct {
	// Replications are in the order of their follower indices.
	Replications []ccr.Replication
	Connections  map[string]ccr.Connection
	// Rules have their leader alias where the plugin's records may be read.
	Rules []ccr.Rule
}

// Overview reads everything in at most five requests, whatever the number of
// indices; in one more where a replication was paused within the second after its
// start, which the records do not show yet. Where a managed service hides the
// plugin's records it takes one more, and one for each index that does not sync,
// at most [reasonReads] of them.
func (r *Reader) Overview(ctx context.Context) (Overview, error) {
	var o Overview
	var stats FollowerStats
	var records Records
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { o.Connections, err = r.Remotes(groupCtx); return err })
	group.Go(func() (err error) { o.Rules, err = r.RuleStats(groupCtx); return err })
	group.Go(func() (err error) { stats, err = r.stats(groupCtx); return err })
	group.Go(func() (err error) { records, err = r.Records(groupCtx); return err })
	if err := group.Wait(); err != nil {
		return o, err
	}
	o.Rules = withAliases(o.Rules, records)
	found := gather(stats, records)
	var err error
	if records.Readable {
		err = r.putRight(ctx, found, stats)
	} else {
		err = r.addHidden(ctx, found, stats)
	}
	for _, seen := range found {
		if c, known := o.Connections[seen.LeaderAlias]; o.Connections != nil && known && !c.Connected && seen.State == ccr.Syncing {
			seen.State, seen.Reason = ccr.Unknown, "the follower has no connection to its leader, remote cluster "+seen.LeaderAlias
		}
		o.Replications = append(o.Replications, *seen)
	}
	slices.SortFunc(o.Replications, func(a, b ccr.Replication) int { return strings.Compare(a.FollowerIndex, b.FollowerIndex) })
	return o, err
}

// gather takes what is on record, and the checkpoints of what syncs.
func gather(stats FollowerStats, records Records) map[string]*ccr.Replication {
	found := map[string]*ccr.Replication{}
	for index, record := range records.Indices {
		if record.State == ccr.NotInProgress {
			continue
		}
		found[index] = &ccr.Replication{FollowerIndex: index, LeaderAlias: record.LeaderAlias, LeaderIndex: record.Leader, State: record.State}
		if record.State != ccr.Running {
			found[index].Reason = record.Reason
		}
	}
	for index, s := range stats.Indices {
		if found[index] == nil {
			found[index] = &ccr.Replication{FollowerIndex: index}
		}
		seen := found[index]
		seen.State, seen.Reason, seen.LeaderCheckpoint, seen.FollowerCheckpoint = ccr.Syncing, "", s.Leader, s.Follower
	}
	return found
}

// putRight asks once more where the records, which show a change a moment late,
// disagree with the statistics: the cluster state is up to date.
func (r *Reader) putRight(ctx context.Context, found map[string]*ccr.Replication, stats FollowerStats) error {
	paused, failed, unmarked := 0, 0, false
	for _, seen := range found {
		switch {
		case seen.State == ccr.Paused:
			paused++
		case seen.State == ccr.Failed:
			failed++
		case seen.LeaderIndex == "":
			unmarked = true
		}
	}
	if paused != stats.Paused || failed != stats.Failed {
		states, err := r.states(ctx)
		if err != nil {
			return err
		}
		for index, seen := range found {
			switch state, known := states[index]; {
			case seen.State == ccr.Syncing:
			case !known || state == "STOPPED":
				delete(found, index)
			default:
				seen.State = overallState(state)
			}
		}
		// One that was paused right after its start may not be in the records at all.
		for index, state := range states {
			if found[index] == nil && state != "STOPPED" {
				found[index] = &ccr.Replication{FollowerIndex: index, State: overallState(state)}
				unmarked = true
			}
		}
	}
	if unmarked {
		return r.mark(ctx, found)
	}
	return nil
}

// mark fills in the leaders from the indices' own settings.
func (r *Reader) mark(ctx context.Context, found map[string]*ccr.Replication) error {
	marks, err := r.marks(ctx)
	for index, seen := range found {
		if seen.LeaderIndex == "" {
			seen.LeaderAlias, seen.LeaderIndex = marks[index].LeaderAlias, marks[index].LeaderIndex
		}
	}
	return err
}

// addHidden finds what does not sync where the records are closed.
func (r *Reader) addHidden(ctx context.Context, found map[string]*ccr.Replication, stats FollowerStats) error {
	marks, err := r.marks(ctx)
	if err != nil {
		return err
	}
	var unclear []string
	for index, mark := range marks {
		switch {
		case found[index] != nil:
			found[index].LeaderAlias, found[index].LeaderIndex = mark.LeaderAlias, mark.LeaderIndex
		case mark.LeaderIndex != "" || len(found) < stats.total():
			unclear = append(unclear, index)
		}
	}
	if len(found) == stats.total() {
		return nil
	}
	slices.Sort(unclear)
	seen := make([]ccr.Replication, min(len(unclear), reasonReads))
	err = parallel(ctx, len(seen), func(ctx context.Context, i int) error {
		var err error
		seen[i], err = r.Replication(ctx, unclear[i])
		if IsLeaderUnreachable(err) {
			return nil // its state is unknown
		}
		return err
	})
	for i := range seen {
		if seen[i].State != ccr.NotInProgress {
			found[seen[i].FollowerIndex] = &seen[i]
		}
	}
	return err
}

// withAliases adds the leader aliases, which the statistics lack. Of two rules
// with one name and pattern each gets one of the aliases.
func withAliases(rules []ccr.Rule, records Records) []ccr.Rule {
	out := make([]ccr.Rule, len(rules))
	used := map[string]bool{}
	for i, rule := range rules {
		out[i] = rule
		for key, record := range records.Rules {
			if !used[key] && key == RuleKey(record.LeaderAlias, rule.Name) && record.Leader == rule.Pattern {
				out[i].LeaderAlias, used[key] = record.LeaderAlias, true
				break
			}
		}
	}
	slices.SortFunc(out, func(a, b ccr.Rule) int {
		return strings.Compare(RuleKey(a.LeaderAlias, a.Name), RuleKey(b.LeaderAlias, b.Name))
	})
	return out
}
