// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	aiven "github.com/aiven/go-client-codegen"
	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

const (
	token   = "token-of-the-test"
	project = "acme"
)

// harness is a control plane behind HTTP, with everything that passes held to
// the contract, and Aiven's own client in front of it.
type harness struct {
	t        *testing.T
	platform *fakePlatform
	plane    *controlplane.ControlPlane
	contract *contract
	url      string
	client   aiven.Client
}

func newHarness(t *testing.T, change ...func(*controlplane.Options)) *harness {
	t.Helper()
	h := &harness{t: t, platform: newFakePlatform(t)}
	options := controlplane.Options{
		Token: token, Platform: h.platform, RetryEvery: time.Millisecond,
		Log: func(format string, args ...any) { t.Logf(format, args...) },
	}
	for _, c := range change {
		c(&options)
	}
	h.plane = controlplane.New(options)
	h.plane.AddProject(project)
	h.contract = holdToContract(t, h.plane)
	server := httptest.NewServer(h.contract)
	h.url = server.URL
	t.Cleanup(func() {
		server.Close()
		h.plane.Close()
		if h.contract.validated == 0 {
			t.Error("no answer of this test was held to the contract")
		}
	})
	h.client = h.newClient(0)
	return h
}

func (h *harness) newClient(retries int) aiven.Client {
	h.t.Helper()
	client, err := aiven.NewClient(aiven.HostOpt(h.url), aiven.TokenOpt(token), aiven.UserAgentOpt("test"),
		aiven.RetryMaxOpt(retries), aiven.RetryWaitMinOpt(time.Millisecond), aiven.RetryWaitMaxOpt(2*time.Millisecond))
	if err != nil {
		h.t.Fatal(err)
	}
	return client
}

func (h *harness) ctx() context.Context { return h.t.Context() }

func ref(name string) controlplane.ServiceRef {
	return controlplane.ServiceRef{Project: project, Name: name}
}

// create makes a service through Aiven's client; leaders make it a follower.
func (h *harness) create(name, plan string, leaders ...string) (*service.ServiceCreateOut, error) {
	in := &service.ServiceCreateIn{
		ServiceName: name, ServiceType: "opensearch", Plan: plan, Cloud: new("aws-eu-west-1"),
		UserConfig: &map[string]any{"opensearch_version": "2.19"},
	}
	if len(leaders) > 0 {
		var list []service.ServiceIntegrationIn
		for _, leader := range leaders {
			list = append(list, service.ServiceIntegrationIn{
				IntegrationType: service.IntegrationTypeOpensearchCrossClusterReplication, SourceService: &leader,
			})
		}
		in.ServiceIntegrations = &list
	}
	return h.client.ServiceCreate(h.ctx(), project, in)
}

// running makes a service and waits until it runs.
func (h *harness) running(name, plan string, leaders ...string) {
	h.t.Helper()
	if _, err := h.create(name, plan, leaders...); err != nil {
		h.t.Fatal(err)
	}
	h.settle(name)
}

func (h *harness) settle(name string) {
	h.t.Helper()
	if err := h.plane.AwaitSettled(h.ctx(), ref(name)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) get(name string) *service.ServiceGetOut {
	h.t.Helper()
	out, err := h.client.ServiceGet(h.ctx(), project, name, service.ServiceGetIncludeSecrets(true))
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h *harness) update(name string, in service.ServiceUpdateIn) error {
	_, err := h.client.ServiceUpdate(h.ctx(), project, name, &in)
	return err
}

// link pairs two services that exist.
func (h *harness) link(leader, follower string) (*service.ServiceIntegrationCreateOut, error) {
	return h.client.ServiceIntegrationCreate(h.ctx(), project, &service.ServiceIntegrationCreateIn{
		IntegrationType: service.IntegrationTypeOpensearchCrossClusterReplication,
		SourceService:   &leader, DestService: &follower,
	})
}

// linkStatus is the status of a service's only integration, "" where it has none.
func (h *harness) linkStatus(name string) service.IntegrationStatusType {
	h.t.Helper()
	list, err := h.client.ServiceIntegrationList(h.ctx(), project, name)
	if err != nil {
		h.t.Fatal(err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[0].IntegrationStatus.State.Status
}

// eventually waits for what happens in the background.
func (h *harness) eventually(what string, is func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if is() {
			return
		}
	}
	h.t.Fatalf("not within 10 s: %s; platform calls so far: %q", what, h.platform.callsSoFar())
}

// raw sends a request without Aiven's client.
func (h *harness) raw(method, path string, body any, header ...string) (int, map[string]any) {
	h.t.Helper()
	data, isText := body.(string)
	if body != nil && !isText {
		encoded, err := json.Marshal(body)
		if err != nil {
			h.t.Fatal(err)
		}
		data = string(encoded)
	}
	r, err := http.NewRequestWithContext(h.ctx(), method, h.url+path, bytes.NewBufferString(data))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "aivenv1 "+token)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(read, &out); err != nil {
		h.t.Fatalf("%s %s: %d is not JSON: %s", method, path, answer.StatusCode, read)
	}
	return answer.StatusCode, out
}
