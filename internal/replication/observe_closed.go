// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// This file reads replications where a managed service hides from its users
// which indices are replicas.

// hidden lists the replications where no mark is seen, by the plugin's own store
// or, where that is hidden too, by the status of each of the indices that are
// named, or of all. On a follower that replicates nothing it finds nothing.
func (c *Client) hidden(ctx context.Context, indices []string, stats FollowerStats) ([]ccr.Replication, error) {
	stored, err := c.store(ctx)
	missing := is(err, "index_not_found_exception", "") // it is made with the first replication
	switch {
	case err == nil:
		return stored, nil
	case !missing && !isClosedRoute(err):
		return nil, err
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

// store reads the plugin's metadata store, a system index: one document per
// index and per rule. A search sees a change up to 1 s late.
func (c *Client) store(ctx context.Context) ([]ccr.Replication, error) {
	var answer struct {
		Hits struct {
			Hits []struct {
				Source struct {
					Connection string `json:"connection_name"`
					Type       string `json:"metadata_type"`
					State      string `json:"overall_state"`
					Reason     string `json:"reason"`
					Follower   struct {
						Resource string `json:"resource"`
					} `json:"follower_context"`
					Leader struct {
						Resource string `json:"resource"`
					} `json:"leader_context"`
				} `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	if err := c.call(ctx, http.MethodGet, "/.replication-metadata-store/_search?size=10000&filter_path=hits.hits._source", nil, &answer); err != nil {
		return nil, err
	}
	var out []ccr.Replication
	for _, h := range answer.Hits.Hits {
		s := h.Source
		if !strings.EqualFold(s.Type, "INDEX") || s.State == "STOPPED" {
			continue
		}
		out = append(out, ccr.Replication{FollowerIndex: s.Follower.Resource, LeaderAlias: s.Connection, LeaderIndex: s.Leader.Resource,
			State: overallState(s.State), Reason: s.Reason})
	}
	return out, nil
}
