// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"slices"
	"testing"
)

// fenced is a pair of two indices that is promoted with fence_leader.
func fenced(change func(p *PairObservation)) Decision {
	w := &world{follower: map[string]*trueIndex{}, leader: map[string]bool{}, hidden: map[string]sight{}, fences: map[string]Fence{}, reached: true, linked: true, state: ServiceRunning, finished: true}
	want := Desired{Alias: us, Mode: ModePromoted, Fence: true, Patterns: []string{"*"}}
	for _, name := range []string{"movies", "orders"} {
		w.leader[name] = true
		w.follower[name] = &trueIndex{uuid: w.newUUID(), source: Source{us, name}, marked: true, blocked: true, state: Syncing}
		want.Owned = want.Owned.With(name, w.follower[name].uuid)
	}
	w.rules = []Rule{{Name: RuleName(us, "*"), LeaderAlias: us, Pattern: "*"}}
	p := w.look()
	change(&p)
	return DecidePair(want, p)
}

// The order of a promotion with fence_leader, and what refuses it.
func TestFencedPromotion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(p *PairObservation)
		steps   []Action
		refused string
	}{
		"everything is in order": {func(*PairObservation) {},
			[]Action{ActionRemoveRule, ActionFence, ActionPromote, ActionPromote, ActionUnlink}, ""},
		"everything is blocked": {func(p *PairObservation) {
			p.Fences = Present(map[string]Fence{"movies": {Blocked: true, For: follower}, "orders": {Blocked: true}})
		}, []Action{ActionRemoveRule, ActionPromote, ActionPromote, ActionUnlink}, ""},
		"the leader has a new index": {func(p *PairObservation) {
			p.Leader = Present([]LeaderIndex{{Name: "late"}, {Name: "movies"}, {Name: "orders"}})
		}, []Action{ActionStart, ActionRemoveRule, ActionFence, ActionPromote, ActionPromote, ActionUnlink}, ""},
		"the leader cannot be asked":  {func(p *PairObservation) { p.Fences = Unknown[map[string]Fence]("403") }, nil, "its indices cannot be read: 403"},
		"the leader cannot be listed": {func(p *PairObservation) { p.Leader = Unknown[[]LeaderIndex]("403") }, nil, "its indices cannot be listed: 403"},
		"the leader is unreachable":   {func(p *PairObservation) { p.Reach = Absent[struct{}]("it is silent") }, nil, "it is silent"},
		"the leader was not seen":     {func(p *PairObservation) { p.Reach = Unknown[struct{}]("one look") }, nil, "one look"},
		"the integration is gone":     {func(p *PairObservation) { p.Link = Absent[Link]("two lists") }, nil, "the integration with the leader no longer exists"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := fenced(c.change)
			var steps []Action
			for _, s := range d.Steps {
				steps = append(steps, s.Action)
			}
			why := ""
			for _, r := range d.Refused {
				why = r.Why
			}
			if !slices.Equal(steps, c.steps) || why != c.refused {
				t.Errorf("steps %v, refused %q; want %v, %q", steps, why, c.steps, c.refused)
			}
		})
	}
}

// A promotion that has failed is taken back only while nothing has ended.
func TestLiftAfterFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world, d *Desired)
		want   []string
	}{
		"nothing has ended": {func(*world, *Desired) {}, []string{"movies"}},
		"one has ended": {func(w *world, _ *Desired) {
			w.follower["movies"].marked, w.follower["movies"].blocked, w.follower["movies"].state = false, false, NotInProgress
		}, nil},
		"the integration is gone":     {func(w *world, _ *Desired) { w.linked = false }, nil},
		"the block is somebody's":     {func(w *world, _ *Desired) { w.fences["movies"] = Fence{Blocked: true} }, nil},
		"it was promoted without one": {func(_ *world, d *Desired) { d.Fence = false }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{follower: map[string]*trueIndex{"movies": {uuid: "u", source: Source{us, "movies"}, marked: true, blocked: true, state: Syncing}},
				leader: map[string]bool{"movies": true}, hidden: map[string]sight{}, fences: map[string]Fence{"movies": {Blocked: true, For: follower}}, reached: true, linked: true, state: ServiceRunning}
			d := Desired{Alias: us, Mode: ModePromoted, Fence: true, Patterns: []string{"*"}, Owned: NewByName(map[string]string{"movies": "u"})}
			c.change(w, &d)
			step, lifts := LiftAfterFailure(d, w.look())
			if lifts != (c.want != nil) || !slices.Equal(step.Names, c.want) {
				t.Errorf("it lifts the block on %v (%v), want %v", step.Names, lifts, c.want)
			}
		})
	}
}

// A reversal replaces what both have and the patterns cover, and nothing else.
func TestReverse(t *testing.T) {
	t.Parallel()
	w := &world{follower: map[string]*trueIndex{}, leader: map[string]bool{"movies": true, "new": true, "closed": false, "plain": true, "theirs": true}, hidden: map[string]sight{}, state: ServiceRunning}
	for _, name := range []string{"movies", "left", "closed", "plain"} {
		w.follower[name] = &trueIndex{uuid: "uuid-" + name, state: NotInProgress}
	}
	w.follower["theirs"] = &trueIndex{uuid: "uuid-theirs", source: Source{asia, "theirs"}, marked: true, blocked: true, state: Syncing}
	p := w.look()
	p.Leader = Present([]LeaderIndex{{Name: "movies"}, {Name: "new"}, {Name: "closed", Closed: true}, {Name: "plain"}, {Name: "theirs"}})
	p.Indices = ByName[FollowerIndex]{}
	for name, x := range w.follower {
		p.Indices = p.Indices.With(name, x.seen(name, sight{}))
	}
	d := Reverse(Desired{Alias: us, Mode: ModeReplicating, Patterns: []string{"mov*", "new", "closed", "left", "theirs"}, Permits: Permissions{Rebuild: true}}, p)
	if d.Owned.Len() != 1 || d.Owned.At("movies") != "uuid-movies" {
		t.Errorf("it replaces %v, want movies alone", d.Owned)
	}
	if alone := Alone(d, p); !slices.Equal(alone, []string{"closed", "left"}) {
		t.Errorf("only the former leader has %v", alone)
	}
	for _, x := range DecidePair(d, p).Destroys() {
		if name, uuid, _ := x.Index(); name != "movies" || uuid != "uuid-movies" {
			t.Errorf("it destroys %s", x)
		}
	}
}
