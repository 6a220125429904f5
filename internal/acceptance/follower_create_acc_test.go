// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
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

// A create that times out leaves the service in the state, tainted, with what
// was awaited in the error; destroy removes it.
func TestFollower_CreateTimesOut(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "5s" }`))
	r := w.applyFails()
	r.matches(diagnostic("Error", "Follower is not complete", "",
		"Follower "+s.project+"/search-eu of leader "+s.project+"/search-us: wait until service "+s.project+"/search-eu is RUNNING: context deadline exceeded; last seen: its state is REBUILDING. "+
			"The time of 5s for this (timeouts.create) is over. What exists is in the state: run terraform apply again to go on, with a longer timeouts.create if it needs more."))
	instance, there := w.instance()
	if !there || instance.Status != "tainted" {
		t.Fatalf("the follower is in the state: %v, status %q; want it there, tainted", there, instance.Status)
	}
	w.expect(map[string]any{"id": s.project + "/search-eu", "status": "bootstrapping", "service_state": "REBUILDING", "plan": "business-4"})
	if !s.exists("search-eu") {
		t.Fatal("the service does not exist")
	}
	r = w.plan()
	r.matches(diagnostic("Warning", "Unfinished creation is continued", "",
		"Service "+s.project+"/search-eu was left unfinished by an earlier apply. It is kept, and its creation goes on, also where the plan shows a replacement."))
	if r.code != 2 {
		t.Errorf("the plan after it has exit code %d, want 2", r.code)
	}
	r = w.destroy()
	r.saysNot("leader may keep history")
	if _, there := w.instance(); there || s.exists("search-eu") {
		t.Error("destroy leaves the follower behind")
	}
	if n := s.requests(controlplane.ServiceCreate); n != 2 { // the leader's and the follower's
		t.Errorf("%d services were made, want 2", n)
	}
}

// Ctrl-C in a wait ends it within a second, with everything in the state.
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
	interrupted := time.Now()
	err := <-ended
	// A second for the provider, and what Terraform itself needs.
	if took := time.Since(interrupted); took > 4*time.Second {
		t.Errorf("terraform ends %s after the interrupt", took)
	}
	r := w.ended(cmd, &output, err)
	r.says("Interrupt received", "Error: Follower is not complete", "It was interrupted. What exists is in the state: run terraform apply again to go on.")
	instance, there := w.instance()
	if !there || instance.Status != "tainted" {
		t.Errorf("the follower is in the state: %v, status %q; want it there, tainted", there, instance.Status)
	}
	w.expect(map[string]any{"id": s.project + "/search-eu", "status": "bootstrapping"})
}

// The answer to the POST is lost after the work was done: the service is
// this call's own, so it is gone on with.
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

	// Terraform was killed before it could write its state: the next apply goes
	// on with the service all the same.
	if err := os.Remove(filepath.Join(w.dir, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
	w.applyFails().says("Warning: Unfinished creation is continued", "wait until service "+s.project+"/search-eu is RUNNING")
	if _, there := w.instance(); !there {
		t.Error("the follower is not in the state again")
	}
	if n := s.requests(controlplane.ServiceCreate); n != 1 {
		t.Errorf("%d requests to make the service, want 1", n)
	}
}

// An index that cannot be followed fails the apply with its name and the
// server's reason. The others are followed, nothing is lost, and the next apply
// goes on with the same service.
func TestFollower_IndexThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, index := range []string{"books", "logs", "movies"} {
		write(t, s.leader, index, 1, 3)
	}
	// An integration that starts everything itself would start it before the name can be taken.
	s.sandbox.ControlPlane().SetBehaviour(s.project, controlplane.BehaviourNew)
	w := s.workspace()
	w.write(follower())
	inTheWay := make(chan error, 1)
	go func() { inTheWay <- s.takeIndexName("logs") }()
	s.forgetRequests()
	r := w.applyFails()
	if err := <-inTheWay; err != nil {
		t.Fatal(err)
	}
	r.says("Error: Follower is not complete", "start replication of index logs (the follower has an index of that name that does not replicate it): PUT ",
		"/_plugins/_replication/logs/_start: status 400, illegal_argument_exception: Cant use same index again for replication. Delete the index:logs.",
		"An index of that name exists on the follower. Delete it or follow under another name",
		"What exists is in the state: once the cause is mended, run terraform apply again to go on.")
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
	if instance, inState := w.instance(); !inState || instance.Status != "tainted" {
		t.Errorf("the follower is in the state: %v, status %q; want it there, tainted", inState, instance.Status)
	}

	w.plan().says("Warning: Unfinished creation is continued")
	ask(t, there, http.MethodDelete, "/logs", nil)
	w.apply().says("Warning: Unfinished creation is continued")
	w.expect(map[string]any{"status": "replicating", "status_reason": nil})
	if instance, _ := w.instance(); instance.Status != "" {
		t.Errorf("the follower's status in the state is %q, want none", instance.Status)
	}
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

// takeIndexName makes an index on the follower that is about to be made,
// before its replication can begin: the integration is held meanwhile.
func (s *scene) takeIndexName(index string) error {
	plane := s.sandbox.ControlPlane()
	ctx := s.t.Context()
	var release func()
	for err := fmt.Errorf("not tried"); err != nil; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		release, err = plane.HoldIntegration(s.ref(leaderName), s.ref("search-eu"), "starting")
		time.Sleep(5 * time.Millisecond)
	}
	defer release()
	if err := plane.AwaitSettled(ctx, s.ref("search-eu")); err != nil {
		return err
	}
	service, there := s.sandbox.Service(s.project, "search-eu")
	if !there {
		return fmt.Errorf("the follower is not there")
	}
	status, answer, err := service.Do(ctx, http.MethodPut, "/"+index, map[string]any{"settings": map[string]any{"number_of_replicas": 0}})
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("make index %s: %d %s", index, status, answer)
	}
	return err
}
