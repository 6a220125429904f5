// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"reflect"
	"testing"
)

// leader is a service that can be followed; each case breaks one thing of it.
func leader(breaks ...func(*Service)) Service {
	s := Service{
		Project: "acme", Name: "search-us", Type: ServiceTypeOpenSearch, State: ServiceRunning,
		Plan: "business-8", Cloud: dublin, Version: "2.19", NodeCount: 3, MemoryMB: 8192,
	}
	for _, b := range breaks {
		b(&s)
	}
	return s
}

func assertChecks(t *testing.T, got, want []Check) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d checks, want %d:\n%+v", len(got), len(want), got)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("check %d\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
}

func TestCheckTier(t *testing.T) {
	refused := func(plan string) []Check {
		return []Check{{
			Attribute: "plan",
			Summary:   "Plan without cross-cluster replication",
			Detail: `Plan "` + plan + `" cannot take part in cross-cluster replication: plans of the tiers free, hobbyist, startup and developer do not support it. ` +
				`Choose a business, premium or custom plan, such as business-4.`,
		}}
	}
	for plan, want := range map[string][]Check{
		"": nil, "business-4": nil, "premium-6x-8": nil, "acme-special": nil,
		"free-1":      refused("free-1"),
		"hobbyist":    refused("hobbyist"),
		"startup-4":   refused("startup-4"),
		"developer-2": refused("developer-2"),
	} {
		t.Run(plan, func(t *testing.T) { assertChecks(t, CheckTier("plan", plan), want) })
	}
}

func TestCheckLeader(t *testing.T) {
	about := func(summary, detail string) Check {
		return Check{Attribute: "leader_service_name", Summary: summary, Detail: detail}
	}
	poweredOff := about("Leader is powered off", "Service acme/search-us is powered off. The leader must run while its follower is created. Power it on first.")
	chained := about("Leader is itself a follower", "Service acme/search-us already follows acme/search-root, acme/other. A follower cannot be a leader: there are no chains. Choose acme/search-root as the leader instead.")
	tier := about("Leader's plan has no cross-cluster replication", `Service acme/search-us has plan "startup-4". Plans of the tiers free, hobbyist, startup and developer support no cross-cluster replication. Change the leader to a business, premium or custom plan first.`)
	version := about("Leader's version has no cross-cluster replication", "Service acme/search-us runs OpenSearch 2.17, which has no cross-cluster replication. Upgrade the leader to 2.19 or 3.3 or 3.6 first.")

	off := func(s *Service) { s.State = ServicePowerOff }
	chain := func(s *Service) { s.Leaders = []string{"acme/search-root", "acme/other"} }
	startup := func(s *Service) { s.Plan = "startup-4" }
	old := func(s *Service) { s.Version = "2.17" }
	for name, tt := range map[string]struct {
		leader  Service
		absent  bool
		offered []string
		want    []Check
	}{
		"fine":               {leader: leader()},
		"being rebuilt":      {leader: leader(func(s *Service) { s.State = ServiceRebuilding })},
		"has followers":      {leader: leader(func(s *Service) { s.Followers = []string{"acme/search-eu"} })},
		"version not known":  {leader: leader(func(s *Service) { s.Version = "" })},
		"newer than we know": {leader: leader(func(s *Service) { s.Version = "4.1" })},
		"custom plan":        {leader: leader(func(s *Service) { s.Plan = "acme-special" })},
		"does not exist": {absent: true, want: []Check{about("Leader service not found",
			"Service acme/search-us does not exist, or the token may not see it. The leader must exist before its follower can be created. Check the name and the project.")}},
		"of another type": {
			// What else is wrong with it says nothing.
			leader: leader(func(s *Service) { s.Type = "pg" }, off, startup, old),
			want:   []Check{about("Leader is not an OpenSearch service", `Service acme/search-us is of type "pg". Only OpenSearch services can be replicated; choose one of type opensearch.`)},
		},
		"powered off":          {leader: leader(off), want: []Check{poweredOff}},
		"a follower":           {leader: leader(chain), want: []Check{chained}},
		"plan of a lower tier": {leader: leader(startup), want: []Check{tier}},
		"version without CCR":  {leader: leader(old), want: []Check{version}},
		"all at once":          {leader: leader(off, chain, startup, old), want: []Check{poweredOff, chained, tier, version}},
		"version without CCR, and not all with it are offered": {leader: leader(old), offered: []string{"1.3", "2.17", "3.3", "3.5", "3.6"}, want: []Check{about(version.Summary,
			"Service acme/search-us runs OpenSearch 2.17, which has no cross-cluster replication. Upgrade the leader to 3.3 or 3.6 first.")}},
	} {
		t.Run(name, func(t *testing.T) {
			assertChecks(t, CheckLeader("leader_service_name", "acme/search-us", tt.leader, !tt.absent, tt.offered), tt.want)
		})
	}
}

func TestCheckDistinct(t *testing.T) {
	assertChecks(t, CheckDistinct("service_name", "acme/search-us", "acme/search-eu"), nil)
	assertChecks(t, CheckDistinct("service_name", "acme/search-us", "other/search-us"), nil)
	assertChecks(t, CheckDistinct("service_name", "acme/search-us", "acme/search-us"), []Check{{
		Attribute: "service_name",
		Summary:   "Leader and follower are the same service",
		Detail:    "Service acme/search-us cannot follow itself. Give the follower another name.",
	}})
}

