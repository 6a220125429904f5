// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// trueIndex is what a follower index really is, whatever can be seen of it.
type trueIndex struct {
	uuid string
	// source is what it replicates or replicated; zero for an index that never was a replica.
	source          Source
	marked, blocked bool
	state           State
	reason          string
	historyLost     bool // a resume is refused
	refusedOnce     bool // and was
	ownWrites       bool
}

// active reports whether there is a replication that can be stopped.
func (x *trueIndex) active() bool { return x.marked }

// sight is what cannot be seen of one index.
type sight struct{ index, source, block, state bool }

// follower is the follower service of a world.
const follower = "acme/search-eu"

// world is a leader and a follower: the truth, and what hides it.
type world struct {
	follower map[string]*trueIndex
	leader   map[string]bool // every index of the leader, and whether it is open
	rules    []Rule          // with the alias that they really have
	reached  bool
	linked   bool
	state    string // of the follower service
	finished bool

	hidden                                           map[string]sight
	noLeader, noRules, noReach, noLink, noConns, dry bool
	noFences                                         bool
	fences                                           map[string]Fence // on the leader
	unlisted                                         map[string]bool  // leader indices that a listing leaves out
	confirmed                                        map[string]bool  // leader indices that were asked for by name
	aliasless                                        bool             // rules do not tell their alias

	// orphans: asia's connection was removed and its copies were left. Where they
	// hide their leader, they look like copies of the only leader that there is.
	orphans bool

	made  int
	stuck bool // the server refused what only a change of the leader can help
}

var (
	worldNames    = []string{"log-us", "log-eu", "movies", "movies-eu", "ab", "a-b", "other", "orders"}
	worldPatterns = []string{"*", "log-*", "*-eu", "movies", "a*b", "o*"}
)

type dice struct{ *rand.Rand }

func (d dice) percent(p int) bool { return d.IntN(100) < p }

