// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package controlplane is Aiven's REST API for OpenSearch services and their
// cross-cluster replication, in front of a Platform that has the real nodes.
//
// It is a fake where the question is what the control plane does: services go
// through their states, rules of the product are enforced as Aiven's server
// enforces them, and faults that nobody can order from Aiven can be switched on
// by a test. Knobs are scoped to a project, so tests with a project each run in
// parallel on one control plane. What Aiven does not document (texts of
// refusals, delays) is in Options.
package controlplane

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// object is a JSON object of an answer.
type object = map[string]any

// ControlPlane is an http.Handler for the paths below /v1/. All its methods
// are safe for concurrent use.
type ControlPlane struct {
	options Options
	mux     *http.ServeMux

	ctx    context.Context // ends with Close: what runs in the background belongs to no request
	cancel context.CancelFunc
	work   sync.WaitGroup // one goroutine per service

	mu       sync.Mutex // guards all below, and what they point at; never held over a Platform call
	projects map[string]*project
	links    []*link // in the order of their creation
	faults   []*fault
	requests map[string][]Request // by project
	slow     map[ServiceRef]time.Duration
	holds    map[ServiceRef][]chan struct{}
}

// project is a tenant: its services, and how it deviates from the Options.
type project struct {
	name      string
	services  map[string]*service
	vpcs      map[string]string // the cloud of each
	behaviour Behaviour
	delays    Delays
	forbidden bool
	// secretsHidden and secretsRedacted are set by [ControlPlane.HideSecrets].
	secretsHidden, secretsRedacted bool
	ccrDisabled                    bool
	plansForbidden                 bool
	pricesHidden                   bool
	hideLinks                      int // GETs that answer 404 after an integration was made
	failLinks                      string
	unknown                        bool
	readsFail                      int // status of every read; 0: as it is
	showConfig                     func(map[string]any) map[string]any
}

// New makes a control plane without projects; see AddProject. Close it.
func New(options Options) *ControlPlane {
	ctx, cancel := context.WithCancel(context.Background())
	c := &ControlPlane{
		options: options.withDefaults(), mux: http.NewServeMux(), ctx: ctx, cancel: cancel,
		projects: map[string]*project{}, requests: map[string][]Request{},
		slow: map[ServiceRef]time.Duration{}, holds: map[ServiceRef][]chan struct{}{},
	}
	c.routes()
	return c
}

// ServeHTTP answers a request of the Aiven API.
func (c *ControlPlane) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// Close ends all that runs in the background and waits for it. The nodes
// of the services stay: they belong to the Platform.
func (c *ControlPlane) Close() {
	c.mu.Lock()
	c.cancel()
	c.mu.Unlock()
	c.work.Wait()
}

// AddProject makes a project of that name; one that exists stays as it is.
func (c *ControlPlane) AddProject(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.projects[name]; there {
		return
	}
	c.projects[name] = &project{
		name: name, services: map[string]*service{}, vpcs: map[string]string{},
		behaviour: c.options.Behaviour, delays: c.options.Delays,
	}
}

// Behaviour says what an integration does by itself in the follower's project.
func (c *ControlPlane) Behaviour(project string) Behaviour {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.projects[project]; p != nil {
		return p.behaviour
	}
	return c.options.Behaviour
}

// lookup finds a service that the API shows, with the lock held.
func (c *ControlPlane) lookup(ref ServiceRef) (*service, *apiError) {
	if p := c.projects[ref.Project]; p != nil {
		if s := p.services[ref.Name]; s != nil && !s.lost {
			return s, nil
		}
	}
	return nil, refuse(c.options.Texts.NoService, "service", ref.Name, "project", ref.Project)
}

// linksOf are the integrations that a service has, on either side.
func (c *ControlPlane) linksOf(ref ServiceRef) []*link {
	var out []*link
	for _, l := range c.links {
		if !l.removed && (l.leader == ref || l.follower == ref) {
			out = append(out, l)
		}
	}
	return out
}

func (c *ControlPlane) followersOf(ref ServiceRef) []string {
	var out []string
	for _, l := range c.linksOf(ref) {
		if l.leader == ref {
			out = append(out, l.follower.Name)
		}
	}
	return out
}

func (c *ControlPlane) dropLinks(drop func(*link) bool) { c.links = slices.DeleteFunc(c.links, drop) }
