// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package rights judges the requests to the stand-in of the replication plugin on a node with the security
// plugin, as the security plugin judges those to the real one.
//
// Real are the users, their roles and what the roles allow: all are asked of the node, a user's roles with
// the user's own credentials. Real, too, is the judgement of every request that is not for the replication
// plugin, since the node itself makes it. Not real is the judgement of a request for the replication plugin:
// it is made here, from the roles, with the names of the plugin's actions, in the way of the security plugin
// (an action is of the cluster or of indices by its name; * and ? are wildcards; groups are expanded).
// The roles in use_roles are judged once, when something starts, and not with every batch of documents.
package rights

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// Judge stands before the stand-in of one node.
type Judge struct {
	NodeURL string // without credentials everything is allowed there
	// Peer finds the node behind the transport address of a connection's seed.
	Peer func(transportAddress string) (nodeURL string, ok bool)
}

// The actions of the plugin that both sides of a replication need, as its own roles have them.
const (
	validate    = "indices:admin/plugins/replication/index/setup/validate"
	readChanges = "indices:data/read/plugins/replication/changes"
	readFiles   = "indices:data/read/plugins/replication/file_chunk"
	write       = "indices:data/write/plugins/replication/changes"
	ruleUpdate  = "cluster:admin/plugins/replication/autofollow/update"
)

// every is the index of a request that names none: only a role for all indices covers it.
const every = "*"

// Handler lets through to next what the user may do.
func (j *Judge) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action, index := actionOf(r)
		if action == "" || r.Header.Get("Authorization") == "" { // the node judges, or it is the platform itself
			next.ServeHTTP(w, r)
			return
		}
		status, body, err := j.judge(r, action, index)
		if err != nil {
			status, body = http.StatusInternalServerError, []byte(fmt.Sprintf(`{"error":%q,"status":500}`, err))
		}
		if status == 0 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body) // fails only where the client left
	})
}

// actionOf is the plugin's name for what a request asks, and the index that it is about; empty if it is not
// for the plugin.
func actionOf(r *http.Request) (action, index string) {
	rest, ours := strings.CutPrefix(r.URL.Path, "/_plugins/_replication/")
	if !ours {
		return "", ""
	}
	index, verb, _ := strings.Cut(rest, "/")
	switch {
	case rest == "_autofollow":
		return ruleUpdate, ""
	case rest == "autofollow_stats":
		return "indices:admin/plugins/replication/autofollow/stats", every
	case rest == "follower_stats":
		return "indices:admin/plugins/replication/follower/stats", every
	case rest == "leader_stats":
		return "indices:admin/plugins/replication/leader/stats", every
	case verb == "_status":
		return "indices:admin/plugins/replication/index/status_check", index
	}
	return "indices:admin/plugins/replication/index/" + strings.TrimPrefix(verb, "_"), index
}

// wish is the part of the body of a start, or of a new rule, that rights depend on.
type wish struct {
	Alias   string `json:"leader_alias"`
	Index   string `json:"leader_index"`
	Pattern string `json:"pattern"`
	Roles   *struct {
		Leader   string `json:"leader_cluster_role"`
		Follower string `json:"follower_cluster_role"`
	} `json:"use_roles"`
}

// judge returns the status and body of a refusal; 0 if there is none.
func (j *Judge) judge(r *http.Request, action, index string) (status int, body []byte, err error) {
	var account struct {
		Name  string   `json:"user_name"`
		Roles []string `json:"roles"`
	}
	status, body, err = get(r.Context(), j.NodeURL+"/_plugins/_security/api/account", r.Header.Get("Authorization"), &account)
	if err != nil || status != 0 {
		return status, body, err
	}
	if refused, err := missing(r.Context(), j.NodeURL, account.Roles, index, action); err != nil || refused != "" {
		return refusal(refused, account.Name, err)
	}
	starts := strings.HasSuffix(r.URL.Path, "/_start") || action == ruleUpdate && r.Method == http.MethodPost
	if !starts {
		return 0, nil, nil
	}
	raw, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var w wish
	if err != nil || json.Unmarshal(raw, &w) != nil {
		return 0, nil, err // the plugin says what is wrong with it
	}
	if w.Roles == nil {
		return answer(http.StatusBadRequest, "action_request_validation_exception", "Validation Failed: 1: Need roles;")
	}
	leaderIndex, followerIndex := w.Index, index
	if action == ruleUpdate {
		leaderIndex, followerIndex = w.Pattern, w.Pattern
	}
	if refused, err := missing(r.Context(), j.NodeURL, []string{w.Roles.Follower}, followerIndex, validate, write); err != nil || refused != "" {
		return refusal(refused, account.Name, err)
	}
	leader, err := j.leader(r.Context(), w.Alias)
	if err != nil || leader == "" {
		return 0, nil, err // no such connection: the plugin says so
	}
	refused, err := missing(r.Context(), leader, []string{w.Roles.Leader}, leaderIndex, validate, readChanges, readFiles)
	return refusal(refused, account.Name, err)
}

