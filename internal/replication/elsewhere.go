// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Elsewhere says why the follower's connection leads to another cluster than
// the leader, and "" where it leads there or that cannot be told. One request to
// the leader tells it where the connection has an address of its nodes; behind a
// proxy or under other names the follower is asked which node answers a search
// of a leader index.
func (e *Engine) Elsewhere(ctx context.Context, o ccr.Observation) string {
	if e.Leader == nil || !o.Connection.Connected {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, e.leaderTime)
	defer cancel()
	nodes, err := e.Leader.nodes(ctx)
	if err != nil || len(nodes) == 0 {
		return "" // not known; that the leader is out of reach is told elsewhere
	}
	for _, n := range nodes {
		if slices.Contains(o.Connection.Addresses, n.Publish) || slices.ContainsFunc(n.Bound, func(a string) bool { return slices.Contains(o.Connection.Addresses, a) }) {
			return ""
		}
	}
	i := slices.IndexFunc(o.Leader, func(ix ccr.Index) bool { return !ix.Closed })
	if i < 0 {
		return ""
	}
	answering, err := e.Follower.answering(ctx, o.Connection.Alias, o.Leader[i].Name)
	if is(err, "index_not_found_exception", "") {
		return fmt.Sprintf("points to another cluster (%s): that has no index %s, which the leader has", strings.Join(o.Connection.Addresses, ", "), o.Leader[i].Name)
	}
	if err != nil {
		return ""
	}
	for _, id := range answering {
		if _, ofLeader := nodes[id]; !ofLeader {
			return fmt.Sprintf("points to another cluster (%s): node %s answers there, which is none of the leader's", strings.Join(o.Connection.Addresses, ", "), id)
		}
	}
	return ""
}

// transportNode is where a node can be reached by other clusters.
type transportNode struct {
	Bound   []string `json:"bound_address"`
	Publish string   `json:"publish_address"`
}

// nodes lists the nodes of a cluster by their ids.
func (c *Client) nodes(ctx context.Context) (map[string]transportNode, error) {
	var answer struct {
		Nodes map[string]struct {
			Transport transportNode `json:"transport"`
		} `json:"nodes"`
	}
	if err := c.call(ctx, http.MethodGet, "/_nodes/transport", nil, &answer); err != nil {
		return nil, err
	}
	nodes := make(map[string]transportNode, len(answer.Nodes))
	for id, n := range answer.Nodes {
		nodes[id] = n.Transport
	}
	return nodes, nil
}

// answering lists the ids of the nodes that answer a search of a remote index.
func (c *Client) answering(ctx context.Context, alias, index string) ([]string, error) {
	var answer struct {
		Profile struct {
			Shards []struct {
				ID string `json:"id"` // [NODE][ALIAS:INDEX][SHARD]
			} `json:"shards"`
		} `json:"profile"`
	}
	body := map[string]any{"size": 0, "profile": true}
	if err := c.call(ctx, http.MethodPost, path(alias+":"+index, "_search"), body, &answer); err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range answer.Profile.Shards {
		id, _, found := strings.Cut(strings.TrimPrefix(s.ID, "["), "][")
		if found && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
