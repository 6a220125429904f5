// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package sandbox is a local platform for the demo, tests and benchmarks: the Aiven API, with a real
// OpenSearch node behind each service, and self-managed clusters. Everything listens on 127.0.0.1
// and is gone after Close, and also when this process is killed.
//
// It is put together of controlplane (the API), node (OpenSearch processes), gateway (what is before a
// node) and standin (the replication API where a node does not have the plugin). The provider never imports it.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/node"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/standin"
)

// Options of a sandbox; the zero value is a good one.
type Options struct {
	// Version of OpenSearch to put together from Maven Central. Empty is OPENSEARCH_VERSION of the
	// environment, else node.DefaultVersion. OPENSEARCH_HOME goes before it.
	Version string
	// Dir is the folder for the folders of the nodes; it is made where it is not there, and left. Empty is
	// the folder for temporary files.
	Dir string
	// Heap is the size of the heap of each node, like "1g". Empty is what a few indices need.
	Heap string
	// Progress gets a line while something takes long. Nil is none.
	Progress func(format string, args ...any)
	// Log gets what went wrong on the platform. Nil is Progress.
	Log func(format string, args ...any)
	// Behaviour is what an integration does by itself in each project;
	// [controlplane.ControlPlane.SetBehaviour] changes it for one.
	Behaviour controlplane.Behaviour
	// Timing shortens times that are the CCR plugin's own, where the stand-in serves in its place. The zero
	// value is the plugin's; the real plugin does not know of it.
	Timing standin.Timing
}

// Sandbox is a running one. Its methods may be called at the same time.
type Sandbox struct {
	options      Options
	distribution node.Distribution
	token        string
	plane        *controlplane.ControlPlane
	url          string
	api          *http.Server

	// secure is what nodes with the security plugin share, once there is one.
	secure struct {
		mu           sync.Mutex
		distribution node.Distribution
		authority    *node.Authority
	}

	mu        sync.Mutex
	endpoints map[*Endpoint]bool // all that run, of services and clusters
	services  map[controlplane.ServiceRef]*Service
	projects  int
	dataPlane map[string]time.Duration // by project: how long a service that runs is not reached yet
}

// Start starts a sandbox without any service. ctx bounds the start only, which takes time when OpenSearch
// must be downloaded first. The caller closes it.
func Start(ctx context.Context, options Options) (*Sandbox, error) {
	if options.Progress == nil {
		options.Progress = func(string, ...any) {}
	}
	if options.Log == nil {
		options.Log = options.Progress
	}
	if options.Dir != "" {
		if err := os.MkdirAll(options.Dir, 0o755); err != nil {
			return nil, fmt.Errorf("start the sandbox: %w", err)
		}
	}
	distribution, err := node.Default(ctx, options.Version, options.Progress)
	if err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	s := &Sandbox{
		options:      options,
		distribution: distribution,
		token:        "sandbox-" + random(8),
		endpoints:    map[*Endpoint]bool{},
		services:     map[controlplane.ServiceRef]*Service{},
		dataPlane:    map[string]time.Duration{},
	}
	s.plane = controlplane.New(controlplane.Options{
		Token:          s.token,
		Platform:       platform{s},
		Behaviour:      options.Behaviour,
		DefaultVersion: majorMinor(distribution.Version),
		Log:            options.Log,
	})
	if err := s.serve(); err != nil {
		s.plane.Close()
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	return s, nil
}

func (s *Sandbox) serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.url = "http://" + listener.Addr().String()
	s.api = &http.Server{Handler: s.plane, ReadHeaderTimeout: 30 * time.Second}
	go func() {
		if err := s.api.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.options.Log("the Aiven API of the sandbox ended: %v", err)
		}
	}()
	return nil
}

// Close ends everything and removes its folders. It may be called again.
func (s *Sandbox) Close(ctx context.Context) error {
	err := s.api.Close()
	s.plane.Close()
	s.mu.Lock()
	left := s.endpoints
	s.endpoints = map[*Endpoint]bool{}
	clear(s.services)
	s.mu.Unlock()

	closed := make(chan error)
	for e := range left {
		go func() { closed <- e.close(ctx) }()
	}
	for range left {
		err = errors.Join(err, <-closed)
	}
	return err
}

// APIURL is the address of the Aiven API, without /v1: what AIVEN_WEB_URL is set to.
func (s *Sandbox) APIURL() string { return s.url }

// Token is the Aiven API token that is accepted: what AIVEN_TOKEN is set to.
func (s *Sandbox) Token() string { return s.token }

// ControlPlane has the switches of the Aiven API.
func (s *Sandbox) ControlPlane() *controlplane.ControlPlane { return s.plane }

// Version is the version of the nodes, like "2.19.4".
func (s *Sandbox) Version() string { return s.distribution.Version }

// RealCCR tells whether the nodes have the CCR plugin, so that the stand-in is not used.
func (s *Sandbox) RealCCR() bool { return s.distribution.CCR }

// NewProject makes a project and returns its name, so that tests that run at once do not meet.
func (s *Sandbox) NewProject() string {
	s.mu.Lock()
	s.projects++
	name := fmt.Sprintf("acme-%d", s.projects)
	s.mu.Unlock()
	s.plane.AddProject(name)
	return name
}

// DelayDataPlane makes each service of the project that is started from now on answer its users 503 for so
// long after it says RUNNING. Zero ends it for services that are started later.
func (s *Sandbox) DelayDataPlane(project string, period time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dataPlane[project] = period
}

// nodeURL finds the node behind a transport address, for the stand-in.
func (s *Sandbox) nodeURL(transportAddress string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.endpoints {
		if e.TransportAddress() == transportAddress {
			return e.node.URL(), true
		}
	}
	return "", false
}

func (s *Sandbox) add(e *Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoints[e] = true
}

func (s *Sandbox) remove(e *Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.endpoints, e)
}

// random is text of so many random bytes.
func random(n int) string {
	raw := make([]byte, n)
	if _, err := rand.Read(raw); err != nil {
		panic(err) // it never returns one
	}
	return hex.EncodeToString(raw)
}

// majorMinor is "2.19" for "2.19.4".
func majorMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
