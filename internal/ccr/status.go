// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"strings"
)

// Status is the state of a follower as a whole: the values of the status attribute.
type Status string

// The statuses.
const (
	// StatusBootstrapping: the first start has not finished.
	StatusBootstrapping Status = "bootstrapping"
	// StatusReplicating: the follower does what is desired.
	StatusReplicating Status = "replicating"
	// StatusPaused: everything is paused, by wish or by somebody else's hand.
	StatusPaused Status = "paused"
	// StatusDegraded: something is out of reach and expected to come back by
	// itself (a node that is being recycled, a leader that is down). No diff.
	StatusDegraded Status = "degraded"
	// StatusFailed: something is broken and the next apply repairs it.
	StatusFailed Status = "failed"
	// StatusPromoted: the follower is a service of its own.
	StatusPromoted Status = "promoted"
)

// Assessment is what an observation means.
type Assessment struct {
	Status Status
	// Reason says in one line why Status is not the desired one.
	Reason string
	// Repairs are the steps that the next apply will take; empty where nothing
	// needs repair.
	Repairs []Step
}

// Target is the status that a desired mode leads to.
func (m Mode) Target() Status {
	switch m {
	case ModePaused:
		return StatusPaused
	case ModePromoted:
		return StatusPromoted
	case ModeReplicating:
	}
	return StatusReplicating
}

// Assess says what an observation means for what is desired. It reports as
// degraded, without repairs, what will come back by itself.
func Assess(d Desired, o Observation) Assessment {
	if d.Mode == ModePromoted {
		return assessPromoted(d, o)
	}
	if !o.Connection.Exists {
		return Assessment{Status: StatusFailed, Reason: fmt.Sprintf("the connection to the leader, remote cluster %s, is missing on the follower", d.Alias)}
	}
	var repairs []Step
	for _, s := range Steps(d, o) {
		if !s.Heals {
			repairs = append(repairs, s)
		}
	}
	switch {
	case len(repairs) > 0:
		status := StatusFailed
		if d.Mode == ModeReplicating && onlyPausedByHand(repairs, o) {
			status = StatusPaused
		}
		return Assessment{Status: status, Reason: Summarize(repairs), Repairs: repairs}
	case !o.Connection.Connected:
		return Assessment{Status: StatusDegraded, Reason: fmt.Sprintf("the follower has no connection to its leader, remote cluster %s", d.Alias)}
	case !o.LeaderSeen() && d.Mode == ModeReplicating:
		return Assessment{Status: StatusDegraded, Reason: "the leader's indices cannot be listed: " + o.LeaderError}
	}
	return Assessment{Status: d.Mode.Target()}
}

func assessPromoted(d Desired, o Observation) Assessment {
	if steps := Steps(d, o); len(steps) > 0 {
		return Assessment{Status: StatusFailed, Reason: "the promotion is not finished: " + Summarize(steps), Repairs: steps}
	}
	return Assessment{Status: StatusPromoted}
}

// onlyPausedByHand reports whether a pause by somebody is all that is amiss.
func onlyPausedByHand(repairs []Step, o Observation) bool {
	for _, s := range repairs {
		if s.Action != ActionResume {
			return false
		}
		if slices.ContainsFunc(o.Replications, func(r Replication) bool { return r.FollowerIndex == s.Index && r.AutoPaused() }) {
			return false
		}
	}
	return true
}

// summaryLength is how many steps a summary names before it counts the rest.
const summaryLength = 5

// Summarize names the first steps and counts the rest.
func Summarize(steps []Step) string {
	named := make([]string, 0, summaryLength)
	for _, s := range steps {
		if len(named) == summaryLength {
			named = append(named, fmt.Sprintf("and %d more", len(steps)-summaryLength))
			break
		}
		named = append(named, s.String())
	}
	return strings.Join(named, "; ")
}
