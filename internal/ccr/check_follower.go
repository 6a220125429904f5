// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
)

// CheckFollower evaluates what an existing service must be to follow a leader.
// found is false where the API knows no such service.
func CheckFollower(attribute, ref string, follower Service, found bool) []Check {
	if !found {
		return []Check{{
			Attribute: attribute,
			Summary:   "Follower service not found",
			Detail: fmt.Sprintf("Service %s does not exist, or the token may not see it. An integration links two existing services. "+
				"Check the name and the project; to create the follower together with its integration, use opensearch_ccr_follower.", ref),
		}}
	}
	var out []Check
	add := func(summary, format string, args ...any) {
		out = append(out, Check{Attribute: attribute, Summary: summary, Detail: fmt.Sprintf(format, args...)})
	}
	if follower.Type != ServiceTypeOpenSearch {
		add("Follower is not an OpenSearch service", "Service %s is of type %q. Only an OpenSearch service can follow another; choose one of type opensearch.", ref, follower.Type)
		return out
	}
	if follower.State == ServicePowerOff {
		add("Follower is powered off", "Service %s is powered off. The follower must be running when it is linked; power it on first.", ref)
	}
	if len(follower.Followers) > 0 {
		add("Follower is itself a leader", "Service %s is followed by %s. A leader cannot follow: there are no chains.", ref, strings.Join(follower.Followers, ", "))
	}
	out = append(out, checkKind(attribute, "Follower", follower)...)
	if TierRefused(follower.Plan) {
		add("Follower's plan has no cross-cluster replication", "Service %s has plan %q. Plans of the tiers free, hobbyist, startup and developer support no cross-cluster replication. "+
			"Change the follower to a business, premium or custom plan first.", ref, follower.Plan)
	}
	return out
}

// CheckExistingPair evaluates two services that exist against each other: the
// same plan, or a larger one, and the same version.
func CheckExistingPair(attribute string, leader, follower Service, allowLarger bool) []Check {
	var out []Check
	add := func(summary, format string, args ...any) {
		out = append(out, Check{Attribute: attribute, Summary: summary, Detail: fmt.Sprintf(format, args...)})
	}
	switch {
	case follower.Plan == leader.Plan || TierRefused(follower.Plan) || TierRefused(leader.Plan):
	case !allowLarger:
		out = append(out, differentPlans(attribute, follower.Ref(), follower.Plan, leader))
	case !fits(leader, follower.NodeCount, follower.MemoryMB):
		add(summaryTooSmall(follower.Ref()), "Service %s (plan %s) has %d nodes of %d MB, the leader %s (plan %s) has %d of %d MB. "+
			"A follower needs at least as many nodes and at least %d %% of the memory. Change the follower to %s, the plan of %s, or a larger one.",
			follower.Ref(), follower.Plan, follower.NodeCount, follower.MemoryMB, leader.Ref(), leader.Plan, leader.NodeCount, leader.MemoryMB, minMemoryShare, leader.Plan, leader.Name)
	}
	if follower.Version != "" && leader.Version != "" && MajorMinor(follower.Version) != MajorMinor(leader.Version) {
		out = append(out, differentVersions(attribute, follower.Ref(), follower.Version, leader))
	}
	return out
}

// GivenPlan is the plan of a service as the configuration of an integration gives it.
type GivenPlan struct {
	Attribute string
	// Plan is empty where it is not given.
	Plan string
	Ref  string
	// Service is the service as it is, Found whether it exists.
	Service Service
	Found   bool
	// Offered are the plans that its project can have, nil where they are not known.
	Offered []Plan
}

// CheckGivenPlan compares a plan that is given with the service that exists, or,
// before it exists, with the plans on offer.
func CheckGivenPlan(g GivenPlan) []Check {
	switch {
	case g.Plan == "" || TierRefused(g.Plan): // its own validation says so
		return nil
	case g.Found && g.Service.Plan == g.Plan:
		return nil
	case g.Found:
		return []Check{{Attribute: g.Attribute, Summary: "Service has another plan",
			Detail: fmt.Sprintf("Service %s has plan %q, and %s is %q. Set %s to %q, or leave it out: then the plan of the service counts. To change the plan of the service, apply that first.",
				g.Ref, g.Service.Plan, g.Attribute, g.Plan, g.Attribute, g.Service.Plan)}}
	case g.Offered == nil:
		return nil
	}
	if _, offered := planNamed(g.Offered, g.Plan); offered {
		return nil
	}
	return []Check{{Attribute: g.Attribute, Summary: "Plan is not offered",
		Detail: fmt.Sprintf("Plan %q is not offered for OpenSearch in this project. Plans with cross-cluster replication are %s.", g.Plan, names(g.Offered))}}
}

// plan is what the service has or, before it exists, what is given.
func (g GivenPlan) plan() string {
	if g.Found {
		return g.Service.Plan
	}
	return g.Plan
}

