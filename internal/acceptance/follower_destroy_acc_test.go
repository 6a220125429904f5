// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// made is a follower in a workspace of its own, with data.
func (s *scene) made(t *testing.T) (*workspace, *sandbox.Service) {
	t.Helper()
	w := s.workspace()
	w.t = t
	w.write(follower())
	w.apply()
	return w, s.follower("search-eu")
}

// nothingLeft checks that the service, its node and its data are gone.
func (s *scene) nothingLeft(t *testing.T, w *workspace, node *sandbox.Service) {
	t.Helper()
	if _, there := w.instance(); there {
		t.Error("the follower is still in the state")
	}
	if _, there := s.sandbox.Service(s.project, "search-eu"); there || s.exists("search-eu") {
		t.Error("the service is still there")
	}
	if status, _, err := node.Do(t.Context(), "GET", "/", nil); err == nil && status == 200 {
		t.Error("its node still answers")
	}
	if _, err := os.Stat(node.Dir()); !os.IsNotExist(err) {
		t.Errorf("the folder of its node is still there: %v", err)
	}
}

// Whatever is broken, destroy removes the follower and says what it had to skip.
func TestFollower_Destroy(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 3)
	skipped := "Warning: Some clean-up steps of follower " + s.project + "/search-eu were skipped"
	for _, test := range []struct {
		name    string
		breakIt func(t *testing.T, node *sandbox.Service)
		check   func(r run)
	}{
		{"healthy", func(*testing.T, *sandbox.Service) {}, func(r run) { r.saysNot(skipped) }},
		{"gone already", func(t *testing.T, _ *sandbox.Service) {
			if err := s.sandbox.ControlPlane().LoseService(t.Context(), s.ref("search-eu")); err != nil {
				t.Fatal(err)
			}
		}, func(r run) { r.says("No changes. No objects need to be destroyed.") }},
		{"powered off", func(t *testing.T, _ *sandbox.Service) {
			if err := s.sandbox.ControlPlane().SetPower(s.ref("search-eu"), false); err != nil {
				t.Fatal(err)
			}
			if err := s.sandbox.ControlPlane().AwaitSettled(t.Context(), s.ref("search-eu")); err != nil {
				t.Fatal(err)
			}
		}, func(r run) {
			r.says(skipped, "Replication on follower "+s.project+"/search-eu could not be stopped before the service was deleted. The leader may keep the history for it "+
				"until its retention leases expire (12 hours by default): the service is powered off")
		}},
		{"its node dead", func(t *testing.T, node *sandbox.Service) {
			if err := node.Kill(); err != nil {
				t.Fatal(err)
			}
		}, func(r run) { r.says(skipped, "503") }},
		// The last one: it takes the leader with it.
		{"its leader's node dead", func(t *testing.T, _ *sandbox.Service) {
			if err := s.leader.Kill(); err != nil {
				t.Fatal(err)
			}
		}, func(r run) { r.saysNot(skipped) }},
	} {
		if !t.Run(test.name, func(t *testing.T) {
			w, node := s.made(t)
			test.breakIt(t, node)
			s.forgetRequests()
			began := time.Now()
			r := w.destroy()
			test.check(r)
			// What the follower cannot answer is given up after 90 s, long before timeouts.delete.
			if took := time.Since(began); took > 4*time.Minute {
				t.Errorf("destroy took %s", took)
			}
			s.nothingLeft(t, w, node)
			if !strings.Contains(r.output, "No objects need") && s.requests(controlplane.ServiceDelete) != 1 {
				t.Errorf("%d requests to delete the service, want 1", s.requests(controlplane.ServiceDelete))
			}
		}) {
			return
		}
	}
}

// A service that answers for a while after its deletion is waited for, so that
// its name is free when destroy is done.
func TestFollower_DestroyWaitsUntilItIsGone(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "3s" }`))
	w.applyFails()
	s.sandbox.ControlPlane().SetDelays(s.project, controlplane.Delays{Deletion: 3 * time.Second})
	w.destroy()
	if s.exists("search-eu") {
		t.Error("destroy is done and the service still answers")
	}
}

// A deletion that takes too long keeps the state, and says what it waited for.
func TestFollower_DestroyTimesOut(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "3s", delete = "2s" }`))
	w.applyFails()
	s.sandbox.ControlPlane().SetDelays(s.project, controlplane.Delays{Deletion: 4 * time.Second})
	w.terraformFails("destroy", "-auto-approve", "-input=false").says("Error: Cannot delete the follower service",
		"until service "+s.project+"/search-eu is gone; last seen: it still answers, in state ", "Timed out after 2s (timeouts.delete); set a longer time if the operation needs it.")
	if _, there := w.instance(); !there {
		t.Error("the follower is not in the state any more")
	}
	eventually(t, "the service is gone", func() bool { return !s.exists("search-eu") })
	w.destroy()
	if _, there := w.instance(); there {
		t.Error("the follower is still in the state")
	}
}
