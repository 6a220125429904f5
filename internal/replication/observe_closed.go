// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"net/http"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// This file reads replications where a managed service hides the marks or the
// cluster state from its users.

// replicationsWithoutMetadata lists the replications by the plugin's own store
// or, where that is closed too, by asking for the status of each index.
func (c *Client) replicationsWithoutMetadata(ctx context.Context, marked map[string]ccr.Replication) ([]ccr.Replication, error) {
	stored, err := c.store(ctx)
	switch {
	case err == nil:
		return stored, nil
	case is(err, "index_not_found_exception", ""):
		return nil, nil // the store is made with the first replication
	case !isClosedRoute(err):
		return nil, err
	}
	var names []string
	for index := range marked {
		names = append(names, index)
	}
	if len(names) == 0 {
		indices, err := c.Indices(ctx)
		if err != nil {
			return nil, err
		}
		for _, ix := range indices {
			names = append(names, ix.Name)
		}
	}
	return c.byStatus(ctx, names, marked)
}

func (c *Client) byStatus(ctx context.Context, names []string, marked map[string]ccr.Replication) ([]ccr.Replication, error) {
	found := make([]ccr.Replication, len(names))
	err := parallel(ctx, len(names), func(ctx context.Context, i int) error {
		r, err := c.Replication(ctx, names[i])
		if IsLeaderUnreachable(err) {
			// It is a replica, or it would not need its leader to answer.
			r, err = marked[names[i]], nil
			r.FollowerIndex, r.State = names[i], ccr.Unknown
		}
		found[i] = r
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []ccr.Replication
	for _, r := range found {
		if _, isMarked := marked[r.FollowerIndex]; r.State != ccr.NotInProgress || isMarked {
			out = append(out, r)
		}
	}
	return out, nil
}

// completed asks for the status of replications whose leader is not known.
func (c *Client) completed(ctx context.Context, in []ccr.Replication) ([]ccr.Replication, error) {
	err := parallel(ctx, len(in), func(ctx context.Context, i int) error {
		if in[i].LeaderIndex != "" {
			return nil
		}
		r, err := c.Replication(ctx, in[i].FollowerIndex)
		if err == nil && r.LeaderIndex != "" {
			in[i].LeaderAlias, in[i].LeaderIndex = r.LeaderAlias, r.LeaderIndex
		}
		if IsLeaderUnreachable(err) {
			return nil
		}
		return err
	})
	return in, err
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
