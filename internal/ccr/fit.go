// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
)

// IndexSize is an index as `_cat/indices` lists it with its size.
type IndexSize struct {
	Name   string
	Closed bool
	// Bytes are those of its primary shards; unknown where the cluster does not
	// say, or where one of these shards is missing.
	Bytes    Fact[int64]
	Replicas int
}

// copies is how many copies of an index a cluster of so many nodes holds: no node
// has two of the same shard. 0 nodes: their number is not known.
func (s IndexSize) copies(nodes int) int64 {
	if nodes > 0 {
		return int64(min(s.Replicas+1, nodes))
	}
	return int64(s.Replicas + 1)
}

// Demand is what the copies of a leader's indices need on a follower.
type Demand struct {
	// Indices are the names of the leader's open indices that the patterns match.
	// A closed index is not copied.
	Indices []string
	// Bytes are those of their primary shards: what is copied from the leader.
	Bytes int64
	// OnDisk are the bytes that they take on the follower, with replicas.
	OnDisk int64
	// Others are the bytes of other indices that the follower already has.
	Others int64
}

// DemandOf works out what a follower of so many nodes needs for the indices of
// its leader that the patterns match. held are the indices that the follower has,
// nil for a new one: what it has of the leader is not copied again. 0 nodes:
// their number is not known.
func DemandOf(patterns []string, leader Fact[[]IndexSize], held []IndexSize, nodes int) Fact[Demand] {
	listed, known := leader.Value()
	if why, unknown := leader.Unknown(); unknown || !known {
		return Unknown[Demand](why)
	}
	var d Demand
	there := map[string]bool{}
	for _, ix := range held {
		there[ix.Name] = true
		if size, sized := ix.Bytes.Value(); sized && !ix.Closed && !slices.ContainsFunc(listed, func(l IndexSize) bool { return l.Name == ix.Name && MatchesAny(patterns, l.Name) }) {
			d.Others += size * ix.copies(nodes)
		}
	}
	for _, ix := range listed {
		if ix.Closed || !MatchesAny(patterns, ix.Name) {
			continue
		}
		size, sized := ix.Bytes.Value()
		if !sized {
			why, _ := ix.Bytes.Unknown()
			return Unknown[Demand](fmt.Sprintf("the size of index %s is not known: %s", ix.Name, why))
		}
		d.OnDisk += size * ix.copies(nodes)
		if !there[ix.Name] {
			d.Indices = append(d.Indices, ix.Name)
			d.Bytes += size
		}
	}
	slices.Sort(d.Indices)
	return Present(d)
}

const (
	// watermark is the share of its disk, in percent, above which a node gets no
	// more shards: OpenSearch's default for
	// cluster.routing.allocation.disk.watermark.low, and Aiven's.
	watermark = 85
	// roomyShare is the share of a disk that data may take, in percent, with room
	// to grow: Aiven's autoscaler enlarges the disk of an OpenSearch service when
	// more of it is used.
	roomyShare = 75

	bytesPerMB = 1 << 20
)

// megabytes is a number of bytes in the unit of disk_space_mb, rounded up.
func megabytes(bytes int64) int { return int((bytes + bytesPerMB - 1) / bytesPerMB) }

// diskOf is the disk space in MiB of which so many bytes take a share in percent.
func diskOf(bytes int64, share int) int { return (megabytes(bytes)*100 + share - 1) / share }

// DiskFor is the smallest disk space in MiB, of at least mb, that a service of
// the plan can have in the cloud; false where there is none, or where the API
// does not say.
func (c Capacity) DiskFor(mb int) (int, bool) {
	switch {
	case c.DiskMB == 0:
		return 0, false
	case mb <= c.DiskMB:
		return c.DiskMB, true
	case mb > c.DiskMaxMB:
		return 0, false
	}
	if c.DiskStepMB > 0 {
		if over := (mb - c.DiskMB) % c.DiskStepMB; over > 0 {
			mb += c.DiskStepMB - over
		}
	}
	return min(mb, c.DiskMaxMB), true
}

// DiskLike is the disk space in MiB for a service of a plan in a cloud that is to
// have no less than mb: what a new follower takes from its leader, and what a
// follower keeps when its plan or cloud is changed. It is 0, for the plan's own,
// where that is as large or where the plan cannot have so much.
func DiskLike(mb int, plan, cloud string, offered []Plan) int {
	p, _ := planNamed(offered, plan)
	at := p.Clouds[cloud]
	if like, possible := at.DiskFor(mb); possible && like > at.DiskMB {
		return like
	}
	return 0
}

// NodesOf is how many nodes a service of a plan has, 0 where that is not known.
func NodesOf(plan string, offered []Plan) int {
	p, _ := planNamed(offered, plan)
	return p.NodeCount
}
