// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
)

// StatusStopped is that of a single replication that somebody else ended; its index is still there.
const StatusStopped Status = "stopped"

// Single is what one replication is meant to be.
type Single struct {
	FollowerIndex string
	LeaderAlias   string
	LeaderIndex   string
	// Mode is [ModeReplicating] or [ModePaused].
	Mode Mode
}

// Sight is what was seen of one replication.
type Sight struct {
	Replication
	// Exists: the follower has an index of that name, with this UUID.
	Exists bool
	UUID   string
	// Connected: the follower is connected to the leader.
	Connected bool
	// HistoryLost: the leader has refused a resume for lack of history.
	HistoryLost bool
}

// AssessSingle says what was seen means for what is desired. What comes back
// by itself, a leader out of reach, is degraded and has no repairs.
func AssessSingle(d Single, s Sight) Assessment {
	repair, needed := singleRepair(d, s)
	if needed && !s.Connected && repair.Action != ActionPause {
		// To delete the follower index now would lose the data with nothing to build it from.
		return Assessment{Status: StatusDegraded, Reason: fmt.Sprintf("%s; and the follower has no connection to its leader, remote cluster %s", repair.Why, d.LeaderAlias)}
	}
	if needed {
		return Assessment{Status: singleStatus(s), Reason: repair.Why, Repairs: []Step{repair}}
	}
	switch {
	case d.Mode == ModePaused && s.State == Paused:
		return Assessment{Status: StatusPaused}
	case !s.Connected || s.State == Unknown:
		return Assessment{Status: StatusDegraded, Reason: fmt.Sprintf("the follower has no connection to its leader, remote cluster %s", d.LeaderAlias)}
	case s.State == Bootstrapping, s.State == Running:
		return Assessment{Status: StatusBootstrapping}
	}
	return Assessment{Status: StatusReplicating}
}

func singleStatus(s Sight) Status {
	switch s.State {
	case Paused:
		return StatusPaused
	case NotInProgress:
		return StatusStopped
	case Syncing, Running:
		return StatusReplicating
	case Bootstrapping:
		return StatusBootstrapping
	case Failed:
		return StatusFailed
	case Unknown:
		return StatusDegraded
	}
	return StatusFailed
}

// singleRepair is the one step that a replication needs, if it needs one.
func singleRepair(d Single, s Sight) (Step, bool) {
	step := Step{Index: d.FollowerIndex, LeaderIndex: d.LeaderIndex}
	switch s.State {
	case Failed:
		step.Action, step.Why = ActionRebuild, because("failed", s.Reason)
	case NotInProgress:
		step.Action, step.Why = ActionStart, "the follower index does not exist"
		if s.Exists {
			step.Action, step.Why = ActionRebuild, "its replication was stopped; the index is not a replica any more"
		}
	case Paused:
		if d.Mode == ModePaused {
			return Step{}, false
		}
		step.Action, step.Why = ActionResume, because("paused", s.Reason)
		if why, lost := historyLost(s); lost {
			step.Action, step.Why = ActionRebuild, why
		}
	case Syncing, Bootstrapping, Running, Unknown:
		// A state that could not be read is that of a replication that runs
		// while its leader is out of reach; it can be paused.
		if d.Mode != ModePaused {
			return Step{}, false
		}
		step.Action, step.Why = ActionPause, "it is running"
	}
	return step, true
}

// historyLost reports whether a paused replication cannot be resumed, and why.
func historyLost(s Sight) (why string, lost bool) {
	const because = "the leader no longer has the history since the pause"
	if s.HistoryLost {
		return because + ": it has refused to resume", true
	}
	// An automatic pause names the exceptions of the shards that failed.
	if s.AutoPaused() && (strings.Contains(s.Reason, "RetentionLeaseNotFound") || strings.Contains(s.Reason, "etention lease")) {
		return because + ": " + s.Reason, true
	}
	return "", false
}

// CheckRebuild says what a rebuild needs where it is not allowed. Without
// permission the follower index, which may be all that is left of the data, is
// never deleted.
func CheckRebuild(allowed bool, a Assessment) []Check {
	if allowed || !a.Needs(ActionRebuild) {
		return nil
	}
	return []Check{{
		Attribute: "rebuild",
		Summary:   "Replication can only be built anew",
		Detail: fmt.Sprintf("To %s. Nothing allows to delete the follower index, so the apply will refuse it. "+
			"Set rebuild = true or on_destroy = \"delete_index\" to allow it.", Summarize(a.Repairs)),
		Warning: true,
	}}
}

// Needs reports whether one of the repairs is of that kind.
func (a Assessment) Needs(action Action) bool {
	for _, s := range a.Repairs {
		if s.Action == action {
			return true
		}
	}
	return false
}

// CheckReplacement refuses to replace a replication by another under the same
// follower index where its end leaves that index: no replication starts over an
// index that exists.
func CheckReplacement(attributes []string, followerIndex string, deletes bool) []Check {
	if deletes {
		return nil
	}
	var out []Check
	for _, attribute := range attributes {
		out = append(out, Check{
			Attribute: attribute,
			Summary:   "Replication cannot be replaced",
			Detail: fmt.Sprintf("A change of %s replaces the replication, and with on_destroy = \"stop\" its end leaves index %s on the follower, over which no replication can start. "+
				"Apply on_destroy = \"delete_index\" by itself first, then change %s; or choose another follower_index.", attribute, followerIndex, attribute),
		})
	}
	return out
}

// CheckAlias returns what is wrong with the name of a remote cluster, or nil.
func CheckAlias(alias string) error {
	switch {
	case alias == "":
		return fmt.Errorf("the name of a remote cluster must not be empty")
	case strings.ContainsAny(alias, " .,:*/\\\"<>|?#\t\n"):
		return fmt.Errorf("name %q must not have any of the characters space . , : * / \\ \" < > | ? #", alias)
	case strings.HasPrefix(alias, "_"), strings.HasPrefix(alias, "-"):
		return fmt.Errorf("name %q must not begin with %q", alias, alias[:1])
	}
	return nil
}

// CheckRuleName returns what is wrong with the name of an autofollow rule, or nil.
func CheckRuleName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name of a rule must not be empty; the plugin fails over one without a name")
	case strings.ContainsAny(name, " ,:*/\\\"<>|?#\t\n"):
		return fmt.Errorf("name %q must not have any of the characters space , : * / \\ \" < > | ? #", name)
	case len(name) > 255:
		return fmt.Errorf("name of %d bytes is longer than 255", len(name))
	}
	return nil
}
