// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

func TestLongSandbox_WedgeHoldsANameAlsoAgainstARule(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, controlplane.BehaviourNew)
	start := func(name string) *Cluster {
		cluster, err := s.StartCluster(t.Context(), name, ClusterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return cluster
	}
	leader, follower := start("leader"), start("follower")
	must(t, leader.Endpoint, http.MethodPut, "/movies/_doc/1?refresh=true", `{}`)
	must(t, leader.Endpoint, http.MethodPut, "/books/_doc/1?refresh=true", `{}`)
	must(t, follower.Endpoint, http.MethodPut, "/_cluster/settings",
		map[string]any{"persistent": map[string]any{"cluster.remote.us.seeds": []string{leader.TransportAddress()}}})
	if err := follower.Gateway().Wedge(t.Context(), "us", "movies", "movies"); err != nil {
		t.Fatal(err)
	}
	must(t, follower.Endpoint, http.MethodPost, "/_plugins/_replication/_autofollow",
		`{"leader_alias":"us","name":"all","pattern":"mov*"}`)
	eventually(t, "the rule to fail", func() (string, bool) {
		raw := must(t, follower.Endpoint, http.MethodGet, "/_plugins/_replication/autofollow_stats", nil)
		var stats struct {
			Failed []string `json:"failed_indices"`
		}
		if err := json.Unmarshal(raw, &stats); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		return string(raw), slices.Equal(stats.Failed, []string{"movies"})
	})
	user := func(method, path, body string) (int, string) {
		return throughGateway(t, follower.URL(), method, path, body)
	}
	startBody := func(index string) string { return fmt.Sprintf(`{"leader_alias":"us","leader_index":%q}`, index) }
	if status, answer := user(http.MethodPut, "/_plugins/_replication/movies/_start", startBody("movies")); status != http.StatusInternalServerError {
		t.Errorf("a start of the wedged name: %d %s", status, answer)
	}
	if status, answer := user(http.MethodPut, "/_plugins/_replication/books/_start", startBody("books")); status != http.StatusOK {
		t.Errorf("a start of another name: %d %s", status, answer)
	}
	_, tasks := user(http.MethodGet, "/_tasks?actions=cluster:indices/admin/replication*&detailed&group_by=none", "")
	if id := wedgedTask(t, tasks, "-> movies"); id != "" {
		if status, answer := user(http.MethodPost, "/_tasks/"+id+"/_cancel", ""); status != http.StatusOK {
			t.Errorf("cancel %s: %d %s", id, status, answer)
		}
	}
	eventually(t, "the name to be free", func() (string, bool) {
		status, answer := user(http.MethodPut, "/_plugins/_replication/movies/_start", startBody("movies"))
		return fmt.Sprint(status, answer), status == http.StatusOK
	})
}

// wedgedTask finds the id of the task whose description ends so.
func wedgedTask(t *testing.T, answer, description string) string {
	t.Helper()
	var list struct {
		Tasks []struct {
			Node        string `json:"node"`
			ID          int    `json:"id"`
			Description string `json:"description"`
		} `json:"tasks"`
	}
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	for _, task := range list.Tasks {
		if strings.HasSuffix(task.Description, description) {
			return fmt.Sprintf("%s:%d", task.Node, task.ID)
		}
	}
	t.Errorf("no task %q in %s", description, answer)
	return ""
}

// throughGateway sends a request as a user of a cluster without authentication does.
func throughGateway(t *testing.T, url, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}
