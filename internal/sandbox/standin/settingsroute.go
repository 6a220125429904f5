// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// handleClusterSettings answers _cluster/settings: the node with its part, completed by the plugin's.
func (p *Plugin) handleClusterSettings(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.Method == http.MethodPut {
		p.putClusterSettings(w, r, next)
		return
	}
	answer, ok := ask(w, r, next)
	if !ok {
		return
	}
	persistent, transient := p.settings.set()
	ours := map[string]any{}
	for scope, flat := range map[string]map[string]any{"persistent": persistent, "transient": transient} {
		if len(flat) > 0 {
			ours[scope] = inForm(flat, r)
		}
	}
	if flag(r.URL.Query(), "include_defaults") {
		ours["defaults"] = inForm(p.settings.defaults(), r)
	}
	complete(w, r, answer, ours)
}

// putClusterSettings takes the plugin's settings out of the request and gives the rest to the node.
// Nothing is set where one of them is refused.
func (p *Plugin) putClusterSettings(w http.ResponseWriter, r *http.Request, next http.Handler) {
	raw, err := readBody(r)
	if err != nil {
		writeError(w, err)
		return
	}
	var body map[string]any
	if !strings.Contains(string(raw), "replication") || decodeNumbers(raw, &body) != nil {
		pass(w, r, raw, next) // nothing for the plugin, or broken: the node knows what to say
		return
	}
	ours := map[string]map[string]any{}
	left := false
	for _, scope := range []string{"persistent", "transient"} {
		nested, ok := body[scope].(map[string]any)
		if !ok {
			continue
		}
		flat := flatten(nested)
		mine := p.settings.take(flat)
		for _, name := range slices.Sorted(maps.Keys(mine)) {
			if refused := p.settings.check(scope, name, mine[name]); refused != nil {
				writeError(w, refused)
				return
			}
		}
		ours[scope], body[scope] = mine, flat
		left = left || len(flat) > 0
	}
	answer := map[string]any{"acknowledged": true, "persistent": map[string]any{}, "transient": map[string]any{}}
	if left || len(ours["persistent"])+len(ours["transient"]) == 0 {
		rest, err := json.Marshal(body)
		if err != nil {
			writeError(w, err)
			return
		}
		var ok bool
		if answer, ok = ask(w, withBody(r, rest), next); !ok {
			return
		}
	}
	p.settings.apply(ours["persistent"], ours["transient"])
	for _, l := range p.allLinks() {
		l.wake() // an interval may have changed
	}
	set := map[string]any{}
	for scope, flat := range ours {
		maps.DeleteFunc(flat, func(_ string, value any) bool { return value == nil })
		set[scope] = inForm(flat, r)
	}
	complete(w, r, answer, set)
}

// take moves the plugin's settings out of flat. A null for a pattern removes all it matches, the
// node's and the plugin's.
func (s *clusterSettings) take(flat map[string]any) map[string]any {
	mine := map[string]any{}
	for name, value := range flat {
		switch {
		case strings.Contains(name, "*") && value == nil:
			for known := range s.known {
				if wildcard(name, known) {
					mine[known] = nil
				}
			}
			if strings.HasPrefix(name, settingsPrefix) {
				delete(flat, name)
			}
		case strings.HasPrefix(name, settingsPrefix):
			mine[name] = value
			delete(flat, name)
		}
	}
	return mine
}

func (p *Plugin) allLinks() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Values(p.links))
}

// inForm gives flat settings the form that the request asks for.
func inForm(flat map[string]any, r *http.Request) map[string]any {
	if flag(r.URL.Query(), "flat_settings") {
		return flat
	}
	return nest(flat)
}
