// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "slices"

// Infer reads from an observation what somebody meant a follower to do: the
// patterns of the rules that this provider created, and whether all is paused.
func Infer(o Observation) (patterns []string, mode Mode) {
	rules, _ := o.Rules.Value()
	for _, r := range rules {
		if r.ours(o.Alias) {
			patterns = append(patterns, r.Pattern)
		}
	}
	slices.Sort(patterns)
	replicas := o.Replicating(Owned{})
	paused := len(replicas) > 0 && len(patterns) == 0
	for _, f := range replicas {
		paused = paused && f.State == Paused && !f.AutoPaused()
	}
	if paused {
		return nil, ModePaused
	}
	return patterns, ModeReplicating
}
