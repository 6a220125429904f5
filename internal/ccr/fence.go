// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
)

// Fence is what keeps writes from an index of the leader.
type Fence struct {
	// Blocked: the index has a write block (`index.blocks.write`).
	Blocked bool
	// For is the follower, as project/name, whose promotion has put the block
	// up; empty where somebody else has.
	For string
}

// FencedFor are the indices that are fenced for a follower, in order.
func FencedFor(fences map[string]Fence, follower string) []string {
	var names []string
	for name, fence := range fences {
		if fence.For == follower && follower != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Lift is the step that takes away the write blocks that were put up on the
// leader for a follower; false where there are none.
func Lift(p PairObservation, why string) (Step, bool) {
	fences, _ := p.Fences.Value()
	names := FencedFor(fences, p.Follower.Ref())
	if len(names) == 0 {
		return Step{}, false
	}
	return Step{Action: ActionLiftFence, Names: names, What: linkedLeader(p), Why: why}, true
}

// LiftAfterFailure is [Lift] after a promotion that has failed. As long as no
// replication has ended, the leader is the only primary and takes writes again.
// After that the follower is one too, and only the end of the promotion or the
// user can say which of the two stays one.
func LiftAfterFailure(d Desired, p PairObservation) (Step, bool) {
	if d.Mode != ModePromoted || !d.Fence {
		return Step{}, false
	}
	if _, linked := p.Link.Value(); !linked || len(p.endedAlready(d)) > 0 {
		return Step{}, false
	}
	return Lift(p, "the promotion has failed, and no replication has ended")
}

// endedAlready are the follower indices of this resource whose replication does not run any more.
func (o Observation) endedAlready(d Desired) []string {
	var names []string
	for name, f := range o.Indices.All() {
		if _, stopped := f.Replicates().Absent(); stopped && d.owns(*f) {
			names = append(names, name)
		}
	}
	return names
}

// PerhapsFenced reports whether the leader has to be asked for write blocks: a
// promotion is to put them up or to take them away, or one that was cut short may
// have left them. That one removes the rules before it blocks anything.
func (p PairObservation) PerhapsFenced(d Desired) bool {
	if d.Mode == ModePromoted {
		return d.Fence || d.Lift
	}
	if p.Follower.State == ServicePowerOff || p.Unreadable != "" {
		return false
	}
	w := newWork(d, p.Observation)
	_, unread := w.Rules.Unknown()
	return d.Mode == ModePaused || !unread && len(w.missingRules()) > 0
}

// fence decides about the write blocks that a promotion with fence_leader puts up
// first: every index of the leader that the follower has or is to have takes no
// writes any more. refused says why that cannot be done.
func (w *work) fence(leader string) (refused string) {
	if proof, unreachable := w.Reach.Absent(); unreachable {
		return proof.String()
	}
	if why, unknown := w.Reach.Unknown(); unknown {
		return why
	}
	fences, known := w.Fences.Value()
	if why, unknown := w.Fences.Unknown(); unknown || !known {
		return "its indices cannot be read: " + why
	}
	if why, unlisted := w.Leader.Unknown(); unlisted {
		return "its indices cannot be listed: " + why
	}
	var open []string
	meant := map[string]bool{}
	for name, f := range w.Indices.All() {
		source, ours := w.follows(f, w.Owned)
		if !ours && w.owns(*f) {
			source = name // it has ended already
		}
		if source != "" && w.listed.At(source) {
			meant[source] = true
		}
	}
	for _, name := range w.matching(w.Patterns) {
		f, listed := w.Indices.Find(name)
		if _, absent := f.Index.Absent(); !listed || absent {
			w.adds = append(w.adds, Step{Action: ActionStart, Index: name, LeaderIndex: name, Why: "the leader has it since a moment ago"})
			meant[name] = true
		}
	}
	for name := range meant {
		if !fences[name].Blocked {
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		slices.Sort(open)
		at := 0 // behind the rules, whose absence tells of a fence that was left
		for at < len(w.drops) && w.drops[at].Action == ActionRemoveRule {
			at++
		}
		w.drops = slices.Insert(w.drops, at, Step{Action: ActionFence, Names: open, What: leader})
	}
	return ""
}

// fenceText is what a step of the fence does.
func fenceText(s Step) string {
	if s.Action == ActionFence {
		return fmt.Sprintf("block writes on %s of leader %s", CountedIndices(s.Names), s.What)
	}
	return fmt.Sprintf("lift the write block on %s of the leader", CountedIndices(s.Names))
}
