// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// startSandbox starts a sandbox whose nodes are in a folder of the test, and ends it with the test. Nothing
// may be left in the folder then. With -short the test is left out.
func startSandbox(t *testing.T, behaviour controlplane.Behaviour) *Sandbox {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs an OpenSearch node")
	}
	dir := t.TempDir()
	// OpenSearch does not run as root; should this be root, another user must get there.
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), Options{Dir: dir, Progress: t.Logf, Log: func(string, ...any) {}, Behaviour: behaviour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	return s
}

func createService(t *testing.T, s *Sandbox, project, name string, options ...ServiceOption) *Service {
	t.Helper()
	service, err := s.CreateService(t.Context(), project, name, "business-4", options...)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func must(t *testing.T, e *Endpoint, method, path string, body any) json.RawMessage {
	t.Helper()
	status, answer, err := e.Do(t.Context(), method, path, body)
	if err != nil || status > 299 {
		t.Fatalf("%s %s on %s: %d %s %v", method, path, e.name, status, answer, err)
	}
	return answer
}

// eventually waits until a condition holds; it says last what was seen instead.
func eventually(t *testing.T, what string, holds func() (last string, ok bool)) {
	t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for {
		last, ok := holds()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 90 s; last: %s", what, last)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// replicates waits until an index of the follower holds so many documents.
func replicates(t *testing.T, follower *Service, index string, documents int) {
	t.Helper()
	eventually(t, index+" on the follower", func() (string, bool) {
		_, answer, err := follower.Do(t.Context(), http.MethodGet, "/"+index+"/_count", nil)
		return fmt.Sprintf("%s %v", answer, err), strings.Contains(string(answer), fmt.Sprintf(`"count":%d,`, documents))
	})
}

func TestSandbox_NewBehaviourOnlyConnects(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, controlplane.BehaviourNew)
	project := s.NewProject()
	leader := createService(t, s, project, "search-us")
	must(t, leader.Endpoint, http.MethodPut, "/movies/_doc/1?refresh=true", `{"title":"Solaris"}`)
	follower := createService(t, s, project, "search-eu", Following("search-us"))

	alias := project + "_search-us"
	integrated(t, s, follower)
	if info := must(t, follower.Endpoint, http.MethodGet, "/_remote/info", nil); !strings.Contains(string(info), `"`+alias+`":{"connected":true`) {
		t.Errorf("_remote/info: %s", info)
	}
	if status := must(t, follower.Endpoint, http.MethodGet, "/_plugins/_replication/movies/_status", nil); !strings.Contains(string(status), "REPLICATION NOT IN PROGRESS") {
		t.Errorf("replication was started: %s", status)
	}
	must(t, follower.Endpoint, http.MethodPut, "/_plugins/_replication/movies/_start",
		map[string]any{"leader_alias": alias, "leader_index": "movies", "use_roles": roles})
	replicates(t, follower, "movies", 1)

	t.Run("the user reaches it through the gateway", func(t *testing.T) { userReaches(t, follower) })
	t.Run("unlinked it is writable", func(t *testing.T) {
		if err := s.ControlPlane().DeleteIntegration(leader.Ref(), follower.Ref()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a write on the follower", func() (string, bool) {
			status, answer, err := follower.Do(t.Context(), http.MethodPut, "/movies/_doc/2", `{}`)
			return fmt.Sprintf("%d %s %v", status, answer, err), status == http.StatusCreated
		})
		eventually(t, "the connection to go", func() (string, bool) {
			info := must(t, follower.Endpoint, http.MethodGet, "/_remote/info", nil)
			return string(info), !strings.Contains(string(info), alias)
		})
	})
	t.Run("deleted it is gone", func(t *testing.T) {
		if err := s.callAPI(t.Context(), http.MethodDelete, "/project/"+project+"/service/search-eu", nil, nil); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the service to go", func() (string, bool) {
			_, there := s.Service(project, "search-eu")
			_, err := os.Stat(follower.node.Dir())
			return fmt.Sprint(there, err), !there && errors.Is(err, os.ErrNotExist)
		})
	})
}

// integrated waits until the Aiven API says that the integration of a follower is active.
func integrated(t *testing.T, s *Sandbox, follower *Service) {
	t.Helper()
	eventually(t, "the integration", func() (string, bool) {
		var answer struct {
			Integrations []struct {
				Active bool `json:"active"`
			} `json:"service_integrations"`
		}
		path := "/project/" + follower.Project() + "/service/" + follower.Name() + "/integration"
		if err := s.callAPI(t.Context(), http.MethodGet, path, nil, &answer); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(answer), len(answer.Integrations) == 1 && answer.Integrations[0].Active
	})
}

