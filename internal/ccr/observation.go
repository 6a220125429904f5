// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"maps"
	"slices"
)

// Observation is what one look saw of a follower: everything that it has, and
// of one leader, whose alias it names, what is known of it.
type Observation struct {
	// Alias names the leader on the follower.
	Alias string
	// Connections are the follower's remote clusters by alias, nil where the
	// route is closed to this user.
	Connections map[string]Connection
	// Connection is the leader's. It is absent only where it stayed missing.
	Connection Fact[Connection]
	// Reach is whether the leader can be reached from the follower. Absent is
	// the proof that it cannot, which takes more than one look.
	Reach Fact[struct{}]
	// Leader are the leader's indices. A listing finds indices; that one is
	// not in it proves nothing.
	Leader Fact[[]LeaderIndex]
	// Gone are the leader indices that are proven to be missing, each with the proof.
	Gone map[string]Proof
	// Indices are the follower's indices by name, without hidden ones, and the
	// names of replications that are on record without an index.
	Indices ByName[FollowerIndex]
	// Rules are the autofollow rules of all leaders.
	Rules Fact[[]Rule]
	// Fences are the leader's indices that take no writes, or bear the mark of a
	// fence. They are read only where something depends on them.
	Fences Fact[map[string]Fence]
}

// LeaderIndex is an index of the leader as a listing shows it.
type LeaderIndex struct {
	Name   string
	Closed bool
}

// Connection is a follower's remote-cluster connection as `_remote/info` shows it.
type Connection struct {
	Alias     string
	Connected bool
	// Mode is "sniff" or "proxy".
	Mode string
	// Addresses are the seeds or the proxy address.
	Addresses []string
}

// LeaderIndexGone is the proof that a leader index does not exist: the leader's
// answer to a request for that very name.
func LeaderIndexGone(index string) Proof {
	return Proof{"the leader answers that it has no index " + index}
}

// connected reports whether the follower was connected at this look.
func (o Observation) connected() bool {
	_, reached := o.Reach.Value()
	return reached
}

// follows reports whether a follower index replicates this leader, and which of
// its indices. Where the follower hides what it replicates, an index that is
// known to be a replica of this leader (owned) or that can be of no other leader
// counts.
func (o Observation) follows(f *FollowerIndex, owned Owned) (leaderIndex string, follows bool) {
	if source, marked := f.Source.Value(); marked && source.Alias != "" {
		return source.Index, source.Alias == o.Alias // what most are
	}
	source, replicates := f.Replicates().Value()
	switch {
	case !replicates:
		return "", false
	case source.Alias != "":
		return source.Index, source.Alias == o.Alias
	case f.UUID() != "" && owned.At(f.Name) == f.UUID():
		return f.Name, true
	case len(o.Connections) == 1:
		_, ours := o.Connections[o.Alias]
		return f.Name, ours
	}
	return "", false
}

// listed are the leader's indices that are known, and whether each is open.
func (o Observation) listed() ByName[bool] {
	known, _ := o.Leader.Value()
	names, open := make([]string, len(known)), make([]bool, len(known))
	for i, ix := range known { // clusters list them in order
		names[i], open[i] = ix.Name, !ix.Closed
	}
	return InOrder(names, open)
}

// matching are the leader's open indices that the patterns cover, in order. A
// closed index cannot be replicated (recording 25 of the contract).
func (o Observation) matching(patterns []string) []string {
	listed, _ := o.Leader.Value()
	names := make([]string, 0, len(listed))
	for _, ix := range listed {
		if !ix.Closed && MatchesAny(patterns, ix.Name) {
			names = append(names, ix.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Replicating are the follower indices that replicate this leader, in order.
// owned is as in [Desired].
func (o Observation) Replicating(owned Owned) []FollowerIndex {
	var out []FollowerIndex
	for _, f := range o.Indices.All() {
		if _, follows := o.follows(f, owned); follows {
			out = append(out, *f)
		}
	}
	return out
}

// OwnedNow are the follower indices that a resource may answer for, by UUID: those
// that it knew and that still exist, and those of its patterns that replicate
// the leader now. It is the only record of a replica that was stopped later.
func (o Observation) OwnedNow(patterns []string, known Owned) Owned {
	changed := map[string]string{} // an empty UUID: not any more
	before := known.Ascending()
	for name, f := range o.Indices.All() {
		knew, was := before(name)
		uuid := f.UUID()
		if was && uuid != "" && *knew == uuid {
			continue
		}
		source, follows := o.follows(f, known)
		_, gone := f.Index.Absent()
		switch {
		case uuid != "" && follows && MatchesAny(patterns, source):
			changed[name] = uuid
		case was && (*knew == "" || f.Exists() || gone):
			changed[name] = ""
		}
	}
	if len(changed) == 0 {
		return known // as most often
	}
	owned := maps.Collect(known.Values())
	for name, uuid := range changed {
		if owned[name] = uuid; uuid == "" {
			delete(owned, name)
		}
	}
	return NewByName(owned)
}

// Lag returns the greatest lag of all replications of this leader, in operations.
func (o Observation) Lag() int64 {
	var greatest int64
	for _, f := range o.Replicating(Owned{}) {
		if lag, known := f.Lag(); known {
			greatest = max(greatest, lag)
		}
	}
	return greatest
}

// Suspects are the leader indices that the leader does not list and that the
// plugin takes for deleted, or whose replication is paused for another reason: a
// resume would be refused. Each has to be asked for by name, in this order.
func (o Observation) Suspects(owned Owned) []string {
	_, known := o.Leader.Value()
	var names []string
	for _, f := range o.Indices.All() {
		source, follows := o.follows(f, owned)
		if follows && (f.leaderIndexMissing() || known && f.State == Paused) {
			names = append(names, source)
		}
	}
	if len(names) == 0 {
		return nil
	}
	listed := o.listed()
	return slices.DeleteFunc(names, func(name string) bool { _, there := listed.Find(name); return there })
}
