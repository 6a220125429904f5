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
	address string // the transport address, for messages
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
	var answer struct{ Persistent, Transient map[string]any }
	if err := p.node.call(ctx, http.MethodGet, "/_cluster/settings?flat_settings=true", nil, &answer); err != nil {
		return remote{}, fmt.Errorf("%w: %w", errOwnNode, err)
	}
	addresses := remoteAddresses(alias, answer.Persistent, answer.Transient)
	if len(addresses) == 0 {
		return remote{}, noSuchRemote(alias)
	}
	for _, address := range addresses {
		if url, ok := p.config.Peer(address); ok {
			return remote{node: p.peers.node(url), address: address}, nil
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
