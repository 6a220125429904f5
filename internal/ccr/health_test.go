// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"reflect"
	"testing"
)

func TestPoint9_03_HealthyMeansHealthy(t *testing.T) {
	t.Parallel()
	const east = "acme_search-east"
	linkedTo := func(l Link) func(*Watch) { return func(w *Watch) { w.Links = map[string]Link{us: l} } }
	listed := func(names ...string) func(*Watch) {
		return func(w *Watch) { w.Leaders = map[string]Fact[[]LeaderIndex]{us: open(names...)} }
	}
	of := func(alias string) func(*Watch) { return func(w *Watch) { w.Alias = alias } }
	meant := func(patterns ...string) func(*Watch) { return func(w *Watch) { w.Patterns = patterns } }
	failing := func(indices ...string) change {
		return rules(Rule{Name: ruleFor("*"), Pattern: "*", FailedIndices: indices})
	}
	down := func(o *Observation) { o.Connections[us] = Connection{Alias: us} }
	unread := func(o *Observation) { o.Rules = Unknown[[]Rule]("403") }
	active := Link{Leader: "acme/search-us", Active: true}
	for name, tt := range map[string]struct {
		see    []change
		expect []func(*Watch)
		want   string // empty: healthy
	}{
		"healthy":                         {},
		"healthy, one leader":             {expect: []func(*Watch){of(us), listed("a", "b"), linkedTo(active), meant("*")}},
		"nothing replicates":              {see: []change{without("a", "b")}, want: "no index replicates"},
		"nothing of that leader":          {expect: []func(*Watch){of(asia)}, want: "no index replicates"},
		"the alias is unknown":            {expect: []func(*Watch){of(east)}, want: "the follower has no connection (remote cluster) " + east + "; no index replicates"},
		"connections are hidden":          {see: []change{func(o *Observation) { o.Connections = nil }}},
		"not connected":                   {see: []change{down, without("b")}, want: outOfSync + "; index a is degraded: " + outOfSync},
		"not connected, and not used":     {see: []change{func(o *Observation) { o.Connections[asia] = Connection{Alias: asia} }}},
		"no integration":                  {expect: []func(*Watch){func(w *Watch) { w.Links = map[string]Link{} }}, want: "the service has no integration with a leader"},
		"no integration of that alias":    {see: []change{noRules}, expect: []func(*Watch){linkedTo(active), of(asia)}, want: "the service has no integration with a leader of the alias " + asia + "; no index replicates"},
		"the integration is not active":   {expect: []func(*Watch){linkedTo(Link{Leader: "acme/search-us"})}, want: "the integration with leader acme/search-us is not active"},
		"the integration has failed":      {expect: []func(*Watch){linkedTo(Link{Leader: "acme/search-us", Failed: "no route"})}, want: "the integration with leader acme/search-us has failed: no route"},
		"no rule":                         {see: []change{noRules}, expect: []func(*Watch){linkedTo(active)}, want: "no autofollow rule follows leader " + us},
		"no rule, not a service":          {see: []change{noRules}},
		"a rule of another leader only":   {see: []change{rules(Rule{Name: RuleName(asia, "*"), Pattern: "*"})}, expect: []func(*Watch){linkedTo(active), of(us)}, want: "no autofollow rule follows leader " + us},
		"a rule whose leader is hidden":   {see: []change{rules(Rule{Name: "by-hand", Pattern: "*"})}, expect: []func(*Watch){linkedTo(active), of(us)}},
		"one of two rules":                {see: []change{rules(rulesFor("a*")...)}, expect: []func(*Watch){meant("a*", "b*")}, want: `no autofollow rule has pattern "b*"`},
		"rules cannot be read":            {see: []change{unread}, expect: []func(*Watch){linkedTo(active)}},
		"rules that are meant, unread":    {see: []change{unread}, expect: []func(*Watch){meant("*")}, want: "the autofollow rules cannot be read: 403"},
		"a rule has failed":               {see: []change{failing(".kibana", "c")}, want: "autofollow rule " + ruleFor("*") + " could not start index c"},
		"a rule lists what it leaves out": {see: []change{failing(".kibana", "a")}},
		"paused":                          {see: []change{becomes(Paused, "for the weekend")}, want: "index a is paused: for the weekend"},
		"failed":                          {see: []change{becomes(Failed, "disk full")}, want: "index a is failed: disk full"},
		"copied for the first time":       {see: []change{becomes(Bootstrapping, "")}, want: "index a is bootstrapping"},
		"no state":                        {see: []change{becomes(StateUnknown, "")}, want: "index a is degraded: the follower does not report the state of this index; its leader may be unreachable"},
		"marked and not in progress":      {see: []change{becomes(NotInProgress, "")}, want: "index a is stopped: the follower reports no replication in progress although the index is marked as a replica"},
		"stopped":                         {see: []change{put(plain("a"))}, expect: []func(*Watch){listed("a", "b")}, want: "index a is stopped: the follower's index of that name is not a replica"},
		"stopped, and not covered":        {see: []change{put(plain("a")), rules(rulesFor("b")...)}, expect: []func(*Watch){listed("a", "b")}},
		"stopped, the leader is unlisted": {see: []change{put(plain("a"))}},
		"missing":                         {see: []change{without("a")}, expect: []func(*Watch){listed("a", "b", ".kibana")}, want: "index a of leader " + us + " is missing on the follower"},
		"missing, and not covered":        {see: []change{without("a"), rules(rulesFor("b")...)}, expect: []func(*Watch){listed("a", "b")}},
		"missing of what is meant":        {see: []change{without("a"), rules(rulesFor("b")...)}, expect: []func(*Watch){listed("a", "b"), meant("a", "b")}, want: `no autofollow rule has pattern "a"; index a of leader ` + us + " is missing on the follower"},
		"closed on the leader": {see: []change{without("a")}, expect: []func(*Watch){func(w *Watch) {
			w.Leaders = map[string]Fact[[]LeaderIndex]{us: Present([]LeaderIndex{{Name: "a", Closed: true}, {Name: "b"}})}
		}}},
		"an unknown list is not empty": {see: []change{without("a")}, expect: []func(*Watch){func(w *Watch) {
			w.Leaders = map[string]Fact[[]LeaderIndex]{us: Unknown[[]LeaderIndex]("403")}
		}}},
		"under another name": {see: []change{without("a"), func(o *Observation) {
			f := replica("x", Syncing, "")
			f.Source = Present(Source{Alias: us, Index: "a"})
			o.Indices = o.Indices.With("x", f)
		}}, expect: []func(*Watch){listed("a", "b")}},
		"taken by another leader": {see: []change{put(replicaOf(asia, "a", Syncing, ""))}, expect: []func(*Watch){listed("a", "b")},
			want: "index a of leader " + us + " cannot be replicated: the follower's index of that name is a replica of " + asia + ":a"},
		"hidden marks":             {see: []change{put(hide(replica("a", Syncing, "")))}, expect: []func(*Watch){listed("a", "b")}},
		"hidden marks, one leader": {see: []change{put(hide(replica("a", Syncing, "")))}, expect: []func(*Watch){listed("a", "b"), of(us)}},
		"nothing is known of one": {see: []change{put(FollowerIndex{Name: "a", State: StateUnknown})}, expect: []func(*Watch){listed("a", "b")},
			want: "index a is degraded: the follower does not report the state of this index; its leader may be unreachable"},
		"much": {see: []change{put(replica("a", Paused, ""), replica("b", Paused, ""), replica("c", Paused, ""), replica("d", Paused, ""), replica("e", Paused, ""), replica("f", Paused, ""))},
			want: "index a is paused; index b is paused; index c is paused; index d is paused; index e is paused; and 1 more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := Watch{Observation: healthy(tt.see...)}
			for _, expect := range tt.expect {
				expect(&w)
			}
			if got := w.Health(); got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

// A rule whose leader the follower hides, or does not tell yet, may be of the
// leader that is asked for, unless its name says that it is another's.
func TestPoint9_15_WatchedRulesHaveWhatMayBeOfTheLeader(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule Rule
		of   string
		want []Rule
	}{
		"told":                       {Rule{Name: "r", LeaderAlias: us, Pattern: "*"}, us, []Rule{{Name: "r", LeaderAlias: us, Pattern: "*"}}},
		"told, another's":            {Rule{Name: "r", LeaderAlias: asia, Pattern: "*"}, us, nil},
		"not told":                   {Rule{Name: "r", Pattern: "*"}, us, []Rule{{Name: "r", Pattern: "*"}}},
		"not told, all":              {Rule{Name: "r", Pattern: "*"}, "", []Rule{{Name: "r", Pattern: "*"}}},
		"not told, by its name":      {Rule{Name: ruleFor("*"), Pattern: "*"}, us, []Rule{{Name: ruleFor("*"), LeaderAlias: us, Pattern: "*"}}},
		"by its name, all":           {Rule{Name: ruleFor("*"), Pattern: "*"}, "", []Rule{{Name: ruleFor("*"), LeaderAlias: us, Pattern: "*"}}},
		"by its name, another's":     {Rule{Name: RuleName(asia, "*"), Pattern: "*"}, us, nil},
		"by its name, nobody's here": {Rule{Name: RuleName("acme_gone", "*"), Pattern: "*"}, us, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := Watch{Observation: healthy(rules(tt.rule)), Alias: tt.of}
			if got := w.WatchedRules(); !reflect.DeepEqual(append([]Rule{}, got...), append([]Rule{}, tt.want...)) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}
