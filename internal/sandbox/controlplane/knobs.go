// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// SetDelays changes how long things take in a project.
func (c *ControlPlane) SetDelays(project string, delays Delays) {
	c.inProject(project, func(p *tenant) { p.delays = delays })
}

// SetBehaviour changes what integrations into a project do by themselves.
func (c *ControlPlane) SetBehaviour(project string, b Behaviour) {
	c.inProject(project, func(p *tenant) { p.behaviour = b })
}

// ForbidProject makes a project one that the token is not a member of: 403 to
// every request.
func (c *ControlPlane) ForbidProject(project string, forbidden bool) {
	c.inProject(project, func(p *tenant) { p.forbidden = forbidden })
}

// DisableCCR makes a project one that Aiven has not enabled cross-cluster
// replication for (it is of limited availability): 403 to whoever makes a
// follower or an integration there.
func (c *ControlPlane) DisableCCR(project string, disabled bool) {
	c.inProject(project, func(p *tenant) { p.ccrDisabled = disabled })
}

// HideSecrets models a token that may not read the secrets of a project's services:
// a GET that asks for them is refused with 403, or, with redacted, it is answered
// with "<redacted>" for each of them. Aiven documents the first for service secrets
// and the second for what is shown without the permission.
func (c *ControlPlane) HideSecrets(project string, hidden, redacted bool) {
	c.inProject(project, func(p *tenant) { p.secretsHidden, p.secretsRedacted = hidden, redacted })
}

// ForbidPlans models a token without write permission: 403 to
// GET service-types/opensearch/plans, while GET service_types answers.
func (c *ControlPlane) ForbidPlans(project string, forbidden bool) {
	c.inProject(project, func(p *tenant) { p.plansForbidden = forbidden })
}

// HidePrices makes the API give no prices to a project, as it does where these are
// those of a contract that it does not know.
func (c *ControlPlane) HidePrices(project string, hidden bool) {
	c.inProject(project, func(p *tenant) { p.pricesHidden = hidden })
}

// HideNewIntegrations makes the first n GETs of each integration that is made
// from now on answer 404, as Aiven's do for a moment.
func (c *ControlPlane) HideNewIntegrations(project string, n int) {
	c.inProject(project, func(p *tenant) { p.hideLinks = n })
}

// FailNewIntegrations makes each integration that is created from now on end in
// status failed with this message, instead of connecting. An empty message
// ends it.
func (c *ControlPlane) FailNewIntegrations(project, message string) {
	c.inProject(project, func(p *tenant) { p.failLinks = message })
}

// HideProject makes the API not know a project, or know it again: 404 "Project
// X does not exist", whatever of it is asked for.
func (c *ControlPlane) HideProject(project string, hidden bool) {
	c.inProject(project, func(p *tenant) { p.unknown = hidden })
}

// FailReads makes every GET of a project answer this status, 401 or 403 with
// Aiven's text, while changes go through. Zero ends it.
func (c *ControlPlane) FailReads(project string, status int) {
	c.inProject(project, func(p *tenant) { p.readsFail = status })
}

// ShowUserConfig makes the API show the user_config of services in another form
// than it was sent, such as a number as a string, or with a default that was
// added. change gets a copy, the values in which it must not change. Nil ends it.
func (c *ControlPlane) ShowUserConfig(project string, change func(config map[string]any) map[string]any) {
	c.inProject(project, func(p *tenant) { p.showConfig = change })
}

// tenant is project where a parameter is called that.
type tenant = project

// inProject panics on a project that does not exist: a test that turns a knob
// of nothing is wrong.
func (c *ControlPlane) inProject(name string, change func(*project)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.projects[name]
	if p == nil {
		panic("controlplane: no project " + name)
	}
	change(p)
}

// SlowBuild makes every build and rebuild of a service take so much longer;
// with an empty name those of every service of the project. The service need
// not exist yet. Zero ends it.
func (c *ControlPlane) SlowBuild(ref ServiceRef, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slow[ref] = d
}

// HoldBuild keeps a service REBUILDING, before its node starts, until release
// is called: a build that takes longer than anyone waits. With an empty name it
// holds every service of the project. The service need not exist yet.
func (c *ControlPlane) HoldBuild(ref ServiceRef) (release func()) {
	hold := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds[ref] = append(c.holds[ref], hold)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.Index(c.holds[ref], hold)
		if i < 0 {
			return // released before
		}
		c.holds[ref] = slices.Delete(slices.Clone(c.holds[ref]), i, i+1)
		close(hold)
	}
}

