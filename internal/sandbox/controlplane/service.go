// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"context"
	"maps"
	"time"
)

// service is one service: what its user wants of it, and how far the platform
// is with it. Its goroutine (see worker.go) brings the second to the first.
type service struct {
	ref        ServiceRef
	kind       string // service_type
	plan       string
	cloud      string
	version    string // OpenSearch version wanted; "-" for other service types
	vpc        *string
	diskMB     int // of all nodes together
	tags       map[string]string
	userConfig map[string]any
	protected  bool
	window     window
	created    time.Time
	updated    time.Time

	powered   bool // wanted
	deleted   bool // DELETE was accepted, or the service was lost
	deletedAt time.Time
	lost      bool // the API does not know it any more

	started   string // version of the node that runs; "": none
	endpoint  Endpoint
	rebuilds  int          // changes whose rebuild is not over
	recycling int          // recycles that are not over
	recycles  []chan error // of which these have not begun
	route     string       // the only one on which it answers; "": all
	replicaOf string       // the service that it is a read replica of; "": none
	replicaID string       // of the integration that makes it one
	pinned    string       // state that a test wants to be shown
	failure   error        // the node could not be started

	ctx    context.Context // ends when the service is deleted, with all that is being done for it
	cancel context.CancelFunc
	wake   chan struct{} // there may be something to do
	gone   chan struct{} // closed when the API has forgotten the service
}

// window is when maintenance may run.
type window struct {
	DOW  string `json:"dow"`
	Time string `json:"time"`
}

// Service states of the Aiven API.
const (
	stateRunning     = "RUNNING"
	stateRebuilding  = "REBUILDING"
	stateRebalancing = "REBALANCING"
	statePowerOff    = "POWEROFF"
)

// state is what the API shows.
func (s *service) state() string {
	switch {
	case s.pinned != "":
		return s.pinned
	case !s.powered && s.started == "":
		return statePowerOff
	case !s.powered: // the node is still going down
		return stateRunning
	case s.started != s.version || s.rebuilds > 0:
		return stateRebuilding
	case s.recycling > 0:
		return stateRebalancing
	}
	return stateRunning
}

// settled reports whether the platform has done all that is wanted.
func (s *service) settled() bool {
	if s.deleted || !s.powered {
		return !s.deleted && s.started == ""
	}
	return s.started == s.version && s.rebuilds == 0 && s.recycling == 0
}

func (s *service) hasNode() bool { return s.kind == typeOpenSearch }

// poke wakes the service's goroutine; it never blocks.
func (s *service) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // it is already due
	}
}

// addService takes a service in and lets the platform build it.
func (c *ControlPlane) addService(s *service) {
	s.ctx, s.cancel = context.WithCancel(c.ctx)
	s.wake, s.gone = make(chan struct{}, 1), make(chan struct{})
	s.powered = true
	s.created = c.options.Now().UTC()
	s.updated = s.created
	c.projects[s.ref.Project].services[s.ref.Name] = s
	c.work.Add(1)
	go c.run(s)
}

// removeService accepts a deletion: the integrations end at once, the service
// still answers until its node is gone and the deletion's delay is over.
func (c *ControlPlane) removeService(s *service) {
	if s.deleted {
		return
	}
	s.deleted, s.deletedAt = true, time.Now()
	for _, l := range c.linksOf(s.ref) {
		c.removeLink(l)
	}
	s.cancel()
	s.poke()
}

// mergeConfig lays a change of user_config over what is there; null takes a
// key away.
func mergeConfig(current, change map[string]any) map[string]any {
	out := maps.Clone(current)
	for key, value := range change {
		if value == nil {
			delete(out, key)
			continue
		}
		out[key] = value
	}
	return out
}
