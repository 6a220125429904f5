// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"slices"
	"strings"
	"testing"

	aiven "github.com/aiven/go-client-codegen"
	"github.com/aiven/go-client-codegen/handler/service"
)

func TestService_GoesThroughItsStates(t *testing.T) {
	h := newHarness(t)
	release := h.plane.HoldBuild(ref("search-us"))
	made, err := h.create("search-us", "business-4")
	if err != nil {
		t.Fatal(err)
	}
	if made.State != service.ServiceStateTypeRebuilding || made.ServiceUri != "" {
		t.Errorf("answered %s with URI %q, want REBUILDING at once and no URI yet", made.State, made.ServiceUri)
	}
	release()
	h.settle("search-us")
	got := h.get("search-us")
	if got.State != service.ServiceStateTypeRunning {
		t.Errorf("state %s after the node started", got.State)
	}
	if *got.NodeCount != 3 || *got.NodeMemoryMb != 4096 || *got.DiskSpaceMb != 80*1024 || got.Plan != "business-4" {
		t.Errorf("size %d nodes, %v MB, disk %d, plan %s", *got.NodeCount, *got.NodeMemoryMb, *got.DiskSpaceMb, got.Plan)
	}
	if got.ServiceUri != "https://avnadmin:s3cret@127.0.0.1:9200" || *got.ConnectionInfo.OpensearchPassword != "s3cret" {
		t.Errorf("with secrets: URI %s, connection %+v", got.ServiceUri, got.ConnectionInfo)
	}
	if got.UserConfig["opensearch_version"] != "2.19" {
		t.Errorf("user_config %v", got.UserConfig)
	}
}

func TestService_SecretsOnlyWhereAskedFor(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	for _, path := range []string{"/service", "/service/search-us", "/service/search-us?include_secrets=false"} {
		status, answer := h.raw("GET", "/v1/project/acme"+path, nil)
		text := strings.Builder{}
		writeAll(&text, answer)
		if status != 200 || strings.Contains(text.String(), "s3cret") {
			t.Errorf("%s: %d tells the password: %s", path, status, text.String())
		}
	}
	_, answer := h.raw("GET", "/v1/project/acme/service/search-us?include_secrets=true", nil)
	info := answer["service"].(map[string]any)["connection_info"].(map[string]any)
	want := "https://avnadmin:s3cret@127.0.0.1:9200"
	if uris := info["opensearch_uri"].([]any); uris[0] != want || info["opensearch_username"] != "avnadmin" {
		t.Errorf("connection_info %v", info)
	}
}

func TestService_UpdateInPlace(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	vpc := "11111111-2222-3333-4444-555555555555"
	h.plane.AddVPC(project, vpc, "aws-us-east-1")
	if err := h.update("search-us", service.ServiceUpdateIn{
		Plan: new("business-8"), Cloud: new("aws-us-east-1"), ProjectVpcId: &vpc, TerminationProtection: new(true),
		Maintenance: &service.MaintenanceIn{Dow: service.DowTypeMonday, Time: new("10:00:00")},
		UserConfig:  &map[string]any{"ip_filter": []string{"10.0.0.0/8"}},
	}); err != nil {
		t.Fatal(err)
	}
	h.settle("search-us")
	got := h.get("search-us")
	if got.Plan != "business-8" || *got.NodeMemoryMb != 8192 || got.CloudName != "aws-us-east-1" || got.ProjectVpcId != vpc || !got.TerminationProtection {
		t.Errorf("after the update: %+v", got)
	}
	if got.Maintenance.Dow != service.MaintenanceDowTypeMonday || got.Maintenance.Time != "10:00:00" {
		t.Errorf("maintenance %+v", got.Maintenance)
	}
	if filter := got.UserConfig["ip_filter"].([]any); filter[0] != "10.0.0.0/8" || got.UserConfig["opensearch_version"] != "2.19" {
		t.Errorf("user_config %v: want the change laid over what was there", got.UserConfig)
	}
	// What is left out stays; but Aiven's client sends a null for a VPC that is
	// not set, which moves the service out of it.
	if status, _ := h.raw("PUT", "/v1/project/acme/service/search-us", map[string]any{"termination_protection": false}); status != 200 {
		t.Fatalf("PUT: %d", status)
	}
	if got := h.get("search-us"); got.ProjectVpcId != vpc || got.TerminationProtection {
		t.Errorf("an update without project_vpc_id left VPC %q, protection %v", got.ProjectVpcId, got.TerminationProtection)
	}
	if err := h.update("search-us", service.ServiceUpdateIn{TerminationProtection: new(false)}); err != nil {
		t.Fatal(err)
	}
	if got := h.get("search-us"); got.ProjectVpcId != "" {
		t.Errorf("an update with project_vpc_id null left VPC %q", got.ProjectVpcId)
	}
}

func TestService_RebuildsForAnotherPlan(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	release := h.plane.HoldBuild(ref("search-us"))
	if err := h.update("search-us", service.ServiceUpdateIn{Plan: new("business-8")}); err != nil {
		t.Fatal(err)
	}
	if got := h.get("search-us"); got.State != service.ServiceStateTypeRebuilding || got.ServiceUri == "" {
		t.Errorf("state %s, URI %q: want REBUILDING while the service still answers", got.State, got.ServiceUri)
	}
	release()
	h.settle("search-us")
	if got := h.get("search-us").State; got != service.ServiceStateTypeRunning {
		t.Errorf("state %s after the rebuild", got)
	}
	if calls := h.platform.callsSoFar(); len(calls) != 1 {
		t.Errorf("platform calls %q: want the node left alone", calls)
	}
}

