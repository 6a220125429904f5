// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"strings"
	"testing"
	"time"
)

func TestFollowerIndex_Lag(t *testing.T) {
	for name, tt := range map[string]struct {
		state            State
		leader, follower int64
		lag              int64
		known            bool
	}{
		"equal":                              {Syncing, 4, 4, 0, true},
		"behind":                             {Syncing, 9, 4, 5, true},
		"ahead of what the leader last said": {Syncing, 4, 5, 0, true},
		"an empty shard":                     {Syncing, -1, -1, 0, true}, // recording 28
		"an empty shard that was written to": {Syncing, 3, -1, 4, true},
		"a shard not opened yet":             {Syncing, 3, -2, 0, false},
		"an empty shard not opened yet":      {Syncing, -1, -2, 0, false},
		"two empty shards":                   {Syncing, -2, -2, 0, true},
		"two empty shards, not opened yet":   {Syncing, -2, -4, 0, false},
		"three empty shards, one not opened": {Syncing, -3, -4, 0, false},
		"paused has no checkpoints":          {Paused, 0, 0, 0, false},
		"bootstrapping":                      {Bootstrapping, 9, 4, 0, false},
		"not readable":                       {StateUnknown, 9, 9, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := FollowerIndex{State: tt.state, LeaderCheckpoint: tt.leader, FollowerCheckpoint: tt.follower}
			if lag, known := f.Lag(); lag != tt.lag || known != tt.known {
				t.Errorf("got %d, %v, want %d, %v", lag, known, tt.lag, tt.known)
			}
			if got, want := f.InSync(), tt.known && tt.lag == 0; got != want {
				t.Errorf("InSync = %v, want %v", got, want)
			}
		})
	}
}

func TestObservation_Lag(t *testing.T) {
	at := func(f FollowerIndex, leader, follower int64) FollowerIndex {
		f.LeaderCheckpoint, f.FollowerCheckpoint = leader, follower
		return f
	}
	o := healthy(put(at(replica("a", Syncing, ""), 10, 3), at(replica("b", Syncing, ""), 10, 9), at(replica("c", Paused, ""), 1000, 0),
		at(replica("d", Syncing, ""), 50, -2), at(replicaOf(asia, "e", Syncing, ""), 99, 0)))
	if got := o.Lag(); got != 7 {
		t.Errorf("got %d, want 7", got)
	}
	if got := (Observation{}).Lag(); got != 0 {
		t.Errorf("of nothing: got %d", got)
	}
}

func TestFollowerIndex_AutoPaused(t *testing.T) {
	for _, tt := range []struct {
		f    FollowerIndex
		want bool
	}{
		{replica("a", Paused, "AutoPaused:  + [[movies][0] - x], "), true},
		{replica("a", Paused, byHand), false},
		{replica("a", Paused, "not AutoPaused: at all"), false},
		{replica("a", Syncing, "AutoPaused: of a time that is over"), false},
	} {
		if got := tt.f.AutoPaused(); got != tt.want {
			t.Errorf("%+v: got %v", tt.f, got)
		}
	}
}

// What is missing once is not gone: it takes a second look, SettleTime later.
func TestSettling(t *testing.T) {
	var s Settling
	for _, tt := range []struct {
		after time.Duration
		seen  bool
		want  bool
	}{
		{0, false, false},
		{SettleTime - time.Millisecond, false, false},
		{SettleTime, false, true},
		{SettleTime + time.Second, true, false},
		{SettleTime + 2*time.Second, false, false}, // the time begins again
		{2*SettleTime + time.Second, false, false},
		{2*SettleTime + 2*time.Second, false, true},
	} {
		if tt.seen {
			s.Seen("a")
			continue
		}
		if got := s.Missing("a", now.Add(tt.after)); got != tt.want {
			t.Errorf("after %s: got %v", tt.after, got)
		}
	}
	if s.Missing("b", now.Add(time.Hour)) {
		t.Error("one thing that is missing says nothing of another")
	}
}

