// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// A taint and -replace delete the service and create it again under its name,
// which is not "taken" by the service that goes.
func TestPoint10_ReplaceIsNoDeadEnd(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	created := s.unfinished(w)
	for _, how := range []string{"taint", "-replace"} {
		s.forgetRequests()
		var r run
		if how == "taint" { // it is still tainted
			r = w.plan("-out=saved")
		} else {
			w.terraform("untaint", followerAddress)
			r = w.plan("-out=saved", "-replace="+followerAddress)
		}
		if r.code != 2 {
			t.Fatalf("%s: the plan has exit code %d:\n%s", how, r.code, r.output)
		}
		r.says("1 to add, 0 to change, 1 to destroy")
		r.saysNot("is taken")
		w.terraformFails("apply", "-input=false", "saved").says("Error: Creation of follower") // it has no node
		if made, deleted := s.requests(controlplane.ServiceCreate), s.requests(controlplane.ServiceDelete); made != 1 || deleted != 1 {
			t.Errorf("%s: %d services were created and %d deleted, want one each", how, made, deleted)
		}
		now := s.shown("search-eu")["create_time"]
		if now == created {
			t.Errorf("%s: the service is still the old one", how)
		}
		created = now
		w.expect(map[string]any{"id": s.project + "/search-eu"})
	}
}

// A finished follower with data is replaced in one apply.
func TestLong_Point10_FinishedFollowerIsReplaced(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 5)
	w, _ := s.made(t)
	s.forgetRequests()
	w.apply("-replace=" + followerAddress)
	if made, deleted := s.requests(controlplane.ServiceCreate), s.requests(controlplane.ServiceDelete); made != 1 || deleted != 1 {
		t.Errorf("%d services were created and %d deleted, want one each", made, deleted)
	}
	w.expect(map[string]any{"status": "replicating", "status_reason": nil})
	if got := count(t, s.follower("search-eu"), "movies"); got != 5 {
		t.Errorf("movies has %d documents on the follower, want 5", got)
	}
	w.planEmpty()
}

// The API shows user_config in another form than it was sent. That is neither an
// inconsistent result nor a change, and the value is in no output.
func TestPoint10_UserConfigInAnotherForm(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.sandbox.ControlPlane().ShowUserConfig(s.project, func(config map[string]any) map[string]any {
		config["ip_filter"] = []any{map[string]any{"network": "10.0.0.0/8", "description": ""}}
		config["disable_replication_factor_adjustment"] = false
		return config
	})
	w := s.workspace()
	w.write(follower(`timeouts = { create = "3s" }`, `user_config = jsonencode({ ip_filter = ["10.0.0.0/8"] })`))
	r := w.applyFails()
	r.says("Error: Creation of follower") // it has no node
	r.saysNot("inconsistent", "10.0.0.0/8")
	w.terraform("untaint", followerAddress)
	r = w.plan("-refresh-only")
	r.saysNot("inconsistent", "10.0.0.0/8")
}

// user_config may have secrets: it is shown nowhere.
func TestPoint23_UserConfigIsSensitive(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower(`user_config = jsonencode({ azure_migration = { key = "open sesame" } })`))
	r := w.plan()
	if r.code != 2 {
		t.Errorf("the plan has exit code %d:\n%s", r.code, r.output)
	}
	r.says("user_config = (sensitive value)")
	r.saysNot("sesame")
	w.write(follower(`user_config = jsonencode({ azure_migration = { key = "open sesame" } })`) + `
output "config" {
  value = opensearch_ccr_follower.test.user_config
}`)
	w.planFails().says("Output refers to sensitive values")
}
