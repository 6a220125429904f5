// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// A follower whose connection comes late, then is missing, and whose integration
// somebody deletes in Aiven's console, which is Aiven's way to promote.
func TestPoints_IntegrationIsNeverDeletedAsARepair(t *testing.T) {
	t.Parallel()
	d := drift{scene: newScene(t)}
	write(t, d.leader, "movies", 1, 5)
	write(t, d.leader, "books", 1, 3)
	d.alias = d.project + "_" + leaderName
	d.w = d.workspace()
	slowLink := 4 * time.Second
	slowNode := 8 * time.Second // longer than the pause between two looks
	plane := d.sandbox.ControlPlane()
	steps(t, []step{
		{"Point15_DataPlaneThatAnswers503FailsNoCreate", func(t *testing.T) {
			d.in(t, d.w)
			plane.SetDelays(d.project, controlplane.Delays{Connection: slowLink})
			d.sandbox.DelayDataPlane(d.project, slowNode)
			d.w.write(follower())
			d.w.apply()
			plane.SetDelays(d.project, controlplane.Delays{})
			d.sandbox.DelayDataPlane(d.project, 0)
			d.there = d.follower("search-eu")
			d.w.expect(map[string]any{"status": "replicating"})
			refused := 0
			for _, r := range d.there.Gateway().Requests() {
				if r.Status == http.StatusServiceUnavailable {
					refused++
				}
			}
			if refused == 0 {
				t.Error("the provider never met the 503")
			}
		}},
		{"Point08_LateConnectionDeletesNoIntegration", func(t *testing.T) {
			d.in(t, d.w)
			if n := d.requests(controlplane.ServiceIntegrationDelete) + d.requests(controlplane.ServiceIntegrationCreate); n != 0 {
				t.Errorf("%d requests to delete or create an integration, want none", n)
			}
			d.untouched(t)
			// A finished follower that loses its connection, which only the platform can bring back.
			d.forgetAll()
			ask(t, d.there, http.MethodPut, settings, map[string]any{"persistent": map[string]any{"cluster.remote." + d.alias + ".seeds": nil}})
			r := d.w.apply()
			r.says("Warning: Follower "+d.project+"/search-eu is degraded", "the connection to the leader (remote cluster "+d.alias+") is missing")
			d.untouched(t)
			d.connect(t, []string{d.leader.TransportAddress()})
		}},
		{"Point01_PromotedInTheConsoleIsNotRebuilt", func(t *testing.T) {
			d.in(t, d.w)
			d.unlinkInConsole(t)
			write(t, d.there, "movies", 900, 900)
			same := keep(t, d.there, "movies", "books")
			d.forgetAll()
			says := []string{"Error: Follower " + d.project + "/search-eu was promoted outside Terraform", "2 indices can have been written to since then: books, movies.",
				`Set desired_state = "promoted" to accept the promotion`, "set rebuild = true"}
			d.w.applyFails().says(says...)
			d.untouched(t)
			same(t)

			// With permission the plan names what would be lost.
			d.w.write(follower(`rebuild = true`))
			d.w.planUpdate().says("create the integration of "+d.project+"/search-eu with its leader", "2 indices of follower "+d.project+"/search-eu will be deleted",
				"movies (its replication was stopped)", "books (its replication was stopped)")
			d.w.write(follower(`desired_state = "promoted"`))
			d.w.apply()
			d.w.expect(map[string]any{"status": "promoted", "status_reason": nil, "integration_id": nil})
			d.untouched(t)
			same(t)
			d.w.planEmpty()
		}},
		{"Point28_LeaderServiceThatIsGoneCannotBeLinked", func(t *testing.T) {
			d.in(t, d.w)
			if err := plane.LoseService(t.Context(), d.ref(leaderName)); err != nil {
				t.Fatal(err)
			}
			d.forgetAll()
			d.w.write(follower(`rebuild = true`))
			r := d.w.plan()
			r.says("Cannot repair follower "+d.project+"/search-eu", "Leader service "+d.project+"/"+leaderName+" does not exist")
			r.saysNot("will be deleted", "create the integration")
			d.untouched(t)
		}},
	})
}

// unlinkInConsole deletes the integration as Aiven's console does, and waits until
// the follower can be written to.
func (d drift) unlinkInConsole(t *testing.T) {
	t.Helper()
	if err := d.sandbox.ControlPlane().DeleteIntegration(d.ref(leaderName), d.ref("search-eu")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the indices are writable", func() bool {
		return !strings.Contains(string(ask(t, d.there, http.MethodGet, "/*/_settings/index.plugins.replication.follower.leader_index?flat_settings=true", nil)), d.alias)
	})
}

