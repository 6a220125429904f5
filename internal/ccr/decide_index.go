// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "fmt"

// follow decides about one index that should replicate.
func (w *work) follow(t target) {
	switch {
	case t.follows && !t.meant:
		w.outside(t)
	case t.follows:
		w.copies++
		w.keep(t)
	default:
		w.begin(t)
	}
}

// keep decides about a replica that is meant to be one.
func (w *work) keep(t target) {
	f := t.index
	if proof, gone := w.Gone[t.leader]; gone && w.leaderGone(t, proof) {
		return
	}
	s := Step{Index: f.Name, LeaderIndex: t.leader}
	switch f.State {
	case Syncing:
		return
	case Bootstrapping, Running:
		w.copying = append(w.copying, f.Name)
		return
	case StateUnknown:
		w.unclear = append(w.unclear, "the follower does not report the state of index "+f.Name)
		return
	case Paused:
		if f.leaderIndexMissing() && (w.has(t.leader) || f.HistoryLost) {
			w.recreated(t)
			return
		}
		if why := f.historyLost(); why != "" {
			w.rebuild(t, why, f.HistoryLost)
			return
		}
		if f.leaderIndexMissing() && !w.has(t.leader) {
			w.unclear = append(w.unclear, "index "+f.Name+" is paused ("+f.Reason+"), and the leader has not confirmed that index "+t.leader+" is gone")
			return
		}
		s.Action, s.Why = ActionResume, because("paused", f.Reason)
		s.OrDestroys, _ = w.rebuilding(f, historyGone)
	case Failed:
		w.rebuild(t, because(whyFailed, f.Reason), false)
		return
	case NotInProgress:
		w.rebuild(t, "the follower reports no replication in progress although the index is marked as a replica", false)
		return
	}
	w.adds = append(w.adds, s)
}

// begin decides about an index that is meant to be a replica and is none.
func (w *work) begin(t target) {
	f := t.index
	source, replicates := f.Replicates().Value()
	if why, unknown := f.Replicates().Unknown(); unknown {
		w.unclear = append(w.unclear, why)
		return
	}
	_, absent := f.Index.Absent()
	why, unlisted := w.Leader.Unknown()
	switch {
	case replicates && source.Alias != "":
		w.note(NoteTaken, f.Name, source.String())
	case replicates:
		w.unclear = append(w.unclear, "index "+f.Name+" replicates, but the follower hides which leader")
	case absent:
		w.start(t)
	case !f.Exists():
		w.unclear = append(w.unclear, "whether the follower has index "+f.Name+" is not known")
	case !w.owns(f):
		w.note(NoteTaken, f.Name, "an index that is not a replica")
	case w.Single == nil && !w.has(t.leader) && unlisted:
		w.unclear = append(w.unclear, "the replication of index "+f.Name+" was stopped, and the leader's indices cannot be listed: "+why)
	case w.Single == nil && !w.has(t.leader):
		w.note(NoteStoppedAlone, f.Name, "")
	case !w.Permits.Rebuild:
		w.refuse(RefusedOwnWrites, f.Name)
	default:
		w.rebuild(t, "its replication was stopped", false)
	}
}

// start follows an index that the follower does not have yet.
func (w *work) start(t target) {
	if open := w.listed.At(t.leader); w.Single == nil && !open {
		return // this resource started it once, and now the follower has none and the leader none that is open
	}
	s := Step{Action: ActionStart, Index: t.index.Name, LeaderIndex: t.leader, Why: "it is missing on the follower"}
	rules, _ := w.Rules.Value()
	for _, rule := range rules {
		if !w.wants(rule) || !Matches(rule.Pattern, t.leader) {
			continue
		}
		if w.ruleFailed(rule, t.leader) {
			s.Heals, s.Why = false, "autofollow rule "+rule.Name+" could not start it"
			break
		}
		s.Heals = true
	}
	w.adds = append(w.adds, s)
}

// ruleFailed reports whether a rule could not start an index. The names of each
// rule are put into a set once: a rule can fail for as many indices as there are.
func (w *work) ruleFailed(rule Rule, leaderIndex string) bool {
	failed, known := w.failed[rule.Name]
	if !known {
		failed = make(map[string]bool, len(rule.FailedIndices))
		for _, name := range rule.FailedIndices {
			failed[name] = true
		}
		w.failed[rule.Name] = failed
	}
	return failed[leaderIndex]
}

