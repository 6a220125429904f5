// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// indexInfo is what GET /INDEX?flat_settings=true says of one index.
type indexInfo struct {
	Aliases  map[string]json.RawMessage `json:"aliases"`
	Mappings json.RawMessage            `json:"mappings"`
	Settings map[string]any             `json:"settings"`
}

func (i indexInfo) setting(name string) string {
	value, _ := i.Settings[name].(string) // absent, or a list, which none of those asked for is
	return value
}

func (i indexInfo) uuid() string { return i.setting("index.uuid") }

// newShards are the shards of a copy of the index, with nothing in them yet.
func (i indexInfo) newShards() ([]*shard, error) {
	count, err := strconv.Atoi(i.setting("index.number_of_shards"))
	if err != nil {
		return nil, fmt.Errorf("index.number_of_shards: %w", err)
	}
	out := make([]*shard, count)
	for number := range out {
		out[number] = &shard{number: number, leader: -1, copied: -1, known: map[string]document{}}
	}
	return out, nil
}

// index reads one index of the leader, or says what the plugin says where that cannot be done.
func (l remote) index(ctx context.Context, alias, name string) (indexInfo, error) {
	var answer map[string]indexInfo
	err := l.call(ctx, http.MethodGet, indexPath(name, "?flat_settings=true"), nil, &answer)
	switch {
	case refused(err, http.StatusNotFound):
		return indexInfo{}, noSuchIndex(name)
	case !answered(err):
		l.forgetConnections()
		return indexInfo{}, unreachable(l.address)
	case err != nil:
		return indexInfo{}, err
	}
	info, ok := answer[name]
	if !ok {
		return indexInfo{}, aliasAsIndex(alias, name)
	}
	if info.setting("index.verified_before_close") == "true" { // only a closed index has it
		return indexInfo{}, indexClosed(name, info.uuid())
	}
	return info, nil
}

// uuid tells one index of a name from the next. There is none where there is no such index.
func (n *node) uuid(ctx context.Context, name string) (string, error) {
	var answer map[string]indexInfo
	err := n.call(ctx, http.MethodGet, indexPath(name, "/_settings/index.uuid?flat_settings=true"), nil, &answer)
	if refused(err, http.StatusNotFound) {
		return "", nil
	}
	return answer[name].uuid(), err
}

// isReplica tells whether an index of the leader is itself replicated: its node's metadata store,
// which is a real index, knows.
func (l remote) isReplica(ctx context.Context, name string) (bool, error) {
	err := l.call(ctx, http.MethodGet, indexPath(storeIndex, "/_doc/"+url.PathEscape(name)), nil, nil)
	if refused(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

// leasePeriod is for how long the leader keeps history for a reader that does not come.
func (i indexInfo) leasePeriod() time.Duration {
	const usual = 12 * time.Hour
	text := i.setting("index.soft_deletes.retention_lease.period")
	if text == "" {
		return usual
	}
	period, err := parseDuration(text)
	if err != nil {
		return usual // the leader's node took it, so it is a form that is not known here
	}
	return period
}

// tooNew says why an index cannot be replicated to a node of an older version.
func (i indexInfo) tooNew(name, nodeVersion string) *apiError {
	created := indexVersion(i.setting("index.version.created"))
	if created == "" || !olderVersion(nodeVersion, created) {
		return nil
	}
	return illegalArgument("Leader index[%s] is on higher version [%s] than follower [%s]", name, created, nodeVersion)
}

// indexVersion turns the number that OpenSearch keeps with an index into a version.
func indexVersion(id string) string {
	const mask = 0x08000000 // set in the ids of OpenSearch, to tell them from older ones
	n, err := strconv.Atoi(id)
	if err != nil || n&mask == 0 {
		return ""
	}
	n ^= mask
	return fmt.Sprintf("%d.%d.%d", n/1000000, n/10000%100, n/100%100)
}

func olderVersion(a, b string) bool {
	pa, pb := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(pa), len(pb), 2) { // patch versions read each other's indices
		x, errX := strconv.Atoi(pa[i])
		y, errY := strconv.Atoi(pb[i])
		if errX != nil || errY != nil {
			return false
		}
		if x != y {
			return x < y
		}
	}
	return false
}

// shardStats is where a leader's shard stands.
type shardStats struct {
	checkpoint  int64
	docs, bytes int64
}

type leaderStats struct {
	uuid   string
	shards map[int]shardStats
}

const statsQuery = "/_stats/docs,store?level=shards&expand_wildcards=all&forbid_closed_indices=false" +
	"&filter_path=indices.*.uuid,indices.*.shards.*.routing.primary,indices.*.shards.*.seq_no.global_checkpoint," +
	"indices.*.shards.*.docs.count,indices.*.shards.*.store.size_in_bytes"

// stats reads the checkpoints of one index, or of all where name is empty: a list of many names
// would not fit into the first line of a request.
func (n *node) stats(ctx context.Context, name string) (map[string]leaderStats, error) {
	path := statsQuery
	if name != "" {
		path = indexPath(name, path)
	}
	var answer struct {
		Indices map[string]struct {
			UUID   string `json:"uuid"`
			Shards map[string][]struct {
				Routing struct{ Primary bool } `json:"routing"`
				SeqNo   struct {
					Global int64 `json:"global_checkpoint"`
				} `json:"seq_no"`
				Docs  struct{ Count int64 } `json:"docs"`
				Store struct {
					Bytes int64 `json:"size_in_bytes"`
				} `json:"store"`
			} `json:"shards"`
		} `json:"indices"`
	}
	if err := n.call(ctx, http.MethodGet, path, nil, &answer); err != nil {
		return nil, err
	}
	out := make(map[string]leaderStats, len(answer.Indices))
	for index, entry := range answer.Indices {
		stats := leaderStats{uuid: entry.UUID, shards: map[int]shardStats{}}
		for number, copies := range entry.Shards {
			i, err := strconv.Atoi(number)
			if err != nil {
				return nil, fmt.Errorf("shard %q of %s: %w", number, index, err)
			}
			for _, c := range copies {
				if c.Routing.Primary {
					stats.shards[i] = shardStats{checkpoint: c.SeqNo.Global, docs: c.Docs.Count, bytes: c.Store.Bytes}
				}
			}
		}
		out[index] = stats
	}
	return out, nil
}
