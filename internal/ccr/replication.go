// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "strings"

// State is the state of one replication, in the words of the CCR plugin's
// `_status` route.
type State string

// The states that `_status` reports (OpenSearch 2.19 and 3.6).
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
	// NotInProgress: never started, stopped, no such index, or a node that has
	// just come back and has not looked yet.
	NotInProgress State = "REPLICATION NOT IN PROGRESS"
	// Unknown: the status could not be read, for example because the leader is
	// out of reach. It is not a failed replication.
	Unknown State = "UNKNOWN"
)

// Replication is one follower index and the leader index that it follows.
type Replication struct {
	FollowerIndex string
	LeaderAlias   string
	LeaderIndex   string
	State         State
	// Reason is the plugin's reason of a pause or a failure.
	Reason string
	// Checkpoints are sums of sequence numbers over the shards and are
	// meaningful only while State is [Syncing]. An empty shard counts -1.
	LeaderCheckpoint   int64
	FollowerCheckpoint int64
}

// Lag returns how many operations the follower is behind, and false where that
// is not known: the replication is not syncing, or a shard may not have been
// opened yet (it counts -2 right after the start). A sum of -2 is also that of
// two empty shards, so it is believed where the leader's is no greater.
func (r Replication) Lag() (operations int64, known bool) {
	if r.State != Syncing || r.FollowerCheckpoint < -1 && r.FollowerCheckpoint < r.LeaderCheckpoint {
		return 0, false
	}
	return max(0, r.LeaderCheckpoint-r.FollowerCheckpoint), true
}

// CaughtUp reports whether the follower has every operation of the leader.
func (r Replication) CaughtUp() bool {
	lag, known := r.Lag()
	return known && lag == 0
}

// AutoPaused reports whether the plugin itself paused the replication.
func (r Replication) AutoPaused() bool {
	return r.State == Paused && strings.HasPrefix(r.Reason, "AutoPaused:")
}

// Rule is an autofollow rule of a follower.
type Rule struct {
	Name        string
	LeaderAlias string
	Pattern     string
	// FailedIndices are the leader's indices that the rule tried in vain to start.
	FailedIndices []string
}

// Connection is a follower's remote-cluster connection as `_remote/info` shows it.
type Connection struct {
	Alias     string
	Exists    bool
	Connected bool
	// Mode is "sniff" or "proxy".
	Mode string
	// Addresses are the seeds or the proxy address.
	Addresses []string
	// Elsewhere says that it leads to another cluster than the leader, and how
	// that was seen; empty where it does not, or where that is not known.
	Elsewhere string
}

// Roles are the roles that a replication runs under where the security plugin
// is on. The zero value means none.
type Roles struct {
	Leader   string
	Follower string
}

// AivenRoles are the roles that Aiven maps when it makes the integration.
var AivenRoles = Roles{Leader: "ccr_leader_full_access", Follower: "ccr_follower_full_access"}
