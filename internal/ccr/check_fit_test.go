// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"strings"
	"testing"
)

// measured are plans whose disk can grow to three times its size.
var measured = []Plan{measuredPlan("business-8", 3, 8192, 1000), measuredPlan("business-4", 3, 4096, 500), measuredPlan("business-16", 3, 16384, 2000), measuredPlan("startup-8", 1, 8192, 9000)}

func measuredPlan(name string, nodes, memoryMB, diskMB int) Plan {
	return Plan{Name: name, NodeCount: nodes, Clouds: map[string]Capacity{dublin: {MemoryMB: memoryMB, DiskMB: diskMB, DiskMaxMB: 3 * diskMB, DiskStepMB: 100}}}
}

func TestCheckFit(t *testing.T) {
	t.Parallel()
	const (
		business8 = "Follower acme/search-eu has 1000 MB of disk space (plan business-8)"
		full      = ", and OpenSearch places no more shards on a disk that is 85 % full. For the data and room to grow, "
		nearly    = ". OpenSearch places no more shards on a disk that is 85 % full. To keep the disk under 75 %, "
	)
	takes := func(mb string) string {
		return "at: The indices of the leader acme/search-us that index_patterns matches take " + mb + " MB on the follower, with replicas."
	}
	larger := func(f *Fit) { f.AllowLarger = true }
	exists := func(f *Fit) { f.Exists, f.DiskMB = true, 1000 }
	disk := func(mb int) func(*Fit) { return func(f *Fit) { f.DiskMB = mb } }
	had := func(mb int) func(*Fit) { return func(f *Fit) { f.HadMB = mb } }
	without := func(f *Fit) { f.Offered = nil }
	for name, tt := range map[string]struct {
		onDisk, others int64
		change         []func(*Fit)
		want           []string
		warns          bool
	}{
		"nothing to copy":             {},
		"with room to grow":           {onDisk: 750},
		"little room":                 {onDisk: 751, want: []string{takes("751") + " " + business8 + nearly + "set disk_space_mb = 1100."}, warns: true},
		"just fits":                   {onDisk: 850, want: []string{takes("850") + " " + business8 + nearly + "set disk_space_mb = 1200."}, warns: true},
		"does not fit":                {onDisk: 851, want: []string{takes("851") + " " + business8 + full + "set disk_space_mb = 1200."}},
		"with a larger disk":          {onDisk: 851, change: []func(*Fit){disk(1200)}},
		"the disk is too small":       {onDisk: 1400, change: []func(*Fit){disk(1500)}, want: []string{takes("1400") + " Follower acme/search-eu has 1500 MB of disk space (plan business-8)" + full + "set disk_space_mb = 1900."}},
		"less disk space than it had": {onDisk: 1400, change: []func(*Fit){disk(1500), had(1900)}, want: []string{takes("1400") + " Follower acme/search-eu has 1500 MB of disk space (plan business-8)" + full + "set disk_space_mb = 1900."}},
		"more disk space than it had, and not enough": {onDisk: 1400, change: []func(*Fit){disk(1500), had(1400)}, warns: true,
			want: []string{takes("1400") + " Follower acme/search-eu has 1500 MB of disk space (plan business-8)" + full + "set disk_space_mb = 1900."}},
		"as much as it had": {onDisk: 1000, change: []func(*Fit){had(1000)}, warns: true, want: []string{takes("1000") + " " + business8 + full + "set disk_space_mb = 1400."}},
		"a larger plan is allowed": {onDisk: 1000, change: []func(*Fit){larger},
			want: []string{takes("1000") + " " + business8 + full + `set disk_space_mb = 1400 or plan = "business-16".`}},
		"no larger plan has so much of its own": {onDisk: 1600, change: []func(*Fit){larger}, want: []string{takes("1600") + " " + business8 + full + "set disk_space_mb = 2200."}},
		"only a larger plan can have so much": {onDisk: 3000, change: []func(*Fit){larger},
			want: []string{takes("3000") + " " + business8 + full + `set plan = "business-16" and disk_space_mb = 4000.`}},
		"and it is not allowed": {onDisk: 3000,
			want: []string{takes("3000") + " " + business8 + full + `set allow_larger_plan = true, plan = "business-16" and disk_space_mb = 4000.`}},
		"no plan can have so much": {onDisk: 9000,
			want: []string{takes("9000") + " " + business8 + full + "choose narrower index_patterns, or another cloud. In cloud aws-eu-west-1 no plan that can follow search-us has 12000 MB of disk space."}},
		"with other indices": {onDisk: 500, others: 400,
			want: []string{takes("500") + " The follower's other indices take 400 MB. " + business8 + full + "set disk_space_mb = 1200."}},
		"no data of this leader": {others: 4000},
		"of a service that something else manages": {onDisk: 1000, change: []func(*Fit){exists, larger},
			want: []string{takes("1000") + " " + business8 + full + "give service acme/search-eu 1400 MB of disk space or change the plan of service acme/search-eu to business-16."}},
		"of one that only a larger plan is enough for": {onDisk: 3000, change: []func(*Fit){exists},
			want: []string{takes("3000") + " " + business8 + full + "set allow_larger_plan = true, change the plan of service acme/search-eu to business-16 and give service acme/search-eu 4000 MB of disk space."}},
		"of one, and the plans are not known": {onDisk: 1000, change: []func(*Fit){exists, without}, want: []string{takes("1000") + " " + business8 + full + "choose a disk space of at least 1334 MB."}},
		"the plans are not known":             {onDisk: 1 << 20, change: []func(*Fit){without}},
		"the API does not say":                {onDisk: 1 << 20, change: []func(*Fit){func(f *Fit) { f.Offered = []Plan{planOf("business-8", 3, 8192, 0)} }}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := Fit{PlanChoice: PlanChoice{Attribute: "at", Plan: "business-8", Cloud: dublin, Leader: leader(), Offered: measured}, Follower: "acme/search-eu",
				Demand: Demand{OnDisk: tt.onDisk * mib, Others: tt.others * mib}}
			for _, change := range tt.change {
				change(&f)
			}
			checks := CheckFit(f)
			assertTexts(t, details(checks), tt.want)
			for _, c := range checks {
				if c.Warning != tt.warns || c.Refuses() == tt.warns || tt.warns && !strings.Contains(c.Summary, "acme/search-eu") {
					t.Errorf("warning is %t: %s", c.Warning, c.Summary)
				}
			}
		})
	}
}

