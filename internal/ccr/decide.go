// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "slices"

// Decision is what an observation means for what is desired.
type Decision struct {
	Status Status
	// Reason says why Status is not the desired one; empty where it is.
	Reason string
	// Steps bring the observed to the desired, in a safe order: what is new
	// comes first, what is old goes last.
	Steps []Step
	// Refused is what would have to be destroyed and may not be.
	Refused []Refusal
	// Notes is what is left alone although somebody may expect otherwise.
	Notes []Note
	// Copying are follower indices whose first copy is not complete.
	Copying []string
	// Progress says how far the copies are, such as "17 of 40 indices are in
	// sync"; empty where none is under way.
	Progress string
}

// Repairs are the steps that a plan announces: all but those that the follower
// is expected to take by itself.
func (d Decision) Repairs() []Step {
	return slices.DeleteFunc(slices.Clone(d.Steps), func(s Step) bool { return s.Heals })
}

// Needs reports whether one of the steps is of that kind.
func (d Decision) Needs(action Action) bool {
	return slices.ContainsFunc(d.Steps, func(s Step) bool { return s.Action == action })
}

// Destroys are the destructions of all steps.
func (d Decision) Destroys() []Destruction {
	var out []Destruction
	for _, s := range d.Steps {
		if s.Destroys.Permits() {
			out = append(out, s.Destroys)
		}
	}
	return out
}

// Refusal is something that would have to be destroyed and may not be.
type Refusal struct {
	Kind RefusalKind
	// Indices are the follower indices concerned, in order.
	Indices []string
	// Copies is how many replicas of the leader there are, for [RefusedLeaderDeleted].
	Copies int
	// Why says what is in the way, for [RefusedFence].
	Why string
}

// RefusalKind says which permission is missing.
type RefusalKind string

// The kinds of refusals.
const (
	// RefusedOwnWrites: the indices may have writes of their own.
	RefusedOwnWrites RefusalKind = "own writes"
	// RefusedLeaderDeleted: the leader has lost too many of the replicated indices.
	RefusedLeaderDeleted RefusalKind = "leader deleted"
	// RefusedRecreated: the leader has deleted the index and has another one of
	// that name, and the copy is of the deleted one.
	RefusedRecreated RefusalKind = "recreated on the leader"
	// RefusedPromoted: the follower was promoted outside Terraform.
	RefusedPromoted RefusalKind = "promoted"
	// RefusedFence: writes to the leader cannot be blocked, so a promotion could
	// lose some.
	RefusedFence RefusalKind = "fence"
)

// Note is something that is left alone.
type Note struct {
	Kind NoteKind
	// Index is the follower index, Other what it is or replicates instead.
	Index string
	Other string
}

// NoteKind says why something is left alone.
type NoteKind string

// The kinds of notes.
const (
	// NoteOutside: it replicates the leader, but no pattern covers it and this
	// resource did not start it, or it may have writes of its own.
	NoteOutside NoteKind = "outside the patterns"
	// NoteTaken: the follower has an index of that name that is not a replica
	// of the leader's.
	NoteTaken NoteKind = "name taken"
	// NoteKept: the leader has deleted the index, and the copy is kept.
	NoteKept NoteKind = "kept"
	// NoteStoppedAlone: a replica that was stopped, and the leader shows no
	// index of that name any more.
	NoteStoppedAlone NoteKind = "stopped, not on the leader"
)

// Decide turns what is desired, what was observed and what is permitted into
// steps, for a whole follower or a single index. It destroys nothing on what is
// unknown. Applied to the world that its steps lead to, it has no steps.
func Decide(d Desired, o Observation) Decision {
	w := newWork(d, o)
	switch d.Mode {
	case ModePromoted:
		w.promote()
	case ModePaused:
		w.pause()
	case ModeReplicating:
		w.replicate()
	}
	return w.decision()
}

// work is one decision in the making.
type work struct {
	Desired
	Observation

	adds    []Step // bring something
	drops   []Step // take something away
	refused map[RefusalKind][]string
	notes   []Note
	copying []string
	// unclear says what could not be seen of single indices.
	unclear []string
	copies  int // replicas of this leader that are meant
	gone    []Step
	// listed are the leader's indices that are known, and whether each is open.
	listed ByName[bool]
	// wanted are the names of the rules that the patterns call for.
	wanted map[string]bool
	// failed are, by rule, the indices that it could not start.
	failed map[string]map[string]bool
}

func newWork(d Desired, o Observation) *work {
	w := &work{Desired: d, Observation: o, listed: o.listed(), wanted: map[string]bool{}, failed: map[string]map[string]bool{}}
	for _, r := range d.rules() {
		w.wanted[r.Name] = true
	}
	return w
}

