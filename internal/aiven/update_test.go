// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"reflect"
	"strings"
	"testing"
)

func TestUpdateService(t *testing.T) {
	const vpc = "11111111-2222-3333-4444-555555555555"
	const path = "/v1/project/acme/service/search-eu"
	for _, test := range []struct {
		name   string
		change UpdateService
		body   map[string]any // of the PUT of the service
		tags   map[string]any // of the PUT of the tags
	}{
		{"nothing", UpdateService{}, nil, nil},
		{"plan keeps the VPC", UpdateService{Plan: new("business-8")}, map[string]any{"plan": "business-8", "project_vpc_id": vpc}, nil},
		{"out of the VPC", UpdateService{VPCID: new("")}, map[string]any{"project_vpc_id": nil}, nil},
		{"into another VPC and cloud", UpdateService{VPCID: new("v2"), Cloud: new("do-fra")}, map[string]any{"project_vpc_id": "v2", "cloud": "do-fra"}, nil},
		{"protection off", UpdateService{TerminationProtection: new(false)}, map[string]any{"termination_protection": false, "project_vpc_id": vpc}, nil},
		{"power off", UpdateService{Powered: new(false)}, map[string]any{"powered": false, "project_vpc_id": vpc}, nil},
		{"window, disk, config", UpdateService{Maintenance: &Window{"monday", "01:00:00"}, DiskSpaceMB: new(2048), UserConfig: map[string]any{"x": nil}},
			map[string]any{"maintenance": map[string]any{"dow": "monday", "time": "01:00:00"}, "disk_space_mb": 2048.0, "user_config": map[string]any{"x": nil}, "project_vpc_id": vpc}, nil},
		{"tags only", UpdateService{Tags: map[string]string{"a": "b"}}, nil, map[string]any{"a": "b"}},
		{"no tags any more", UpdateService{Tags: map[string]string{}}, nil, map[string]any{}},
		{"plan and tags", UpdateService{Plan: new("business-8"), Tags: map[string]string{"a": "b"}}, map[string]any{"plan": "business-8", "project_vpc_id": vpc}, map[string]any{"a": "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := fixture(t, "service.json")
			// As Aiven answers an update: without the password.
			bare := strings.NewReplacer("avnadmin:p%40ss@", "", `"password": "p@ss"`, `"password": null`, `, "opensearch_password": "p@ss"`, "").Replace(body)
			replies, requests := []reply{says(200, body)}, []string{"GET " + path}
			if test.body != nil {
				replies, requests = append(replies, says(200, bare)), append(requests, "PUT "+path)
			}
			if test.tags != nil {
				replies, requests = append(replies, says(200, `{"message":"updated"}`)), append(requests, "PUT "+path+"/tags")
			}
			c, api, _ := newFake(t, replies...)
			test.change.Project, test.change.Name = "acme", "search-eu"
			got, err := c.UpdateService(t.Context(), test.change)
			if err != nil {
				t.Fatal(err)
			}
			api.saw(t, requests...)
			want := fixtureService
			if test.tags != nil {
				want.Tags = test.change.Tags
				if sent := get(t, api.bodies[len(api.bodies)-1], "tags"); !reflect.DeepEqual(sent, any(test.tags)) {
					t.Errorf("tags %v", sent)
				}
			}
			if test.body != nil && !reflect.DeepEqual(api.bodies[1], test.body) {
				t.Errorf("body:\n got %v\nwant %v", api.bodies[1], test.body)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %s\nwant %s", show(got), show(want))
			}
		})
	}
}

func TestUpdateService_TagsFailAfterTheRest(t *testing.T) {
	c, _, _ := newFake(t, says(200, fixture(t, "service.json")), says(200, fixture(t, "service.json")), refusal(400, "bad tag"))
	got, err := c.UpdateService(t.Context(), UpdateService{Project: "acme", Name: "search-eu", Plan: new("business-4"), Tags: map[string]string{"!": ""}})
	if err == nil || !strings.Contains(err.Error(), "(tags of service acme/search-eu): 400: bad tag") {
		t.Errorf("error is %v", err)
	}
	if got.String() != "acme/search-eu" {
		t.Errorf("the changed service is not told: %v", got)
	}
}

func TestUpdateService_Missing(t *testing.T) {
	c, api, _ := newFake(t, refusal(404, "Service search-eu does not exist"))
	_, err := c.UpdateService(t.Context(), UpdateService{Project: "acme", Name: "search-eu", Plan: new("p")})
	if !IsNotFound(err) {
		t.Errorf("error is %v", err)
	}
	api.saw(t, "GET /v1/project/acme/service/search-eu")
}
