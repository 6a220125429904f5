// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// errOwnNode is a failure on the follower's side, which says nothing of the leader.
var errOwnNode = errors.New("the follower's own node")

// remote is a leader as the follower's own settings name it.
type remote struct {
	*node
	address    string          // the transport address, for messages
	connection context.Context // it ends with the connection
}

// until is the same leader, for requests that ctx ends too.
func (l remote) until(ctx context.Context) remote {
	l.node = l.node.until(ctx)
	return l
}

// patient is the same leader, for requests that only their context and the connection end.
func (l remote) patient() remote {
	l.node = l.node.patient()
	return l
}

// connections are those to leaders. Each is a context that ends when the follower's settings have the
// leader no more, so that nothing waits for a silent leader that is not connected any longer.
type connections struct {
	mu    sync.Mutex
	known map[string]connection // by alias
}

type connection struct {
	ctx context.Context
	end context.CancelFunc
}

// to is the connection to a leader, created where none is known.
func (c *connections) to(life context.Context, alias string) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.known[alias]
	if !ok {
		known.ctx, known.end = context.WithCancel(life)
		c.known[alias] = known
	}
	return known.ctx
}

// endAll ends those connections of which ended says so.
func (c *connections) endAll(ended func(alias string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for alias, known := range c.known {
		if ended(alias) {
			known.end()
			delete(c.known, alias)
		}
	}
}

func (c *connections) none() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known) == 0
}

// endConnections ends the connections that the settings of the follower's node have no more.
func (p *Plugin) endConnections() {
	if p.connections.none() {
		return
	}
	ctx, cancel := p.background()
	defer cancel()
	persistent, transient, err := p.nodeSettings(ctx)
	if err != nil {
		p.config.Log("connections to leaders: %v", err)
		return
	}
	p.connections.endAll(func(alias string) bool { return len(remoteAddresses(alias, persistent, transient)) == 0 })
}

func (p *Plugin) nodeSettings(ctx context.Context) (persistent, transient map[string]any, err error) {
	var answer struct{ Persistent, Transient map[string]any }
	if err := p.node.call(ctx, http.MethodGet, "/_cluster/settings?flat_settings=true", nil, &answer); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errOwnNode, err)
	}
	return answer.Persistent, answer.Transient, nil
}

// peers keeps one HTTP client for each leader node.
type peers struct {
	mu    sync.Mutex
	nodes map[string]*node
}

func (c *peers) node(url string) *node {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[url]
	if n == nil {
		n = newNode(url)
		c.nodes[url] = n
	}
	return n
}

func (c *peers) forgetConnections() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.nodes {
		n.forgetConnections()
	}
}

// resolve finds the leader behind an alias in the settings of the follower's node, so that a
// connection made or removed by anyone counts at once.
func (p *Plugin) resolve(ctx context.Context, alias string) (remote, error) {
	// Before the look: should the settings change after it, this connection ends.
	connected := p.connections.to(p.ctx, alias)
	persistent, transient, err := p.nodeSettings(ctx)
	if err != nil {
		return remote{}, err
	}
	addresses := remoteAddresses(alias, persistent, transient)
	if len(addresses) == 0 {
		return remote{}, noSuchRemote(alias)
	}
	for _, address := range addresses {
		if url, ok := p.config.Peer(address); ok {
			return remote{node: p.peers.node(url).until(connected), address: address, connection: connected}, nil
		}
	}
	return remote{}, unreachable(addresses[0])
}

// remoteAddresses are the transport addresses of an alias; transient settings go before persistent ones.
func remoteAddresses(alias string, persistent, transient map[string]any) []string {
	var out []string
	for _, settings := range []map[string]any{transient, persistent} {
		for _, name := range []string{"seeds", "proxy_address"} {
			switch v := settings["cluster.remote."+alias+"."+name].(type) {
			case string:
				for address := range strings.SplitSeq(v, ",") {
					if address = strings.TrimSpace(address); address != "" {
						out = append(out, address)
					}
				}
			case []any:
				for _, address := range v {
					if s, ok := address.(string); ok && s != "" {
						out = append(out, s)
					}
				}
			}
		}
	}
	return out
}

// neighbourhood knows the stand-ins of this process, by their node: the leader's counts what its
// followers read, which the real plugins learn over the transport.
type neighbourhood struct {
	mu      sync.Mutex
	plugins map[string]*Plugin
}

var neighbours = neighbourhood{plugins: map[string]*Plugin{}}

func (n *neighbourhood) add(url string, p *Plugin) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.plugins[url] = p
}

func (n *neighbourhood) remove(url string, p *Plugin) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.plugins[url] == p {
		delete(n.plugins, url)
	}
}

func (n *neighbourhood) at(url string) *Plugin {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.plugins[url]
}
