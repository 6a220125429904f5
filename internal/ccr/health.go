// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Watch is what a follower is watched for: what it observes of all leaders, or
// of one, and what is expected of it.
type Watch struct {
	Observation

	// Alias is the only leader that it is about; empty: all.
	Alias string
	// Patterns are what is meant to be followed, each by an autofollow rule. Nil
	// is what the rules of the follower cover.
	Patterns []string
	// Links are the integrations of a follower service, by the alias of the
	// leader; nil for a follower that is not an Aiven service.
	Links map[string]Link
	// Leaders are the indices of each leader that could be listed, by alias.
	Leaders map[string]Fact[[]LeaderIndex]
}

// IndexStatus is the status of a replica by itself, and why it is not
// [StatusReplicating]. One whose state is not known is [StatusDegraded].
func (o Observation) IndexStatus(f FollowerIndex) (Status, string) {
	source, _ := f.Replicates().Value()
	if c, known := o.Connections[source.Alias]; known && !c.Connected && f.State == Syncing {
		return StatusDegraded, notConnected(source.Alias)
	}
	switch f.State {
	case Syncing:
		return StatusReplicating, "" // `_status` gives a reason also of what syncs
	case Paused:
		return StatusPaused, f.Reason
	case Failed:
		return StatusFailed, f.Reason
	case NotInProgress:
		return StatusStopped, "the follower reports no replication in progress although the index is marked as a replica"
	case Bootstrapping, Running:
		return StatusBootstrapping, ""
	case StateUnknown:
	}
	if f.Reason != "" {
		return StatusDegraded, f.Reason
	}
	return StatusDegraded, "the follower does not report the state of this index; its leader may be unreachable"
}

func notConnected(alias string) string {
	return fmt.Sprintf("the follower is not connected to its leader (remote cluster %s)", alias)
}

// Shows reports whether something of a leader is watched. An empty alias is not known.
func (w Watch) Shows(alias string) bool { return w.Alias == "" || w.Alias == alias }

// Replica reports whether an index is watched as a replica, and what it
// replicates: it replicates a leader that is watched, or it may.
func (w Watch) Replica(f FollowerIndex) (source Source, watched bool) {
	source, replicates := f.Replicates().Value()
	_, plain := f.Replicates().Absent()
	return source, !plain && w.Shows(source.Alias) && (replicates || w.Alias == "")
}

// Aliases are the leaders that are watched, in order: the one that is asked for,
// or those that the follower has something of.
func (w Watch) Aliases() []string {
	found := map[string]bool{}
	if w.Alias != "" {
		return []string{w.Alias}
	}
	for alias := range w.Links {
		found[alias] = true
	}
	for _, f := range w.Indices.All() {
		if source, watched := w.Replica(*f); watched {
			found[source.Alias] = true
		}
	}
	for _, rule := range w.WatchedRules() {
		found[rule.LeaderAlias] = true
	}
	delete(found, "")
	return slices.Sorted(maps.Keys(found))
}

// Reaches reports whether the follower may be connected to a leader: only then
// the leader can be asked for its indices.
func (w Watch) Reaches(alias string) bool {
	return w.Connections == nil || w.Connections[alias].Connected
}

// WatchedRules are the rules of the leaders that are watched. Where the follower
// hides of which leader a rule is, its name may tell; one that could be of a
// watched leader is one of them.
func (w Watch) WatchedRules() []Rule {
	all, _ := w.Rules.Value()
	rules := make([]Rule, 0, len(all))
	for _, r := range all {
		for alias := range w.Connections {
			if r.of(alias) {
				r.LeaderAlias = alias
			}
		}
		if w.Shows(r.LeaderAlias) || r.LeaderAlias == "" && !r.ofAnother(w.Alias) {
			rules = append(rules, r)
		}
	}
	return rules
}

// Health says what keeps a follower from being healthy, in order: its link to the
// leader, the connection, the rules, the indices. It is empty where everything
// that is meant to replicate does.
func (w Watch) Health() string {
	reasons := slices.Concat(w.links(), w.connections(), w.ruleReasons(), w.indexReasons(), w.coverage())
	if len(reasons) > reasonLength {
		reasons = append(slices.Clone(reasons[:reasonLength]), fmt.Sprintf("and %d more", len(reasons)-reasonLength))
	}
	return strings.Join(reasons, "; ")
}

func (w Watch) links() (reasons []string) {
	if w.Links == nil {
		return nil
	}
	if _, linked := w.Links[w.Alias]; w.Alias != "" && !linked {
		return []string{"the service has no integration with a leader of the alias " + w.Alias}
	}
	if len(w.Links) == 0 {
		return []string{"the service has no integration with a leader"}
	}
	for _, alias := range w.Aliases() {
		link, linked := w.Links[alias]
		switch {
		case !linked:
		case link.Failed != "":
			reasons = append(reasons, fmt.Sprintf("the integration with leader %s has failed: %s", link.Leader, link.Failed))
		case !link.Active:
			reasons = append(reasons, fmt.Sprintf("the integration with leader %s is not active", link.Leader))
		}
	}
	return reasons
}