// has reports whether the leader is known to have an index. False does not mean
// that it has none.
func (w *work) has(leaderIndex string) bool {
	_, listed := w.listed.Find(leaderIndex)
	return listed
}

func (w *work) refuse(kind RefusalKind, index string) {
	if w.refused == nil {
		w.refused = map[RefusalKind][]string{}
	}
	w.refused[kind] = append(w.refused[kind], index)
}

func (w *work) note(kind NoteKind, index, other string) {
	w.notes = append(w.notes, Note{Kind: kind, Index: index, Other: other})
}

// replicate decides about every index that is meant or that replicates the leader.
func (w *work) replicate() {
	w.targets(w.follow)
	w.leaderDeleted()
	if w.copies == 0 {
		for i := range w.adds {
			w.adds[i].Heals = false // where nothing replicates at all, waiting does not help
		}
	}
	w.adds = append(w.adds, w.missingRules()...)
	w.drops = append(w.surplusRules(), w.drops...)
	if !w.connected() {
		w.adds = nil // each of them needs the leader
	}
}

// pause holds what runs, and takes away what the plan has removed. A single
// replication that does not exist or is broken is started first: the next
// decision pauses it.
func (w *work) pause() {
	w.targets(w.hold)
	if !w.connected() && len(w.adds) > 0 {
		w.unclear = append(w.unclear, "index "+w.adds[0].Index+" does not replicate, and the follower is not connected to its leader")
		w.adds = nil
	}
	w.drops = append(w.surplusRules(), w.drops...)
}

// hold decides about one index while all is paused.
func (w *work) hold(t target) {
	f := t.index
	switch {
	case !t.follows && w.Single != nil:
		w.begin(t) // what does not replicate is not paused either
		return
	case !t.follows:
		return
	case !t.meant:
		w.outside(t)
		return
	}
	switch f.State {
	case Syncing, Bootstrapping, Running, StateUnknown:
		w.drops = append(w.drops, Step{Action: ActionPause, Index: f.Name, LeaderIndex: t.leader, Why: "it is running"})
	case Failed, NotInProgress:
		if w.Single != nil {
			w.keep(t)
		}
	case Paused:
	}
}

// promote ends everything. Each replication is stopped only when it is proven to
// be in sync, or when the leader is proven to be unreachable: then the
// integration goes first (a stop does not end while the connection to a silent
// leader exists), which [DecidePair] sees to.
func (w *work) promote() {
	proof, unreachable := w.Reach.Absent()
	w.drops = w.surplusRules()
	for name, f := range w.Indices.All() {
		if !w.concerns(f) {
			continue
		}
		source, ours := w.follows(f, w.Owned)
		replicates := f.Replicates()
		of, replica := replicates.Value()
		why, unknown := replicates.Unknown()
		switch {
		case ours:
			s := Step{Action: ActionPromote, Index: name, LeaderIndex: source, Destroys: stopping(*f, proof, "the promotion")}
			if unreachable {
				s.Action, s.Why = ActionStop, proof.String()
			}
			w.drops = append(w.drops, s)
		case replica && of.Alias == "":
			w.unclear = append(w.unclear, "index "+name+" replicates, but the follower hides which leader")
		case unknown && (w.perhapsOwns(*f) || f.perhapsReplicates(w.Observation.Alias)):
			w.unclear = append(w.unclear, why)
		}
	}
}

// concerns reports whether a promotion ends the replication of an index: of
// every index, or of the single one.
func (w *work) concerns(f *FollowerIndex) bool {
	if w.Single == nil {
		return true
	}
	source, marked := f.Source.Value()
	return f.Name == w.Single.Follower && (!marked || source.Index == w.Single.Leader)
}

// target is an index name that the decision is about.
type target struct {
	index   FollowerIndex
	leader  string // the leader index that it follows or is to follow
	follows bool   // it replicates this leader now
	meant   bool   // a pattern or the configuration covers it
}

