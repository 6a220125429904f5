// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// asked is what a user gets through the gateway within a time; status 0 means that nothing answered.
func asked(t *testing.T, e *Endpoint, method, path, body string, within time.Duration) (status int, answer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, e.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if e.Username() != "" {
		request.SetBasicAuth(e.Username(), e.Password())
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// connected are two clusters, the second of which knows the first as us.
func connected(t *testing.T) (leader, follower *Endpoint) {
	t.Helper()
	s := startSandbox(t, controlplane.BehaviourNew)
	start := func(name string) *Endpoint {
		cluster, err := s.StartCluster(t.Context(), name, ClusterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return cluster.Endpoint
	}
	leader, follower = start("leader"), start("follower")
	if err := follower.setRemote(t.Context(), "us", []string{leader.TransportAddress()}); err != nil {
		t.Fatal(err)
	}
	if err := follower.awaitRemote(t.Context(), "us"); err != nil {
		t.Fatal(err)
	}
	return leader, follower
}

// names are the indices that a listing has.
func names(t *testing.T, listing string) string {
	t.Helper()
	var list struct {
		Indices []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(listing), &list); err != nil {
		t.Fatalf("%v in %s", err, listing)
	}
	return fmt.Sprint(list.Indices)
}

// What a follower says of its leader when it is asked through it: the last table of the facts.
func TestSandbox_AsksTheLeaderThroughTheFollower(t *testing.T) {
	t.Parallel()
	leader, follower := connected(t)
	must(t, leader, http.MethodPut, "/movies/_doc/1?refresh=true", `{}`)
	const listing, search, missing = "/_resolve/index/us:*", "/us:movies/_search?size=0", "/us:books/_search?size=0"
	get := func(path string, within time.Duration) (int, string) {
		t.Helper()
		return asked(t, follower, http.MethodGet, path, "", within)
	}
	want := func(path string, status int, parts ...string) {
		t.Helper()
		got, answer := get(path, time.Minute)
		if got != status {
			t.Errorf("GET %s: %d %s, want %d", path, got, answer, status)
		}
		for _, part := range parts {
			if !strings.Contains(answer, part) {
				t.Errorf("GET %s: %d %s, want %s in it", path, got, answer, part)
			}
		}
	}
	lists := func(path, indices string) {
		t.Helper()
		if status, answer := get(path, time.Minute); status != http.StatusOK || names(t, answer) != indices {
			t.Errorf("GET %s: %d %s, want %s", path, status, answer, indices)
		}
	}
	lists(listing, "[{us:movies}]")
	lists("/_resolve/index/us:bo*", "[]")
	want(search, http.StatusOK, `"hits"`)
	want(missing, http.StatusNotFound, "index_not_found_exception", "no such index [books]")

	follower.Gateway().HideLeaders(true)
	lists(listing, "[]")
	want(search, http.StatusForbidden, "security_exception")
	follower.Gateway().HideLeaders(false)

	if err := leader.Freeze(); err != nil {
		t.Fatal(err)
	}
	if status, answer := get("/_remote/info", time.Minute); status != http.StatusOK || !strings.Contains(answer, `"connected":true`) {
		t.Errorf("_remote/info of a silent leader: %d %s", status, answer)
	}
	for _, path := range []string{listing, search} {
		if status, answer := get(path, time.Second); status != 0 {
			t.Errorf("GET %s of a silent leader: %d %s, want no answer", path, status, answer)
		}
	}
	if err := leader.Thaw(); err != nil {
		t.Fatal(err)
	}
	want(search, http.StatusOK)

	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the connection to break", func() (string, bool) {
		_, answer := get("/_remote/info", time.Minute)
		return answer, strings.Contains(answer, `"connected":false`)
	})
	lists(listing, "[]")
	want(search, http.StatusInternalServerError, "connect_transport_exception")
}

// The integration takes the connection with it, and so ends what waits for a silent leader. The leader is
// left frozen: the sandbox's end sees to it.
func TestLongSandbox_SilentLeaderOfAServiceThatIsUnlinked(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, controlplane.BehaviourNew)
	project := s.NewProject()
	leader := createService(t, s, project, "search-us")
	must(t, leader.Endpoint, http.MethodPut, "/movies/_doc/1?refresh=true", `{}`)
	must(t, leader.Endpoint, http.MethodPut, "/books/_doc/1?refresh=true", `{}`)
	s.DelayDataPlane(project, time.Hour)
	follower := createService(t, s, project, "search-eu", Following("search-us"))
	integrated(t, s, follower)
	if status, answer := asked(t, follower.Endpoint, http.MethodGet, "/", "", time.Minute); status != http.StatusServiceUnavailable {
		t.Errorf("a service that is not reached yet: %d %s", status, answer)
	}
	follower.Gateway().Reset()
	for _, index := range []string{"movies", "books"} {
		must(t, follower.Endpoint, http.MethodPut, "/_plugins/_replication/"+index+"/_start",
			map[string]any{"leader_alias": project + "_search-us", "leader_index": index, "use_roles": roles})
		replicates(t, follower, index, 1)
	}
	if err := leader.Freeze(); err != nil {
		t.Fatal(err)
	}
	if status, answer := asked(t, leader.Endpoint, http.MethodGet, "/", "", time.Second); status != 0 {
		t.Errorf("the silent leader answers %d %s", status, answer)
	}
	if status, answer := asked(t, follower.Endpoint, http.MethodGet, "/_plugins/_replication/movies/_status", "", time.Second); status != 0 {
		t.Errorf("the status is %d %s, want no answer", status, answer)
	}
	if status, answer := asked(t, follower.Endpoint, http.MethodPost, "/_plugins/_replication/movies/_stop", "{}", 3*time.Second); status != 0 {
		t.Errorf("the stop is answered %d %s, want no answer", status, answer)
	}
	for _, request := range follower.Gateway().Requests() {
		if strings.HasSuffix(request.Path, "/_stop") && request.Status != 0 {
			t.Errorf("%s is recorded with status %d", request, request.Status)
		}
	}
	if err := s.ControlPlane().DeleteIntegration(leader.Ref(), follower.Ref()); err != nil {
		t.Fatal(err)
	}
	for _, index := range []string{"movies", "books"} {
		eventually(t, "a write to "+index, func() (string, bool) {
			status, answer := asked(t, follower.Endpoint, http.MethodPut, "/"+index+"/_doc/2", "{}", 10*time.Second)
			return fmt.Sprintf("%d %s", status, answer), status == http.StatusCreated
		})
	}
}
