// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Plan is a plan of the catalogue, the same in each of its clouds.
type Plan struct {
	Name      string
	Nodes     int
	CPU       int // per node
	MemoryMB  int // per node
	DiskMB    int // of the whole service, as the API gives it
	HourlyUSD float64
	// Clouds that offer the plan.
	Clouds []string
}

// DefaultClouds are the clouds of the catalogue. The last one is small: it
// does not have the premium and the custom plans.
var DefaultClouds = []string{"aws-eu-west-1", "aws-us-east-1", "azure-westeurope", "google-europe-west1", "do-fra"}

// DefaultPlans is a catalogue in the manner of Aiven's: every tier, and custom
// plans on either side of the rule for a follower's size.
func DefaultPlans() []Plan {
	large := DefaultClouds[:len(DefaultClouds)-1]
	plans := []Plan{
		makePlan("free-1-2gb", 1, 2, DefaultClouds),
		makePlan("hobbyist", 1, 2, DefaultClouds),
		makePlan("developer-2", 1, 2, DefaultClouds),
	}
	sizes := []int{4, 8, 16, 32, 64}
	for _, gb := range sizes {
		plans = append(plans, makePlan(fmt.Sprintf("startup-%d", gb), 1, gb, DefaultClouds))
	}
	for _, gb := range sizes {
		plans = append(plans, makePlan(fmt.Sprintf("business-%d", gb), 3, gb, DefaultClouds))
	}
	for _, nodes := range []int{6, 9} {
		for _, gb := range sizes[1:] {
			plans = append(plans, makePlan(fmt.Sprintf("premium-%dx-%d", nodes, gb), nodes, gb, large))
		}
	}
	return append(plans,
		makePlan("acme-custom-9x-16", 9, 16, large),
		// 87 % of the memory of business-8: may follow it under the newer rule.
		makePlan("acme-custom-3x-7", 3, 7, large),
		// Larger in memory than business-8, but fewer nodes: may not.
		makePlan("acme-custom-2x-64", 2, 64, large),
	)
}

func makePlan(name string, nodes, gb int, clouds []string) Plan {
	return Plan{
		Name: name, Nodes: nodes, CPU: max(1, gb/4), MemoryMB: gb * 1024, DiskMB: gb * 20 * 1024,
		HourlyUSD: float64(nodes*gb) * 0.035, Clouds: clouds,
	}
}

func (c *ControlPlane) plan(name string) (Plan, bool) {
	i := slices.IndexFunc(c.options.Plans, func(p Plan) bool { return p.Name == name })
	if i < 0 {
		return Plan{}, false
	}
	return c.options.Plans[i], true
}

func (c *ControlPlane) cloudExists(cloud string) bool {
	return slices.ContainsFunc(c.options.Plans, func(p Plan) bool { return slices.Contains(p.Clouds, cloud) })
}

// checkPlace evaluates whether a plan is offered in a cloud.
func (c *ControlPlane) checkPlace(plan, cloud string) *apiError {
	if !c.cloudExists(cloud) {
		return refuse(c.options.Texts.BadCloud, "cloud", cloud)
	}
	p, known := c.plan(plan)
	if !known || !slices.Contains(p.Clouds, cloud) {
		return refuse(c.options.Texts.BadPlan, "plan", plan, "cloud", cloud)
	}
	return nil
}

// checkVersion evaluates whether a service of this version can be had.
func (c *ControlPlane) checkVersion(version string) *apiError {
	if !slices.Contains(c.options.Versions, version) {
		return refuse(c.options.Texts.BadVersion, "version", version)
	}
	if starter, ok := c.options.Platform.(VersionStarter); ok && !starter.CanStart(version) {
		return refuse(c.options.Texts.NotStartable, "version", version)
	}
	return nil
}

// servicePlans is service_plans[] of the API.
func (c *ControlPlane) servicePlans(p *project, serviceType string) []object {
	out := make([]object, 0, len(c.options.Plans))
	for _, plan := range c.options.Plans {
		regions := object{}
		for _, cloud := range plan.Clouds {
			region := object{
				"node_cpu_count": plan.CPU, "node_memory_mb": plan.MemoryMB,
				"disk_space_mb": plan.DiskMB, "disk_space_cap_mb": maxDisk(plan), "disk_space_step_mb": diskStepMB,
			}
			if !p.pricesHidden { // Aiven gives prices as strings
				region["price_usd"], region["disk_space_gb_price_usd"] = fmt.Sprintf("%.4f", plan.HourlyUSD), "0.0003"
			}
			regions[cloud] = region
		}
		out = append(out, object{
			"service_type": serviceType, "service_plan": plan.Name, "node_count": plan.Nodes, "regions": regions,
			"max_memory_percent": 100,
			"backup_config":      object{"interval": 24, "max_count": 3, "recovery_mode": "basic"},
		})
	}
	return out
}

const diskStepMB = 10 * 1024

func maxDisk(p Plan) int { return p.DiskMB * 3 }

// serviceTypes are the service types that services can be made of. Only
// opensearch has a node; the others exist so that something can be no leader.
var serviceTypes = map[string]string{
	typeOpenSearch: "OpenSearch - Search & Analyze Data in Realtime, derived from Elasticsearch v7.10.2",
	"pg":           "PostgreSQL - Object-Relational Database Management System",
	"valkey":       "Valkey - In-Memory Data Store",
}

const typeOpenSearch = "opensearch"

func (c *ControlPlane) serviceTypesAnswer(p *project) object {
	out := object{}
	for _, name := range slices.Sorted(maps.Keys(serviceTypes)) {
		config := object{}
		kind := object{"description": serviceTypes[name], "service_plans": c.servicePlans(p, name)}
		if name == typeOpenSearch {
			kind["default_version"] = c.options.DefaultVersion
			kind["latest_available_version"] = c.options.Versions[len(c.options.Versions)-1]
			config["opensearch_version"] = object{
				"title": "OpenSearch version", "type": []string{"string", "null"}, "enum": c.options.Versions,
			}
		}
		kind["user_config_schema"] = object{"type": "object", "properties": config}
		out[name] = kind
	}
	return object{"service_types": out}
}

// tier is the first token of a plan's name.
func tier(plan string) string {
	first, _, _ := strings.Cut(plan, "-")
	return first
}
