// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// world is a follower and its leader as far as steps are concerned: it carries
// them out by the server's rules and is observed without error.
type world struct {
	Observation
	made int
}

// randomWorld has everything that steps tell apart, in any combination.
func randomWorld(random *rand.Rand) (*world, Desired) {
	pick := func(percent int) bool { return random.IntN(100) < percent }
	patterns := []string{"*", "log-*", "*-eu", "movies", "a*b"}
	names := []string{"log-us", "log-eu", "movies", "movies-eu", "ab", "a-b", "other"}
	states := []State{Syncing, Bootstrapping, Running, Unknown, Paused, Failed, NotInProgress}

	w := &world{Observation: healthy(func(o *Observation) {
		o.Leader, o.Follower, o.Replications, o.Rules = []Index{}, nil, nil, nil
	})}
	modes := []Mode{ModeReplicating, ModeReplicating, ModePaused, ModePromoted}
	d := desired(modes[random.IntN(len(modes))])
	d.Owned = map[string]string{}
	for _, p := range patterns {
		if pick(40) {
			d.Patterns = append(d.Patterns, p)
		}
		if pick(30) {
			w.Rules = append(w.Rules, rulesFor(p)...)
		}
		if pick(20) {
			w.Rules = append(w.Rules, Rule{Name: RuleName(asia, p), Pattern: p})
		}
	}
	for _, name := range names {
		if pick(70) {
			w.Leader = append(w.Leader, Index{Name: name, Closed: pick(10), Created: now.Add(-time.Duration(random.IntN(600)) * time.Second)})
		}
		switch random.IntN(5) {
		case 0, 1: // a replica
			w.add(name)
			w.Replications = append(w.Replications, replica(name, states[random.IntN(len(states))], ""))
		case 2: // a replica that was stopped
			d.Owned[name] = w.add(name)
		case 3: // somebody else's
			w.add(name)
			if pick(50) {
				w.Others[name] = asia
			}
			if pick(50) {
				d.Owned[name] = "of an index that is gone"
			}
		}
	}
	return w, d
}

func (w *world) add(index string) (uuid string) {
	w.made++
	uuid = fmt.Sprintf("%s-%d", index, w.made)
	w.Follower = append(w.Follower, Index{Name: index, UUID: uuid})
	return uuid
}

func (w *world) find(index string) *Replication {
	for i := range w.Replications {
		if w.Replications[i].FollowerIndex == index {
			return &w.Replications[i]
		}
	}
	return nil
}

func (w *world) stop(index string) {
	w.Replications = slices.DeleteFunc(w.Replications, func(r Replication) bool { return r.FollowerIndex == index })
}

// do carries out a step; what the server would refuse is an error.
func (w *world) do(s Step) error {
	_, exists := w.followerIndex(s.Index)
	r := w.find(s.Index)
	switch s.Action {
	case ActionStart:
		if exists {
			return fmt.Errorf("Cant use same index again for replication. Delete the index:%s", s.Index)
		}
		w.add(s.Index)
		w.Replications = append(w.Replications, Replication{FollowerIndex: s.Index, LeaderAlias: us, LeaderIndex: s.LeaderIndex, State: Syncing})
	case ActionRemove, ActionRebuild:
		w.stop(s.Index)
		w.Follower = slices.DeleteFunc(w.Follower, func(ix Index) bool { return ix.Name == s.Index })
		if s.Action == ActionRebuild {
			return w.do(Step{Action: ActionStart, Index: s.Index, LeaderIndex: s.LeaderIndex})
		}
	case ActionPromote, ActionStop:
		w.stop(s.Index)
	case ActionResume:
		if r == nil || r.State != Paused {
			return fmt.Errorf("Replication on Index %s is already running", s.Index)
		}
		r.State = Syncing
	case ActionPause:
		if r == nil || r.State == Paused {
			return fmt.Errorf("Index %s is already paused", s.Index)
		}
		r.State = Paused
	case ActionAddRule:
		if slices.ContainsFunc(w.Rules, func(r Rule) bool { return r.Name == s.Rule.Name }) {
			return fmt.Errorf("rule %s cannot be recreated/updated", s.Rule.Name)
		}
		w.Rules = append(w.Rules, Rule{Name: s.Rule.Name, Pattern: s.Rule.Pattern})
	case ActionRemoveRule:
		w.Rules = slices.DeleteFunc(w.Rules, func(r Rule) bool { return r.Name == s.Rule.Name })
	}
	return nil
}

