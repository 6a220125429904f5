// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"net/http"
	"slices"
	"strings"
)

// handleClusterState completes the cluster state by what the plugin keeps in it: its metadata, and its
// block on every replica. An index in the path restricts neither: as seen on a real node, it restricts
// the metadata and the routing of indices only.
func (p *Plugin) handleClusterState(w http.ResponseWriter, r *http.Request, metrics string, next http.Handler) {
	list := strings.Split(metrics, ",")
	asked := func(metric string) bool {
		return metrics == "" || slices.Contains(list, metric) || slices.Contains(list, "_all")
	}
	if !asked("metadata") && !asked("blocks") {
		next.ServeHTTP(w, r)
		return
	}
	answer, ok := ask(w, r, next)
	if !ok {
		return
	}
	ours := map[string]any{}
	if asked("metadata") {
		merge(ours, p.replicationMetadata())
	}
	if asked("blocks") {
		merge(ours, p.replicationBlocks())
	}
	complete(w, r, answer, ours)
}

// replicationMetadata is the last known state of each index. There is none before the first start.
func (p *Plugin) replicationMetadata() map[string]any {
	p.mu.Lock()
	used := p.everUsed
	p.mu.Unlock()
	if !used {
		return map[string]any{}
	}
	details := map[string]any{}
	for _, r := range p.all() {
		if v := r.view(); v.state != stopped {
			details[v.follower] = map[string]any{"REPLICATION_LAST_KNOWN_OVERALL_STATE": string(v.state)}
		}
	}
	return map[string]any{"metadata": map[string]any{"replication_metadata": map[string]any{"replication_details": details}}}
}

// replicationBlocks are the blocks of all replicas, whether they run, are paused or have failed.
func (p *Plugin) replicationBlocks() map[string]any {
	indices := map[string]any{}
	for _, r := range p.all() {
		if p.blocks(r.follower) {
			indices[r.follower] = map[string]any{"1000": map[string]any{
				"description": "index read-only(cross-cluster-replication)", "retryable": false,
				"levels": []any{"write", "metadata_write"},
			}}
		}
	}
	if len(indices) == 0 {
		return map[string]any{}
	}
	return map[string]any{"blocks": map[string]any{"indices": indices}}
}