func TestService_UserConfigNullTakesAKeyAway(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	if err := h.update("search-us", service.ServiceUpdateIn{UserConfig: &map[string]any{"ip_filter": nil, "opensearch_version": nil}}); err != nil {
		t.Fatal(err)
	}
	if got := h.get("search-us").UserConfig; len(got) != 1 || got["opensearch_version"] != "2.19" {
		t.Errorf("user_config %v: want the version only, which every service has", got)
	}
}

func TestService_DeletionAnswersUntilTheNodeIsGone(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	release := h.platform.block("delete")
	if err := h.client.ServiceDelete(h.ctx(), project, "search-us"); err != nil {
		t.Fatal(err)
	}
	h.get("search-us") // fails the test on a 404
	if _, err := h.create("search-us", "business-4"); !aiven.IsAlreadyExists(err) {
		t.Errorf("a name in deletion can be taken: %v", err)
	}
	release()
	h.eventually("404 after the deletion", func() bool {
		_, err := h.client.ServiceGet(h.ctx(), project, "search-us")
		return aiven.IsNotFound(err) && strings.Contains(err.Error(), "Service search-us does not exist")
	})
	if n := h.platform.nodeCount(); n != 0 {
		t.Errorf("%d nodes are left", n)
	}
}

func TestService_PowerOffAndOn(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	for _, powered := range []bool{false, true} {
		if err := h.update("search-us", service.ServiceUpdateIn{Powered: &powered}); err != nil {
			t.Fatal(err)
		}
		h.settle("search-us")
		want := map[bool]service.ServiceStateType{false: service.ServiceStateTypePoweroff, true: service.ServiceStateTypeRunning}[powered]
		if got := h.get("search-us").State; got != want {
			t.Errorf("powered %v: state %s, want %s", powered, got, want)
		}
	}
	if want := []string{"start search-us 2.19", "stop search-us", "start search-us 2.19"}; !slices.Equal(h.platform.callsSoFar(), want) {
		t.Errorf("platform calls %q, want %q", h.platform.callsSoFar(), want)
	}
}

func TestService_MaintenanceRecyclesTheNode(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	release := h.platform.block("recycle")
	if err := h.client.ServiceMaintenanceStart(h.ctx(), project, "search-us"); err != nil {
		t.Fatal(err)
	}
	h.eventually("the recycle begins", func() bool { return h.platform.called("recycle search-us") })
	if got := h.get("search-us").State; got != service.ServiceStateTypeRebalancing {
		t.Errorf("state %s while the node is recycled", got)
	}
	release()
	h.settle("search-us")
}

func TestService_VersionUpgrade(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	if err := h.update("search-us", service.ServiceUpdateIn{UserConfig: &map[string]any{"opensearch_version": "3.6"}}); err != nil {
		t.Fatal(err)
	}
	h.settle("search-us")
	if !h.platform.called("start search-us 3.6") {
		t.Errorf("platform calls %q", h.platform.callsSoFar())
	}
	err := h.update("search-us", service.ServiceUpdateIn{UserConfig: &map[string]any{"opensearch_version": "2.19"}})
	if err == nil || !strings.Contains(err.Error(), "Cannot downgrade") {
		t.Errorf("downgrade: %v", err)
	}
}

func TestService_Tags(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	if err := h.client.ProjectServiceTagsReplace(h.ctx(), project, "search-us",
		&service.ProjectServiceTagsReplaceIn{Tags: map[string]string{"team": "search", "env": "test"}}); err != nil {
		t.Fatal(err)
	}
	if status, _ := h.raw("PATCH", "/v1/project/acme/service/search-us/tags", map[string]any{"tags": map[string]any{"env": nil}}); status != 200 {
		t.Fatalf("PATCH tags: %d", status)
	}
	if got := h.get("search-us").Tags; len(got) != 1 || got["team"] != "search" {
		t.Errorf("tags of the service %v", got)
	}
	if got, err := h.client.ProjectServiceTagsList(h.ctx(), project, "search-us"); err != nil || len(got) != 1 {
		t.Errorf("tags %v, %v", got, err)
	}
}

func TestCatalogue_PlansPerCloud(t *testing.T) {
	h := newHarness(t)
	types, err := h.client.ListProjectServiceTypes(h.ctx(), project)
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string]map[string]any{}
	for _, plan := range types.Opensearch.ServicePlans {
		offered[plan.ServicePlan] = plan.Regions
	}
	for _, name := range []string{"hobbyist", "startup-4", "business-4", "business-64", "premium-6x-8", "acme-custom-9x-16"} {
		region, there := offered[name]["aws-eu-west-1"].(map[string]any)
		if !there || region["node_memory_mb"].(float64) <= 0 || region["price_usd"] == "" {
			t.Errorf("plan %s in aws-eu-west-1: %v", name, region)
		}
	}
	if _, there := offered["premium-6x-8"]["do-fra"]; there {
		t.Error("the small cloud has premium plans")
	}
	if got := *types.Opensearch.DefaultVersion; got != "2.19" {
		t.Errorf("default version %s", got)
	}
}

// writeAll writes every string of a JSON value.
func writeAll(out *strings.Builder, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			out.WriteString(key + " ")
			writeAll(out, inner)
		}
	case []any:
		for _, inner := range v {
			writeAll(out, inner)
		}
	case string:
		out.WriteString(v + " ")
	}
}
