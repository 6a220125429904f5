// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

// memoryScene is a control plane whose services are in memory, and a workspace:
// for what needs no real OpenSearch. Nothing in it is shared with another test,
// and a follower of it is made in a second.
type memoryScene struct {
	*workspace

	plane    *controlplane.ControlPlane
	platform *memory.Platform
}

// newMemoryScene makes a scene with a leader. Every request to it goes through around.
func newMemoryScene(t *testing.T, around func(answer func())) *memoryScene {
	t.Helper()
	s := &memoryScene{platform: memory.NewPlatform()}
	s.platform.Around = around
	s.plane = controlplane.New(controlplane.Options{Token: modelToken, Platform: s.platform, RetryEvery: 5 * time.Millisecond})
	s.plane.AddProject(modelProject)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		around(func() { s.plane.ServeHTTP(rw, r) })
	}))
	t.Cleanup(func() {
		server.Close()
		s.plane.Close()
		s.platform.Close()
	})
	s.workspace = newWorkspace(t, "AIVEN_TOKEN="+modelToken, "AIVEN_PROJECT="+modelProject, "AIVEN_WEB_URL="+server.URL)
	s.useProvider(quickProvider(t))
	s.service(leaderName)
	return s
}

// unchanged lets every request through as it is.
func unchanged(answer func()) { answer() }

// service makes a service by hand and waits until it runs.
func (s *memoryScene) service(name string) {
	s.t.Helper()
	s.api(http.MethodPost, "service", map[string]any{"service_type": "opensearch", "service_name": name, "plan": "business-4", "cloud": "aws-us-east-1"})
	s.settled(name)
}

// ref is a service of a scene in memory.
func ref(name string) controlplane.ServiceRef {
	return controlplane.ServiceRef{Project: modelProject, Name: name}
}

// settled waits until what was asked of a service is done.
func (s *memoryScene) settled(name string) {
	s.t.Helper()
	if err := s.plane.AwaitSettled(s.t.Context(), ref(name)); err != nil {
		s.t.Fatal(err)
	}
}

// api does something by hand at the control plane, which must succeed.
func (s *memoryScene) api(method, path string, request map[string]any) {
	s.t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, "/v1/project/"+modelProject+"/"+path, bytes.NewReader(body))
	r.Header.Set("Authorization", "aivenv1 "+modelToken)
	answer := httptest.NewRecorder()
	s.plane.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
}

func (s *memoryScene) cluster(ref controlplane.ServiceRef) *memory.Cluster {
	c, _ := s.platform.Cluster(ref)
	return c
}