// A slow connection and a slow data plane of the lengths that were seen at Aiven.
func TestLong_Point08_ConnectionAfter22Seconds(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 5)
	s.sandbox.ControlPlane().SetDelays(s.project, controlplane.Delays{Connection: 22 * time.Second})
	s.sandbox.DelayDataPlane(s.project, 22*time.Second)
	w, _ := s.made(t)
	s.untouched(t)
	w.expect(map[string]any{"status": "replicating"})
	w.planEmpty()
}

// An integration is adopted with the replications of its patterns, and its
// follower is kept once it is a primary.
func TestPoints_Integration(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.sandbox.ControlPlane().SetBehaviour(s.project, controlplane.BehaviourNew)
	for _, index := range []string{"movies", "extra"} {
		write(t, s.leader, index, 1, 3)
	}
	there := s.service("search-eu", "business-4", sandbox.InCloud("aws-eu-west-1"), sandbox.Following(leaderName))
	d := drift{scene: s, there: there, w: s.workspace(), alias: s.project + "_" + leaderName}
	const address = integrationAddress
	config := func(attributes ...string) string {
		return integrationOf("test", leaderName, append(attributes, `index_patterns = ["movies"]`)...) + "\noutput \"status\" {\n  value = " + address + ".status\n}\n"
	}
	steps(t, []step{
		{"Point07_AdoptionLeavesOtherReplicationsAlone", func(t *testing.T) {
			d.in(t, d.w)
			eventually(t, "the follower is connected", func() bool {
				return strings.Contains(string(ask(t, there, http.MethodGet, "/_remote/info", nil)), `"connected":true`)
			})
			for _, index := range []string{"movies", "extra"} {
				body := map[string]any{"leader_alias": d.alias, "leader_index": index,
					"use_roles": map[string]any{"leader_cluster_role": "ccr_leader_full_access", "follower_cluster_role": "ccr_follower_full_access"}}
				eventually(t, "the replication of "+index+" starts", func() bool { // the plugin may see the connection a moment later
					status, _, err := there.Do(t.Context(), http.MethodPut, "/_plugins/_replication/"+index+"/_start", body)
					return err == nil && status == http.StatusOK
				})
			}
			eventually(t, "both replicate", func() bool {
				return replicationStatus(t, there, "movies") == "SYNCING" && replicationStatus(t, there, "extra") == "SYNCING"
			})
			same := keep(t, there, "movies", "extra")
			d.forgetAll()
			d.w.write(config())
			r := d.w.plan("-out=saved")
			r.says("The integration of follower "+d.project+"/search-eu of leader "+d.project+"/"+leaderName+" will be adopted", "all others are left unchanged")
			d.w.terraform("apply", "-input=false", "saved").says("Apply complete")
			d.untouched(t)
			same(t)
			if got := replicationStatus(t, there, "extra"); got != "SYNCING" {
				t.Errorf("the replication of extra is %s, want SYNCING", got)
			}
			d.w.planEmpty().saysNot("will be deleted")
			d.untouched(t)
		}},
		{"Point18_PromotionWithHiddenRecordsAndTheLeaderDown", func(t *testing.T) {
			d.in(t, d.w)
			if err := d.leader.Kill(); err != nil {
				t.Fatal(err)
			}
			there.Gateway().AmazonFilter(true)
			d.w.write(config(`desired_state = "promoted"`, `timeouts = { update = "2m" }`))
			r := d.w.terraform("apply", "-auto-approve", "-input=false")
			there.Gateway().AmazonFilter(false)
			blocked := d.blocked(t, "movies")
			if said := strings.Contains(r.output, `status = "promoted"`); said && blocked {
				t.Errorf("the follower counts as promoted, and movies is not writable:\n%s", r.output)
			}
			if r.code != 0 || blocked {
				t.Errorf("the promotion ends with exit code %d, and movies is blocked: %v:\n%s", r.code, blocked, r.output)
			}
			r.says("was promoted without its leader", `status = "promoted"`)
		}},
		{"Point03_DestroyKeepsAPromotedService", func(t *testing.T) {
			d.in(t, d.w)
			write(t, there, "movies", 900, 900)
			same := keep(t, there, "movies")
			d.forgetAll()
			d.w.destroy().says("Service " + d.project + "/search-eu is kept")
			d.untouched(t)
			if !d.exists("search-eu") {
				t.Fatal("destroy deletes the promoted service")
			}
			same(t)
		}},
	})
}

// blocked reports whether an index of the follower still has the plugin's block.
func (d drift) blocked(t *testing.T, index string) bool {
	t.Helper()
	var answer struct {
		Blocks struct {
			Indices map[string]any `json:"indices"`
		} `json:"blocks"`
	}
	if err := json.Unmarshal(ask(t, d.there, http.MethodGet, "/_cluster/state/blocks", nil), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Blocks.Indices[index] != nil
}
