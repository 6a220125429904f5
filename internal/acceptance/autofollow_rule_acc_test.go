// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

const ruleAddress = "opensearch_ccr_autofollow_rule.test"

const deleteIndices = `on_destroy = "delete_indices"`

func TestRule_FollowsWhatThereIsAndWhatComes(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	one, two, later, other := d.name("logs-1"), d.name("logs-2"), d.name("logs-3"), d.name("movies")
	write(t, d.leader, one, 1, 3)
	write(t, d.leader, two, 1, 4)
	write(t, d.leader, other, 1, 1)
	config := d.config(d.rule(d.name("logs-*"), deleteIndices))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             resource.ComposeAggregateTestCheckFunc(d.gone(one, two, later), d.noRules),
		Steps: []resource.TestStep{
			{
				Config: config, ConfigPlanChecks: emptyPlan(),
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr(ruleAddress, "id", "here/"+d.name("lead")+"/"+d.name("rule")),
					resource.TestCheckResourceAttr(ruleAddress, "status", "following"),
					d.has(one, 3), d.has(two, 4), d.gone(other)),
			},
			{
				PreConfig: func() {
					write(t, d.leader, later, 1, 2)
					eventually(t, "the rule starts the new index", func() bool {
						return exists(t, d.follower, later) && replicationStatus(t, d.follower, later) == "SYNCING"
					})
				},
				Config: config, PlanOnly: true,
			},
			{ResourceName: ruleAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"on_destroy"}},
			{
				// Another pattern: in place; what was followed is followed on.
				Config:           d.config(d.rule(d.name("mov*"), deleteIndices)),
				ConfigPlanChecks: planned(ruleAddress, plancheck.ResourceActionUpdate),
				Check:            resource.ComposeAggregateTestCheckFunc(d.has(other, 1), d.status(one, "SYNCING")),
			},
			{
				Config:           config,
				ConfigPlanChecks: planned(ruleAddress, plancheck.ResourceActionUpdate),
				Check:            func(*terraform.State) error { d.dropIndex(other); return nil },
			},
		},
	})
}

// noRules checks that no rule of this test is left.
func (d *duo) noRules(*terraform.State) error {
	var answer struct {
		Rules []struct {
			Name string `json:"name"`
		} `json:"autofollow_stats"`
	}
	decode(d.t, ask(d.t, d.follower, http.MethodGet, "/_plugins/_replication/autofollow_stats", nil), &answer)
	for _, r := range answer.Rules {
		if r.Name == d.name("rule") {
			return fmt.Errorf("rule %s is still there", r.Name)
		}
	}
	return nil
}

func TestRule_ImportWithRolesThenAnEmptyPlan(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	config := d.config(d.rule(d.name("logs-*"), `use_roles = { leader_cluster_role = "reader", follower_cluster_role = "writer" }`))
	id := "here/" + d.name("lead") + "/" + d.name("rule") + "/reader/writer"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: emptyPlan()},
			{ResourceName: ruleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: id},
			{
				Config: config, ResourceName: ruleAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: id,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(ruleAddress, plancheck.ResourceActionNoop)}},
			},
		},
	})
}

// A rule that somebody removed or made with another pattern is seen.
func TestRule_WhatSomebodyDidIsRepaired(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	config := d.config(d.rule(d.name("logs-*")))
	remove := func() {
		ask(t, d.follower, http.MethodDelete, "/_plugins/_replication/_autofollow", map[string]any{"leader_alias": d.name("lead"), "name": d.name("rule")})
		time.Sleep(1500 * time.Millisecond) // the plugin's store shows a deletion after its refresh
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.noRules,
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: emptyPlan()},
			{PreConfig: remove, Config: config, ConfigPlanChecks: planned(ruleAddress, plancheck.ResourceActionCreate)},
			{
				PreConfig: func() {
					remove()
					ask(t, d.follower, http.MethodPost, "/_plugins/_replication/_autofollow",
						map[string]any{"leader_alias": d.name("lead"), "name": d.name("rule"), "pattern": d.name("x*")})
					time.Sleep(1500 * time.Millisecond)
				},
				Config: config, ConfigPlanChecks: planned(ruleAddress, plancheck.ResourceActionUpdate, expectChange(ruleAddress, "pattern")),
			},
		},
	})
}

// What a rule could not start is a diff; the next apply starts it.
func TestRule_WhatItCouldNotStartIsADiff(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	one, two := d.name("logs-1"), d.name("logs-2")
	write(t, d.leader, one, 1, 1)
	config := d.config(d.rule(d.name("logs-*"), deleteIndices))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: emptyPlan()},
			{
				PreConfig: func() {
					write(t, d.leader, two, 1, 1)
					// The real rule would start it within 30 s: the answers are what it says when it cannot.
					d.respond(http.MethodGet, "/_plugins/_replication/autofollow_stats", map[string]any{"autofollow_stats": []any{
						map[string]any{"name": d.name("rule"), "pattern": d.name("logs-*"), "failed_indices": []string{two, d.name("logs-deleted")}},
					}}, 0)
				},
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(ruleAddress, plancheck.ResourceActionUpdate),
					expectBefore(ruleAddress, "status_reason", "the rule could not start index "+two),
				}},
			},
			{
				// The rule remembers for an hour; what was started by other means is not a problem any more.
				Config: config, ConfigPlanChecks: planned(ruleAddress, plancheck.ResourceActionUpdate), Check: d.has(two, 1),
			},
		},
	})
}