// CheckGivenPair evaluates the plans of two services of which one at least does
// not exist yet. That both are given and not equal is seen before, by
// [CheckPlanPair].
func CheckGivenPair(leader, follower GivenPlan, allowLarger bool) []Check {
	from, to := leader.plan(), follower.plan()
	if leader.Found && follower.Found || from == "" || to == "" || from == to || TierRefused(from) || TierRefused(to) {
		return nil
	}
	attribute := follower.Attribute
	if follower.Found {
		attribute = leader.Attribute
	}
	check := func(summary, format string, args ...any) []Check {
		return []Check{{Attribute: attribute, Summary: summary, Detail: fmt.Sprintf(format, args...)}}
	}
	if !allowLarger {
		if !leader.Found && !follower.Found {
			return nil
		}
		return check("Follower and leader have different plans", "Plan %q of the follower %s is not the plan of the leader %s, %q. The follower needs the same plan as its leader. "+
			"Choose the same for both, or set allow_larger_plan = true for a larger one of the follower.", to, follower.Ref, leader.Ref, from)
	}
	least, known := leader.size(func(a, b int) int { return min(a, b) })
	most, knownToo := follower.size(func(a, b int) int { return max(a, b) })
	if !known || !knownToo || fits(least, most.NodeCount, most.MemoryMB) {
		return nil
	}
	return check("Follower's plan is too small", "Plan %q has %s, and plan %q of the leader has %s. A follower needs at least as many nodes and at least %d %% of the memory. Choose %s or a larger plan for the follower.",
		to, size(most.NodeCount, most.MemoryMB), from, size(least.NodeCount, least.MemoryMB), minMemoryShare, from)
}

// size is what the service has or, before it exists, what its plan has in the
// cloud that choose chooses: which one it will be in is not known.
func (g GivenPlan) size(choose func(a, b int) int) (s Service, known bool) {
	if g.Found {
		return g.Service, true
	}
	plan, offered := planNamed(g.Offered, g.Plan)
	if !offered || len(plan.Clouds) == 0 {
		return Service{}, false
	}
	for _, c := range plan.Clouds {
		if s.MemoryMB == 0 {
			s.MemoryMB = c.MemoryMB
		}
		s.MemoryMB = choose(s.MemoryMB, c.MemoryMB)
	}
	s.NodeCount = plan.NodeCount
	return s, true
}

// names lists the plans that have replication, at most ten of them.
func names(plans []Plan) string {
	const most = 10
	var out []string
	for _, p := range plans {
		if !TierRefused(p.Name) {
			out = append(out, p.Name)
		}
	}
	if len(out) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(out[:most], ", "), len(out)-most)
	}
	return strings.Join(out, ", ")
}

// CheckPlanPair evaluates the plans of two services that may not exist yet, as
// the configuration gives them. An empty plan is not checked.
func CheckPlanPair(leaderAttribute, leaderPlan, followerAttribute, followerPlan string, allowLarger bool) []Check {
	out := append(CheckTier(leaderAttribute, leaderPlan), CheckTier(followerAttribute, followerPlan)...)
	if len(out) > 0 || leaderPlan == "" || followerPlan == "" || leaderPlan == followerPlan || allowLarger {
		return out
	}
	return []Check{{
		Attribute: followerAttribute,
		Summary:   "Follower and leader have different plans",
		Detail: fmt.Sprintf("Plan %q is not the plan of the leader, %q. The follower needs the same plan as its leader. "+
			"Choose %s, or set allow_larger_plan = true for a larger one.", followerPlan, leaderPlan, leaderPlan),
	}}
}

// CheckCollisions evaluates what a follower already has against what is to be
// replicated to it: an index of the same name, and a pattern of another leader
// that could bring one.
func CheckCollisions(attribute string, d Desired, o Observation) []Check {
	var out []Check
	var names []string
	for _, n := range Decide(d, o).Notes {
		if n.Kind == NoteTaken {
			name := n.Index
			if strings.Contains(n.Other, ":") {
				name += " (a replica of " + n.Other + ")"
			}
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		out = append(out, Check{Attribute: attribute, Summary: "Index names are already in use on the follower",
			Detail: fmt.Sprintf("The leader %s has indices whose names are already in use on the follower: %s. Replication needs an unused index name. "+
				"Exclude these indices with narrower patterns, or delete them on the follower.", d.Alias, strings.Join(names, ", "))})
	}
	rules, _ := o.Rules.Value()
	for _, r := range rules {
		if !r.ofAnother(d.Alias) {
			continue
		}
		for _, p := range d.Patterns {
			if Overlap(p, r.Pattern) {
				out = append(out, Check{Attribute: attribute, Summary: "Overlapping patterns from two leaders",
					Detail: fmt.Sprintf("Pattern %q overlaps autofollow rule %s (pattern %q) of another leader. Patterns of different leaders must not match the same index name; "+
						"use, for example, us-* and eu-*.", p, r.Name, r.Pattern)})
			}
		}
	}
	return out
}

// Overlap reports whether an index name exists that both patterns cover. It
// works through the endings of both, shortest first: the time is the product of
// the lengths, where trying every place of each * would take forever for many.
func Overlap(a, b string) bool {
	below := make([]bool, len(b)+1) // of a[i+1:] with each b[j:]
	for j := len(b); j >= 0; j-- {
		below[j] = strings.Trim(b[j:], "*") == ""
	}
	for i := len(a) - 1; i >= 0; i-- {
		row := make([]bool, len(b)+1)
		row[len(b)] = a[i] == '*' && below[len(b)]
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == '*' || b[j] == '*' { // it stands for nothing, or for the other's first character
				row[j] = below[j] || row[j+1]
			} else {
				row[j] = a[i] == b[j] && below[j+1]
			}
		}
		below = row
	}
	return below[0]
}
