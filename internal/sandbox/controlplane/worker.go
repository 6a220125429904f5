// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// step is one thing that the platform is to do for a service.
type step func(context.Context, *service)

// run brings a service to what its user wants, one step after the other, until
// it is gone or the control plane closes.
func (c *ControlPlane) run(s *service) {
	defer c.work.Done()
	defer s.cancel()
	for c.ctx.Err() == nil {
		c.mu.Lock()
		ctx, do := c.next(s)
		c.mu.Unlock()
		if do != nil {
			do(ctx, s)
		}
		select {
		case <-s.gone:
			return
		default:
		}
		if do == nil {
			select {
			case <-s.wake:
			case <-c.ctx.Done():
			}
		}
	}
}

// next is the most urgent step, nil where there is nothing to do, and the
// context for it: a deletion ends the service's own, and cancels what runs.
func (c *ControlPlane) next(s *service) (context.Context, step) {
	switch {
	case s.deleted:
		return c.ctx, c.remove
	case s.failure != nil:
		return s.ctx, nil // until its user changes something
	case !s.powered && s.started != "":
		return s.ctx, c.powerOff
	case !s.powered:
		return s.ctx, nil
	case s.started != s.version:
		return s.ctx, c.build
	case s.rebuilds > 0:
		return s.ctx, c.rebuild
	case len(s.recycles) > 0:
		return s.ctx, c.recycle
	}
	return s.ctx, c.nextLink(s)
}

// build starts the node: for the first time, after a power-off, or with
// another version.
func (c *ControlPlane) build(ctx context.Context, s *service) {
	if c.waitForBuild(ctx, s) != nil {
		return
	}
	c.mu.Lock()
	before, version := s.started, s.version
	c.mu.Unlock()
	endpoint, err := c.startNode(ctx, s, before, version)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			s.failure = err
			c.options.Log("service %s: %v", s.ref, err)
		}
		return
	}
	s.started, s.endpoint, s.updated = version, endpoint, c.options.Now().UTC()
}

func (c *ControlPlane) startNode(ctx context.Context, s *service, before, version string) (Endpoint, error) {
	if !s.hasNode() {
		return Endpoint{}, nil
	}
	if before != "" {
		if err := c.options.Platform.StopService(ctx, s.ref); err != nil {
			return Endpoint{}, fmt.Errorf("stopping OpenSearch %s for version %s: %w", before, version, err)
		}
	}
	endpoint, err := c.options.Platform.StartService(ctx, s.ref, version)
	if err != nil {
		return Endpoint{}, fmt.Errorf("starting OpenSearch %s: %w", version, err)
	}
	return endpoint, nil
}

// rebuild is the time that a change of plan, cloud, disk or VPC takes. The
// node itself keeps running, as a cluster whose nodes are replaced does.
func (c *ControlPlane) rebuild(ctx context.Context, s *service) {
	c.mu.Lock()
	n := s.rebuilds
	c.mu.Unlock()
	if c.waitForBuild(ctx, s) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.rebuilds -= n
	s.updated = c.options.Now().UTC()
}

func (c *ControlPlane) powerOff(ctx context.Context, s *service) {
	var err error
	if s.hasNode() {
		err = c.options.Platform.StopService(ctx, s.ref)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		c.options.Log("service %s: powering off: %v", s.ref, err)
	}
	s.started, s.updated = "", c.options.Now().UTC()
}

func (c *ControlPlane) recycle(ctx context.Context, s *service) {
	c.mu.Lock()
	waiting := s.recycles
	s.recycles = nil
	c.mu.Unlock()
	var err error
	if s.hasNode() {
		err = c.options.Platform.RecycleService(ctx, s.ref)
	}
	c.mu.Lock()
	s.recycling -= len(waiting)
	c.mu.Unlock()
	for _, done := range waiting {
		done <- err
	}
}

// remove ends a deleted service.
func (c *ControlPlane) remove(ctx context.Context, s *service) {
	c.mu.Lock()
	var connected []*link
	for _, l := range c.links {
		if l.follower == s.ref && l.tried {
			connected = append(connected, l)
		}
	}
	recycles := s.recycles
	s.recycles = nil
	c.mu.Unlock()
	for _, done := range recycles {
		done <- fmt.Errorf("service %s was deleted", s.ref)
	}
	for _, l := range connected {
		c.disconnectDying(ctx, l)
	}
	if s.hasNode() {
		if err := c.options.Platform.DeleteService(ctx, s.ref); err != nil {
			c.options.Log("service %s: deleting: %v", s.ref, err)
		}
	}
	c.mu.Lock()
	delay := c.projects[s.ref.Project].delays.Deletion - time.Since(s.deletedAt)
	lost := s.lost
	c.mu.Unlock()
	if !lost && sleep(ctx, delay) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.projects[s.ref.Project].services, s.ref.Name)
	c.dropLinks(func(l *link) bool { return l.follower == s.ref })
	close(s.gone)
}

// disconnectDying is bounded and may fail: the node may be dead, and will be.
func (c *ControlPlane) disconnectDying(ctx context.Context, l *link) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := c.options.Platform.Disconnect(ctx, l.leader, l.follower, l.alias()); err != nil {
		c.options.Log("service %s: disconnecting from %s before deletion: %v", l.follower, l.leader, err)
	}
}

// waitForBuild waits for the build's delay and for what SlowBuild and
// HoldBuild ask.
func (c *ControlPlane) waitForBuild(ctx context.Context, s *service) error {
	anyService := ServiceRef{Project: s.ref.Project}
	c.mu.Lock()
	delay := c.projects[s.ref.Project].delays.Build + c.slow[s.ref] + c.slow[anyService]
	holds := slices.Concat(c.holds[s.ref], c.holds[anyService])
	c.mu.Unlock()
	if err := sleep(ctx, delay); err != nil {
		return err
	}
	for _, released := range holds {
		select {
		case <-released:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
