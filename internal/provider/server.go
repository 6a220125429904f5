// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Server answers Terraform's requests to the provider of this version. It is the
// framework's server (v1.19), but for one thing: that one keeps the context of each
// request until the process ends, with its loggers and all else that hangs on it.
// A plan of 1,000 replications makes 5,000 requests and kept 100 MB of them.
func Server(version string) tfprotov6.ProviderServer {
	s := providerserver.NewProtocol6(New(version)())()
	lists, able := s.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // until its methods are moved, which is announced
	if !able {                                                  // only by a change of the framework
		return s
	}
	return server{lists}
}

// server lets go of the context of each request that there is one of for each resource.
type server struct {
	tfprotov6.ProviderServerWithListResource
}

func (s server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return answered(ctx, req, s.ProviderServerWithListResource.ValidateResourceConfig)
}

func (s server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return answered(ctx, req, s.ProviderServerWithListResource.UpgradeResourceState)
}

func (s server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return answered(ctx, req, s.ProviderServerWithListResource.UpgradeResourceIdentity)
}

func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return answered(ctx, req, s.ProviderServerWithListResource.ReadResource)
}

func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return answered(ctx, req, s.ProviderServerWithListResource.PlanResourceChange)
}

func (s server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return answered(ctx, req, s.ProviderServerWithListResource.ApplyResourceChange)
}

func (s server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return answered(ctx, req, s.ProviderServerWithListResource.ImportResourceState)
}

func answered[Request, Response any](ctx context.Context, req Request, answer func(context.Context, Request) (Response, error)) (Response, error) {
	r := &request{}
	r.within.Store(&ctx)
	defer r.within.Store(&over) //nolint:contextcheck // that is the point of it
	return answer(r, req)       //nolint:contextcheck // it is ctx as long as that takes
}

// request is the context of a request until it is answered; then it is [over].
type request struct {
	within atomic.Pointer[context.Context]
}

// over is what is left of the context of a request that was answered.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (r *request) Deadline() (time.Time, bool) { return (*r.within.Load()).Deadline() }
func (r *request) Done() <-chan struct{}       { return (*r.within.Load()).Done() }
func (r *request) Err() error                  { return (*r.within.Load()).Err() }
func (r *request) Value(key any) any           { return (*r.within.Load()).Value(key) }
