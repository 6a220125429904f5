// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"slices"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// This file reads replications where a managed service hides from its users
// which indices are replicas.

// hidden lists the replications where no mark is seen, by the plugin's own
// records or, where those are hidden too, by the status of each of the indices
// that are named, or of all. On a follower that replicates nothing it finds nothing.
func (c *Client) hidden(ctx context.Context, indices []string, stats FollowerStats) ([]ccr.Replication, error) {
	records, err := c.ReadRecords(ctx)
	switch {
	case err != nil && !isClosedRoute(err):
		return nil, err
	case len(records.Indices) > 0 && stats.total() == 0:
		return c.confirmed(ctx, records.replications())
	case len(records.Indices) > 0:
		return records.replications(), nil
	case stats.total() == 0 && len(indices) == 0:
		return nil, nil
	}
	if len(indices) == 0 {
		all, err := c.Indices(ctx)
		if err != nil {
			return nil, err
		}
		for _, ix := range all {
			indices = append(indices, ix.Name)
		}
	}
	return c.byStatus(ctx, indices)
}

// replications are those that were not stopped.
func (r Records) replications() []ccr.Replication {
	var out []ccr.Replication
	for index, record := range r.Indices {
		if record.State != ccr.NotInProgress {
			out = append(out, ccr.Replication{FollowerIndex: index, LeaderAlias: record.LeaderAlias, LeaderIndex: record.Leader, State: record.State, Reason: record.Reason})
		}
	}
	return out
}

// confirmed leaves out what has just been stopped. A search of the records sees
// that up to 1 s late, while the statistics count nothing any more; a node that
// has just come back counts what it is about to take up.
func (c *Client) confirmed(ctx context.Context, recorded []ccr.Replication) ([]ccr.Replication, error) {
	stopped := make([]bool, len(recorded))
	err := parallel(ctx, len(recorded), func(ctx context.Context, i int) error {
		now, err := c.Replication(ctx, recorded[i].FollowerIndex)
		if IsLeaderUnreachable(err) {
			return nil
		}
		stopped[i] = err == nil && now.State == ccr.NotInProgress
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []ccr.Replication
	for i, r := range recorded {
		if !stopped[i] {
			out = append(out, r)
		}
	}
	return out, nil
}

// byStatus asks for the status of each index and returns those that replicate.
// One whose leader is out of reach replicates too, or it would not need its
// leader to answer; which leader that is cannot be told.
func (c *Client) byStatus(ctx context.Context, indices []string) ([]ccr.Replication, error) {
	found := make([]ccr.Replication, len(indices))
	err := parallel(ctx, len(indices), func(ctx context.Context, i int) (err error) {
		found[i], err = c.Replication(ctx, indices[i])
		if IsLeaderUnreachable(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(r ccr.Replication) bool { return r.State == ccr.NotInProgress }), nil
}
