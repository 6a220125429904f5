// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	aiven "github.com/aiven/go-client-codegen"
	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

func TestConnection_AppearsAfterTheIntegrationIsActive(t *testing.T) {
	h := newHarness(t)
	const delay = 300 * time.Millisecond
	h.plane.SetDelays(project, controlplane.Delays{Connection: delay})
	h.running("search-us", "business-4")
	began := time.Now()
	h.running("search-eu", "business-4", "search-us")
	h.eventually("connected", func() bool { return h.platform.called("connect search-eu to acme_search-us") })
	if took := time.Since(began); took < delay {
		t.Errorf("connected after %s, want not before %s", took, delay)
	}
	if got := h.linkStatus("search-eu"); got != service.IntegrationStatusTypeRunning {
		t.Errorf("integration is %s", got)
	}
}

func TestConnection_ThatIsDueLaterHoldsNothingUp(t *testing.T) {
	h := newHarness(t)
	h.plane.SetDelays(project, controlplane.Delays{Connection: time.Hour})
	h.running("search-us", "business-4")
	h.running("search-eu", "business-4", "search-us")
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	// The service does other things meanwhile.
	if err := h.plane.RecycleNode(h.ctx(), ref("search-eu")); err != nil {
		t.Error(err)
	}
	if err := h.plane.DeleteIntegration(ref("search-us"), ref("search-eu")); err != nil {
		t.Fatal(err)
	}
	if err := h.client.ServiceDelete(h.ctx(), project, "search-eu"); err != nil {
		t.Fatal(err)
	}
	h.eventually("deleted", func() bool { return h.platform.called("delete search-eu") })
	for _, call := range h.platform.callsSoFar() {
		if strings.Contains(call, "connect") {
			t.Errorf("platform call %q", call)
		}
	}
}

func TestFaults_IntegrationThatFails(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	h.plane.FailNewIntegrations(project, "no route to search-us")
	h.running("search-eu", "business-4", "search-us")
	h.eventually("failed", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeFailed })
	list, err := h.client.ServiceIntegrationList(h.ctx(), project, "search-eu")
	if err != nil {
		t.Fatal(err)
	}
	if got := list[0]; got.Active || !slices.Equal(got.IntegrationStatus.State.Errors, []string{"no route to search-us"}) {
		t.Errorf("the failed integration: active %v, %+v", got.Active, got.IntegrationStatus)
	}
	// Removed and created again without the fault it runs.
	h.plane.FailNewIntegrations(project, "")
	if err := h.client.ServiceIntegrationDelete(h.ctx(), project, list[0].ServiceIntegrationId); err != nil {
		t.Fatal(err)
	}
	if _, err := h.link("search-us", "search-eu"); err != nil {
		t.Fatal(err)
	}
	h.eventually("integration runs", func() bool { return h.linkStatus("search-eu") == service.IntegrationStatusTypeRunning })
	if h.platform.called("disconnect search-eu from acme_search-us") {
		t.Error("what never was connected was disconnected")
	}
}

func TestFaults_AnswerHeldWhileTheClientGivesUp(t *testing.T) {
	h := newHarness(t)
	hold := h.plane.HoldAnswer(controlplane.Match{Project: project, Operation: controlplane.ServiceCreate})
	ctx, interrupt := context.WithCancel(h.ctx())
	created := make(chan error, 1)
	go func() {
		_, err := h.client.ServiceCreate(ctx, project, &service.ServiceCreateIn{
			ServiceName: "search-us", ServiceType: "opensearch", Plan: "business-4", Cloud: new("aws-eu-west-1"),
		})
		created <- err
	}()
	<-hold.Arrived()
	h.settle("search-us") // though nobody was told of it yet
	select {
	case err := <-created:
		t.Fatalf("answered before the release: %v", err)
	default:
	}
	interrupt()
	if err := <-created; !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	hold.Release()
	h.get("search-us")
	if _, err := h.create("search-eu", "business-4"); err != nil {
		t.Errorf("the next POST: %v", err)
	}
}

