// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// RuleSight is what was seen of one autofollow rule.
type RuleSight struct {
	Exists  bool
	Pattern string
	// Roles are known only where the security plugin tells them.
	Roles ccr.Roles
	// Failed are indices that the rule could not start and the follower does not
	// have; Taken are those whose name another index of the follower has.
	Failed []string
	Taken  []string
}

// Rule looks at a rule. The statistics do not say of which alias a rule is; the
// plugin's records do, where they may be read.
func (r *Reader) Rule(ctx context.Context, alias, name string) (RuleSight, error) {
	all, err := r.RuleStats(ctx)
	if err != nil {
		return RuleSight{}, err
	}
	records, err := r.Records(ctx)
	if err != nil {
		return RuleSight{}, err
	}
	record, recorded := records.Rules[RuleKey(alias, name)]
	rule, running := ruleOf(alias, name, all, records)
	if !running {
		// A node that has just come back does not run its rules yet.
		return RuleSight{Exists: recorded, Pattern: record.Leader, Roles: record.Roles}, nil
	}
	seen := RuleSight{Exists: true, Pattern: rule.Pattern, Roles: record.Roles}
	seen.Failed, seen.Taken, err = r.failing(ctx, rule)
	if err == nil && len(seen.Failed) > 0 {
		seen.Failed = r.onLeader(ctx, alias, rule.Pattern, seen.Failed)
	}
	return seen, err
}

// onLeader leaves out what the leader has no longer: a rule remembers for an
// hour what it could not start. Without an answer all of it counts.
func (r *Reader) onLeader(ctx context.Context, alias, pattern string, failed []string) []string {
	leader, err := r.LeaderIndices(ctx, alias, pattern)
	if err != nil {
		return failed
	}
	return slices.DeleteFunc(failed, func(index string) bool { return !slices.Contains(leader, index) })
}

// ruleOf finds a rule among those that run. Where another leader has one of the
// same name, the pattern on record tells them apart; a record may be a moment old.
func ruleOf(alias, name string, running []ccr.Rule, records Records) (ccr.Rule, bool) {
	foreign := map[string]bool{} // patterns of the same name under other aliases
	for key, record := range records.Rules {
		if record.LeaderAlias != alias && key == RuleKey(record.LeaderAlias, name) {
			foreign[record.Leader] = true
		}
	}
	recorded := records.Rules[RuleKey(alias, name)].Leader
	var found ccr.Rule
	for _, rule := range running {
		if rule.Name != name {
			continue
		}
		if rule.Pattern == recorded {
			return rule, true
		}
		if !foreign[rule.Pattern] {
			found = rule
		}
	}
	return found, found.Name != ""
}

// failing sorts what a rule could not start. It does not forget an index that
// was started since by other means.
func (r *Reader) failing(ctx context.Context, rule ccr.Rule) (failed, taken []string, err error) {
	if len(rule.FailedIndices) == 0 {
		return nil, nil, nil
	}
	marks, err := r.marks(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, index := range rule.FailedIndices {
		if _, exists := marks[index]; !exists {
			failed = append(failed, index)
			continue
		}
		seen, err := r.replication(ctx, index, marks[index], true)
		if err != nil {
			return nil, nil, err
		}
		if seen.State == ccr.NotInProgress {
			taken = append(taken, index)
		}
	}
	slices.Sort(failed)
	slices.Sort(taken)
	return failed, taken, nil
}

// Followers lists the follower indices that a rule's pattern covers and no
// other rule of that leader does: what a rule makes has the name that it has on
// the leader.
func (r *Reader) Followers(ctx context.Context, alias, name, pattern string) ([]string, error) {
	marks, err := r.marks(ctx)
	if err != nil {
		return nil, err
	}
	others, err := r.otherPatterns(ctx, alias, name)
	if err != nil {
		return nil, err
	}
	var out []string
	for index, mark := range marks {
		if !ccr.Matches(pattern, index) || ccr.MatchesAny(others, index) {
			continue
		}
		if mark.LeaderIndex == "" {
			// No replica, or the mark is hidden, as on Amazon's service.
			seen, err := r.replication(ctx, index, mark, true)
			if err != nil {
				return nil, err
			}
			if seen.State == ccr.Syncing && seen.LeaderIndex == "" {
				if seen, err = r.Replication(ctx, index); err != nil && !IsLeaderUnreachable(err) {
					return nil, err
				}
			}
			mark.LeaderAlias, mark.LeaderIndex = seen.LeaderAlias, seen.LeaderIndex
		}
		if mark.LeaderAlias == alias && mark.LeaderIndex == index {
			out = append(out, index)
		}
	}
	slices.Sort(out)
	return out, nil
}

// otherPatterns are the patterns of the other rules of a leader.
func (r *Reader) otherPatterns(ctx context.Context, alias, name string) ([]string, error) {
	records, err := r.Records(ctx)
	if err != nil {
		return nil, err
	}
	var patterns []string
	if records.Readable {
		for key, record := range records.Rules {
			if record.LeaderAlias == alias && key != RuleKey(alias, name) {
				patterns = append(patterns, record.Leader)
			}
		}
		return patterns, nil
	}
	rules, err := r.RuleStats(ctx)
	for _, rule := range rules {
		if rule.Name != name {
			patterns = append(patterns, rule.Pattern)
		}
	}
	return patterns, err
}

// Missing lists the leader's indices of a pattern that the follower does not
// have, and those whose name an index of the follower has that is no replica of them.
func (r *Reader) Missing(ctx context.Context, alias, pattern string) (missing, taken []string, err error) {
	leader, err := r.LeaderIndices(ctx, alias, pattern)
	if err != nil {
		return nil, nil, err
	}
	marks, err := r.marks(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, index := range leader {
		mark, exists := marks[index]
		if !exists {
			missing = append(missing, index)
			continue
		}
		seen, err := r.replication(ctx, index, mark, true)
		if err != nil {
			return nil, nil, err
		}
		if seen.State == ccr.NotInProgress {
			taken = append(taken, index)
		}
	}
	return missing, taken, nil
}

// IsClosed reports whether a service does not let this user have a route.
func IsClosed(err error) bool { return isClosedRoute(err) }

// Started are replications that were started and not waited for yet.
type Started struct {
	engine  *Engine
	indices []string
	err     error
}

// StartAll starts replications in parallel without waiting for them.
func (e *Engine) StartAll(ctx context.Context, d ccr.Desired, steps []ccr.Step) Started {
	started := Started{engine: e}
	ok := make([]bool, len(steps))
	started.err = parallel(ctx, len(steps), func(ctx context.Context, i int) error {
		if err := e.StartIndex(ctx, e.startOf(d, steps[i])); err != nil {
			return fmt.Errorf("%s: %w", steps[i], err)
		}
		ok[i] = true
		return nil
	})
	for i, s := range steps {
		if ok[i] {
			started.indices = append(started.indices, s.Index)
		}
	}
	return started
}

// Await waits until they sync, and returns also what could not be started.
func (s Started) Await(ctx context.Context) error {
	return errors.Join(s.err, s.engine.AwaitSyncing(ctx, s.indices))
}