// targets tells of the follower indices that replicate the leader, of those that
// are meant to, and of those that this resource started once: each one once, those
// that replicate first, each part in order. What is at rest is only counted: there
// can be a hundred thousand of those.
func (w *work) targets(tell func(target)) {
	if w.Single != nil {
		tell(w.single(*w.Single))
		return
	}
	var meant []string
	index, open, owned := w.Indices.Ascending(), w.listed.Ascending(), w.Owned.Ascending()
	for name := range inOrder(w.Indices.names, w.listed.names, w.Owned.names) {
		f, exists := index(name)
		open, listed := open(name)
		_, owned := owned(name)
		source, follows := "", false
		if exists {
			source, follows = w.follows(f, w.Owned)
		}
		switch {
		case follows && w.atRest(f.State) && w.covers(source):
			w.copies++
		case follows:
			tell(target{index: *f, leader: source, follows: true, meant: w.covers(source)})
		case (listed && *open || owned) && w.covers(name):
			meant = append(meant, name)
		}
	}
	for _, name := range meant {
		f, listed := w.Indices.Find(name)
		if !listed {
			f = missingIndex(name)
		}
		tell(target{index: f, leader: name, meant: true})
	}
}

// atRest reports whether nothing can follow from the state of a replica that is
// meant to be one, but that it is one.
func (w *work) atRest(state State) bool {
	return w.Mode == ModeReplicating && state == Syncing && len(w.Gone) == 0
}

func (w *work) single(s SingleIndex) target {
	f, listed := w.Indices.Find(s.Follower)
	if !listed {
		f = missingIndex(s.Follower)
	}
	source, follows := w.follows(&f, w.Owned)
	if follows && source != s.Leader && !w.hidden(f) {
		follows = false
	}
	return target{index: f, leader: s.Leader, follows: follows, meant: true}
}

// hidden reports whether the follower does not tell what an index replicates.
func (w *work) hidden(f FollowerIndex) bool {
	source, replicates := f.Replicates().Value()
	return replicates && source.Alias == ""
}

// missingIndex is a name that the follower's listing does not have.
func missingIndex(name string) FollowerIndex {
	return FollowerIndex{Name: name, Index: Absent[Identity]("the follower does not list it"), Source: Absent[Source]("the follower does not list it"),
		Block: Absent[struct{}]("the follower does not list it"), State: NotInProgress}
}

func stopping(f FollowerIndex, proof Proof, permission string) Destruction {
	return Destruction{kind: DestroysReplication, object: object{index: f.Name, uuid: f.UUID()}, proof: proof, permission: permission,
		loses: "index " + f.Name + " no longer follows its leader"}
}

// EndSteps are the steps that end every replication of a leader at once,
// without waiting for any to catch up: what comes before a follower is deleted,
// or a rule or a connection with what uses it. permission says what permits it.
func EndSteps(d Desired, o Observation, permission string) []Step {
	d.Mode = ModePromoted
	w := newWork(d, o)
	steps := w.surplusRules()
	for _, f := range o.Replicating(d.Owned) {
		source, _ := o.follows(&f, d.Owned)
		steps = append(steps, Step{Action: ActionStop, Index: f.Name, LeaderIndex: source, Destroys: stopping(f, Proof{}, permission)})
	}
	return steps
}

// provenOwn is the proof that an index is the resource's own.
func provenOwn(uuid string) Proof {
	return Proof{"it is the index that this resource started or adopted (UUID " + uuid + ")"}
}

// EndIndex is the step that ends the replication of one follower index, and
// with deletes removes the index too. uuid is the index that the caller answers
// for: another one of that name is not touched. There is no step for an index
// that does not exist or, without deletes, does not replicate. An empty uuid is
// not known, and permits only to stop.
func EndIndex(f FollowerIndex, uuid string, deletes bool, permission string) (Step, bool) {
	if _, absent := f.Index.Absent(); absent {
		return Step{}, false
	}
	if uuid != "" && f.UUID() != "" && f.UUID() != uuid {
		return Step{}, false
	}
	source, replicates := f.Replicates().Value()
	s := Step{Action: ActionStop, Index: f.Name, LeaderIndex: source.Index, Destroys: stopping(f, Proof{}, permission)}
	if !deletes {
		_, stopped := f.Replicates().Absent()
		return s, replicates || !stopped
	}
	if uuid == "" || f.UUID() != uuid {
		return Step{}, false
	}
	s.Action = ActionRemoveIndex
	s.Destroys = Destruction{kind: DestroysIndex, object: object{index: f.Name, uuid: uuid}, permission: permission, cause: causeEnd,
		proof: provenOwn(uuid), loses: "follower index " + f.Name + " with all its documents"}
	return s, true
}

// EndRule is the step that removes an autofollow rule.
func EndRule(rule Rule, permission string) Step {
	return Step{Action: ActionRemoveRule, Rule: rule, Destroys: Destruction{kind: DestroysRule, object: object{alias: rule.LeaderAlias, rule: rule.Name},
		permission: permission, loses: "new indices of the leader that match " + rule.Pattern + " are no longer followed"}}
}
