// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
)

// Action is the kind of a [Step].
type Action string

// The actions.
const (
	ActionPowerOn       Action = "power on"       // power on the follower service, which restarts billing
	ActionAwait         Action = "await"          // wait for something that another system is doing
	ActionLink          Action = "link"           // create the integration
	ActionStart         Action = "start"          // start following an index
	ActionResume        Action = "resume"         // resume a paused replication
	ActionRebuild       Action = "rebuild"        // stop, delete the follower index, start
	ActionAddRule       Action = "add rule"       // add an autofollow rule
	ActionRemoveRule    Action = "remove rule"    // remove an autofollow rule
	ActionPause         Action = "pause"          // pause a replication
	ActionRemoveIndex   Action = "remove index"   // stop a replication and delete the follower index
	ActionPromote       Action = "promote"        // wait until in sync, then stop
	ActionStop          Action = "stop"           // stop a replication and keep the index, writable
	ActionUnlink        Action = "unlink"         // delete the integration
	ActionDeleteService Action = "delete service" // delete the follower service
	ActionFence         Action = "fence"          // block writes on indices of the leader
	ActionLiftFence     Action = "lift fence"     // let the leader take writes again
)

// Await is something that another system is doing.
type Await string

// What is waited for.
const (
	AwaitRunning   Await = "running"   // the follower service runs
	AwaitReadable  Await = "readable"  // the follower answers
	AwaitConnected Await = "connected" // the integration is active and the follower is connected
)

// Step is one thing to do. It is data: it prints itself in logs, in the
// warnings of a plan and in errors.
type Step struct {
	Action Action
	// Index is the follower index, LeaderIndex what it follows.
	Index       string
	LeaderIndex string
	// Rule is set for the two actions on rules.
	Rule Rule
	// Names are the leader's indices, for the two actions on its write blocks.
	Names []string
	// What is what a step of a service is about.
	What string
	// Await says what is waited for, for [ActionAwait].
	Await Await
	// Why is what was observed that calls for the step.
	Why string
	// Heals: the follower is expected to do this by itself soon, so it is not a
	// problem to report; carrying it out only makes it sooner.
	Heals bool
	// Destroys is what the step destroys; the zero value is nothing.
	Destroys Destruction
	// OrDestroys is what the step comes to where the leader refuses it: a
	// resume whose history the leader no longer has.
	OrDestroys Destruction
}

func (s Step) String() string {
	var what string
	switch s.Action {
	case ActionPowerOn:
		what = "power on service " + s.What + ", which restarts its billing"
	case ActionAwait:
		what = "wait until " + s.What
	case ActionLink:
		what = "create the integration of " + s.What
	case ActionStart:
		what = "start the replication of index " + s.name()
	case ActionResume:
		what = "resume the replication of index " + s.Index
	case ActionRebuild:
		what = "delete follower index " + s.Index + " and copy it again"
	case ActionAddRule:
		what = fmt.Sprintf("add autofollow rule %s for pattern %q", s.Rule.Name, s.Rule.Pattern)
	case ActionRemoveRule:
		what = fmt.Sprintf("remove autofollow rule %s for pattern %q", s.Rule.Name, s.Rule.Pattern)
	case ActionPause:
		what = "pause the replication of index " + s.Index
	case ActionRemoveIndex:
		what = "stop the replication of index " + s.Index + " and delete the follower index"
	case ActionPromote:
		what = "let index " + s.Index + " catch up, then stop its replication"
	case ActionStop:
		what = "stop the replication of index " + s.Index
	case ActionDeleteService:
		what = "delete service " + s.What + " with all its data"
	case ActionUnlink:
		what = "delete the integration with " + s.What
	case ActionFence, ActionLiftFence:
		what = fenceText(s)
	default:
		what = string(s.Action) + " " + s.Index
	}
	if s.Why != "" {
		what += " (" + s.Why + ")"
	}
	return what
}

// reason is what is wrong that the step puts right, as a sentence: what was
// observed, not what is done about it.
func (s Step) reason() string {
	index := "index " + s.Index
	switch s.Action {
	case ActionPowerOn:
		return "service " + s.What + " is powered off"
	case ActionLink:
		return "the integration with the leader no longer exists"
	case ActionStart:
		return "index " + s.name() + " does not replicate: " + s.Why
	case ActionResume:
		return index + " is " + s.Why
	case ActionRebuild:
		if strings.HasPrefix(s.Why, whyFailed) {
			return "the replication of " + index + " has " + s.Why
		}
		return index + " must be copied again: " + s.Why
	case ActionAddRule:
		return fmt.Sprintf("autofollow rule %s for pattern %q is missing", s.Rule.Name, s.Rule.Pattern)
	case ActionRemoveRule:
		return fmt.Sprintf("autofollow rule %s for pattern %q still exists, although %s", s.Rule.Name, s.Rule.Pattern, s.Why)
	case ActionPause, ActionPromote, ActionStop:
		return index + " still replicates"
	case ActionRemoveIndex:
		return "follower " + index + " still exists, although " + s.Why
	case ActionUnlink:
		return "the integration with " + s.What + " still exists"
	case ActionLiftFence:
		return "the leader has a write block on " + CountedIndices(s.Names)
	case ActionFence:
		return CountedIndices(s.Names) + " of the leader can still be written to"
	case ActionAwait, ActionDeleteService:
	}
	return s.String()
}

func (s Step) name() string {
	if s.LeaderIndex != "" && s.LeaderIndex != s.Index {
		return s.LeaderIndex + " as " + s.Index
	}
	return s.Index
}

// summaryLength is how many steps a summary names before it counts the rest.
const summaryLength = 20

// reasonLength is how many reasons or names a status reason has before it counts the rest.
const reasonLength = 5

// Reasons says what is wrong that steps put right: the first reasons by
// themselves, the rest as a count.
func Reasons(steps []Step) string {
	var reasons []string
	for _, s := range steps {
		if s.Action == ActionAwait {
			continue // a part of the step before it
		}
		if len(reasons) == reasonLength {
			reasons = append(reasons, fmt.Sprintf("and %d more", len(steps)-reasonLength))
			break
		}
		reasons = append(reasons, s.reason())
	}
	return strings.Join(reasons, "; ")
}

// Summarize names the first steps and counts the rest.
func Summarize(steps []Step) string {
	named := make([]string, 0, summaryLength+1)
	for _, s := range steps {
		if len(named) == summaryLength {
			named = append(named, fmt.Sprintf("and %d more", len(steps)-summaryLength))
			break
		}
		named = append(named, s.String())
	}
	return strings.Join(named, "; ")
}
