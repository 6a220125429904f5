// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// indexTask is the action of a running replication.
const indexTask = "cluster:indices/admin/replication[c]"

// handleTasks completes the list of tasks by those of the replications that run.
func (p *Plugin) handleTasks(w http.ResponseWriter, r *http.Request, next http.Handler) {
	query := r.URL.Query()
	if !p.hasReplicas() || !asksFor(query.Get("actions"), indexTask) || query.Get("parent_task_id") != "" {
		next.ServeHTTP(w, r)
		return
	}
	node, err := p.id(r.Context())
	if err != nil {
		writeError(w, err)
		return
	}
	answer, ok := ask(w, r, next)
	if !ok {
		return
	}
	tasks := p.tasks(node, flag(query, "detailed"))
	switch query.Get("group_by") {
	case "none":
		list, _ := answer["tasks"].([]any) // absent when the filter left nothing
		for _, id := range sortedTaskIDs(tasks) {
			list = append(list, tasks[id])
		}
		answer["tasks"] = list
		writeJSON(w, http.StatusOK, answer)
	case "parents":
		complete(w, r, answer, map[string]any{"tasks": tasks})
	default:
		complete(w, r, answer, map[string]any{"nodes": map[string]any{node: map[string]any{"tasks": tasks}}})
	}
}

// tasks are the replications that run, each as OpenSearch lists a task, by its id.
func (p *Plugin) tasks(node string, detailed bool) map[string]any {
	out := map[string]any{}
	if p.recovering() {
		return out
	}
	for _, r := range p.all() {
		v := r.view()
		if v.state != running {
			continue
		}
		task := map[string]any{
			"node": node, "id": v.task, "type": "persistent", "action": indexTask,
			"start_time_in_millis": v.created.UnixMilli(), "running_time_in_nanos": time.Since(v.created).Nanoseconds(),
			"cancellable": true, "cancelled": false, "parent_task_id": "cluster:0", "headers": map[string]any{},
		}
		if detailed {
			task["description"] = fmt.Sprintf("replication:%s:[%s/%s] -> %s", v.alias, v.leader, v.uuid, v.follower)
			task["status"] = map[string]any{"state": map[bool]string{true: "FOLLOWING", false: "RESTORING"}[v.bootstrapped]}
		}
		out[fmt.Sprintf("%s:%d", node, v.task)] = task
	}
	return out
}

func sortedTaskIDs(tasks map[string]any) []string {
	set := make(map[string]bool, len(tasks))
	for id := range tasks {
		set[id] = true
	}
	return sortedKeys(set)
}

// id is the id of the node, which it keeps over restarts.
func (p *Plugin) id(ctx context.Context) (string, error) {
	p.mu.Lock()
	known := p.nodeID
	p.mu.Unlock()
	if known != "" {
		return known, nil
	}
	var answer struct{ Nodes map[string]any }
	if err := p.node.call(ctx, http.MethodGet, "/_nodes/_local?filter_path=nodes.*.name", nil, &answer); err != nil {
		return "", err
	}
	ids := make([]string, 0, 1)
	for id := range answer.Nodes {
		ids = append(ids, id)
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("GET /_nodes/_local names %d nodes: %s", len(ids), strings.Join(ids, ", "))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nodeID = ids[0]
	return ids[0], nil
}
