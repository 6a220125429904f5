// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "slices"

// Infer reads from an observation what somebody meant a follower to do: the
// patterns of the rules that this provider made, and whether all is paused.
func Infer(alias string, o Observation) (patterns []string, mode Mode) {
	for _, r := range o.Rules {
		if r.Name == RuleName(alias, r.Pattern) {
			patterns = append(patterns, r.Pattern)
		}
	}
	slices.Sort(patterns)
	paused := len(o.Replications) > 0 && len(patterns) == 0
	for _, r := range o.Replications {
		paused = paused && r.State == Paused && !r.AutoPaused()
	}
	if paused {
		return nil, ModePaused
	}
	return patterns, ModeReplicating
}
