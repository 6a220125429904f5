// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import "net/http"

// The routes of this file are Aiven's too, but not in the part of its API
// description that the project has.

// organization is the one that every project belongs to. It has no VPC.
const organization = "org-sandbox"

// AddVPC gives a project a VPC in a cloud.
func (c *ControlPlane) AddVPC(project, id, cloud string) {
	c.inProject(project, func(p *tenant) { p.vpcs[id] = cloud })
}

func (c *ControlPlane) getVPC(call *call) (object, *apiError) {
	cloud, there := call.project.vpcs[call.id]
	if !there {
		return nil, noVPC(call.id)
	}
	return object{"project_vpc_id": call.id, "cloud_name": cloud, "state": "ACTIVE", "network_cidr": "10.0.0.0/24"}, nil
}

func (c *ControlPlane) getProject(call *call) (object, *apiError) {
	return object{"project": object{"project_name": call.project.name, "organization_id": organization}}, nil
}

// getOrganizationVPC answers outside of every project.
func (c *ControlPlane) getOrganizationVPC(w http.ResponseWriter, r *http.Request) {
	if !c.knowsToken(r) {
		writeError(w, refuse(c.options.Texts.BadToken))
		return
	}
	writeError(w, noVPC(r.PathValue("id")))
}

func noVPC(id string) *apiError {
	return &apiError{status: http.StatusNotFound, message: "VPC " + id + " does not exist"}
}

// checkVPC evaluates whether a service can be in a VPC.
func (c *ControlPlane) checkVPC(s *service) *apiError {
	if s.vpc == nil {
		return nil
	}
	cloud, there := c.projects[s.ref.Project].vpcs[*s.vpc]
	switch {
	case !there:
		return badRequest("Invalid project_vpc_id: VPC " + *s.vpc + " does not exist")
	case cloud != s.cloud:
		return badRequest("Invalid project_vpc_id: VPC " + *s.vpc + " is in cloud " + cloud)
	}
	return nil
}
