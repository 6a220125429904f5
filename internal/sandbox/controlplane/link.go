// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// link is an integration of type opensearch_cross_cluster_replication.
type link struct {
	id         string
	leader     ServiceRef
	follower   ServiceRef
	userConfig map[string]any

	tried     bool      // Connect was called at least once
	finished  bool      // Connect returned, and the integration's delay is over; or it failed for good
	removed   bool      // the API does not show it; gone when Disconnect returned
	activeAt  time.Time // from when on it is shown as running before it is finished; zero: it is not
	dueAt     time.Time // when Connect may be called; zero: not known yet
	doomed    string    // what it fails of instead of connecting; "": nothing
	failures  int       // of Connect, one after the other
	problem   string
	hidden    int    // GETs that answer 404 yet
	pinned    string // status that a test wants to be shown
	pinErrors []string

	ctx    context.Context // ends when the integration or its follower is deleted
	cancel context.CancelFunc
}

const (
	typeReplication = "opensearch_cross_cluster_replication"
	typeReadReplica = "read_replica"
)

// alias is the leader's name on the follower.
func (l *link) alias() string { return l.leader.Project + "_" + l.leader.Name }

// newID makes an id of the form that Aiven's have, a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// failuresShown is after how many refused connections the integration is shown
// as failed rather than as starting.
const failuresShown = 5

// addLink makes an integration; the follower's goroutine connects it when both
// services run.
func (c *ControlPlane) addLink(leader ServiceRef, follower *service, config map[string]any, seenFrom *project) *link {
	l := &link{id: newID(), leader: leader, follower: follower.ref, userConfig: config, hidden: seenFrom.hideLinks, doomed: seenFrom.failLinks}
	if l.userConfig == nil {
		l.userConfig = map[string]any{}
	}
	l.ctx, l.cancel = context.WithCancel(follower.ctx)
	c.links = append(c.links, l)
	follower.poke()
	return l
}

// removeLink takes an integration away; the follower's goroutine disconnects.
func (c *ControlPlane) removeLink(l *link) {
	l.removed = true
	l.cancel()
	if follower := c.projects[l.follower.Project].services[l.follower.Name]; follower != nil {
		follower.poke()
	}
}

// nextLink is the next step for the integrations that a service follows by.
func (c *ControlPlane) nextLink(s *service) step {
	var blocked bool
	for _, l := range c.links {
		if l.follower != s.ref {
			continue
		}
		switch {
		case l.removed:
			return func(ctx context.Context, _ *service) { c.disconnect(ctx, l) }
		case l.finished:
		case c.ready(l.leader) && c.connectionDue(l):
			return func(context.Context, *service) { c.connect(l) }
		default:
			blocked = true
		}
	}
	if !blocked {
		return nil
	}
	return func(ctx context.Context, _ *service) { _ = sleep(ctx, c.options.RetryEvery) } // run looks at the context
}

func (c *ControlPlane) ready(ref ServiceRef) bool {
	s, refused := c.lookup(ref)
	return refused == nil && !s.deleted && s.powered && s.started == s.version
}

// connectionDue tells whether the connection may be made: at once, or some time
// after the integration became active. The follower's goroutine does not wait
// for it: it has other things to do meanwhile. A delay that is taken back no
// longer counts.
func (c *ControlPlane) connectionDue(l *link) bool {
	delays := c.projects[l.follower.Project].delays
	if delays.Connection == 0 {
		return true
	}
	if l.dueAt.IsZero() {
		l.dueAt = time.Now().Add(delays.Integration + delays.Connection)
		l.activeAt = time.Now().Add(delays.Integration)
	}
	return !time.Now().Before(l.dueAt)
}

func (c *ControlPlane) connect(l *link) {
	c.mu.Lock()
	delay := c.projects[l.follower.Project].delays.Integration
	if !l.activeAt.IsZero() {
		delay = 0 // it is over
	}
	doomed := l.doomed != ""
	l.tried = !doomed
	c.mu.Unlock()
	if doomed {
		if sleep(l.ctx, delay) == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			l.finished = true
		}
		return
	}
	err := c.options.Platform.Connect(l.ctx, l.leader, l.follower, l.alias())
	wait := delay
	if err != nil {
		wait = c.options.RetryEvery
		c.mu.Lock()
		l.failures++
		l.problem = err.Error()
		if l.ctx.Err() == nil && l.failures == 1 {
			c.options.Log("service %s: connecting to %s: %v", l.follower, l.leader, err)
		}
		c.mu.Unlock()
	}
	if sleep(l.ctx, wait) != nil || err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	l.finished, l.failures, l.problem = true, 0, ""
}

func (c *ControlPlane) disconnect(ctx context.Context, l *link) {
	if l.tried {
		if err := c.options.Platform.Disconnect(ctx, l.leader, l.follower, l.alias()); err != nil {
			if ctx.Err() == nil {
				c.options.Log("service %s: disconnecting from %s: %v", l.follower, l.leader, err)
			}
			_ = sleep(ctx, c.options.RetryEvery) // run looks at the context
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropLinks(func(other *link) bool { return other == l })
}

// status is what the API shows of an integration.
func (c *ControlPlane) status(l *link) (status string, errors []string) {
	switch {
	case l.pinned != "":
		return l.pinned, append([]string{}, l.pinErrors...)
	case l.failures >= failuresShown:
		return "failed", []string{l.problem}
	case l.finished && l.doomed != "":
		return "failed", []string{l.doomed}
	case !l.finished && (l.activeAt.IsZero() || time.Now().Before(l.activeAt)):
		return "starting", []string{}
	}
	for _, ref := range []ServiceRef{l.leader, l.follower} {
		if s, refused := c.lookup(ref); refused != nil || !s.powered {
			return "inactive", []string{}
		}
	}
	return "running", []string{}
}
