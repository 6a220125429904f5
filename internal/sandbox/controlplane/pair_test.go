// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"slices"
	"strings"
	"testing"

	aiven "github.com/aiven/go-client-codegen"
	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

func TestFollower_IsMadeWithItsIntegration(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	release := h.platform.block("connect")
	made, err := h.create("search-eu", "business-4", "search-us")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(made.ServiceIntegrations); n != 1 {
		t.Fatalf("the new follower has %d integrations", n)
	}
	h.eventually("the connection is being made", func() bool { return h.platform.called("connect search-eu to acme_search-us") })
	if got := h.linkStatus("search-eu"); got != service.IntegrationStatusTypeStarting {
		t.Errorf("integration is %s before its connection is made", got)
	}
	release()
	h.eventually("integration runs", func() bool { return h.linkStatus("search-us") == service.IntegrationStatusTypeRunning })
	got, err := h.client.ServiceIntegrationGet(h.ctx(), project, made.ServiceIntegrations[0].ServiceIntegrationId)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Active || got.SourceService != "search-us" || *got.DestService != "search-eu" || got.SourceProject != project || got.DestProject != project {
		t.Errorf("integration %+v", got)
	}
	if backups := h.get("search-eu").Backups; len(backups) != 0 {
		t.Errorf("a follower has backups: %v", backups)
	}
}

