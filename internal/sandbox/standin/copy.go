// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// batchSize bounds the documents of one search and one bulk: small enough for nodes with a heap of 256 MB.
const batchSize = 1000

// errLeft ends a copy whose replication does not run any more.
var errLeft = errors.New("the replication was paused or stopped")

// replayError is a document that the follower refuses: the plugin pauses the replication then.
type replayError struct {
	shard        int
	kind, reason string
}

func (e *replayError) Error() string { return e.kind + ": " + e.reason }

// copy brings the shards of one index up to where the leader was seen last.
func (l *link) copy(ctx context.Context, r *replication, leader remote) {
	l.slots <- struct{}{}
	defer func() { <-l.slots }()
	err := l.copyShards(ctx, r, leader)
	if replay, ok := errors.AsType[*replayError](err); ok {
		l.plugin.pauseItself(r, autoPaused(r.follower, replay.shard, replay.kind, replay.reason))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.copying = false
	switch {
	case err == nil:
		r.failures = 0
		r.bootstrapped = r.bootstrapped || r.state == running && !r.stopping
	case errors.Is(err, errLeft), ctx.Err() != nil, r.state != running, r.stopping:
	default:
		l.plugin.config.Log("copy %s to %s: %v", r.leader, r.follower, err)
		r.failures++
		r.written.failures++
		r.retryAt = time.Now().Add(l.plugin.timing.backoff(r.failures))
	}
}

func (l *link) copyShards(ctx context.Context, r *replication, leader remote) error {
	r.moving.Lock()
	defer r.moving.Unlock()
	reading, interrupt := context.WithCancel(ctx)
	defer interrupt()
	r.mu.Lock()
	r.interrupt = interrupt
	r.mu.Unlock()
	if !r.copies() {
		return errLeft
	}
	leader = leader.until(reading)
	// What counts is where the leader was seen before the refresh: a look that comes later may see
	// operations that the refresh has not published.
	targets := map[int]int64{}
	for _, s := range r.view().shards {
		if s.leader > s.copied {
			targets[s.number] = s.leader
		}
	}
	if len(targets) == 0 {
		return nil
	}
	// A search finds only what a refresh has published. This is the one thing that the stand-in does
	// to the leader and the plugin, which reads the translog, does not.
	if err := leader.call(ctx, http.MethodPost, indexPath(r.leader, "/_refresh"), nil, nil); err != nil {
		return err
	}
	if err := l.copyMapping(ctx, r, leader); err != nil {
		return err
	}
	for _, s := range r.shards {
		if to, behind := targets[s.number]; behind {
			if err := l.copyShard(ctx, r, s, leader, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyMapping copies the mapping where it changed, before the documents that need it.
func (l *link) copyMapping(ctx context.Context, r *replication, leader remote) error {
	var answer map[string]struct{ Mappings json.RawMessage }
	if err := leader.call(ctx, http.MethodGet, indexPath(r.leader, "/_mapping"), nil, &answer); err != nil {
		return err
	}
	mappings := answer[r.leader].Mappings
	if string(mappings) == r.mappings || len(mappings) == 0 {
		return nil
	}
	err := l.plugin.node.call(ctx, http.MethodPut, indexPath(r.follower, "/_mapping"), []byte(mappings), nil)
	if no, ok := errors.AsType[*refusal](err); ok && no.status == http.StatusBadRequest {
		kind, reason := no.parts()
		return &replayError{kind: kind, reason: reason}
	}
	if err != nil {
		return err
	}
	r.mappings = string(mappings)
	return nil
}

// copyShard copies the operations of a shard up to a checkpoint of the leader. Each of them can be
// found, unless its document was changed again (then it is found under its new number) or deleted
// (then it is missing, and the count of the documents shows it).
func (l *link) copyShard(ctx context.Context, r *replication, s *shard, leader remote, to int64) error {
	r.mu.Lock()
	from := s.copied
	r.mu.Unlock()
	for to > from {
		if !r.copies() {
			return errLeft
		}
		began := time.Now()
		page, err := leader.changes(ctx, r.leader, s.number, from)
		if err != nil {
			return err
		}
		bytesRead, err := l.apply(ctx, r, s, page.fresh(s.known))
		if err != nil {
			return err
		}
		for _, h := range page.hits {
			s.known[h.ID] = document{seqNo: h.SeqNo, routing: h.Routing}
		}
		l.plugin.countRead(leader, r.leader, int64(len(page.hits)), bytesRead, time.Since(began))
		if len(page.hits) == batchSize { // there is more
			from = page.hits[batchSize-1].SeqNo
			r.arrived(s, min(from, to), len(page.hits), time.Since(began))
			continue
		}
		if len(s.known) > page.live {
			if err := l.delete(ctx, r, s, leader); err != nil {
				return err
			}
		}
		r.arrived(s, to, len(page.hits), time.Since(began))
		return nil
	}
	return nil
}

// arrived moves the follower's checkpoint on.
func (r *replication) arrived(s *shard, checkpoint int64, operations int, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.copied = max(s.copied, checkpoint)
	r.written.operations += int64(operations)
	r.written.millis += took.Milliseconds()
}

// hit is a document of the leader.
type hit struct {
	ID      string          `json:"_id"`
	Routing string          `json:"_routing"`
	Version int64           `json:"_version"`
	SeqNo   int64           `json:"_seq_no"`
	Source  json.RawMessage `json:"_source"`
}

// page is what one search sees of a shard: the documents changed after some operation, and how many
// there are altogether at the same moment.
type page struct {
	hits []hit
	live int
}

// fresh leaves out what arrived before: a page goes beyond the checkpoint up to which it counts.
func (p page) fresh(known map[string]document) []hit {
	var out []hit
	for _, h := range p.hits {
		if have, ok := known[h.ID]; !ok || have.seqNo < h.SeqNo {
			out = append(out, h)
		}
	}
	return out
}

func (n *node) changes(ctx context.Context, index string, shard int, after int64) (page, error) {
	var answer struct {
		Hits         struct{ Hits []hit }
		Aggregations struct {
			Live struct {
				Count int `json:"doc_count"`
			}
		}
	}
	err := n.call(ctx, http.MethodPost, indexPath(index, fmt.Sprintf("/_search?preference=_shards:%d", shard)), map[string]any{
		"size":                batchSize,
		"sort":                []any{map[string]any{"_seq_no": "asc"}},
		"query":               map[string]any{"range": map[string]any{"_seq_no": map[string]any{"gt": after}}},
		"seq_no_primary_term": true, "version": true, "track_total_hits": false,
		"aggs": map[string]any{"live": map[string]any{"global": map[string]any{}}},
	}, &answer)
	return page{hits: answer.Hits.Hits, live: answer.Aggregations.Live.Count}, err
}

// apply writes documents to the follower, with the version they have on the leader.
func (l *link) apply(ctx context.Context, r *replication, s *shard, hits []hit) (int64, error) {
	if len(hits) == 0 {
		return 0, nil
	}
	var b bytes.Buffer
	for _, h := range hits {
		if err := appendIndex(&b, h, true); err != nil {
			return 0, err
		}
	}
	size := int64(b.Len())
	failed, err := l.bulk(ctx, r, s, b.Bytes())
	if err != nil || len(failed) == 0 {
		return size, err
	}
	// A document that was deleted and made again long after begins with version 1, below that of
	// its trace on the follower: there the leader's version cannot be kept.
	b.Reset()
	for _, h := range hits {
		if failed[h.ID] {
			if err := appendIndex(&b, h, false); err != nil {
				return 0, err
			}
		}
	}
	_, err = l.bulk(ctx, r, s, b.Bytes())
	return size, err
}

func appendIndex(b *bytes.Buffer, h hit, withVersion bool) error {
	meta := map[string]any{"_id": h.ID}
	if h.Routing != "" {
		meta["routing"] = h.Routing
	}
	if withVersion {
		meta["version"], meta["version_type"] = h.Version, "external_gte"
	}
	line, err := json.Marshal(map[string]any{"index": meta})
	if err != nil {
		return err
	}
	b.Write(line)
	b.WriteByte('\n')
	if err := json.Compact(b, h.Source); err != nil { // one line each, and a source may have more
		return fmt.Errorf("document %s: %w", h.ID, err)
	}
	b.WriteByte('\n')
	return nil
}

// bulk sends a bulk to the follower index and returns the documents whose version was in the way.
func (l *link) bulk(ctx context.Context, r *replication, s *shard, body []byte) (conflicts map[string]bool, err error) {
	var answer struct {
		Errors bool
		Items  []map[string]struct {
			ID     string `json:"_id"`
			Status int
			Error  struct{ Type, Reason string }
		}
	}
	path := indexPath(r.follower, "/_bulk?pipeline=_none&filter_path=errors,items.*._id,items.*.status,items.*.error")
	if err := l.plugin.node.call(ctx, http.MethodPost, path, body, &answer); err != nil {
		return nil, err
	}
	if !answer.Errors {
		return nil, nil
	}
	conflicts = map[string]bool{}
	for _, item := range answer.Items {
		for _, result := range item {
			switch {
			case result.Status < 300, result.Status == http.StatusNotFound && result.Error.Type == "": // deleted before
			case result.Status == http.StatusConflict:
				conflicts[result.ID] = true
			case result.Status == http.StatusBadRequest:
				return nil, &replayError{shard: s.number, kind: result.Error.Type, reason: result.Error.Reason}
			default:
				return nil, fmt.Errorf("write %s to %s: status %d, %s: %s", result.ID, r.follower, result.Status, result.Error.Type, result.Error.Reason)
			}
		}
	}
	return conflicts, nil
}
