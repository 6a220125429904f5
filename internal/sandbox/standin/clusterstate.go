// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"net/http"
	"slices"
	"strings"
)

// handleClusterState completes the cluster state by what the plugin keeps in it.
func (p *Plugin) handleClusterState(w http.ResponseWriter, r *http.Request, metrics string, next http.Handler) {
	list := strings.Split(metrics, ",")
	if metrics != "" && !slices.Contains(list, "metadata") && !slices.Contains(list, "_all") {
		next.ServeHTTP(w, r)
		return
	}
	answer, ok := ask(w, r, next)
	if !ok {
		return
	}
	complete(w, r, answer, p.replicationMetadata())
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
