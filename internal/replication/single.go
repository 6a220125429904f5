// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// This file is about one replication: how it is seen among the reads that all
// share, and how one step for it is carried out.

// Seen is what was seen of one follower index; known is what it is taken to
// replicate where the cluster does not show that.
func (r *Reader) Seen(ctx context.Context, index string, known ccr.Single) (ccr.Sight, error) {
	marks, err := r.marks(ctx)
	if err != nil {
		return ccr.Sight{}, err
	}
	mark, exists := marks[index]
	seen := ccr.Sight{Exists: exists, UUID: mark.UUID, Connected: true}
	seen.Replication, err = r.replication(ctx, index, mark, exists)
	if err != nil {
		return ccr.Sight{}, err
	}
	if seen.LeaderIndex == "" && seen.State != ccr.NotInProgress {
		// Amazon's service does not show the leader of what syncs. A replica
		// cannot change it, and it is a replica still.
		seen.LeaderAlias, seen.LeaderIndex = known.LeaderAlias, known.LeaderIndex
		if known.LeaderIndex == "" {
			now, err := r.Client.Replication(ctx, index)
			if err != nil {
				return ccr.Sight{}, err
			}
			seen.LeaderAlias, seen.LeaderIndex = now.LeaderAlias, now.LeaderIndex
		}
	}
	remotes, err := r.Remotes(ctx)
	if err != nil {
		return ccr.Sight{}, err
	}
	alias := seen.LeaderAlias
	if alias == "" {
		alias = known.LeaderAlias
	}
	if remotes != nil && alias != "" {
		seen.Connected = remotes[alias].Connected
	}
	return seen, nil
}

// replication finds the state of one index with as few requests as that takes:
// none of its own where it syncs or is paused.
func (r *Reader) replication(ctx context.Context, index string, mark Mark, exists bool) (ccr.Replication, error) {
	seen := ccr.Replication{FollowerIndex: index, LeaderAlias: mark.LeaderAlias, LeaderIndex: mark.LeaderIndex, State: ccr.NotInProgress}
	stats, err := r.stats(ctx)
	if err != nil {
		return seen, err
	}
	if s, syncing := stats.Indices[index]; syncing && exists {
		seen.State, seen.LeaderCheckpoint, seen.FollowerCheckpoint = ccr.Syncing, s.Leader, s.Follower
		return seen, nil
	}
	states, err := r.states(ctx)
	if err != nil {
		return seen, err
	}
	recorded := overallState(states[index])
	switch {
	case !exists && recorded == ccr.Unknown:
		return seen, nil
	case recorded == ccr.Paused:
		records, err := r.Records(ctx)
		if err != nil {
			return seen, err
		}
		if record := records.Indices[index]; record.State == ccr.Paused {
			seen.LeaderAlias, seen.LeaderIndex = record.LeaderAlias, record.Leader
			seen.State, seen.Reason = ccr.Paused, record.Reason
			return seen, nil
		}
	}
	return r.settled(ctx, seen, recorded)
}

// settled asks for the status of one index. "Not in progress" proves nothing
// while the record says that it runs, as right after a node came back: it is
// believed when it stays, and never where the leader is out of reach.
func (r *Reader) settled(ctx context.Context, seen ccr.Replication, recorded ccr.State) (ccr.Replication, error) {
	deadline := r.clock.Now().Add(settleTime)
	for pauses := clock.NewPace(500*time.Millisecond, 2*time.Second); ; {
		now, err := r.Client.Replication(ctx, seen.FollowerIndex)
		switch {
		case IsLeaderUnreachable(err):
			seen.State = ccr.Unknown // it is a replica, or it would not need its leader to answer
			return seen, nil
		case err != nil:
			return seen, err
		case now.State != ccr.NotInProgress:
			return now, nil
		case recorded != ccr.Running:
			seen.State = ccr.NotInProgress
			return seen, nil
		case !r.clock.Now().Before(deadline):
			seen.State = ccr.NotInProgress
			remotes, err := r.Remotes(ctx)
			if remotes != nil && !remotes[seen.LeaderAlias].Connected {
				seen.State = ccr.Unknown
			}
			return seen, err
		}
		if err := pauses.Wait(ctx, r.clock); err != nil {
			return seen, err
		}
	}
}

