// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const statusAddress = "data.opensearch_ccr_status.test"

func TestStatus_ShowsIndicesLagConnectionsAndRules(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	one, two, paused, failed := d.name("logs-1"), d.name("logs-2"), d.name("movies"), d.name("logs-3")
	write(t, d.leader, one, 1, 3)
	write(t, d.leader, two, 1, 5)
	write(t, d.leader, paused, 1, 2)
	d.connect()
	for _, index := range []string{one, two, paused} {
		ask(t, d.follower, http.MethodPut, "/_plugins/_replication/"+index+"/_start", map[string]any{"leader_alias": d.name("lead"), "leader_index": index})
		eventually(t, index+" syncs", func() bool { return replicationStatus(t, d.follower, index) == "SYNCING" })
	}
	ask(t, d.follower, http.MethodPost, "/_plugins/_replication/"+paused+"/_pause", map[string]any{"reason": "for the weekend"})
	write(t, d.leader, failed, 1, 1)
	write(t, d.follower, failed, 1, 1)
	ask(t, d.follower, http.MethodPost, "/_plugins/_replication/_autofollow", map[string]any{"leader_alias": d.name("lead"), "name": d.name("rule"), "pattern": d.name("logs-*")})
	value := func(path tfjsonpath.Path, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(statusAddress, path, check)
	}
	config := d.provider() + `data "opensearch_ccr_status" "test" { cluster = "here" }`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: config, // the rule is less than a second old, and the plugin's store may not show it yet
			ConfigStateChecks: []statecheck.StateCheck{
				value(tfjsonpath.New("indices").AtMapKey(one), knownvalue.ObjectExact(map[string]knownvalue.Check{
					"status": knownvalue.StringExact("replicating"), "status_reason": knownvalue.Null(),
					"leader_alias": knownvalue.StringExact(d.name("lead")), "leader_index": knownvalue.StringExact(one),
					"leader_checkpoint": knownvalue.Int64Exact(2), "follower_checkpoint": knownvalue.Int64Exact(2), "lag": knownvalue.Int64Exact(0),
				})),
				value(tfjsonpath.New("indices").AtMapKey(paused).AtMapKey("status"), knownvalue.StringExact("paused")),
				value(tfjsonpath.New("indices").AtMapKey(paused).AtMapKey("status_reason"), knownvalue.StringExact("for the weekend")),
				value(tfjsonpath.New("indices").AtMapKey(paused).AtMapKey("lag"), knownvalue.Null()),
				value(tfjsonpath.New("totals").AtMapKey("indices"), knownvalue.Int64Exact(3)),
				value(tfjsonpath.New("totals").AtMapKey("replicating"), knownvalue.Int64Exact(2)),
				value(tfjsonpath.New("totals").AtMapKey("paused"), knownvalue.Int64Exact(1)),
				value(tfjsonpath.New("greatest_lag"), knownvalue.Int64Exact(0)),
				value(tfjsonpath.New("healthy"), knownvalue.Bool(false)),
				value(tfjsonpath.New("connections").AtMapKey(d.name("lead")).AtMapKey("connected"), knownvalue.Bool(true)),
				value(tfjsonpath.New("rules").AtSliceIndex(0).AtMapKey("pattern"), knownvalue.StringExact(d.name("logs-*"))),
				value(tfjsonpath.New("rules").AtSliceIndex(0).AtMapKey("leader_alias"), knownvalue.StringExact(d.name("lead"))),
			},
		}, {
			// The name is taken: whether the rule tells it as failed is the plugin's business.
			Config: d.provider() + `data "opensearch_ccr_status" "test" {
  cluster      = "here"
  leader_alias = "another"
}`,
			ConfigStateChecks: []statecheck.StateCheck{
				value(tfjsonpath.New("indices"), knownvalue.MapSizeExact(0)),
				value(tfjsonpath.New("greatest_lag"), knownvalue.Null()),
			},
		}},
	})
}

func TestStatus_OfAHealthyFollowerMakesAHandfulOfRequests(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	var replications strings.Builder
	for n := range 12 {
		index := d.name(fmt.Sprintf("logs-%d", n))
		write(t, d.leader, index, 1, 1)
	}
	replications.WriteString(d.rule(d.name("logs-*"), deleteIndices))
	w := newWorkspace(t)
	w.write(d.config(replications.String()))
	w.apply()
	w.write(d.config(replications.String(), `
data "opensearch_ccr_status" "test" { cluster = "here" }
output "healthy" { value = data.opensearch_ccr_status.test.healthy }
output "count" { value = length(data.opensearch_ccr_status.test.indices) }
`))
	d.follower.Gateway().ForgetRequests()
	w.terraform("plan", "-refresh=false").says("healthy = true", "count = 12")
	if requests := d.follower.Gateway().Requests(); len(requests) > 7 {
		t.Errorf("%d requests for the status of 12 indices, want at most 7: %v", len(requests), requests)
	}
	w.destroy()
}
