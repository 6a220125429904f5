// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"slices"
	"testing"
	"time"
)

const (
	us   = "acme_search-us"
	asia = "acme_search-asia"

	byHand     = "User initiated"
	autoGone   = "AutoPaused:  + [[a][0] - org.opensearch.index.IndexNotFoundException - \"no such index [a]\"], "
	autoLease  = "AutoPaused: RetentionLeaseNotFoundException"
	leaseLost  = "the leader no longer has the history since the pause"
	rebuildYes = "rebuild = true"
)

// now is when everything in these tables was observed.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func assertTexts(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func uuidOf(index string) string { return index + "-uuid" }

// replicaOf is a follower index with the mark and the block of a replica.
func replicaOf(alias, index string, state State, reason string) FollowerIndex {
	return FollowerIndex{Name: index, Index: Present(Identity{UUID: uuidOf(index)}), Source: Present(Source{Alias: alias, Index: index}),
		Block: Present(struct{}{}), State: state, Reason: reason}
}

func replica(index string, state State, reason string) FollowerIndex {
	return replicaOf(us, index, state, reason)
}

// plain is an index that is not a replica, or not any longer.
func plain(index string) FollowerIndex {
	return FollowerIndex{Name: index, Index: Present(Identity{UUID: uuidOf(index)}), Source: Absent[Source]("no mark"),
		Block: Absent[struct{}]("no block"), State: NotInProgress}
}

// hide takes the mark and the block of an index out of sight, as Amazon's service does.
func hide(f FollowerIndex) FollowerIndex {
	f.Source, f.Block = Unknown[Source]("filtered out"), Unknown[struct{}]("403")
	return f
}

func open(names ...string) Fact[[]LeaderIndex] {
	list := make([]LeaderIndex, 0, len(names))
	for _, n := range names {
		list = append(list, LeaderIndex{Name: n})
	}
	return Present(list)
}

func ruleFor(pattern string) string { return RuleName(us, pattern) }

func rulesFor(patterns ...string) []Rule {
	rules := make([]Rule, 0, len(patterns))
	for _, p := range patterns {
		rules = append(rules, Rule{Name: ruleFor(p), Pattern: p})
	}
	return rules
}

type change func(*Observation)

// healthy is a follower of the leader's indices a and b by rule *, both in sync.
func healthy(changes ...change) Observation {
	o := Observation{
		Alias:       us,
		Connections: map[string]Connection{us: {Alias: us, Connected: true}, asia: {Alias: asia, Connected: true}},
		Connection:  Present(Connection{Alias: us, Connected: true}),
		Reach:       Present(struct{}{}),
		Leader:      open("a", "b"),
		Gone:        map[string]Proof{},
		Rules:       Present(rulesFor("*")),
	}
	put(replica("a", Syncing, ""), replica("b", Syncing, ""))(&o)
	for _, c := range changes {
		c(&o)
	}
	return o
}

func put(indices ...FollowerIndex) change {
	return func(o *Observation) {
		for _, f := range indices {
			o.Indices = o.Indices.With(f.Name, f)
		}
	}
}

func without(indices ...string) change {
	return func(o *Observation) {
		for _, name := range indices {
			o.Indices = o.Indices.Without(name)
		}
	}
}

// becomes puts replica a into a state.
func becomes(state State, reason string) change { return put(replica("a", state, reason)) }

func leaderHas(names ...string) change { return func(o *Observation) { o.Leader = open(names...) } }

func leaderUnknown(o *Observation) { o.Leader = Unknown[[]LeaderIndex]("403") }

// proven gives the leader's answer that it has none of these indices, which it does not list either.
func proven(names ...string) change {
	return func(o *Observation) {
		listed, known := o.Leader.Value()
		for _, name := range names {
			o.Gone[name] = LeaderIndexGone(name)
			listed = slices.DeleteFunc(slices.Clone(listed), func(ix LeaderIndex) bool { return ix.Name == name })
		}
		if known {
			o.Leader = Present(listed)
		}
	}
}

func rules(rs ...Rule) change { return func(o *Observation) { o.Rules = Present(rs) } }

func noRules(o *Observation) { o.Rules = Absent[[]Rule]("the follower has none") }

func unreached(o *Observation) { o.Reach = Unknown[struct{}]("one look said connected: false") }

func leaderDown(o *Observation) { o.Reach = Absent[struct{}]("the leader did not answer for 10 s") }

func desired(mode Mode, patterns ...string) Desired {
	return Desired{Alias: us, Patterns: patterns, Mode: mode, Owned: owned("a", "b")}
}

func owned(names ...string) Owned {
	m := map[string]string{}
	for _, n := range names {
		m[n] = uuidOf(n)
	}
	return NewByName(m)
}

// texts are the steps with what they destroy, as a plan shows them.
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

func destroyed(steps []Step) []string {
	var out []string
	for _, s := range steps {
		for _, d := range []Destruction{s.Destroys, s.OrDestroys} {
			if d.Kind() != "" {
				out = append(out, d.String())
			}
		}
	}
	return out
}
