// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"strings"
	"time"
)

// State is the state of one replication, in the words of the CCR plugin's
// `_status` route.
type State string

// The states that `_status` reports (OpenSearch 2.19 and 3.6), and [StateUnknown].
const (
	// Bootstrapping: the leader's files are being copied.
	Bootstrapping State = "BOOTSTRAPPING"
	// Syncing: operations are being followed.
	Syncing State = "SYNCING"
	// Paused by a user or, with a reason that begins with "AutoPaused:", by the plugin.
	Paused State = "PAUSED"
	// Failed: the plugin gave up.
	Failed State = "FAILED"
	// Running shows for a moment after a start, before the tasks are assigned.
	Running State = "RUNNING"
	// NotInProgress: never started, stopped, or no such index. The plugin also
	// reports it for some seconds after a node restart, so it counts only after
	// [Settling] has seen it for [SettleTime].
	NotInProgress State = "REPLICATION NOT IN PROGRESS"
	// StateUnknown: the state could not be read, for example because the leader
	// is unreachable. It is not a failed replication.
	StateUnknown State = "UNKNOWN"
)

// SettleTime is how long the follower must repeat that something is missing
// before that is believed: after a node restart it takes some 3 s until
// replications and connections show again.
const SettleTime = 10 * time.Second

// Settling tells what stays from what passes. It is told everything that was
// reported missing, with the time, and confirms what has been missing at each
// look for [SettleTime].
type Settling struct{ since map[string]time.Time }

// Missing notes that something was reported missing, and returns whether it has
// been missing long enough to be believed.
func (s *Settling) Missing(what string, now time.Time) bool {
	if s.since == nil {
		s.since = map[string]time.Time{}
	}
	first, before := s.since[what]
	if !before {
		s.since[what] = now
		return false
	}
	return now.Sub(first) >= SettleTime
}

// Seen notes that something is there.
func (s *Settling) Seen(what string) { delete(s.since, what) }

// Source is what a follower index replicates.
type Source struct {
	Alias string
	Index string
}

// String is the source as the plugin writes it, ALIAS:INDEX.
func (s Source) String() string { return s.Alias + ":" + s.Index }

// Identity tells an index from another of the same name.
type Identity struct {
	UUID string
	// Closed is set on an index that is closed.
	Closed bool
}

// FollowerIndex is one index name on a follower, with what was seen of its
// replication.
type FollowerIndex struct {
	Name string
	// Index is the index itself. It is absent where the follower answers that
	// it has no index of that name.
	Index Fact[Identity]
	// Source is the index's own mark of what it replicates. It is absent after
	// a stop, and unknown where a managed service hides the setting.
	Source Fact[Source]
	// Block is the plugin's write block (number 1000).
	Block Fact[struct{}]
	State State
	// Reason is the plugin's reason of a pause or a failure.
	Reason string
	// Checkpoints are sums of sequence numbers over the shards and are
	// meaningful only while State is [Syncing]. An empty shard counts -1.
	LeaderCheckpoint   int64
	FollowerCheckpoint int64
	// Copied is how far the copy is while State is [Bootstrapping].
	Copied Copied
	// HistoryLost is set when the leader has refused to resume the replication
	// because it no longer has the history since the pause.
	HistoryLost bool
}

// Exists reports whether the index is known to exist.
func (f FollowerIndex) Exists() bool {
	_, exists := f.Index.Value()
	return exists
}

// UUID is the identity of the index, empty where it is not known to exist.
func (f FollowerIndex) UUID() string {
	id, _ := f.Index.Value()
	return id.UUID
}

// Lag returns how many operations the follower is behind, and false where that
// is not known: the replication is not syncing, or a shard may not have been
// opened yet (it counts -2 right after the start). A sum of -2 is also that of
// two empty shards, so it is believed where the leader's is not greater.
func (f FollowerIndex) Lag() (operations int64, known bool) {
	if f.State != Syncing || f.FollowerCheckpoint < -1 && f.FollowerCheckpoint < f.LeaderCheckpoint {
		return 0, false
	}
	return max(0, f.LeaderCheckpoint-f.FollowerCheckpoint), true
}

