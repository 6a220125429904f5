// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// A create that times out before the service runs leaves it in the state, tainted,
// with what was awaited in the error. The next plan replaces it; after an untaint
// the same service is continued with; destroy removes it.
func TestFollower_CreateTimesOut(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "5s", update = "3s" }`))
	r := w.applyFails()
	r.matches(diagnosticAbout("Error", "Creation of follower "+s.project+"/search-eu did not finish", "",
		"Follower "+s.project+"/search-eu of leader "+s.project+"/search-us: wait until service "+s.project+"/search-eu is RUNNING: waited ", " until service "+s.project+"/search-eu is RUNNING; "+
			"last seen: its state is REBUILDING, 0 of 3 nodes are running. Timed out after 5s (timeouts.create); set a longer time if the operation needs it. "+
			"Service "+s.project+"/search-eu exists and is in the state, marked as tainted: the next apply deletes and recreates it. "+
			"To keep the service and continue its creation instead, run terraform untaint ADDRESS with the address of this resource, and apply again."))
	instance, there := w.instance()
	if !there || instance.Status != "tainted" {
		t.Fatalf("the follower is in the state: %v, status %q; want it there, tainted", there, instance.Status)
	}
	w.expect(map[string]any{"id": s.project + "/search-eu", "status": "bootstrapping", "service_state": "REBUILDING", "plan": "business-4"})
	if reason := fmt.Sprint(instance.Attributes["status_reason"]); !strings.Contains(reason, "its state is REBUILDING, 0 of 3 nodes are running") {
		t.Errorf("status_reason is %q, which does not say how far the service is", reason)
	}
	if !s.exists("search-eu") {
		t.Fatal("the service does not exist")
	}
	r = w.plan()
	r.says("is tainted, so", "must be replaced", "Plan: 1 to add, 0 to change, 1 to destroy.")
	r.saysNot("Error:") // the name that the state holds is not taken by somebody else

	if r := w.terraform("untaint", followerAddress); r.code != 0 {
		t.Fatalf("untaint fails:\n%s", r.output)
	}
	w.planUpdate()
	w.applyFails().says("Error: Cannot bring the follower to the desired state", "wait until service "+s.project+"/search-eu is RUNNING", "Timed out after 3s (timeouts.update)")
	if instance, there := w.instance(); !there || instance.Status != "" {
		t.Errorf("the follower is in the state: %v, status %q; want it there, not tainted", there, instance.Status)
	}
	w.expect(map[string]any{"status": "bootstrapping"})
	r = w.destroy()
	r.saysNot("The leader may keep")
	if _, there := w.instance(); there || s.exists("search-eu") {
		t.Error("destroy leaves the follower behind")
	}
	if n := s.requests(controlplane.ServiceCreate); n != 2 { // the leader's and the follower's
		t.Errorf("%d services were made, want 2", n)
	}
}

// Ctrl-C in a wait ends it at once, with everything in the state.
func TestFollower_CreateInterrupted(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower())
	var output bytes.Buffer
	cmd := w.command(t.Context(), &output, "apply", "-auto-approve", "-input=false", "-no-color")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// It waits once it has looked at the service that it made.
	eventually(t, "the apply waits for the service", func() bool {
		for _, r := range s.sandbox.ControlPlane().Requests(s.project) {
			if r.Operation == controlplane.ServiceGet && strings.HasSuffix(r.Path, "/service/search-eu") && r.Status == http.StatusOK {
				return true
			}
		}
		return false
	})
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	s.forgetRequests()
	err := <-ended
	// One last look shows what is there: the service and its integrations. A wait
	// that went on would ask again and again.
	if n := s.requests(""); n > 4 {
		t.Errorf("%d requests after the interrupt: %v", n, s.sandbox.ControlPlane().Requests(s.project))
	}
	r := w.ended(cmd, &output, err)
	r.says("Interrupt received", "Error: Creation of follower "+s.project+"/search-eu did not finish", "interrupted after waiting", "The operation was interrupted. Service "+s.project+
		"/search-eu exists and is in the state, marked as tainted: the next apply deletes and recreates it.", "run terraform untaint ADDRESS")
	instance, there := w.instance()
	if !there || instance.Status != "tainted" {
		t.Errorf("the follower is in the state: %v, status %q; want it there, tainted", there, instance.Status)
	}
	w.expect(map[string]any{"id": s.project + "/search-eu", "status": "bootstrapping"})
}

// The answer to the POST is lost after the work was done: the service is
// this call's own, so the creation continues.
func TestFollower_AdoptsAfterALostAnswer(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.forgetRequests()
	s.sandbox.ControlPlane().LoseAnswers(controlplane.Match{Project: s.project, Operation: controlplane.ServiceCreate}, 1)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "4s" }`))
	w.applyFails().says("wait until service " + s.project + "/search-eu is RUNNING")
	if _, there := w.instance(); !there {
		t.Error("the follower is not in the state")
	}

	// Terraform was killed before it could write its state: nobody can tell the
	// service from somebody else's, so the next plan names it and how to import it.
	// That is a warning, because Terraform plans a replacement the same way.
	if err := os.Remove(filepath.Join(w.dir, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
	wayOut := "import it: terraform import ADDRESS " + s.project + "/search-eu"
	w.plan().says("Warning: Service name "+s.project+"/search-eu is taken", wayOut)
	w.applyFails().says("Error: Service name "+s.project+"/search-eu is taken", wayOut)
	if r := w.terraform("import", "-input=false", followerAddress, s.project+"/search-eu"); r.code != 0 {
		t.Fatalf("the import fails:\n%s", r.output)
	}
	w.expect(map[string]any{"id": s.project + "/search-eu", "leader_service_name": leaderName, "service_state": "REBUILDING",
		"status": "degraded", "status_reason": "the follower service is REBUILDING, 0 of 3 nodes are running"})
	if n := s.requests(controlplane.ServiceCreate); n != 1 {
		t.Errorf("%d requests to make the service, want 1", n)
	}
}

// An index that cannot be followed is named in a warning, and the status is
// failed. The create succeeds: the others are followed, nothing is tainted, and
// the plan has nothing to do, since Terraform cannot repair it.
func TestFollower_IndexThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, index := range []string{"books", "logs", "movies"} {
		write(t, s.leader, index, 1, 3)
	}
	// An integration that starts everything itself would start it before the name can be taken.
	s.sandbox.ControlPlane().SetBehaviour(s.project, controlplane.BehaviourNew)
	s.sandbox.ControlPlane().SetDelays(s.project, controlplane.Delays{Connection: time.Hour}) // until it is taken
	w := s.workspace()
	w.write(follower())
	inTheWay := make(chan error, 1)
	go func() { inTheWay <- s.takeIndexName("logs") }()
	s.forgetRequests()
	r := w.apply()
	if err := <-inTheWay; err != nil {
		t.Fatal(err)
	}
	taken := diagnostic("Warning", "Indices of follower "+s.project+"/search-eu cannot be replicated", "",
		"The follower already has an index of the same name that is not a replica of the leader's: logs. It is left unchanged, and Terraform cannot repair this. "+
			"Delete that index on the follower to replicate the leader's, or choose patterns that do not match it.")
	r.matches(taken)
	there := s.follower("search-eu")
	address := there.TransportAddress()
	for _, index := range []string{"books", "movies"} {
		if got := replicationStatus(t, there, index); got != "SYNCING" {
			t.Errorf("the replication of %s is %s, want SYNCING", index, got)
		}
		if got := count(t, there, index); got != 3 {
			t.Errorf("%s has %d documents on the follower, want 3", index, got)
		}
	}
	for _, r := range there.Gateway().Requests() {
		if r.Path == "/_plugins/_replication/logs/_start" {
			t.Errorf("a start was tried: %s", r)
		}
	}
	if instance, inState := w.instance(); !inState || instance.Status != "" {
		t.Errorf("the follower is in the state: %v, status %q; want it there, not tainted", inState, instance.Status)
	}
	w.expect(map[string]any{"status": "failed", "status_reason": "index logs cannot be replicated: the follower's index of that name is an index that is not a replica"})
	w.planEmpty().matches(taken)

	// Who wants an error instead has a postcondition, as the guide shows.
	guide, err := os.ReadFile("../../templates/guides/getting-started.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	_, snippet, _ := strings.Cut(string(guide), "  lifecycle {\n")
	snippet, _, found := strings.Cut(snippet, "```")
	if !found {
		t.Fatal("the guide has no postcondition")
	}
	w.write(follower("lifecycle {\n" + snippet))
	w.planFails().says("Error: Resource postcondition failed", "Follower "+s.project+"/search-eu is failed: index logs cannot be replicated")
	w.write(follower())

	ask(t, there, http.MethodDelete, "/logs", nil)
	w.apply()
	w.expect(map[string]any{"status": "replicating", "status_reason": nil})
	eventually(t, "logs is in sync", func() bool { return replicationStatus(t, there, "logs") == "SYNCING" })
	if made, deleted := s.requests(controlplane.ServiceCreate), s.requests(controlplane.ServiceDelete); made != 1 || deleted != 0 {
		t.Errorf("%d services were made and %d deleted, want 1 and 0", made, deleted)
	}
	if got := s.follower("search-eu").TransportAddress(); got != address {
		t.Errorf("the follower's node is another one: %s, it was %s", got, address)
	}
	if got := count(t, s.follower("search-eu"), "logs"); got != 3 {
		t.Errorf("logs has %d documents on the follower, want 3", got)
	}
	w.planEmpty()
	if tags := s.shown("search-eu")["tags"]; fmt.Sprint(tags) != "map[]" {
		t.Errorf("the service keeps tags %v", tags)
	}
	w.destroy()
	if s.exists("search-eu") {
		t.Error("destroy leaves the service behind")
	}
}

// takeIndexName makes an index on the follower that is about to be made, before
// it is connected to its leader, so before a replication of that name can start.
// The project's connections must be delayed until then.
func (s *scene) takeIndexName(index string) error {
	ctx := s.t.Context()
	defer s.sandbox.ControlPlane().SetDelays(s.project, controlplane.Delays{})
	for {
		if service, there := s.sandbox.Service(s.project, "search-eu"); there {
			status, _, err := service.Do(ctx, http.MethodPut, "/"+index, map[string]any{"settings": map[string]any{"number_of_replicas": 0}})
			if err == nil && status == http.StatusOK {
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("make index %s: %w", index, context.Cause(ctx))
		}
		time.Sleep(20 * time.Millisecond)
	}
}