// SeenAlone is [Reader.Seen] for one index that is worked on: it asks for that
// index only, since what all share is dropped by each write of others.
func (r *Reader) SeenAlone(ctx context.Context, index string, known ccr.Single) (ccr.Sight, error) {
	settings, err := r.settingsOf(ctx, index)
	if is(err, "index_not_found_exception", "") {
		return ccr.Sight{Replication: ccr.Replication{FollowerIndex: index, State: ccr.NotInProgress}, Connected: true}, nil
	}
	if err != nil {
		return ccr.Sight{}, err
	}
	now, err := r.Client.Replication(ctx, index)
	switch {
	case IsLeaderUnreachable(err):
		now.LeaderAlias, now.LeaderIndex, _ = strings.Cut(settings[leaderIndexSetting], ":")
	case err != nil:
		return ccr.Sight{}, err
	case now.State == ccr.NotInProgress:
		return r.Seen(ctx, index, known) // which does not believe that so easily
	}
	seen := ccr.Sight{Replication: now, Exists: true, UUID: settings["index.uuid"], Connected: true}
	if seen.LeaderIndex == "" {
		seen.LeaderAlias, seen.LeaderIndex = known.LeaderAlias, known.LeaderIndex
	}
	remotes, err := r.Remotes(ctx)
	if remotes != nil {
		seen.Connected = remotes[seen.LeaderAlias].Connected
	}
	return seen, err
}

// ReplicaRoles are the roles that a replication runs under, where the plugin tells.
func (r *Reader) ReplicaRoles(ctx context.Context, index string) (ccr.Roles, error) {
	records, err := r.Records(ctx)
	return records.Indices[index].Roles, err
}

// LeaderIndices lists the leader's open indices that a pattern covers, as the
// follower sees them over its connection; hidden ones are left out.
func (c *Client) LeaderIndices(ctx context.Context, alias, pattern string) ([]string, error) {
	var answer struct {
		Indices []struct {
			Name       string   `json:"name"`
			Attributes []string `json:"attributes"`
		} `json:"indices"`
	}
	target := "/_resolve/index/" + url.PathEscape(alias+":"+pattern)
	if err := c.call(ctx, http.MethodGet, target, nil, &answer); err != nil {
		return nil, err
	}
	var names []string
	for _, ix := range answer.Indices {
		name := strings.TrimPrefix(ix.Name, alias+":")
		if slices.Contains(ix.Attributes, "open") && ccr.Matches(pattern, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// RunSingle carries out the steps for one replication and waits until what was
// started syncs. rebuild allows a resume that the leader refuses for lack of
// history to delete the follower index and start again.
func (e *Engine) RunSingle(ctx context.Context, s Start, steps []ccr.Step, rebuild bool) error {
	for _, step := range steps {
		if err := e.runSingle(ctx, s, step, rebuild); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

func (e *Engine) runSingle(ctx context.Context, s Start, step ccr.Step, rebuild bool) error {
	var err error
	switch step.Action {
	case ccr.ActionStart:
		err = e.StartIndex(ctx, s)
	case ccr.ActionResume:
		err = e.ResumeIndex(ctx, s, rebuild)
	case ccr.ActionRebuild:
		if !rebuild {
			return errors.New("this deletes the follower index, which nothing allows")
		}
		err = e.RebuildIndex(ctx, s)
	case ccr.ActionPause:
		return e.PauseIndex(ctx, s.FollowerIndex)
	case ccr.ActionStop:
		return e.StopIndex(ctx, s.FollowerIndex)
	case ccr.ActionRemove:
		return e.RemoveIndex(ctx, s.FollowerIndex)
	case ccr.ActionAddRule, ccr.ActionRemoveRule, ccr.ActionPromote:
		return fmt.Errorf("step %q is not for a single replication", step.Action)
	}
	if err != nil {
		return err
	}
	return e.AwaitSyncing(ctx, []string{s.FollowerIndex})
}

// IsHistoryLost reports whether the leader refused a resume because it no
// longer has what was changed since the pause.
func IsHistoryLost(err error) bool {
	return is(err, "resource_not_found_exception", "Retention lease")
}

// Using lists the follower indices that replicate over a connection, in order.
func (r *Reader) Using(ctx context.Context, alias string) ([]string, error) {
	marks, err := r.marks(ctx)
	if err != nil {
		return nil, err
	}
	var using []string
	for index, mark := range marks {
		if mark.LeaderAlias == alias {
			using = append(using, index)
		}
	}
	slices.Sort(using)
	return using, nil
}