func refusal(action, user string, err error) (int, []byte, error) {
	if err != nil || action == "" {
		return 0, nil, err
	}
	return answer(http.StatusForbidden, "security_exception", "no permissions for ["+action+"] and User [name="+user+", backend_roles=[], requestedTenant=null]")
}

func answer(status int, kind, reason string) (int, []byte, error) {
	one := map[string]any{"type": kind, "reason": reason}
	body, err := json.Marshal(map[string]any{"status": status, "error": map[string]any{"root_cause": []any{one}, "type": kind, "reason": reason}})
	return status, body, err
}

// leader is the node of the connection's leader; empty if there is none.
func (j *Judge) leader(ctx context.Context, alias string) (string, error) {
	var settings map[string]map[string]any
	if _, _, err := get(ctx, j.NodeURL+"/_cluster/settings?flat_settings=true", "", &settings); err != nil {
		return "", err
	}
	seeds, _ := settings["persistent"]["cluster.remote."+alias+".seeds"].([]any)
	for _, seed := range seeds {
		if url, ok := j.Peer(fmt.Sprint(seed)); ok {
			return url, nil
		}
	}
	return "", nil
}

// role is what the security plugin's API says of a role.
type role struct {
	Cluster []string `json:"cluster_permissions"`
	Indices []struct {
		Patterns []string `json:"index_patterns"`
		Actions  []string `json:"allowed_actions"`
	} `json:"index_permissions"`
}

// missing returns the first of the actions that no role allows on the index; empty if all are allowed.
func missing(ctx context.Context, nodeURL string, names []string, index string, actions ...string) (string, error) {
	roles, groups := map[string]role{}, map[string]struct {
		Actions []string `json:"allowed_actions"`
	}{}
	if _, _, err := get(ctx, nodeURL+"/_plugins/_security/api/roles", "", &roles); err != nil {
		return "", err
	}
	if _, _, err := get(ctx, nodeURL+"/_plugins/_security/api/actiongroups", "", &groups); err != nil {
		return "", err
	}
	var allows func(granted []string, action string) bool
	allows = func(granted []string, action string) bool {
		return slices.ContainsFunc(granted, func(one string) bool { return matches(one, action) || allows(groups[one].Actions, action) })
	}
	for _, action := range actions {
		allowed := slices.ContainsFunc(names, func(name string) bool {
			if strings.HasPrefix(action, "cluster:") {
				return allows(roles[name].Cluster, action)
			}
			for _, permission := range roles[name].Indices {
				if slices.ContainsFunc(permission.Patterns, func(p string) bool { return matches(p, index) }) && allows(permission.Actions, action) {
					return true
				}
			}
			return false
		})
		if !allowed {
			return action, nil
		}
	}
	return "", nil
}

// matches tells whether a pattern of the security plugin covers a text. Its * covers slashes too.
func matches(pattern, text string) bool {
	escape := strings.NewReplacer("/", "\x00")
	covered, err := path.Match(escape.Replace(pattern), escape.Replace(text))
	return covered && err == nil
}

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}

// get decodes a success into out. The status and body of anything else are returned.
func get(ctx context.Context, url, authorization string, out any) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	if body, err = io.ReadAll(response.Body); err != nil {
		return 0, nil, err
	}
	if response.StatusCode != http.StatusOK {
		if authorization == "" {
			return 0, nil, fmt.Errorf("GET %s: %s: %.300s", url, response.Status, body)
		}
		return response.StatusCode, body, nil
	}
	return 0, nil, json.Unmarshal(body, out)
}