func TestFollower_WaitsForALeaderThatIsBeingBuilt(t *testing.T) {
	h := newHarness(t)
	release := h.plane.HoldBuild(ref("search-us"))
	for _, step := range [][]string{{"search-us"}, {"search-eu", "search-us"}} {
		if _, err := h.create(step[0], "business-4", step[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	h.settle("search-eu")
	if got := h.linkStatus("search-eu"); got != service.IntegrationStatusTypeStarting {
		t.Errorf("integration is %s while the leader is built", got)
	}
	release()
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
}

func TestFollower_SeveralLeaders(t *testing.T) {
	h := newHarness(t)
	for _, leader := range []string{"search-us", "search-asia"} {
		h.running(leader, "business-4")
	}
	h.running("reports", "business-4", "search-us", "search-asia")
	h.eventually("both are connected", func() bool {
		return h.platform.called("connect reports to acme_search-us") && h.platform.called("connect reports to acme_search-asia")
	})
}

func TestFollower_DeletionFreesTheLeader(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4", "search-us")
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	if err := h.client.ServiceDelete(h.ctx(), project, "search-us"); err == nil || !strings.Contains(err.Error(), "search-eu") {
		t.Errorf("a leader with a follower was deleted: %v", err)
	}
	if err := h.client.ServiceDelete(h.ctx(), project, "search-eu"); err != nil {
		t.Fatal(err)
	}
	if got := h.linkStatus("search-us"); got != "" {
		t.Errorf("the leader still has an integration: %s", got)
	}
	h.eventually("follower gone", func() bool { return h.platform.called("delete search-eu") })
	calls := h.platform.callsSoFar()
	if slices.Index(calls, "disconnect search-eu from acme_search-us") > slices.Index(calls, "delete search-eu") {
		t.Errorf("platform calls %q: want the follower disconnected before it is deleted", calls)
	}
	if err := h.client.ServiceDelete(h.ctx(), project, "search-us"); err != nil {
		t.Errorf("the leader without followers: %v", err)
	}
}

// A dead follower must not hold its deletion up.
func TestFollower_DeletionWithANodeThatDoesNotAnswer(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4", "search-us")
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	h.platform.failNext("disconnect", 1000)
	if err := h.client.ServiceDelete(h.ctx(), project, "search-eu"); err != nil {
		t.Fatal(err)
	}
	h.eventually("404", func() bool {
		_, err := h.client.ServiceGet(h.ctx(), project, "search-eu")
		return aiven.IsNotFound(err)
	})
}

func TestFollower_DeletionDuringItsBuild(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.platform.block("start") // never released: the deletion must cancel it
	if _, err := h.create("search-eu", "business-4", "search-us"); err != nil {
		t.Fatal(err)
	}
	h.eventually("the node starts", func() bool { return h.platform.called("start search-eu 2.19") })
	if err := h.client.ServiceDelete(h.ctx(), project, "search-eu"); err != nil {
		t.Fatal(err)
	}
	h.eventually("404", func() bool {
		_, err := h.client.ServiceGet(h.ctx(), project, "search-eu")
		return aiven.IsNotFound(err)
	})
}

func TestIntegration_OfTwoServicesThatExist(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4")
	made, err := h.link("search-us", "search-eu")
	if err != nil {
		t.Fatal(err)
	}
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	if _, err := h.link("search-us", "search-eu"); !aiven.IsAlreadyExists(err) {
		t.Errorf("a second integration of the same pair: %v", err)
	}
	if _, err := h.client.ServiceIntegrationUpdate(h.ctx(), project, made.ServiceIntegrationId,
		&service.ServiceIntegrationUpdateIn{UserConfig: map[string]any{"a": "b"}}); err != nil {
		t.Error(err)
	}
	release := h.platform.block("disconnect")
	if err := h.client.ServiceIntegrationDelete(h.ctx(), project, made.ServiceIntegrationId); err != nil {
		t.Fatal(err)
	}
	h.eventually("promotion", func() bool { return h.platform.called("disconnect search-eu from acme_search-us") })
	if _, err := h.client.ServiceIntegrationGet(h.ctx(), project, made.ServiceIntegrationId); !aiven.IsNotFound(err) {
		t.Errorf("a deleted integration: %v", err)
	}
	if h.get("search-eu").State != service.ServiceStateTypeRunning {
		t.Error("the promoted service does not run")
	}
	// Made again at once: the new one is connected after the old one is gone.
	if _, err := h.link("search-us", "search-eu"); err != nil {
		t.Fatal(err)
	}
	release()
	h.eventually("integration runs again", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	calls := h.platform.callsSoFar()
	if last := calls[len(calls)-1]; last != "connect search-eu to acme_search-us" {
		t.Errorf("the last platform call is %q", last)
	}
}

func TestIntegration_AcrossProjects(t *testing.T) {
	h := newHarness(t)
	h.plane.AddProject("emea")
	h.running("search-us", "business-4")
	status, answer := h.raw("POST", "/v1/project/emea/service", map[string]any{
		"service_name": "search-eu", "service_type": "opensearch", "plan": "business-4", "cloud": "aws-eu-west-1",
		"service_integrations": []map[string]any{{
			"integration_type": "opensearch_cross_cluster_replication", "source_project": project, "source_service": "search-us",
		}},
	})
	if status != 200 {
		t.Fatalf("POST: %d %v", status, answer)
	}
	h.eventually("connected under the alias of the leader's project", func() bool {
		return h.platform.called("connect search-eu to acme_search-us")
	})
	list, err := h.client.ServiceIntegrationList(h.ctx(), "emea", "search-eu")
	if err != nil || len(list) != 1 || list[0].SourceProject != project || list[0].DestProject != "emea" {
		t.Fatalf("the follower's integrations: %v %+v", err, list)
	}
	for _, side := range []string{project, "emea"} {
		if _, err := h.client.ServiceIntegrationGet(h.ctx(), side, list[0].ServiceIntegrationId); err != nil {
			t.Errorf("seen from %s: %v", side, err)
		}
	}
}

func TestIntegration_ConnectsAgainUntilItSucceeds(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4")
	h.platform.failNext("connect", 1_000_000)
	if _, err := h.link("search-us", "search-eu"); err != nil {
		t.Fatal(err)
	}
	h.eventually("shown as failed", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeFailed })
	h.platform.failNext("connect", 0)
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
}

// Aiven's platform continues until the follower is what was asked for.
func TestIntegration_DisconnectsAgainUntilItSucceeds(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4", "search-us")
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	h.platform.failNext("disconnect", 3)
	if err := h.plane.DeleteIntegration(ref("search-us"), ref("search-eu")); err != nil {
		t.Fatal(err)
	}
	h.eventually("the fourth attempt", func() bool {
		return len(h.platform.callsSoFar()) == len([]string{"start", "start", "connect", "1", "2", "3", "4"})
	})
	h.settle("search-eu")
	if err := h.plane.RecycleNode(h.ctx(), ref("search-eu")); err != nil {
		t.Fatal(err)
	}
	if calls := h.platform.callsSoFar(); calls[len(calls)-1] != "recycle search-eu" || len(calls) != 8 {
		t.Errorf("platform calls %q: want no fifth attempt", calls)
	}
}

func TestBehaviour_OfAProject(t *testing.T) {
	h := newHarness(t, func(o *controlplane.Options) { o.Behaviour = controlplane.BehaviourOld })
	h.plane.AddProject("new")
	h.plane.SetBehaviour("new", controlplane.BehaviourNew)
	if h.plane.Behaviour(project) != controlplane.BehaviourOld || h.plane.Behaviour("new") != controlplane.BehaviourNew {
		t.Errorf("behaviours %s, %s", h.plane.Behaviour(project), h.plane.Behaviour("new"))
	}
	h.running("search-us", "business-4")
	if _, err := h.create("search-eu", "business-8", "search-us"); err == nil || !strings.Contains(err.Error(), "must have the plan of leader") {
		t.Errorf("the old product allows a larger plan: %v", err)
	}
}
