// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

// memoryPlatform is a control plane whose services are in memory, for what needs
// no real OpenSearch. Nothing in it is shared with another test.
type memoryPlatform struct {
	test     *testing.T
	plane    *controlplane.ControlPlane
	platform *memory.Platform
	apiURL   string
}

// wire is what a server of a platform is behind: a service, or for an empty name the API.
type wire func(service string, server http.Handler) http.Handler

// asItIs changes nothing.
func asItIs(_ string, server http.Handler) http.Handler { return server }

// newMemoryPlatform makes a platform without services. Every request to it goes through the wire and around.
func newMemoryPlatform(t *testing.T, through wire, around func(answer func())) *memoryPlatform {
	t.Helper()
	m := &memoryPlatform{test: t, platform: memory.NewPlatform()}
	m.platform.Around, m.platform.Through = around, through
	m.plane = controlplane.New(controlplane.Options{Token: modelToken, Platform: m.platform, RetryEvery: 5 * time.Millisecond})
	m.plane.AddProject(modelProject)
	server := httptest.NewServer(through("", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		around(func() { m.plane.ServeHTTP(rw, r) })
	})))
	t.Cleanup(func() {
		server.Close()
		m.plane.Close()
		m.platform.Close()
	})
	m.apiURL = server.URL
	return m
}

// memoryScene is such a platform with a leader, and a workspace: a follower of it
// is made in a second.
type memoryScene struct {
	*workspace
	*memoryPlatform
}

// newMemoryScene makes a scene with a leader. Every request to it goes through around.
func newMemoryScene(t *testing.T, around func(answer func())) *memoryScene {
	t.Helper()
	return newMemorySceneBehind(t, asItIs, around)
}

// newMemorySceneBehind makes one whose servers are behind a wire.
func newMemorySceneBehind(t *testing.T, through wire, around func(answer func())) *memoryScene {
	t.Helper()
	s := &memoryScene{memoryPlatform: newMemoryPlatform(t, through, around)}
	s.workspace = newWorkspace(t, "AIVEN_TOKEN="+modelToken, "AIVEN_PROJECT="+modelProject, "AIVEN_WEB_URL="+s.apiURL)
	s.useProvider(quickProvider(t))
	s.service(leaderName, "business-4")
	return s
}

// unchanged lets every request through as it is.
func unchanged(answer func()) { answer() }

// service makes a service by hand and waits until it runs.
func (m *memoryPlatform) service(name, plan string) {
	m.test.Helper()
	m.api(http.MethodPost, "service", map[string]any{"service_type": "opensearch", "service_name": name, "plan": plan, "cloud": "aws-us-east-1"})
	m.settled(name)
}

// ref is a service of a scene in memory.
func ref(name string) controlplane.ServiceRef {
	return controlplane.ServiceRef{Project: modelProject, Name: name}
}

// settled waits until what was asked of a service is done.
func (m *memoryPlatform) settled(name string) {
	m.test.Helper()
	if err := m.plane.AwaitSettled(m.test.Context(), ref(name)); err != nil {
		m.test.Fatal(err)
	}
}

// api does something by hand at the control plane, which must succeed.
func (m *memoryPlatform) api(method, path string, request map[string]any) {
	m.test.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		m.test.Fatal(err)
	}
	r := httptest.NewRequestWithContext(m.test.Context(), method, "/v1/project/"+modelProject+"/"+path, bytes.NewReader(body))
	r.Header.Set("Authorization", "aivenv1 "+modelToken)
	answer := httptest.NewRecorder()
	m.plane.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		m.test.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
}

func (m *memoryPlatform) cluster(ref controlplane.ServiceRef) *memory.Cluster {
	c, _ := m.platform.Cluster(ref)
	return c
}

// clusterOf is the configuration of the cluster of a service, in a provider block.
func (m *memoryPlatform) clusterOf(name string) fields {
	at := m.cluster(ref(name)).Endpoint()
	return fields{"url": fmt.Sprintf("%s://%s:%d", at.Scheme, at.Host, at.Port), "username": at.Username, "password": at.Password}
}
