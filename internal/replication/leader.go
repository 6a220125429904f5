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
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// This file asks for the leader's indices through the follower. What proves what
// is in the last table of the reference of the plugin: a listing finds indices
// and proves nothing about one that is missing; only a search of one name does.

// resolvedNames are the names that a leader has.
type resolvedNames struct {
	Indices     []resolvedName `json:"indices"`
	Aliases     []resolvedName `json:"aliases"`
	DataStreams []resolvedName `json:"data_streams"`
}

type resolvedName struct {
	Name       string   `json:"name"`
	Attributes []string `json:"attributes"`
}

func (c *Client) resolveNames(ctx context.Context, alias, pattern string) (answer resolvedNames, err error) {
	target := "/_resolve/index/" + url.PathEscape(alias+":"+pattern) + "?expand_wildcards=open,closed"
	err = c.call(ctx, http.MethodGet, target, nil, &answer)
	return answer, err
}

// LeaderName is what a leader has under the name of an index.
type LeaderName string

// The things that a name can stand for. The zero value is that nothing is known.
const (
	LeaderIndexOpen   LeaderName = "an open index"
	LeaderIndexClosed LeaderName = "a closed index"
	LeaderAlias       LeaderName = "an alias"
	LeaderDataStream  LeaderName = "a data stream"
	LeaderNothing     LeaderName = "nothing"
)

// leaderNameTime is how long the leader is asked: a plan does without its answer.
const leaderNameTime = 10 * time.Second

// LeaderName looks up a name on the leader, through the follower. What the list
// of all indices has, which all share, costs no request of its own. It is empty
// where the leader does not tell.
func (r *Reader) LeaderName(ctx context.Context, alias, name string) LeaderName {
	ctx, cancel := context.WithTimeout(ctx, leaderNameTime)
	defer cancel()
	listed, err := r.resolved(ctx, alias)
	if err != nil {
		return ""
	}
	for _, ix := range listed {
		switch {
		case ix.Name != name:
		case ix.Closed:
			return LeaderIndexClosed
		default:
			return LeaderIndexOpen
		}
	}
	answer, err := r.resolveNames(ctx, alias, name)
	switch {
	case err != nil:
		return ""
	case len(answer.Aliases) > 0:
		return LeaderAlias
	case len(answer.DataStreams) > 0:
		return LeaderDataStream
	}
	if gone, err := r.searchLeader(ctx, alias, name); err == nil && gone {
		return LeaderNothing
	}
	return ""
}

// resolve lists the leader's indices that a pattern covers, as the follower
// sees them over its connection, without hidden and system indices.
func (c *Client) resolve(ctx context.Context, alias, pattern string) ([]ccr.LeaderIndex, error) {
	answer, err := c.resolveNames(ctx, alias, pattern)
	if err != nil {
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

// searchLeader asks the leader for one index by name. gone is set where the
// leader itself answers that it has no such index. An answer that left the
// leader out, as a connection with skip_unavailable allows, is an error.
func (c *Client) searchLeader(ctx context.Context, alias, index string) (gone bool, err error) {
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
