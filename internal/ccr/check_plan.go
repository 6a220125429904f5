// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
)

// PlanChoice is a follower's plan as it is chosen for a leader.
type PlanChoice struct {
	// Attribute and CloudAttribute name where plan and cloud are configured.
	Attribute      string
	CloudAttribute string
	Plan           string
	Cloud          string
	AllowLarger    bool
	Leader         Service
	// Offered are the plans of the API, nil where they are not known.
	Offered []Plan
}

// CheckPlan evaluates a follower's plan: its tier, the same-plan rule, and
// whether the cloud has it. Of an empty plan only the cloud is checked.
func CheckPlan(c PlanChoice) []Check {
	if c.Plan == "" {
		return checkCloud(c)
	}
	out := CheckTier(c.Attribute, c.Plan)
	if out == nil {
		out = CheckSamePlan(c)
	}
	if out != nil {
		return append(out, checkCloud(c)...)
	}
	return checkOffered(c)
}

// CheckSamePlan evaluates the rule that leader and follower have the same
// plan, or with allow_larger_plan a plan that is at least as large in nodes and
// has at least 80 % of the memory. A leader whose own plan is refused is no
// measure: [CheckLeader] tells.
func CheckSamePlan(c PlanChoice) []Check {
	if c.Plan == "" || c.Leader.Plan == "" || c.Plan == c.Leader.Plan || TierRefused(c.Leader.Plan) {
		return nil
	}
	if !c.AllowLarger {
		return []Check{{
			Attribute: c.Attribute,
			Summary:   "Follower and leader have different plans",
			Detail: fmt.Sprintf("Plan %q is not the plan of the leader %s. The follower needs the same plan as its leader. "+
				"Choose %s, the plan of %s, leave plan out, or set allow_larger_plan = true for a larger one.",
				c.Plan, c.Leader.Ref(), c.Leader.Plan, c.Leader.Name),
		}}
	}
	plan, offered := planNamed(c.Offered, c.Plan)
	if !offered {
		return nil // checkOffered says so, or the API decides
	}
	memory := plan.Clouds[c.Cloud].MemoryMB
	if fits(c.Leader, plan.NodeCount, memory) {
		return nil
	}
	return []Check{{
		Attribute: c.Attribute,
		Summary:   "Follower's plan is too small",
		Detail: fmt.Sprintf("Plan %q has %s, the leader %s (plan %s) has %s. A follower needs at least as many nodes and at least %d %% of the memory. %s",
			c.Plan, size(plan.NodeCount, memory), c.Leader.Ref(), c.Leader.Plan, size(c.Leader.NodeCount, c.Leader.MemoryMB), minMemoryShare, suggest(c)),
	}}
}

// CheckPlanDrift evaluates the plan of a follower that exists and is not to be
// changed. The leader may have been changed, or be the next to be, so what does
// not fit is a warning, and nothing tells the follower to go back.
func CheckPlanDrift(follower string, c PlanChoice) []Check {
	out := CheckSamePlan(c)
	for i := range out {
		if c.AllowLarger {
			out[i].Summary = summaryTooSmall(follower)
		} else {
			out[i] = differentPlans(c.Attribute, follower, c.Plan, c.Leader)
		}
		out[i].Warning = true
	}
	return out
}

func summaryTooSmall(follower string) string {
	return fmt.Sprintf("Plan of follower %s is too small", follower)
}

// differentPlans is about two services that exist, of which either may be the
// one to change.
func differentPlans(attribute, follower, plan string, leader Service) Check {
	return Check{Attribute: attribute, Summary: fmt.Sprintf("Follower %s and its leader %s have different plans", follower, leader.Ref()),
		Detail: fmt.Sprintf("Service %s has plan %q, the leader %s has %q. The follower needs the same plan as its leader. "+
			"Change the smaller of the two, or set allow_larger_plan = true where the follower's plan is the larger one.", follower, plan, leader.Ref(), leader.Plan)}
}

// size tells nodes and the memory of one, where that is known.
func size(nodes, memoryMB int) string {
	text := fmt.Sprintf("%d nodes", nodes)
	if nodes == 1 {
		text = "1 node"
	}
	if memoryMB > 0 {
		text += fmt.Sprintf(" of %d MB", memoryMB)
	}
	return text
}

func checkOffered(c PlanChoice) []Check {
	if c.Offered == nil || c.Cloud == "" {
		return nil
	}
	plan, known := planNamed(c.Offered, c.Plan)
	if known {
		if _, there := plan.Clouds[c.Cloud]; there {
			return nil
		}
	}
	if out := checkCloud(c); out != nil {
		return out
	}
	attribute := c.Attribute
	if known {
		attribute = c.CloudAttribute
	}
	return []Check{{
		Attribute: attribute,
		Summary:   "Plan is not offered in this cloud",
		Detail:    fmt.Sprintf("Plan %q is not offered in cloud %q for this project. %s", c.Plan, c.Cloud, suggest(c)),
	}}
}

// checkCloud refuses a cloud in which nothing is offered.
func checkCloud(c PlanChoice) []Check {
	if c.Offered == nil || c.Cloud == "" || cloudKnown(c.Offered, c.Cloud) {
		return nil
	}
	return []Check{{
		Attribute: c.CloudAttribute,
		Summary:   "Cloud without OpenSearch",
		Detail: fmt.Sprintf("No OpenSearch plan is offered in cloud %q for this project. Check the name, which is of the form PROVIDER-REGION, such as aws-eu-west-1.",
			c.Cloud),
	}}
}

func cloudKnown(offered []Plan, cloud string) bool {
	for _, p := range offered {
		if _, there := p.Clouds[cloud]; there {
			return true
		}
	}
	return false
}

// suggest names what would be right: the leader's plan, and where a larger one
// is allowed the smallest plans that fit in the cloud.
func suggest(c PlanChoice) string {
	if c.Cloud == "" {
		return fmt.Sprintf("Choose %s, the plan of %s, or a larger one.", c.Leader.Plan, c.Leader.Name)
	}
	const most = 4
	var names []string
	for _, p := range FollowerPlans(c.Leader, c.Cloud, c.Offered) {
		if !c.AllowLarger && p.Name != c.Leader.Plan {
			continue
		}
		if names = append(names, p.Name); len(names) == most {
			break
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("Choose another cloud: this one has no plan that can follow %s.", c.Leader.Name)
	}
	return "Choose " + strings.Join(names, " or ") + "."
}
