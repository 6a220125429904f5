// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Mode is what a pair is meant to do: the values of desired_state.
type Mode string

// The modes of a pair.
const (
	// ModeReplicating follows every index of the patterns, those of the future too.
	ModeReplicating Mode = "replicating"
	// ModePaused holds every replication and follows no new index. The leader
	// keeps its history for 12 hours by default; after that a replication can
	// only be built anew.
	ModePaused Mode = "paused"
	// ModePromoted ends the replication: the follower is a service of its own, writable.
	ModePromoted Mode = "promoted"
)

// Modes are all modes, for validators and messages.
func Modes() []string {
	return []string{string(ModeReplicating), string(ModePaused), string(ModePromoted)}
}

// Desired is what a follower is meant to do with one leader.
type Desired struct {
	// Alias names the leader on the follower.
	Alias    string
	Patterns []string
	Mode     Mode
	Roles    Roles
	// Owned maps each follower index that was seen replicating this leader to
	// its UUID. A stopped replica carries no mark on the server, so this is the
	// only proof that such an index may be deleted.
	Owned map[string]string
}

// LeaderAlias is the name that Aiven gives a leader service on its followers.
func LeaderAlias(project, service string) string {
	return project + "_" + service
}

var notForRuleNames = regexp.MustCompile(`[^a-z0-9-]+`)

// ruleNamePrefix begins the name of every rule that this provider names itself.
const ruleNamePrefix = "terraform-"

// Named reports whether the name of a rule tells of which leader it is.
func (r Rule) Named() bool { return strings.HasPrefix(r.Name, ruleNamePrefix) }

// Attributed reports whether it is known of which leader each rule is, by its
// alias or by the name that this provider gave it.
func (o Observation) Attributed() bool {
	return !slices.ContainsFunc(o.Rules, func(r Rule) bool { return r.LeaderAlias == "" && !r.Named() })
}

// RuleName returns the name of the autofollow rule that this provider makes
// for a pattern. autofollow_stats shows rules without their leader alias, so the
// name itself tells which leader and pattern it is for.
func RuleName(alias, pattern string) string {
	sum := sha256.Sum256([]byte(alias + "\x00" + pattern))
	readable := strings.Trim(notForRuleNames.ReplaceAllString(strings.ToLower(pattern), "-"), "-")
	if readable == "" {
		readable = "all"
	}
	if len(readable) > 40 {
		readable = readable[:40]
	}
	return ruleNamePrefix + readable + "-" + hex.EncodeToString(sum[:4])
}

// Rules returns the autofollow rules that the patterns call for: one each,
// and none unless the mode is replicating.
func (d Desired) Rules() []Rule {
	if d.Mode != ModeReplicating {
		return nil
	}
	rules := make([]Rule, 0, len(d.Patterns))
	for _, p := range d.Patterns {
		rules = append(rules, Rule{Name: RuleName(d.Alias, p), LeaderAlias: d.Alias, Pattern: p})
	}
	return rules
}

// Observation is what was seen of one leader on its follower.
type Observation struct {
	// At is when it was seen, by the clock of whoever looked.
	At         time.Time
	Connection Connection
	// Leader and Follower are the indices of the two, without hidden ones.
	// Leader is nil where it could not be read; LeaderError says why.
	Leader      []Index
	LeaderError string
	// LeaderHidden names all of the leader's indices, hidden ones too; looked at
	// only where a replicated index is not among Leader.
	LeaderHidden []string
	Follower     []Index
	// Replications are those from this leader's alias.
	Replications []Replication
	// Others maps each follower index that replicates another leader to that alias.
	Others map[string]string
	Rules  []Rule
}

// LeaderSeen reports whether the leader's indices are known.
func (o Observation) LeaderSeen() bool { return o.Leader != nil }

func (o Observation) leaderIndex(name string) (Index, bool) { return indexNamed(o.Leader, name) }

// Missing are the replicated leader indices that are not among Leader.
func (o Observation) Missing() []string {
	var missing []string
	for _, r := range o.Replications {
		if _, there := o.leaderIndex(r.LeaderIndex); o.LeaderSeen() && !there {
			missing = append(missing, r.LeaderIndex)
		}
	}
	return missing
}

func (o Observation) followerIndex(name string) (Index, bool) { return indexNamed(o.Follower, name) }

func indexNamed(in []Index, name string) (Index, bool) {
	i := slices.IndexFunc(in, func(x Index) bool { return x.Name == name })
	if i < 0 {
		return Index{}, false
	}
	return in[i], true
}

// Matching returns the leader's indices that the patterns cover, open ones only:
// a closed index cannot be replicated (recording 25 of the contract).
func (o Observation) Matching(patterns []string) []Index {
	var out []Index
	for _, ix := range o.Leader {
		if !ix.Closed && MatchesAny(patterns, ix.Name) {
			out = append(out, ix)
		}
	}
	return out
}

// Lag returns the greatest lag of all replications that sync, in operations.
func (o Observation) Lag() int64 {
	var greatest int64
	for _, r := range o.Replications {
		if lag, known := r.Lag(); known {
			greatest = max(greatest, lag)
		}
	}
	return greatest
}

// OwnedNow returns the follower indices that replicate this leader now, with their UUIDs.
func (o Observation) OwnedNow() map[string]string {
	owned := make(map[string]string, len(o.Replications))
	for _, r := range o.Replications {
		if ix, ok := o.followerIndex(r.FollowerIndex); ok {
			owned[r.FollowerIndex] = ix.UUID
		}
	}
	return owned
}
