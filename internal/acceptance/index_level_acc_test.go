// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// Point 6: unknown seeds, URL and password at plan never fail the plan.
func TestClusters_UnknownSeedsURLAndPasswordNeverFailThePlan(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	config := func(generation int) string {
		return fmt.Sprintf(`
resource "terraform_data" "infrastructure" {
  input            = { url = %q, password = %q, seeds = [%q] }
  triggers_replace = %d
}

provider "opensearch" {
  clusters = {
    here = { url = terraform_data.infrastructure.output.url, username = "admin", password = terraform_data.infrastructure.output.password }
  }
}

resource "opensearch_ccr_connection" "test" {
  cluster = "here"
  name    = %q
  seeds   = terraform_data.infrastructure.output.seeds
}
`, d.follower.URL(), clusterPassword, d.leader.TransportAddress(), generation, d.name("lead")) + d.replication(movies, deleteIndex) + d.rule(d.name("r*"), deleteIndices)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.gone(movies),
		Steps: []resource.TestStep{
			{Config: config(1), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionCreate), Check: d.has(movies, 3)},
			// Once more unknown, now that the resources are there.
			{Config: config(2), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionNoop), Check: d.has(movies, 3)},
		},
	})
}

// Point 8: checkpoints and lag are not in the resources, so a refresh of a busy
// healthy pair finds nothing.
func TestIndexLevel_RefreshOfABusyHealthyPairIsEmpty(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.secrets = func() []string { return []string{clusterPassword} }
	w.write(d.config(d.replication(movies, deleteIndex), d.rule(d.name("films*"), `on_destroy = "delete_indices"`)))
	w.apply()
	stop := writing(t, d.leader, movies)
	for range 3 {
		w.planEmpty("-refresh-only")
		w.planEmpty()
	}
	if written := stop(); written < 20 {
		t.Errorf("only %d documents were written meanwhile: the pair was not busy", written)
	}
	w.destroy()
}

// Point 10: errors carry method, path, status, type, reason and root cause; an
// answer that is not JSON shows its head.
func TestIndexLevel_ErrorsSayWhatWasTriedAndWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	missing, broken, proxied := d.name("missing"), d.name("broken"), d.name("proxied")
	route := func(index string) string { return "/_plugins/_replication/" + index + "/_start" }
	d.follower.Gateway().Respond(gateway.Match{Method: http.MethodPut, Path: route(broken)}, gateway.Answer{Status: 500, Body: map[string]any{
		"status": 500,
		"error": map[string]any{
			"type": "exception", "reason": "cannot start",
			"root_cause": []any{map[string]any{"type": "snapshot_restore_exception", "reason": "disk is full"}},
			"caused_by":  map[string]any{"type": "io_exception", "reason": "No space left on device"},
		},
	}}, 0)
	d.follower.Gateway().Respond(gateway.Match{Method: http.MethodPut, Path: route(proxied)}, gateway.Answer{Status: 502, Body: "<html><body><h1>502 Bad Gateway</h1></body></html>"}, 0)
	config := func(index string) string { return d.config(d.replication(index)) }
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: config(missing), ExpectError: wrapped(`PUT http://127\.0\.0\.1:\d+` + route(missing) + `: status 404, index_not_found_exception: no such index \[` + missing + `\]`)},
			{Config: config(broken), ExpectError: wrapped(`PUT http://\S+` + route(broken) + `: status 500, exception: cannot start \(root cause: snapshot_restore_exception: disk is full\) \(root cause: io_exception: No space left on device\)`)},
			{Config: config(proxied), ExpectError: wrapped(`PUT http://\S+` + route(proxied) + `: status 502; the answer begins with "502 Bad Gateway"`)},
		},
	})
}

// Point 12: destroy with the leader down leaves a follower index that can be
// deleted and written.
func TestIndexLevel_DestroyWithTheLeaderDown(t *testing.T) {
	t.Parallel()
	d := newOwnDuo(t)
	movies, films := d.name("movies"), d.name("films")
	write(t, d.leader, movies, 1, 3)
	write(t, d.leader, films, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies), d.rule(d.name("fil*"), `on_destroy = "stop"`)))
	w.apply()
	if err := d.leader.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the follower notices that the leader is gone", func() bool {
		var answer map[string]struct {
			Connected bool `json:"connected"`
		}
		decode(t, ask(t, d.follower, http.MethodGet, "/_remote/info", nil), &answer)
		return !answer[d.name("lead")].Connected
	})
	w.plan().says("is degraded", "the follower is not connected to its leader")
	w.destroy()
	for _, index := range []string{movies, films} {
		ask(t, d.follower, http.MethodPost, "/"+index+"/_doc?refresh=true", map[string]any{"n": 4})
		if got := count(t, d.follower, index); got != 4 {
			t.Errorf("%s has %d documents, want the 3 that were replicated and the one that was written", index, got)
		}
		ask(t, d.follower, http.MethodDelete, "/"+index, nil)
	}
}

// Point 13: names are escaped in paths, and checked at plan against
// OpenSearch's rules for index names.
func TestIndexLevel_NamesAreEscapedAndChecked(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	index := d.name("ä%2f&=+@;(x)'!$~")
	// The node's own client of the test escapes too.
	escaped := url.PathEscape(index)
	ask(t, d.leader, http.MethodPut, "/"+escaped, map[string]any{"settings": map[string]any{"number_of_shards": 1, "number_of_replicas": 0}})
	ask(t, d.leader, http.MethodPut, "/"+escaped+"/_doc/1?refresh=true", map[string]any{"n": 1})
	refused := func(index, reason string) resource.TestStep {
		return resource.TestStep{Config: d.config(d.replication(index)), PlanOnly: true, ExpectError: wrapped("Invalid value.*" + reason)}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.gone(escaped),
		Steps: []resource.TestStep{
			refused("Movies", "lower case"),
			refused(".movies", "begin with a dot"),
			refused("_movies", "must not begin with"),
			refused("mov ies", "must not have any of the characters"),
			refused("movies/1", "must not have any of the characters"),
			refused("mov*", "must not have any of the characters"),
			refused("mov,ies", "must not have any of the characters"),
			refused("", "must not be empty"),
			{Config: d.config(d.replication(index, deleteIndex)), ConfigPlanChecks: emptyPlan(), Check: d.has(escaped, 1)},
			{
				PreConfig: func() { d.hand(http.MethodPost, escaped, "_pause") },
				Config:    d.config(d.replication(index, deleteIndex)), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate),
			},
		},
	})
}

// writing writes to an index until it is stopped, which tells how much it wrote.
func writing(t *testing.T, at asker, index string) (stop func() int) {
	t.Helper()
	end, written := make(chan struct{}), make(chan int, 1)
	go func() {
		n := 0
		defer func() { written <- n }()
		for ; ; n++ {
			select {
			case <-end:
				return
			default:
			}
			if _, _, err := at.Do(context.Background(), http.MethodPost, "/"+index+"/_doc", map[string]any{"n": n}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	stop = sync.OnceValue(func() int {
		close(end)
		return <-written
	})
	t.Cleanup(func() { stop() })
	return stop
}
