// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// Ctrl-C while the request that creates the service is under way: what exists is
// in the state.
func TestPoint09_InterruptedPostLeavesNoOrphan(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		s := newPaperScene(t)
		s.paper(leaderName, nil)
		s.forgetRequests()
		plane := s.sandbox.ControlPlane()
		match := controlplane.Match{Project: s.project, Operation: controlplane.ServiceCreate}
		hold := plane.HoldAnswer(match)
		if lost { // the answer to the interrupted request never comes
			plane.ClearFaults(s.project)
			plane.SetDelays(s.project, controlplane.Delays{Answer: 300 * time.Millisecond})
			plane.LoseAnswers(match, 1)
		}
		w := s.workspace()
		w.write(follower())
		apply := w.begin("apply", "-auto-approve", "-input=false")
		if lost {
			eventually(t, "the service is made", func() bool { return s.exists("search-eu") })
		} else {
			<-hold.Arrived()
		}
		apply.interrupt()
		hold.Release()
		r := apply.wait()
		r.says("Interrupt received", "terraform untaint")
		if instance, there := w.instance(); !there || instance.Status != "tainted" || !s.exists("search-eu") {
			t.Errorf("lost answer %v: the service exists: %v, it is in the state: %v, status %q; want it there, tainted:\n%s", lost, s.exists("search-eu"), there, instance.Status, r.output)
		}
		w.expect(map[string]any{"id": s.project + "/search-eu"})
		if n := s.requests(controlplane.ServiceCreate); n != 1 {
			t.Errorf("%d requests to create the service, want 1", n)
		}
		plane.SetDelays(s.project, controlplane.Delays{})
		w.destroy()
		if s.exists("search-eu") {
			t.Error("destroy leaves the service behind")
		}
	}
}

// A tainted follower whose deletion or creation meets an error of the API: the
// state has the service exactly as long as it exists.
func TestPoint09_TaintedFollowerIsNotDroppedFromTheState(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	s.unfinished(w)
	plane := s.sandbox.ControlPlane()
	agree := func(want bool) {
		t.Helper()
		if _, there := w.instance(); there != want || s.exists("search-eu") != want {
			t.Errorf("the service exists: %v, and is in the state: %v; want %v", s.exists("search-eu"), there, want)
		}
	}
	plane.FailNext(controlplane.Match{Project: s.project, Operation: controlplane.ServiceDelete}, 1, controlplane.Failure{Status: http.StatusForbidden, Message: "Not authorized"})
	w.applyFails().says("Error: Cannot delete the follower service", "Not authorized")
	agree(true)
	plane.FailNext(controlplane.Match{Project: s.project, Operation: controlplane.ServiceCreate}, 1, controlplane.Failure{Status: http.StatusForbidden, Message: "Not authorized"})
	w.applyFails().says("Error: Cannot create the follower service", "Not authorized")
	agree(false)
}

// A failed creation is rebuilt with create_before_destroy, which a resource also
// inherits from what depends on it: the service of the same name is not deleted
// as the old one after it was taken over as the new one.
func TestPoint02_CreateBeforeDestroyDeletesNothing(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	created := s.unfinished(w)
	s.forgetRequests()
	w.write(follower(`timeouts = { create = "3s" }`) + `
resource "terraform_data" "app" {
  input = opensearch_ccr_follower.test.id
  lifecycle {
    create_before_destroy = true
  }
}`)
	r := w.terraform("apply", "-auto-approve", "-input=false")
	if r.code == 0 {
		t.Errorf("apply succeeds:\n%s", r.output)
	}
	r.saysNot("Creation complete")
	r.says("already exists", "create_before_destroy")
	if n := s.requests(controlplane.ServiceDelete); n != 0 {
		t.Errorf("%d requests to delete the service, want none", n)
	}
	if !s.exists("search-eu") || s.shown("search-eu")["create_time"] != created {
		t.Error("the service is not the one that was created")
	}
	if instance, there := w.instance(); !there || instance.Status != "tainted" {
		t.Errorf("the follower is in the state: %v, status %q; want it there, tainted", there, instance.Status)
	}

	// The ways out that the message gives: to keep the service, or to do without the setting.
	w.terraform("untaint", followerAddress)
	if plan := w.plan(); plan.code != 2 {
		t.Errorf("the plan after untaint has exit code %d:\n%s", plan.code, plan.output)
	}
	w.terraform("taint", followerAddress)
	w.write(follower(`timeouts = { create = "3s" }`))
	w.applyFails().says("Error: Creation of follower") // it has no node
	if s.shown("search-eu")["create_time"] == created {
		t.Error("the service was not created again")
	}
	w.expect(map[string]any{"id": s.project + "/search-eu"})
}

