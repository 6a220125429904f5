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
)

// hand calls a route of the plugin as somebody else would, by hand.
func (d *duo) hand(method, index, action string) {
	d.t.Helper()
	ask(d.t, d.follower, method, "/_plugins/_replication/"+index+"/"+action, "{}")
}

// madeAgain creates the leader's index again, so that the history of the old one is gone.
func (d *duo) madeAgain(index string, documents int) {
	d.t.Helper()
	ask(d.t, d.leader, http.MethodDelete, "/"+index, nil)
	write(d.t, d.leader, index, 1, documents)
}

func TestReplication_PausedAtCreateThenReplicating(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	const paused = `desired_state = "paused"`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.gone(movies),
		Steps: []resource.TestStep{
			{
				Config: d.config(d.replication(movies, paused, deleteIndex)), ConfigPlanChecks: emptyPlan(),
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr(replicationAddress, "status", "paused"),
					resource.TestCheckNoResourceAttr(replicationAddress, "status_reason"),
					d.has(movies, 3), d.status(movies, "PAUSED")),
			},
			{
				Config: d.config(d.replication(movies, deleteIndex)), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate),
				Check: d.status(movies, "SYNCING"),
			},
			{
				Config: d.config(d.replication(movies, paused, deleteIndex)), ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate),
				Check: d.status(movies, "PAUSED"),
			},
		},
	})
}

func (d *duo) status(index, want string) func(*terraform.State) error {
	return func(*terraform.State) error {
		if got := replicationStatus(d.t, d.follower, index); got != want {
			return fmt.Errorf("replication of %s is %s, want %s", index, got, want)
		}
		return nil
	}
}

// What somebody else did to a replication is planned and repaired.
func TestReplication_WhatSomebodyDidIsRepaired(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	config := d.config(d.replication(movies, "rebuild = true", deleteIndex))
	step := func(does func(), action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{PreConfig: does, Config: config, ConfigPlanChecks: planned(replicationAddress, action),
			Check: resource.ComposeAggregateTestCheckFunc(d.status(movies, "SYNCING"), d.has(movies, 3))}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.gone(movies),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: emptyPlan()},
			step(func() { d.hand(http.MethodPost, movies, "_pause") }, plancheck.ResourceActionUpdate),
			step(func() { d.hand(http.MethodPost, movies, "_stop") }, plancheck.ResourceActionUpdate),
			step(func() { d.dropIndex(movies) }, plancheck.ResourceActionCreate),
		},
	})
}

// paused to replicating names at plan the rebuild that a lost retention lease
// leads to. The index is write-blocked, so it needs no permission.
func TestReplication_LostHistoryIsNamedAndRebuilt(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.secrets = func() []string { return []string{clusterPassword} }
	w.write(d.config(d.replication(movies, `desired_state = "paused"`)))
	w.apply()
	d.madeAgain(movies, 7)

	w.write(d.config(d.replication(movies)))
	w.plan().says("1 to change", "may have to be copied again", movies, "If the leader no longer has the history since the pause")
	w.apply()
	w.planEmpty()
	if got := count(t, d.follower, movies); got != 7 {
		t.Errorf("the follower index has %d documents after the rebuild, want 7", got)
	}
	w.destroy()
}

// Point 4: an index that is auto-paused while it is being created does not count as success:
// a warning with the reason, and nothing is tainted.
func TestReplication_AutoPausedWhileBeingCreatedIsNoSuccess(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	d.respond(http.MethodGet, "/_plugins/_replication/follower_stats", map[string]any{"num_paused_indices": 1}, 0)
	d.respond(http.MethodGet, "/_plugins/_replication/"+movies+"/_status", map[string]any{"status": "PAUSED", "reason": "AutoPaused:  + [[" + movies + "][0] - the shard is out of order], ",
		"leader_alias": d.name("lead"), "leader_index": movies, "follower_index": movies}, 0)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	r := w.apply()
	r.says("not replicating yet", "is paused instead of syncing", "AutoPaused:", "the shard is out of order", "The next plan shows what is left to do")
	r.saysNot("remote_cluster_client") // no task works on what is paused, whatever roles the nodes have
	w.plan().says("1 to change", "will be repaired", "the shard is out of order")
	d.follower.Gateway().Reset()
	w.planEmpty()
	w.destroy()
}

// Point 5: a start that never begins ends after seconds with the cause.
func TestReplication_AStartThatNeverBeginsEndsAfterSeconds(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	d.respond(http.MethodGet, "/_plugins/_replication/follower_stats", map[string]any{}, 0)
	d.respond(http.MethodGet, "/_plugins/_replication/"+movies+"/_status", map[string]any{"status": "REPLICATION NOT IN PROGRESS"}, 0)
	d.respond(http.MethodGet, "/_cluster/health/"+movies, map[string]any{"status": "red", "unassigned_shards": 1}, 0)
	w := newWorkspace(t)
	w.write(d.config(d.replication(movies)))
	began := time.Now()
	w.apply().says("never began", `reports "REPLICATION NOT IN PROGRESS" after 15s`, "Likely cause: the follower index is red: 1 of its shards")
	d.follower.Gateway().Reset()
	w.planEmpty()
	w.destroy()
	if took := time.Since(began); took > 5*time.Minute {
		t.Errorf("it took %s, of a time-out of 30 minutes", took)
	}
}

func TestReplication_SettingsAreUpdatedInPlace(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	// Without this the real plugin compares settings every 60 s.
	ask(t, d.follower, http.MethodPut, "/_cluster/settings", map[string]any{"transient": map[string]any{"plugins.replication.follower.metadata_sync_interval": "5s"}})
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	config := func(settings string) string { return d.config(d.replication(movies, settings, deleteIndex)) }
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.gone(movies),
		Steps: []resource.TestStep{
			{
				Config:           config(`settings = { "index.refresh_interval" = "7s", "index.number_of_replicas" = "0" }`),
				ConfigPlanChecks: emptyPlan(), Check: d.setting(movies, "index.refresh_interval", "7s"),
			},
			{
				Config:           config(`settings = { "index.refresh_interval" = "9s" }`),
				ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate), Check: d.setting(movies, "index.refresh_interval", "9s"),
			},
			{
				Config:           config(``),
				ConfigPlanChecks: planned(replicationAddress, plancheck.ResourceActionUpdate), Check: d.status(movies, "SYNCING"),
			},
		},
	})
}

func (d *duo) setting(index, name, want string) func(*terraform.State) error {
	return func(*terraform.State) error {
		var answer map[string]struct {
			Settings map[string]any `json:"settings"`
		}
		decode(d.t, ask(d.t, d.follower, http.MethodGet, "/"+index+"/_settings?flat_settings=true", nil), &answer)
		if got := answer[index].Settings[name]; got != want {
			return fmt.Errorf("%s of %s is %v, want %s", name, index, got, want)
		}
		return nil
	}
}

// An alias that this configuration does not manage is accepted.
func TestReplication_ForeignAliasIsAccepted(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	d.connect()
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.gone(movies),
		Steps: []resource.TestStep{{
			Config: d.provider() + fmt.Sprintf(`
resource "opensearch_ccr_replication" "test" {
  cluster        = "here"
  follower_index = %q
  leader_alias   = %q
  leader_index   = %q
  on_destroy     = "delete_index"
}`, movies, d.name("lead"), movies),
			ConfigPlanChecks: emptyPlan(),
			Check:            d.has(movies, 3),
		}},
	})
}
