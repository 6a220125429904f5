// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "slices"

// Approval is the list of what a plan named. An apply destroys nothing else.
type Approval struct {
	// Keys are the keys of the destructions that the plan listed.
	Keys map[string]bool
	// Replications: the plan said that every replication of this leader ends
	// (a promotion, a destroy), also of an index or a rule that came later.
	Replications bool
	// Unlinks: the plan said that the follower is unlinked from this leader and
	// kept (a destroy that promotes), whichever integration it is linked by then.
	Unlinks bool
}

// Approve makes the list of what is named in steps, those that a step comes to
// only if the leader refuses it included.
func Approve(mode Mode, steps []Step) Approval {
	a := Approval{Keys: map[string]bool{}, Replications: mode == ModePromoted}
	for _, s := range steps {
		for _, d := range []Destruction{s.Destroys, s.OrDestroys} {
			if d.Permits() {
				a.Keys[d.Key()] = true
			}
		}
	}
	return a
}

// Allows reports whether the plan named a destruction.
func (a Approval) Allows(d Destruction) bool {
	if a.Replications && (d.kind == DestroysReplication || d.kind == DestroysRule) {
		return true
	}
	if a.Unlinks && d.kind == DestroysIntegration {
		return true
	}
	return a.Keys[d.Key()]
}

// Foresight is what a refresh found that an apply can come to destroy. Terraform
// plans once more during apply, and what the world has turned into by then was in
// no plan that anybody has seen: only what the refresh of the plan found, which
// the second plan is given too, can have been named. The zero value is that of a
// refresh that could not look: it foresees nothing.
type Foresight struct {
	// Keys are the keys of the destructions of follower indices that their state
	// can lead to, whatever is desired and permitted.
	Keys []string
	// Kept are the indices that this resource answers for and that would be kept
	// even if no pattern covered them: all others can be deleted for that. It is
	// nil where no refresh has looked.
	Kept map[string]bool
	// Repairs: there was something to repair.
	Repairs bool
}

// Foresee works out what the state of the indices can lead to.
func Foresee(d Desired, o Observation) Foresight {
	f := Foresight{Kept: map[string]bool{}, Repairs: len(Decide(d, o).Repairs()) > 0}
	if d.Single == nil {
		d, o = f.setAside(d, o)
	}
	o.Reach = Present(struct{}{})
	o.Leader = Present(leaderOf(d, o))
	found := map[string]bool{}
	for _, mode := range []Mode{ModeReplicating, ModePaused} {
		for _, policy := range []OnLeaderDelete{LeaderDeleteAll, LeaderDeleteKeep} {
			if mode == ModePaused && policy == LeaderDeleteKeep && d.Single == nil {
				continue // a pause of a whole follower follows no deletion of the leader
			}
			d.Mode, d.Permits = mode, Permissions{Rebuild: true, OnLeaderDelete: policy}
			for key := range Approve(mode, Decide(d, o).Steps).Keys {
				found[key] = true
			}
		}
	}
	for key := range found {
		f.Keys = append(f.Keys, key)
	}
	slices.Sort(f.Keys)
	if d.Single != nil {
		return f
	}
	for name := range d.Owned.All() {
		f.Kept[name] = true
	}
	d.Mode, d.Patterns, d.Permits.RemovedPatterns = ModeReplicating, nil, []string{"*"}
	for _, s := range Decide(d, o).Steps {
		if s.Destroys.cause == causePattern {
			delete(f.Kept, s.Index)
		}
	}
	return f
}

// setAside leaves out the replicas that run, which are most: whatever is desired
// and permitted, only the removal of its pattern can delete one of them.
func (f *Foresight) setAside(d Desired, o Observation) (Desired, Observation) {
	w := newWork(d, o)
	w.Permits.RemovedPatterns = []string{"*"}
	var rest ByName[FollowerIndex]
	known := d.Owned.Ascending()
	for name, index := range o.Indices.All() {
		source, follows := o.follows(index, d.Owned)
		if !follows || index.State != Syncing {
			rest.add(name, *index)
			continue
		}
		_, removable := w.removable(*index, source)
		if _, owned := known(name); owned && !removable {
			f.Kept[name] = true
		}
	}
	var owned Owned
	all, others := o.Indices.Ascending(), rest.Ascending()
	for name, uuid := range d.Owned.All() {
		_, listed := all(name)
		if _, other := others(name); !listed || other {
			owned.add(name, *uuid)
		}
	}
	o.Indices, d.Owned = rest, owned
	return d, o
}

// leaderOf is a leader that has every index that the follower could copy again,
// but for those that are proven to be gone.
func leaderOf(d Desired, o Observation) []LeaderIndex {
	names := map[string]bool{}
	for name := range d.Owned.All() {
		names[name] = true
	}
	for _, f := range o.Replicating(d.Owned) {
		source, _ := o.follows(&f, d.Owned)
		names[source] = true
	}
	if d.Single != nil {
		names[d.Single.Leader] = true
	}
	for name := range o.Gone {
		delete(names, name)
	}
	listed := make([]LeaderIndex, 0, len(names))
	for name := range names {
		listed = append(listed, LeaderIndex{Name: name})
	}
	return listed
}

// Approve is [Approve] of steps that a plan names, without the follower indices
// whose deletion the refresh of that plan did not foresee. owned is as that
// refresh left it.
func (f Foresight) Approve(mode Mode, steps []Step, owned Owned) Approval {
	foreseen := make(map[string]bool, len(f.Keys))
	for _, key := range f.Keys {
		foreseen[key] = true
	}
	may := func(d Destruction) bool {
		switch {
		case d.kind != DestroysIndex || foreseen[d.Key()]:
			return true
		case d.cause == causePattern:
			return f.Kept != nil && owned.At(d.object.index) == d.object.uuid && !f.Kept[d.object.index]
		}
		return false
	}
	named := slices.Clone(steps)
	for i := range named {
		if !may(named[i].Destroys) {
			named[i].Destroys = Destruction{}
		}
		if !may(named[i].OrDestroys) {
			named[i].OrDestroys = Destruction{}
		}
	}
	return Approve(mode, named)
}