// rebuild deletes a follower index and starts its replication again, where that
// is permitted. refused says that the leader itself has refused to resume, which
// it can only do for an index that it has.
func (w *work) rebuild(t target, why string, refused bool) {
	f := t.index
	if !w.identified(f) {
		w.unclear = append(w.unclear, "index "+f.Name+" must be copied again ("+why+"), and the follower hides which leader it replicates")
		return
	}
	destroys, permitted := w.rebuilding(f, why)
	if !permitted {
		w.refuse(RefusedOwnWrites, f.Name)
		return
	}
	// Nothing is deleted without something to copy again.
	if obstacle := w.uncopyable(t.leader); obstacle != "" && (!refused || obstacle != notSeen) {
		w.unclear = append(w.unclear, "index "+f.Name+" must be copied again ("+why+"), and the leader "+obstacle+" index "+t.leader)
		return
	}
	w.adds = append(w.adds, Step{Action: ActionRebuild, Index: f.Name, LeaderIndex: t.leader, Why: why, Destroys: destroys})
}

// notSeen is what is said of a leader index that may exist all the same.
const notSeen = "is not seen to have"

// uncopyable says why a leader index cannot be copied, or "" where it can. A
// closed index is refused by the server (recording 25 of the contract).
func (w *work) uncopyable(leaderIndex string) string {
	open, listed := w.listed.Find(leaderIndex)
	_, gone := w.Gone[leaderIndex]
	switch {
	case gone:
		return "no longer has"
	case listed && !open:
		return "has closed"
	case !listed:
		return notSeen
	}
	return ""
}

// identified reports whether it is certain that an index replicates this leader
// or did: by its mark, or because this resource started or adopted it. That the
// follower has no other connection does not prove it, since a connection can be removed
// while the copies of its leader stay.
func (w *work) identified(f FollowerIndex) bool {
	source, marked := f.Source.Value()
	return marked && source.Alias == w.Observation.Alias || w.owns(f)
}

// rebuilding is the permission to delete a follower index that is copied again:
// given where nobody but the plugin can have written to it, else by rebuild = true.
func (w *work) rebuilding(f FollowerIndex, why string) (Destruction, bool) {
	d := Destruction{kind: DestroysIndex, object: object{index: f.Name, uuid: f.UUID()}, loses: "follower index " + f.Name + ", which is copied again from the leader"}
	if f.UUID() == "" || !w.identified(f) {
		return Destruction{}, false
	}
	if proof, none := f.untouched(); none {
		d.proof, d.permission, d.cause, d.untouched = proof, "its state: "+why, causeState, true
		return d, true
	}
	if w.Permits.Rebuild && w.owns(f) {
		d.proof, d.permission = provenOwn(f.UUID()), "rebuild = true"
		d.cause = causeRebuild
		d.loses = "follower index " + f.Name + " with everything that was written to it after its replication ended"
		return d, true
	}
	return Destruction{}, false
}

// recreated decides about a replica that the plugin has paused because the leader
// had no such index, of which the leader has one now. It is the same index where the
// plugin was mistaken; then the replication can be resumed. Else the copy is one of
// an index that the leader has deleted, perhaps the last: only who permits deletions
// of the leader to be taken over, or a rebuild, loses it.
func (w *work) recreated(t target) {
	f := t.index
	s := Step{Action: ActionResume, Index: f.Name, LeaderIndex: t.leader, Why: because("paused", f.Reason)}
	d := Destruction{kind: DestroysIndex, object: object{index: f.Name, uuid: f.UUID()}, loses: "follower index " + f.Name + ", a copy of an index that the leader has deleted"}
	proof, none := f.untouched()
	steps := &w.adds
	switch {
	case !w.connected():
		return
	case f.UUID() != "" && w.Single == nil && w.Permits.OnLeaderDelete != LeaderDeleteKeep && none && w.identified(f):
		d.proof, d.permission, d.cause, d.untouched = proof, "on_leader_delete", causeLeader, true
		steps = &w.gone
	case f.UUID() != "" && w.Permits.Rebuild && w.owns(f):
		d.proof, d.permission, d.cause = provenOwn(f.UUID()), "rebuild = true", causeRebuild
	case w.Single == nil:
		w.note(NoteKept, f.Name, t.leader)
		return
	default:
		w.refuse(RefusedRecreated, f.Name)
		return
	}
	if !f.HistoryLost {
		s.OrDestroys = d
		*steps = append(*steps, s)
		return
	}
	s.Action, s.Why, s.Destroys = ActionRebuild, anotherIndex(t.leader), d
	if obstacle := w.uncopyable(t.leader); obstacle != "" && obstacle != notSeen {
		w.unclear = append(w.unclear, "index "+f.Name+" must be copied again ("+s.Why+"), and the leader "+obstacle+" index "+t.leader)
		return
	}
	*steps = append(*steps, s)
}