// userReaches asks with and without the credentials that the service has.
func userReaches(t *testing.T, service *Service) {
	t.Helper()
	for _, test := range []struct {
		method, path, password string
		status                 int
	}{
		{http.MethodGet, "/movies/_doc/1", service.Password(), http.StatusOK},
		{http.MethodGet, "/movies/_doc/1", "wrong", http.StatusUnauthorized},
		{http.MethodPut, "/_cluster/settings", service.Password(), http.StatusForbidden},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, service.URL()+test.path, strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.SetBasicAuth(service.Username(), test.password)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		if response.StatusCode != test.status {
			t.Errorf("%s %s: %s, want %d", test.method, test.path, response.Status, test.status)
		}
	}
}

func TestLongSandbox_OldBehaviourReplicatesEverything(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, controlplane.BehaviourOld)
	project := s.NewProject()
	leader := createService(t, s, project, "search-us")
	for _, index := range []string{"movies", "books"} {
		must(t, leader.Endpoint, http.MethodPut, "/"+index+"/_doc/1?refresh=true", `{}`)
	}
	follower := createService(t, s, project, "search-eu", Following("search-us"))
	integrated(t, s, follower)
	replicates(t, follower, "movies", 1)
	replicates(t, follower, "books", 1)
	if stats := must(t, follower.Endpoint, http.MethodGet, "/_plugins/_replication/autofollow_stats", nil); !strings.Contains(string(stats), ownRule) {
		t.Errorf("no rule for new indices: %s", stats)
	}
}

func TestLongSandbox_ServiceKeepsDataAndAddressOverPowerAndCrash(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, controlplane.BehaviourNew)
	service := createService(t, s, s.NewProject(), "search-us")
	must(t, service.Endpoint, http.MethodPut, "/movies/_doc/1", `{"title":"Mirror"}`)
	url, transport := service.URL(), service.TransportAddress()
	down := func() {
		t.Helper()
		if status, _, err := service.Do(t.Context(), http.MethodGet, "/", nil); status != http.StatusServiceUnavailable || err == nil {
			t.Errorf("while it is down: %d %v, want 503 and no JSON", status, err)
		}
	}
	back := func() {
		t.Helper()
		eventually(t, "the document", func() (string, bool) {
			status, answer, err := service.Do(t.Context(), http.MethodGet, "/movies/_doc/1", nil)
			return fmt.Sprintf("%d %s %v", status, answer, err), status == http.StatusOK
		})
		if service.URL() != url || service.TransportAddress() != transport {
			t.Errorf("now at %s and %s, before at %s and %s", service.URL(), service.TransportAddress(), url, transport)
		}
	}
	power := func(on bool) {
		t.Helper()
		if err := s.ControlPlane().SetPower(service.Ref(), on); err != nil {
			t.Fatal(err)
		}
		if err := s.ControlPlane().AwaitSettled(t.Context(), service.Ref()); err != nil {
			t.Fatal(err)
		}
	}
	power(false)
	down()
	power(true)
	back()

	if err := service.Kill(); err != nil {
		t.Fatal(err)
	}
	down()
	if err := service.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	back()
}

func TestSandbox_StartCluster(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, controlplane.BehaviourNew)
	cluster, err := s.StartCluster(t.Context(), "paris", ClusterOptions{
		BearerToken: "token",
		Settings:    map[string]string{"node.attr.room": "attic"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if attributes := must(t, cluster.Endpoint, http.MethodGet, "/_cat/nodeattrs?format=json", nil); !strings.Contains(string(attributes), "attic") {
		t.Errorf("the setting is not there: %s", attributes)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, cluster.URL()+"/_cluster/settings",
		strings.NewReader(`{"persistent":{"cluster.remote.us.skip_unavailable":null}}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer token")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("PUT _cluster/settings of one's own cluster: %s %v", response.Status, err)
	}
	if err := cluster.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDo_SendsWhatItIsGiven(t *testing.T) {
	for _, test := range []struct {
		body any
		want string
	}{
		{nil, ""},
		{"a\nb\n", "a\nb\n"},
		{[]byte(`{"x":1}`), `{"x":1}`},
		{json.RawMessage(`{}`), `{}`},
		{map[string]int{"x": 1}, `{"x":1}`},
	} {
		got, err := encode(test.body)
		if err != nil || string(got) != test.want {
			t.Errorf("encode(%v) = %q, %v, want %q", test.body, got, err, test.want)
		}
	}
}
