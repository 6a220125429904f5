// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

const replicationAddress = "opensearch_ccr_replication.test"

const deleteIndex = `on_destroy = "delete_index"`

// gone checks that indices are not on the follower.
func (d *duo) gone(indices ...string) func(*terraform.State) error {
	return func(*terraform.State) error {
		for _, index := range indices {
			if exists(d.t, d.follower, index) {
				return fmt.Errorf("index %s is still on the follower", index)
			}
		}
		return nil
	}
}

// has checks how many documents an index of the follower has.
func (d *duo) has(index string, documents int) func(*terraform.State) error {
	return func(*terraform.State) error {
		if got := count(d.t, d.follower, index); got != documents {
			return fmt.Errorf("index %s has %d documents on the follower, want %d", index, got, documents)
		}
		return nil
	}
}

func planned(address string, action plancheck.ResourceActionType, more ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply:             append([]plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}, more...),
		PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
}

// wrapped matches words as Terraform prints them, broken into lines.
func wrapped(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + regexp.MustCompile(` +`).ReplaceAllString(pattern, `[\s│]+`))
}

// Point 1: a change of leader_index or use_roles replaces the replication with
// delete_index, and is refused at plan with stop.
func TestReplication_ReplacementWorks(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies, films, index := d.name("movies"), d.name("films"), d.name("index")
	write(t, d.leader, movies, 1, 3)
	write(t, d.leader, films, 1, 5)
	config := func(leader string, more ...string) string {
		attributes := ""
		for _, m := range more {
			attributes += m + "\n"
		}
		return d.config(fmt.Sprintf(`
resource "opensearch_ccr_replication" "test" {
  cluster        = "here"
  follower_index = %q
  leader_alias   = opensearch_ccr_connection.test.name
  leader_index   = %q
  %s
}`, index, leader, attributes))
	}
	roles := `use_roles = { leader_cluster_role = "reader", follower_cluster_role = "writer" }`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.gone(index),
		Steps: []resource.TestStep{
			{Config: config(movies), ConfigPlanChecks: emptyPlan(), Check: d.has(index, 3)},
			{Config: config(films), ExpectError: wrapped(`Cannot replace the replication.*a change of leader_index.*on_destroy = "stop".*Apply on_destroy = "delete_index" on its own first`)},
			{Config: config(movies, roles), ExpectError: wrapped(`Cannot replace the replication.*a change of use_roles`)},
			{Config: config(movies, deleteIndex), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate)},
			{Config: config(films, deleteIndex), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionReplace), Check: d.has(index, 5)},
			{Config: config(films, deleteIndex, roles), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionReplace), Check: d.has(index, 5)},
		},
	})
}

// Point 2: import of each resource, use_roles included, then an empty plan.
func TestReplication_ImportThenAnEmptyPlan(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	config := d.config(d.replication(movies, `settings = { "index.refresh_interval" = "7s" }`,
		`use_roles = { leader_cluster_role = "reader", follower_cluster_role = "writer" }`))
	plain := d.config(d.replication(movies))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: emptyPlan()},
			{
				// The security plugin is off here, so the cluster does not tell the roles.
				ResourceName: replicationAddress, ImportState: true, ImportStateVerify: true,
				PreConfig:     func() { time.Sleep(1500 * time.Millisecond) }, // the plugin's store shows a change after its refresh
				ImportStateId: "here/" + movies + "/reader/writer",
			},
			{
				Config: config, ResourceName: replicationAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID,
				ImportStateId:    "here/" + movies + "/reader/writer",
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(replicationAddress, plancheck.ResourceActionNoop)}},
			},
			{
				PreConfig: func() { d.dropIndex(movies) },
				Config:    plain, ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionCreate),
			},
			{Config: plain, ResourceName: replicationAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "here/" + movies},
		},
	})
}

// dropIndex ends a replication and deletes its index, outside of Terraform.
func (d *duo) dropIndex(index string) {
	d.t.Helper()
	ask(d.t, d.follower, http.MethodPost, "/_plugins/_replication/"+index+"/_stop", "{}")
	ask(d.t, d.follower, http.MethodDelete, "/"+index, nil)
}

// Roles that neither the cluster nor the import id tells are taken from the
// configuration, without a replacement.
func TestReplication_ImportTakesRolesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 1)
	config := d.config(d.replication(movies, `use_roles = { leader_cluster_role = "reader", follower_cluster_role = "writer" }`))
	imports := config + fmt.Sprintf("\nimport {\n  to = opensearch_ccr_replication.test\n  id = \"here/%s\"\n}\n", movies)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			PreConfig: func() { // made by hand
				d.setRemote(map[string]any{"mode": "sniff", "seeds": []string{d.leader.TransportAddress()}})
				eventually(t, "the replication starts", func() bool {
					status, _, err := d.follower.Do(t.Context(), http.MethodPut, "/_plugins/_replication/"+movies+"/_start",
						map[string]any{"leader_alias": d.name("lead"), "leader_index": movies})
					return err == nil && status == http.StatusOK
				})
			},
			Config:           imports,
			ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate),
		}},
	})
}

// Point 3: a FAILED replication is a diff with the server's reason.
func TestReplication_FailedIsADiffWithTheServersReason(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	// A real replication cannot be made to fail at will: the answers are the plugin's, from before the gateway.
	fail := func() {
		d.respond(http.MethodGet, "/_plugins/_replication/"+movies+"/_status", map[string]any{"status": "FAILED", "reason": "shard [0] is broken for good",
			"leader_alias": d.name("lead"), "leader_index": movies, "follower_index": movies}, 0)
		d.respond(http.MethodGet, "/_plugins/_replication/follower_stats", map[string]any{"num_failed_indices": 1}, 0)
	}
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	w.apply()
	before := uuidNow(t, d.follower, movies)
	fail()
	// Mark and block are on the index, so it holds nothing of its own: no permission is needed, but the plan names it.
	w.plan().says("1 to change", "failed: shard [0] is broken for good", "will be repaired", "will be deleted", movies)
	d.follower.Gateway().Reset()
	w.planEmpty()
	if after := uuidNow(t, d.follower, movies); after != before {
		t.Error("a plan has copied the index again")
	}
	w.destroy()
}

func (d *duo) respond(method, path string, body any, times int) {
	d.follower.Gateway().Respond(gateway.Match{Method: method, Path: path}, gateway.Answer{Status: http.StatusOK, Body: body}, times)
}
