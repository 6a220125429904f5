// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// filtered hides in the answers of next what [Gateway.AmazonFilter] says, while it is on.
func (g *Gateway) filtered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		on := g.faults.amazon
		g.mu.Unlock()
		switch {
		case !on || r.Method != http.MethodGet:
			next.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/_cluster/state"):
			rewritten(w, r, next, hideMetadata)
		case showsIndexSettings(r.URL.Path):
			rewritten(w, r, next, hideIndexSettings)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// systemIndexPath tells whether a path begins with a system index of a plugin.
func systemIndexPath(path string) bool {
	return strings.HasPrefix(path, "/.replication-metadata-store") || strings.HasPrefix(path, "/.opendistro")
}

// showsIndexSettings is so of GET /INDEX, /_settings, /INDEX/_settings and /INDEX/_settings/NAME.
func showsIndexSettings(path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) == 1 {
		return parts[0] == "_settings" || !strings.HasPrefix(parts[0], "_")
	}
	return parts[0] == "_settings" || parts[1] == "_settings"
}

// hideMetadata takes from a cluster state what plugins keep there.
func hideMetadata(state map[string]any) {
	metadata, _ := state["metadata"].(map[string]any)
	delete(metadata, "replication_metadata")
	indices, _ := metadata["indices"].(map[string]any)
	for _, index := range indices {
		if index, ok := index.(map[string]any); ok {
			hideSettings(index)
		}
	}
	if len(metadata) == 0 {
		delete(state, "metadata")
	}
}

// hideIndexSettings takes the settings of plugins from the settings of indices, and indices of which nothing
// else was asked for.
func hideIndexSettings(answer map[string]any) {
	for name, index := range answer {
		index, ok := index.(map[string]any)
		if !ok {
			continue
		}
		hideSettings(index)
		if settings, ok := index["settings"].(map[string]any); ok && len(settings) == 0 && len(index) == 1 {
			delete(answer, name)
		}
	}
}

// hideSettings works on one index, with its settings flat or nested.
func hideSettings(index map[string]any) {
	settings, ok := index["settings"].(map[string]any)
	if !ok {
		return
	}
	maps.DeleteFunc(settings, func(name string, _ any) bool { return strings.HasPrefix(name, "index.plugins.") })
	if nested, ok := settings["index"].(map[string]any); ok {
		delete(nested, "plugins")
		if slices.Collect(maps.Keys(nested)) == nil {
			delete(settings, "index")
		}
	}
}
