// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"maps"
	"testing"
)

func TestAssessPair(t *testing.T) {
	const gone = "the follower has no connection to its leader, remote cluster acme_search-us"
	for name, tt := range map[string]struct {
		mode   Mode
		change func(*PairObservation)
		status Status
		reason string
	}{
		"well": {ModeReplicating, func(*PairObservation) {}, StatusReplicating, ""},
		"powered off": {ModeReplicating, func(p *PairObservation) { p.FollowerState, p.Unreadable = ServicePowerOff, "503" },
			StatusFailed, "the follower service is powered off"},
		"not linked": {ModeReplicating, func(p *PairObservation) { p.Linked = false },
			StatusFailed, "the integration with the leader does not exist any more"},
		"cannot be read": {ModeReplicating, func(p *PairObservation) { p.FollowerState, p.Unreadable = ServiceRebuilding, "status 503" },
			StatusDegraded, "the follower (state REBUILDING) cannot be read: status 503"},
		"recycled, not connected yet": {ModeReplicating, func(p *PairObservation) { p.FollowerState, p.Connection = ServiceRebuilding, Connection{} },
			StatusDegraded, "the follower service is REBUILDING"},
		"rebuilt while it replicates": {ModeReplicating, func(p *PairObservation) { p.FollowerState = ServiceRebuilding }, StatusReplicating, ""},
		"running, not connected":      {ModeReplicating, func(p *PairObservation) { p.Connection.Connected = false }, StatusDegraded, gone},
		"promoted": {ModePromoted, func(p *PairObservation) { p.Linked, p.Replications, p.Rules = false, nil, nil },
			StatusPromoted, ""},
		"promoted, cannot be read": {ModePromoted, func(p *PairObservation) { p.Linked, p.Unreadable = false, "status 503" },
			StatusDegraded, "the follower (state RUNNING) cannot be read: status 503"},
		"promotion that was cut short before it was unlinked": {ModePromoted, func(p *PairObservation) { p.Replications, p.Rules = nil, nil },
			StatusFailed, "the promotion is not finished: the integration with the leader still exists"},
	} {
		t.Run(name, func(t *testing.T) {
			p := PairObservation{FollowerState: ServiceRunning, Linked: true, LinkStatus: "active", Observation: healthy()}
			tt.change(&p)
			if got := AssessPair(desired(tt.mode, "*"), p); got.Status != tt.status || got.Reason != tt.reason {
				t.Errorf("got %s, %q, want %s, %q", got.Status, got.Reason, tt.status, tt.reason)
			}
		})
	}
}

func TestUnfinished(t *testing.T) {
	tags := map[string]string{"team": "search"}
	marked := MarkUnfinished(tags)
	if !Unfinished(marked) || Unfinished(tags) || marked["team"] != "search" {
		t.Errorf("marked %v, the tags %v", marked, tags)
	}
	if !Unfinished(MarkUnfinished(nil)) {
		t.Error("no tags cannot be marked")
	}
	if got := Finished(marked); !maps.Equal(got, tags) || !Unfinished(marked) {
		t.Errorf("finished %v, before it %v", got, marked)
	}
}

func TestResumable(t *testing.T) {
	existing := Service{Plan: "business-4", Cloud: dublin, Version: "2.19", Leaders: []string{"acme/search-us"}}
	marked := MarkUnfinished(nil)
	for name, tt := range map[string]struct {
		tags   map[string]string
		leader string
		want   Service
		yes    bool
	}{
		"the same":            {marked, "acme/search-us", Service{Plan: "business-4", Cloud: dublin, Version: "2.19.4"}, true},
		"nothing wanted":      {marked, "acme/search-us", Service{}, true},
		"not marked":          {nil, "acme/search-us", Service{}, false},
		"of another leader":   {marked, "acme/other", Service{}, false},
		"another plan wanted": {marked, "acme/search-us", Service{Plan: "business-8"}, false},
		"another cloud":       {marked, "acme/search-us", Service{Cloud: "google-europe-west1"}, false},
		"another version":     {marked, "acme/search-us", Service{Version: "3.3"}, false},
	} {
		if got := Resumable(existing, tt.tags, tt.leader, tt.want); got != tt.yes {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
