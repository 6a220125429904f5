// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"slices"
	"testing"
	"time"
)

const (
	us       = "acme_search-us"
	asia     = "acme_search-asia"
	otherOne = "terraform-all-12345678" // a rule's name that is not made from alias and pattern
)

// now is when everything in these tables was observed.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// indices makes open indices that were made an hour ago, with the UUID NAME-uuid.
func indices(names ...string) []Index {
	out := make([]Index, 0, len(names))
	for _, n := range names {
		out = append(out, Index{Name: n, UUID: n + "-uuid", Created: now.Add(-time.Hour)})
	}
	return out
}

func replica(index string, state State, reason string) Replication {
	return Replication{FollowerIndex: index, LeaderAlias: us, LeaderIndex: index, State: state, Reason: reason}
}

func rulesFor(patterns ...string) []Rule {
	var out []Rule
	for _, p := range patterns {
		out = append(out, Rule{Name: RuleName(us, p), Pattern: p})
	}
	return out
}

// healthy is a follower of the leader's indices a and b by rule *, all in sync.
func healthy(changes ...func(*Observation)) Observation {
	o := Observation{
		At:           now,
		Connection:   Connection{Alias: us, Exists: true, Connected: true},
		Leader:       indices("a", "b"),
		Follower:     indices("a", "b"),
		Replications: []Replication{replica("a", Syncing, ""), replica("b", Syncing, "")},
		Others:       map[string]string{},
		Rules:        rulesFor("*"),
	}
	for _, change := range changes {
		change(&o)
	}
	return o
}

func desired(mode Mode, patterns ...string) Desired {
	return Desired{Alias: us, Patterns: patterns, Mode: mode}
}

// becomes puts replication a into a state.
func becomes(state State, reason string) func(*Observation) {
	return func(o *Observation) { o.Replications[0].State, o.Replications[0].Reason = state, reason }
}

func disconnected(o *Observation) {
	o.Connection.Connected = false
	o.Leader, o.LeaderError = nil, "no answer"
}

func texts(steps []Step) []string {
	var out []string
	for _, s := range steps {
		line := s.String()
		if s.Heals {
			line += " [heals]"
		}
		out = append(out, line)
	}
	return out
}

func ruleFor(pattern string) string { return RuleName(us, pattern) }