func TestCheckVersion(t *testing.T) {
	for name, tt := range map[string]struct {
		version, leader string
		offered         []string
		want            []Check
	}{
		"same":                    {"2.19", "2.19", nil, nil},
		"same and offered":        {"2.19", "2.19", []string{"2.19", "3.3"}, nil},
		"same but for the patch":  {"2.19.4", "2.19", []string{"2.19"}, nil},
		"left out":                {"", "2.19", []string{"3.3"}, nil},
		"leader's not known":      {"2.19", "", []string{"3.3"}, nil},
		"both newer than we know": {"4.0", "4.0", nil, nil},
		"not offered any more": {"2.19", "2.19", []string{"3.3", "3.6"}, []Check{{
			Attribute: "opensearch_version", Summary: "Version is not offered",
			Detail: "OpenSearch 2.19, the version of the leader acme/search-us, is not offered for new services; those are 3.3, 3.6. Upgrade the leader to 3.3 or 3.6 first.",
		}}},
		"not offered any more, nor anything newer": {"3.6", "3.6", []string{"2.19", "3.3"}, []Check{{
			Attribute: "opensearch_version", Summary: "Version is not offered",
			Detail: "OpenSearch 3.6, the version of the leader acme/search-us, is not offered for new services; those are 2.19, 3.3. No newer version with cross-cluster replication is offered.",
		}}},
		"without CCR": {"2.17", "2.19", nil, []Check{{
			Attribute: "opensearch_version", Summary: "Version without cross-cluster replication",
			Detail: `OpenSearch 2.17 has no cross-cluster replication. It needs one of 2.19, 3.3, 3.6. Choose "2.19", the version of search-us, or leave opensearch_version out.`,
		}}},
		"another": {"3.3", "2.19", []string{"2.19", "3.3"}, []Check{{
			Attribute: "opensearch_version", Summary: "Follower and leader have different versions",
			Detail: `Version "3.3" is not the version of the leader acme/search-us, which is "2.19". Leader and follower need the same OpenSearch version. Choose "2.19", or leave opensearch_version out.`,
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			assertChecks(t, CheckVersion("opensearch_version", tt.version, leader(func(s *Service) { s.Version = tt.leader }), tt.offered), tt.want)
		})
	}
}

// A follower that exists is never told to go back, which no service can.
func TestCheckUpgrade(t *testing.T) {
	about := func(warning bool, summary, detail string) []Check {
		return []Check{{Attribute: "opensearch_version", Warning: warning, Summary: summary, Detail: detail}}
	}
	const different = "Follower acme/search-eu and its leader acme/search-us have different versions"
	for name, tt := range map[string]struct {
		from, to, leader string
		want             []Check
	}{
		"unchanged":                  {"2.19", "2.19", "2.19", nil},
		"not known before the apply": {"2.19", "", "3.3", nil},
		"leader's not known":         {"2.19", "3.3", "", nil},
		"follows the leader":         {"2.19", "3.3", "3.3", nil},
		"the follower first": {"2.19", "3.3", "2.19", about(true, different,
			"Service acme/search-eu runs OpenSearch 3.3, the leader acme/search-us runs 2.19. Leader and follower need the same OpenSearch version. Upgrade the leader to 3.3.")},
		"between the two upgrades": {"3.3", "3.3", "2.19", about(true, different,
			"Service acme/search-eu runs OpenSearch 3.3, the leader acme/search-us runs 2.19. Leader and follower need the same OpenSearch version. Upgrade the leader to 3.3.")},
		"the leader first": {"3.3", "3.3", "3.6", about(true, different,
			"Service acme/search-eu runs OpenSearch 3.3, the leader acme/search-us runs 3.6. Leader and follower need the same OpenSearch version. Upgrade the follower to 3.6.")},
		"back": {"3.3", "2.19", "2.19", about(false, "Cannot downgrade the version",
			`Service acme/search-eu runs OpenSearch 3.3, and a service cannot be downgraded to 2.19. Keep "3.3", or leave opensearch_version out.`)},
		"to one without CCR": {"3.3", "3.5", "2.19", about(false, summaryWithoutCCR,
			"OpenSearch 3.5 has no cross-cluster replication. Service acme/search-eu runs 3.3. Choose 3.3 or 3.6, or leave opensearch_version out.")},
	} {
		t.Run(name, func(t *testing.T) {
			assertChecks(t, CheckUpgrade("opensearch_version", "acme/search-eu", tt.from, tt.to, leader(func(s *Service) { s.Version = tt.leader })), tt.want)
		})
	}
}

func TestCheckNameFree(t *testing.T) {
	assertChecks(t, CheckNameFree("service_name", Service{}, false), nil)
	existing := Service{Project: "acme", Name: "search-eu", Plan: "business-4", State: ServiceRunning}
	assertChecks(t, CheckNameFree("service_name", existing, true), []Check{{
		Attribute: "service_name",
		Summary:   "Service name acme/search-eu is taken",
		Detail: "Service acme/search-eu already exists (plan business-4, state RUNNING). Choose another service_name; or, if it is a follower that Terraform is to manage, " +
			"import it: terraform import ADDRESS acme/search-eu. To link two existing services, use opensearch_ccr_integration. " +
			"Where the state holds it already, as after a replacement that failed, run terraform state rm ADDRESS before the import.",
	}})
}

func TestCheckDestroy(t *testing.T) {
	assertChecks(t, CheckDestroy("termination_protection", leader()), nil)
	assertChecks(t, CheckDestroy("termination_protection", leader(func(s *Service) { s.Protected = true })), []Check{{
		Attribute: "termination_protection",
		Summary:   "Service is protected against deletion",
		Detail:    "Service acme/search-us has termination protection, so it cannot be destroyed. Set termination_protection = false, apply, and destroy again.",
	}})
}
