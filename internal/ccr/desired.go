// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

// Mode is what a follower is meant to do: the values of desired_state.
type Mode string

// The modes.
const (
	// ModeReplicating follows every index of the patterns, future ones too.
	ModeReplicating Mode = "replicating"
	// ModePaused holds every replication and follows no new index. The leader
	// keeps its history for 12 hours by default; after that a replication can
	// only be rebuilt.
	ModePaused Mode = "paused"
	// ModePromoted ends the replication: the follower becomes an independent, writable service.
	ModePromoted Mode = "promoted"
)

// Modes are all modes, for validators and messages.
func Modes() []string {
	return []string{string(ModeReplicating), string(ModePaused), string(ModePromoted)}
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

// Desired is what a follower is meant to do with one leader: with every index
// that patterns cover, or with a single one.
type Desired struct {
	// Alias names the leader on the follower.
	Alias    string
	Patterns []string
	// Single, where it is set, is the one index that is meant; then there are
	// no patterns and no rules.
	Single *SingleIndex
	Mode   Mode
	// Fence, with [ModePromoted], blocks writes on the leader first, so that
	// nothing can be lost.
	Fence bool
	// Lift, with [ModePromoted], takes away the write blocks that an earlier
	// promotion has left on the leader.
	Lift  bool
	Roles Roles
	// Owned maps each follower index that this resource started or adopted to
	// its UUID.
	Owned   Owned
	Permits Permissions
	// Settings are index settings that a single replication is started with.
	Settings map[string]any
}

// SingleIndex is one follower index and the leader index that it is to follow.
type SingleIndex struct {
	Follower string
	Leader   string
}

// Permissions are what a configuration permits to destroy.
type Permissions struct {
	// Rebuild: a follower index that may have writes of its own may be deleted
	// and copied again. It is the attribute rebuild, or on_destroy =
	// "delete_index" of a single replication.
	Rebuild bool
	// OnLeaderDelete says what becomes of the copy of an index that the leader has deleted.
	OnLeaderDelete OnLeaderDelete
	// RemovedPatterns are patterns that the plan takes away. What only they
	// cover may be deleted.
	RemovedPatterns []string
}

// OnLeaderDelete is a value of the attribute on_leader_delete.
type OnLeaderDelete string

// The values of on_leader_delete.
const (
	// LeaderDeleteFollow deletes the copies too, as long as they are few.
	LeaderDeleteFollow OnLeaderDelete = "delete"
	// LeaderDeleteAll deletes the copies too, however many there are.
	LeaderDeleteAll OnLeaderDelete = "delete_all"
	// LeaderDeleteKeep keeps them.
	LeaderDeleteKeep OnLeaderDelete = "keep"
)

// OnLeaderDeletes are all values of on_leader_delete.
func OnLeaderDeletes() []string {
	return []string{string(LeaderDeleteFollow), string(LeaderDeleteAll), string(LeaderDeleteKeep)}
}

// Roles are the roles that a replication runs under where the security plugin
// is on. The zero value means none.
type Roles struct {
	Leader   string
	Follower string
}

// AivenRoles are the roles that Aiven maps when it creates the integration.
var AivenRoles = Roles{Leader: "ccr_leader_full_access", Follower: "ccr_follower_full_access"}

// LeaderAlias is the name that Aiven gives a leader service on its followers.
func LeaderAlias(project, service string) string {
	return project + "_" + service
}

// rules returns the autofollow rules that the patterns call for: one each,
// and none unless the mode is replicating.
func (d Desired) rules() []Rule {
	if d.Mode != ModeReplicating {
		return nil
	}
	rules := make([]Rule, 0, len(d.Patterns))
	for _, p := range d.Patterns {
		rules = append(rules, Rule{Name: RuleName(d.Alias, p), LeaderAlias: d.Alias, Pattern: p})
	}
	return rules
}

// Owned are the follower indices that a resource started or adopted, each with its UUID.
type Owned = ByName[string]

// covers reports whether a leader index is meant.
func (d Desired) covers(leaderIndex string) bool {
	if d.Single != nil {
		return d.Single.Leader == leaderIndex
	}
	return MatchesAny(d.Patterns, leaderIndex)
}

// owns reports whether an index is the one that this resource started or adopted.
func (d Desired) owns(f FollowerIndex) bool {
	return f.UUID() != "" && d.Owned.At(f.Name) == f.UUID()
}

// Start is what starts the replication of one index.
type Start struct {
	FollowerIndex string
	LeaderAlias   string
	LeaderIndex   string
	Roles         Roles
	// Settings are index settings of the follower index that override the leader's.
	Settings map[string]any
}

// Start is what carries out a step that starts a replication.
func (d Desired) Start(s Step) Start {
	return Start{FollowerIndex: s.Index, LeaderAlias: d.Alias, LeaderIndex: s.LeaderIndex, Roles: d.Roles, Settings: d.Settings}
}

// perhapsOwns reports whether it may be that index: its identity could not be read.
func (d Desired) perhapsOwns(f FollowerIndex) bool {
	_, unidentified := f.Index.Unknown()
	return d.owns(f) || unidentified && d.Owned.At(f.Name) != ""
}
