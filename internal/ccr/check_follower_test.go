// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestOverlap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want bool
	}{
		{"*", "*", true},
		{"*", "movies", true},
		{"us-*", "eu-*", false},
		{"us-*", "us-orders", true},
		{"us-*", "*-orders", true},
		{"us-*-x", "us-y*", true},
		{"us-*-x", "us-*-y", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "acb", false},
		{"movies", "movies", true},
		{"movies", "books", false},
		{"*a", "*b", false},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("*a", 50) + "c", false}, // and in no time
	}
	for _, tt := range tests {
		if got := Overlap(tt.a, tt.b); got != tt.want {
			t.Errorf("Overlap(%q, %q) = %t, want %t", tt.a, tt.b, got, tt.want)
		}
		if got := Overlap(tt.b, tt.a); got != tt.want {
			t.Errorf("Overlap(%q, %q) = %t, want %t", tt.b, tt.a, got, tt.want)
		}
	}
}

// A name that both patterns match proves an overlap; on short patterns of a
// small alphabet, none among all short names proves that there is none.
func TestOverlap_AgreesWithNames(t *testing.T) {
	t.Parallel()
	var names []string
	for level, n := []string{""}, 0; n < 7; n++ {
		var next []string
		for _, name := range level {
			next = append(next, name+"a", name+"b")
		}
		names, level = append(names, next...), next
	}
	random := rand.New(rand.NewPCG(1, 2)) // a fixed seed, so that a failure repeats
	for range 300 {
		a, b := randomPattern(random), randomPattern(random)
		found := ""
		for _, name := range names {
			if Matches(a, name) && Matches(b, name) {
				found = name
				break
			}
		}
		if got := Overlap(a, b); got != (found != "") {
			t.Errorf("Overlap(%q, %q) = %t, but the first name that both match is %q", a, b, got, found)
		}
	}
}

func randomPattern(random *rand.Rand) string {
	var p strings.Builder
	for range 1 + random.IntN(4) {
		p.WriteByte("ab*"[random.IntN(3)])
	}
	return p.String()
}

func TestCheckFollower(t *testing.T) {
	t.Parallel()
	good := Service{Project: "acme", Name: "search-eu", Type: ServiceTypeOpenSearch, State: ServiceRunning, Plan: "business-4", Version: "2.19"}
	with := func(change func(*Service)) Service { s := good; change(&s); return s }
	tests := map[string]struct {
		follower Service
		missing  bool
		want     []string
	}{
		"fits":    {follower: good},
		"missing": {missing: true, want: []string{"follower: Service acme/search-eu does not exist, or the token may not see it. An integration links two existing services. Check the name and the project; to create the follower together with its integration, use opensearch_ccr_follower."}},
		"another type": {follower: with(func(s *Service) { s.Type = "pg" }),
			want: []string{`follower: Service acme/search-eu is of type "pg". Only an OpenSearch service can follow another; choose one of type opensearch.`}},
		"all at once": {follower: with(func(s *Service) { s.State, s.Plan, s.Followers = ServicePowerOff, "startup-4", []string{"acme/c"} }),
			want: []string{
				"follower: Service acme/search-eu is powered off. The follower must be running when it is linked; power it on first.",
				"follower: Service acme/search-eu is followed by acme/c. A leader cannot follow: there are no chains.",
				`follower: Service acme/search-eu has plan "startup-4". Plans of the tiers free, hobbyist, startup and developer support no cross-cluster replication. Change the follower to a business, premium or custom plan first.`,
			}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertTexts(t, details(CheckFollower("follower", "acme/search-eu", tt.follower, !tt.missing)), tt.want)
		})
	}
}

func details(checks []Check) []string {
	var out []string
	for _, c := range checks {
		out = append(out, c.Attribute+": "+c.Detail)
	}
	return out
}

