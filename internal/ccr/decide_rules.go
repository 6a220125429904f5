// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "slices"

// wants reports whether a rule is one that the patterns call for.
func (w *work) wants(r Rule) bool { return w.wanted[r.Name] }

// missingRules are the rules that are not there. Where the rules cannot be read
// none is added: it may exist.
func (w *work) missingRules() []Step {
	there, known := w.Rules.Value()
	if w.Single != nil {
		return nil
	}
	if why, unknown := w.Rules.Unknown(); unknown {
		if len(w.rules()) > 0 {
			w.unclear = append(w.unclear, "the autofollow rules cannot be read: "+why)
		}
		return nil
	}
	var steps []Step
	for _, rule := range w.rules() {
		if !known || !slices.ContainsFunc(there, func(r Rule) bool { return r.Name == rule.Name }) {
			steps = append(steps, Step{Action: ActionAddRule, Rule: rule, Why: "it is missing on the follower"})
		}
	}
	return steps
}

// surplusRules end the rules of this leader that are not desired. While the
// follower replicates, a rule that somebody else created may stay.
func (w *work) surplusRules() []Step {
	there, known := w.Rules.Value()
	if !known || w.Single != nil {
		return nil
	}
	var steps []Step
	for _, r := range there {
		if !r.of(w.Desired.Alias) || w.wants(r) {
			continue
		}
		permission := "the removal of its pattern"
		why := "no pattern of the configuration needs it"
		switch {
		case w.Mode == ModePaused:
			permission, why = "desired_state = \"paused\"", "autofollow is off while paused"
		case w.Mode == ModePromoted:
			permission, why = "the promotion", "a promoted service follows nothing"
		case !r.ours(w.Desired.Alias):
			continue
		}
		r.LeaderAlias = w.Desired.Alias
		step := EndRule(r, permission)
		step.Why = why
		steps = append(steps, step)
	}
	return steps
}
