// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// Service is a service of the Aiven API with the cluster behind it.
type Service struct {
	*Endpoint
	ref controlplane.ServiceRef
}

// Ref names the service for the switches of the control plane.
func (s *Service) Ref() controlplane.ServiceRef { return s.ref }

// Project is the service's project.
func (s *Service) Project() string { return s.ref.Project }

// Name is the service's name.
func (s *Service) Name() string { return s.ref.Name }

// ServiceOption sets a field of the request that creates a service.
type ServiceOption func(request map[string]any)

// InCloud chooses the cloud; the default is aws-us-east-1.
func InCloud(name string) ServiceOption {
	return func(request map[string]any) { request["cloud"] = name }
}

// WithVersion chooses the version that the API shows, like "2.17". The node is of the sandbox's own
// version all the same.
func WithVersion(version string) ServiceOption {
	return WithUserConfig("opensearch_version", version)
}

// WithUserConfig sets a key of the service's user_config.
func WithUserConfig(key string, value any) ServiceOption {
	return func(request map[string]any) {
		config, ok := request["user_config"].(map[string]any)
		if !ok {
			config = map[string]any{}
			request["user_config"] = config
		}
		config[key] = value
	}
}

// Protected switches the termination protection on.
func Protected() ServiceOption {
	return func(request map[string]any) { request["termination_protection"] = true }
}

// Following makes the service a follower of a leader in the same project.
func Following(leader string) ServiceOption {
	return func(request map[string]any) {
		request["service_integrations"] = []any{map[string]any{
			"integration_type": "opensearch_cross_cluster_replication",
			"source_service":   leader,
			"user_config":      map[string]any{},
		}}
	}
}

// CreateService creates an OpenSearch service by the Aiven API and waits until it is RUNNING.
func (s *Sandbox) CreateService(ctx context.Context, project, name, plan string, options ...ServiceOption) (*Service, error) {
	request := map[string]any{
		"service_type": "opensearch", "service_name": name, "plan": plan, "cloud": "aws-us-east-1",
	}
	for _, option := range options {
		option(request)
	}
	s.options.Progress("creating service %s/%s", project, name)
	if err := s.callAPI(ctx, http.MethodPost, "/project/"+project+"/service", request, nil); err != nil {
		return nil, fmt.Errorf("create service %s/%s: %w", project, name, err)
	}
	ref := controlplane.ServiceRef{Project: project, Name: name}
	if err := s.awaitSettled(ctx, ref); err != nil {
		return nil, fmt.Errorf("create service %s: %w", ref, err)
	}
	service, ok := s.Service(project, name)
	if !ok {
		return nil, fmt.Errorf("create service %s: it was deleted meanwhile", ref)
	}
	return service, nil
}

// awaitSettled waits until a service runs, with a line of progress every few seconds.
func (s *Sandbox) awaitSettled(ctx context.Context, ref controlplane.ServiceRef) error {
	began := time.Now()
	settled := make(chan error, 1)
	go func() { settled <- s.plane.AwaitSettled(ctx, ref) }()
	tick := time.NewTicker(3 * time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-settled:
			return err
		case <-tick.C:
			s.options.Progress("still creating service %s, its node starts (%s)", ref, time.Since(began).Round(time.Second))
		}
	}
}

// Service returns a service whose node was started; false if there is none.
func (s *Sandbox) Service(project, name string) (*Service, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	service, ok := s.services[controlplane.ServiceRef{Project: project, Name: name}]
	return service, ok
}

// callAPI sends one request to the Aiven API and decodes the answer into out unless that is nil.
func (s *Sandbox) callAPI(ctx context.Context, method, path string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.url+"/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "aivenv1 "+s.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %s: %w", method, path, response.Status, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %.500s", method, path, response.Status, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: %w in %.500s", method, path, err, answer)
	}
	return nil
}
