// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"net/http"
)

// Handler answers what is the plugin's and gives everything else to next, the way to the node.
func (p *Plugin) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, next) })
}

func (p *Plugin) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	path := segments(r.URL)
	if len(path) == 0 {
		next.ServeHTTP(w, r)
		return
	}
	get := r.Method == http.MethodGet && r.URL.Query().Get("format") == ""
	switch first, second := path[0], at(path, 1); {
	case first == "_plugins" && second == "_replication":
		p.serveReplication(w, r, path[2:], next)
	case first == "_cluster" && second == "settings" && (get || r.Method == http.MethodPut):
		p.handleClusterSettings(w, r, next)
		if r.Method == http.MethodPut {
			p.endConnections()
		}
	case first == "_cluster" && second == "state" && get:
		p.handleClusterState(w, r, at(path, 2), next)
	case first == "_tasks" && len(path) == 1 && get:
		p.handleTasks(w, r, next)
	case get && isSettingsRead(path) && p.marksAny():
		p.handleIndexSettings(w, r, path, next)
	case !p.hasReplicas():
		next.ServeHTTP(w, r)
	default:
		p.guard(w, r, path, next)
	}
}

// at is a part of a path, empty where it has fewer.
func at(path []string, i int) string {
	if i < len(path) {
		return path[i]
	}
	return ""
}

func (p *Plugin) hasReplicas() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.replications) > 0
}

// serveReplication routes what is below _plugins/_replication.
func (p *Plugin) serveReplication(w http.ResponseWriter, r *http.Request, path []string, next http.Handler) {
	switch {
	case len(path) == 1 && r.Method == http.MethodGet && path[0] == "follower_stats":
		writeJSON(w, http.StatusOK, p.followerStats())
	case len(path) == 1 && r.Method == http.MethodGet && path[0] == "autofollow_stats":
		writeJSON(w, http.StatusOK, p.autofollowStats())
	case len(path) == 1 && r.Method == http.MethodGet && path[0] == "leader_stats":
		answer, err := p.leaderStats(r.Context())
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	case len(path) == 1 && path[0] == "_autofollow" && (r.Method == http.MethodPost || r.Method == http.MethodDelete):
		p.handleRule(w, r)
	case len(path) == 2:
		p.serveIndex(w, r, path[0], path[1], next)
	default:
		next.ServeHTTP(w, r) // the node says that there is no such route
	}
}

func (p *Plugin) serveIndex(w http.ResponseWriter, r *http.Request, index, verb string, next http.Handler) {
	switch {
	case verb == "_status" && r.Method == http.MethodGet:
		p.handleStatus(w, r, index)
	case verb == "_start" && r.Method == http.MethodPut:
		p.handleStart(w, r, index)
	case verb == "_update" && r.Method == http.MethodPut,
		(verb == "_pause" || verb == "_resume" || verb == "_stop") && r.Method == http.MethodPost:
		p.handleChange(w, r, index, verb)
	default:
		next.ServeHTTP(w, r) // the node says that there is no such route
	}
}
