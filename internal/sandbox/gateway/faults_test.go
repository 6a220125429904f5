// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"/a", "/a", true}, {"/a", "/ab", false}, {"/a*", "/ab/c", true}, {"*", "", true},
		{"/_plugins/*/_start", "/_plugins/_replication/x/_start", true},
		{"/_plugins/*/_start", "/_plugins/_replication/x/_stop", false},
		{"a*a", "a", false}, {"a*b*c", "a-b-c", true}, {"a*b*c", "a-c-b", false},
		{"cluster:indices/admin/replication*", "cluster:indices/admin/replication[c]", true},
	} {
		if got := matches(test.pattern, test.text); got != test.want {
			t.Errorf("matches(%q, %q) = %t", test.pattern, test.text, got)
		}
	}
}

func TestGateway_RespondsSoManyTimes(t *testing.T) {
	g := startGateway(t, Options{}, nil)
	match := Match{Method: http.MethodGet, Path: "/_remote/info"}
	g.Respond(match, Answer{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}, 2)
	g.Respond(match, Answer{Status: http.StatusTooManyRequests, Body: map[string]any{"status": 429}}, 1)
	get(t, g, "/_remote/info").want(t, http.StatusBadGateway, "bad gateway")
	send(t, g, http.MethodPost, "/_remote/info").want(t, http.StatusOK)
	get(t, g, "/_remote/info").want(t, http.StatusBadGateway)
	get(t, g, "/_remote/info").want(t, http.StatusTooManyRequests, `{"status":429}`)
	get(t, g, "/_remote/info").want(t, http.StatusOK)
}

func TestGateway_ClosedRoutes(t *testing.T) {
	g := startGateway(t, Options{}, nil)
	g.CloseRoute("", "/_tasks")
	g.CloseRoute(http.MethodPut, "/_plugins/_replication/")
	get(t, g, "/_tasks?detailed").want(t, http.StatusForbidden,
		`{"error":{"reason":"no permissions for [cluster:monitor/tasks/lists] and User [name=, `,
		`"root_cause":[{"reason":"no permissions for [`, `"type":"security_exception"`, `"status":403}`)
	send(t, g, http.MethodPut, "/_plugins/_replication/x/_start").want(t, http.StatusForbidden, "security_exception")
	get(t, g, "/_plugins/_replication/x/_status").want(t, http.StatusOK)
	g.OpenRoutes()
	get(t, g, "/_tasks").want(t, http.StatusOK)
}

func TestGateway_ClusterSettings(t *testing.T) {
	g := startGateway(t, Options{Username: "", BlockClusterSettings: true}, nil)
	blocked := func() {
		send(t, g, http.MethodPut, "/_cluster/settings").want(t, http.StatusForbidden, "cluster:admin/settings/update")
	}
	blocked()
	get(t, g, "/_cluster/settings").want(t, http.StatusOK)
	g.BlockClusterSettings(false)
	send(t, g, http.MethodPut, "/_cluster/settings?flat_settings=true").want(t, http.StatusOK)
	g.Reset()
	blocked()
}

func TestGateway_AmazonFilter(t *testing.T) {
	answers := map[string]string{
		"/_cluster/state/metadata": `{"cluster_name":"c","metadata":{"replication_metadata":{"x":1},"indices":{"movies":{"settings":{"index":{"uuid":"u","plugins":{"replication":1}}}}}}}`,
		"/movies":                  `{"movies":{"aliases":{},"settings":{"index":{"number_of_shards":"1","plugins":{"replication":{"follower":{"leader_index":"us:movies"}}}}}}}`,
		"/*/_settings/index.plugins.replication.follower.leader_index": `{"movies":{"settings":{"index.plugins.replication.follower.leader_index":"us:movies"}}}`,
		"/movies/_doc/1": `{"_source":{"settings":{"index.plugins.x":1}}}`,
	}
	hidden := map[string]string{
		"/_cluster/state/metadata": `{"cluster_name":"c","metadata":{"indices":{"movies":{"settings":{"index":{"uuid":"u"}}}}}}`,
		"/movies":                  `{"movies":{"aliases":{},"settings":{"index":{"number_of_shards":"1"}}}}`,
		"/*/_settings/index.plugins.replication.follower.leader_index": `{}`,
		"/movies/_doc/1": answers["/movies/_doc/1"],
	}
	g := startGateway(t, Options{}, answers)
	for _, on := range []bool{false, true} {
		g.AmazonFilter(on)
		for path, want := range answers {
			if on {
				want = hidden[path]
			}
			a := get(t, g, path)
			if a.status != http.StatusOK || !reflect.DeepEqual(decode(t, a.body), decode(t, want)) {
				t.Errorf("filter %t: GET %s: %d %s, want %s", on, path, a.status, a.body, want)
			}
		}
	}
	get(t, g, "/.replication-metadata-store/_search").want(t, http.StatusForbidden, "security_exception")
}

