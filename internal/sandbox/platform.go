// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"fmt"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// platform is what the control plane drives: nodes.
type platform struct{ *Sandbox }

var _ controlplane.Platform = platform{}

// StartService starts a service's node, or starts it again on its data. All nodes are of the sandbox's own
// version: what a version means to the rules of the product is the control plane's matter.
func (p platform) StartService(ctx context.Context, ref controlplane.ServiceRef, _ string) (controlplane.Endpoint, error) {
	if service, ok := p.Service(ref.Project, ref.Name); ok {
		if err := service.Restart(ctx); err != nil {
			return controlplane.Endpoint{}, err
		}
		p.delayDataPlane(service)
		return service.address(), nil
	}
	endpoint, err := p.startEndpoint(ctx, ref.Name, nil, gateway.Options{
		Username:             "avnadmin",
		Password:             "AVNS_" + random(12),
		BlockClusterSettings: true,
	})
	if err != nil {
		return controlplane.Endpoint{}, err
	}
	service := &Service{Endpoint: endpoint, ref: ref}
	p.mu.Lock()
	p.services[ref] = service
	p.mu.Unlock()
	p.delayDataPlane(service)
	return service.address(), nil
}

// delayDataPlane is called right before the service says RUNNING.
func (p platform) delayDataPlane(service *Service) {
	p.mu.Lock()
	period := p.dataPlane[service.ref.Project]
	p.mu.Unlock()
	if period > 0 {
		service.gateway.Unavailable(period)
	}
}

// address is the endpoint as the Aiven API shows it.
func (e *Endpoint) address() controlplane.Endpoint {
	addr := e.gateway.Addr()
	return controlplane.Endpoint{
		Scheme: "http", Host: addr.IP.String(), Port: addr.Port,
		Username: e.username, Password: e.password,
	}
}

// StopService powers the node off.
func (p platform) StopService(ctx context.Context, ref controlplane.ServiceRef) error {
	service, err := p.find(ref)
	if err != nil {
		return err
	}
	return service.node.Shutdown(ctx)
}

// DeleteService ends the node and removes its data.
func (p platform) DeleteService(ctx context.Context, ref controlplane.ServiceRef) error {
	p.mu.Lock()
	service, ok := p.services[ref]
	delete(p.services, ref)
	p.mu.Unlock()
	if !ok {
		return nil
	}
	return service.close(ctx)
}

// RecycleService restarts the node.
func (p platform) RecycleService(ctx context.Context, ref controlplane.ServiceRef) error {
	service, err := p.find(ref)
	if err != nil {
		return err
	}
	return service.Restart(ctx)
}

func (p platform) find(ref controlplane.ServiceRef) (*Service, error) {
	service, ok := p.Service(ref.Project, ref.Name)
	if !ok {
		return nil, fmt.Errorf("service %s has no node", ref)
	}
	return service, nil
}

// pair finds leader and follower.
func (p platform) pair(leader, follower controlplane.ServiceRef) (l, f *Service, err error) {
	if l, err = p.find(leader); err != nil {
		return nil, nil, err
	}
	f, err = p.find(follower)
	return l, f, err
}