func (w Watch) connections() (reasons []string) {
	if w.Connections == nil {
		return nil // this user is not shown them
	}
	for _, alias := range w.Aliases() {
		if c, known := w.Connections[alias]; !known {
			reasons = append(reasons, "the follower has no connection (remote cluster) "+alias)
		} else if !c.Connected {
			reasons = append(reasons, notConnected(alias))
		}
	}
	return reasons
}

func (w Watch) ruleReasons() (reasons []string) {
	rules := w.WatchedRules()
	why, unknown := w.Rules.Unknown()
	if unknown && len(w.Patterns) > 0 {
		reasons = append(reasons, "the autofollow rules cannot be read: "+why)
	}
	for _, pattern := range w.Patterns {
		if !unknown && !slices.ContainsFunc(rules, func(r Rule) bool { return r.Pattern == pattern }) {
			reasons = append(reasons, fmt.Sprintf("no autofollow rule has pattern %q", pattern))
		}
	}
	for _, alias := range w.Aliases() {
		if _, linked := w.Links[alias]; linked && w.Patterns == nil && !unknown && !slices.ContainsFunc(rules, func(r Rule) bool { return r.LeaderAlias == alias || r.LeaderAlias == "" }) {
			reasons = append(reasons, "no autofollow rule follows leader "+alias)
		}
	}
	for _, r := range rules {
		var failed []string
		replicated := w.replicated(r.LeaderAlias)
		for _, index := range r.FailedIndices {
			// An index that begins with a dot is on the list of a rule *, which does not cover it.
			if Matches(r.Pattern, index) && !replicated[index] {
				failed = append(failed, index)
			}
		}
		if len(failed) > 0 {
			reasons = append(reasons, fmt.Sprintf("autofollow rule %s could not start %s", r.Name, CountedIndices(failed)))
		}
	}
	return reasons
}

func (w Watch) indexReasons() (reasons []string) {
	watched := 0
	for name, f := range w.Indices.All() {
		if _, shown := w.Replica(*f); !shown {
			continue
		}
		watched++
		if status, reason := w.IndexStatus(*f); status != StatusReplicating {
			reasons = append(reasons, because("index "+name+" is "+string(status), reason))
		}
	}
	if watched == 0 {
		return []string{"no index replicates"}
	}
	return reasons
}

// coverage finds the open indices of each leader that are meant to be followed
// and are not. A leader that could not be listed says nothing.
func (w Watch) coverage() (reasons []string) {
	for _, alias := range w.Aliases() {
		listed, known := w.Leaders[alias].Value()
		if !known {
			continue
		}
		patterns := w.Patterns
		if patterns == nil {
			for _, r := range w.WatchedRules() {
				if r.LeaderAlias == alias || r.LeaderAlias == "" && len(w.Connections) == 1 {
					patterns = append(patterns, r.Pattern)
				}
			}
		}
		o := w.Observation
		o.Leader = Present(listed)
		replicated := w.replicated(alias)
		for _, name := range o.matching(patterns) {
			if !replicated[name] {
				reasons = append(reasons, w.uncovered(alias, name)...)
			}
		}
	}
	return reasons
}

// replicated are the indices of a leader, or of any for an empty alias, that the
// follower has a replica of or may have: what it hides is not missing.
func (w Watch) replicated(alias string) map[string]bool {
	out := map[string]bool{}
	for name, f := range w.Indices.All() {
		switch source, watched := w.Replica(*f); {
		case !watched:
		case source.Alias == "":
			out[name] = true
		case alias == "" || source.Alias == alias:
			out[source.Index] = true
		}
	}
	return out
}

// uncovered says how it is that an index is not replicated.
func (w Watch) uncovered(alias, name string) []string {
	f, listed := w.Indices.Find(name)
	if !listed {
		return []string{fmt.Sprintf("index %s of leader %s is missing on the follower", name, alias)}
	}
	source, replicates := f.Replicates().Value()
	if _, stopped := f.Replicates().Absent(); stopped {
		if _, none := f.Index.Absent(); none {
			return []string{fmt.Sprintf("index %s of leader %s is missing on the follower", name, alias)}
		}
		return []string{fmt.Sprintf("index %s is %s: the follower's index of that name is not a replica", name, StatusStopped)}
	}
	if replicates && source.Alias != "" {
		return []string{fmt.Sprintf("index %s of leader %s cannot be replicated: the follower's index of that name is a replica of %s", name, alias, source)}
	}
	return nil // its state or its leader is not known
}
