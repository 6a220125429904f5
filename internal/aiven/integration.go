// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"slices"
	"strings"

	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

const replicationType = service.IntegrationTypeOpensearchCrossClusterReplication

// Integration states of the API.
const (
	IntegrationFailed   = string(service.IntegrationStatusTypeFailed)
	IntegrationInactive = string(service.IntegrationStatusTypeInactive)
	IntegrationRunning  = string(service.IntegrationStatusTypeRunning)
	IntegrationStarting = string(service.IntegrationStatusTypeStarting)
	IntegrationUnknown  = string(service.IntegrationStatusTypeUnknown)
)

// Integration is the link of cross-cluster replication between two services.
type Integration struct {
	ID       string
	Leader   ServiceRef
	Follower ServiceRef
	// Active is set when the link is in use.
	Active bool
	// Status is one of the Integration constants, or empty where the API gives none.
	Status string
	// StatusMessage is the API's description of the status with its errors.
	StatusMessage string
	// Warnings is what the API complained of while it did what was asked.
	Warnings []string
}

// Failed reports whether the API says that the integration does not work, and
// why: "its status is failed (leader not reachable)". The status is failed, or
// inactive, as it is while one of the two services is powered off. An unknown
// status and one that is new to this provider are no failure; the reason is set
// for them too, so that a caller need not wait for long. It is empty while the
// integration starts or runs.
func (i Integration) Failed() (reason string, failed bool) {
	switch i.Status {
	case "", IntegrationStarting, IntegrationRunning:
		return "", false
	}
	reason = "its status is " + i.Status
	if i.StatusMessage != "" {
		reason += " (" + i.StatusMessage + ")"
	}
	return reason, i.Status == IntegrationFailed || i.Status == IntegrationInactive
}

func newIntegration(from *service.ServiceIntegrationOut) Integration {
	out := Integration{
		ID:       from.ServiceIntegrationId,
		Leader:   ServiceRef{Project: from.SourceProject, Name: from.SourceService},
		Follower: ServiceRef{Project: from.DestProject, Name: value(from.DestService)},
		Active:   from.Active,
	}
	if s := from.IntegrationStatus; s != nil {
		out.Status = string(s.State.Status)
		texts := slices.DeleteFunc(append([]string{s.StatusUserDesc}, s.State.Errors...), func(t string) bool { return t == "" })
		out.StatusMessage = strings.Join(texts, "; ")
	}
	return out
}

// Integrations lists the replication integrations of a service, in both
// directions, those of other types left out.
func (c *Client) Integrations(ctx context.Context, project, name string) ([]Integration, error) {
	if err := named(project, name); err != nil {
		return nil, err
	}
	x := c.exchange(project, "integrations of "+ServiceRef{project, name}.object()).ofService(name)
	list, err := x.api().ServiceIntegrationList(ctx, project, name)
	if err != nil {
		return nil, x.failure(err)
	}
	if len(x.warnings) > 0 {
		return nil, x.said(x.warnings)
	}
	if list == nil {
		return nil, x.missing("service_integrations")
	}
	out := []Integration{}
	for i := range list {
		if list[i].IntegrationType == replicationType {
			out = append(out, newIntegration(&list[i]))
		}
	}
	return out, nil
}

// Integration reads one integration. It can be not found for a moment after it
// was made.
func (c *Client) Integration(ctx context.Context, project, id string) (Integration, error) {
	if err := named(project, id); err != nil {
		return Integration{}, err
	}
	x := c.exchange(project, "integration "+project+"/"+id).ofIntegration(id)
	out, err := x.api().ServiceIntegrationGet(ctx, project, id)
	if err != nil {
		return Integration{}, x.failure(err)
	}
	return x.integration((*service.ServiceIntegrationOut)(out))
}

// integration is the integration of an answer, which must hold one.
func (x *exchange) integration(out *service.ServiceIntegrationOut) (Integration, error) {
	if out.ServiceIntegrationId == "" {
		return Integration{}, x.missing("service_integration")
	}
	i := newIntegration(out)
	i.Warnings = x.warningTexts()
	return i, nil
}

// CreateIntegration links a follower to its leader. An integration that existed
// before is an error. Where the answer to this very request was lost, the one
// between the two is looked for and adopted; the error is an [*UnknownOutcome]
// where it cannot be found out whether it was created. It outlives its context
// as [Client.CreateService] does.
func (c *Client) CreateIntegration(ctx context.Context, leader, follower ServiceRef) (Integration, error) {
	if err := named(leader.Project, leader.Name, follower.Project, follower.Name); err != nil {
		return Integration{}, err
	}
	x := c.exchange(follower.Project, "integration of leader "+leader.String()+" and follower "+follower.String())
	x.pairs, x.outlives = true, true
	made, err := x.createIntegration(ctx, leader, follower)
	if err == nil || !x.lost {
		return made, err
	}
	return c.adoptIntegration(ctx, leader, follower, x.object, err)
}

func (x *exchange) createIntegration(ctx context.Context, leader, follower ServiceRef) (Integration, error) {
	in := &service.ServiceIntegrationCreateIn{
		IntegrationType: replicationType, SourceService: &leader.Name, DestService: &follower.Name,
	}
	if leader.Project != follower.Project {
		in.SourceProject, in.DestProject = &leader.Project, &follower.Project
	}
	out, err := x.api().ServiceIntegrationCreate(ctx, follower.Project, in)
	if err != nil {
		return Integration{}, x.failure(err)
	}
	return x.integration((*service.ServiceIntegrationOut)(out))
}

// adoptIntegration looks for the integration of a request whose answer was lost.
func (c *Client) adoptIntegration(ctx context.Context, leader, follower ServiceRef, object string, lost error) (Integration, error) {
	var found Integration
	err := c.findOut(ctx, "until the "+object+" shows up", func(ctx context.Context) (poll.Look, error) {
		list, err := c.Integrations(ctx, follower.Project, follower.Name)
		at := slices.IndexFunc(list, func(i Integration) bool { return i.Leader == leader && i.Follower == follower })
		if err != nil || at < 0 {
			return poll.Look{Progress: "the follower does not list it"}, err
		}
		found = list[at]
		return poll.Look{Done: true}, nil
	})
	if err != nil {
		return Integration{}, &UnknownOutcome{Object: "the " + object, ImportID: leader.String() + "/" + follower.String(), Lost: withHint(lost, ""), Err: err}
	}
	c.log(ctx, "adopted the integration of a request whose answer was lost", map[string]any{"integration": found.ID})
	return found, nil
}

// DeleteIntegration unlinks the follower, or finds that there is no such integration.
func (c *Client) DeleteIntegration(ctx context.Context, d ccr.Destruction) error {
	project, id := d.Integration()
	if !d.Permits() || id == "" {
		return notPermitted("delete an integration", d)
	}
	if err := named(project, id); err != nil {
		return err
	}
	x := c.exchange(project, "integration "+project+"/"+id).ofIntegration(id)
	return x.deleted(x.api().ServiceIntegrationDelete(ctx, project, id))
}