func TestSteps_Replicating(t *testing.T) {
	const auto = "AutoPaused:  + [[a][0] - org.opensearch.index.IndexNotFoundException - \"no such index [a]\"], "
	without := func(index string) func(*Observation) {
		return func(o *Observation) {
			o.Follower = slices.DeleteFunc(o.Follower, func(ix Index) bool { return ix.Name == index })
			o.Replications = slices.DeleteFunc(o.Replications, func(r Replication) bool { return r.FollowerIndex == index })
		}
	}
	stopped := func(o *Observation) { o.Replications = o.Replications[1:] }
	owns := func(uuid string) func(*Desired) {
		return func(d *Desired) { d.Owned = map[string]string{"a": uuid} }
	}
	madeBefore := func(ago time.Duration) func(*Observation) {
		return func(o *Observation) { o.Leader[0].Created = now.Add(-ago) }
	}

	for name, tt := range map[string]struct {
		observed []func(*Observation)
		owned    func(*Desired)
		patterns []string // instead of *
		want     []string
	}{
		"nothing to do": {},
		"leader without indices": {
			observed: []func(*Observation){func(o *Observation) { o.Leader, o.Follower, o.Replications = []Index{}, nil, nil }},
		},
		"the first time: indices, then rules": {
			observed: []func(*Observation){func(o *Observation) { o.Follower, o.Replications, o.Rules = nil, nil, nil }},
			patterns: []string{"a", "b*"},
			want: []string{
				"start replication of index a (the leader has it and the follower lacks it)",
				"start replication of index b (the leader has it and the follower lacks it)",
				`add autofollow rule ` + ruleFor("a") + ` for pattern "a" (the follower lacks it)`,
				`add autofollow rule ` + ruleFor("b*") + ` for pattern "b*" (the follower lacks it)`,
			},
		},
		"dot, closed and uncovered indices of the leader are left alone": {
			observed: []func(*Observation){func(o *Observation) {
				o.Leader = append(o.Leader, Index{Name: ".kibana"}, Index{Name: "c", Closed: true})
			}},
		},
		"patterns changed: the new first, the old after, what both cover untouched": {
			observed: []func(*Observation){
				func(o *Observation) {
					o.Leader = append(o.Leader, indices("c")...)
					o.Rules = rulesFor("a", "b")
				},
			},
			patterns: []string{"b", "c"},
			want: []string{
				"start replication of index c (the leader has it and the follower lacks it)",
				`add autofollow rule ` + ruleFor("c") + ` for pattern "c" (the follower lacks it)`,
				`remove autofollow rule ` + ruleFor("a") + ` for pattern "a" (no pattern calls for it any more)`,
				"stop replication of index a and delete it on the follower (no pattern covers it any more)",
			},
		},
		"paused by hand": {
			observed: []func(*Observation){becomes(Paused, "User initiated")},
			want:     []string{"resume replication of index a (paused: User initiated)"},
		},
		"paused, reason not asked for": {
			observed: []func(*Observation){becomes(Paused, " ")},
			want:     []string{"resume replication of index a (paused)"},
		},
		"paused by the plugin": {
			observed: []func(*Observation){becomes(Paused, "AutoPaused: lease lost")},
			want:     []string{"resume replication of index a (paused: AutoPaused: lease lost)"},
		},
		"failed": {
			observed: []func(*Observation){becomes(Failed, "disk full")},
			want:     []string{"delete follower index a and start its replication again (failed: disk full)"},
		},
		"not in progress although on record": {
			observed: []func(*Observation){becomes(NotInProgress, "")},
			want:     []string{"delete follower index a and start its replication again (no replication is in progress)"},
		},
		"on the way":           {observed: []func(*Observation){becomes(Bootstrapping, "")}},
		"just started":         {observed: []func(*Observation){becomes(Running, "")}},
		"state cannot be read": {observed: []func(*Observation){becomes(Unknown, "")}},
		"leader index deleted": {
			observed: []func(*Observation){
				becomes(Paused, auto),
				func(o *Observation) { o.Leader, o.Rules = o.Leader[1:], nil },
			},
			// The removal comes last.
			want: []string{
				`add autofollow rule ` + ruleFor("*") + ` for pattern "*" (the follower lacks it)`,
				"stop replication of index a and delete it on the follower (the leader has deleted index a)",
			},
		},
		"leader index hidden: not deleted": {
			observed: []func(*Observation){func(o *Observation) { o.Leader, o.LeaderHidden = o.Leader[1:], []string{"a", "b"} }},
		},
		"leader index closed: not deleted": {
			observed: []func(*Observation){func(o *Observation) { o.Leader[0].Closed = true }},
		},
		"leader's indices not known: none counts as deleted": {
			observed: []func(*Observation){func(o *Observation) { o.Leader, o.LeaderError = nil, "403" }},
		},
		"stopped by hand, known as ours": {
			observed: []func(*Observation){stopped},
			owned:    owns("a-uuid"),
			want:     []string{"delete follower index a and start its replication again (its replication was stopped)"},
		},
		"stopped by hand, not known": {
			observed: []func(*Observation){stopped},
			want:     []string{"start replication of index a (the follower has an index of that name that does not replicate it)"},
		},
		"ours was deleted and somebody made another": {
			observed: []func(*Observation){stopped},
			owned:    owns("an-older-uuid"),
			want:     []string{"start replication of index a (the follower has an index of that name that does not replicate it)"},
		},
		"no UUID proves nothing": {
			observed: []func(*Observation){stopped, func(o *Observation) { o.Follower[0].UUID = "" }},
			owned:    owns(""),
			want:     []string{"start replication of index a (the follower has an index of that name that does not replicate it)"},
		},
		"name taken by a replica of another leader": {
			observed: []func(*Observation){stopped, func(o *Observation) { o.Others["a"] = asia }},
			want:     []string{"start replication of index a (the follower's index of that name replicates another leader acme_search-asia)"},
		},
		"followed under another name": {
			observed: []func(*Observation){func(o *Observation) {
				o.Replications[0].FollowerIndex, o.Follower[0].Name = "a-copy", "a-copy"
			}},
		},
		"rule vanished": {
			observed: []func(*Observation){func(o *Observation) { o.Rules = nil }},
			want:     []string{`add autofollow rule ` + ruleFor("*") + ` for pattern "*" (the follower lacks it)`},
		},
		"rules of others are left alone": {
			observed: []func(*Observation){func(o *Observation) {
				o.Rules = append(o.Rules,
					Rule{Name: RuleName(asia, "*"), Pattern: "*"},
					Rule{Name: "by-hand", Pattern: "x*"},
					Rule{Name: otherOne, Pattern: "*"},
					Rule{Name: RuleName(asia, "y*"), LeaderAlias: asia, Pattern: "y*"})
			}},
		},
		"a rule that somebody else made for this leader stays while it brings nothing else": {
			observed: []func(*Observation){func(o *Observation) {
				o.Rules = append(o.Rules, Rule{Name: "by-hand", LeaderAlias: us, Pattern: "x*"})
			}},
		},
		"a rule that somebody else made for this leader and that brings more goes": {
			patterns: []string{"a", "b*"},
			observed: []func(*Observation){func(o *Observation) {
				o.Rules = append(rulesFor("a", "b*"), Rule{Name: "aivens-own", LeaderAlias: us, Pattern: "*"}, Rule{Name: "by-hand", LeaderAlias: us, Pattern: "b1*"})
				o.Replications, o.Leader = o.Replications[:1], o.Leader[:1]
			}},
			want: []string{`remove autofollow rule aivens-own for pattern "*" (no pattern calls for it any more)`},
		},
		"a rule that could not start an index": {
			observed: []func(*Observation){without("a"), madeBefore(time.Second), func(o *Observation) {
				o.Rules[0].FailedIndices = []string{".kibana", "a"}
			}},
			want: []string{"start replication of index a (autofollow rule " + ruleFor("*") + " could not start it)"},
		},
		"failed_indices that nobody misses": {
			observed: []func(*Observation){func(o *Observation) { o.Rules[0].FailedIndices = []string{".kibana", "a", "gone"} }},
		},
		"made just now: the rule will start it": {
			observed: []func(*Observation){without("a"), madeBefore(autofollowGrace - time.Millisecond)},
			want:     []string{"start replication of index a (the leader has it and the follower lacks it) [heals]"},
		},
		"made by a clock that is ahead": {
			observed: []func(*Observation){without("a"), madeBefore(-time.Minute)},
			want:     []string{"start replication of index a (the leader has it and the follower lacks it) [heals]"},
		},
		"the rule had its time": {
			observed: []func(*Observation){without("a"), madeBefore(autofollowGrace)},
			want:     []string{"start replication of index a (the leader has it and the follower lacks it)"},
		},
		"made just now, but there is no rule for it": {
			observed: []func(*Observation){without("a"), madeBefore(time.Second), func(o *Observation) {
				o.Rules = []Rule{{Name: RuleName(asia, "*"), Pattern: "*"}, {Name: ruleFor("x"), Pattern: "x"}}
			}},
			want: []string{
				"start replication of index a (the leader has it and the follower lacks it)",
				`add autofollow rule ` + ruleFor("*") + ` for pattern "*" (the follower lacks it)`,
				`remove autofollow rule ` + ruleFor("x") + ` for pattern "x" (no pattern calls for it any more)`,
			},
		},
		"made just now over a name that is taken": {
			observed: []func(*Observation){stopped, madeBefore(time.Second)},
			want:     []string{"start replication of index a (the follower has an index of that name that does not replicate it)"},
		},
		"out of reach of the leader: only what can be done without it": {
			observed: []func(*Observation){
				becomes(Paused, "User initiated"),
				func(o *Observation) { o.Rules = rulesFor("x*") },
				disconnected,
			},
			patterns: []string{"a"},
			want: []string{
				`remove autofollow rule ` + ruleFor("x*") + ` for pattern "x*" (no pattern calls for it any more)`,
				"stop replication of index b and delete it on the follower (no pattern covers it any more)",
			},
		},
		"out of reach, though its indices can be listed": {
			observed: []func(*Observation){without("a"), func(o *Observation) { o.Connection.Connected = false }},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := desired(ModeReplicating, "*")
			if tt.patterns != nil {
				d.Patterns = tt.patterns
			}
			if tt.owned != nil {
				tt.owned(&d)
			}
			assertTexts(t, texts(Steps(d, healthy(tt.observed...))), tt.want)
		})
	}
}

