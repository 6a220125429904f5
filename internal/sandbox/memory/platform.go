// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package memory is a platform of services without nodes: each is an OpenSearch
// cluster with the cross-cluster-replication plugin that exists in memory only and
// answers, over HTTP on loopback, the routes that the provider uses.
//
// It is a fake because of the question that it answers: what does the provider
// ask for and what does it destroy in thousands of situations that nobody has
// thought of? Real nodes are too slow for that; with this a service takes
// milliseconds. What the real plugin does is tested elsewhere, and some of its
// recordings are replayed against this package.
//
// It follows the rules and the texts of the plugin and keeps documents as IDs.
// Time runs ten times as fast: what the plugin does by itself after 15 s it does
// here after 1.5 s.
//
// Not modelled: shards, mappings, rights, settings but those of a connection and
// of a replication's start, a leader that is silent (one that is down is), tasks
// that are left behind.
package memory

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// Platform has the clusters. All its methods are safe for concurrent use.
type Platform struct {
	// Around is called around every request to a cluster; nil: nothing is.
	Around func(answer func())
	// Through is put before each cluster, with the name of its service; nil: nothing
	// is. It sees requests and answers as they are on the wire.
	Through func(service string, next http.Handler) http.Handler
	// Protected hides the plugin's records, as the security plugin does.
	Protected bool

	after    atomic.Pointer[func(r *http.Request)]
	mu       sync.Mutex // guards all below, and every cluster
	abrupt   bool
	ahead    time.Duration // how much later it is than the machine says
	clusters map[controlplane.ServiceRef]*Cluster
	changes  []string
	losses   []Loss
	still    map[string][]byte // answers by service and address while time is stopped
}

var _ controlplane.Platform = (*Platform)(nil)

// Loss is a deletion that a request has brought about.
type Loss struct {
	// Index is empty where a whole service was deleted.
	Service, Index, UUID string
	// Own are documents that were written to the index itself, Last those that
	// were copied and that the leader no longer has.
	Own, Last []string
	// Leaderless is set where the leader has no index of that name.
	Leaderless bool
}

// NewPlatform makes a platform without services.
func NewPlatform() *Platform {
	return &Platform{clusters: map[controlplane.ServiceRef]*Cluster{}}
}

func (p *Platform) now() time.Time { return time.Now().Add(p.ahead) }

// Pass lets time pass: what happens by itself has happened by then.
func (p *Platform) Pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 5 { // one thing may follow from another
		p.ahead += d / 5
		for _, c := range p.clusters {
			c.advance()
		}
	}
}

// SetStill makes time stand still: nothing happens by itself, and what is read twice
// is answered from what the first answer was. Then what a fake cluster with ten
// thousand indices costs does not hide what the provider costs. Nothing may be
// changed meanwhile.
func (p *Platform) SetStill(still bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.still = nil; still {
		p.still = map[string][]byte{}
	}
}

// SetAbrupt makes integrations end so that only the connection goes, and what
// replicates keeps its block.
func (p *Platform) SetAbrupt(abrupt bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.abrupt = abrupt
}

// OnRequest calls f after each request to a cluster was carried out and before it is
// answered; nil ends that.
func (p *Platform) OnRequest(f func(r *http.Request)) {
	if f == nil {
		p.after.Store(nil)
		return
	}
	p.after.Store(&f)
}

// Changes are the requests so far that have changed something, in order.
func (p *Platform) Changes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.changes)
}

// Losses are the deletions so far that requests have brought about, in order.
func (p *Platform) Losses() []Loss {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.losses)
}

// Close ends all clusters.
func (p *Platform) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.clusters {
		_ = c.server.Close() // nothing is left that it could fail for
	}
}

// Cluster returns the cluster of a service.
func (p *Platform) Cluster(ref controlplane.ServiceRef) (*Cluster, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, there := p.clusters[ref]
	return c, there
}

// StartService makes the cluster, or lets it answer again with the data that it had.
func (p *Platform) StartService(ctx context.Context, ref controlplane.ServiceRef, _ string) (controlplane.Endpoint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, there := p.clusters[ref]; there {
		c.off = false
		return c.endpoint(), nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return controlplane.Endpoint{}, fmt.Errorf("service %s: %w", ref, err)
	}
	c := &Cluster{platform: p, ref: ref, address: listener.Addr().(*net.TCPAddr), password: "AVNS_" + random(), //nolint:forcetypeassert // it is one of TCP
		indices: map[string]*index{}, remotes: map[string]*Cluster{}, persistent: map[string]json.RawMessage{}}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: time.Minute}
	if p.Through != nil {
		c.server.Handler = p.Through(ref.Name, c)
	}
	p.clusters[ref] = c
	go func() { _ = c.server.Serve(listener) }() // until it is closed
	return c.endpoint(), nil
}

// random is as long as a UUID of OpenSearch, and of the same letters.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// StopService powers the cluster off.
func (p *Platform) StopService(_ context.Context, ref controlplane.ServiceRef) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, there := p.clusters[ref]; there {
		c.off = true
	}
	return nil
}

// DeleteService ends the cluster with its data.
func (p *Platform) DeleteService(_ context.Context, ref controlplane.ServiceRef) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, there := p.clusters[ref]
	if !there {
		return nil
	}
	loss := Loss{Service: ref.Name}
	for _, ix := range c.indices {
		one := c.loss(ix)
		loss.Own, loss.Last = append(loss.Own, one.Own...), append(loss.Last, one.Last...)
	}
	p.losses = append(p.losses, loss)
	p.changes = append(p.changes, "service "+ref.Name+" is gone")
	delete(p.clusters, ref)
	return c.server.Close()
}

// RecycleService does nothing: a cluster in memory has no nodes.
func (p *Platform) RecycleService(context.Context, controlplane.ServiceRef) error { return nil }

// Connect makes the follower know the leader.
func (p *Platform) Connect(_ context.Context, leader, follower controlplane.ServiceRef, alias string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, f := p.clusters[leader], p.clusters[follower]
	if l == nil || f == nil {
		return fmt.Errorf("%s or %s has no cluster", leader, follower)
	}
	f.remotes[alias] = l
	return nil
}

// Disconnect makes the follower a cluster of its own: the rules and the
// connection go, and the replications end, unless it is abrupt.
func (p *Platform) Disconnect(_ context.Context, _, follower controlplane.ServiceRef, alias string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.clusters[follower]
	if f == nil {
		return nil
	}
	p.changes = append(p.changes, "the integration of "+follower.Name+" is gone")
	delete(f.remotes, alias)
	f.rules = slices.DeleteFunc(f.rules, func(r *rule) bool { return r.alias == alias })
	if p.abrupt {
		return nil
	}
	for _, ix := range f.sorted() {
		if ix.active() && ix.alias == alias {
			f.end(ix)
		}
	}
	return nil
}