// outside decides about a replica that no pattern covers.
func (w *work) outside(t target) {
	f := t.index
	proof, permitted := w.removable(f, t.leader)
	if !permitted {
		w.note(NoteOutside, f.Name, t.leader)
		return
	}
	w.drops = append(w.drops, Step{Action: ActionRemoveIndex, Index: f.Name, LeaderIndex: t.leader, Why: "no pattern matches it any longer",
		Destroys: Destruction{kind: DestroysIndex, object: object{index: f.Name, uuid: f.UUID()}, proof: proof,
			permission: "the removal of its pattern", cause: causePattern, loses: "follower index " + f.Name, untouched: true}})
}

// removable reports whether a replica that no pattern covers any longer may be
// deleted, with the proof that it has nothing of its own.
func (w *work) removable(f FollowerIndex, leaderIndex string) (Proof, bool) {
	proof, none := f.untouched()
	// Without its mark it may well follow a leader index that a pattern covers.
	return proof, none && !w.hidden(f) && w.owns(f) && MatchesAny(w.Permits.RemovedPatterns, leaderIndex)
}

// leaderGone decides about a replica whose leader index does not exist, and
// reports whether there is nothing else to do about it. To delete the copy, the
// plugin must have paused it for the same reason; until then a replication that
// does not run is left alone, because nothing can start it.
func (w *work) leaderGone(t target, proof Proof) bool {
	f := t.index
	_, none := f.untouched()
	switch {
	case f.leaderIndexMissing():
	case f.State == Paused || f.State == Failed || f.State == NotInProgress:
		w.unclear = append(w.unclear, "index "+f.Name+" does not replicate, and "+proof.String())
		return true
	default:
		return false
	}
	if w.Single != nil || w.Permits.OnLeaderDelete == LeaderDeleteKeep || !none || f.UUID() == "" || !w.identified(f) {
		w.note(NoteKept, f.Name, t.leader)
		return true
	}
	w.gone = append(w.gone, Step{Action: ActionRemoveIndex, Index: f.Name, LeaderIndex: t.leader, Why: "the leader has deleted index " + t.leader,
		Destroys: Destruction{kind: DestroysIndex, object: object{index: f.Name, uuid: f.UUID()}, proof: proof,
			permission: "on_leader_delete", cause: causeLeader, loses: "follower index " + f.Name + ", the last copy that Terraform knows of", untouched: true}})
	return true
}

// fewGone is how many deleted leader indices are always followed, whatever
// their share of the copies.
const fewGone = 2

// leaderDeleted takes over the deletions of the leader, up to a quarter of the
// copies unless more is permitted. A leader that may have lost more than that is
// not believed until the loss of each index is proven.
func (w *work) leaderDeleted() {
	if len(w.gone) == 0 {
		return
	}
	if w.Permits.OnLeaderDelete == LeaderDeleteAll {
		w.drops = append(w.drops, w.gone...)
		return
	}
	if w.tooMany(len(w.gone)) {
		for _, s := range w.gone {
			w.refuse(RefusedLeaderDeleted, s.Index)
		}
		return
	}
	if lost := w.perhapsLost(); w.tooMany(lost) {
		w.unclear = append(w.unclear, fmt.Sprintf("the leader may have lost %d of %d replicated indices, and has confirmed that only of %d", lost, w.copies, len(w.gone)))
		return
	}
	w.drops = append(w.drops, w.gone...)
}

func (w *work) tooMany(lost int) bool { return lost > fewGone && lost*4 > w.copies }

// perhapsLost counts the copies of which it is not seen that the leader still
// has the index that they copied. What hides its mark or its state may be such a
// copy too.
func (w *work) perhapsLost() int {
	lost := 0
	for _, f := range w.Indices.All() {
		if f.State == Syncing || f.State == Bootstrapping || f.State == Running {
			continue
		}
		source, marked := f.Source.Value()
		leader := source.Index
		if !marked {
			leader = f.Name
		}
		kept := w.has(leader) && !f.leaderIndexMissing() && f.State != StateUnknown
		if f.perhapsReplicates(w.Observation.Alias) && w.covers(leader) && !kept {
			lost++
		}
	}
	return lost
}

// whyFailed begins why an index is copied again whose replication has failed.
const whyFailed = "failed"

// because adds the plugin's reason or what else is known, which is not known of
// every replication.
func because(state, reason string) string {
	if reason == "" {
		return state
	}
	return state + ": " + reason
}