func TestGateway_HiddenLeaders(t *testing.T) {
	g := startGateway(t, Options{Username: ""}, nil)
	g.HideLeaders(true)
	for _, path := range []string{"/_resolve/index/us:*", "/_resolve/index/us:*?expand_wildcards=all", "/_resolve/index/us%3A*"} {
		a := get(t, g, path)
		a.want(t, http.StatusOK)
		if want := `{"indices":[],"aliases":[],"data_streams":[]}`; !reflect.DeepEqual(decode(t, a.body), decode(t, want)) {
			t.Errorf("GET %s: %s, want %s", path, a.body, want)
		}
	}
	get(t, g, "/us:movies/_search?size=0").want(t, http.StatusForbidden, `"type":"security_exception"`, "no permissions for [indices:data/read/search]")
	for _, own := range []string{"/_resolve/index/*", "/movies/_search", "/movies/_doc/a:b"} {
		get(t, g, own).want(t, http.StatusOK, `"path":"`+own+`"`)
	}
	g.HideLeaders(false)
	get(t, g, "/us:movies/_search").want(t, http.StatusOK)
}

func TestGateway_UnavailableForAWhile(t *testing.T) {
	g := startGateway(t, Options{}, nil)
	g.Unavailable(time.Hour)
	get(t, g, "/_cluster/health").want(t, http.StatusServiceUnavailable, "<html>")
	if status, _, err := g.Ask(t.Context(), http.MethodGet, "/_cluster/health", nil); err != nil || status != http.StatusOK {
		t.Errorf("the platform gets %d, %v", status, err)
	}
	g.Unavailable(0)
	get(t, g, "/_cluster/health").want(t, http.StatusOK)
	g.Unavailable(time.Hour)
	g.Reset()
	get(t, g, "/_cluster/health").want(t, http.StatusOK)
}

func decode(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

func TestGateway_WedgeHoldsTheNameUntilItsTaskIsCancelled(t *testing.T) {
	g := startGateway(t, Options{}, map[string]string{
		"/_cat/nodes": "NodeA\n",
		"/_tasks":     `{"tasks":[{"node":"NodeA","id":7,"action":"other"}]}`,
	})
	if err := g.Wedge(t.Context(), "acme_search-us", "movies", "films"); err != nil {
		t.Fatal(err)
	}
	start := "/_plugins/_replication/films/_start"
	send(t, g, http.MethodPut, start).want(t, http.StatusInternalServerError, `"type":"resource_already_exists_exception"`,
		"task with id {replication:index:films} already exist", `"status":500`)
	send(t, g, http.MethodPost, "/_plugins/_replication/films/_stop").want(t, http.StatusBadRequest, "No replication in progress for index:films")
	get(t, g, "/_plugins/_replication/films/_status").want(t, http.StatusOK, `{"status":"REPLICATION NOT IN PROGRESS"}`)
	send(t, g, http.MethodPut, "/_plugins/_replication/others/_start").want(t, http.StatusOK)

	a := get(t, g, "/_tasks?actions=cluster:indices/admin/replication*&detailed&group_by=none")
	a.want(t, http.StatusOK, `"action":"other"`, `"state":"STARTED"`, `replication:acme_search-us:[movies/`, `] -\u003e films`)
	var listed struct {
		Tasks []struct {
			Node   string `json:"node"`
			ID     int    `json:"id"`
			Action string `json:"action"`
		} `json:"tasks"`
	}
	if err := json.Unmarshal([]byte(a.body), &listed); err != nil || len(listed.Tasks) != 2 {
		t.Fatalf("tasks %s: %v", a.body, err)
	}
	if a := get(t, g, "/_tasks?actions=indices:data*&group_by=none"); strings.Contains(a.body, "replication") {
		t.Errorf("the task is listed under another action: %s", a.body)
	}
	send(t, g, http.MethodPost, "/_tasks/NodeA:7/_cancel").want(t, http.StatusOK)
	if !g.Wedged("films") {
		t.Fatal("freed by the cancellation of another task")
	}
	send(t, g, http.MethodPost, "/_tasks/NodeA:1000001/_cancel").want(t, http.StatusOK, `"cancelled":true`, `"NodeA"`)
	for deadline := time.Now().Add(10 * time.Second); g.Wedged("films"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still wedged 10 s after its task was cancelled")
		}
	}
	send(t, g, http.MethodPut, start).want(t, http.StatusOK)
}

func TestGateway_WedgeEnds(t *testing.T) {
	g := startGateway(t, Options{}, map[string]string{"/_cat/nodes": "NodeA\n"})
	for name, end := range map[string]func(){
		"node restarted": g.NodeRestarted,
		"reset":          g.Reset,
		"unwedged":       func() { g.Unwedge("films") },
	} {
		if err := g.Wedge(t.Context(), "us", "movies", "films"); err != nil {
			t.Fatal(err)
		}
		if end(); g.Wedged("films") {
			t.Errorf("%s: still wedged", name)
		}
	}
}
