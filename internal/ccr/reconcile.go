// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// autofollowGrace is how long a rule may take to start an index that has just
// been made on the leader before it counts as a problem: a rule polls every
// 30 s and starts at most 3 at a time (plugins.replication.autofollow.*).
const autofollowGrace = 5 * time.Minute

// Steps returns what brings the observed to the desired, in a safe order: first
// what is new, then what is old. No steps means that the follower does what is
// desired. Steps that need the leader are left out while the follower is not
// connected to it.
func Steps(d Desired, o Observation) []Step {
	switch d.Mode {
	case ModePromoted:
		return promoteSteps(d, o)
	case ModePaused:
		return append(ruleRemovals(d, o), pauseSteps(o)...)
	case ModeReplicating:
		return replicateSteps(d, o)
	default:
		return nil
	}
}

func replicateSteps(d Desired, o Observation) []Step {
	var steps []Step
	for _, ix := range o.Matching(d.Patterns) {
		if s, needed := startStep(d, o, ix); needed {
			steps = append(steps, s)
		}
	}
	var removals []Step
	for _, r := range o.Replications {
		if !MatchesAny(d.Patterns, r.LeaderIndex) {
			removals = append(removals, Step{Action: ActionRemove, Index: r.FollowerIndex, LeaderIndex: r.LeaderIndex,
				Why: "no pattern covers it any more"})
			continue
		}
		if s, needed := repairStep(o, r); needed {
			if s.Action == ActionRemove {
				removals = append(removals, s)
			} else {
				steps = append(steps, s)
			}
		}
	}
	steps = append(steps, ruleAdditions(d, o)...)
	if !o.Connection.Connected {
		steps = nil // each of them needs the leader
	}
	steps = append(steps, ruleRemovals(d, o)...)
	return append(steps, removals...)
}

// startStep decides about a leader index that should be followed and is not a replica yet.
func startStep(d Desired, o Observation, ix Index) (Step, bool) {
	for _, r := range o.Replications {
		if r.LeaderIndex == ix.Name {
			return Step{}, false
		}
	}
	s := Step{Action: ActionStart, Index: ix.Name, LeaderIndex: ix.Name, Why: "the leader has it and the follower lacks it"}
	if there, exists := o.followerIndex(ix.Name); exists {
		if d.Owned[ix.Name] == there.UUID && there.UUID != "" {
			s.Action = ActionRebuild
			s.Why = "its replication was stopped"
			return s, true
		}
		// The name is taken by an index that is not known to be a replica: the
		// start will be refused with the server's reason, and nothing is deleted.
		s.Why = "the follower has an index of that name that does not replicate it"
		if other, taken := o.Others[ix.Name]; taken {
			s.Why = strings.TrimSpace("the follower's index of that name replicates another leader " + other)
		}
		return s, true
	}
	for _, rule := range o.Rules {
		if !wanted(d, rule) || !Matches(rule.Pattern, ix.Name) {
			continue
		}
		if slices.Contains(rule.FailedIndices, ix.Name) {
			s.Why = "autofollow rule " + rule.Name + " could not start it"
			return s, true
		}
		s.Heals = o.At.Sub(ix.Created) < autofollowGrace
	}
	return s, true
}

// repairStep decides about a replication that should be syncing.
func repairStep(o Observation, r Replication) (Step, bool) {
	s := Step{Index: r.FollowerIndex, LeaderIndex: r.LeaderIndex}
	if o.LeaderSeen() {
		if _, exists := o.leaderIndex(r.LeaderIndex); !exists && !slices.Contains(o.LeaderHidden, r.LeaderIndex) {
			s.Action, s.Why = ActionRemove, "the leader has deleted index "+r.LeaderIndex
			return s, true
		}
	}
	switch r.State {
	case Paused:
		s.Action, s.Why = ActionResume, because("paused", r.Reason)
	case Failed:
		s.Action, s.Why = ActionRebuild, because("failed", r.Reason)
	case NotInProgress:
		s.Action, s.Why = ActionRebuild, "no replication is in progress"
	case Bootstrapping, Syncing, Running, Unknown:
		return Step{}, false
	}
	return s, true
}

