// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// CreateService is what to make. What is empty is left to the API.
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

// CreateService starts the making of an OpenSearch service. A service of that
// name that is there already is an error, except where the answer to this very
// request was lost on its way: then the service is adopted.
func (c *Client) CreateService(ctx context.Context, want CreateService) (Service, error) {
	if err := named(want.Project, want.Name); err != nil {
		return Service{}, err
	}
	began := c.clock.Now()
	x := c.exchange(want.Project, ServiceRef{want.Project, want.Name}.object())
	x.pairs = want.Leader != nil
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

// adoptionPauses lie between the reads that look for what a lost answer made.
var adoptionPauses = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}

// adoptService looks for the service of a request whose answer was lost. The
// request is not repeated: where the service does not show up, the error stays.
func (c *Client) adoptService(ctx context.Context, want CreateService, began time.Time, lost error) (Service, error) {
	ref := ServiceRef{want.Project, want.Name}
	const unknown = "Whether the service was made is not known. Apply again; if it exists by then, the error says how to import it"
	for try := 0; ; try++ {
		found, err := c.Service(ctx, ref.Project, ref.Name)
		if err == nil {
			if reason := want.differs(found, began); reason != "" {
				return Service{}, withHint(lost, fmt.Sprintf("Service %s exists, but %s: it is not what this request made and is not touched. "+
					"Bring it under Terraform with `terraform import ADDRESS %s`, or choose another service_name", ref, reason, ref))
			}
			c.log(ctx, "adopted the service of a request whose answer was lost", map[string]any{"service": ref.String()})
			return found, nil
		}
		if !IsNotFound(err) || try == len(adoptionPauses) {
			if !IsNotFound(err) {
				lost = withCause(lost, err)
			}
			return Service{}, withHint(lost, unknown)
		}
		if err := c.clock.Sleep(ctx, adoptionPauses[try]); err != nil {
			return Service{}, withHint(withCause(lost, err), unknown)
		}
	}
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
		return "it was made on " + found.Created.UTC().Format(time.RFC3339)
	}
	return ""
}

// withHint replaces what to do; withCause adds a reason.
func withHint(err error, hint string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	e.Hint = hint
	return e
}

func withCause(err, cause error) error {
	var e *Error
	if !errors.As(err, &e) {
		return errors.Join(err, cause)
	}
	if e.Cause != nil {
		cause = fmt.Errorf("%w; then %w", e.Cause, cause)
	}
	e.Cause = cause
	return e
}
