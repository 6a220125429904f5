// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

const (
	settings       = "/_cluster/settings"
	autofollow     = "/_plugins/_replication/_autofollow"
	oldExplanation = "a paused replication is resumed; where"
)

// One finished follower, to which one thing happens after the other: the plan
// names what the apply does, and the apply does nothing else.
func TestPoints_PlanIsWhatHappens(t *testing.T) {
	t.Parallel()
	d := drift{scene: newScene(t)}
	for _, index := range []string{"movies", "books", "a-1", "a-2", "a-4"} {
		write(t, d.leader, index, 1, 3)
	}
	d.alias = d.project + "_" + leaderName
	d.w = d.workspace()
	const patterns = `index_patterns = ["a-*", "a-1", "books", "movies"]`
	d.w.write(follower(patterns))
	d.w.apply()
	d.there = d.follower("search-eu")
	// The rules only look for new indices once an hour, so that what is missing stays missing.
	ask(t, d.there, http.MethodPut, settings, map[string]any{"persistent": map[string]any{"plugins.replication.autofollow.fetch_poll_interval": "1h"}})
	on := func(name string, test func(t *testing.T, d drift)) step {
		return step{name, func(t *testing.T) {
			d.in(t, d.w)
			d.forgetAll()
			test(t, d)
		}}
	}
	steps(t, []step{
		on("Point22_TagsChangeNothingElse", func(t *testing.T, d drift) {
			app := "\nresource \"terraform_data\" \"app\" {\n  input = \"${opensearch_ccr_follower.test.service_uri} ${opensearch_ccr_follower.test.host} ${opensearch_ccr_follower.test.port}\"\n}\n"
			d.w.write(follower(patterns) + app)
			d.w.apply()
			d.w.write(follower(patterns, `tags = { team = "search" }`) + app)
			d.w.planUpdate().saysNot("known after apply", "terraform_data.app will be")
			d.w.apply()
			d.w.write(follower(patterns, `tags = { team = "search" }`))
			d.w.apply()
			d.w.planEmpty()
		}),
		on("Point12_ProtectedServiceIsNotDismantled", func(t *testing.T, d drift) {
			same := keep(t, d.there, "movies", "books", "a-1", "a-2")
			d.w.terraform("plan", "-destroy", "-out=saved")
			d.api(http.MethodPut, "/service/search-eu", map[string]any{"termination_protection": true})
			d.w.terraformFails("apply", "-input=false", "saved").says("Error: Follower service is protected against deletion", "so nothing was changed")
			d.untouched(t)
			d.api(http.MethodPut, "/service/search-eu", map[string]any{"termination_protection": false})
			same(t)
			d.w.planEmpty()
		}),
		on("Point28_PlanListsItsSteps", func(t *testing.T, d drift) {
			d.replicationCall(t, "movies", "_pause", map[string]any{"reason": "maintenance of the network"})
			write(t, d.there, "a-3", 1, 1)
			write(t, d.leader, "a-3", 1, 2)
			r := d.w.planUpdate()
			r.says("Apply will: resume the replication of index movies (paused: maintenance of the network)",
				"1 index of follower "+d.project+"/search-eu may have to be copied again",
				"Indices of follower "+d.project+"/search-eu cannot be replicated", "a-3. It is left unchanged, and Terraform cannot repair this.")
			r.saysNot(oldExplanation, "start the replication of index a-3")
		}),
		on("Point14_SlowAPIRefusalIsSaidAsOne", func(t *testing.T, d drift) {
			plane := d.sandbox.ControlPlane()
			plane.SetDelays(d.project, controlplane.Delays{Answer: 600 * time.Millisecond})
			d.there.Gateway().Respond(gateway.Match{Method: http.MethodPost, Path: "/_plugins/_replication/movies/_resume"}, gateway.Answer{Status: http.StatusInternalServerError,
				Body: map[string]any{"error": map[string]any{"type": "exception", "reason": "the node is busy"}, "status": 500}}, 1)
			r := d.w.applyFails()
			plane.SetDelays(d.project, controlplane.Delays{})
			r.says("resume the replication of index movies", "the node is busy")
			r.saysNot("The time of")
			d.untouched(t)

			// What the resource started it still knows: the next apply resumes it.
			ask(t, d.there, http.MethodDelete, "/a-3", nil)
			d.w.apply()
			d.w.planEmpty()
			if got := replicationStatus(t, d.there, "movies"); got != "SYNCING" {
				t.Errorf("the replication of movies is %s, want SYNCING", got)
			}
			if got := count(t, d.there, "a-3"); got != 2 {
				t.Errorf("a-3 has %d documents, want 2", got)
			}
		}),
		on("Point26_SavedPlanAppliedLateDestroysNothing", func(t *testing.T, d drift) {
			d.w.write(follower(patterns, `tags = { late = "yes" }`, `rebuild = true`))
			d.w.plan("-out=saved").saysNot("will be deleted")
			d.replicationCall(t, "movies", "_stop", map[string]any{})
			write(t, d.there, "movies", 900, 900)
			same := keep(t, d.there, "movies")
			d.forgetAll()
			d.w.terraformFails("apply", "-input=false", "saved").says("the world has changed since the plan", "movies", "Plan again")
			d.untouched(t)
			same(t)
		}),
		on("Point01_StoppedByHandIsNotRebuilt", func(t *testing.T, d drift) {
			same := keep(t, d.there, "movies")
			d.w.write(follower(patterns, `tags = { late = "yes" }`))
			d.w.applyFails().says("Error: Rebuilding follower "+d.project+"/search-eu needs permission", "may have writes of its own that the leader does not have: movies.", "Set rebuild = true")
			d.untouched(t)
			same(t)

			// With permission the plan names it, and the apply of that plan rebuilds it. What is
			// stopped after the plan is left alone: Terraform plans once more in the apply, and
			// what that plan sees is not what was approved.
			d.w.write(follower(patterns, `tags = { late = "yes" }`, `rebuild = true`))
			d.w.plan("-out=saved").says("1 index of follower "+d.project+"/search-eu will be deleted", "movies (its replication was stopped)")
			d.replicationCall(t, "a-4", "_stop", map[string]any{})
			write(t, d.there, "a-4", 900, 900)
			same = keep(t, d.there, "a-4")
			d.forgetAll()
			d.w.terraformFails("apply", "-input=false", "saved").says("the world has changed since the plan", "a-4", "Plan again")
			same(t)
			for _, r := range destructive(d.there.Gateway()) {
				if strings.Contains(r.Path, "a-4") {
					t.Errorf("the follower was asked for %s", r)
				}
			}
			if got := count(t, d.there, "movies"); got != 3 {
				t.Errorf("movies has %d documents, want the 3 of the leader", got)
			}
			ask(t, d.leader, http.MethodDelete, "/a-4", nil)
			ask(t, d.there, http.MethodDelete, "/a-4", nil)
			d.w.write(follower(patterns))
			d.w.apply()
			d.w.planEmpty()
		}),
		on("Point27_PatternThatAnotherCovers", func(t *testing.T, d drift) {
			same := keep(t, d.there, "a-1", "a-2", "books", "movies")
			d.w.write(follower(`index_patterns = ["a-*", "books", "movies"]`))
			d.w.planUpdate().saysNot("will be deleted", "delete")
			d.w.apply()
			same(t)
			for _, r := range destructive(d.there.Gateway()) {
				if r.Path != autofollow {
					t.Errorf("the follower was asked for %s", r)
				}
			}
		}),
		on("Point27_PatternRemovedWhilePaused", func(t *testing.T, d drift) {
			d.w.write(follower(`index_patterns = ["a-*", "books", "movies"]`, `desired_state = "paused"`))
			d.w.apply()
			d.w.write(follower(`index_patterns = ["a-*", "movies"]`, `desired_state = "paused"`))
			d.w.planUpdate().says("1 index of follower "+d.project+"/search-eu will be deleted", "books (no pattern matches it any longer)")
			d.w.apply()
			if got := indices(t, d.there); got != "a-1 a-2 a-3 movies" {
				t.Errorf("the follower has indices %s after the apply, want a-1 a-2 a-3 movies", got)
			}
			d.w.planEmpty()
		}),
		on("Point16_ResumeMayMeanToCopyAgain", func(t *testing.T, d drift) {
			same := keep(t, d.there, "a-1", "a-2", "a-3", "movies")
			d.w.write(follower(`index_patterns = ["a-*", "movies"]`))
			r := d.w.planUpdate()
			r.says("4 indices of follower "+d.project+"/search-eu may have to be copied again", "a-1, a-2, a-3, movies", "12 hours")
			r.saysNot("will be deleted")
			d.w.apply()
			same(t) // nothing disappears silently on resume
			d.untouched(t)
			d.w.planEmpty()
		}),
		on("Point25_FollowerWithoutReplicationsIsNotHealthy", func(t *testing.T, d drift) {
			for index := range strings.FieldsSeq(indices(t, d.there)) {
				d.replicationCall(t, index, "_stop", map[string]any{})
				ask(t, d.there, http.MethodDelete, "/"+index, nil)
			}
			d.w.planUpdate().says("Follower "+d.project+"/search-eu is failed", "start the replication of index movies")
			d.w.apply()
			d.w.expect(map[string]any{"status": "replicating"})
			if got := indices(t, d.there); got != "a-1 a-2 a-3 movies" {
				t.Errorf("the follower has indices %s, want a-1 a-2 a-3 movies", got)
			}
		}),
		on("Point04_OddAnswersDoNotEndAPromotion", func(t *testing.T, d drift) {
			d.replicationCall(t, "movies", "_pause", map[string]any{"reason": "so that it is behind"})
			write(t, d.leader, "movies", 100, 300)
			d.w.write(follower(`index_patterns = ["a-*", "movies"]`, `desired_state = "promoted"`))
			odd := d.oddAnswers(t, "movies")
			r := d.w.apply()
			r.says("will be promoted")
			r.saysNot("promoted without its leader")
			if !odd() {
				t.Error("the promotion never met the odd answers")
			}
			if leader, follower := count(t, d.leader, "movies"), count(t, d.there, "movies"); leader != follower {
				t.Errorf("movies has %d documents on the leader and %d on the promoted follower", leader, follower)
			}
			d.w.expect(map[string]any{"status": "promoted", "status_reason": nil, "integration_id": nil})
			write(t, d.there, "movies", 900, 900)
		}),
		on("Point17_PromotedServiceThatIsOffStaysOff", func(t *testing.T, d drift) {
			plane := d.sandbox.ControlPlane()
			if err := plane.SetPower(d.ref("search-eu"), false); err != nil {
				t.Fatal(err)
			}
			if err := plane.AwaitSettled(t.Context(), d.ref("search-eu")); err != nil {
				t.Fatal(err)
			}
			d.w.planEmpty()
			d.w.apply()
			if n := d.requests(controlplane.ServiceUpdate); n != 0 {
				t.Errorf("%d requests to change the service, want none", n)
			}
			if got := d.shown("search-eu")["state"]; got != "POWEROFF" {
				t.Errorf("the service is %v, want POWEROFF", got)
			}
			d.w.expect(map[string]any{"status": "promoted"})
			d.w.plan("-destroy").says("Service " + d.project + "/search-eu, which is a primary now, will be deleted")
		}),
	})
}

