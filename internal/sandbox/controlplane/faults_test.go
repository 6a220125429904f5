// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	aiven "github.com/aiven/go-client-codegen"
	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

func TestFaults_FailNextIsScoped(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4")
	match := controlplane.Match{Project: project, Service: "search-us", Operation: controlplane.ServiceGet}
	h.plane.FailNext(match, 2, controlplane.RateLimited(28))
	h.get("search-eu")
	if _, err := h.client.ServiceList(h.ctx(), project); err != nil {
		t.Error(err)
	}
	for range 2 {
		_, err := h.client.ServiceGet(h.ctx(), project, "search-us")
		wantRefusal(t, err, 429, "Rate limit 120 exceeded - try again in 28s")
	}
	h.get("search-us")
	h.plane.FailNext(match, 100, controlplane.Failure{Status: 502, HTML: "<html>Bad Gateway</html>"})
	_, err := h.client.ServiceGet(h.ctx(), project, "search-us")
	wantRefusal(t, err, 502, "<html>Bad Gateway</html>")
	h.plane.ClearFaults(project)
	h.get("search-us")
}

func TestFaults_ClientRetriesAFailureOfTheAPI(t *testing.T) {
	h := newHarness(t)
	h.client = h.newClient(3)
	h.plane.FailNext(controlplane.Match{Project: project, Operation: controlplane.ServiceCreate}, 2, controlplane.Unavailable())
	h.running("search-us", "business-4")
	var posts []int
	for _, r := range h.plane.Requests(project) {
		if r.Operation == controlplane.ServiceCreate {
			posts = append(posts, r.Status)
		}
	}
	if !slices.Equal(posts, []int{503, 503, 200}) {
		t.Errorf("POSTs were answered %v", posts)
	}
}

func TestFaults_LostAnswerLeadsToAConflict(t *testing.T) {
	h := newHarness(t)
	h.client = h.newClient(3)
	h.plane.LoseAnswers(controlplane.Match{Project: project, Service: "search-us", Operation: controlplane.ServiceCreate}, 1)
	_, err := h.create("search-us", "business-4")
	if !aiven.IsAlreadyExists(err) {
		t.Errorf("create with a lost answer: %v, want the 409 of the client's second attempt", err)
	}
	h.settle("search-us")
	requests := h.plane.Requests(project)
	if requests[0].Status != 0 || requests[1].Status != 409 || requests[0].String() != "POST /v1/project/acme/service" {
		t.Errorf("requests %+v", requests)
	}
	h.plane.ResetRequests(project)
	if n := len(h.plane.Requests(project)); n != 0 {
		t.Errorf("%d requests after the reset", n)
	}
}

func TestFaults_SuccessWithErrors(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.plane.AnswerWithErrors(controlplane.Match{Project: project, Service: "search-us"}, 1, "part of it failed")
	status, answer := h.raw("GET", "/v1/project/acme/service/search-us", nil)
	list, _ := answer["errors"].([]any)
	if status != 200 || answer["service"] == nil || len(list) != 1 || list[0].(map[string]any)["message"] != "part of it failed" {
		t.Errorf("%d %v", status, answer["errors"])
	}
}

func TestFaults_SlowBuild(t *testing.T) {
	h := newHarness(t)
	const slow = 100 * time.Millisecond
	h.plane.SlowBuild(controlplane.ServiceRef{Project: project}, slow)
	start := time.Now()
	h.running("search-us", "business-4")
	if took := time.Since(start); took < slow {
		t.Errorf("built in %s", took)
	}
}

func TestFaults_NodeThatDoesNotStart(t *testing.T) {
	h := newHarness(t)
	h.platform.failNext("start", 1)
	if _, err := h.create("search-us", "business-4"); err != nil {
		t.Fatal(err)
	}
	err := h.plane.AwaitSettled(h.ctx(), ref("search-us"))
	if err == nil || !strings.Contains(err.Error(), "start failed") {
		t.Errorf("got %v", err)
	}
	if got := h.get("search-us").State; got != service.ServiceStateTypeRebuilding {
		t.Errorf("state %s", got)
	}
	if err := h.client.ServiceDelete(h.ctx(), project, "search-us"); err != nil {
		t.Fatal(err)
	}
	h.eventually("deleted all the same", func() bool { return h.platform.called("delete search-us") })
}

func TestFaults_CCRNotEnabled(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.plane.DisableCCR(project, true)
	_, err := h.create("search-eu", "business-4", "search-us")
	wantRefusal(t, err, 403, "not enabled for project acme")
	h.plane.DisableCCR(project, false)
	h.running("search-eu", "business-4", "search-us")
}

func TestFaults_PlansAndProjectForbidden(t *testing.T) {
	h := newHarness(t)
	const path = "/v1/project/acme/service-types/opensearch/plans"
	if status, answer := h.raw("GET", path, nil); status != 200 || len(answer["service_plans"].([]any)) < 10 {
		t.Errorf("plans: %d", status)
	}
	h.plane.ForbidPlans(project, true)
	if status, _ := h.raw("GET", path, nil); status != 403 {
		t.Errorf("plans without write permission: %d", status)
	}
	if _, err := h.client.ListProjectServiceTypes(h.ctx(), project); err != nil {
		t.Errorf("service types need no write permission: %v", err)
	}
	h.plane.ForbidProject(project, true)
	_, err := h.client.ListProjectServiceTypes(h.ctx(), project)
	wantRefusal(t, err, 403, "Not a project member")
}