func TestCheckExistingPair(t *testing.T) {
	t.Parallel()
	leader := Service{Project: "acme", Name: "search-us", Plan: "business-8", Version: "2.19", NodeCount: 3, MemoryMB: 8192}
	follower := func(plan, version string, nodes, memory int) Service {
		return Service{Project: "acme", Name: "search-eu", Plan: plan, Version: version, NodeCount: nodes, MemoryMB: memory}
	}
	tests := map[string]struct {
		follower Service
		larger   bool
		want     []string
	}{
		"same": {follower: follower("business-8", "2.19", 3, 8192)},
		"another plan": {follower: follower("business-16", "2.19", 3, 16384),
			want: []string{`f: Service acme/search-eu has plan "business-16", the leader acme/search-us has "business-8". The follower needs the same plan as its leader. Change the smaller of the two, or set allow_larger_plan = true where the follower's plan is the larger one.`}},
		"a larger one": {follower: follower("business-16", "2.19", 3, 16384), larger: true},
		"too small": {follower: follower("business-4", "2.19", 3, 4096), larger: true,
			want: []string{`f: Service acme/search-eu (plan business-4) has 3 nodes of 4096 MB, the leader acme/search-us (plan business-8) has 3 of 8192 MB. A follower needs at least as many nodes and at least 80 % of the memory. Change the follower to business-8, the plan of search-us, or a larger one.`}},
		"another version": {follower: follower("business-8", "3.3", 3, 8192),
			want: []string{"f: Service acme/search-eu runs OpenSearch 3.3, the leader acme/search-us runs 2.19. Leader and follower need the same OpenSearch version. Upgrade the leader to 3.3."}},
		"a tier that is refused already": {follower: follower("startup-4", "2.19", 1, 4096)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertTexts(t, details(CheckExistingPair("f", leader, tt.follower, tt.larger)), tt.want)
		})
	}
}

func TestCheckPlanPair(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		leader, follower string
		larger           bool
		want             []string
	}{
		"not given": {leader: "business-4"},
		"same":      {leader: "business-4", follower: "business-4"},
		"different": {leader: "business-4", follower: "business-8",
			want: []string{`f: Plan "business-8" is not the plan of the leader, "business-4". The follower needs the same plan as its leader. Choose business-4, or set allow_larger_plan = true for a larger one.`}},
		"different, allowed": {leader: "business-4", follower: "business-8", larger: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertTexts(t, details(CheckPlanPair("l", tt.leader, "f", tt.follower, tt.larger)), tt.want)
		})
	}
}

func TestCheckCollisions(t *testing.T) {
	t.Parallel()
	base := healthy(
		func(o *Observation) {
			o.Leader = Present([]LeaderIndex{{Name: "movies"}, {Name: "books"}, {Name: "plain"}, {Name: "closed", Closed: true}})
		},
		without("a", "b"), put(replica("movies", Syncing, ""), replicaOf(asia, "books", Syncing, ""), plain("plain"), plain("closed")),
	)
	const taken = "p: The leader acme_search-us has indices whose names are already in use on the follower: %s. Replication needs an unused index name. Exclude these indices with narrower patterns, or delete them on the follower."
	tests := map[string]struct {
		rules []Rule
		owned Owned
		want  []string
	}{
		"names": {want: []string{fmt.Sprintf(taken, "books (a replica of acme_search-asia:books), plain")}},
		"a stopped replica of this leader": {owned: owned("plain"),
			want: []string{fmt.Sprintf(taken, "books (a replica of acme_search-asia:books)")}},
		"patterns": {owned: owned("plain", "movies"),
			rules: []Rule{
				{Name: RuleName(us, "*"), Pattern: "*"}, {Name: "by-hand", Pattern: "*"}, {Name: "aivens-own", LeaderAlias: us, Pattern: "*"},
				{Name: RuleName(asia, "ap-*"), Pattern: "ap-*"},
			},
			want: []string{
				fmt.Sprintf(taken, "books (a replica of acme_search-asia:books)"),
				`p: Pattern "*" overlaps autofollow rule ` + RuleName(asia, "ap-*") + ` (pattern "ap-*") of another leader. Patterns of different leaders must not match the same index name; use, for example, us-* and eu-*.`,
			}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := base
			o.Rules = Present(tt.rules)
			assertTexts(t, details(CheckCollisions("p", Desired{Alias: us, Patterns: []string{"*"}, Mode: ModeReplicating, Owned: tt.owned}, o)), tt.want)
		})
	}
}

