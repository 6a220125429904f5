// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memory

import (
	"slices"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// This file has what people and accidents do to a cluster, beside Terraform.

// do changes a cluster by hand.
func (c *Cluster) do(change func()) {
	c.platform.mu.Lock()
	defer c.platform.mu.Unlock()
	c.advance()
	change()
}

// Write writes a document; false where the plugin blocks the index, and where it
// does not exist unless creates is set.
func (c *Cluster) Write(name, id string, creates bool) (written bool) {
	c.do(func() { written = c.write(name, id, creates) })
	return written
}

func (c *Cluster) write(name, id string, creates bool) bool {
	ix := c.indices[name]
	switch {
	case ix == nil && (!creates || c.keptOut(name)), ix != nil && (ix.active() || ix.writeBlock):
		return false
	case ix == nil:
		ix = &index{name: name, uuid: random(), docs: map[string]bool{}, seq: -1}
		c.indices[name] = ix
	}
	ix.docs[id] = true
	ix.seq++
	return true
}

// Resize makes an index, which must exist, say that its primary shards have so many
// bytes and that each has so many replicas.
func (c *Cluster) Resize(name string, bytes int64, replicas int) {
	c.do(func() { c.indices[name].bytes, c.indices[name].replicas = bytes, replicas })
}

// Seed makes n indices with a document each.
func (c *Cluster) Seed(n int, name func(i int) string) {
	c.do(func() {
		for i := range n {
			c.write(name(i), "1", true)
		}
	})
}

// Drop deletes indices.
func (c *Cluster) Drop(names ...string) {
	c.do(func() {
		for _, name := range names {
			delete(c.indices, name)
		}
	})
}

// Stop ends a replication, Pause holds one, Resume goes the way back, Fail makes one fail, and Expire lets
// the leader forget the history of one that is paused. They do nothing to what
// does not replicate.
func (c *Cluster) Stop(name string) { c.do(func() { c.with(name, c.end) }) }

// Pause is described at [Cluster.Stop].
func (c *Cluster) Pause(name string) {
	c.do(func() { c.with(name, func(ix *index) { ix.state, ix.reason = paused, "User initiated" }) })
}

// Resume is described at [Cluster.Stop].
func (c *Cluster) Resume(name string) {
	c.do(func() { c.with(name, func(ix *index) { ix.state = syncing }) })
}

// Fail is described at [Cluster.Stop].
func (c *Cluster) Fail(name string) {
	c.do(func() { c.with(name, func(ix *index) { ix.state, ix.reason = failed, "something went wrong" }) })
}

// Expire is described at [Cluster.Stop].
func (c *Cluster) Expire(name string) {
	c.do(func() { c.with(name, func(ix *index) { ix.leaseLost = ix.state == paused }) })
}

func (c *Cluster) with(name string, change func(*index)) {
	if ix := c.indices[name]; ix != nil && ix.active() {
		change(ix)
	}
}

// Follow starts the replication of another leader's index, with a rule for more.
func (c *Cluster) Follow(alias string, leader *Cluster, name, ruleName, pattern string) {
	c.do(func() {
		c.remotes[alias] = leader
		c.begin(name, alias, leader.indices[name])
		c.rules = append(c.rules, &rule{alias: alias, name: ruleName, pattern: pattern})
	})
}

// DropRules deletes the rules of a leader.
func (c *Cluster) DropRules(alias string) {
	c.do(func() { c.rules = slices.DeleteFunc(c.rules, func(r *rule) bool { return r.alias == alias }) })
}

// Rules are the names of all rules, in order.
func (c *Cluster) Rules() (names []string) {
	c.do(func() {
		for _, r := range c.rules {
			names = append(names, r.name)
		}
	})
	slices.Sort(names)
	return names
}

// SetDown makes the cluster unreachable, or reachable again.
func (c *Cluster) SetDown(down bool) { c.do(func() { c.down = down }) }

// SetPassword changes the password of the service's user.
func (c *Cluster) SetPassword(password string) { c.do(func() { c.password = password }) }

// Block puts a write block on an index.
func (c *Cluster) Block(name string) { c.do(func() { c.indices[name].writeBlock = true }) }

// Blocked are the indices with a write block, in order.
func (c *Cluster) Blocked() (names []string) {
	c.do(func() {
		for _, ix := range c.sorted() {
			if ix.writeBlock {
				names = append(names, ix.name)
			}
		}
	})
	return names
}

// Index is what the cluster holds of an index.
type Index struct {
	Name, UUID string
	// State is empty where no replication is in progress.
	State string
	// Source is what it replicates or did, as ALIAS:INDEX.
	Source string
	Docs   []string
}

// Endpoint is where the cluster answers, and to whom.
func (c *Cluster) Endpoint() (e controlplane.Endpoint) {
	c.do(func() { e = c.endpoint() })
	return e
}

// Look lists the indices in order.
func (c *Cluster) Look() (all []Index) {
	c.do(func() {
		for _, ix := range c.sorted() {
			seen := Index{Name: ix.name, UUID: ix.uuid, State: ix.state, Source: ix.alias + ":" + ix.leader}
			for id := range ix.docs {
				seen.Docs = append(seen.Docs, id)
			}
			slices.Sort(seen.Docs)
			all = append(all, seen)
		}
	})
	return all
}
