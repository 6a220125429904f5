// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// leaderIndexSetting marks a replica, on the index itself.
const leaderIndexSetting = "index.plugins.replication.follower.leader_index"

// isSettingsRead tells whether a GET of that path answers with index settings:
// /INDEX, /INDEX/_settings[/NAMES], /_settings[/NAMES].
func isSettingsRead(path []string) bool {
	if path[0] == "_settings" {
		return len(path) <= 2
	}
	isIndex := !strings.HasPrefix(path[0], "_") || path[0] == "_all"
	return isIndex && (len(path) == 1 || path[1] == "_settings" && len(path) <= 3)
}

// handleIndexSettings completes index settings by the mark of a replica.
func (p *Plugin) handleIndexSettings(w http.ResponseWriter, r *http.Request, path []string, next http.Handler) {
	expression, names := path[0], at(path, 2)
	if path[0] == "_settings" {
		expression, names = "_all", at(path, 1)
	}
	if !asksFor(names, leaderIndexSetting) {
		next.ServeHTTP(w, r)
		return
	}
	answer, ok := ask(w, r, next)
	if !ok {
		return
	}
	indices, err := p.concrete(r.Context(), expression, r.URL.Query())
	if err != nil {
		writeError(w, err)
		return
	}
	ours := map[string]any{}
	for name, uuid := range indices {
		if mark, marked := p.mark(name, uuid); marked {
			ours[name] = map[string]any{"settings": inForm(map[string]any{leaderIndexSetting: mark}, r)}
		}
	}
	complete(w, r, answer, ours)
}

// mark is the value of the mark of an index: ALIAS:LEADER_INDEX of a replica, null of one that was
// stopped, for as long as that very index exists. An index that never was a replica has none.
func (p *Plugin) mark(index, uuid string) (value any, marked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.replications[index]; r != nil {
		return r.alias + ":" + r.leader, true
	}
	return nil, uuid != "" && p.former[index] == uuid
}

// marksAny tells whether any index may have the mark.
func (p *Plugin) marksAny() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.replications)+len(p.former) > 0
}

// asksFor tells whether a list of setting names and patterns covers a setting; an empty list is all.
func asksFor(names, setting string) bool {
	if names == "" || names == "_all" {
		return true
	}
	for name := range strings.SplitSeq(names, ",") {
		if wildcard(name, setting) {
			return true
		}
	}
	return false
}

// concrete are the indices that an expression of names, aliases and patterns stands for, each with its
// UUID, as the node sees it under the parameters of the request. One that does not exist stands for none.
func (p *Plugin) concrete(ctx context.Context, expression string, query url.Values) (map[string]string, error) {
	params := url.Values{"ignore_unavailable": {"true"}, "allow_no_indices": {"true"}}
	if expand := query.Get("expand_wildcards"); expand != "" {
		params.Set("expand_wildcards", expand)
	}
	params.Set("flat_settings", "true")
	var answer map[string]indexInfo
	err := p.node.call(ctx, http.MethodGet, indexPath(expression, "/_settings/index.uuid?"+params.Encode()), nil, &answer)
	if err != nil && !answered(err) {
		return nil, err
	}
	out := map[string]string{}
	for name, info := range answer { // none where the node refused the expression: it will again
		out[name] = info.uuid()
	}
	return out, nil
}
