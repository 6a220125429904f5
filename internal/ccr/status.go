// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"strings"
)

// Status is the state of a follower as a whole, or of a single replication: the
// values of the status attribute.
type Status string

// The statuses.
const (
	// StatusBootstrapping: the first copy has not finished.
	StatusBootstrapping Status = "bootstrapping"
	// StatusReplicating: the follower does what is desired.
	StatusReplicating Status = "replicating"
	// StatusPaused: everything is paused, as desired or by hand.
	StatusPaused Status = "paused"
	// StatusDegraded: something is unreachable or not known and expected to
	// recover by itself (a node restart, a leader that is down). No diff.
	StatusDegraded Status = "degraded"
	// StatusFailed: something is wrong that does not recover by itself.
	StatusFailed Status = "failed"
	// StatusPromoted: the follower is an independent service.
	StatusPromoted Status = "promoted"
	// StatusStopped: the replication of a single index was ended outside
	// Terraform; the index still exists.
	StatusStopped Status = "stopped"
)

// decision sums the work up.
func (w *work) decision() Decision {
	d := Decision{Notes: w.notes, Copying: w.copying, Steps: append(w.adds, w.drops...)}
	for _, kind := range []RefusalKind{RefusedOwnWrites, RefusedRecreated, RefusedLeaderDeleted} {
		if indices := w.refused[kind]; len(indices) > 0 {
			slices.Sort(indices)
			d.Refused = append(d.Refused, Refusal{Kind: kind, Indices: indices, Copies: w.copies})
		}
	}
	if len(w.copying) > 0 {
		d.Progress = w.progress().String()
	}
	d.Status, d.Reason = w.status(d)
	return d
}

// progress is how far the first copies are. What is still to be started counts too.
func (w *work) progress() Copying {
	var all Copied
	for _, name := range w.copying {
		c := w.Indices.At(name).Copied
		all.Done, all.Total = all.Done+c.Done, all.Total+c.Total
	}
	starts := 0
	for _, s := range w.adds {
		if s.Action == ActionStart {
			starts++
		}
	}
	return NewCopying(w.copies-len(w.copying), w.copies+starts, []CopySample{{Copied: all}})
}

func (w *work) status(d Decision) (Status, string) {
	repairs := d.Repairs()
	if w.Mode == ModePromoted {
		switch {
		case len(repairs) > 0:
			return StatusFailed, "the promotion is not finished: " + Reasons(repairs)
		case len(w.unclear) > 0:
			return StatusFailed, "the promotion is not finished: " + w.unclear[0]
		}
		return StatusPromoted, ""
	}
	switch {
	case len(d.Refused) > 0:
		return w.refusedStatus(d.Refused[0])
	case len(repairs) > 0 && w.Mode == ModeReplicating && w.onlyPausedByHand(repairs):
		return StatusPaused, Reasons(repairs)
	case len(repairs) > 0:
		return StatusFailed, Reasons(repairs)
	case w.taken() != "":
		return StatusFailed, w.taken()
	case w.Single != nil && len(w.gone) == 0 && w.kept():
		return StatusFailed, "the leader has deleted index " + w.Single.Leader
	}
	if reason := w.unreached(); reason != "" {
		return StatusDegraded, reason
	}
	if w.Single != nil && len(w.copying) > 0 {
		return StatusBootstrapping, because("its first copy has not finished", w.progress().size())
	}
	return w.Mode.Target(), ""
}

func (w *work) refusedStatus(r Refusal) (Status, string) {
	switch {
	case r.Kind == RefusedLeaderDeleted:
		return StatusFailed, fmt.Sprintf("the leader has deleted %d of %d replicated indices", len(r.Indices), r.Copies)
	case r.Kind == RefusedRecreated:
		return StatusFailed, anotherIndex(w.Single.Leader)
	case w.Single != nil:
		return StatusStopped, "its replication was stopped, and the index may have writes of its own"
	}
	return StatusFailed, fmt.Sprintf("the replication of %s was stopped outside Terraform", CountedIndices(r.Indices))
}

// anotherIndex says that a copy is one of an index that no longer exists.
func anotherIndex(leaderIndex string) string {
	return "the leader has deleted index " + leaderIndex + " and has another one of that name"
}

// taken says which index cannot be followed because its name is in use, or "".
func (w *work) taken() string {
	for _, n := range w.notes {
		if n.Kind == NoteTaken {
			return fmt.Sprintf("index %s cannot be replicated: the follower's index of that name is %s", n.Index, taking(n.Other))
		}
	}
	return ""
}

// kept reports whether a copy is kept although the leader has deleted its index.
func (w *work) kept() bool {
	return slices.ContainsFunc(w.notes, func(n Note) bool { return n.Kind == NoteKept })
}

func taking(other string) string {
	if strings.Contains(other, ":") {
		return "a replica of " + other
	}
	return other
}

// unreached says what of the leader or of single indices is not known, or "".
func (w *work) unreached() string {
	if _, missing := w.Connection.Absent(); missing {
		return fmt.Sprintf("the connection to the leader (remote cluster %s) is missing on the follower", w.Desired.Alias)
	}
	if w.Mode == ModePaused {
		if len(w.unclear) > 0 {
			return w.unclear[0]
		}
		return ""
	}
	if !w.connected() {
		return fmt.Sprintf("the follower is not connected to its leader (remote cluster %s)", w.Desired.Alias)
	}
	if why, unknown := w.Leader.Unknown(); unknown && w.Single == nil {
		return "the leader's indices cannot be listed: " + why
	}
	if len(w.unclear) > 0 {
		return w.unclear[0]
	}
	return ""
}

// onlyPausedByHand reports whether a pause by somebody is all that is wrong.
func (w *work) onlyPausedByHand(repairs []Step) bool {
	for _, s := range repairs {
		if s.Action != ActionResume || w.Indices.At(s.Index).AutoPaused() {
			return false
		}
	}
	return true
}

// CountedIndices names one index, or says how many there are and names the first.
func CountedIndices(names []string) string {
	if len(names) == 1 {
		return "index " + names[0]
	}
	if len(names) <= reasonLength {
		return fmt.Sprintf("%d indices (%s)", len(names), strings.Join(names, ", "))
	}
	return fmt.Sprintf("%d indices (%s, and %d more)", len(names), strings.Join(names[:reasonLength], ", "), len(names)-reasonLength)
}
