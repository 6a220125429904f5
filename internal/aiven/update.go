// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"maps"

	"github.com/aiven/go-client-codegen/handler/service"
)

// UpdateService is what to change of a service; nil is left as it is.
type UpdateService struct {
	Project               string
	Name                  string
	Plan                  *string
	Cloud                 *string
	TerminationProtection *bool
	// VPCID moves the service into a VPC, with "" out of it.
	VPCID       *string
	Maintenance *Window
	DiskSpaceMB *int
	// UserConfig is laid over the present one; null takes a setting back.
	UserConfig map[string]any
	// Powered false powers the service off; true powers it on.
	Powered *bool
	// Tags replace all tags.
	Tags map[string]string
}

// UpdateService starts the changes; the service's state tells when they are
// done. The API has tags apart from the rest: an error after the rest was
// changed comes with the changed service.
func (c *Client) UpdateService(ctx context.Context, change UpdateService) (Service, error) {
	// Read first, also for its error: the body of an update always holds the
	// VPC, and without one it would move the service out of its own.
	current, err := c.Service(ctx, change.Project, change.Name)
	if err != nil {
		return Service{}, err
	}
	if in := change.body(); in != nil {
		if in.ProjectVpcId == nil && change.VPCID == nil {
			in.ProjectVpcId = given(current.VPCID)
		}
		if current, err = c.putService(ctx, current, in); err != nil {
			return Service{}, err
		}
	}
	if change.Tags == nil {
		return current, nil
	}
	x := c.exchange(change.Project, "tags of "+current.object()).ofService(change.Name)
	err = x.api().ProjectServiceTagsReplace(ctx, change.Project, change.Name, &service.ProjectServiceTagsReplaceIn{Tags: change.Tags})
	if err == nil && len(x.warnings) > 0 {
		err = x.said(x.warnings)
	}
	if err != nil {
		return current, x.failure(err)
	}
	current.Tags = maps.Clone(change.Tags)
	return current, nil
}

func (c *Client) putService(ctx context.Context, current Service, in *service.ServiceUpdateIn) (Service, error) {
	x := c.exchange(current.Project, current.object()).ofService(current.Name)
	out, err := x.api().ServiceUpdate(ctx, current.Project, current.Name, in)
	if err != nil {
		return Service{}, x.failure(err)
	}
	updated, err := x.service((*service.ServiceOut)(out))
	if err != nil {
		return Service{}, err
	}
	// The answer to an update has no secrets; an update changes none.
	if updated.Connection.Password == "" && updated.Host == current.Host {
		updated.Connection.Password = current.Connection.Password
	}
	return updated, nil
}

// body is nil where nothing but tags changes.
func (change UpdateService) body() *service.ServiceUpdateIn {
	in := &service.ServiceUpdateIn{
		Plan: change.Plan, Cloud: change.Cloud, TerminationProtection: change.TerminationProtection,
		Maintenance: change.Maintenance.body(), DiskSpaceMb: change.DiskSpaceMB, Powered: change.Powered,
	}
	if change.UserConfig != nil {
		in.UserConfig = &change.UserConfig
	}
	if *in == (service.ServiceUpdateIn{}) && change.VPCID == nil {
		return nil
	}
	if change.VPCID != nil {
		in.ProjectVpcId = given(*change.VPCID)
	}
	return in
}
