// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// CreateService is the service to create. What is empty is left to the API.
type CreateService struct {
	Project string
	Name    string
	Plan    string
	Cloud   string
	// Version is the OpenSearch version; it goes into UserConfig's opensearch_version.
	Version string
	// Leader makes the service a follower of that service.
	Leader                *ServiceRef
	TerminationProtection bool
	VPCID                 string
	Maintenance           *Window
	DiskSpaceMB           int
	Tags                  map[string]string
	UserConfig            map[string]any
}

// clockSkew is how much the API's clock may be behind this machine's.
const clockSkew = time.Minute

// CreateService starts to create an OpenSearch service. A service of that name
// that existed before is an error. Where the answer to this very request was
// lost, the service is looked for and adopted; the error is an [*UnknownOutcome]
// where it cannot be found out whether it was created.
//
// A request that was sent and the search for its outcome run to their end
// although the context has ended, for at most two minutes each: the caller gets
// the service and can save it. When the context has ended before a request was
// sent, none is sent.
func (c *Client) CreateService(ctx context.Context, want CreateService) (Service, error) {
	if err := named(want.Project, want.Name); err != nil {
		return Service{}, err
	}
	began := c.clock.Now()
	x := c.exchange(want.Project, ServiceRef{want.Project, want.Name}.object())
	x.pairs, x.outlives = want.Leader != nil, true
	made, err := x.createService(ctx, want.body())
	if err == nil || !x.lost {
		return made, err
	}
	return c.adoptService(ctx, want, began, err)
}

func (x *exchange) createService(ctx context.Context, in *service.ServiceCreateIn) (Service, error) {
	out, err := x.api().ServiceCreate(ctx, x.project, in)
	if err != nil {
		return Service{}, x.failure(err)
	}
	return x.service((*service.ServiceOut)(out))
}

func (want CreateService) body() *service.ServiceCreateIn {
	in := &service.ServiceCreateIn{
		ServiceName: want.Name, ServiceType: ccr.ServiceTypeOpenSearch, Plan: want.Plan,
		Cloud: given(want.Cloud), ProjectVpcId: given(want.VPCID), DiskSpaceMb: given(want.DiskSpaceMB),
		TerminationProtection: &want.TerminationProtection, Maintenance: want.Maintenance.body(),
	}
	if len(want.Tags) > 0 {
		in.Tags = &want.Tags
	}
	config := map[string]any{}
	maps.Copy(config, want.UserConfig)
	if want.Version != "" {
		config["opensearch_version"] = want.Version
	}
	if len(config) > 0 {
		in.UserConfig = &config
	}
	if want.Leader != nil {
		link := service.ServiceIntegrationIn{
			IntegrationType: replicationType, SourceService: &want.Leader.Name, UserConfig: &map[string]any{},
		}
		if want.Leader.Project != want.Project {
			link.SourceProject = given(want.Leader.Project)
		}
		in.ServiceIntegrations = &[]service.ServiceIntegrationIn{link}
	}
	return in
}

func (w *Window) body() *service.MaintenanceIn {
	if w == nil {
		return nil
	}
	return &service.MaintenanceIn{Dow: service.DowType(w.Day), Time: given(w.Time)}
}

// given is nil for what is not given.
func given[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// adoptService looks for the service of a request whose answer was lost. The
// request is not repeated.
func (c *Client) adoptService(ctx context.Context, want CreateService, began time.Time, lost error) (Service, error) {
	ref := ServiceRef{want.Project, want.Name}
	var found Service
	err := c.findOut(ctx, "until "+ref.object()+" shows up", func(ctx context.Context) (poll.Look, error) {
		var err error
		found, err = c.Service(ctx, ref.Project, ref.Name)
		if IsNotFound(err) {
			return poll.Look{Progress: "the API says that it does not exist"}, nil
		}
		return poll.Look{Done: true}, err
	})
	if err != nil {
		return Service{}, &UnknownOutcome{Object: ref.object(), ImportID: ref.String(), Lost: withHint(lost, ""), Err: err}
	}
	if reason := want.differs(found, began); reason != "" {
		return Service{}, withHint(lost, fmt.Sprintf("Service %s exists, but %s: it is not what this request created and is not touched. "+
			"Bring it under Terraform with `terraform import ADDRESS %s`, or choose another service_name", ref, reason, ref))
	}
	c.log(ctx, "adopted the service of a request whose answer was lost", map[string]any{"service": ref.String()})
	return found, nil
}

// differs says why a service is not the one that was asked for, or "".
func (want CreateService) differs(found Service, began time.Time) string {
	switch {
	case found.Type != ccr.ServiceTypeOpenSearch:
		return fmt.Sprintf("its type is %s", found.Type)
	case found.Plan != want.Plan:
		return fmt.Sprintf("its plan is %s", found.Plan)
	case want.Cloud != "" && found.Cloud != want.Cloud:
		return fmt.Sprintf("its cloud is %s", found.Cloud)
	case found.Created.Before(began.Add(-clockSkew)):
		return "it was created on " + found.Created.UTC().Format(time.RFC3339)
	}
	return ""
}

// withHint replaces what to do.
func withHint(err error, hint string) error {
	e := asError(err)
	if e == nil {
		return err
	}
	e.Hint = hint
	return e
}
