// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

// The tests at index level share two self-managed clusters, a leader and a
// follower. Each test has names of its own on them. One that kills a node, or
// turns a fault on that others would meet, starts clusters of its own.
var sharedClusters struct {
	once             sync.Once
	leader, follower *sandbox.Cluster
	err              error
}

var duos atomic.Int64

// duo is a leader and a follower cluster, with a prefix for the test's names.
type duo struct {
	t                *testing.T
	leader, follower *sandbox.Cluster
	prefix           string
}

func newDuo(t *testing.T) *duo {
	t.Helper()
	skipUnlessAcceptance(t)
	platform := testSandbox(t)
	sharedClusters.once.Do(func() {
		ctx := context.Background()
		if sharedClusters.leader, sharedClusters.err = startCluster(ctx, platform, "leader"); sharedClusters.err == nil {
			sharedClusters.follower, sharedClusters.err = startCluster(ctx, platform, "follower")
		}
	})
	if sharedClusters.err != nil {
		t.Fatal(sharedClusters.err)
	}
	return &duo{t: t, leader: sharedClusters.leader, follower: sharedClusters.follower, prefix: fmt.Sprintf("t%d", duos.Add(1))}
}

// newOwnDuo starts two clusters for one test.
func newOwnDuo(t *testing.T) *duo {
	t.Helper()
	skipUnlessAcceptance(t)
	d := &duo{t: t, prefix: fmt.Sprintf("t%d", duos.Add(1))}
	d.leader = ownCluster(t, d.prefix+"-leader", sandbox.ClusterOptions{Username: "admin", Password: clusterPassword})
	d.follower = ownCluster(t, d.prefix+"-follower", sandbox.ClusterOptions{Username: "admin", Password: clusterPassword})
	return d
}

// newOwnFollower starts a follower for one test; the leader is shared.
func newOwnFollower(t *testing.T) *duo {
	t.Helper()
	d := newDuo(t)
	d.follower = ownCluster(t, d.prefix+"-follower", sandbox.ClusterOptions{Username: "admin", Password: clusterPassword})
	return d
}

// newOwnLeader starts one more leader for one test.
func newOwnLeader(t *testing.T, name string) *sandbox.Cluster {
	t.Helper()
	return ownCluster(t, fmt.Sprintf("t%d-%s", duos.Add(1), name), sandbox.ClusterOptions{})
}

const clusterPassword = "s3cret-of-the-test"

func startCluster(ctx context.Context, platform *sandbox.Sandbox, name string) (*sandbox.Cluster, error) {
	return platform.StartCluster(ctx, name, sandbox.ClusterOptions{Username: "admin", Password: clusterPassword})
}

func ownCluster(t *testing.T, name string, options sandbox.ClusterOptions) *sandbox.Cluster {
	t.Helper()
	cluster, err := testSandbox(t).StartCluster(t.Context(), name, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cluster
}

// skipUnlessAcceptance is what resource.Test does itself, before anything is started.
func skipUnlessAcceptance(t *testing.T) {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skip("acceptance test: set TF_ACC=1")
	}
}

// name is an index or alias name that only this test has.
func (d *duo) name(what string) string { return d.prefix + "-" + what }

// provider is the provider block with the follower as cluster "here".
func (d *duo) provider() string {
	return fmt.Sprintf(`
provider "opensearch" {
  clusters = {
    here = { url = %q, username = "admin", password = %q }
  }
}
`, d.follower.URL(), clusterPassword)
}

// connection is the connection of the test, with more attributes if need be.
func (d *duo) connection(attributes ...string) string {
	return fmt.Sprintf(`
resource "opensearch_ccr_connection" "test" {
  cluster = "here"
  name    = %q
  seeds   = [%q]
  %s
}
`, d.name("lead"), d.leader.TransportAddress(), strings.Join(attributes, "\n  "))
}

// replication replicates an index of that name, with more attributes if need be.
func (d *duo) replication(index string, attributes ...string) string {
	return fmt.Sprintf(`
resource "opensearch_ccr_replication" "test" {
  cluster        = "here"
  follower_index = %q
  leader_alias   = opensearch_ccr_connection.test.name
  leader_index   = %q
  %s
}
`, index, index, strings.Join(attributes, "\n  "))
}

// config is provider and connection, with what else is given.
func (d *duo) config(more ...string) string {
	return d.provider() + d.connection() + strings.Join(more, "\n")
}

// connect makes the test's connection outside of Terraform.
func (d *duo) connect() {
	d.t.Helper()
	d.setRemote(map[string]any{"seeds": []string{d.leader.TransportAddress()}})
	d.t.Cleanup(func() { d.cleanRemote() })
}

// setRemote changes settings of the test's connection outside of Terraform.
func (d *duo) setRemote(settings map[string]any) {
	d.t.Helper()
	flat := map[string]any{}
	for name, value := range settings {
		flat["cluster.remote."+d.name("lead")+"."+name] = value
	}
	ask(d.t, d.follower, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": flat})
}

func (d *duo) cleanRemote() {
	status, answer, err := d.follower.Do(context.Background(), http.MethodPut, "/_cluster/settings",
		map[string]any{"persistent": map[string]any{"cluster.remote." + d.name("lead") + ".*": nil}})
	if err != nil || status != http.StatusOK {
		d.t.Errorf("remove the connection: %d %s %v", status, answer, err)
	}
}

// remote are the settings of the test's connection on the follower, flat.
func (d *duo) remote() map[string]any {
	d.t.Helper()
	var answer struct {
		Persistent map[string]any `json:"persistent"`
	}
	decode(d.t, ask(d.t, d.follower, http.MethodGet, "/_cluster/settings?flat_settings=true", nil), &answer)
	settings := map[string]any{}
	for full, value := range answer.Persistent {
		if name, ok := strings.CutPrefix(full, "cluster.remote."+d.name("lead")+"."); ok {
			settings[name] = value
		}
	}
	return settings
}

// exists reports whether a cluster has an index.
func exists(t *testing.T, at asker, index string) bool {
	t.Helper()
	status, answer, err := at.Do(t.Context(), http.MethodHead, "/"+index, nil)
	if err != nil {
		t.Fatal(err)
	}
	switch status {
	case http.StatusOK:
		return true
	case http.StatusNotFound:
		return false
	}
	t.Fatalf("HEAD /%s: %d %s", index, status, answer)
	return false
}

func decode(t *testing.T, answer json.RawMessage, out any) {
	t.Helper()
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
}

// rule is an autofollow rule for a pattern, with more attributes if need be.
func (d *duo) rule(pattern string, attributes ...string) string {
	return fmt.Sprintf(`
resource "opensearch_ccr_autofollow_rule" "test" {
  cluster      = "here"
  name         = %q
  leader_alias = opensearch_ccr_connection.test.name
  pattern      = %q
  %s
}
`, d.name("rule"), pattern, strings.Join(attributes, "\n  "))
}
