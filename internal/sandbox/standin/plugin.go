// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"maps"
	"slices"
	"sort"
	"sync"
	"time"
)

// Config says what a Plugin stands in front of.
type Config struct {
	NodeURL string // the follower's node, without the gateway
	Version string // of that node: 3.x knows one setting more
	// Peer finds the node behind the transport address of a remote cluster's seed or proxy.
	Peer   func(transportAddress string) (nodeURL string, ok bool)
	Log    func(format string, args ...any) // nil: no log
	Timing Timing
}

// Plugin is the stand-in for the CCR plugin of one node. Its methods are safe for concurrent use.
type Plugin struct {
	config   Config
	timing   Timing
	node     *node
	settings *clusterSettings
	store    *metadataStore
	peers    *peers // leaders' nodes
	reads    *reads // of this node's indices, by the followers of other nodes

	connections connections

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu           sync.Mutex
	closed       bool
	replications map[string]*replication // by follower index
	former       map[string]string       // UUIDs of indices whose replication was stopped, by their name
	starting     map[string]bool         // follower indices whose start is under way
	rules        map[string]*rule        // by alias:name
	links        map[string]*link        // by leader alias
	everUsed     bool                    // the cluster state has replication metadata from the first start on
	recovered    time.Time               // until then a restarted node is busy taking up its tasks
	lastTask     int64
	nodeID       string
}

// New makes the stand-in of one node. Nothing is asked of the node before something is replicated.
func New(config Config) *Plugin {
	if config.Log == nil {
		config.Log = func(string, ...any) {}
	}
	n := newNode(config.NodeURL)
	timing := config.Timing.withDefaults()
	p := &Plugin{
		config: config, timing: timing, node: n,
		settings:     newClusterSettings(config.Version, timing.MinAutofetch),
		store:        &metadataStore{node: n},
		peers:        &peers{nodes: map[string]*node{}},
		reads:        newReads(),
		connections:  connections{known: map[string]connection{}},
		replications: map[string]*replication{}, former: map[string]string{}, starting: map[string]bool{},
		rules: map[string]*rule{}, links: map[string]*link{},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	neighbours.add(n.url, p)
	return p
}

// Close ends all copying. The data stays where it is.
func (p *Plugin) Close() {
	neighbours.remove(p.node.url, p)
	p.mu.Lock()
	p.closed = true // a request that is still under way starts nothing any more
	p.mu.Unlock()
	p.cancel()
	p.work.Wait()
	p.node.forgetConnections()
	p.peers.forgetConnections()
}

// NodeRestarted tells that the node was gone and is back. As on a real node the replications are
// taken up again some seconds later; until then they are "not in progress", and only the cluster
// state knows better.
func (p *Plugin) NodeRestarted() {
	p.node.forgetConnections()
	p.mu.Lock()
	p.recovered = time.Now().Add(p.timing.Recovery)
	rules := slices.Collect(maps.Values(p.rules))
	p.mu.Unlock()
	for _, r := range p.all() {
		r.mu.Lock()
		r.retryAt, r.failures = time.Time{}, 0
		r.mu.Unlock()
	}
	for _, r := range rules {
		r.wake()
	}
	for _, l := range p.allLinks() {
		l.wake()
	}
}

func (p *Plugin) recovering() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.recovered)
}

// Fail puts a replication into the state FAILED, which is hard to reach otherwise. It is for tests
// of what a client makes of it, and tells whether there is such a replication.
func (p *Plugin) Fail(followerIndex, reason string) bool {
	r := p.replication(followerIndex)
	if r == nil {
		return false
	}
	return p.leave(r, failed, reason)
}

// LoseLease makes the leader forget the history that a replication needs, as after a pause of more
// than 12 hours. It is for tests, and tells whether there is such a replication.
func (p *Plugin) LoseLease(followerIndex string) bool {
	r := p.replication(followerIndex)
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leaseLost = true
	return true
}

// replication is the one of a follower index, nil where there is none.
func (p *Plugin) replication(index string) *replication {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.replications[index]
}

// all are the replications, by name.
func (p *Plugin) all() []*replication {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*replication, 0, len(p.replications))
	for _, r := range p.replications {
		out = append(out, r)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].follower < out[j].follower })
	return out
}

// link is the one to a leader, made when it is needed first.
func (p *Plugin) link(alias string) *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.links[alias]
	if l == nil {
		l = newLink(p, alias)
		p.links[alias] = l
		p.goOn(func() { l.run(p.ctx) })
	}
	return l
}

// goOn runs f until Close, which waits for it. p.mu is held.
func (p *Plugin) goOn(f func()) {
	if !p.closed {
		p.work.Go(f)
	}
}

// background is a context for work that continues when the client that asked for it is gone.
func (p *Plugin) background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, 2*callTimeout)
}
