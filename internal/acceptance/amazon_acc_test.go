// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// Amazon's service hides the settings of plugins in an index, the metadata of
// plugins in the cluster state, and system indices. Everything still works.
func TestIndexLevel_WorksWhereAmazonHidesRoutes(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	d.follower.Gateway().AmazonFilter(true)
	movies, logs := d.name("movies"), d.name("logs-1")
	write(t, d.leader, movies, 1, 3)
	write(t, d.leader, logs, 1, 2)
	config := func(attributes ...string) string {
		return d.config(d.replication(movies, attributes...), d.rule(d.name("logs-*"), deleteIndices), `
data "opensearch_ccr_status" "test" {
  cluster    = "here"
  depends_on = [opensearch_ccr_replication.test, opensearch_ccr_autofollow_rule.test]
}`)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             resource.ComposeAggregateTestCheckFunc(d.gone(movies, logs), d.noRules),
		Steps: []resource.TestStep{
			{
				Config: config(deleteIndex), ConfigPlanChecks: emptyPlan(),
				Check: resource.ComposeAggregateTestCheckFunc(d.has(movies, 3), d.has(logs, 2),
					resource.TestCheckResourceAttr(statusAddress, "healthy", "true"),
					resource.TestCheckResourceAttr(statusAddress, "totals.replicating", "2")),
			},
			{
				ResourceName: replicationAddress, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"on_destroy"}, // it is in the configuration only
			},
			{ResourceName: ruleAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"on_destroy"}},
			{
				PreConfig: func() { d.hand(http.MethodPost, movies, "_pause") },
				Config:    config(deleteIndex), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate),
				Check: d.status(movies, "SYNCING"),
			},
			{
				Config: config(deleteIndex, `desired_state = "paused"`), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate),
				Check: resource.ComposeAggregateTestCheckFunc(d.status(movies, "PAUSED"),
					resource.TestCheckResourceAttr(statusAddress, "indices."+movies+".status", "paused")),
			},
			{
				PreConfig: func() { d.hand(http.MethodPost, movies, "_stop") },
				Config:    config(deleteIndex), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate),
				Check: d.status(movies, "SYNCING"),
			},
		},
	})
}
