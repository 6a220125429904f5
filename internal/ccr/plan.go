// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"cmp"
	"slices"
	"strings"
)

// refusedTiers are the first tokens of plan names that have no cross-cluster
// replication (Aiven's product page and its newer wording, autumn 2026).
var refusedTiers = []string{"free", "hobbyist", "startup", "developer"}

// Tier is the first token of a plan's name, such as "business".
func Tier(plan string) string {
	tier, _, _ := strings.Cut(strings.ToLower(plan), "-")
	return tier
}

// TierRefused reports whether plans of this tier cannot take part in replication.
func TierRefused(plan string) bool { return slices.Contains(refusedTiers, Tier(plan)) }

// Offer is what a project can have of OpenSearch.
type Offer struct {
	Plans []Plan
	// Versions are those of new services, major.minor; empty where the API does
	// not list them.
	Versions []string
}

// Plan is a plan that the API offers for OpenSearch.
type Plan struct {
	Name string
	// NodeCount is 0 where the API does not say.
	NodeCount int
	// Clouds maps the name of each cloud that has the plan to what it has there.
	Clouds map[string]Capacity
}

// Capacity is what a plan has in a cloud, 0 where the API does not say.
type Capacity struct {
	// MemoryMB is the memory of one node in MiB.
	MemoryMB int
	// DiskMB is the disk space of the whole service in MiB, all nodes together; a
	// service may have more, in steps of DiskStepMB up to DiskMaxMB.
	DiskMB     int
	DiskMaxMB  int
	DiskStepMB int
	// HourlyUSD is the price of the whole service per hour, empty where the API gives none.
	HourlyUSD string
	// DiskGBHourlyUSD is the price of a GiB of disk space beyond the plan's own, per
	// hour, empty where the API gives none.
	DiskGBHourlyUSD string
}

// minMemoryShare is the least memory of a follower's node, in percent of the
// leader's: 80 % since Aiven's newer wording of the rule.
const minMemoryShare = 80

// fits reports whether a follower of this size can follow the leader.
func fits(leader Service, nodes, memoryMB int) bool {
	if nodes < leader.NodeCount {
		return false
	}
	return leader.MemoryMB == 0 || memoryMB == 0 || memoryMB*100 >= leader.MemoryMB*minMemoryShare
}

// FollowerPlans returns the plans that a follower of the leader may have in a
// cloud, smallest first.
func FollowerPlans(leader Service, cloud string, offered []Plan) []Plan {
	var out []Plan
	for _, p := range offered {
		at, there := p.Clouds[cloud]
		if there && !TierRefused(p.Name) && fits(leader, p.NodeCount, at.MemoryMB) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Plan) int {
		return cmp.Or(
			cmp.Compare(a.NodeCount, b.NodeCount),
			cmp.Compare(a.Clouds[cloud].MemoryMB, b.Clouds[cloud].MemoryMB),
			cmp.Compare(a.Clouds[cloud].DiskMB, b.Clouds[cloud].DiskMB),
			cmp.Compare(a.Name, b.Name),
		)
	})
	return out
}

func planNamed(offered []Plan, name string) (Plan, bool) {
	i := slices.IndexFunc(offered, func(p Plan) bool { return p.Name == name })
	if i < 0 {
		return Plan{}, false
	}
	return offered[i], true
}
