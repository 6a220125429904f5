// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// largeCluster is a follower with any number of replicas that all sync. It is a
// fake, because a thousand real ones take minutes to make and the question is
// only what the provider asks of the cluster. Its answers have the form of the
// recordings; what each route of it stands for is beside the route.
type largeCluster struct {
	*httptest.Server

	mu       sync.Mutex
	replicas map[string]string // follower index to leader index
	leader   int               // how many indices the leader has
	requests []string
	unknown  []string // what it cannot answer
}

func newLargeCluster(tb testing.TB) *largeCluster {
	tb.Helper()
	c := &largeCluster{replicas: map[string]string{}}
	c.Server = httptest.NewServer(c)
	tb.Cleanup(c.Close)
	return c
}

func (c *largeCluster) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = nil
}

func (c *largeCluster) seen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.requests...)
}

func (c *largeCluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r.Method+" "+r.URL.Path)
	status, answer := c.answer(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client may have gone
}

type fields = map[string]any

// answer is the cluster's, under its lock.
func (c *largeCluster) answer(r *http.Request) (int, any) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	acknowledged := fields{"acknowledged": true}
	switch index, last := parts[max(0, len(parts)-2)], parts[len(parts)-1]; {
	case r.URL.Path == "/_remote/info": // one leader, connected
		return 200, fields{"lead": fields{"connected": true, "mode": "sniff", "seeds": []string{"127.0.0.1:9300"}}}
	case last == "follower_stats": // what syncs, with its checkpoints
		stats := fields{}
		for index := range c.replicas {
			stats[index] = fields{"leader_checkpoint": 41, "follower_checkpoint": 41}
		}
		return 200, fields{"num_syncing_indices": len(c.replicas), "index_stats": stats}
	case r.URL.Path == "/_cluster/state/metadata,blocks": // the last known states, and the write blocks
		details, blocks := fields{}, fields{}
		for index := range c.replicas {
			blocks[index] = fields{"1000": fields{"levels": []string{"write", "metadata_write"}}}
			details[index] = fields{"REPLICATION_LAST_KNOWN_OVERALL_STATE": "RUNNING"}
		}
		return 200, fields{"metadata": fields{"replication_metadata": fields{"replication_details": details}}, "blocks": fields{"indices": blocks}}
	case last == "autofollow_stats": // there is no rule
		return 200, fields{"autofollow_stats": []any{}}
	case r.URL.Path == "/.replication-metadata-store/_search": // the plugin's records, closed by the security plugin
		return 200, fields{"hits": fields{"hits": []any{}}}
	case strings.HasPrefix(r.URL.Path, "/*/_settings"): // the marks of all
		all := fields{}
		for index, leader := range c.replicas {
			all[index] = settingsOf(index, leader)
		}
		return 200, all
	case strings.Contains(r.URL.Path, "/_settings"): // the marks of one
		index = parts[0]
		if _, there := c.replicas[index]; !there && strings.Contains(r.URL.RawQuery, "ignore_unavailable=true") {
			return 200, fields{}
		}
		if leader, there := c.replicas[index]; there {
			return 200, fields{index: settingsOf(index, leader)}
		}
		return 404, fields{"status": 404, "error": fields{"type": "index_not_found_exception", "reason": "no such index [" + index + "]"}}
	case r.URL.Path == "/_resolve/index/lead:*": // the leader's indices
		listed := make([]fields, 0, c.leader)
		for i := range c.leader {
			listed = append(listed, fields{"name": fmt.Sprintf("lead:logs-%d", i), "attributes": []string{"open"}})
		}
		return 200, fields{"indices": listed}
	case last == "_start":
		var body struct {
			Leader string `json:"leader_index"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return 400, fields{"error": err.Error()}
		}
		c.replicas[index] = body.Leader
		return 200, acknowledged
	case last == "_status":
		return 200, fields{"status": "SYNCING", "leader_alias": "lead", "leader_index": c.replicas[index], "follower_index": index,
			"syncing_details": fields{"leader_checkpoint": 41, "follower_checkpoint": 41}}
	case last == "_stop":
		return 200, acknowledged
	case r.Method == http.MethodDelete:
		delete(c.replicas, last)
		return 200, acknowledged
	}
	c.unknown = append(c.unknown, r.Method+" "+r.URL.Path)
	return 400, fields{"status": 400, "error": fields{"type": "illegal_argument_exception", "reason": "no handler found"}}
}

func settingsOf(index, leader string) fields {
	return fields{"settings": fields{"index.uuid": "uuid-of-" + index, "index.plugins.replication.follower.leader_index": "lead:" + leader}}
}

// configuration has n replications on the cluster.
func (c *largeCluster) configuration(n int) string {
	c.leader = n
	return fmt.Sprintf(`
provider "opensearch" {
  clusters = { here = { url = %q } }
}

resource "opensearch_ccr_replication" "test" {
  count = %d

  cluster        = "here"
  follower_index = "logs-${count.index}"
  leader_alias   = "lead"
  leader_index   = "logs-${count.index}"
  on_destroy     = "delete_index"
}
`, c.URL, n)
}

// state is what an apply of the configuration leaves, in the form of the state file.
func (c *largeCluster) state(tb testing.TB, n int) []byte {
	tb.Helper()
	var instances []fields
	for i := range n {
		index := fmt.Sprintf("logs-%d", i)
		c.replicas[index] = index
		instances = append(instances, fields{"index_key": i, "schema_version": 0, "attributes": fields{
			"cluster": "here", "follower_index": index, "leader_alias": "lead", "leader_index": index, "id": "here/" + index, "use_roles": nil, "settings": nil,
			"desired_state": "replicating", "on_destroy": "delete_index", "rebuild": false, "status": "replicating", "status_reason": nil, "timeouts": nil,
		}})
	}
	state, err := json.Marshal(fields{"version": 4, "serial": 1, "lineage": "2b1e3f1c-7d3c-4e0e-9a53-2f6b0f6f6f01", "resources": []fields{{
		"mode": "managed", "type": "opensearch_ccr_replication", "name": "test", "each": "list",
		"provider": `provider["registry.terraform.io/opensearch-ccr/opensearch"]`, "instances": instances,
	}}})
	if err != nil {
		tb.Fatal(err)
	}
	return state
}

// The reads of one plan share their requests: over any number of replications of
// one cluster it makes at most 6.
func TestScale_PlanOverManyReplicationsMakesAtMostSixRequests(t *testing.T) { planOver(t, 200) }

func TestLong_PlanOverAThousandReplicationsMakesAtMostSixRequests(t *testing.T) { planOver(t, 1000) }

func planOver(t *testing.T, n int) {
	t.Parallel()
	skipUnlessAcceptance(t)
	c := newLargeCluster(t)
	w := newWorkspace(t)
	w.write(c.configuration(n))
	if err := os.WriteFile(filepath.Join(w.dir, "terraform.tfstate"), c.state(t, n), 0o600); err != nil {
		t.Fatal(err)
	}
	w.planEmpty()
	requests := c.seen()
	if len(requests) == 0 || len(requests) > 6 {
		t.Errorf("a plan over %d replications made %d requests, want 1 to 6: %v", n, len(requests), requests[:min(20, len(requests))])
	}
	// One that is missing is seen among all, at the same price.
	delete(c.replicas, "logs-77")
	c.forget()
	w.plan().says("opensearch_ccr_replication.test[77] will be created", "Plan: 1 to add, 0 to change, 0 to destroy")
	if requests := c.seen(); len(requests) > 6 {
		t.Errorf("a plan that finds one missing made %d requests: %v", len(requests), requests)
	}
	if len(c.unknown) > 0 {
		t.Errorf("the fake was asked what it does not know: %v", c.unknown[:min(5, len(c.unknown))])
	}
}

// What is created costs a number of requests that does not grow with what the
// cluster has already.
func TestScale_CreationMakesAFewRequestsEach(t *testing.T) {
	t.Parallel()
	skipUnlessAcceptance(t)
	const n = 20
	c := newLargeCluster(t)
	w := newWorkspace(t)
	w.write(c.configuration(n))
	w.apply()
	if made := len(c.seen()); made > 10*n {
		t.Errorf("the creation of %d replications made %d requests, more than 10 each", n, made)
	}
	w.planEmpty()
	w.destroy()
	if len(c.replicas) > 0 {
		t.Errorf("%d replicas are left", len(c.replicas))
	}
}
