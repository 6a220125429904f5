// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	process "github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/node"
)

// The tests of this package share two nodes from Maven Central, whatever OPENSEARCH_HOME says: the
// stand-in is for nodes without the plugin. With -short the tests that need a node are left out. A test has indices of its own names and stand-ins of its own.
var sharedNodes struct {
	once             sync.Once
	leader, follower *process.Node
	err              error
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, n := range []*process.Node{sharedNodes.leader, sharedNodes.follower} {
		if n == nil {
			continue
		}
		if err := n.Stop(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func startNode(ctx context.Context, name string) (*process.Node, error) {
	d, err := process.Maven(ctx, os.Getenv("OPENSEARCH_VERSION"), func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err != nil {
		return nil, err
	}
	return process.Start(ctx, d, process.Options{Name: name})
}

func nodes(t *testing.T) (leader, follower *process.Node) {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs an OpenSearch node")
	}
	s := &sharedNodes
	s.once.Do(func() {
		if s.leader, s.err = startNode(context.Background(), "standin-leader"); s.err == nil {
			s.follower, s.err = startNode(context.Background(), "standin-follower")
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.leader, s.follower
}

// ownNode is a node that only this test has, and may kill.
func ownNode(t *testing.T, name string) *process.Node {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs an OpenSearch node")
	}
	n, err := startNode(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n
}

// fast are times for tests: the same order, but shorter.
var fast = Timing{Unreadable: 3 * time.Second, Resumable: 2 * time.Second, Recovery: 2 * time.Second, MinAutofetch: 500 * time.Millisecond}

// site is a node behind its stand-in.
type site struct {
	t         *testing.T
	url       string
	transport string
	plugin    *Plugin
	handler   http.Handler
}

// sites are a leader and a follower that is connected to it under the alias, which no other test uses.
func sites(t *testing.T, alias string) (leader, follower *site) {
	t.Helper()
	l, f := nodes(t)
	leader, follower = newSite(t, l, l, f), newSite(t, f, l, f)
	follower.connect(alias, leader)
	return leader, follower
}

func newSite(t *testing.T, n *process.Node, peers ...*process.Node) *site {
	t.Helper()
	target, err := url.Parse(n.URL())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, url: n.URL(), transport: n.TransportAddress()}
	s.plugin = New(Config{NodeURL: n.URL(), Version: n.Version(), Timing: fast, Log: t.Logf, Peer: func(address string) (string, bool) {
		for _, p := range peers {
			if p.TransportAddress() == address {
				return p.URL(), true
			}
		}
		return "", false
	}})
	t.Cleanup(s.plugin.Close)
	s.handler = s.plugin.Handler(httputil.NewSingleHostReverseProxy(target))
	return s
}

func (s *site) connect(alias string, leader *site) {
	s.t.Helper()
	s.ok("PUT", "/_cluster/settings", fmt.Sprintf(`{"persistent":{"cluster.remote.%s.seeds":[%q]}}`, alias, leader.transport))
	s.t.Cleanup(func() {
		s.do("PUT", "/_cluster/settings", fmt.Sprintf(`{"persistent":{"cluster.remote.%s.seeds":null}}`, alias))
	})
}

// do sends a request through the stand-in.
func (s *site) do(method, path, body string) (int, map[string]any) {
	s.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil && w.Body.Len() > 0 && !bytes.HasPrefix(w.Body.Bytes(), []byte("[")) {
		s.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
	}
	return w.Code, answer
}

// ok is a request that has to succeed.
func (s *site) ok(method, path, body string) map[string]any {
	s.t.Helper()
	status, answer := s.do(method, path, body)
	if status >= 300 {
		s.t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

// refuses is a request that has to fail in a certain way.
func (s *site) refuses(method, path, body string, status int, kind, reason string) {
	s.t.Helper()
	got, answer := s.do(method, path, body)
	e, _ := answer["error"].(map[string]any)
	if got != status || e["type"] != kind || !strings.Contains(fmt.Sprint(e["reason"]), reason) {
		s.t.Errorf("%s %s: %d %v, want %d %s %q", method, path, got, answer, status, kind, reason)
	}
}

func (s *site) index(name, settings string) {
	s.t.Helper()
	if settings == "" {
		settings = `"number_of_shards":1`
	}
	s.ok("PUT", "/"+name, `{"settings":{"number_of_replicas":0,`+settings+`}}`)
	s.t.Cleanup(func() { s.do("DELETE", "/"+name, "") })
}

func (s *site) start(follower, alias, leader string) {
	s.t.Helper()
	s.ok("PUT", "/_plugins/_replication/"+follower+"/_start", fmt.Sprintf(`{"leader_alias":%q,"leader_index":%q}`, alias, leader))
	s.t.Cleanup(func() {
		s.do("POST", "/_plugins/_replication/"+follower+"/_stop", "{}")
		s.do("DELETE", "/"+follower, "")
	})
}

func (s *site) status(index string) (string, map[string]any) {
	s.t.Helper()
	_, answer := s.do("GET", "/_plugins/_replication/"+index+"/_status", "")
	status, _ := answer["status"].(string)
	return status, answer
}

// becomes waits for a status.
func (s *site) becomes(index, want string) map[string]any {
	s.t.Helper()
	var got map[string]any
	eventually(s.t, index+" is "+want, func() bool {
		var status string
		status, got = s.status(index)
		return status == want
	})
	return got
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// documents are all documents of an index as the node itself has them, by id and routing.
func (s *site) documents(index string) map[string]string {
	s.t.Helper()
	s.ok("POST", "/"+index+"/_refresh", "")
	out := map[string]string{}
	after := ""
	for {
		answer := s.ok("POST", "/"+index+"/_search", `{"size":5000,"version":true,"sort":[{"_id":"asc"}]`+after+`}`)
		hits := answer["hits"].(map[string]any)["hits"].([]any)
		for _, h := range hits {
			hit := h.(map[string]any)
			key := fmt.Sprintf("%v/%v", hit["_id"], hit["_routing"])
			source, err := json.Marshal(hit["_source"])
			if err != nil {
				s.t.Fatal(err)
			}
			out[key] = fmt.Sprintf("version %v %s", hit["_version"], source)
			id, err := json.Marshal(hit["_id"])
			if err != nil {
				s.t.Fatal(err)
			}
			after = `,"search_after":[` + string(id) + `]`
		}
		if len(hits) < 5000 {
			return out
		}
	}
}
