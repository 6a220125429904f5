// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// This file has the write block that a promotion puts on the leader's indices. The
// plugin does not copy it to the follower (reference of the plugin, "metadata").

const (
	// blockSetting keeps writes from an index.
	blockSetting = "index.blocks.write"
	// fenceSetting marks a block as that of a promotion, with the follower it was
	// put up for. An index has no setting for remarks, so this is one that keeps its
	// shards from nodes whose attribute of that name has this value: there are none.
	fenceSetting = "index.routing.allocation.exclude.opensearch_ccr_fenced_for"
)

// Fences reads which of the cluster's open indices have a write block or the mark of a fence.
func (c *Client) Fences(ctx context.Context) (map[string]ccr.Fence, error) {
	var answer map[string]struct {
		Settings map[string]string `json:"settings"`
	}
	target := "/_all/_settings/" + blockSetting + "," + fenceSetting + "?flat_settings=true&expand_wildcards=open"
	if err := c.call(ctx, http.MethodGet, target, nil, &answer); err != nil {
		return nil, err
	}
	fences := map[string]ccr.Fence{}
	for name, index := range answer {
		if fence := (ccr.Fence{Blocked: index.Settings[blockSetting] == "true", For: index.Settings[fenceSetting]}); fence != (ccr.Fence{}) {
			fences[name] = fence
		}
	}
	return fences, nil
}

// Fence blocks writes on indices and returns when no write is under way any more.
// Each is marked first, so that whatever happens next it can be told whose block it is.
func (c *Client) Fence(ctx context.Context, names []string, follower string) error {
	for some := range pathsOf(names) {
		if err := c.call(ctx, http.MethodPut, some+"/_settings", map[string]any{fenceSetting: follower}, nil); err != nil {
			return err
		}
		if err := c.call(ctx, http.MethodPut, some+"/_block/write", nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// LiftFence takes the write block and its mark from indices. One that is gone is success.
func (c *Client) LiftFence(ctx context.Context, names []string) error {
	for some := range pathsOf(names) {
		if err := c.call(ctx, http.MethodPut, some+"/_settings?ignore_unavailable=true", map[string]any{blockSetting: nil, fenceSetting: nil}, nil); err != nil {
			return err
		}
	}
	return nil
}

// An application that still writes to an index when it is deleted creates it again at once, and what
// it writes there would be lost. A template keeps it from that: it sends every write that would
// create one of the indices through a pipeline that does not exist, whose name says why. The write
// is refused, and no index is made (seen on 2.19 and 3.6). It has no effect on indices that exist or
// that a replication creates.

// keeperPriority is above that of any template that people make.
const keeperPriority = 1_000_000_000

// keeperName is that of the template, and of the pipeline that does not exist.
func keeperName(alias string) string { return "opensearch-ccr-follows-" + strings.ToLower(alias) }

// KeepOut keeps writes from creating the named indices, which are to follow the leader of an alias.
func (c *Client) KeepOut(ctx context.Context, alias string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	name := keeperName(alias)
	return c.call(ctx, http.MethodPut, path("_index_template", name), map[string]any{
		"index_patterns": names, "priority": keeperPriority,
		"template": map[string]any{"settings": map[string]any{"index.final_pipeline": name}},
		"_meta":    map[string]any{"description": "Made by Terraform while these indices are copied again from " + alias + ". Delete it when no apply is under way."},
	}, nil)
}

// LetIn ends what [Client.KeepOut] began; where there is nothing to end is success.
func (c *Client) LetIn(ctx context.Context, alias string) error {
	err := c.call(ctx, http.MethodDelete, path("_index_template", keeperName(alias)), nil, nil)
	if is(err, "index_template_missing_exception", "") {
		return nil
	}
	return err
}

// Fences are the write blocks on the leader's indices.
func (e *Engine) Fences(ctx context.Context) ccr.Fact[map[string]ccr.Fence] {
	if e.leader == nil {
		return ccr.Unknown[map[string]ccr.Fence]("the leader cannot be asked directly")
	}
	fences, err := e.leader.Fences(ctx)
	if err != nil {
		return ccr.Unknown[map[string]ccr.Fence](worded(err).Error())
	}
	return ccr.Present(fences)
}

// Fence blocks writes on indices of the leader for the promotion of a follower.
func (e *Engine) Fence(ctx context.Context, names []string, follower string) error {
	if e.leader == nil {
		return errLeaderNotAsked
	}
	e.tell(ctx, phasePromotion, "blocking writes on "+ccr.CountedIndices(names)+" of the leader")
	return e.leader.Fence(ctx, names, follower)
}

// LiftFence lets indices of the leader take writes again.
func (e *Engine) LiftFence(ctx context.Context, names []string) error {
	if e.leader == nil {
		return errLeaderNotAsked
	}
	e.tell(ctx, phasePromotion, "lifting the write block on "+ccr.CountedIndices(names)+" of the leader")
	return e.leader.LiftFence(ctx, names)
}

var errLeaderNotAsked = errors.New("the leader cannot be asked directly")

// pathLength bounds the names in one path: a node refuses a line of over 4,096 bytes.
const pathLength = 3000

// pathsOf are paths that name indices, as few as their length permits.
func pathsOf(names []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		var b strings.Builder
		for _, name := range names {
			escaped := url.PathEscape(name)
			if b.Len() > 0 && b.Len()+len(escaped) > pathLength {
				if !yield("/" + b.String()) {
					return
				}
				b.Reset()
			}
			if b.Len() > 0 {
				b.WriteString(",")
			}
			b.WriteString(escaped)
		}
		if b.Len() > 0 {
			yield("/" + b.String())
		}
	}
}