func oneOf[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

func (w *world) newUUID() string {
	w.made++
	return fmt.Sprintf("uuid-%d", w.made)
}

// randomWorld has everything that decisions tell apart, in any combination.
func randomWorld(d dice) (*world, Desired) {
	w := &world{follower: map[string]*trueIndex{}, leader: map[string]bool{}, hidden: map[string]sight{}, unlisted: map[string]bool{}, confirmed: map[string]bool{}, fences: map[string]Fence{},
		reached: d.percent(75), linked: d.percent(75), finished: d.percent(70), aliasless: d.percent(30), orphans: d.percent(15),
		state: oneOf(d, ServiceRunning, ServiceRunning, ServiceRunning, ServiceRunning, ServiceRebuilding, ServicePowerOff)}
	if !w.linked {
		w.reached = false
	}
	want := Desired{Alias: us, Mode: oneOf(d, ModeReplicating, ModeReplicating, ModeReplicating, ModePaused, ModePromoted),
		Permits: Permissions{Rebuild: d.percent(40), OnLeaderDelete: oneOf(d, LeaderDeleteFollow, LeaderDeleteFollow, "", LeaderDeleteAll, LeaderDeleteKeep)}}
	want.Fence = want.Mode == ModePromoted && d.percent(50)
	want.Lift = want.Mode == ModePromoted && !want.Fence && d.percent(30)
	for _, p := range worldPatterns {
		if d.percent(35) {
			want.Patterns = append(want.Patterns, p)
		} else if d.percent(35) {
			want.Permits.RemovedPatterns = append(want.Permits.RemovedPatterns, p)
		}
		w.addRules(d, p)
	}
	massLoss := d.percent(15)
	for _, name := range worldNames {
		if d.percent(75) && (!massLoss || d.percent(40)) {
			w.leader[name] = d.percent(92)
		}
		w.addIndex(d, name, massLoss)
		if x := w.follower[name]; x != nil && x.source.Alias == us && d.percent(75) {
			want.Owned = want.Owned.With(name, x.uuid)
		} else if d.percent(15) {
			want.Owned = want.Owned.With(name, "of an index that is gone")
		}
		w.confirmed[name] = d.percent(75)
		w.unlisted[name] = d.percent(5)
		if d.percent(10) {
			w.fences[name] = oneOf(d, Fence{Blocked: true}, Fence{Blocked: true, For: follower}, Fence{For: follower}, Fence{Blocked: true, For: "acme/search-asia"})
		}
	}
	if d.percent(25) {
		name := oneOf(d, worldNames...)
		want.Single, want.Patterns, want.Permits.RemovedPatterns = &SingleIndex{Follower: name, Leader: name}, nil, nil
		if x := w.follower[name]; x != nil && x.source.Alias == us && d.percent(80) {
			want.Single.Leader = x.source.Index
		}
	}
	w.hide(d)
	return w, want
}

func (w *world) addRules(d dice, pattern string) {
	if d.percent(30) {
		w.rules = append(w.rules, Rule{Name: RuleName(us, pattern), LeaderAlias: us, Pattern: pattern})
		if d.percent(20) {
			w.rules[len(w.rules)-1].FailedIndices = []string{oneOf(d, worldNames...)}
		}
	}
	if d.percent(15) {
		w.rules = append(w.rules, Rule{Name: RuleName(asia, pattern), LeaderAlias: asia, Pattern: pattern})
	}
	if d.percent(10) {
		w.rules = append(w.rules, Rule{Name: "by-hand-" + fmt.Sprint(len(w.rules)), LeaderAlias: oneOf(d, us, asia), Pattern: pattern})
	}
}

// addIndex gives the follower an index of that name, or none.
func (w *world) addIndex(d dice, name string, massLoss bool) {
	x := &trueIndex{uuid: w.newUUID(), source: Source{us, name}, marked: true, blocked: true}
	if d.percent(15) {
		x.source.Alias = asia
	}
	if d.percent(5) {
		x.source.Index = oneOf(d, worldNames...) // followed under another name
	}
	open, onLeader := w.leader[x.source.Index]
	kind := d.IntN(14)
	if massLoss && !onLeader {
		kind = 6
	}
	switch kind {
	case 0, 1:
		x.state = Syncing
	case 2:
		x.state = oneOf(d, Bootstrapping, Running)
		x.blocked = d.percent(50)
	case 3:
		x.state, x.reason = Paused, byHand
		x.historyLost = d.percent(40)
		x.refusedOnce = x.historyLost && open && d.percent(50) // by a leader that had the index
	case 4:
		x.state, x.reason = Paused, oneOf(d, autoLease, "AutoPaused: disk full")
		x.historyLost = x.reason == autoLease
	case 5:
		x.state, x.reason = Failed, "disk full"
		if d.percent(25) { // while its files were copied
			x.blocked, x.ownWrites = false, d.percent(30)
		}
	case 6:
		if onLeader && x.source.Alias == us && d.percent(30) {
			x.state = Syncing
			break
		}
		x.state, x.reason = Paused, autoGone
		x.historyLost = onLeader && d.percent(80) // else the plugin was mistaken
		x.refusedOnce = x.historyLost && open && d.percent(50)
	case 7:
		x.state = NotInProgress // the connection went, or a node has just come back
	case 8, 9: // stopped; Owned does not say what it replicated, so it bears that name
		x.source.Index = name
		x.state, x.marked, x.blocked, x.ownWrites = NotInProgress, false, false, d.percent(60)
	case 10: // never was a replica
		x.state, x.marked, x.blocked, x.ownWrites, x.source = NotInProgress, false, false, true, Source{}
	default:
		return
	}
	w.follower[name] = x
}

// hide makes facts unknown: a few, all of some indices, or the marks of all as on Amazon's service.
func (w *world) hide(d dice) {
	amazon, bright := d.percent(12), d.percent(35)
	for _, name := range slices.Sorted(maps.Keys(w.follower)) {
		var s sight
		switch {
		case amazon:
			s = sight{source: true, block: true}
		case bright:
		case d.percent(6):
			s = sight{true, true, true, true}
		default:
			s = sight{d.percent(8), d.percent(10), d.percent(10), d.percent(8)}
		}
		x := w.follower[name]
		// A name that differs shows only in the mark; and a copy that failed early is told by it.
		if x.source.Index != name || x.state == Failed && !x.blocked {
			s.source = false
		}
		w.hidden[name] = s
	}
	if bright {
		return
	}
	w.noLeader, w.noRules, w.noReach, w.noLink, w.noConns, w.dry = d.percent(15), d.percent(10), d.percent(10), d.percent(5), d.percent(20), d.percent(10)
	w.noFences = d.percent(15)
}

// look observes the world as far as it can be seen.
func (w *world) look() PairObservation {
	o := Observation{Alias: us, Gone: map[string]Proof{}}
	if !w.noConns {
		o.Connections = w.connections()
	}
	c, connected := w.connections()[us]
	if connected {
		o.Connection = Present(c)
	}
	switch {
	case w.noReach:
	case w.reached:
		o.Reach = Present(struct{}{})
	default:
		o.Reach = Absent[struct{}]("the leader did not answer for 10 s")
	}
	if !w.noLeader {
		var list []LeaderIndex
		for _, name := range worldNames {
			if open, there := w.leader[name]; there && !w.unlisted[name] && !w.dry {
				list = append(list, LeaderIndex{Name: name, Closed: !open})
			}
		}
		o.Leader = Present(list)
	}
	for _, name := range worldNames {
		if _, there := w.leader[name]; !there && w.confirmed[name] {
			o.Gone[name] = LeaderIndexGone(name)
		}
	}
	for name, x := range w.follower {
		o.Indices = o.Indices.With(name, x.seen(name, w.hidden[name]))
	}
	o.Rules = w.seenRules()
	if !w.noFences {
		o.Fences = Present(maps.Clone(w.fences))
	}
	p := PairObservation{Follower: FollowerService{Project: "acme", Name: "search-eu", State: w.state, Created: now}, Finished: w.finished, Observation: o}
	switch {
	case w.noLink:
	case w.linked:
		p.Link = Present(Link{ID: "link-1", Project: "acme", Leader: "acme/search-us", Active: true})
	default:
		p.Link = Absent[Link]("two lists are without it")
	}
	if w.state == ServicePowerOff {
		p.Unreadable = "it is powered off"
		p.Observation = Observation{Alias: us}
	}
	return p
}

func (w *world) seenRules() Fact[[]Rule] {
	if w.noRules {
		return Unknown[[]Rule]("403")
	}
	if len(w.rules) == 0 {
		return Absent[[]Rule]("the follower has none")
	}
	rs := slices.Clone(w.rules)
	for i := range rs {
		if w.aliasless {
			rs[i].LeaderAlias = ""
		}
	}
	return Present(rs)
}

// connections are this leader's where the pair is linked, and asia's as long as
// anything replicates from it, but for orphans.
func (w *world) connections() map[string]Connection {
	cs := map[string]Connection{}
	if w.linked {
		cs[us] = Connection{Alias: us, Connected: w.reached}
	}
	for _, x := range w.follower {
		if x.source.Alias == asia && x.marked && !w.orphans {
			cs[asia] = Connection{Alias: asia, Connected: true}
		}
	}
	return cs
}

func (x *trueIndex) seen(name string, s sight) FollowerIndex {
	f := FollowerIndex{Name: name, State: x.state, Reason: x.reason, HistoryLost: x.refusedOnce}
	f.Index, f.Source, f.Block = Present(Identity{UUID: x.uuid}), Absent[Source]("no mark"), Absent[struct{}]("no block")
	if x.marked {
		f.Source = Present(x.source)
	}
	if x.blocked {
		f.Block = Present(struct{}{})
	}
	if s.index {
		f.Index = Unknown[Identity]("403")
	}
	if s.source {
		f.Source = Unknown[Source]("filtered out")
	}
	if s.block {
		f.Block = Unknown[struct{}]("403")
	}
	if s.state {
		f.State, f.Reason, f.HistoryLost = StateUnknown, "", false
	}
	return f
}