func TestCheckGivenPlan(t *testing.T) {
	t.Parallel()
	offered := []Plan{{Name: "startup-4"}, {Name: "business-4"}, {Name: "business-8"}}
	for name, tt := range map[string]struct {
		given GivenPlan
		want  []string
	}{
		"not given":                         {GivenPlan{Found: true, Service: Service{Plan: "business-8"}}, nil},
		"the service's":                     {GivenPlan{Plan: "business-8", Found: true, Service: Service{Plan: "business-8"}}, nil},
		"the service's, no longer on offer": {GivenPlan{Plan: "old-8", Found: true, Service: Service{Plan: "old-8"}, Offered: offered}, nil},
		"a tier that is refused already":    {GivenPlan{Plan: "startup-4", Found: true, Service: Service{Plan: "business-8"}}, nil},
		"another": {GivenPlan{Plan: "business-4", Found: true, Service: Service{Plan: "business-8"}},
			[]string{`p: Service acme/eu has plan "business-8", and p is "business-4". Set p to "business-8", or leave it out: then the plan of the service counts. To change the plan of the service, apply that first.`}},
		"of a future service":                {GivenPlan{Plan: "business-4", Offered: offered}, nil},
		"not on offer":                       {GivenPlan{Plan: "business-5", Offered: offered}, []string{`p: Plan "business-5" is not offered for OpenSearch in this project. Plans with cross-cluster replication are business-4, business-8.`}},
		"what is on offer could not be read": {GivenPlan{Plan: "business-5"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.given.Attribute, tt.given.Ref = "p", "acme/eu"
			assertTexts(t, details(CheckGivenPlan(tt.given)), tt.want)
		})
	}
}

// Of two services of which one at least does not exist yet only what is known is
// compared: of one that exists its own plan, of one that does not the given one.
func TestCheckGivenPair(t *testing.T) {
	t.Parallel()
	sized := func(name string, nodes int, memory ...int) Plan {
		p := Plan{Name: name, NodeCount: nodes, Clouds: map[string]Capacity{}}
		for i, mb := range memory {
			p.Clouds[fmt.Sprint("cloud-", i)] = Capacity{MemoryMB: mb}
		}
		return p
	}
	offered := []Plan{sized("business-8", 3, 8000, 8192), sized("business-7", 3, 6400), sized("business-4", 3, 4096), sized("large-1", 1, 65536), sized("nowhere", 1)}
	given := func(plan string) GivenPlan { return GivenPlan{Plan: plan, Offered: offered} }
	exists := func(plan string, nodes, memory int) GivenPlan {
		return GivenPlan{Found: true, Service: Service{Plan: plan, NodeCount: nodes, MemoryMB: memory}}
	}
	small := func(attribute, follower string) []string {
		return []string{attribute + ": Plan " + follower + ". A follower needs at least as many nodes and at least 80 % of the memory. Choose business-8 or a larger plan for the follower."}
	}
	different := func(attribute, follower string) []string {
		return []string{attribute + `: Plan "` + follower + `" of the follower acme/eu is not the plan of the leader acme/us, "business-8". The follower needs the same plan as its leader. ` +
			"Choose the same for both, or set allow_larger_plan = true for a larger one of the follower."}
	}
	const than = `, and plan "business-8" of the leader has 3 nodes of 8000 MB`
	for name, tt := range map[string]struct {
		leader, follower GivenPlan
		larger           bool
		want             []string
	}{
		"the same":                      {given("business-8"), given("business-8"), true, nil},
		"only the leader's":             {given("business-8"), given(""), true, nil},
		"both given, seen before":       {given("business-8"), given("business-4"), false, nil},
		"85 % of the memory":            {given("business-8"), given("business-7"), true, nil},
		"not on offer":                  {given("business-8"), given("unheard-of"), true, nil},
		"offered nowhere":               {given("business-8"), given("nowhere"), true, nil},
		"half the memory":               {given("business-8"), given("business-4"), true, small("f", `"business-4" has 3 nodes of 4096 MB`+than)},
		"fewer nodes":                   {given("business-8"), given("large-1"), true, small("f", `"large-1" has 1 node of 65536 MB`+than)},
		"both exist, compared before":   {exists("business-8", 3, 8000), exists("business-4", 3, 4096), true, nil},
		"a leader that exists":          {exists("business-8", 3, 8000), given("business-7"), false, different("f", "business-7")},
		"a leader that exists, larger":  {exists("business-8", 3, 8000), given("business-4"), true, small("f", `"business-4" has 3 nodes of 4096 MB`+than)},
		"a follower that exists":        {given("business-8"), exists("business-7", 3, 6400), false, different("l", "business-7")},
		"a follower that is too small":  {given("business-8"), exists("business-4", 3, 4096), true, small("l", `"business-4" has 3 nodes of 4096 MB`+than)},
		"a leader of a tier without it": {exists("startup-8", 1, 8192), given("business-4"), false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.leader.Attribute, tt.leader.Ref, tt.follower.Attribute, tt.follower.Ref = "l", "acme/us", "f", "acme/eu"
			assertTexts(t, details(CheckGivenPair(tt.leader, tt.follower, tt.larger)), tt.want)
		})
	}
}
