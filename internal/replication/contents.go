// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"net/http"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Contents reads what the cluster's open indices have, without hidden and system
// indices: one request, whatever their number.
func (c *Client) Contents(ctx context.Context) (map[string]ccr.Content, error) {
	var answer struct {
		Indices map[string]struct {
			UUID      string `json:"uuid"`
			Primaries struct {
				Docs struct {
					Count int64 `json:"count"`
				} `json:"docs"`
				Store struct {
					Bytes int64 `json:"size_in_bytes"`
				} `json:"store"`
			} `json:"primaries"`
			Shards map[string][]struct {
				Routing struct {
					Primary bool `json:"primary"`
				} `json:"routing"`
				SeqNo struct {
					Max int64 `json:"max_seq_no"`
				} `json:"seq_no"`
			} `json:"shards"`
		} `json:"indices"`
	}
	const target = "/_stats/docs,store?level=shards&expand_wildcards=open" +
		"&filter_path=indices.*.uuid,indices.*.primaries.docs.count,indices.*.primaries.store.size_in_bytes,indices.*.shards.*.routing.primary,indices.*.shards.*.seq_no.max_seq_no"
	if err := c.call(ctx, http.MethodGet, target, nil, &answer); err != nil {
		return nil, err
	}
	contents := make(map[string]ccr.Content, len(answer.Indices))
	for name, index := range answer.Indices {
		if strings.HasPrefix(name, ".") {
			continue
		}
		content := ccr.Content{UUID: index.UUID, Documents: index.Primaries.Docs.Count, Bytes: index.Primaries.Store.Bytes}
		for _, copies := range index.Shards {
			for _, shard := range copies {
				if shard.Routing.Primary {
					content.Sequence += shard.SeqNo.Max
				}
			}
		}
		contents[name] = content
	}
	return contents, nil
}

// Contents are what the follower's indices have.
func (e *Engine) Contents(ctx context.Context) ccr.Fact[map[string]ccr.Content] {
	return ContentsOf(ctx, e.follower.Client)
}

// ContentsOf are what a cluster's indices have, as far as it tells.
func ContentsOf(ctx context.Context, c *Client) ccr.Fact[map[string]ccr.Content] {
	contents, err := c.Contents(ctx)
	if err != nil {
		return ccr.Unknown[map[string]ccr.Content](worded(err).Error())
	}
	return ccr.Present(contents)
}
