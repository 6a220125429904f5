// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"strings"
	"testing"
)

// A reason says what was observed; what is done about it is the step.
func TestPoint9_04_AReasonIsNoStep(t *testing.T) {
	t.Parallel()
	rule := Rule{Name: "r", Pattern: "logs-*"}
	tests := map[string]struct {
		step Step
		want string
	}{
		"power on":              {Step{Action: ActionPowerOn, What: "acme/eu", Why: "it is powered off"}, "service acme/eu is powered off"},
		"link":                  {Step{Action: ActionLink, What: "acme/eu with its leader", Why: "it no longer exists"}, "the integration with the leader no longer exists"},
		"unlink":                {Step{Action: ActionUnlink, What: "acme/us"}, "the integration with acme/us still exists"},
		"start":                 {Step{Action: ActionStart, Index: "a", LeaderIndex: "a", Why: missing}, "index a does not replicate: it is missing on the follower"},
		"start, another name":   {Step{Action: ActionStart, Index: "a", LeaderIndex: "l", Why: missing}, "index l as a does not replicate: it is missing on the follower"},
		"resume":                {Step{Action: ActionResume, Index: "a", Why: because("paused", "for the weekend")}, "index a is paused: for the weekend"},
		"resume without reason": {Step{Action: ActionResume, Index: "a", Why: because("paused", "")}, "index a is paused"},
		"rebuild, failed":       {Step{Action: ActionRebuild, Index: "a", Why: because(whyFailed, "disk full")}, "the replication of index a has failed: disk full"},
		"rebuild, stopped":      {Step{Action: ActionRebuild, Index: "a", Why: "its replication was stopped"}, "index a must be copied again: its replication was stopped"},
		"add rule":              {Step{Action: ActionAddRule, Rule: rule, Why: missing}, `autofollow rule r for pattern "logs-*" is missing`},
		"remove rule":           {Step{Action: ActionRemoveRule, Rule: rule, Why: unneeded}, `autofollow rule r for pattern "logs-*" still exists, although no pattern of the configuration needs it`},
		"pause":                 {Step{Action: ActionPause, Index: "a", Why: "it is running"}, "index a still replicates"},
		"promote":               {Step{Action: ActionPromote, Index: "a"}, "index a still replicates"},
		"stop":                  {Step{Action: ActionStop, Index: "a", Why: "the leader does not answer"}, "index a still replicates"},
		"remove index":          {Step{Action: ActionRemoveIndex, Index: "a", Why: "the leader has deleted index a"}, "follower index a still exists, although the leader has deleted index a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Reasons([]Step{tt.step, {Action: ActionAwait, What: "it runs"}}); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Nothing that a decision gives as a reason is something to do.
func TestPoint9_04_DecisionsGiveReasons(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{ModeReplicating, ModePaused, ModePromoted} {
		for name, see := range map[string][]change{
			"paused": {becomes(Paused, byHand)}, "failed": {becomes(Failed, "disk full")}, "missing": {without("a", "b"), noRules}, "runs": nil,
		} {
			got := Decide(desired(mode, "*"), healthy(see...))
			for _, s := range got.Repairs() {
				if strings.Contains(got.Reason, s.String()) {
					t.Errorf("%s, %s: the reason %q is the step %q", mode, name, got.Reason, s)
				}
			}
		}
	}
}

// While indices are copied a decision says how far that is.
func TestPoint9_04_DecisionSaysHowFarTheCopyIs(t *testing.T) {
	t.Parallel()
	copying := replica("a", Bootstrapping, "")
	copying.Copied = Copied{Done: 12_400_000_000, Total: 61_000_000_000}
	if got := Decide(desired(ModeReplicating, "*"), healthy(put(copying), without("c"), leaderHas("a", "b", "c"))); got.Progress != "1 of 3 indices are in sync, 12.4 of 61.0 GB" || got.Status != StatusReplicating {
		t.Errorf("got %s, %q", got.Status, got.Progress)
	}
	if got := Decide(desired(ModeReplicating, "*"), healthy()); got.Progress != "" {
		t.Errorf("of nothing that is copied: %q", got.Progress)
	}
	single := Desired{Alias: us, Mode: ModeReplicating, Single: &SingleIndex{Follower: "a", Leader: "a"}, Owned: owned("a")}
	if got := Decide(single, healthy(put(copying))); got.Status != StatusBootstrapping || got.Reason != "its first copy has not finished: 12.4 of 61.0 GB" {
		t.Errorf("of one index: %s, %q", got.Status, got.Reason)
	}
}

func TestPoint9_04_AServiceSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]FollowerService{
		"REBUILDING, 1 of 3 nodes are running": {State: ServiceRebuilding, Nodes: 3, NodesRunning: 1},
		"REBUILDING":                           {State: ServiceRebuilding},
		"RUNNING":                              {State: ServiceRunning, Nodes: 3, NodesRunning: 3},
		"POWEROFF":                             {State: ServicePowerOff, Nodes: 3},
	} {
		if got := s.Progress(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