func TestFaults_AnswerHeldUntilItsRelease(t *testing.T) {
	h := newHarness(t)
	match := controlplane.Match{Project: project, Operation: controlplane.ServiceCreate}
	for name, release := range map[string]func(*controlplane.Hold){
		"search-us": (*controlplane.Hold).Release,
		"search-eu": func(*controlplane.Hold) { h.plane.ClearFaults(project) },
	} {
		hold := h.plane.HoldAnswer(match)
		if name == "search-us" {
			go func() { <-hold.Arrived(); release(hold) }()
		} else {
			release(hold)
		}
		if _, err := h.create(name, "business-4"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDelays_OfAllAnswers(t *testing.T) {
	h := newHarness(t)
	const delay = 100 * time.Millisecond
	h.plane.SetDelays(project, controlplane.Delays{Answer: delay})
	for name, ask := range map[string]func() error{
		"success": func() error { _, err := h.create("search-us", "business-4"); return err },
		"refusal": func() error {
			if err := h.client.ServiceDelete(h.ctx(), project, "nobody"); !aiven.IsNotFound(err) {
				return err
			}
			return nil
		},
	} {
		began := time.Now()
		if err := ask(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took < delay {
			t.Errorf("%s after %s", name, took)
		}
	}
}

func TestUserConfig_ShownInAnotherForm(t *testing.T) {
	h := newHarness(t)
	h.plane.ShowUserConfig(project, func(config map[string]any) map[string]any {
		if config["max_clause_count"] == 2048.0 {
			config["max_clause_count"] = "2048"
		}
		config["added"] = true
		return config
	})
	h.running("search-us", "business-4")
	if err := h.update("search-us", service.ServiceUpdateIn{UserConfig: &map[string]any{"max_clause_count": 2048}}); err != nil {
		t.Fatal(err)
	}
	got := h.get("search-us").UserConfig
	if got["max_clause_count"] != "2048" || got["added"] != true {
		t.Errorf("user_config %v", got)
	}
	h.plane.ShowUserConfig(project, nil)
	if got := h.get("search-us").UserConfig; got["max_clause_count"] != 2048.0 || got["added"] != nil {
		t.Errorf("user_config %v, want it as it was sent", got)
	}
}

func TestFaults_ReadsRefused(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	for status, text := range map[int]string{401: "Invalid token", 403: "Not a project member"} {
		h.plane.FailReads(project, status)
		_, err := h.client.ServiceGet(h.ctx(), project, "search-us")
		wantRefusal(t, err, status, text)
		_, err = h.client.ServiceIntegrationList(h.ctx(), project, "search-us")
		wantRefusal(t, err, status, text)
		if err := h.update("search-us", service.ServiceUpdateIn{TerminationProtection: new(false)}); err != nil {
			t.Errorf("a change while reads answer %d: %v", status, err)
		}
	}
	h.plane.FailReads(project, 0)
	h.get("search-us")
}

// Only one of the two means that the service is gone.
func TestNotFound_OfAProjectIsNotThatOfAService(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	_, err := h.client.ServiceGet(h.ctx(), project, "search-eu")
	wantRefusal(t, err, 404, "Service search-eu does not exist")
	h.plane.HideProject(project, true)
	_, err = h.client.ServiceGet(h.ctx(), project, "search-us")
	wantRefusal(t, err, 404, "Project acme does not exist")
	_, err = h.client.ServiceGet(h.ctx(), "nowhere", "search-us")
	wantRefusal(t, err, 404, "Project nowhere does not exist")
	h.plane.HideProject(project, false)
	h.get("search-us")
}

func TestService_CreationTimeTellsOneFromTheNext(t *testing.T) {
	h := newHarness(t)
	h.running("search-us", "business-4")
	first := h.get("search-us").CreateTime
	if err := h.update("search-us", service.ServiceUpdateIn{Plan: new("business-8")}); err != nil {
		t.Fatal(err)
	}
	h.settle("search-us")
	if err := h.plane.RecycleNode(h.ctx(), ref("search-us")); err != nil {
		t.Fatal(err)
	}
	if got := h.get("search-us").CreateTime; !got.Equal(first) {
		t.Errorf("created %s, before the update %s", got, first)
	}
	if err := h.client.ServiceDelete(h.ctx(), project, "search-us"); err != nil {
		t.Fatal(err)
	}
	h.eventually("deleted", func() bool {
		_, err := h.client.ServiceGet(h.ctx(), project, "search-us")
		return aiven.IsNotFound(err)
	})
	h.running("search-us", "business-4")
	if got := h.get("search-us").CreateTime; !got.After(first) {
		t.Errorf("the second of the name was created %s, the first %s", got, first)
	}
}