// An index that could not be started does not taint the rule, which starts it
// itself later and answers for it from then on.
func TestRule_FailedStartTaintsNothing(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	one, two := d.name("logs-1"), d.name("logs-2")
	write(t, d.leader, one, 1, 1)
	write(t, d.leader, two, 1, 2)
	d.follower.Gateway().Respond(gateway.Match{Method: http.MethodPut, Path: "/_plugins/_replication/" + two + "/_start"},
		gateway.Answer{Status: http.StatusInternalServerError, Body: map[string]any{"status": 500, "error": map[string]any{"type": "exception", "reason": "a hiccup"}}}, 1)
	w := newWorkspace(t)
	w.write(d.config(d.rule(d.name("logs-*"), deleteIndices)))
	w.apply().says("Some indices of rule", "are not replicating yet", "start the replication of index "+two, "status 500, exception: a hiccup")
	before := uuidNow(t, d.follower, one)
	eventually(t, "the rule starts the other index itself", func() bool {
		return exists(t, d.follower, two) && replicationStatus(t, d.follower, two) == "SYNCING"
	})
	w.planEmpty()
	if after := uuidNow(t, d.follower, one); after != before {
		t.Errorf("index %s was made again", one)
	}
	if got := count(t, d.follower, two); got != 2 {
		t.Errorf("index %s has %d documents, want 2", two, got)
	}
	w.destroy()
	if exists(t, d.follower, one) || exists(t, d.follower, two) {
		t.Error("destroy leaves replicas behind")
	}
}

func uuidNow(t *testing.T, at asker, index string) string {
	t.Helper()
	var answer []struct {
		UUID string `json:"uuid"`
	}
	decode(t, ask(t, at, http.MethodGet, "/_cat/indices/"+index+"?format=json&h=uuid", nil), &answer)
	if len(answer) != 1 {
		t.Fatalf("%d indices are %s", len(answer), index)
	}
	return answer[0].UUID
}

// An index of the follower whose name is taken by one that is not a replica is
// said and left alone.
func TestRule_TakenNameIsSaidAndLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	taken, free := d.name("logs-1"), d.name("logs-2")
	write(t, d.leader, taken, 1, 3)
	write(t, d.leader, free, 1, 3)
	write(t, d.follower, taken, 1, 9)
	w := newWorkspace(t)
	w.write(d.config(d.rule(d.name("logs-*"), deleteIndices)))
	w.apply().says("Existing index blocks replication by rule", "index "+taken)
	w.planEmpty()
	if got := count(t, d.follower, taken); got != 9 {
		t.Errorf("the taken index has %d documents, want its own 9", got)
	}
	w.destroy()
	if exists(t, d.follower, free) || !exists(t, d.follower, taken) {
		t.Error("destroy must delete the replica, and the replica only")
	}
}

// Point 11: destroy of a rule does with its followers what on_destroy says,
// announced at plan.
func TestRule_DestroyDoesWhatOnDestroySays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		onDestroy, announced string
		left                 func(t *testing.T, d *duo, index string)
	}{
		{"keep", "keep replicating (on_destroy = \"keep\")", func(t *testing.T, d *duo, index string) {
			t.Helper()
			if got := replicationStatus(t, d.follower, index); got != "SYNCING" {
				t.Errorf("the replication is %s, want it to go on", got)
			}
			d.dropIndex(index)
		}},
		{"stop", "the indices are kept and become writable (on_destroy = \"stop\")", func(t *testing.T, d *duo, index string) {
			t.Helper()
			ask(t, d.follower, http.MethodPost, "/"+index+"/_doc", map[string]any{"n": 1})
			ask(t, d.follower, http.MethodDelete, "/"+index, nil)
		}},
		{"delete_indices", "be deleted with all their documents (on_destroy = \"delete_indices\")", func(t *testing.T, d *duo, index string) {
			t.Helper()
			if exists(t, d.follower, index) {
				t.Error("the index is still there")
			}
		}},
	} {
		t.Run(c.onDestroy, func(t *testing.T) {
			t.Parallel()
			d := newDuo(t)
			index, other := d.name("logs-1"), d.name("other")
			write(t, d.leader, index, 1, 2)
			write(t, d.leader, other, 1, 2)
			w := newWorkspace(t)
			rule := d.rule(d.name("logs-*"), fmt.Sprintf("on_destroy = %q", c.onDestroy))
			w.write(d.config(rule, d.replication(other, deleteIndex)))
			w.apply()
			w.plan("-destroy").says("these indices: "+index, c.announced)
			w.write(d.config(d.replication(other, deleteIndex)))
			w.apply()
			c.left(t, d, index)
			if got := replicationStatus(t, d.follower, other); got != "SYNCING" {
				t.Errorf("a replication that the pattern does not cover is %s, want it to go on", got)
			}
			w.destroy()
		})
	}
}
