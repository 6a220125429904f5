// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import "cmp"

// linkBody is what POST integration takes, and what service_integrations of a
// new service are made of.
type linkBody struct {
	Type          string         `json:"integration_type"`
	SourceProject string         `json:"source_project"`
	SourceService string         `json:"source_service"`
	DestProject   string         `json:"dest_project"`
	DestService   string         `json:"dest_service"`
	UserConfig    map[string]any `json:"user_config"`
}

// ends are leader and follower; projects that are left out are the path's.
func (b linkBody) ends(project string) (leader, follower ServiceRef, err *apiError) {
	if b.Type != typeReplication {
		return leader, follower, badRequest("The sandbox has integrations of type " + typeReplication + " only, not " + b.Type)
	}
	if b.SourceService == "" {
		return leader, follower, badRequest("source_service is missing")
	}
	leader = ServiceRef{cmp.Or(b.SourceProject, project), b.SourceService}
	return leader, ServiceRef{cmp.Or(b.DestProject, project), b.DestService}, nil
}

func (c *ControlPlane) createLink(call *call) (object, *apiError) {
	var body linkBody
	if err := call.decode(&body); err != nil {
		return nil, err
	}
	leader, dest, err := body.ends(call.project.name)
	if err != nil {
		return nil, err
	}
	follower, err := c.lookup(dest)
	if err != nil {
		return nil, err
	}
	if err := c.checkPair(leader, follower); err != nil {
		return nil, err
	}
	l := c.addLink(leader, follower, body.UserConfig, call.project)
	return c.linkAnswer(l), nil
}

func (c *ControlPlane) listLinks(call *call) (object, *apiError) {
	s, refused := c.lookup(call.ref())
	if refused != nil {
		return nil, refused
	}
	return object{"service_integrations": c.linkViews(s.ref)}, nil
}

func (c *ControlPlane) getLink(call *call) (object, *apiError) {
	l, refused := c.linkOf(call)
	if refused != nil {
		return nil, refused
	}
	if l.hidden > 0 {
		l.hidden--
		return nil, refuse(c.options.Texts.NoIntegration, "project", call.project.name)
	}
	return c.linkAnswer(l), nil
}

func (c *ControlPlane) updateLink(call *call) (object, *apiError) {
	l, refused := c.linkOf(call)
	if refused != nil {
		return nil, refused
	}
	var body linkBody
	if err := call.decode(&body); err != nil {
		return nil, err
	}
	l.userConfig = mergeConfig(l.userConfig, body.UserConfig)
	return c.linkAnswer(l), nil
}

func (c *ControlPlane) deleteLink(call *call) (object, *apiError) {
	l, refused := c.linkOf(call)
	if refused != nil {
		return nil, refused
	}
	c.removeLink(l)
	return object{"message": "deleted"}, nil
}

// linkOf finds the integration of the path; both its projects see it.
func (c *ControlPlane) linkOf(call *call) (*link, *apiError) {
	for _, l := range c.links {
		seen := l.leader.Project == call.project.name || l.follower.Project == call.project.name
		if l.id == call.id && seen && !l.removed {
			return l, nil
		}
	}
	return nil, refuse(c.options.Texts.NoIntegration, "project", call.project.name)
}
