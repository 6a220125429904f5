// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Match says which requests a fault is for.
type Match struct {
	Method string // empty is any
	// Path is the path of the request, unescaped and without the query; each * in it is any text, slashes
	// included: "/_plugins/_replication/*/_start". Empty is any.
	Path string
}

func (m Match) holds(r *http.Request) bool {
	return (m.Method == "" || m.Method == r.Method) && (m.Path == "" || matches(m.Path, r.URL.Path))
}

// matches tells whether text is the pattern, in which * is any text.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		var found bool
		if _, rest, found = strings.Cut(rest, part); !found {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// faults are those that are on.
type faults struct {
	responses       []*response
	delays          []delay
	settingsBlocked bool
	amazon          bool
	leadersHidden   bool
	downUntil       time.Time
}

type response struct {
	match  Match
	answer *Answer
	closed bool // set by CloseRoute
	left   int  // how often still; negative is without end
}

type delay struct {
	match Match
	by    time.Duration
}

// Respond answers the next requests that match, that many times, instead of the cluster; times 0 is until
// [Gateway.Reset]. Faults set earlier come first.
func (g *Gateway) Respond(match Match, answer Answer, times int) {
	if times == 0 {
		times = -1
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.responses = append(g.faults.responses, &response{match: match, answer: &answer, left: times})
}

// CloseRoute refuses requests with this method (empty is any) and path prefix, as the security plugin does
// to a user who does not have the permission, until [Gateway.OpenRoutes] or [Gateway.Reset].
func (g *Gateway) CloseRoute(method, prefix string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.responses = append(g.faults.responses, &response{
		match:  Match{Method: method, Path: prefix + "*"},
		answer: g.forbidden(permission(method, prefix)),
		closed: true,
		left:   -1,
	})
}

// OpenRoutes ends what [Gateway.CloseRoute] did.
func (g *Gateway) OpenRoutes() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.responses = slices.DeleteFunc(g.faults.responses, func(r *response) bool { return r.closed })
}

// Delay holds requests that match back for so long, until [Gateway.Reset].
func (g *Gateway) Delay(match Match, by time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.delays = append(g.faults.delays, delay{match, by})
}

// BlockClusterSettings refuses PUT _cluster/settings, or no longer.
func (g *Gateway) BlockClusterSettings(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.settingsBlocked = on
}

// AmazonFilter hides what Amazon's service hides, or no longer: the settings of plugins in those of an
// index, the metadata of plugins in the cluster state, and system indices.
func (g *Gateway) AmazonFilter(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.amazon = on
}

// Unavailable answers every request with 503 for so long from now on, as a managed service does that says
// that it runs before its proxy has found its nodes. The platform itself ([Gateway.Ask]) gets through.
func (g *Gateway) Unavailable(period time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.downUntil = time.Now().Add(period)
}

// HideLeaders answers as to a user without rights on the leader, or no longer: a listing of the leader's
// indices (GET _resolve/index/ALIAS:*) is a success that is empty, a search of ALIAS:NAME is refused.
func (g *Gateway) HideLeaders(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.leadersHidden = on
}

// Reset ends all faults: the gateway is as it was started.
func (g *Gateway) Reset() {
	g.mu.Lock()
	g.faults = faults{settingsBlocked: g.options.BlockClusterSettings}
	g.mu.Unlock()
	g.endWedges(func(string) bool { return true })
}

// delay waits as long as the faults say; false if the client did not.
func (g *Gateway) delay(r *http.Request) bool {
	g.mu.Lock()
	var by time.Duration
	for _, d := range g.faults.delays {
		if d.match.holds(r) {
			by += d.by
		}
	}
	g.mu.Unlock()
	if by == 0 {
		return true
	}
	timer := time.NewTimer(by)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-timer.C:
		return true
	}
}

// fault returns the answer of the first fault that is for the request; nil if none is.
func (g *Gateway) fault(r *http.Request) *Answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Now().Before(g.faults.downUntil) {
		return unavailable
	}
	for i, response := range g.faults.responses {
		if !response.match.holds(r) {
			continue
		}
		response.left--
		if response.left == 0 {
			g.faults.responses = slices.Delete(g.faults.responses, i, i+1)
		}
		return response.answer
	}
	if g.faults.settingsBlocked && r.Method == http.MethodPut && r.URL.Path == "/_cluster/settings" {
		return g.forbidden("cluster:admin/settings/update")
	}
	if g.faults.amazon && systemIndexPath(r.URL.Path) {
		return g.forbidden("indices:data/read/search")
	}
	if g.faults.leadersHidden {
		return g.hiddenLeader(r.URL.Path)
	}
	return nil
}

// hiddenLeader is the answer to a request that asks a leader through the follower; nil if it does not.
func (g *Gateway) hiddenLeader(path string) *Answer {
	switch {
	case matches("/_resolve/index/*:*", path):
		return &Answer{Status: http.StatusOK, Body: map[string]any{"indices": []any{}, "aliases": []any{}, "data_streams": []any{}}}
	case matches("/*:*/_search", path):
		return g.forbidden("indices:data/read/search")
	}
	return nil
}

// forbidden is the 403 of the security plugin.
func (g *Gateway) forbidden(action string) *Answer {
	return opensearchError(http.StatusForbidden, "security_exception",
		"no permissions for ["+action+"] and User [name="+g.options.Username+", backend_roles=[], requestedTenant=null]")
}

// permission is the name of the action behind a route: of those that a test may want to close the true one.
func permission(method, prefix string) string {
	for _, known := range []struct{ method, prefix, action string }{
		{http.MethodPost, "/_tasks", "cluster:admin/tasks/cancel"},
		{"", "/_tasks", "cluster:monitor/tasks/lists"},
		{"", "/_cluster/state", "cluster:monitor/state"},
		{http.MethodPut, "/_cluster/settings", "cluster:admin/settings/update"},
		{"", "/_cluster/settings", "cluster:monitor/settings"},
		{"", "/_remote/info", "cluster:monitor/remote/info"},
		{"", "/_plugins/_replication/follower_stats", "cluster:admin/plugins/replication/follower/stats"},
		{"", "/_plugins/_replication/autofollow_stats", "cluster:admin/plugins/replication/autofollow/stats"},
		{"", "/_plugins/_replication/_autofollow", "cluster:admin/plugins/replication/autofollow/update"},
		{"", "/.replication-metadata-store", "indices:data/read/search"},
	} {
		if strings.HasPrefix(prefix, known.prefix) && (known.method == "" || known.method == method) {
			return known.action
		}
	}
	return "indices:admin" + strings.TrimSuffix(prefix, "/")
}