func TestSteps_Paused(t *testing.T) {
	all := func(o *Observation) {
		o.Replications = []Replication{
			replica("a", Syncing, ""), replica("b", Bootstrapping, ""), replica("c", Running, ""), replica("d", Unknown, ""),
			replica("e", Paused, "User initiated"), replica("f", Failed, "disk full"), replica("g", NotInProgress, ""),
		}
	}
	assertTexts(t, texts(Steps(desired(ModePaused, "*"), healthy(all))), []string{
		`remove autofollow rule ` + ruleFor("*") + ` for pattern "*" (nothing new is followed when paused)`,
		"pause replication of index a (it is running)",
		"pause replication of index b (it is running)",
		"pause replication of index c (it is running)",
		"pause replication of index d (it is running)",
	})
	settled := func(o *Observation) {
		all(o)
		o.Replications, o.Rules = o.Replications[4:], []Rule{{Name: RuleName(asia, "*"), Pattern: "*"}}
	}
	assertTexts(t, texts(Steps(desired(ModePaused, "*"), healthy(settled))), nil)
}

func TestSteps_Promoted(t *testing.T) {
	paused := becomes(Paused, "User initiated")
	checkpoints := func(o *Observation) {
		o.Replications[0].FollowerCheckpoint, o.Replications[1].FollowerCheckpoint = 17, -1
	}
	assertTexts(t, texts(Steps(desired(ModePromoted, "*"), healthy(paused))), []string{
		`remove autofollow rule ` + ruleFor("*") + ` for pattern "*" (nothing new is followed when promoted)`,
		"wait until index a has caught up and stop its replication",
		"wait until index b has caught up and stop its replication",
	})
	assertTexts(t, texts(Steps(desired(ModePromoted, "*"), healthy(checkpoints, disconnected))), []string{
		`remove autofollow rule ` + ruleFor("*") + ` for pattern "*" (nothing new is followed when promoted)`,
		"stop replication of index a (the leader is out of reach; last checkpoint 17)",
		"stop replication of index b (the leader is out of reach; last checkpoint -1)",
	})
	assertTexts(t, texts(Steps(desired(ModePromoted, "*"), healthy(func(o *Observation) { o.Replications, o.Rules = nil, nil }))), nil)
}

func TestSteps_ModeThatIsNone(t *testing.T) {
	assertTexts(t, texts(Steps(desired("", "x"), healthy())), nil)
}

func TestEndSteps(t *testing.T) {
	o := healthy(becomes(Failed, "disk full"), func(o *Observation) {
		o.Rules = append(o.Rules, Rule{Name: RuleName(asia, "*"), Pattern: "*"})
	})
	for _, mode := range []Mode{ModeReplicating, ModePromoted} {
		assertTexts(t, texts(EndSteps(desired(mode, "*"), o)), []string{
			`remove autofollow rule ` + ruleFor("*") + ` for pattern "*" (nothing new is followed when promoted)`,
			"stop replication of index a",
			"stop replication of index b",
		})
	}
}

func assertTexts(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}
