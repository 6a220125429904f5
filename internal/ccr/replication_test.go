// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestReplication_Lag(t *testing.T) {
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
		"not readable":                       {Unknown, 9, 9, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := Replication{State: tt.state, LeaderCheckpoint: tt.leader, FollowerCheckpoint: tt.follower}
			if lag, known := r.Lag(); lag != tt.lag || known != tt.known {
				t.Errorf("got %d, %v, want %d, %v", lag, known, tt.lag, tt.known)
			}
			if got, want := r.CaughtUp(), tt.known && tt.lag == 0; got != want {
				t.Errorf("CaughtUp = %v, want %v", got, want)
			}
		})
	}
}

func TestReplication_AutoPaused(t *testing.T) {
	for _, tt := range []struct {
		r    Replication
		want bool
	}{
		{replica("a", Paused, "AutoPaused:  + [[movies][0] - x], "), true},
		{replica("a", Paused, "User initiated"), false},
		{replica("a", Paused, "not AutoPaused: at all"), false},
		{replica("a", Syncing, "AutoPaused: of a time that is over"), false},
	} {
		if got := tt.r.AutoPaused(); got != tt.want {
			t.Errorf("%+v: got %v", tt.r, got)
		}
	}
}

func TestObservation_Lag(t *testing.T) {
	at := func(state State, leader, follower int64) Replication {
		return Replication{State: state, LeaderCheckpoint: leader, FollowerCheckpoint: follower}
	}
	for want, in := range map[int64][]Replication{
		0: nil,
		7: {at(Syncing, 10, 9), at(Syncing, 10, 3), at(Paused, 1000, 0), at(Syncing, 50, -2)},
	} {
		if got := (Observation{Replications: in}).Lag(); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}
