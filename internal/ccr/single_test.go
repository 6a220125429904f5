// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"strings"
	"testing"
)

func TestAssessSingle(t *testing.T) {
	t.Parallel()
	sight := func(s State, reason string, changes ...func(*Sight)) Sight {
		seen := Sight{Replication: Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "b", State: s, Reason: reason}, Exists: true, UUID: "u", Connected: true}
		for _, change := range changes {
			change(&seen)
		}
		return seen
	}
	cut := func(s *Sight) { s.Connected = false }
	lost := func(s *Sight) { s.HistoryLost = true }
	gone := func(s *Sight) { s.Exists = false }
	const unconnected = "the follower has no connection to its leader, remote cluster lead"
	for name, c := range map[string]struct {
		mode   Mode
		sight  Sight
		status Status
		reason string
		repair Action
	}{
		"syncs":                        {ModeReplicating, sight(Syncing, ""), StatusReplicating, "", ""},
		"copies":                       {ModeReplicating, sight(Bootstrapping, ""), StatusBootstrapping, "", ""},
		"was started just now":         {ModeReplicating, sight(Running, ""), StatusBootstrapping, "", ""},
		"paused as wanted":             {ModePaused, sight(Paused, "User initiated"), StatusPaused, "", ""},
		"paused as wanted, no leader":  {ModePaused, sight(Paused, "", cut), StatusPaused, "", ""},
		"to be paused":                 {ModePaused, sight(Syncing, ""), StatusReplicating, "it is running", ActionPause},
		"to be paused, no leader":      {ModePaused, sight(Unknown, "", cut), StatusDegraded, "it is running", ActionPause},
		"paused by somebody":           {ModeReplicating, sight(Paused, "User initiated"), StatusPaused, "paused: User initiated", ActionResume},
		"paused by itself":             {ModeReplicating, sight(Paused, "AutoPaused: disk full"), StatusPaused, "paused: AutoPaused: disk full", ActionResume},
		"paused, a resume was refused": {ModeReplicating, sight(Paused, "User initiated", lost), StatusPaused, "the leader no longer has the history since the pause: it has refused to resume", ActionRebuild},
		"paused for a lost lease": {ModeReplicating, sight(Paused, "AutoPaused: RetentionLeaseNotFoundException"), StatusPaused,
			"the leader no longer has the history since the pause: AutoPaused: RetentionLeaseNotFoundException", ActionRebuild},
		"failed":                     {ModeReplicating, sight(Failed, "disk full"), StatusFailed, "failed: disk full", ActionRebuild},
		"failed, to be paused":       {ModePaused, sight(Failed, "disk full"), StatusFailed, "failed: disk full", ActionRebuild},
		"stopped":                    {ModeReplicating, sight(NotInProgress, ""), StatusStopped, "its replication was stopped; the index is not a replica any more", ActionRebuild},
		"no index":                   {ModeReplicating, sight(NotInProgress, "", gone), StatusStopped, "the follower index does not exist", ActionStart},
		"leader out of reach":        {ModeReplicating, sight(Syncing, "", cut), StatusDegraded, unconnected, ""},
		"leader not told of":         {ModeReplicating, sight(Unknown, ""), StatusDegraded, unconnected, ""},
		"paused, leader out":         {ModeReplicating, sight(Paused, "User initiated", cut), StatusDegraded, "paused: User initiated; and " + unconnected, ""},
		"failed, leader out":         {ModeReplicating, sight(Failed, "x", cut), StatusDegraded, "failed: x; and " + unconnected, ""},
		"stopped, leader out":        {ModeReplicating, sight(NotInProgress, "", cut), StatusDegraded, "its replication was stopped; the index is not a replica any more; and " + unconnected, ""},
		"bootstrapping to be paused": {ModePaused, sight(Bootstrapping, ""), StatusBootstrapping, "it is running", ActionPause},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := AssessSingle(Single{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "b", Mode: c.mode}, c.sight)
			if got.Status != c.status || got.Reason != c.reason {
				t.Errorf("got %s (%s), want %s (%s)", got.Status, got.Reason, c.status, c.reason)
			}
			if c.repair == "" && len(got.Repairs) > 0 || c.repair != "" && !got.Needs(c.repair) {
				t.Errorf("repairs are %v, want %q", got.Repairs, c.repair)
			}
		})
	}
}

func TestCheckReplacement(t *testing.T) {
	t.Parallel()
	if got := CheckReplacement([]string{"leader_index"}, "a", true); got != nil {
		t.Errorf("with delete_index: got %v", got)
	}
	got := CheckReplacement([]string{"leader_index", "use_roles"}, "a", false)
	if len(got) != 2 || got[0].Attribute != "leader_index" || got[1].Attribute != "use_roles" || got[0].Warning {
		t.Fatalf("got %+v, want an error on each attribute", got)
	}
	if !strings.Contains(got[0].Detail, "leaves index a on the follower") || !strings.Contains(got[0].Detail, "Apply on_destroy = \"delete_index\" by itself first") {
		t.Errorf("got %q", got[0].Detail)
	}
}

func TestCheckRebuild(t *testing.T) {
	t.Parallel()
	needed := Assessment{Repairs: []Step{{Action: ActionRebuild, Index: "a", Why: "failed: disk full"}}}
	if got := CheckRebuild(true, needed); got != nil {
		t.Errorf("allowed: got %v", got)
	}
	if got := CheckRebuild(false, Assessment{Repairs: []Step{{Action: ActionResume}}}); got != nil {
		t.Errorf("a resume: got %v", got)
	}
	got := CheckRebuild(false, needed)
	if len(got) != 1 || !got[0].Warning || got[0].Attribute != "rebuild" || !strings.Contains(got[0].Detail, "(failed: disk full)") {
		t.Errorf("got %+v", got)
	}
}

func TestCheckNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		check func(string) error
		good  []string
		bad   map[string]string
	}{
		{CheckAlias, []string{"lead", "acme_search-us", "Lead1"}, map[string]string{
			"": "must not be empty", "a.b": "must not have any", "a:b": "must not have any", "a b": "must not have any", "a*": "must not have any", "_a": "must not begin with",
		}},
		{CheckRuleName, []string{"logs", "logs.2026", "terraform-all-e5bbbd4a"}, map[string]string{
			"": "must not be empty", "a b": "must not have any", "a/b": "must not have any", strings.Repeat("x", 256): "longer than 255",
		}},
	} {
		for _, name := range c.good {
			if err := c.check(name); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
		for name, want := range c.bad {
			if err := c.check(name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v, want %q", name, err, want)
			}
		}
	}
}
