// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// adoption is a follower in memory, cluster paris of the provider block, with what
// no state has.
type adoption struct {
	*memoryPlatform

	at fields // how the follower is reached
}

// newAdoption makes a follower with connections london and tokyo, autofollow rule
// logs, and replications of every kind.
func newAdoption(t *testing.T) *adoption {
	t.Helper()
	a := &adoption{memoryPlatform: newMemoryPlatform(t, asItIs, unchanged)}
	for _, name := range []string{leaderName, "central"} {
		a.service(name, "business-4")
	}
	a.at = a.clusterOf("central")
	leader := a.cluster(leaderRef)
	for _, index := range []string{"movies", "films", "paused", "logs-1", "logs-2"} {
		leader.Write(index, "1", true)
	}
	seed := fmt.Sprintf("%s:%d", leader.Endpoint().Host, leader.Endpoint().Port)
	a.hand(http.MethodPut, "/_cluster/settings", fields{"persistent": fields{
		"cluster.remote.london.seeds": []string{seed}, "cluster.remote.london.skip_unavailable": "true", "cluster.remote.london.node_connections": "3",
		"cluster.remote.tokyo.mode": "proxy", "cluster.remote.tokyo.proxy_address": seed, "cluster.remote.tokyo.transport.ping_schedule": "30s",
	}})
	start := func(index, from string, more fields) {
		body := fields{"leader_alias": "london", "leader_index": from}
		maps.Copy(body, more)
		a.hand(http.MethodPut, "/_plugins/_replication/"+index+"/_start", body)
	}
	roles := fields{"use_roles": fields{"leader_cluster_role": "reader", "follower_cluster_role": "writer"}}
	start("movies", "movies", nil)
	start("filme", "films", fields{"use_roles": roles["use_roles"], "settings": fields{"index.number_of_replicas": "0", "index.number_of_shards": "3"}})
	start("paused", "paused", nil)
	a.hand(http.MethodPost, "/_plugins/_replication/_autofollow", fields{"leader_alias": "london", "name": "logs", "pattern": "logs-*", "use_roles": roles["use_roles"]})
	a.platform.Pass(5 * time.Second) // everything is copied, and the rule has started its indices
	a.hand(http.MethodPost, "/_plugins/_replication/paused/_pause", fields{})
	return a
}

// asParis is a provider block with cluster paris.
func asParis(at fields) fields { return fields{"clusters": fields{"paris": at}} }

// hand does something by hand at the follower, which must succeed.
func (a *adoption) hand(method, path string, body fields) {
	a.test.Helper()
	byHand(a.test, a.at, method, path, body)
}

// byHand does something by hand at a cluster, which must succeed.
func byHand(t *testing.T, at fields, method, path string, body fields) {
	t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, at["url"].(string)+path, bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(at["username"].(string), at["password"].(string))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
}

// What a query lists at index level, and how a list block restricts it.
func TestIndexList_WhatIsListed(t *testing.T) {
	t.Parallel()
	const connection, replication, rule = "opensearch_ccr_connection", "opensearch_ccr_replication", "opensearch_ccr_autofollow_rule"
	a := newAdoption(t)
	l := newLister(t, asParis(a.at))
	for _, c := range []struct {
		typeName string
		with     fields
		limit    int64
		want     []string
	}{
		{connection, nil, 0, []string{"paris/london", "paris/tokyo"}},
		{connection, fields{"name_pattern": "t*o"}, 0, []string{"paris/tokyo"}},
		{replication, nil, 0, []string{"paris/filme", "paris/logs-1", "paris/logs-2", "paris/movies", "paris/paused"}},
		{replication, nil, 2, []string{"paris/filme", "paris/logs-1"}},
		{replication, fields{"leader_alias": "london", "follower_index_pattern": "logs-*"}, 0, []string{"paris/logs-1", "paris/logs-2"}},
		{replication, fields{"leader_alias": "tokyo"}, 0, nil},
		{rule, nil, 0, []string{"paris/london/logs"}},
		{rule, fields{"name_pattern": "l*s", "leader_alias": "london"}, 0, []string{"paris/london/logs"}},
		{rule, fields{"leader_alias": "tokyo"}, 0, nil},
	} {
		config := fields{"cluster": "paris"}
		maps.Copy(config, c.with)
		if names, _ := l.list(c.typeName, c.limit, config); !slices.Equal(names, c.want) || len(l.warnings) > 0 {
			t.Errorf("%s %v: got %q with warnings %v, want %q", c.typeName, config, names, l.warnings, c.want)
		}
	}
	_, first := l.list(replication, 1, fields{"cluster": "paris"})
	for attribute, want := range map[string]string{"leader_alias": "london", "leader_index": "films", "desired_state": "replicating", "status": "replicating", "id": "paris/filme"} {
		if got := textOf(t, first[attribute]); got != want {
			t.Errorf("%s is %q, want %q", attribute, got, want)
		}
	}

	// Statistics do not say whose a rule is, and the records may be closed to the user.
	a.platform.Protected = true
	l = newLister(t, asParis(a.at))
	const why = "It is not known which leader these rules of cluster paris belong to, because this user may not read the plugin's records: logs. Import such a rule by its id, CLUSTER/LEADER_ALIAS/NAME."
	if names, _ := l.list(rule, 0, fields{"cluster": "paris"}); len(names) > 0 || len(l.warnings) != 1 || l.warnings[0].Detail != why {
		t.Errorf("of a follower of two leaders: got %q with warnings %v, want one that says %q", names, l.warnings, why)
	}
	a.hand(http.MethodPut, "/_cluster/settings", fields{"persistent": fields{"cluster.remote.tokyo.*": nil}})
	if names, _ := newLister(t, asParis(a.at)).list(rule, 0, fields{"cluster": "paris"}); !slices.Equal(names, []string{"paris/london/logs"}) {
		t.Errorf("of a follower of one leader: got %q", names)
	}
}

