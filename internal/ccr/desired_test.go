// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"maps"
	"reflect"
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

// The names are on followers and must be found by every later release.
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
				t.Errorf("RuleName(%q, %q) = %q is not a legal name", alias, pattern, name)
			}
			if before, taken := seen[name]; taken {
				t.Errorf("%q is the name for %s and for %s", name, before, alias+" "+pattern)
			}
			seen[name] = alias + " " + pattern
		}
	}
}

// Whose a rule is: the alias tells, or the name where the follower hides it.
func TestRule_Whose(t *testing.T) {
	for name, tt := range map[string]struct {
		rule                       Rule
		of, ofAnother, ours, named bool
	}{
		"ours":                       {Rule{Name: ruleFor("*"), Pattern: "*"}, true, false, true, true},
		"ours, with its alias":       {Rule{Name: ruleFor("*"), LeaderAlias: us, Pattern: "*"}, true, false, true, true},
		"of another leader":          {Rule{Name: RuleName(asia, "*"), Pattern: "*"}, false, true, false, true},
		"of another, with its alias": {Rule{Name: RuleName(asia, "*"), LeaderAlias: asia, Pattern: "*"}, false, true, false, true},
		"our name, another pattern":  {Rule{Name: ruleFor("*"), Pattern: "x*"}, false, true, false, true},
		"by hand":                    {Rule{Name: "by-hand", Pattern: "*"}, false, false, false, false},
		"by hand, with its alias":    {Rule{Name: "by-hand", LeaderAlias: us, Pattern: "*"}, true, false, false, false},
		"by hand, of another":        {Rule{Name: "by-hand", LeaderAlias: asia, Pattern: "*"}, false, true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := tt.rule
			if r.of(us) != tt.of || r.ofAnother(us) != tt.ofAnother || r.ours(us) != tt.ours || r.Named() != tt.named {
				t.Errorf("of %v, of another %v, ours %v, named %v", r.of(us), r.ofAnother(us), r.ours(us), r.Named())
			}
		})
	}
}

