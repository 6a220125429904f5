// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestCheckPlan(t *testing.T) {
	type choice = func(*PlanChoice)
	plan := func(name string) choice { return func(c *PlanChoice) { c.Plan = name } }
	cloud := func(name string) choice { return func(c *PlanChoice) { c.Cloud = name } }
	larger := func(c *PlanChoice) { c.AllowLarger = true }
	unknownOffer := func(c *PlanChoice) { c.Offered = nil }
	ofLeader := func(breaks ...func(*Service)) choice { return func(c *PlanChoice) { c.Leader = leader(breaks...) } }
	customLeader := ofLeader(func(s *Service) { s.Plan, s.MemoryMB = "acme-special", 7000 })

	about := func(attribute, summary, detail string) []Check {
		return []Check{{Attribute: attribute, Summary: summary, Detail: detail}}
	}
	different := func(plan string) []Check {
		return about("plan", "Follower and leader have different plans",
			`Plan "`+plan+`" is not the plan of the leader acme/search-us. The follower needs the same plan as its leader. `+
				"Choose business-8, the plan of search-us, leave plan out, or set allow_larger_plan = true for a larger one.")
	}
	const tooSmall, notHere = "Follower's plan is too small", "Plan is not offered in this cloud"

	for name, tt := range map[string]struct {
		choice []choice
		want   []Check
	}{
		"the leader's":                {},
		"left out":                    {choice: []choice{plan("")}},
		"leader's plan not known":     {choice: []choice{plan("business-4"), ofLeader(func(s *Service) { s.Plan = "" })}},
		"cloud not known":             {choice: []choice{cloud("")}},
		"offers not known":            {choice: []choice{cloud("aws-moon-1"), unknownOffer}},
		"custom, the leader's":        {choice: []choice{plan("acme-special"), customLeader}},
		"smaller":                     {[]choice{plan("business-4")}, different("business-4")},
		"larger":                      {[]choice{plan("premium-6x-8")}, different("premium-6x-8")},
		"as large, custom":            {[]choice{plan("storage-8")}, different("storage-8")},
		"larger, allowed":             {choice: []choice{plan("premium-6x-8"), larger}},
		"as large, allowed":           {choice: []choice{plan("storage-8"), larger}},
		"custom of 85 %, allowed":     {choice: []choice{plan("acme-special"), larger}},
		"memory not known, allowed":   {choice: []choice{plan("unmeasured"), larger}},
		"custom leader, larger one":   {choice: []choice{plan("business-8"), customLeader, larger}},
		"larger, offers not known":    {choice: []choice{plan("premium-6x-8"), larger, unknownOffer}},
		"cloud not known, but larger": {choice: []choice{plan("premium-6x-8"), larger, cloud("")}},
		"lower tier, and a cloud that is none": {
			[]choice{plan("startup-8"), cloud("aws-moon-1")},
			append(about("plan", "Plan without cross-cluster replication", `Plan "startup-8" cannot take part in cross-cluster replication: plans of the tiers free, hobbyist, startup and developer do not support it. `+
				"Choose a business, premium or custom plan, such as business-4."),
				about("cloud_name", "Cloud without OpenSearch", `No OpenSearch plan is offered in cloud "aws-moon-1" for this project. Check the name, which is of the form PROVIDER-REGION, such as aws-eu-west-1.`)...),
		},
		"leader of a lower tier, which is not a measure": {
			[]choice{plan("business-8"), ofLeader(func(s *Service) { s.Plan = "startup-4" })}, nil,
		},
		"half the memory": {
			[]choice{plan("business-4"), larger},
			about("plan", tooSmall, `Plan "business-4" has 3 nodes of 4096 MB, the leader acme/search-us (plan business-8) has 3 nodes of 8192 MB. `+
				"A follower needs at least as many nodes and at least 80 % of the memory. Choose acme-special or business-8 or business-8b or storage-8."),
		},
		"fewer nodes": {
			[]choice{plan("business-8"), larger, ofLeader(func(s *Service) { s.Plan, s.NodeCount = "premium-6x-8", 6 })},
			about("plan", tooSmall, `Plan "business-8" has 3 nodes of 8192 MB, the leader acme/search-us (plan premium-6x-8) has 6 nodes of 8192 MB. `+
				"A follower needs at least as many nodes and at least 80 % of the memory. Choose premium-6x-8."),
		},
		"fewer nodes, cloud not known": {
			[]choice{plan("business-8"), larger, cloud(""), ofLeader(func(s *Service) { s.Plan, s.NodeCount = "premium-6x-8", 6 })},
			about("plan", tooSmall, `Plan "business-8" has 3 nodes, the leader acme/search-us (plan premium-6x-8) has 6 nodes of 8192 MB. `+
				"A follower needs at least as many nodes and at least 80 % of the memory. Choose premium-6x-8, the plan of search-us, or a larger one."),
		},
		"leader larger than any plan here": {
			[]choice{plan("premium-6x-8"), larger, ofLeader(func(s *Service) { s.Plan, s.NodeCount = "premium-9x-8", 9 })},
			about("plan", tooSmall, `Plan "premium-6x-8" has 6 nodes of 8192 MB, the leader acme/search-us (plan premium-9x-8) has 9 nodes of 8192 MB. `+
				"A follower needs at least as many nodes and at least 80 % of the memory. Choose another cloud: this one has no plan that can follow search-us."),
		},
		"a cloud that is none": {
			[]choice{cloud("aws-moon-1")},
			about("cloud_name", "Cloud without OpenSearch", `No OpenSearch plan is offered in cloud "aws-moon-1" for this project. Check the name, which is of the form PROVIDER-REGION, such as aws-eu-west-1.`),
		},
		"a cloud without the leader's plan": {
			[]choice{cloud("google-europe-west1")},
			about("cloud_name", notHere, `Plan "business-8" is not offered in cloud "google-europe-west1" for this project. Choose another cloud: this one has no plan that can follow search-us.`),
		},
		"a cloud without the leader's plan, larger allowed": {
			[]choice{cloud("google-europe-west1"), larger},
			about("cloud_name", notHere, `Plan "business-8" is not offered in cloud "google-europe-west1" for this project. Choose business-64.`),
		},
		"a plan that is none": {
			[]choice{plan("busyness-8"), larger},
			about("plan", notHere, `Plan "busyness-8" is not offered in cloud "aws-eu-west-1" for this project. Choose acme-special or business-8 or business-8b or storage-8.`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := PlanChoice{Attribute: "plan", CloudAttribute: "cloud_name", Plan: "business-8", Cloud: dublin, Leader: leader(), Offered: offered}
			for _, set := range tt.choice {
				set(&c)
			}
			assertChecks(t, CheckPlan(c), tt.want)
		})
	}
}