// oddAnswers makes the follower answer wrongly once as soon as a promotion has
// begun: that an index does not replicate, and that the leader is not connected.
// The result reports whether both were asked for.
func (d drift) oddAnswers(t *testing.T, index string) (met func() bool) {
	t.Helper()
	door := d.there.Gateway()
	door.Delay(gateway.Match{Method: http.MethodDelete, Path: autofollow}, 400*time.Millisecond)
	door.ForgetRequests()
	begun := make(chan int, 1)
	go func() {
		for t.Context().Err() == nil {
			for i, r := range door.Requests() {
				if r.Method == http.MethodDelete && r.Path == autofollow {
					door.Respond(gateway.Match{Method: http.MethodGet, Path: "/_plugins/_replication/" + index + "/_status"},
						gateway.Answer{Status: http.StatusOK, Body: map[string]any{"status": "REPLICATION NOT IN PROGRESS"}}, 1)
					door.Respond(gateway.Match{Method: http.MethodGet, Path: "/_remote/info"}, gateway.Answer{Status: http.StatusOK, Body: map[string]any{
						d.alias: map[string]any{"connected": false, "mode": "sniff", "seeds": []any{}, "num_nodes_connected": 0}}}, 1)
					begun <- i
					return
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return func() bool {
		select {
		case at := <-begun:
			asked := map[bool]bool{}
			for _, r := range door.Requests()[at:] {
				asked[r.Path == "/_remote/info"] = asked[r.Path == "/_remote/info"] || r.Path == "/_remote/info" || strings.HasSuffix(r.Path, "/"+index+"/_status")
			}
			return asked[true] && asked[false]
		default:
			return false
		}
	}
}

// What a plan says of a follower service without a node: that power costs money,
// and what no apply can repair.
func TestPoint28_WhatARepairCostsAndWhatCannotBeRepaired(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	s.unfinished(w)
	w.terraform("untaint", followerAddress)
	plane := s.sandbox.ControlPlane()

	release, err := plane.HoldIntegration(s.ref(leaderName), s.ref("search-eu"), "failed", "the leader's version is too old")
	if err != nil {
		t.Fatal(err)
	}
	running, err := plane.HoldState(s.ref("search-eu"), "RUNNING")
	if err != nil {
		t.Fatal(err)
	}
	s.forgetRequests()
	r := w.plan()
	r.says("Cannot repair follower "+s.project+"/search-eu", "the leader's version is too old", "Terraform cannot repair this")
	r.saysNot(oldExplanation)
	release()
	running()

	if err := plane.SetPower(s.ref("search-eu"), false); err != nil {
		t.Fatal(err)
	}
	r = w.plan()
	r.says("Apply will: power on service " + s.project + "/search-eu, which restarts its billing") // point 17
	r.saysNot(oldExplanation)
	if err := plane.SetPower(s.ref("search-eu"), true); err != nil {
		t.Fatal(err)
	}

	if err := plane.LoseService(t.Context(), s.ref(leaderName)); err != nil {
		t.Fatal(err)
	}
	running, err = plane.HoldState(s.ref("search-eu"), "RUNNING")
	if err != nil {
		t.Fatal(err)
	}
	defer running()
	r = w.plan()
	r.saysNot("create the integration", oldExplanation)
	s.untouched(t)
}
