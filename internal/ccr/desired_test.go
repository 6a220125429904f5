// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLeaderAlias(t *testing.T) {
	if got := LeaderAlias("acme", "search-us"); got != us {
		t.Errorf("got %q", got)
	}
}

// The names are on followers and must be found again by every later release.
func TestRuleName_IsStable(t *testing.T) {
	for _, tt := range []struct{ alias, pattern, want string }{
		{us, "*", "terraform-all-8aaef1c7"},
		{us, "log-*", "terraform-log-9af15367"},
		{asia, "log-*", "terraform-log-6d2c36f5"},
		{us, "a#ü*.b", "terraform-a-b-dced1c46"},
		{us, strings.Repeat("long-", 20), "terraform-long-long-long-long-long-long-long-long--6e39ab63"},
	} {
		if got := RuleName(tt.alias, tt.pattern); got != tt.want {
			t.Errorf("RuleName(%q, %q) = %q, want %q", tt.alias, tt.pattern, got, tt.want)
		}
	}
}

func TestRuleName_IsDistinctAndLegal(t *testing.T) {
	legal := regexp.MustCompile(`^[a-z][a-z0-9-]{0,59}$`)
	seen := map[string]string{}
	for _, alias := range []string{us, asia, "a", "a*"} {
		for _, pattern := range []string{"*", "**", "a", "a*", "*a", "a-", "-", "a.b", "a_b", "a-b", "ü", "A", strings.Repeat("x", 255), strings.Repeat("x", 254)} {
			name := RuleName(alias, pattern)
			if !legal.MatchString(name) {
				t.Errorf("RuleName(%q, %q) = %q is no legal name", alias, pattern, name)
			}
			if before, taken := seen[name]; taken {
				t.Errorf("%q is the name for %s and for %s", name, before, alias+" "+pattern)
			}
			seen[name] = alias + " " + pattern
		}
	}
}

func TestDesired_Rules(t *testing.T) {
	got := desired(ModeReplicating, "a", "b*").Rules()
	want := []Rule{{Name: ruleFor("a"), LeaderAlias: us, Pattern: "a"}, {Name: ruleFor("b*"), LeaderAlias: us, Pattern: "b*"}}
	if !slices.EqualFunc(got, want, func(a, b Rule) bool {
		return a.Name == b.Name && a.LeaderAlias == b.LeaderAlias && a.Pattern == b.Pattern
	}) {
		t.Errorf("got %+v", got)
	}
	for _, mode := range []Mode{ModePaused, ModePromoted} {
		if got := desired(mode, "a").Rules(); len(got) > 0 {
			t.Errorf("%s: got %+v", mode, got)
		}
	}
}

func TestObservation_OwnedNow(t *testing.T) {
	o := healthy(becomes(Paused, ""), func(o *Observation) {
		o.Follower = append(o.Follower, indices("plain")...)
		o.Replications = append(o.Replications, replica("without-an-index", Bootstrapping, ""))
	})
	if got, want := o.OwnedNow(), map[string]string{"a": "a-uuid", "b": "b-uuid"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStillOwned(t *testing.T) {
	o := healthy(func(o *Observation) {
		o.Follower = append(o.Follower, indices("stopped", "made-again")...)
	})
	known := map[string]string{"a": "an-older-uuid", "stopped": "stopped-uuid", "made-again": "an-older-uuid", "gone": "gone-uuid"}
	want := map[string]string{"a": "a-uuid", "b": "b-uuid", "stopped": "stopped-uuid"}
	if got := StillOwned(known, o); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestInfer(t *testing.T) {
	for name, tt := range map[string]struct {
		observed func(*Observation)
		patterns []string
		mode     Mode
	}{
		"replicating": {func(o *Observation) {
			o.Rules = append(rulesFor("b*", "a"), Rule{Name: "by-hand", Pattern: "x"}, Rule{Name: RuleName(asia, "y"), Pattern: "y"})
		}, []string{"a", "b*"}, ModeReplicating},
		"nothing yet": {func(o *Observation) { o.Rules, o.Replications = nil, nil }, nil, ModeReplicating},
		"all paused": {func(o *Observation) {
			o.Rules, o.Replications = nil, []Replication{replica("a", Paused, "User initiated")}
		}, nil, ModePaused},
		"one goes on": {func(o *Observation) {
			o.Rules, o.Replications[0].State = nil, Paused
		}, nil, ModeReplicating},
		"paused by the plugin": {func(o *Observation) {
			o.Rules, o.Replications = nil, []Replication{replica("a", Paused, "AutoPaused: x")}
		}, nil, ModeReplicating},
		"paused by hand, rules stand": {func(o *Observation) {
			o.Replications = []Replication{replica("a", Paused, "User initiated")}
		}, []string{"*"}, ModeReplicating},
	} {
		t.Run(name, func(t *testing.T) {
			patterns, mode := Infer(us, healthy(tt.observed))
			if !slices.Equal(patterns, tt.patterns) || mode != tt.mode {
				t.Errorf("got %q, %s, want %q, %s", patterns, mode, tt.patterns, tt.mode)
			}
		})
	}
}