// InSync reports whether the follower has every operation that the leader had
// when it was asked.
func (f FollowerIndex) InSync() bool {
	lag, known := f.Lag()
	return known && lag == 0
}

// AutoPaused reports whether the plugin itself paused the replication.
func (f FollowerIndex) AutoPaused() bool {
	return f.State == Paused && strings.HasPrefix(f.Reason, "AutoPaused:")
}

// leaderIndexMissing reports whether the plugin paused the replication because
// the leader has no such index (recording 16 of the contract).
func (f FollowerIndex) leaderIndexMissing() bool {
	return f.AutoPaused() && (strings.Contains(f.Reason, "IndexNotFoundException") || strings.Contains(f.Reason, "no such index"))
}

const historyGone = "the leader no longer has the history since the pause"

// historyLost says why a paused replication cannot be resumed, and "" where it
// may be. An automatic pause names the exceptions of the shards that failed.
func (f FollowerIndex) historyLost() string {
	switch {
	case f.State != Paused:
		return ""
	case f.HistoryLost:
		return historyGone
	case f.AutoPaused() && (strings.Contains(f.Reason, "RetentionLeaseNotFound") || strings.Contains(f.Reason, "etention lease")):
		return historyGone + ": " + f.Reason
	}
	return ""
}

// Replicates reports what the index replicates. It is present while the plugin
// works on the index or its mark or block is on it, also when the source is not
// known: then the value is empty. It is absent after a stop, and for an index
// that never was a replica.
func (f FollowerIndex) Replicates() Fact[Source] {
	if source, marked := f.Source.Value(); marked {
		return Present(source)
	}
	switch f.State {
	case Bootstrapping, Syncing, Paused, Failed, Running:
		return Present(Source{})
	case NotInProgress:
	case StateUnknown:
		if _, exists := f.Index.Absent(); exists {
			return Absent[Source]("the follower has no index of that name")
		}
		return Unknown[Source]("the follower does not report the state of index " + f.Name)
	}
	if _, blocked := f.Block.Value(); blocked {
		return Present(Source{})
	}
	_, unmarked := f.Source.Absent()
	_, unblocked := f.Block.Absent()
	if unmarked && unblocked {
		return Absent[Source]("its mark and its write block are gone, and the follower reports that no replication is in progress")
	}
	return Absent[Source]("the follower reports that no replication is in progress, and shows neither a mark nor a write block")
}

// perhapsReplicates reports whether nothing excludes that the index replicates
// the leader of an alias.
func (f FollowerIndex) perhapsReplicates(alias string) bool {
	if source, marked := f.Source.Value(); marked {
		return source.Alias == alias
	}
	_, none := f.Index.Absent()
	_, unmarked := f.Source.Absent()
	_, unblocked := f.Block.Absent()
	return !none && (!unmarked || !unblocked)
}

// untouched proves that the index has no writes of its own: nobody but the
// plugin could write to it. Without such a proof own writes are possible.
func (f FollowerIndex) untouched() (Proof, bool) {
	_, marked := f.Source.Value()
	_, blocked := f.Block.Value()
	_, markHidden := f.Source.Unknown()
	_, blockHidden := f.Block.Unknown()
	// A replication that failed before its first SYNCING has no block yet, so a
	// block that could not be read counts only where the follower hides all of it.
	failed := f.State == Failed && markHidden && (blocked || blockHidden)
	paused := f.State == Paused && (marked || markHidden) && (blocked || blockHidden)
	switch {
	case marked && blocked:
		return Proof{"the plugin's mark and write block are still on it"}, true
	case failed, paused:
		return Proof{"the plugin reports that its replication is " + strings.ToLower(string(f.State))}, true
	}
	return Proof{}, false
}
