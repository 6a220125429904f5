// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "fmt"

// Action is the kind of a [Step].
type Action string

// The actions, in the order in which [Steps] uses them: what is new comes
// first, what is old goes last, so that nothing is interrupted that stays.
const (
	ActionStart      Action = "start"       // start following an index
	ActionResume     Action = "resume"      // resume a paused replication
	ActionRebuild    Action = "rebuild"     // stop, delete the follower index, start
	ActionAddRule    Action = "add rule"    // add an autofollow rule
	ActionRemoveRule Action = "remove rule" // remove an autofollow rule
	ActionPause      Action = "pause"       // pause a replication
	ActionRemove     Action = "remove"      // stop a replication and delete the follower index
	ActionPromote    Action = "promote"     // wait until caught up, where that can be seen, then stop
	ActionStop       Action = "stop"        // stop a replication and keep the index, writable
)

// Step is one thing to do on a follower. It is data: it prints itself in logs,
// in the warnings of a plan and in errors.
type Step struct {
	Action Action
	// Index is the follower index, LeaderIndex what it follows.
	Index       string
	LeaderIndex string
	// Rule is set for the two actions on rules.
	Rule Rule
	// Why is what was observed that calls for the step.
	Why string
	// Heals: the follower is expected to do this by itself soon, so it is not a
	// problem to report; carrying it out only makes it sooner.
	Heals bool
}

func (s Step) String() string {
	var what string
	switch s.Action {
	case ActionStart:
		what = "start replication of index " + s.name()
	case ActionResume:
		what = "resume replication of index " + s.Index
	case ActionRebuild:
		what = "delete follower index " + s.Index + " and start its replication again"
	case ActionAddRule:
		what = fmt.Sprintf("add autofollow rule %s for pattern %q", s.Rule.Name, s.Rule.Pattern)
	case ActionRemoveRule:
		what = fmt.Sprintf("remove autofollow rule %s for pattern %q", s.Rule.Name, s.Rule.Pattern)
	case ActionPause:
		what = "pause replication of index " + s.Index
	case ActionRemove:
		what = "stop replication of index " + s.Index + " and delete it on the follower"
	case ActionPromote:
		what = "wait until index " + s.Index + " has caught up and stop its replication"
	case ActionStop:
		what = "stop replication of index " + s.Index
	default:
		what = string(s.Action) + " " + s.Index
	}
	if s.Why != "" {
		what += " (" + s.Why + ")"
	}
	return what
}

func (s Step) name() string {
	if s.LeaderIndex != "" && s.LeaderIndex != s.Index {
		return s.LeaderIndex + " as " + s.Index
	}
	return s.Index
}