// HoldState makes the API show a state, whatever the service does, until
// release is called.
func (c *ControlPlane) HoldState(ref ServiceRef, state string) (release func(), err error) {
	set := func(state string) error {
		return c.withService(ref, func(s *service) error { s.pinned = state; return nil })
	}
	// A service that is gone by then has no state to be released.
	return func() { _ = set("") }, set(state)
}

// OnlyRoute makes a service answer on one route only, as one in a VPC does whose
// private addresses cannot be reached from where Terraform runs. It still shows an
// address on the route "dynamic".
func (c *ControlPlane) OnlyRoute(ref ServiceRef, route string) error {
	return c.withService(ref, func(s *service) error { s.route = route; return nil })
}

// MakeReadReplica makes a service a read replica of another one of its project: it
// gets an integration of type read_replica.
func (c *ControlPlane) MakeReadReplica(ref ServiceRef, of string) error {
	return c.withService(ref, func(s *service) error { s.replicaOf, s.replicaID = of, newID(); return nil })
}

// HoldIntegration makes the API show a status of the integration by which a
// service follows a leader, such as "failed", with errors, until release is
// called.
func (c *ControlPlane) HoldIntegration(leader, follower ServiceRef, status string, errors ...string) (release func(), err error) {
	set := func(status string, errors []string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		l := c.linkBetween(leader, follower)
		if l == nil {
			return fmt.Errorf("no integration from %s to %s", leader, follower)
		}
		l.pinned, l.pinErrors = status, errors
		return nil
	}
	// An integration that is gone by then has no status to be released.
	return func() { _ = set("", nil) }, set(status, errors)
}

// RecycleNode restarts a service's node as Aiven's maintenance does, with the
// state REBALANCING meanwhile, and returns when it is over.
func (c *ControlPlane) RecycleNode(ctx context.Context, ref ServiceRef) error {
	var done chan error
	err := c.withService(ref, func(s *service) error {
		if s.state() != stateRunning {
			return fmt.Errorf("service %s is %s: only a RUNNING service can be recycled", ref, s.state())
		}
		done = s.requestRecycle()
		return nil
	})
	if err != nil {
		return err
	}
	return c.await(ctx, done)
}

// LoseService makes a service vanish, whatever protects it: the API answers
// 404 at once, its integrations are gone. It returns when the node is gone.
func (c *ControlPlane) LoseService(ctx context.Context, ref ServiceRef) error {
	var gone chan struct{}
	err := c.withService(ref, func(s *service) error {
		s.lost, gone = true, s.gone
		c.removeService(s)
		return nil
	})
	if err != nil {
		return err
	}
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

// DeleteIntegration removes an integration as somebody in Aiven's console
// does, so that the follower becomes a standalone service.
func (c *ControlPlane) DeleteIntegration(leader, follower ServiceRef) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.linkBetween(leader, follower)
	if l == nil {
		return fmt.Errorf("no integration from %s to %s", leader, follower)
	}
	c.removeLink(l)
	return nil
}

// SetPower powers a service on or off, whatever protects it and whoever
// follows it: a service that Aiven powered off for an unpaid bill.
func (c *ControlPlane) SetPower(ref ServiceRef, on bool) error {
	return c.withService(ref, func(s *service) error {
		s.powered, s.failure = on, nil
		s.poke()
		return nil
	})
}

// SetPassword makes the API show another password of a service's user, as after a
// reset in Aiven's console. The cluster has to be told too.
func (c *ControlPlane) SetPassword(ref ServiceRef, password string) error {
	return c.withService(ref, func(s *service) error { s.endpoint.Password = password; return nil })
}

// AwaitSettled waits until the platform has done all that a service's user
// wants of it, and returns the platform's error where its node does not start.
func (c *ControlPlane) AwaitSettled(ctx context.Context, ref ServiceRef) error {
	for {
		var settled bool
		err := c.withService(ref, func(s *service) error {
			settled = s.settled()
			return s.failure
		})
		if err != nil || settled {
			return err
		}
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("waiting for service %s: %w", ref, err)
		}
	}
}

func (c *ControlPlane) withService(ref ServiceRef, do func(*service) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, refused := c.lookup(ref)
	if refused != nil {
		return fmt.Errorf("service %s: %w", ref, refused)
	}
	return do(s)
}

func (c *ControlPlane) linkBetween(leader, follower ServiceRef) *link {
	for _, l := range c.linksOf(follower) {
		if l.leader == leader && l.follower == follower {
			return l
		}
	}
	return nil
}

func (c *ControlPlane) await(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}