// pauseSteps pauses what runs. A state that could not be read is that of a
// replication that runs while its leader is out of reach: a paused one tells its
// state without the leader.
func pauseSteps(o Observation) []Step {
	var steps []Step
	for _, r := range o.Replications {
		switch r.State {
		case Syncing, Bootstrapping, Running, Unknown:
			steps = append(steps, Step{Action: ActionPause, Index: r.FollowerIndex, LeaderIndex: r.LeaderIndex, Why: "it is running"})
		case Paused, Failed, NotInProgress:
		}
	}
	return steps
}

// promoteSteps ends everything. Where the leader is in reach each replication
// is stopped only after it has caught up.
func promoteSteps(d Desired, o Observation) []Step {
	steps := ruleRemovals(d, o)
	for _, r := range o.Replications {
		s := Step{Action: ActionPromote, Index: r.FollowerIndex, LeaderIndex: r.LeaderIndex}
		if !o.Connection.Connected {
			s.Action = ActionStop
			s.Why = fmt.Sprintf("the leader is out of reach; last checkpoint %d", r.FollowerCheckpoint)
		}
		steps = append(steps, s)
	}
	return steps
}

func ruleAdditions(d Desired, o Observation) []Step {
	var steps []Step
	for _, rule := range d.Rules() {
		if !slices.ContainsFunc(o.Rules, func(r Rule) bool { return r.Name == rule.Name }) {
			steps = append(steps, Step{Action: ActionAddRule, Rule: rule, Why: "the follower lacks it"})
		}
	}
	return steps
}

// ruleRemovals ends the rules of this leader that are not desired. A rule that
// somebody else made for the leader, Aiven's older integration for one, may stay
// as long as it brings nothing that is not desired.
func ruleRemovals(d Desired, o Observation) []Step {
	var steps []Step
	for _, r := range o.Rules {
		if wanted(d, r) || !ofLeader(d.Alias, r) {
			continue
		}
		why := "no pattern calls for it any more"
		switch {
		case d.Mode != ModeReplicating:
			why = "nothing new is followed when " + string(d.Mode)
		case !r.Named() && MatchesAny(d.Patterns, r.Pattern):
			continue // a pattern that matches another, * taken as a letter, covers all that it does
		}
		r.LeaderAlias = d.Alias
		steps = append(steps, Step{Action: ActionRemoveRule, Rule: r, Why: why})
	}
	return steps
}

func wanted(d Desired, r Rule) bool {
	return slices.ContainsFunc(d.Rules(), func(w Rule) bool { return w.Name == r.Name })
}

// ofLeader reports whether a rule that the follower shows is known to belong to the leader.
func ofLeader(alias string, r Rule) bool {
	return r.LeaderAlias == alias || r.LeaderAlias == "" && r.Name == RuleName(alias, r.Pattern)
}

// ofAnother reports whether a rule is known to belong to another leader.
func ofAnother(alias string, r Rule) bool {
	if r.LeaderAlias != "" {
		return r.LeaderAlias != alias
	}
	return r.Named() && r.Name != RuleName(alias, r.Pattern)
}

// because adds the reason, which is not known of every replication: only some
// are asked for it in one observation.
func because(state, reason string) string {
	if reason = strings.TrimSpace(reason); reason == "" {
		return state
	}
	return state + ": " + reason
}

// EndSteps returns what ends every replication of a leader at once, without
// waiting for any to catch up: what comes before a follower is deleted.
func EndSteps(d Desired, o Observation) []Step {
	d.Mode = ModePromoted
	steps := ruleRemovals(d, o)
	for _, r := range o.Replications {
		steps = append(steps, Step{Action: ActionStop, Index: r.FollowerIndex, LeaderIndex: r.LeaderIndex})
	}
	return steps
}
