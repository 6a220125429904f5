// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"slices"
	"testing"
)

// A single follower index a that is to follow leader index l.
func TestDecide_Single(t *testing.T) {
	of := func(state State, reason string) FollowerIndex {
		f := replica("a", state, reason)
		f.Source = Present(Source{us, "l"})
		return f
	}
	lost := of(Paused, byHand)
	lost.HistoryLost = true
	auto := "AutoPaused: [no such index [l]]"
	const stopped, failed, outside = "its replication was stopped", "failed: disk full", "its replication was stopped, and the index may have writes of its own"
	const start, resume, pause = "start the replication of index l as a (" + missing + ")", "resume the replication of index a (paused: " + byHand + ")", "pause the replication of index a (it is running)"
	orRebuild := []string{"delete follower index a (permitted by its state: " + leaseLost + "; " + byMark + ")"}
	byPermission := []string{"delete follower index a (permitted by rebuild = true; " + ownedUUID("a") + ")"}
	refused := []string{"refused, own writes: [a] of 0"}
	const another = "the leader has deleted index l and has another one of that name"
	again := of(Paused, auto)
	again.HistoryLost = true
	only := func(o *Observation) { delete(o.Connections, asia) }
	for name, tt := range map[string]struct {
		decideCase

		paused bool
	}{
		"syncs":                                  {decideCase: decideCase{}},
		"copies":                                 {decideCase: decideCase{see: []change{put(of(Bootstrapping, ""))}, status: StatusBootstrapping, reason: "its first copy has not finished"}},
		"just started":                           {decideCase: decideCase{see: []change{put(of(Running, ""))}, status: StatusBootstrapping, reason: "its first copy has not finished"}},
		"start":                                  {decideCase: decideCase{see: []change{without("a")}, steps: []string{start}, status: StatusFailed, reason: fromSteps}},
		"start, rights":                          {decideCase: decideCase{see: []change{without("a"), leaderUnknown, func(o *Observation) { o.Rules = Unknown[[]Rule]("403") }}, steps: []string{start}, status: StatusFailed, reason: fromSteps}},
		"start, no leader":                       {decideCase: decideCase{see: []change{without("a"), unreached}, status: StatusDegraded, reason: outOfSync}},
		"resume":                                 {decideCase: decideCase{see: []change{put(of(Paused, byHand))}, steps: []string{resume}, destroys: orRebuild, status: StatusPaused, reason: fromSteps}},
		"resume, no leader":                      {decideCase: decideCase{see: []change{put(of(Paused, byHand)), unreached}, status: StatusDegraded, reason: outOfSync}},
		"history lost":                           {decideCase: decideCase{see: []change{put(lost)}, steps: []string{rebuildingA(leaseLost)}, destroys: orRebuild, status: StatusFailed, reason: fromSteps}},
		"history lost, the leader is not listed": {decideCase: decideCase{see: []change{put(lost), leaderUnknown}, steps: []string{rebuildingA(leaseLost)}, destroys: orRebuild, status: StatusFailed, reason: fromSteps}},
		"failed": {decideCase: decideCase{see: []change{put(of(Failed, "disk full"))}, steps: []string{rebuildingA(failed)},
			destroys: []string{"delete follower index a (permitted by its state: " + failed + "; " + byMark + ")"}, status: StatusFailed, reason: fromSteps}},
		"failed, the leader is not listed": {decideCase: decideCase{see: []change{put(of(Failed, "disk full")), leaderUnknown}, want: rebuild, status: StatusDegraded,
			reason: "index a must be copied again (" + failed + "), and the leader is not seen to have index l"}},
		"failed, no leader": {decideCase: decideCase{see: []change{put(of(Failed, "disk full")), unreached}, status: StatusDegraded, reason: outOfSync}},
		"stopped":           {decideCase: decideCase{see: []change{put(plain("a"))}, notes: refused, status: StatusStopped, reason: outside}},
		"stopped, rebuild":  {decideCase: decideCase{see: []change{put(plain("a"))}, want: rebuild, steps: []string{rebuildingA(stopped)}, destroys: byPermission, status: StatusFailed, reason: fromSteps}},
		"stopped, rebuild, the leader is not listed": {decideCase: decideCase{see: []change{put(plain("a")), leaderUnknown}, want: rebuild, status: StatusDegraded,
			reason: "index a must be copied again (" + stopped + "), and the leader is not seen to have index l"}},
		"stopped, rebuild, the leader has none": {decideCase: decideCase{see: []change{put(plain("a")), proven("l")}, want: rebuild, status: StatusDegraded,
			reason: "index a must be copied again (" + stopped + "), and the leader no longer has index l"}},
		"taken": {decideCase: decideCase{see: []change{put(plain("a"))}, want: all(rebuild, owning(Owned{})), notes: []string{"name taken: a an index that is not a replica"}, status: StatusFailed,
			reason: "index a cannot be replicated: the follower's index of that name is an index that is not a replica"}},
		"taken by a replica of another leader": {decideCase: decideCase{see: []change{put(replicaOf(asia, "a", Failed, ""))}, want: rebuild, notes: []string{"name taken: a acme_search-asia:a"}, status: StatusFailed,
			reason: "index a cannot be replicated: the follower's index of that name is a replica of acme_search-asia:a"}},
		"taken by a replica of another index": {decideCase: decideCase{see: []change{put(replica("a", Failed, ""))}, want: rebuild, notes: []string{"name taken: a acme_search-us:a"}, status: StatusFailed,
			reason: "index a cannot be replicated: the follower's index of that name is a replica of acme_search-us:a"}},
		"leader deleted": {decideCase: decideCase{see: []change{put(of(Paused, auto)), proven("l")}, notes: []string{"kept: a l"}, status: StatusFailed, reason: "the leader has deleted index l"}},
		"leader deleted, whatever on_leader_delete says": {decideCase: decideCase{see: []change{put(of(Paused, auto)), proven("l")},
			want: all(rebuild, func(d *Desired) { d.Permits.OnLeaderDelete = LeaderDeleteAll }), notes: []string{"kept: a l"}, status: StatusFailed, reason: "the leader has deleted index l"}},
		"leader deleted, not confirmed": {decideCase: decideCase{see: []change{put(of(Paused, auto)), leaderHas("b")}, status: StatusDegraded,
			reason: "index a is paused (" + auto + "), and the leader has not confirmed that index l is gone"}},
		"leader has it again":             {decideCase: decideCase{see: []change{put(of(Paused, auto))}, notes: []string{"refused, recreated on the leader: [a] of 1"}, status: StatusFailed, reason: another}},
		"leader has another one, rebuild": {decideCase: decideCase{see: []change{put(again)}, want: rebuild, steps: []string{rebuildingA(another)}, destroys: byPermission, status: StatusFailed, reason: fromSteps}},
		"the leader is down":              {decideCase: decideCase{see: []change{put(of(StateUnknown, "")), leaderDown}, status: StatusDegraded, reason: outOfSync}},
		"no state":                        {decideCase: decideCase{see: []change{put(of(StateUnknown, ""))}, status: StatusDegraded, reason: "the follower does not report the state of index a"}},
		"the route is closed":             {decideCase: decideCase{see: []change{put(FollowerIndex{Name: "a", State: StateUnknown})}, want: rebuild, status: StatusDegraded, reason: "the follower does not report the state of index a"}},
		"others do not matter":            {decideCase: decideCase{see: []change{put(replica("b", Failed, ""), plain("c"), replicaOf(asia, "d", Failed, "")), noRules, leaderHas("l", "x")}}},

		// Amazon's service hides the mark and the block.
		"hidden, syncs": {decideCase: decideCase{see: []change{put(hide(of(Syncing, "")))}}},
		"hidden, paused": {decideCase: decideCase{see: []change{put(hide(of(Paused, byHand)))}, steps: []string{resume},
			destroys: []string{"delete follower index a (permitted by its state: " + leaseLost + "; the plugin reports that its replication is paused)"}, status: StatusPaused, reason: fromSteps}},
		"hidden, paused, not owned": {decideCase: decideCase{see: []change{put(hide(of(Paused, byHand))), only}, want: owning(Owned{}), steps: []string{resume}, status: StatusPaused, reason: fromSteps}},
		"hidden, failed": {decideCase: decideCase{see: []change{put(hide(of(Failed, "disk full")))}, steps: []string{rebuildingA(failed)},
			destroys: []string{"delete follower index a (permitted by its state: " + failed + "; the plugin reports that its replication is failed)"}, status: StatusFailed, reason: fromSteps}},
		"hidden, failed, not owned": {decideCase: decideCase{see: []change{put(hide(of(Failed, "disk full"))), only}, want: all(rebuild, owning(Owned{})), status: StatusDegraded,
			reason: "index a must be copied again (" + failed + "), and the follower hides which leader it replicates"}},
		"hidden, stopped":          {decideCase: decideCase{see: []change{put(hide(plain("a")))}, notes: refused, status: StatusStopped, reason: outside}},
		"hidden, stopped, rebuild": {decideCase: decideCase{see: []change{put(hide(plain("a")))}, want: rebuild, steps: []string{rebuildingA(stopped)}, destroys: byPermission, status: StatusFailed, reason: fromSteps}},
		"hidden, taken": {decideCase: decideCase{see: []change{put(hide(plain("a")))}, want: all(rebuild, owning(Owned{})), notes: []string{"name taken: a an index that is not a replica"}, status: StatusFailed,
			reason: "index a cannot be replicated: the follower's index of that name is an index that is not a replica"}},
		"hidden, leader deleted": {decideCase: decideCase{see: []change{put(hide(of(Paused, auto))), proven("l")}, notes: []string{"kept: a l"}, status: StatusFailed, reason: "the leader has deleted index l"}},

		"paused as desired":            {paused: true, decideCase: decideCase{see: []change{put(of(Paused, byHand))}}},
		"paused as desired, no leader": {paused: true, decideCase: decideCase{see: []change{put(of(Paused, byHand)), leaderDown, leaderUnknown}}},
		"to be paused":                 {paused: true, decideCase: decideCase{steps: []string{pause}, status: StatusFailed, reason: fromSteps}},
		"to be paused, no leader":      {paused: true, decideCase: decideCase{see: []change{put(of(StateUnknown, "")), unreached}, steps: []string{pause}, status: StatusFailed, reason: fromSteps}},
		"to be paused, copies":         {paused: true, decideCase: decideCase{see: []change{put(of(Bootstrapping, ""))}, steps: []string{pause}, status: StatusFailed, reason: fromSteps}},
		"to be paused, not there":      {paused: true, decideCase: decideCase{see: []change{without("a")}, steps: []string{start}, status: StatusFailed, reason: fromSteps}},
		"to be paused, not there, no leader": {paused: true, decideCase: decideCase{see: []change{without("a"), unreached}, status: StatusDegraded,
			reason: "index a does not replicate, and the follower is not connected to its leader"}},
		"to be paused, stopped": {paused: true, decideCase: decideCase{see: []change{put(plain("a"))}, notes: refused, status: StatusStopped, reason: outside}},
		"to be paused, failed": {paused: true, decideCase: decideCase{see: []change{put(of(Failed, "disk full"))}, steps: []string{rebuildingA(failed)},
			destroys: []string{"delete follower index a (permitted by its state: " + failed + "; " + byMark + ")"}, status: StatusFailed, reason: fromSteps}},
		"to be paused, nothing is known": {paused: true, decideCase: decideCase{see: []change{put(FollowerIndex{Name: "a", State: StateUnknown})}, status: StatusDegraded,
			reason: "the follower does not report the state of index a"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := Desired{Alias: us, Mode: ModeReplicating, Single: &SingleIndex{Follower: "a", Leader: "l"}, Owned: owned("a")}
			if tt.paused {
				d.Mode = ModePaused
			}
			tt.see = slices.Concat([]change{put(of(Syncing, "")), leaderHas("b", "l")}, tt.see)
			tt.run(t, d)
		})
	}
}