func TestFollowerIndex_Replicates(t *testing.T) {
	const present, absent, unknown = "present", "absent", "unknown"
	with := func(f FollowerIndex, changes ...func(*FollowerIndex)) FollowerIndex {
		for _, c := range changes {
			c(&f)
		}
		return f
	}
	state := func(s State) func(*FollowerIndex) { return func(f *FollowerIndex) { f.State = s } }
	block := func(f *FollowerIndex) { f.Block = Present(struct{}{}) }
	for name, tt := range map[string]struct {
		f      FollowerIndex
		want   string
		source Source
	}{
		"marked":                              {replica("a", Syncing, ""), present, Source{us, "a"}},
		"marked, after a node restart":        {replica("a", NotInProgress, ""), present, Source{us, "a"}},
		"marked, the leader is unreachable":   {replica("a", StateUnknown, ""), present, Source{us, "a"}},
		"hidden, the plugin works on it":      {hide(replica("a", Paused, "")), present, Source{}},
		"hidden mark, block, not in progress": {with(hide(replica("a", NotInProgress, "")), block), present, Source{}},
		"mark gone, block still on":           {with(plain("a"), block), present, Source{}},
		"stopped":                             {plain("a"), absent, Source{}},
		"hidden, not in progress":             {hide(plain("a")), absent, Source{}},
		"no such index, no state":             {with(missingIndex("a"), state(StateUnknown)), absent, Source{}},
		"no state, no mark":                   {with(plain("a"), state(StateUnknown)), unknown, Source{}},
		"nothing known":                       {FollowerIndex{Name: "a", State: StateUnknown}, unknown, Source{}},
	} {
		t.Run(name, func(t *testing.T) {
			fact := tt.f.Replicates()
			got := unknown
			if proof, is := fact.Absent(); is {
				got = absent
				if proof.String() == "" {
					t.Error("absent without a proof")
				}
			}
			source, is := fact.Value()
			if is {
				got = present
			}
			if got != tt.want || source != tt.source {
				t.Errorf("got %s %v, want %s %v", got, source, tt.want, tt.source)
			}
		})
	}
	hidden, _ := hide(plain("a")).Replicates().Absent()
	if strings.Contains(hidden.String(), "gone") {
		t.Errorf("what is hidden is said to be gone: %s", hidden)
	}
}

// The proof that nobody can have written to an index, over all facts.
func TestFollowerIndex_Untouched(t *testing.T) {
	yes, no, dunno := Present(struct{}{}), Absent[struct{}]("no block"), Unknown[struct{}]("403")
	marked, unmarked, hidden := Present(Source{us, "a"}), Absent[Source]("no mark"), Unknown[Source]("filtered out")
	always := []State{Syncing, Bootstrapping, Running, Paused, Failed, NotInProgress, StateUnknown}
	for name, tt := range map[string]struct {
		mark  Fact[Source]
		block Fact[struct{}]
		want  []State // in which there is a proof
	}{
		"mark and block":          {marked, yes, always},
		"mark, no block":          {marked, no, nil},
		"mark, block not read":    {marked, dunno, []State{Paused}}, // a copy that failed early has no block
		"no mark, block":          {unmarked, yes, nil},
		"no mark, no block":       {unmarked, no, nil},
		"no mark, block not read": {unmarked, dunno, nil},
		"hidden, block":           {hidden, yes, []State{Paused, Failed}},
		"hidden, no block":        {hidden, no, nil},
		"both hidden":             {hidden, dunno, []State{Paused, Failed}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range always {
				want := false
				for _, w := range tt.want {
					want = want || w == s
				}
				proof, got := FollowerIndex{Source: tt.mark, Block: tt.block, State: s}.untouched()
				if got != want || proof.holds() != got {
					t.Errorf("%s: got %v (%s), want %v", s, got, proof, want)
				}
			}
		})
	}
}
