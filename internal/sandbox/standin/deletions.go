// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
)

// delete takes away from the follower what the leader does not have any more. The known documents
// and the leader's are compared by their number of operation, in buckets first, so that a large
// shard with few deletions does not have to be listed.
func (l *link) delete(ctx context.Context, r *replication, s *shard, leader remote) error {
	suspects, err := l.suspects(ctx, r, s, leader)
	if err != nil {
		return err
	}
	for len(suspects) > 0 {
		chunk := suspects[:min(len(suspects), batchSize)]
		suspects = suspects[len(chunk):]
		if err := l.deleteMissing(ctx, r, s, leader, chunk); err != nil {
			return err
		}
	}
	return nil
}

// known are the documents of a shard in the order of their operations.
type numbered struct {
	id    string
	seqNo int64
}

func inOrder(known map[string]document) []numbered {
	out := make([]numbered, 0, len(known))
	for id, d := range known {
		out = append(out, numbered{id: id, seqNo: d.seqNo})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].seqNo < out[j].seqNo })
	return out
}

// suspects are known documents that the leader does not have under their number: they were deleted
// or, since the last look, changed.
func (l *link) suspects(ctx context.Context, r *replication, s *shard, leader remote) ([]string, error) {
	known := inOrder(s.known)
	if len(known) == 0 {
		return nil, nil
	}
	const buckets = 512
	interval := known[len(known)-1].seqNo/buckets + 1
	counts, err := leader.histogram(ctx, r.leader, s.number, interval)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, group := range mismatches(known, counts, interval) {
		there, err := leader.seqNos(ctx, r.leader, s.number, group[0].seqNo, group[len(group)-1].seqNo)
		if err != nil {
			return nil, err
		}
		for _, d := range group {
			if !there[d.seqNo] {
				ids = append(ids, d.id)
			}
		}
	}
	return ids, nil
}

// mismatches are the documents of those buckets of which the leader has fewer, in groups of
// neighbouring buckets that one search can list.
func mismatches(known []numbered, counts map[int64]int, interval int64) [][]numbered {
	const listable = 5000
	var out [][]numbered
	last := int64(-2)
	for len(known) > 0 {
		bucket := known[0].seqNo / interval
		end := sort.Search(len(known), func(i int) bool { return known[i].seqNo/interval > bucket })
		group := known[:end:end]
		known = known[end:]
		if len(group) <= counts[bucket] {
			continue
		}
		if n := len(out); n > 0 && bucket == last+1 && len(out[n-1])+len(group) <= listable {
			out[n-1] = append(out[n-1], group...)
		} else {
			out = append(out, group)
		}
		last = bucket
	}
	return out
}

// histogram counts the documents of a shard by number of operation, in buckets of that width.
func (n *node) histogram(ctx context.Context, index string, shard int, interval int64) (map[int64]int, error) {
	var answer struct {
		Aggregations struct {
			Seq struct {
				Buckets []struct {
					Key   float64
					Count int `json:"doc_count"`
				}
			}
		}
	}
	err := n.call(ctx, http.MethodPost, indexPath(index, fmt.Sprintf("/_search?preference=_shards:%d", shard)), map[string]any{
		"size": 0, "track_total_hits": false,
		"aggs": map[string]any{"seq": map[string]any{"histogram": map[string]any{"field": "_seq_no", "interval": interval, "min_doc_count": 1}}},
	}, &answer)
	if err != nil {
		return nil, err
	}
	counts := map[int64]int{}
	for _, b := range answer.Aggregations.Seq.Buckets {
		counts[int64(b.Key)/interval] = b.Count
	}
	return counts, nil
}

// seqNos lists the numbers of operation, from first to last, that a shard has documents for.
func (n *node) seqNos(ctx context.Context, index string, shard int, first, last int64) (map[int64]bool, error) {
	const most = 10_000 // index.max_result_window
	out := map[int64]bool{}
	for {
		var answer struct {
			Hits struct {
				Hits []struct {
					Fields struct {
						SeqNo []int64 `json:"_seq_no"`
					}
				}
			}
		}
		err := n.call(ctx, http.MethodPost, indexPath(index, fmt.Sprintf("/_search?preference=_shards:%d&filter_path=hits.hits.fields", shard)), map[string]any{
			"size": most, "track_total_hits": false, "_source": false, "stored_fields": "_none_",
			"docvalue_fields": []any{"_seq_no"}, "sort": []any{map[string]any{"_seq_no": "asc"}},
			"query": map[string]any{"range": map[string]any{"_seq_no": map[string]any{"gte": first, "lte": last}}},
		}, &answer)
		if err != nil {
			return nil, err
		}
		for _, h := range answer.Hits.Hits {
			for _, seqNo := range h.Fields.SeqNo {
				out[seqNo] = true
				first = max(first, seqNo+1)
			}
		}
		if len(answer.Hits.Hits) < most {
			return out, nil
		}
	}
}

// deleteMissing deletes those of the documents that the leader really does not have.
func (l *link) deleteMissing(ctx context.Context, r *replication, s *shard, leader remote, ids []string) error {
	var answer struct {
		Hits struct {
			Hits []struct {
				ID string `json:"_id"`
			}
		}
	}
	err := leader.call(ctx, http.MethodPost, indexPath(r.leader, fmt.Sprintf("/_search?preference=_shards:%d&filter_path=hits.hits._id", s.number)), map[string]any{
		"size": len(ids), "_source": false, "query": map[string]any{"ids": map[string]any{"values": ids}},
	}, &answer)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, h := range answer.Hits.Hits {
		there[h.ID] = true
	}
	var b bytes.Buffer
	var deleted []string
	for _, id := range ids {
		if there[id] {
			continue
		}
		meta := map[string]any{"_id": id}
		if routing := s.known[id].routing; routing != "" {
			meta["routing"] = routing
		}
		line, err := json.Marshal(map[string]any{"delete": meta})
		if err != nil {
			return err
		}
		b.Write(line)
		b.WriteByte('\n')
		deleted = append(deleted, id)
	}
	if len(deleted) == 0 {
		return nil
	}
	if _, err := l.bulk(ctx, r, s, b.Bytes()); err != nil {
		return err
	}
	for _, id := range deleted {
		delete(s.known, id)
	}
	r.arrived(s, -1, len(deleted), 0)
	return nil
}