// The default of plan and version is the leader's when the follower is created,
// whatever it was at plan.
func TestPoint13_LeaderChangesBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "3s" }`))
	if r := w.plan("-out=saved"); r.code != 2 {
		t.Fatalf("the plan has exit code %d:\n%s", r.code, r.output)
	}
	s.api(http.MethodPut, "/service/"+leaderName, map[string]any{"plan": "business-8"})
	r := w.terraformFails("apply", "-input=false", "saved")
	r.saysNot("inconsistent")
	r.says("Error: Creation of follower") // it has no node
	w.expect(map[string]any{"plan": "business-8"})
	if got := s.shown("search-eu")["plan"]; got != "business-8" {
		t.Errorf("the service has plan %v, want business-8", got)
	}
}

// One failed look does not end a wait, and an ordinary end of the time is said
// as one.
func TestPoint15_FailedLooksDoNotEndAWait(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "15s" }`))
	plane := s.sandbox.ControlPlane()
	apply := w.begin("apply", "-auto-approve", "-input=false")
	eventually(t, "the service is made", func() bool { return s.exists("search-eu") })
	s.forgetRequests()
	plane.FailNext(controlplane.Match{Project: s.project, Service: "search-eu", Operation: controlplane.ServiceGet}, 6, controlplane.Unavailable())
	r := apply.wait()
	if r.code != 1 {
		t.Fatalf("apply has exit code %d:\n%s", r.code, r.output)
	}
	r.says("until service "+s.project+"/search-eu is RUNNING", "Timed out after 15s (timeouts.create)")
	failed, looked := 0, false
	for _, request := range plane.Requests(s.project) {
		if request.Operation != controlplane.ServiceGet || !strings.HasSuffix(request.Path, "/search-eu") {
			continue
		}
		if request.Status == http.StatusServiceUnavailable {
			failed++
		}
		looked = failed > 0 && request.Status == http.StatusOK
	}
	if failed < 6 || !looked {
		t.Errorf("%d looks failed, and one succeeded after them: %v", failed, looked)
	}
}

// An integration that has failed ends the wait of a creation, with its reason.
func TestPoint15_FailedIntegrationEndsTheWait(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	plane := s.sandbox.ControlPlane()
	w := s.workspace()
	w.write(follower())
	apply := w.begin("apply", "-auto-approve", "-input=false")
	eventually(t, "the service is made", func() bool { return s.exists("search-eu") })
	if _, err := plane.HoldIntegration(s.ref(leaderName), s.ref("search-eu"), "failed", "the leader's version is too old"); err != nil {
		t.Fatal(err)
	}
	if _, err := plane.HoldState(s.ref("search-eu"), "RUNNING"); err != nil {
		t.Fatal(err)
	}
	r := apply.wait() // and does not take the 45 minutes of the default
	if r.code != 1 {
		t.Errorf("apply has exit code %d:\n%s", r.code, r.output)
	}
	r.says("the leader's version is too old", "terraform untaint")
	s.untouched(t)
	if instance, there := w.instance(); !there || instance.Status != "tainted" {
		t.Errorf("the follower is in the state: %v, status %q; want it there, tainted", there, instance.Status)
	}
}

// A follower and an integration on the same service wait for each other.
func TestPoint24_TwoResourcesOfOneFollowerTakeTurns(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.paper("search-ap", nil)
	w := s.workspace()
	s.unfinished(w)
	w.terraform("untaint", followerAddress)
	w.write(follower(`timeouts = { update = "14s" }`, `index_patterns = ["us-*"]`) + `
resource "terraform_data" "later" {
  provisioner "local-exec" {
    command = "sleep 2"
  }
}
resource "opensearch_ccr_integration" "ap" {
  leader_service_name   = "search-ap"
  follower_service_name = "search-eu"
  index_patterns        = ["ap-*"]
  timeouts              = { create = "4s" }
  depends_on            = [terraform_data.later]
}`)
	s.forgetRequests()
	r := w.applyFails()
	r.says("Error: Cannot link the services", "Timed out after 4s (timeouts.create)", "Timed out after 14s (timeouts.update)")
	if n := s.requests(controlplane.ServiceIntegrationCreate); n != 0 {
		t.Errorf("the integration was created while the follower was worked on (%d requests)", n)
	}
}