func TestCheckFitKnown(t *testing.T) {
	t.Parallel()
	assertChecks(t, CheckFitKnown("plan", "acme/search-eu", "acme/search-us", Present(Demand{})), nil)
	assertChecks(t, CheckFitKnown("plan", "acme/search-eu", "acme/search-us", Unknown[Demand]("GET …: status 401")), []Check{{
		Attribute: "plan", Warning: true, Summary: "Cannot check the disk space of follower acme/search-eu",
		Detail: "Whether the data of the leader acme/search-us fits on the disk of follower acme/search-eu is not known: GET …: status 401.",
	}})
}

// Forks, read replicas and services with tiered storage are refused on either side.
func TestCheckKind(t *testing.T) {
	t.Parallel()
	fork := func(s *Service) { s.ForkOf = "acme/search-old" }
	replica := func(s *Service) { s.ReplicaOf = "acme/search-old" }
	tiered := func(s *Service) { s.Tiered = true }
	const (
		isFork    = "at: Service acme/search-us was forked from acme/search-old, and a fork cannot take part in cross-cluster replication. Choose a service that is not a fork."
		isReplica = "at: Service acme/search-us is a read replica of acme/search-old, and a read replica cannot take part in cross-cluster replication. Choose a service that is not a read replica."
		isTiered  = "at: Service acme/search-us has part of its data in tiered storage, and such a service cannot take part in cross-cluster replication. Choose a service without tiered storage."
	)
	for name, tt := range map[string]struct {
		service Service
		want    []string
	}{
		"neither": {leader(), nil}, "a fork": {leader(fork), []string{isFork}}, "a read replica": {leader(replica), []string{isReplica}},
		"tiered storage": {leader(tiered), []string{isTiered}}, "all": {leader(fork, replica, tiered), []string{isFork, isReplica, isTiered}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertTexts(t, details(CheckLeader("at", "acme/search-us", tt.service, true, nil)), tt.want)
			assertTexts(t, details(CheckFollower("at", "acme/search-us", tt.service, true)), tt.want)
		})
	}
}

func TestCheckUserConfig(t *testing.T) {
	t.Parallel()
	assertTexts(t, details(CheckUserConfig("at", map[string]any{"service_to_fork_from": "", "tiered_storage": map[string]any{"enabled": false}, "index_template": map[string]any{}})), nil)
	assertTexts(t, details(CheckUserConfig("at", map[string]any{"service_to_fork_from": nil, "tiered_storage": nil})), nil)
	assertTexts(t, details(CheckUserConfig("at", map[string]any{"service_to_fork_from": "search-old", "tiered_storage": map[string]any{"enabled": true}})), []string{
		`at: service_to_fork_from = "search-old" would create the follower as a fork of that service, and a fork cannot take part in cross-cluster replication. Remove it: the follower gets its data from its leader.`,
		"at: tiered_storage.enabled = true gives the follower tiered storage, and such a service cannot take part in cross-cluster replication. Remove it.",
	})
}