func TestFaults_IntegrationHiddenAtFirst(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4")
	h.plane.HideNewIntegrations(project, 2)
	made, err := h.link("search-us", "search-eu")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := h.client.ServiceIntegrationGet(h.ctx(), project, made.ServiceIntegrationId)
		wantRefusal(t, err, 404, "Service integration not found")
	}
	if _, err := h.client.ServiceIntegrationGet(h.ctx(), project, made.ServiceIntegrationId); err != nil {
		t.Error(err)
	}
}

func TestFaults_NodeRecycle(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	release := h.platform.block("recycle")
	done := make(chan error, 1)
	go func() { done <- h.plane.RecycleNode(h.ctx(), ref("search-us")) }()
	h.eventually("REBALANCING", func() bool { return h.get("search-us").State == service.ServiceStateTypeRebalancing })
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := h.get("search-us").State; got != service.ServiceStateTypeRunning {
		t.Errorf("state %s after the recycle", got)
	}
	h.platform.failNext("recycle", 1)
	if err := h.plane.RecycleNode(h.ctx(), ref("search-us")); err == nil {
		t.Error("the platform's error is lost")
	}
}

func TestFaults_ServiceLost(t *testing.T) {
	h := newHarness(t)
	h.plane.SetDelays(project, controlplane.Delays{Deletion: time.Hour})
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4", "search-us")
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	if err := h.plane.LoseService(h.ctx(), ref("search-us")); err != nil {
		t.Fatal(err)
	}
	if _, err := h.client.ServiceGet(h.ctx(), project, "search-us"); !aiven.IsNotFound(err) {
		t.Errorf("the lost service: %v", err)
	}
	if got := h.linkStatus("search-eu"); got != "" {
		t.Errorf("the follower's integration with the lost leader is %s", got)
	}
	if err := h.plane.LoseService(h.ctx(), ref("search-us")); err == nil {
		t.Error("a service can be lost twice")
	}
}

func TestFaults_ByHand(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4", "search-us")
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })

	release, err := h.plane.HoldIntegration(ref("search-us"), ref("search-eu"), "failed", "no route")
	if got := h.linkStatus("search-eu"); err != nil || got != service.IntegrationStatusTypeFailed {
		t.Errorf("held integration is %s, %v", got, err)
	}
	release()
	release, err = h.plane.HoldState(ref("search-us"), "REBUILDING")
	if got := h.get("search-us").State; err != nil || got != service.ServiceStateTypeRebuilding {
		t.Errorf("held service is %s, %v", got, err)
	}
	release()

	if err := h.plane.SetPower(ref("search-us"), false); err != nil {
		t.Fatal(err)
	}
	h.settle("search-us")
	if got := h.get("search-us").State; got != service.ServiceStateTypePoweroff {
		t.Errorf("state %s of a leader that was powered off by hand", got)
	}
	if got := h.linkStatus("search-eu"); got != service.IntegrationStatusTypeInactive {
		t.Errorf("integration is %s with the leader off", got)
	}
	if err := h.plane.DeleteIntegration(ref("search-us"), ref("search-eu")); err != nil {
		t.Fatal(err)
	}
	h.eventually("disconnected", func() bool { return h.platform.called("disconnect search-eu from acme_search-us") })
	if err := h.plane.DeleteIntegration(ref("search-us"), ref("search-eu")); err == nil {
		t.Error("an integration can be deleted twice")
	}
}

func TestDelays(t *testing.T) {
	const delay = 100 * time.Millisecond
	h := newHarness(t, func(o *controlplane.Options) {
		o.Delays = controlplane.Delays{Integration: delay, Deletion: delay}
	})
	h.running("search-us", "business-4")
	start := time.Now()
	h.running("search-eu", "business-4", "search-us")
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	if took := time.Since(start); took < delay {
		t.Errorf("integration runs after %s", took)
	}
	start = time.Now()
	if err := h.client.ServiceDelete(h.ctx(), project, "search-eu"); err != nil {
		t.Fatal(err)
	}
	h.eventually("404", func() bool {
		_, err := h.client.ServiceGet(h.ctx(), project, "search-eu")
		return aiven.IsNotFound(err)
	})
	if took := time.Since(start); took < delay {
		t.Errorf("404 after %s", took)
	}
}

func TestClose_EndsWhatRuns(t *testing.T) {
	h := newHarness(t)
	h.platform.block("start")
	if _, err := h.create("search-us", "business-4"); err != nil {
		t.Fatal(err)
	}
	h.plane.Close() // hangs where a platform call is not cancelled
	_, err := h.create("search-eu", "business-4")
	var refusal aiven.Error
	if !errors.As(err, &refusal) || refusal.Status != 503 {
		t.Errorf("after Close: %v", err)
	}
}