// What nobody may touch: indices that were no replicas of this leader, rules of others.
func (w *world) foreign(d Desired) []string {
	var out []string
	for _, ix := range w.Follower {
		if d.Owned[ix.Name] != ix.UUID && w.find(ix.Name) == nil {
			out = append(out, ix.UUID)
		}
	}
	for _, r := range w.Rules {
		if r.Name != RuleName(us, r.Pattern) {
			out = append(out, r.Name)
		}
	}
	return out
}

// After the steps are done nothing is left to do, but to start what the server
// refuses for a name that is taken; nothing of others was touched, and what
// syncs and stays wanted was not interrupted.
func TestSteps_LeadToWhatIsDesired(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 24))
	did := map[Action]int{}
	for round := range 1500 {
		w, d := randomWorld(random)
		foreign := w.foreign(d)
		var keep []string
		for _, r := range w.Replications {
			if _, onLeader := w.leaderIndex(r.LeaderIndex); onLeader && r.State == Syncing && d.Mode == ModeReplicating && MatchesAny(d.Patterns, r.LeaderIndex) {
				ix, _ := w.followerIndex(r.FollowerIndex)
				keep = append(keep, ix.UUID)
			}
		}
		steps := Steps(d, w.Observation)
		tookAway := false
		for _, s := range steps {
			did[s.Action]++
			removes := slices.Contains([]Action{ActionRemove, ActionRemoveRule, ActionPause, ActionStop, ActionPromote}, s.Action)
			if tookAway && !removes {
				t.Fatalf("round %d: %s comes after something was taken away: %q", round, s, texts(steps))
			}
			tookAway = tookAway || removes
			_, taken := w.followerIndex(s.Index)
			if err := w.do(s); err != nil && (s.Action != ActionStart || !taken) {
				t.Fatalf("round %d: %s: %v", round, s, err)
			}
		}
		for _, s := range Steps(d, w.Observation) {
			if _, taken := w.followerIndex(s.Index); s.Action != ActionStart || !taken {
				t.Fatalf("round %d, %s %q: still to do after %q: %s", round, d.Mode, d.Patterns, texts(steps), s)
			}
		}
		left := append(w.foreign(d), uuids(w.Follower)...)
		for _, f := range append(foreign, keep...) {
			if !slices.Contains(left, f) {
				t.Fatalf("round %d, %s %q: %s did not survive %q", round, d.Mode, d.Patterns, f, texts(steps))
			}
		}
		assertMode(t, d, w)
	}
	for _, a := range []Action{ActionStart, ActionResume, ActionRebuild, ActionAddRule, ActionRemoveRule, ActionPause, ActionRemove, ActionPromote} {
		if did[a] < 50 {
			t.Errorf("%q was called for only %d times: the worlds prove little about it", a, did[a])
		}
	}
}

func uuids(in []Index) []string {
	out := make([]string, 0, len(in))
	for _, ix := range in {
		out = append(out, ix.UUID)
	}
	return out
}

// assertMode says in plain words what each mode promises.
func assertMode(t *testing.T, d Desired, w *world) {
	t.Helper()
	for _, r := range w.Replications {
		switch {
		case d.Mode == ModePromoted:
			t.Fatalf("%s still replicates after the promotion", r.FollowerIndex)
		case d.Mode == ModePaused && (r.State == Syncing || r.State == Bootstrapping || r.State == Running):
			t.Fatalf("%s is %s although all is to be paused", r.FollowerIndex, r.State)
		case d.Mode == ModeReplicating && (r.State == Paused || r.State == Failed || r.State == NotInProgress):
			t.Fatalf("%s is %s although it is to be replicated", r.FollowerIndex, r.State)
		case d.Mode == ModeReplicating && !MatchesAny(d.Patterns, r.LeaderIndex):
			t.Fatalf("%s replicates although no pattern of %q covers it", r.FollowerIndex, d.Patterns)
		}
	}
	if d.Mode != ModeReplicating {
		return
	}
	for _, ix := range w.Matching(d.Patterns) {
		if _, there := w.followerIndex(ix.Name); !there {
			t.Fatalf("the follower lacks %s", ix.Name)
		}
	}
}