// A list is read with as many requests for two hundred replications as for one.
func TestIndexList_RequestsDoNotGrow(t *testing.T) {
	t.Parallel()
	c := newLargeCluster(t)
	for i := range 200 {
		index := fmt.Sprintf("logs-%d", i)
		c.replicas[index] = index
	}
	l := newLister(t, asParis(fields{"url": c.URL}))
	names, _ := l.list("opensearch_ccr_replication", 0, fields{"cluster": "paris"})
	if len(names) != 200 || len(l.warnings) > 0 {
		t.Errorf("%d replications are listed, with warnings %v", len(names), l.warnings)
	}
	if requests := c.seen(); len(requests) == 0 || len(requests) > 8 || len(c.unknown) > 0 {
		t.Errorf("the list made %d requests: %v; the fake does not know %v", len(requests), requests[:min(20, len(requests))], c.unknown)
	}
}

// A cluster that cannot be read is an error, and not an empty list.
func TestIndexList_WhatCannotBeListed(t *testing.T) {
	t.Parallel()
	a := newAdoption(t)
	wrong := maps.Clone(a.at)
	wrong["password"] = "wrong"
	for typeName, what := range map[string]string{"opensearch_ccr_connection": "connections", "opensearch_ccr_replication": "replications", "opensearch_ccr_autofollow_rule": "autofollow rules"} {
		for _, c := range []struct {
			at, config fields
			says       string
		}{
			{wrong, fields{"cluster": "paris"}, "Cannot list the " + what + ": Cluster paris: "},
			{a.at, fields{"cluster": "there"}, `Cluster is not configured: The provider block does not define cluster "there" (it defines paris)`},
		} {
			if got := newLister(t, asParis(c.at)).refused(typeName, c.config); !strings.HasPrefix(got, c.says) {
				t.Errorf("%s: got %q, want %q", typeName, got, c.says)
			}
		}
	}
}

// What runs already is adopted without a change: with import blocks by id on every
// Terraform, by identity and with the examples of terraform query where there is that.
func TestIndexList_AdoptedWithoutAChange(t *testing.T) {
	t.Parallel()
	a := newAdoption(t)
	provider := fmt.Sprintf("provider \"opensearch\" {\n  clusters = {\n    paris = { url = %q, username = %q, password = %q }\n  }\n}\n", a.at["url"], a.at["username"], a.at["password"])
	var byID, byIdentity string
	for _, o := range []struct{ name, id, identity string }{
		{"connection.a", "paris/london", `name = "london"`},
		{"connection.b", "paris/tokyo", `name = "tokyo"`},
		{"replication.a", "paris/movies", `follower_index = "movies"`},
		{"replication.b", "paris/filme", `follower_index = "filme"`},
		{"replication.c", "paris/paused", `follower_index = "paused"`},
		{"autofollow_rule.a", "paris/london/logs", `leader_alias = "london", name = "logs"`},
	} {
		byID += fmt.Sprintf("import {\n  to = opensearch_ccr_%s\n  id = %q\n}\n", o.name, o.id)
		byIdentity += fmt.Sprintf("import {\n  to       = opensearch_ccr_%s\n  identity = { cluster = \"paris\", %s }\n}\n", o.name, o.identity)
	}
	w := newWorkspace(t)
	w.write(provider + byID)
	w.generate()
	w.adopts(6)
	if !version.Queries() {
		return
	}
	w = newWorkspace(t)
	w.write(provider + byIdentity)
	w.generate()
	w.adopts(6)
	w = newWorkspace(t)
	w.write(provider)
	w.query("connection", "replication", "autofollow_rule").says("cluster=paris,name=london", "cluster=paris,follower_index=filme", "paris/london/logs")
	text, err := os.ReadFile(filepath.Join(w.dir, "generated.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if generated := strings.Join(strings.Fields(string(text)), " "); !strings.Contains(generated, `settings = { "index.number_of_replicas" = "0" }`) ||
		!strings.Contains(generated, `use_roles = { follower_cluster_role = "writer" leader_cluster_role = "reader" }`) || !strings.Contains(generated, `desired_state = "paused"`) {
		t.Errorf("settings, roles or the pause are missing:\n%s", text)
	}
	w.adopts(8)
}

// generate writes a configuration for the import blocks into generated.tf.
func (w *workspace) generate() {
	w.t.Helper()
	if r := w.terraform("plan", "-input=false", "-generate-config-out=generated.tf"); r.code != 0 {
		w.t.Fatalf("the plan that generates a configuration has exit code %d:\n%s", r.code, r.output)
	}
}

// adopts imports so many objects, which changes nothing.
func (w *workspace) adopts(n int) {
	w.t.Helper()
	w.plan().says(fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", n))
	w.apply()
	w.planEmpty()
}

// query runs terraform query over the examples for these kinds of resource; what it
// generates is in generated.tf.
func (w *workspace) query(kinds ...string) run {
	w.t.Helper()
	for _, kind := range kinds {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "list-resources", "opensearch_ccr_"+kind, "list-resource.tfquery.hcl"))
		if err == nil {
			err = os.WriteFile(filepath.Join(w.dir, kind+".tfquery.hcl"), text, 0o600)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	r := w.terraform("query", "-generate-config-out=generated.tf")
	if r.code != 0 {
		w.t.Fatalf("terraform query has exit code %d:\n%s", r.code, r.output)
	}
	return r
}
