// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"reflect"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

func TestPlans(t *testing.T) {
	c, api, _ := newFake(t, says(200, `{"service_types":{"pg":{"service_plans":[]},"opensearch":{
		"default_version":"2.19","description":"","user_config_schema":{"properties":{"opensearch_version":{"enum":["2.19","3.3",null]}}},
		"service_plans":[
			{"service_plan":"business-4","service_type":"opensearch","node_count":3,"regions":{
				"aws-eu-west-1":{"node_memory_mb":4096,"disk_space_mb":179200,"disk_space_cap_mb":716800,"disk_space_step_mb":30720,"price_usd":"0.3710","disk_space_gb_price_usd":"0.0003"},
				"do-fra":{"node_memory_mb":3931.5,"disk_space_mb":179200,"price_usd":0.25},
				"gone":null}},
			{"service_plan":"custom","service_type":"opensearch"}]}}}`),
		says(200, `{"service_types":{"opensearch":{"service_plans":[],"user_config_schema":{}}}}`),
		says(200, `{"service_types":{}}`))
	got, err := c.Plans(t.Context(), "acme")
	want := Offer{
		Plans: []ccr.Plan{
			{Name: "business-4", NodeCount: 3, Clouds: map[string]ccr.Capacity{
				"aws-eu-west-1": {MemoryMB: 4096, DiskMB: 179200, DiskMaxMB: 716800, DiskStepMB: 30720, HourlyUSD: "0.3710", DiskGBHourlyUSD: "0.0003"},
				"do-fra":        {MemoryMB: 3931, DiskMB: 179200, HourlyUSD: "0.25"},
			}},
			{Name: "custom", Clouds: map[string]ccr.Capacity{}},
		},
		Versions: []string{"2.19", "3.3"}, DefaultVersion: "2.19",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %v, %v\nwant %v", got, err, want)
	}
	if got, err = c.Plans(t.Context(), "acme"); err != nil || len(got.Plans) != 0 || len(got.Versions) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err = c.Plans(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), "does not contain \"service type opensearch") {
		t.Errorf("error is %v", err)
	}
	api.saw(t, "GET /v1/project/acme/service_types", "GET /v1/project/acme/service_types", "GET /v1/project/acme/service_types")
}
