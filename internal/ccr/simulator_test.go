// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
)

// do carries out a step by the server's rules. What the server refuses for a
// reason that the decider could see is an error.
func (w *world) do(s Step, want *Desired) error {
	x := w.follower[s.Index]
	switch s.Action {
	case ActionPowerOn:
		w.state = ServiceRunning
	case ActionAwait:
		switch s.Await {
		case AwaitRunning:
			w.state = ServiceRunning
		case AwaitConnected:
			w.reached = w.linked
		case AwaitReadable: // every world can be read
		}
	case ActionLink:
		w.linked, w.reached = true, true
	case ActionUnlink:
		w.linked, w.reached = false, false
	case ActionStart:
		return w.start(s, want)
	case ActionResume:
		return w.resume(s, want)
	case ActionRebuild:
		delete(w.follower, s.Index)
		return w.start(s, want)
	case ActionRemoveIndex:
		delete(w.follower, s.Index)
	case ActionPause:
		if x == nil || !x.active() || x.state == Paused {
			return fmt.Errorf("index %s is already paused or does not replicate", s.Index)
		}
		x.state, x.reason, x.historyLost = Paused, byHand, false
	case ActionPromote, ActionStop:
		switch {
		case x == nil || !x.active():
			return fmt.Errorf("no replication in progress for index %s", s.Index)
		case x.state == Bootstrapping:
			delete(w.follower, s.Index)
		default:
			x.state, x.reason, x.marked, x.blocked = NotInProgress, "", false, false
		}
	case ActionAddRule:
		if slices.ContainsFunc(w.rules, func(r Rule) bool { return r.Name == s.Rule.Name }) {
			return fmt.Errorf("autofollow rule %s cannot be recreated", s.Rule.Name)
		}
		w.rules = append(w.rules, Rule{Name: s.Rule.Name, LeaderAlias: us, Pattern: s.Rule.Pattern})
	case ActionRemoveRule:
		w.rules = slices.DeleteFunc(w.rules, func(r Rule) bool { return r.Name == s.Rule.Name && r.LeaderAlias == s.Rule.LeaderAlias })
	case ActionFence:
		for _, name := range s.Names {
			w.fences[name] = Fence{Blocked: true, For: follower}
		}
	case ActionLiftFence:
		for _, name := range s.Names {
			delete(w.fences, name)
		}
	case ActionDeleteService:
		return fmt.Errorf("%s", s)
	}
	return nil
}

func (w *world) start(s Step, want *Desired) error {
	open, there := w.leader[s.LeaderIndex]
	switch {
	case w.follower[s.Index] != nil:
		return fmt.Errorf("cant use same index again for replication. Delete the index:%s", s.Index)
	case !w.linked || !w.reached || !there || !open:
		w.stuck = true
		return nil
	}
	w.follower[s.Index] = &trueIndex{uuid: w.newUUID(), source: Source{us, s.LeaderIndex}, marked: true, blocked: true, state: Syncing}
	want.Owned = want.Owned.With(s.Index, w.follower[s.Index].uuid)
	return nil
}

func (w *world) resume(s Step, want *Desired) error {
	x := w.follower[s.Index]
	_, there := w.leader[s.LeaderIndex]
	switch {
	case x == nil || x.state != Paused:
		return fmt.Errorf("replication on index %s is already running", s.Index)
	case !w.linked || !w.reached || !there:
		w.stuck = true
	case x.historyLost && s.OrDestroys.Permits():
		delete(w.follower, s.Index)
		return w.start(s, want)
	case x.historyLost:
		x.refusedOnce = true
	default:
		x.state, x.reason = Syncing, ""
	}
	return nil
}
