// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// recordsLag is how long a search of the plugin's records may show what was
// before: they are refreshed every second.
const recordsLag = 3 * time.Second

// attributed finds out of which leader the rules are whose names do not tell,
// which the plugin shows in its store only. Where that is closed it stays
// unknown. Rules of two leaders may have one name, so as long as the records show
// more or fewer of a name than there are, or none of a rule that is there, they are
// outdated and are read again.
func (r *Reader) attributed(ctx context.Context, rules []ccr.Rule) ([]ccr.Rule, error) {
	if !slices.ContainsFunc(rules, func(rule ccr.Rule) bool { return !rule.Named() }) {
		return withAliases(rules, Records{}), nil
	}
	var records Records
	wait := poll.Poll{Clock: r.clock, What: "until the plugin's records show the autofollow rules", First: 500 * time.Millisecond, Most: time.Second, Attempt: readTime, Within: recordsLag}
	err := wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		var err error
		records, err = r.ReadRecords(ctx)
		if err == nil && len(records.Rules)+len(records.Indices) == 0 || isClosedRoute(err) {
			return poll.Look{Done: true}, nil // a protected store is empty: nothing more is to be learned
		}
		return poll.Look{Done: agree(rules, records)}, err
	})
	if err != nil && records.Rules == nil {
		return nil, fmt.Errorf("read which leader the autofollow rules belong to: %w", err)
	}
	return withAliases(rules, records), nil
}

// agree reports whether the records have as many rules as there are of each name
// and pattern that do not tell their leader.
func agree(rules []ccr.Rule, records Records) bool {
	type look struct{ name, pattern string }
	missing := map[look]int{}
	for _, rule := range rules {
		if !rule.Named() {
			missing[look{rule.Name, rule.Pattern}]++
		}
	}
	for key, record := range records.Rules {
		recorded := look{strings.TrimPrefix(key, RuleKey(record.LeaderAlias, "")), record.Leader}
		if _, asked := missing[recorded]; asked {
			missing[recorded]--
		}
	}
	for _, difference := range missing {
		if difference != 0 {
			return false
		}
	}
	return true
}

// withAliases adds the leader aliases, which the statistics lack. Of two rules
// with one name and pattern each gets one of the aliases.
func withAliases(rules []ccr.Rule, records Records) []ccr.Rule {
	out := make([]ccr.Rule, len(rules))
	used := map[string]bool{}
	for i, rule := range rules {
		out[i] = rule
		for key, record := range records.Rules {
			if !used[key] && key == RuleKey(record.LeaderAlias, rule.Name) && record.Leader == rule.Pattern {
				out[i].LeaderAlias, used[key] = record.LeaderAlias, true
				break
			}
		}
	}
	slices.SortFunc(out, func(a, b ccr.Rule) int {
		return strings.Compare(RuleKey(a.LeaderAlias, a.Name), RuleKey(b.LeaderAlias, b.Name))
	})
	return out
}

// Rule finds one autofollow rule by alias and name. It is absent where the
// follower lists its rules without it, and unknown where the route is closed.
// The roles are known only where the plugin's records may be read.
func (r *Reader) Rule(ctx context.Context, alias, name string) (ccr.Fact[ccr.Rule], ccr.Roles, error) {
	rules, err := r.Rules(ctx)
	if err != nil {
		return ccr.Fact[ccr.Rule]{}, ccr.Roles{}, err
	}
	if why, unknown := rules.Unknown(); unknown {
		return ccr.Unknown[ccr.Rule](why), ccr.Roles{}, nil
	}
	records, err := r.Records(ctx)
	if err != nil {
		return ccr.Fact[ccr.Rule]{}, ccr.Roles{}, err
	}
	record, recorded := records.Rules[RuleKey(alias, name)]
	all, _ := rules.Value()
	for _, rule := range all {
		if rule.Name == name && (rule.LeaderAlias == alias || rule.LeaderAlias == "" && !recordedElsewhere(records, alias, rule)) {
			rule.LeaderAlias = alias
			return ccr.Present(rule), record.Roles, nil
		}
	}
	if recorded {
		// A node that has just come back does not run its rules yet.
		return ccr.Present(ccr.Rule{Name: name, LeaderAlias: alias, Pattern: record.Leader}), record.Roles, nil
	}
	return ccr.Absent[ccr.Rule]("the follower lists its autofollow rules without it"), ccr.Roles{}, nil
}

// recordedElsewhere reports whether a rule is on record as another leader's.
func recordedElsewhere(records Records, alias string, rule ccr.Rule) bool {
	for key, record := range records.Rules {
		if record.LeaderAlias != alias && key == RuleKey(record.LeaderAlias, rule.Name) && record.Leader == rule.Pattern {
			return true
		}
	}
	return false
}