// The follower's plan is the leader's again and again, whatever the API offers.
func TestCheckSamePlan_NeedsNoOffers(t *testing.T) {
	for _, plan := range []string{"", "business-8"} {
		assertChecks(t, CheckSamePlan(PlanChoice{Attribute: "plan", Plan: plan, Leader: leader()}), nil)
	}
}

// A follower whose plan is unchanged is not told to go back to the leader's.
func TestCheckPlanDrift(t *testing.T) {
	choice := PlanChoice{Attribute: "plan", Plan: "business-16", Leader: leader()}
	assertChecks(t, CheckPlanDrift("acme/search-eu", choice), []Check{{
		Attribute: "plan", Warning: true, Summary: "Follower acme/search-eu and its leader acme/search-us have different plans",
		Detail: `Service acme/search-eu has plan "business-16", the leader acme/search-us has "business-8". The follower needs the same plan as its leader. ` +
			"Change the smaller of the two, or set allow_larger_plan = true where the follower's plan is the larger one.",
	}})
	choice.AllowLarger, choice.Offered = true, []Plan{{Name: "business-16", NodeCount: 1}}
	if got := CheckPlanDrift("acme/search-eu", choice); len(got) != 1 || !got[0].Warning || got[0].Summary != "Plan of follower acme/search-eu is too small" {
		t.Errorf("got %+v", got)
	}
	choice.Plan = "business-8"
	assertChecks(t, CheckPlanDrift("acme/search-eu", choice), nil)
}

func TestSize(t *testing.T) {
	for want, got := range map[string]string{
		"1 node":            size(1, 0),
		"1 node of 2048 MB": size(1, 2048),
		"3 nodes":           size(3, 0),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
