// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Rule is an autofollow rule of a follower.
type Rule struct {
	Name string
	// LeaderAlias is empty where the follower does not tell of which leader the rule is.
	LeaderAlias string
	Pattern     string
	// FailedIndices are the leader's indices that the rule could not start.
	FailedIndices []string
}

var notForRuleNames = form(`[^a-z0-9-]+`)

// ruleNamePrefix begins the name of every rule that this provider names itself.
const ruleNamePrefix = "terraform-"

// Named reports whether the name of a rule tells of which leader it is.
func (r Rule) Named() bool { return strings.HasPrefix(r.Name, ruleNamePrefix) }

// RuleName returns the name of the autofollow rule that this provider creates
// for a pattern. autofollow_stats shows rules without their leader alias, so the
// name itself tells which leader and pattern it is for.
func RuleName(alias, pattern string) string {
	sum := sha256.Sum256([]byte(alias + "\x00" + pattern))
	readable := strings.Trim(notForRuleNames().ReplaceAllString(strings.ToLower(pattern), "-"), "-")
	if readable == "" {
		readable = "all"
	}
	if len(readable) > 40 {
		readable = readable[:40]
	}
	return ruleNamePrefix + readable + "-" + hex.EncodeToString(sum[:4])
}

// of reports whether a rule is known to belong to a leader.
func (r Rule) of(alias string) bool {
	return r.LeaderAlias == alias || r.LeaderAlias == "" && r.Name == RuleName(alias, r.Pattern)
}

// ofAnother reports whether a rule is known to belong to another leader.
func (r Rule) ofAnother(alias string) bool {
	if r.LeaderAlias != "" {
		return r.LeaderAlias != alias
	}
	return r.Named() && r.Name != RuleName(alias, r.Pattern)
}

// ours reports whether a rule is one that this provider created for a leader.
func (r Rule) ours(alias string) bool { return r.Name == RuleName(alias, r.Pattern) }
