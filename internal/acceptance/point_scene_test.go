// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// The tests TestPoint… and TestPoints… are named for the points of issue 8, the
// ways in which the provider could once destroy the surviving copy of the data.

// forgetAll empties the lists of requests of both planes.
func (s *scene) forgetAll() {
	s.forgetRequests()
	if follower, there := s.sandbox.Service(s.project, "search-eu"); there {
		follower.Gateway().ForgetRequests()
	}
}

// untouched fails the test if either plane was asked to take something away, or
// the control plane to link services, since forgetAll.
func (s *scene) untouched(t *testing.T) {
	t.Helper()
	for _, r := range s.sandbox.ControlPlane().Requests(s.project) {
		switch r.Operation {
		case controlplane.ServiceDelete, controlplane.ServiceIntegrationDelete, controlplane.ServiceIntegrationCreate:
			t.Errorf("the control plane was asked for %s %s", r.Method, r.Path)
		}
	}
	if follower, there := s.sandbox.Service(s.project, "search-eu"); there {
		for _, r := range destructive(follower.Gateway()) {
			t.Errorf("the follower was asked for %s", r)
		}
	}
}

// destructive are the requests by which something ends or is deleted.
func destructive(door *gateway.Gateway) []gateway.Request {
	var found []gateway.Request
	for _, r := range door.Requests() {
		if r.Method == http.MethodDelete || strings.HasSuffix(r.Path, "/_stop") {
			found = append(found, r)
		}
	}
	return found
}

// keep remembers indices of the follower and returns a check that they are
// still the same ones, with at least as many documents.
func keep(t *testing.T, at asker, names ...string) func(t *testing.T) {
	t.Helper()
	uuids, documents := map[string]string{}, map[string]int{}
	for _, name := range names {
		uuids[name], documents[name] = indexUUID(t, at, name), count(t, at, name)
	}
	return func(t *testing.T) {
		t.Helper()
		for _, name := range names {
			if got := indexUUID(t, at, name); got != uuids[name] {
				t.Errorf("index %s is another one: UUID %s, it was %s", name, got, uuids[name])
			}
			if got := count(t, at, name); got < documents[name] {
				t.Errorf("index %s has %d documents, it had %d", name, got, documents[name])
			}
		}
	}
}

// in makes a scene and a workspace report to a subtest.
func (s *scene) in(t *testing.T, w *workspace) {
	s.t, w.t = t, t
}

// steps runs subtests one after the other, as long as each succeeds: they share
// one scene.
func steps(t *testing.T, tests []step) {
	t.Helper()
	for _, test := range tests {
		if !t.Run(test.name, test.run) {
			return
		}
	}
}

type step struct {
	name string
	run  func(t *testing.T)
}

// unfinished makes a follower without a node whose creation runs out of time,
// and returns when it was created.
func (s *scene) unfinished(w *workspace) (created any) {
	s.t.Helper()
	w.write(follower(`timeouts = { create = "3s" }`))
	w.applyFails().says("Error: Creation of follower")
	if instance, there := w.instance(); !there || instance.Status != "tainted" {
		s.t.Fatalf("the follower is in the state: %v, status %q; want it there, tainted", there, instance.Status)
	}
	return s.shown("search-eu")["create_time"]
}

// background is a terraform command that runs.
type background struct {
	w      *workspace
	cmd    *exec.Cmd
	output bytes.Buffer
	ended  chan error
}

func (w *workspace) begin(args ...string) *background {
	w.t.Helper()
	b := &background{w: w, ended: make(chan error, 1)}
	b.cmd = w.command(w.t.Context(), &b.output, append(args, "-no-color")...)
	if err := b.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() { b.ended <- b.cmd.Wait() }()
	return b
}

// interrupt is Ctrl-C.
func (b *background) interrupt() {
	b.w.t.Helper()
	if err := b.signal(syscall.SIGINT); err != nil {
		b.w.t.Fatal(err)
	}
}

// signal reaches terraform and the provider.
func (b *background) signal(s syscall.Signal) error { return syscall.Kill(-b.cmd.Process.Pid, s) }

func (b *background) wait() run {
	b.w.t.Helper()
	err := <-b.ended
	return b.w.ended(b.cmd, &b.output, err)
}
