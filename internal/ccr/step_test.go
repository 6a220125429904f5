// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestStep_String(t *testing.T) {
	rule := Rule{Name: "r", LeaderAlias: us, Pattern: "log-*"}
	for want, s := range map[string]Step{
		"start replication of index a":                              {Action: ActionStart, Index: "a", LeaderIndex: "a"},
		"start replication of index b as a (because)":               {Action: ActionStart, Index: "a", LeaderIndex: "b", Why: "because"},
		"resume replication of index a":                             {Action: ActionResume, Index: "a"},
		"delete follower index a and start its replication again":   {Action: ActionRebuild, Index: "a"},
		`add autofollow rule r for pattern "log-*"`:                 {Action: ActionAddRule, Rule: rule},
		`remove autofollow rule r for pattern "log-*" (because)`:    {Action: ActionRemoveRule, Rule: rule, Why: "because"},
		"pause replication of index a":                              {Action: ActionPause, Index: "a"},
		"stop replication of index a and delete it on the follower": {Action: ActionRemove, Index: "a"},
		"wait until index a has caught up and stop its replication": {Action: ActionPromote, Index: "a"},
		"stop replication of index a":                               {Action: ActionStop, Index: "a"},
		"dance a":                                                   {Action: "dance", Index: "a"},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSummarize(t *testing.T) {
	var steps []Step
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		steps = append(steps, Step{Action: ActionStop, Index: name})
	}
	const stop = "stop replication of index "
	five := stop + "a; " + stop + "b; " + stop + "c; " + stop + "d; " + stop + "e"
	for want, n := range map[string]int{
		"":                    0,
		stop + "a":            1,
		five:                  5,
		five + "; and 1 more": 6,
		five + "; and 2 more": 7,
	} {
		if got := Summarize(steps[:n]); got != want {
			t.Errorf("of %d steps\n got %s\nwant %s", n, got, want)
		}
	}
}
