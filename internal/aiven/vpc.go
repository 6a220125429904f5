// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"

	"github.com/aiven/go-client-codegen/handler/organizationvpc"
	"github.com/aiven/go-client-codegen/handler/project"
	"github.com/aiven/go-client-codegen/handler/vpc"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// VPC reads a VPC that services of a project can be in: one of the project, or
// of the project's organization.
func (c *Client) VPC(ctx context.Context, inProject, id string) (ccr.VPC, error) {
	if err := named(inProject, id); err != nil {
		return ccr.VPC{}, err
	}
	x := c.exchange(inProject, "VPC "+id+" of project "+inProject).ofVPC(id)
	handler := vpc.NewHandler(x)
	out, err := handler.VpcGet(ctx, inProject, id)
	if err == nil {
		return ccr.VPC{ID: id, Clouds: []string{out.CloudName}}, nil
	}
	err = x.failure(err)
	if !IsNotFound(err) {
		return ccr.VPC{}, err
	}
	organization, projectErr := c.organization(ctx, inProject)
	switch {
	case projectErr != nil:
		return ccr.VPC{}, projectErr
	case organization == "":
		return ccr.VPC{}, err
	}
	return c.organizationVPC(ctx, inProject, organization, id)
}

// organization is the ID of the organization that a project belongs to; empty for none.
func (c *Client) organization(ctx context.Context, name string) (string, error) {
	x := c.exchange(name, "project "+name).ofProject()
	handler := project.NewHandler(x)
	out, err := handler.ProjectGet(ctx, name)
	if err != nil {
		return "", x.failure(err)
	}
	return out.OrganizationId, nil
}

func (c *Client) organizationVPC(ctx context.Context, inProject, organization, id string) (ccr.VPC, error) {
	x := c.exchange(inProject, "VPC "+id+" of organization "+organization).ofVPC(id)
	handler := organizationvpc.NewHandler(x)
	out, err := handler.OrganizationVpcGet(ctx, organization, id)
	if err != nil {
		return ccr.VPC{}, x.failure(err)
	}
	found := ccr.VPC{ID: id}
	for _, c := range out.Clouds {
		found.Clouds = append(found.Clouds, c.CloudName)
	}
	return found, nil
}
