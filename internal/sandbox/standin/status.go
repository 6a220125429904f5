// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

func (p *Plugin) handleStatus(w http.ResponseWriter, r *http.Request, index string) {
	answer, err := p.status(r.Context(), index, flag(r.URL.Query(), "verbose"))
	switch {
	case r.Context().Err() != nil: // there is nobody to answer
	case err != nil:
		writeError(w, err)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

// status is what _status answers. Of what runs it asks the leader, as the plugin does, and so fails
// where the leader cannot be reached, and finds nothing in progress where the leader index or the
// connection is gone. Where the leader is silent it does not answer before the client gives up.
func (p *Plugin) status(ctx context.Context, index string, verbose bool) (map[string]any, error) {
	nothing := map[string]any{"status": notInProgress}
	r := p.replication(index)
	if r == nil {
		return nothing, nil
	}
	v := r.view()
	switch v.state {
	case stopped:
		return nothing, nil
	case paused, failed:
		return v.head(string(v.state)), nil
	}
	if p.recovering() {
		return nothing, nil
	}
	stats, err := p.askLeader(ctx, v)
	switch {
	case errors.Is(err, errNotFound):
		return nothing, nil
	case err != nil:
		if ctx.Err() == nil {
			p.config.Log("status of %s: %v", index, err)
		}
		return nil, &apiError{status: http.StatusInternalServerError, kind: "replication_exception", reason: "failed to fetch replication status"}
	}
	for i := range v.shards {
		if there, ok := stats.shards[v.shards[i].number]; ok {
			v.shards[i].leader = max(v.shards[i].leader, there.checkpoint)
			v.shards[i].bytes = there.bytes
		}
	}
	if !v.bootstrapped {
		answer := v.head("BOOTSTRAPPING")
		if len(v.shards) > 0 {
			answer["bootstrap_details"] = v.bootstrap(v.shards)
		}
		if verbose {
			answer["shard_replication_details"] = v.details("bootstrap_task_details", v.bootstrap)
		}
		return answer, nil
	}
	answer := v.head("SYNCING")
	answer["syncing_details"] = syncing(v.shards)
	if verbose {
		answer["shard_replication_details"] = v.details("syncing_task_details", syncing)
	}
	return answer, nil
}

// errNotFound is what the plugin takes for "not in progress": no such connection, no such leader index.
var errNotFound = errors.New("not found")

func (p *Plugin) askLeader(ctx context.Context, v view) (leaderStats, error) {
	leader, err := p.resolve(ctx, v.alias)
	var api *apiError
	if errors.As(err, &api) && api.status == http.StatusNotFound {
		return leaderStats{}, errNotFound
	}
	if err != nil {
		return leaderStats{}, err
	}
	leader = leader.patient()
	all, err := leader.stats(ctx, v.leader)
	switch {
	case refused(err, http.StatusNotFound), err != nil && leader.connection.Err() != nil:
		return leaderStats{}, errNotFound
	case err != nil:
		if !answered(err) {
			leader.forgetConnections()
		}
		return leaderStats{}, err
	}
	if stats, ok := all[v.leader]; ok && stats.uuid == v.uuid {
		return stats, nil
	}
	uuid, err := leader.uuid(ctx, v.leader)
	if err == nil && uuid != v.uuid {
		return leaderStats{}, errNotFound
	}
	return leaderStats{}, err // its shards are not open yet: what was last seen has to do
}

func (v view) head(status string) map[string]any {
	return map[string]any{
		"status": status, "reason": v.reason,
		"leader_alias": v.alias, "leader_index": v.leader, "follower_index": v.follower,
	}
}

func syncing(shards []shard) map[string]any {
	leader, follower := view{shards: shards}.checkpoints()
	return map[string]any{"leader_checkpoint": leader, "follower_checkpoint": follower, "seq_no": follower}
}

// bootstrap is the progress in the words of the plugin, which copies files: here they are counted by
// the operations that arrived.
func (v view) bootstrap(shards []shard) map[string]any {
	const filesPerShard = 10
	var bytesTotal, bytesRecovered, filesTotal, filesRecovered int64
	for _, s := range shards {
		bytesTotal += s.bytes
		bytesRecovered += int64(s.progress() * float64(s.bytes))
		filesTotal += filesPerShard
		filesRecovered += int64(s.progress() * filesPerShard)
	}
	percent := func(part, whole int64) float64 {
		if whole == 0 {
			return 0
		}
		return 100 * float64(part) / float64(whole)
	}
	return map[string]any{
		"bytes_total": bytesTotal, "bytes_recovered": bytesRecovered, "bytes_percent": percent(bytesRecovered, bytesTotal),
		"files_total": filesTotal, "files_recovered": filesRecovered, "files_percent": percent(filesRecovered, filesTotal),
		"start_time": v.created.UnixMilli(), "running_time": time.Since(v.created).Milliseconds(),
	}
}

func (v view) details(name string, of func([]shard) map[string]any) []any {
	out := []any{}
	for i, s := range v.shards {
		out = append(out, map[string]any{"shard_id": fmt.Sprintf("[%s][%d]", v.follower, s.number), name: of(v.shards[i : i+1])})
	}
	return out
}