func TestDecide_SinglePromoted(t *testing.T) {
	d := Desired{Alias: us, Mode: ModePromoted, Single: &SingleIndex{Follower: "a", Leader: "a"}, Owned: owned("a")}
	want := []string{"let index a catch up, then stop its replication"}
	assertTexts(t, texts(Decide(d, healthy()).Steps), want)
	d.Single.Leader = "l" // the replica of that name is of another index
	assertTexts(t, texts(Decide(d, healthy()).Steps), nil)
}

func TestEndSteps(t *testing.T) {
	o := healthy(becomes(Failed, "disk full"), put(replicaOf(asia, "c", Syncing, ""), plain("d"), hide(replica("e", Paused, ""))),
		rules(append(rulesFor("*"), Rule{Name: RuleName(asia, "*"), Pattern: "*"}, Rule{Name: "by-hand", Pattern: "*"}, Rule{Name: "aivens-own", LeaderAlias: us, Pattern: "x"})...))
	for _, mode := range []Mode{ModeReplicating, ModePaused, ModePromoted} {
		steps := EndSteps(desired(mode, "*"), o, "destroy")
		var got []string
		for _, s := range steps {
			got = append(got, string(s.Action)+" "+s.Index+s.Rule.Name)
			if !s.Destroys.Permits() {
				t.Errorf("%s has no permission", s)
			}
		}
		assertTexts(t, got, []string{"remove rule " + ruleFor("*"), "remove rule aivens-own", "stop a", "stop b"})
	}
	if got := EndSteps(desired(ModeReplicating, "*"), Observation{Alias: us}, "destroy"); len(got) > 0 {
		t.Errorf("of nothing that is known: %q", texts(got))
	}
	steps := EndSteps(desired(ModeReplicating, "*"), o, "destroy")
	assertTexts(t, destroyed(steps[2:3]), []string{"stop replication of index a (permitted by destroy)"})
}