func TestDesired_Rules(t *testing.T) {
	want := []Rule{{Name: ruleFor("a"), LeaderAlias: us, Pattern: "a"}, {Name: ruleFor("b*"), LeaderAlias: us, Pattern: "b*"}}
	if got := desired(ModeReplicating, "a", "b*").rules(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for _, mode := range []Mode{ModePaused, ModePromoted} {
		if got := desired(mode, "a").rules(); len(got) > 0 {
			t.Errorf("%s: got %+v", mode, got)
		}
	}
}

func TestMode_Target(t *testing.T) {
	for mode, want := range map[Mode]Status{ModeReplicating: StatusReplicating, ModePaused: StatusPaused, ModePromoted: StatusPromoted} {
		if got := mode.Target(); got != want {
			t.Errorf("%s leads to %s, want %s", mode, got, want)
		}
	}
	assertTexts(t, Modes(), []string{"replicating", "paused", "promoted"})
	assertTexts(t, OnLeaderDeletes(), []string{"delete", "delete_all", "keep"})
}

func TestObservation_OwnedNow(t *testing.T) {
	withoutIdentity := func(f FollowerIndex, index Fact[Identity]) FollowerIndex { f.Index = index; return f }
	for name, tt := range map[string]struct {
		see      []change
		patterns []string
		known    Owned
		want     Owned
	}{
		"replicates now":               {nil, []string{"*"}, Owned{}, owned("a", "b")},
		"of the patterns only":         {nil, []string{"b"}, Owned{}, owned("b")},
		"no pattern, but known":        {nil, nil, owned("a"), owned("a")},
		"stopped":                      {[]change{put(plain("a"))}, []string{"*"}, owned("a"), owned("a", "b")},
		"stopped, not known":           {[]change{put(plain("a"))}, []string{"*"}, Owned{}, owned("b")},
		"made again by somebody":       {[]change{put(plain("a"))}, []string{"*"}, NewByName(map[string]string{"a": "older"}), owned("b")},
		"made again by a rule":         {nil, []string{"*"}, NewByName(map[string]string{"a": "older"}), owned("a", "b")},
		"gone":                         {[]change{put(missingIndex("a"))}, []string{"*"}, owned("a"), owned("b")},
		"a listing without it":         {[]change{without("a")}, []string{"*"}, owned("a"), owned("a", "b")},
		"its UUID could not be read":   {[]change{put(withoutIdentity(replica("a", Syncing, ""), Unknown[Identity]("403")))}, []string{"*"}, owned("a"), owned("a", "b")},
		"no UUID proves nothing":       {[]change{put(withoutIdentity(plain("a"), Present(Identity{})))}, []string{"*"}, NewByName(map[string]string{"a": ""}), owned("b")},
		"of another leader":            {[]change{put(replicaOf(asia, "a", Syncing, ""))}, []string{"*"}, Owned{}, owned("b")},
		"hidden, and which is unknown": {[]change{put(hide(replica("a", Syncing, "")))}, []string{"*"}, Owned{}, owned("b")},
		"hidden, and the only leader":  {[]change{put(hide(replica("a", Syncing, ""))), func(o *Observation) { delete(o.Connections, asia) }}, []string{"*"}, Owned{}, owned("a", "b")},
		"under another name": {[]change{put(func() FollowerIndex {
			f := replica("c", Syncing, "")
			f.Source = Present(Source{us, "x"})
			return f
		}())}, []string{"x"}, Owned{}, owned("c")},
	} {
		t.Run(name, func(t *testing.T) {
			if got := healthy(tt.see...).OwnedNow(tt.patterns, tt.known); !maps.Equal(maps.Collect(got.Values()), maps.Collect(tt.want.Values())) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestObservation_Replicating(t *testing.T) {
	names := func(fs []FollowerIndex) (out []string) {
		for _, f := range fs {
			out = append(out, f.Name)
		}
		return out
	}
	o := healthy(put(replicaOf(asia, "c", Syncing, ""), plain("d"), hide(replica("e", Paused, "")), FollowerIndex{Name: "f", State: StateUnknown}))
	assertTexts(t, names(o.Replicating(Owned{})), []string{"a", "b"})
	assertTexts(t, names(o.Replicating(owned("e"))), []string{"a", "b", "e"})
	assertTexts(t, names(o.Replicating(NewByName(map[string]string{"e": "older"}))), []string{"a", "b"})
	o.Connections = nil // the route is closed: any number of leaders
	assertTexts(t, names(o.Replicating(Owned{})), []string{"a", "b"})
	o.Connections = map[string]Connection{asia: {}}
	assertTexts(t, names(o.Replicating(Owned{})), []string{"a", "b"})
	o.Connections = map[string]Connection{us: {}}
	assertTexts(t, names(o.Replicating(Owned{})), []string{"a", "b", "e"})
}

func TestInfer(t *testing.T) {
	both := func(a, b FollowerIndex) change { return put(a, b) }
	for name, tt := range map[string]struct {
		see      []change
		patterns []string
		mode     Mode
	}{
		"replicating":                  {[]change{rules(append(rulesFor("b*", "a"), Rule{Name: "by-hand", Pattern: "x"}, Rule{Name: RuleName(asia, "y"), Pattern: "y"})...)}, []string{"a", "b*"}, ModeReplicating},
		"nothing yet":                  {[]change{without("a", "b"), noRules}, nil, ModeReplicating},
		"all paused":                   {[]change{noRules, both(replica("a", Paused, byHand), replica("b", Paused, byHand))}, nil, ModePaused},
		"one follows":                  {[]change{noRules, both(replica("a", Paused, byHand), replica("b", Syncing, ""))}, nil, ModeReplicating},
		"paused by the plugin":         {[]change{noRules, both(replica("a", Paused, "AutoPaused: x"), replica("b", Paused, byHand))}, nil, ModeReplicating},
		"paused by hand, rules remain": {[]change{both(replica("a", Paused, byHand), replica("b", Paused, byHand))}, []string{"*"}, ModeReplicating},
		"of another leader":            {[]change{noRules, both(replicaOf(asia, "a", Paused, byHand), replicaOf(asia, "b", Paused, byHand))}, nil, ModeReplicating},
	} {
		t.Run(name, func(t *testing.T) {
			patterns, mode := Infer(healthy(tt.see...))
			if !slices.Equal(patterns, tt.patterns) || mode != tt.mode {
				t.Errorf("got %q, %s, want %q, %s", patterns, mode, tt.patterns, tt.mode)
			}
		})
	}
}

func TestCheckNames(t *testing.T) {
	for _, c := range []struct {
		check func(string) error
		good  []string
		bad   map[string]string
	}{
		{CheckAlias, []string{"lead", "acme_search-us", "Lead1"}, map[string]string{
			"": "must not be empty", "a.b": "must not have any", "a:b": "must not have any", "a b": "must not have any", "a*": "must not have any", "_a": "must not begin with",
		}},
		{CheckRuleName, []string{"logs", "logs.2026", "terraform-all-e5bbbd4a"}, map[string]string{
			"": "must not be empty", "a b": "must not have any", "a/b": "must not have any", strings.Repeat("x", 256): "longer than 255",
		}},
	} {
		for _, name := range c.good {
			if err := c.check(name); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
		for name, want := range c.bad {
			if err := c.check(name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v, want %q", name, err, want)
			}
		}
	}
}
