// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"strconv"

	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Offer is what the API offers a project for OpenSearch.
type Offer struct {
	Plans []ccr.Plan
	// Versions are the OpenSearch versions of new services, empty where the API
	// does not list them.
	Versions       []string
	DefaultVersion string
}

// Plans reads what the API offers the project, prices of its contract included.
func (c *Client) Plans(ctx context.Context, project string) (Offer, error) {
	if err := named(project); err != nil {
		return Offer{}, err
	}
	x := c.exchange(project, "plans of project "+project).ofProject()
	types, err := x.api().ListProjectServiceTypes(ctx, project)
	if err != nil {
		return Offer{}, x.failure(err)
	}
	if len(x.warnings) > 0 {
		return Offer{}, x.said(x.warnings)
	}
	if types.Opensearch == nil {
		return Offer{}, x.missing("service type " + ccr.ServiceTypeOpenSearch)
	}
	offer := Offer{Plans: []ccr.Plan{}, DefaultVersion: value(types.Opensearch.DefaultVersion), Versions: versions(types.Opensearch.UserConfigSchema)}
	for i := range types.Opensearch.ServicePlans {
		offer.Plans = append(offer.Plans, newPlan(&types.Opensearch.ServicePlans[i]))
	}
	return offer, nil
}

func newPlan(from *service.ServicePlanOut) ccr.Plan {
	p := ccr.Plan{Name: from.ServicePlan, NodeCount: value(from.NodeCount), Clouds: map[string]ccr.Capacity{}}
	for cloud, v := range from.Regions {
		region, ok := v.(map[string]any)
		if !ok {
			continue // not offered there
		}
		p.Clouds[cloud] = ccr.Capacity{
			MemoryMB: asInt(region["node_memory_mb"]), HourlyUSD: asText(region["price_usd"]),
			DiskMB: asInt(region["disk_space_mb"]), DiskMaxMB: asInt(region["disk_space_cap_mb"]), DiskStepMB: asInt(region["disk_space_step_mb"]),
			DiskGBHourlyUSD: asText(region["disk_space_gb_price_usd"]),
		}
	}
	return p
}

// versions are the values that the schema of user_config allows.
func versions(schema map[string]any) []string {
	properties, _ := schema["properties"].(map[string]any)
	property, _ := properties["opensearch_version"].(map[string]any)
	values, _ := property["enum"].([]any)
	var out []string
	for _, v := range values {
		if s := asText(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func asInt(v any) int {
	n, err := strconv.ParseFloat(asText(v), 64)
	if err != nil {
		return 0
	}
	return int(n)
}
