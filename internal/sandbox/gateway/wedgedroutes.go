// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// wedged answers for wedged names before next does.
func (g *Gateway) wedged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		none := len(g.wedges) == 0
		g.mu.Unlock()
		if none {
			next.ServeHTTP(w, r)
			return
		}
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		switch {
		case len(parts) == 4 && parts[0] == "_plugins" && parts[1] == "_replication" && g.Wedged(parts[2]):
			g.wedgedReplication(w, r, next, parts[2], parts[3])
		case len(parts) == 4 && parts[1] == "_replication" && parts[3] == "_start":
			g.startAnother(w, r, next)
		case len(parts) == 1 && parts[0] == "_tasks" && r.Method == http.MethodGet:
			g.wedgedTasks(w, r, next)
		case len(parts) == 3 && parts[0] == "_tasks" && parts[2] == "_cancel" && r.Method == http.MethodPost:
			g.cancelWedged(w, r, next, parts[1])
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// startAnother lets the start of a name through that is not wedged.
func (g *Gateway) startAnother(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if err := g.blockStarts(r.Context(), false); err != nil {
		g.options.Log("a start during a wedge: %v", err)
	}
	next.ServeHTTP(w, r)
	// The client may have gone meanwhile.
	if err := g.blockStarts(context.WithoutCancel(r.Context()), true); err != nil {
		g.options.Log("a start during a wedge: %v", err)
	}
}

// wedgedReplication answers for one replication route of a wedged name.
func (g *Gateway) wedgedReplication(w http.ResponseWriter, r *http.Request, next http.Handler, index, route string) {
	switch route {
	case "_status":
		(&Answer{Status: http.StatusOK, Body: map[string]any{"status": "REPLICATION NOT IN PROGRESS"}}).write(w)
	case "_stop", "_pause", "_resume", "_update":
		opensearchError(http.StatusBadRequest, "illegal_argument_exception",
			"No replication in progress for index:"+index).write(w)
	case "_start":
		// The plugin looks at the index before it looks at tasks.
		status, _, err := g.Ask(r.Context(), http.MethodHead, "/"+url.PathEscape(index), nil)
		if err == nil && status == http.StatusOK {
			next.ServeHTTP(w, r)
			return
		}
		opensearchError(http.StatusInternalServerError, "resource_already_exists_exception",
			"task with id {replication:index:"+index+"} already exist").write(w)
	default:
		next.ServeHTTP(w, r)
	}
}

// wedgedTasks adds the left tasks to a list of tasks.
func (g *Gateway) wedgedTasks(w http.ResponseWriter, r *http.Request, next http.Handler) {
	query := r.URL.Query()
	if !asksForReplication(query.Get("actions")) {
		next.ServeHTTP(w, r)
		return
	}
	left := g.leftTasks(query.Has("detailed") && query.Get("detailed") != "false")
	rewritten(w, r, next, func(answer map[string]any) {
		switch query.Get("group_by") {
		case "none":
			tasks, _ := answer["tasks"].([]any)
			for _, task := range left {
				tasks = append(tasks, task)
			}
			answer["tasks"] = tasks
		case "parents":
			addTasks(answer, left)
		default:
			g.addToNodes(r.Context(), answer, left)
		}
	})
}

// asksForReplication tells whether one of a list of action patterns is for the task of a replication.
func asksForReplication(actions string) bool {
	if actions == "" {
		return true
	}
	for pattern := range strings.SplitSeq(actions, ",") {
		if matches(pattern, replicationAction+"[c]") {
			return true
		}
	}
	return false
}

// leftTasks lists the tasks of the wedges as the tasks route does.
func (g *Gateway) leftTasks(detailed bool) map[string]map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	tasks := map[string]map[string]any{}
	for index, left := range g.wedges {
		task := map[string]any{
			"node": left.node, "id": left.task, "type": "persistent", "action": replicationAction + "[c]",
			"start_time_in_millis":  left.started.UnixMilli(),
			"running_time_in_nanos": time.Since(left.started).Nanoseconds(),
			"cancellable":           true, "cancelled": left.cancelled,
			"parent_task_id": fmt.Sprintf("cluster:%d", left.task), "headers": map[string]any{},
		}
		if detailed {
			task["status"] = map[string]any{"state": "STARTED"}
			task["description"] = fmt.Sprintf("replication:%s:[%s/%s] -> %s", left.alias, left.leaderIndex, left.uuid, index)
		}
		tasks[fmt.Sprintf("%s:%d", left.node, left.task)] = task
	}
	return tasks
}

// addTasks adds to answer.tasks, an object by task id.
func addTasks(answer map[string]any, left map[string]map[string]any) {
	tasks, ok := answer["tasks"].(map[string]any)
	if !ok {
		tasks = map[string]any{}
		answer["tasks"] = tasks
	}
	for id, task := range left {
		tasks[id] = task
	}
}

// addToNodes adds to answer.nodes.NODE.tasks.
func (g *Gateway) addToNodes(ctx context.Context, answer map[string]any, left map[string]map[string]any) {
	nodes, ok := answer["nodes"].(map[string]any)
	if !ok {
		nodes = map[string]any{}
		answer["nodes"] = nodes
	}
	for id, task := range left {
		name, _, _ := strings.Cut(id, ":")
		node, ok := nodes[name].(map[string]any)
		if !ok {
			node = g.describeNode(ctx, name)
			nodes[name] = node
		}
		addTasks(node, map[string]map[string]any{id: task})
	}
}

// describeNode is what the tasks route says of a node beside its tasks. It leaves a node without tasks out.
func (g *Gateway) describeNode(ctx context.Context, id string) map[string]any {
	const parts = "nodes.*.name,nodes.*.transport_address,nodes.*.host,nodes.*.ip,nodes.*.roles"
	_, body, err := g.Ask(ctx, http.MethodGet, "/_nodes/"+url.PathEscape(id)+"?filter_path="+parts, nil)
	var answer struct {
		Nodes map[string]map[string]any `json:"nodes"`
	}
	if err == nil && json.Unmarshal(body, &answer) == nil && answer.Nodes[id] != nil {
		return answer.Nodes[id]
	}
	return map[string]any{"name": id}
}

// cancelWedged cancels a left task; it is gone a moment after the answer.
func (g *Gateway) cancelWedged(w http.ResponseWriter, r *http.Request, next http.Handler, id string) {
	index, ok := g.markCancelled(id)
	if !ok {
		next.ServeHTTP(w, r)
		return
	}
	left := g.leftTasks(true)
	time.AfterFunc(cancelTakes, func() {
		// Not one that was made meanwhile under the same name.
		g.endWedges(func(name string) bool { return name == index && g.wedges[name].cancelled })
	})
	answer := map[string]any{}
	g.addToNodes(r.Context(), answer, map[string]map[string]any{id: left[id]})
	(&Answer{Status: http.StatusOK, Body: answer}).write(w)
}

func (g *Gateway) markCancelled(id string) (index string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for index, left := range g.wedges {
		if fmt.Sprintf("%s:%d", left.node, left.task) == id {
			left.cancelled = true
			g.wedges[index] = left
			return index, true
		}
	}
	return "", false
}
