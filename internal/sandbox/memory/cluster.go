// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memory

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// What the plugin does by itself, in the time of this package.
const (
	autoPause  = 1500 * time.Millisecond // until a replication without its leader index pauses
	bootstrap  = 50 * time.Millisecond   // the first copy
	rulePeriod = 300 * time.Millisecond  // between two looks of a rule
)

// A cluster of many indices does what happens by itself at most once in a while,
// or each request to it would look at all of them.
const (
	manyIndices = 1000
	manyPause   = 50 * time.Millisecond
)

// Cluster is an OpenSearch cluster in memory. Its methods are what people do at
// it, beside what comes over HTTP.
type Cluster struct {
	platform *Platform
	ref      controlplane.ServiceRef
	address  *net.TCPAddr
	server   *http.Server
	password string

	off, down bool
	// advanced is when it was done, and advancing how long it took: see manyIndices.
	advanced  time.Time
	advancing time.Duration
	indices   map[string]*index
	remotes   map[string]*Cluster
	rules     []*rule
	// refusing are the templates whose indices no write creates, by their name.
	refusing map[string][]string
	// persistent are the cluster's settings.
	persistent map[string]json.RawMessage
}

// index is an index, and what the plugin has of it.
type index struct {
	name, uuid string
	docs       map[string]bool // by ID; true: written here, not copied
	seq        int             // the last sequence number
	closed     bool
	writeBlock bool   // index.blocks.write
	fencedFor  string // the mark of a fence
	bytes      int64  // of its primary shards
	replicas   int

	marked            bool // it was a replica once
	alias, leader     string
	state             string // empty: no replication
	reason            string
	from              *Cluster // where it was copied from
	leaderUUID        string
	leaseLost         bool
	began, orphanedAt time.Time
	settings          object // those that the replication was started with
	roles             roles
}

// roles are what a replication or a rule was asked to use.
type roles struct {
	Leader   string `json:"leader_cluster_role"`
	Follower string `json:"follower_cluster_role"`
}

type rule struct {
	alias, name, pattern string
	roles                roles
	looked               time.Time
	failed               []string
}

// The states of the plugin.
const (
	bootstrapping = "BOOTSTRAPPING"
	syncing       = "SYNCING"
	paused        = "PAUSED"
	failed        = "FAILED"
)

func (ix *index) active() bool  { return ix.state != "" }
func (ix *index) running() bool { return ix.state == syncing || ix.state == bootstrapping }

func (c *Cluster) endpoint() controlplane.Endpoint {
	return controlplane.Endpoint{Scheme: "http", Host: c.address.IP.String(), Port: c.address.Port, Username: "avnadmin", Password: c.password}
}

func (c *Cluster) sorted() []*index {
	out := make([]*index, 0, len(c.indices))
	for _, name := range slices.Sorted(maps.Keys(c.indices)) {
		out = append(out, c.indices[name])
	}
	return out
}

func (c *Cluster) unreachable() bool { return c.off || c.down }

// advance does what happens by itself until now.
func (c *Cluster) advance() {
	now := c.platform.now()
	if len(c.indices) > manyIndices && now.Sub(c.advanced) < max(manyPause, 10*c.advancing) {
		return
	}
	defer func() { c.advanced = c.platform.now(); c.advancing = c.advanced.Sub(now) }()
	for _, ix := range c.indices {
		if !ix.running() {
			continue
		}
		there := c.source(ix)
		switch leader := c.remotes[ix.alias]; {
		case leader != nil && leader.unreachable():
		case there == nil:
			if ix.orphanedAt.IsZero() {
				ix.orphanedAt = now
			}
			if now.Sub(ix.orphanedAt) >= autoPause && (leader != nil || ix.uuid[0]%3 != 0) { // two times of three, as seen
				ix.state, ix.reason = paused, c.autoPaused(ix)
			}
		default:
			ix.orphanedAt = time.Time{}
			c.copy(ix, there)
			if now.Sub(ix.began) >= bootstrap {
				ix.state = syncing
			}
		}
	}
	for _, r := range c.rules {
		if leader := c.remotes[r.alias]; leader != nil && !leader.unreachable() && now.Sub(r.looked) >= rulePeriod {
			r.looked = now
			c.follow(r, leader)
		}
	}
}

// source is the leader index of a replication; nil where there is none, or
// another one of that name.
func (c *Cluster) source(ix *index) *index {
	leader := c.remotes[ix.alias]
	if leader == nil {
		return nil
	}
	if there := leader.indices[ix.leader]; there != nil && there.uuid == ix.leaderUUID {
		return there
	}
	return nil
}

func (c *Cluster) autoPaused(ix *index) string {
	leader := c.remotes[ix.alias]
	switch {
	case leader == nil:
		return fmt.Sprintf("AutoPaused:  + [[%s][0] - org.opensearch.transport.NoSuchRemoteClusterException - \"no such remote cluster: [%s]\"], ", ix.name, ix.alias)
	case leader.indices[ix.leader] == nil:
		return fmt.Sprintf("AutoPaused:  + [[%s][0] - org.opensearch.index.IndexNotFoundException - \"no such index [%s]\"], ", ix.name, ix.leader)
	}
	return fmt.Sprintf("AutoPaused:  + [[%s][0] - org.opensearch.index.seqno.RetentionLeaseNotFoundException - \"retention lease with ID [x] not found\"], ", ix.name)
}

func (c *Cluster) copy(ix, from *index) {
	for id := range from.docs {
		if _, there := ix.docs[id]; !there {
			ix.docs[id] = false
		}
	}
	ix.seq = from.seq
}

// follow starts at most three of the indices that a rule matches.
func (c *Cluster) follow(r *rule, leader *Cluster) {
	started := 0
	for _, there := range leader.sorted() {
		_, taken := c.indices[there.name]
		if started == 3 || taken || there.closed || !matches(r.pattern, there.name) || slices.Contains(r.failed, there.name) {
			continue
		}
		c.begin(there.name, r.alias, there)
		c.indices[there.name].roles = r.roles
		started++
	}
}

// begin starts a replication.
func (c *Cluster) begin(name, alias string, from *index) {
	ix := &index{name: name, uuid: random(), docs: map[string]bool{}, seq: -1, marked: true, alias: alias, leader: from.name, state: bootstrapping,
		reason: "User initiated", from: c.remotes[alias], leaderUUID: from.uuid, began: c.platform.now(), bytes: from.bytes, replicas: from.replicas}
	c.indices[name] = ix
	c.copy(ix, from)
}

// end stops a replication: the index becomes an ordinary one, and one whose
// first copy is not complete is deleted.
func (c *Cluster) end(ix *index) {
	if ix.state == bootstrapping {
		delete(c.indices, ix.name)
	}
	ix.state, ix.reason = "", ""
}

// loss is what would be lost with an index.
func (c *Cluster) loss(ix *index) Loss {
	loss := Loss{Service: c.ref.Name, Index: ix.name, UUID: ix.uuid}
	var there *index
	if ix.from != nil {
		there = ix.from.indices[ix.leader]
	}
	loss.Leaderless = there == nil
	for _, id := range slices.Sorted(maps.Keys(ix.docs)) {
		switch own := ix.docs[id]; {
		case own:
			loss.Own = append(loss.Own, id)
		case there == nil:
			loss.Last = append(loss.Last, id)
		default:
			if _, kept := there.docs[id]; !kept {
				loss.Last = append(loss.Last, id)
			}
		}
	}
	return loss
}
