// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// closedRoutes are the reads that an administrator may refuse, with the permission that is missing then.
var closedRoutes = []struct{ name, part, permission string }{
	{"connections", "/_remote/info", "cluster:monitor/remote/info"},
	{"list of indices", "/_cat/indices", "indices:monitor/stats"},
	{"rules", "/autofollow_stats", "indices:admin/plugins/replication/autofollow/stats"},
	{"replications", "/follower_stats", "indices:admin/plugins/replication/follower/stats"},
	{"cluster state", "/_cluster/state", "cluster:monitor/state"},
	{"tasks", "/_tasks", "cluster:monitor/tasks/lists"},
	{"records", "/.replication-metadata-store", "indices:data/read/search"},
}

// closedDoor stands before a cluster in memory and refuses routes as the security plugin does.
type closedDoor struct {
	*httptest.Server
	mu     sync.Mutex
	closed map[string]string // permission by part of the path
}

func newClosedDoor(t *testing.T, cluster string) *closedDoor {
	t.Helper()
	to, err := url.Parse(cluster)
	if err != nil {
		t.Fatal(err)
	}
	d := &closedDoor{closed: map[string]string{}}
	proxy := httputil.NewSingleHostReverseProxy(to)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		permission := ""
		for part, missing := range d.closed {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, part) {
				permission = missing
			}
		}
		d.mu.Unlock()
		if permission == "" {
			proxy.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, `{"status":403,"error":{"type":"security_exception","reason":"no permissions for [%s] and User [name=ada, backend_roles=[], requestedTenant=null]"}}`, permission)
	}))
	t.Cleanup(d.Close)
	return d
}

// close closes a route; parts of others stay as they are.
func (d *closedDoor) close(part, permission string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed[part] = permission
}

func (d *closedDoor) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.closed)
}

// Reads are refused, one at a time and all together: nothing is taken for missing, nothing is deleted, and
// what cannot be known is said with the permission that it needs.
func TestSecurity_ClosedRoutes(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	s.service("central", "business-4")
	leader, follower := s.cluster(ref(leaderName)), s.cluster(ref("central"))
	for _, index := range []string{"movies", "logs-1"} {
		leader.Write(index, "one", true)
	}
	at := s.clusterOf("central")
	door := newClosedDoor(t, fmt.Sprint(at["url"]))
	from := leader.Endpoint()
	config := fmt.Sprintf(`
provider "opensearch" {
  clusters = { here = { url = %q, username = %q, password = %q } }
}
resource "opensearch_ccr_connection" "test" {
  cluster = "here"
  name    = "lead"
  seeds   = ["%s:%d"]
}
resource "opensearch_ccr_replication" "test" {
  cluster        = "here"
  leader_alias   = opensearch_ccr_connection.test.name
  leader_index   = "movies"
  follower_index = "movies"
  on_destroy     = "stop"
}
resource "opensearch_ccr_autofollow_rule" "test" {
  cluster      = "here"
  leader_alias = opensearch_ccr_connection.test.name
  name         = "logs"
  pattern      = "logs-*"
  on_destroy   = "stop"
}
`, door.URL, at["username"], at["password"], from.Host, from.Port)
	s.write(config)
	s.apply()
	for _, route := range closedRoutes {
		t.Run(route.name, func(t *testing.T) {
			door.close(route.part, route.permission)
			defer door.open()
			r := s.plan()
			if r.code != 0 {
				t.Errorf("the plan has exit code %d:\n%s", r.code, r.output)
			}
			r.saysNot("will be created", "will be destroyed", "must be replaced")
		})
	}
	for _, route := range closedRoutes {
		door.close(route.part, route.permission)
	}
	r := s.plan()
	if r.code != 0 {
		t.Errorf("the plan with all routes closed has exit code %d:\n%s", r.code, r.output)
	}
	r.saysNot("will be created", "will be destroyed", "must be replaced")

	gone := s.terraform("destroy", "-auto-approve", "-input=false")
	if len(s.platform.Losses()) > 0 {
		t.Errorf("indices were deleted: %v", s.platform.Losses())
	}
	door.open()
	if gone.code != 0 {
		s.destroy()
	}
	for _, index := range follower.Look() {
		if len(index.Docs) != 1 || !follower.Write(index.Name, "own", false) {
			t.Errorf("index %s has %v, or cannot be written to", index.Name, index.Docs)
		}
	}
}
