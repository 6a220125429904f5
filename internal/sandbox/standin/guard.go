// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// blockedBelow are the routes below an index that a replica refuses, with their methods: whatever
// writes documents or metadata. Reads, refresh and flush are not among them.
var blockedBelow = map[string][]string{
	"_doc":             {http.MethodPut, http.MethodPost, http.MethodDelete},
	"_create":          {http.MethodPut, http.MethodPost},
	"_update":          {http.MethodPost},
	"_update_by_query": {http.MethodPost},
	"_delete_by_query": {http.MethodPost},
	"_mapping":         {http.MethodPut, http.MethodPost},
	"_mappings":        {http.MethodPut, http.MethodPost},
	"_settings":        {http.MethodPut},
	"_close":           {http.MethodPost},
	"_open":            {http.MethodPost},
	"_alias":           {http.MethodPut, http.MethodPost, http.MethodDelete},
	"_aliases":         {http.MethodPut, http.MethodPost, http.MethodDelete},
	"_block":           {http.MethodPut},
	"_forcemerge":      {http.MethodPost},
	"_rollover":        {http.MethodPost},
	"_cache":           {http.MethodPost},
}

// blockedForAll are those of them that without an index stand for all indices.
var blockedForAll = []string{"_settings", "_forcemerge", "_cache", "_mapping"}

// guard keeps the block on replicas, syncing or paused: block 1000 of the plugin, which core
// OpenSearch cannot be given by its API.
func (p *Plugin) guard(w http.ResponseWriter, r *http.Request, path []string, next http.Handler) {
	if isBulk(r.Method, path) {
		p.guardBulk(w, r, path, next)
		return
	}
	expressions := targets(r.Method, path)
	if inBody(r.Method, path) {
		raw, err := readBody(r)
		if err != nil {
			writeError(w, err)
			return
		}
		expressions = bodyTargets(path, raw)
		r = withBody(r, raw)
	}
	blocked, err := p.blocked(r.Context(), expressions)
	if err != nil {
		writeError(w, err)
		return
	}
	if len(blocked) > 0 {
		writeError(w, blockedByReplication(blocked))
		return
	}
	next.ServeHTTP(w, r)
}

// targets are the index expressions that a request by its path would change.
func targets(method string, path []string) []string {
	first := path[0]
	switch {
	case len(path) == 1 && method == http.MethodDelete:
		return []string{first} // of an index, or of all with _all
	case slices.Contains(blockedForAll, first) && slices.Contains(blockedBelow[first], method):
		return []string{"_all"}
	case len(path) > 1 && (first == "_all" || !strings.HasPrefix(first, "_")) && slices.Contains(blockedBelow[path[1]], method):
		return []string{first}
	}
	return nil
}

// inBody tells whether it is the body that names the indices.
func inBody(method string, path []string) bool {
	return method == http.MethodPost && (path[0] == "_aliases" || path[0] == "_reindex")
}

// bodyTargets are the index expressions that the body of _aliases or _reindex would change. A body
// that cannot be read is for the node to refuse.
func bodyTargets(path []string, raw []byte) []string {
	type aim struct {
		Index   string   `json:"index"`
		Indices []string `json:"indices"`
	}
	var body struct {
		Actions []map[string]aim `json:"actions"`
		Dest    aim              `json:"dest"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return nil
	}
	aims := []aim{body.Dest}
	if path[0] == "_aliases" {
		aims = nil
		for _, action := range body.Actions {
			for _, a := range action {
				aims = append(aims, a)
			}
		}
	}
	var out []string
	for _, a := range aims {
		if a.Index != "" {
			out = append(out, a.Index)
		}
		out = append(out, a.Indices...)
	}
	return out
}

// blocked are the replicas among what the expressions stand for, by name.
func (p *Plugin) blocked(ctx context.Context, expressions []string) ([]string, error) {
	found := map[string]bool{}
	for _, expression := range expressions {
		if p.blocks(expression) { // the usual case needs no question
			found[expression] = true
			continue
		}
		indices, err := p.concrete(ctx, expression, nil)
		if err != nil {
			return nil, err
		}
		for name := range indices {
			if p.blocks(name) {
				found[name] = true
			}
		}
	}
	return sortedKeys(found), nil
}

// blocks tells whether an index is a replica, which has the plugin's block. A stop begins with its removal.
func (p *Plugin) blocks(index string) bool {
	r := p.replication(index)
	if r == nil {
		return false
	}
	v := r.view()
	return v.state != stopped && !v.stopping
}