func TestEndIndex(t *testing.T) {
	const nothing, stop, remove = "", "stop replication of index a (permitted by on_destroy)", "delete follower index a (permitted by on_destroy; it is the index that this resource started or adopted (UUID a-uuid))"
	noUUID := replica("a", Syncing, "")
	noUUID.Index = Unknown[Identity]("403")
	unread := plain("a")
	unread.State = StateUnknown
	for name, tt := range map[string]struct {
		f              FollowerIndex
		uuid           string
		stops, deletes string
	}{
		"replicates":                      {replica("a", Syncing, ""), "a-uuid", stop, remove},
		"replicates, hidden marks":        {hide(replica("a", Paused, "")), "a-uuid", stop, remove},
		"stopped, with writes of its own": {plain("a"), "a-uuid", nothing, remove},
		"another of that name":            {replica("a", Syncing, ""), "older", nothing, nothing},
		"stopped, another of that name":   {plain("a"), "older", nothing, nothing},
		"which one is not known":          {replica("a", Syncing, ""), "", stop, nothing},
		"its UUID could not be read":      {noUUID, "a-uuid", stop, nothing},
		"no state":                        {unread, "a-uuid", stop, remove},
		"nothing is known":                {FollowerIndex{Name: "a", State: StateUnknown}, "a-uuid", stop, nothing},
		"no index":                        {missingIndex("a"), "a-uuid", nothing, nothing},
		"no index, no state":              {func() FollowerIndex { f := missingIndex("a"); f.State = StateUnknown; return f }(), "a-uuid", nothing, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			for deletes, want := range map[bool]string{false: tt.stops, true: tt.deletes} {
				step, needed := EndIndex(tt.f, tt.uuid, deletes, "on_destroy")
				got := step.Destroys.String()
				if !needed {
					got = ""
				}
				if got != want || needed != (want != "") {
					t.Errorf("deletes %v:\n got %v %s\nwant %s", deletes, needed, got, want)
				}
				if _, _, may := step.Destroys.Index(); needed && (may != deletes || !step.Destroys.Permits()) {
					t.Errorf("deletes %v: permits to delete %v", deletes, may)
				}
			}
		})
	}
}
