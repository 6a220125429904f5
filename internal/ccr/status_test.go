// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"slices"
	"testing"
	"time"
)

func TestAssess(t *testing.T) {
	type change = func(*Observation)
	type want struct {
		status  Status
		reason  string
		repairs int
	}
	bothPaused := func(a, b string) change {
		return func(o *Observation) {
			o.Replications = []Replication{replica("a", Paused, a), replica("b", Paused, b)}
		}
	}
	noRules := func(o *Observation) { o.Rules = nil }
	noConnection := func(o *Observation) { o.Connection = Connection{Alias: us} }
	notConnected := func(o *Observation) { o.Connection.Connected = false }
	nothingLeft := func(o *Observation) { o.Replications, o.Rules = nil, nil }
	const unconnected = "the follower has no connection to its leader, remote cluster acme_search-us"
	const missing = "the connection to the leader, remote cluster acme_search-us, is missing on the follower"

	for name, tt := range map[string]struct {
		mode     Mode
		observed []change
		want     want
	}{
		"replicating": {ModeReplicating, nil, want{status: StatusReplicating}},
		"replicating, an index about to be followed": {
			ModeReplicating, []change{func(o *Observation) {
				o.Leader = append(o.Leader, Index{Name: "c", Created: now.Add(-time.Minute)})
			}}, want{status: StatusReplicating},
		},
		"replicating, an index still on its way": {ModeReplicating, []change{becomes(Bootstrapping, "")}, want{status: StatusReplicating}},
		"one failed": {
			ModeReplicating, []change{becomes(Failed, "disk full")},
			want{StatusFailed, "delete follower index a and start its replication again (failed: disk full)", 1},
		},
		"one lacks": {
			ModeReplicating, []change{func(o *Observation) { o.Leader = append(o.Leader, indices("c")...) }},
			want{StatusFailed, "start replication of index c (the leader has it and the follower lacks it)", 1},
		},
		"a rule vanished": {
			ModeReplicating, []change{noRules},
			want{StatusFailed, `add autofollow rule ` + ruleFor("*") + ` for pattern "*" (the follower lacks it)`, 1},
		},
		"all paused by hand": {
			ModeReplicating, []change{bothPaused("User initiated", "planned work")},
			want{StatusPaused, "resume replication of index a (paused: User initiated); resume replication of index b (paused: planned work)", 2},
		},
		"one paused by the plugin": {
			ModeReplicating, []change{bothPaused("User initiated", "AutoPaused: lease lost")},
			want{StatusFailed, "resume replication of index a (paused: User initiated); resume replication of index b (paused: AutoPaused: lease lost)", 2},
		},
		"paused by hand and more": {
			ModeReplicating, []change{becomes(Paused, "User initiated"), noRules},
			want{StatusFailed, "resume replication of index a (paused: User initiated); add autofollow rule " + ruleFor("*") + ` for pattern "*" (the follower lacks it)`, 2},
		},
		"connection missing": {ModeReplicating, []change{noConnection}, want{status: StatusFailed, reason: missing}},
		"not connected":      {ModeReplicating, []change{notConnected}, want{status: StatusDegraded, reason: unconnected}},
		"leader gone":        {ModeReplicating, []change{disconnected}, want{status: StatusDegraded, reason: unconnected}},
		"not connected, and what needs the leader is amiss": {
			ModeReplicating, []change{becomes(Paused, "User initiated"), noRules, disconnected},
			want{status: StatusDegraded, reason: unconnected},
		},
		"connected, but the leader cannot be listed": {
			ModeReplicating, []change{func(o *Observation) { o.Leader, o.LeaderError = nil, "status 403" }},
			want{status: StatusDegraded, reason: "the leader's indices cannot be listed: status 403"},
		},

		"paused": {ModePaused, []change{bothPaused("User initiated", "User initiated"), noRules}, want{status: StatusPaused}},
		"paused, leader's indices not known": {
			ModePaused, []change{bothPaused("User initiated", "User initiated"), noRules, func(o *Observation) { o.Leader = nil }},
			want{status: StatusPaused},
		},
		"paused, one resumed by hand": {
			ModePaused, []change{func(o *Observation) { o.Replications = o.Replications[:1] }, noRules},
			want{StatusFailed, "pause replication of index a (it is running)", 1},
		},
		"paused, not connected": {
			ModePaused, []change{bothPaused("User initiated", "User initiated"), noRules, notConnected},
			want{status: StatusDegraded, reason: unconnected},
		},
		"paused, connection missing": {ModePaused, []change{noConnection}, want{status: StatusFailed, reason: missing}},

		"promoted":                  {ModePromoted, []change{nothingLeft}, want{status: StatusPromoted}},
		"promoted, needs no leader": {ModePromoted, []change{nothingLeft, disconnected, noConnection}, want{status: StatusPromoted}},
		"promotion that was cut short": {
			ModePromoted, []change{func(o *Observation) { o.Replications, o.Rules = o.Replications[1:], nil }},
			want{StatusFailed, "the promotion is not finished: wait until index b has caught up and stop its replication", 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Assess(desired(tt.mode, "*"), healthy(tt.observed...))
			if got := (want{got.Status, got.Reason, len(got.Repairs)}); got != tt.want {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestMode_Target(t *testing.T) {
	for mode, want := range map[Mode]Status{ModeReplicating: StatusReplicating, ModePaused: StatusPaused, ModePromoted: StatusPromoted} {
		if got := mode.Target(); got != want {
			t.Errorf("%s leads to %s, want %s", mode, got, want)
		}
		if !slices.Contains(Modes(), string(mode)) {
			t.Errorf("Modes() lacks %s", mode)
		}
	}
	if len(Modes()) != 3 {
		t.Errorf("Modes() = %q", Modes())
	}
}
