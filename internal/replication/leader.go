// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// This file asks for the leader's indices through the follower. What proves what
// is in the last table of the reference of the plugin: a listing finds indices
// and proves nothing about one that is missing; only a search of one name does.

// resolve lists the leader's indices that a pattern covers, as the follower
// sees them over its connection, without hidden and system indices.
func (c *Client) resolve(ctx context.Context, alias, pattern string) ([]ccr.LeaderIndex, error) {
	var answer struct {
		Indices []struct {
			Name       string   `json:"name"`
			Attributes []string `json:"attributes"`
		} `json:"indices"`
	}
	target := "/_resolve/index/" + url.PathEscape(alias+":"+pattern) + "?expand_wildcards=open,closed"
	if err := c.call(ctx, http.MethodGet, target, nil, &answer); err != nil {
		return nil, err
	}
	var listed []ccr.LeaderIndex
	for _, ix := range answer.Indices {
		name := strings.TrimPrefix(ix.Name, alias+":")
		if ccr.Matches(pattern, name) && !slices.Contains(ix.Attributes, "hidden") {
			listed = append(listed, ccr.LeaderIndex{Name: name, Closed: slices.Contains(ix.Attributes, "closed")})
		}
	}
	return listed, nil
}

// LeaderIndices lists the leader's open indices that a pattern covers. An empty
// list says nothing: a leader that is down and a user without rights there have
// one too.
func (c *Client) LeaderIndices(ctx context.Context, alias, pattern string) ([]string, error) {
	listed, err := c.resolve(ctx, alias, pattern)
	var names []string
	for _, ix := range listed {
		if !ix.Closed {
			names = append(names, ix.Name)
		}
	}
	slices.Sort(names)
	return names, err
}

// searchLeader asks the leader for one index by name. lacks is set where the
// leader itself answers that it has no such index. An answer that left the
// leader out, as a connection with skip_unavailable allows, is an error.
func (c *Client) searchLeader(ctx context.Context, alias, index string) (lacks bool, err error) {
	var answer struct {
		Clusters struct {
			Skipped int `json:"skipped"`
		} `json:"_clusters"`
	}
	target := path(alias+":"+index, "_search") + "?size=0"
	err = c.call(ctx, http.MethodGet, target, nil, &answer)
	if is(err, "index_not_found_exception", "no such index ["+index+"]") {
		return true, nil
	}
	if err == nil && answer.Clusters.Skipped > 0 {
		return false, fmt.Errorf("GET %s%s: the follower left the leader out of its answer", c.name, target)
	}
	return false, err
}
