// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"maps"
	"slices"
	"strings"
)

func (c *ControlPlane) listServices(call *call) (object, *apiError) {
	views := []object{}
	for _, name := range slices.Sorted(maps.Keys(call.project.services)) {
		if s := call.project.services[name]; !s.lost {
			views = append(views, c.serviceView(s, false))
		}
	}
	return object{"services": views}, nil
}

func (c *ControlPlane) getService(call *call) (object, *apiError) {
	s, refused := c.lookup(call.ref())
	if refused != nil {
		return nil, refused
	}
	if call.secrets && call.project.secretsHidden && !call.project.secretsRedacted {
		return nil, refuse(c.options.Texts.HiddenSecrets)
	}
	if call.secrets && call.project.secretsHidden {
		hidden := *s
		if hidden.endpoint.Host != "" {
			hidden.endpoint.Password = "<redacted>"
		}
		s = &hidden
	}
	return object{"service": c.serviceView(s, call.secrets)}, nil
}

func (c *ControlPlane) deleteService(call *call) (object, *apiError) {
	s, refused := c.lookup(call.ref())
	if refused != nil {
		return nil, refused
	}
	if s.protected {
		return nil, refuse(c.options.Texts.Protected, "service", s.ref.Name)
	}
	if followers := c.followersOf(s.ref); followers != nil {
		return nil, refuse(c.options.Texts.LeaderDelete, "leader", s.ref.Name, "follower", strings.Join(followers, ", "))
	}
	c.removeService(s)
	return object{"message": "deleted"}, nil
}

// startMaintenance recycles the node, as installing an update does.
func (c *ControlPlane) startMaintenance(call *call) (object, *apiError) {
	s, refused := c.lookup(call.ref())
	if refused != nil {
		return nil, refused
	}
	if !s.powered {
		return nil, refuse(c.options.Texts.NotRunning, "service", s.ref.Name)
	}
	s.requestRecycle()
	return object{"message": "Maintenance updates scheduled"}, nil
}

func (s *service) requestRecycle() chan error {
	done := make(chan error, 1)
	s.recycling++
	s.recycles = append(s.recycles, done)
	s.poke()
	return done
}

func (c *ControlPlane) listTypes(call *call) (object, *apiError) {
	return c.serviceTypesAnswer(call.project), nil
}

func (c *ControlPlane) listPlans(call *call) (object, *apiError) {
	if call.project.plansForbidden {
		return nil, refuse(c.options.Texts.PlansForbidden, "project", call.project.name)
	}
	if _, known := serviceTypes[call.kind]; !known {
		return nil, refuse(c.options.Texts.BadType, "service", call.kind)
	}
	return object{"service_plans": c.servicePlans(call.project, call.kind)}, nil
}

type tagsBody struct {
	Tags map[string]*string `json:"tags"`
}

func (c *ControlPlane) listTags(call *call) (object, *apiError) {
	s, refused := c.lookup(call.ref())
	if refused != nil {
		return nil, refused
	}
	return object{"tags": tagsView(s)}, nil
}

func (c *ControlPlane) replaceTags(call *call) (object, *apiError) {
	return c.changeTags(call, func(*service) map[string]string { return map[string]string{} })
}

func (c *ControlPlane) updateTags(call *call) (object, *apiError) {
	return c.changeTags(call, tagsView)
}

// changeTags lays the body's tags over a base; null takes a tag away.
func (c *ControlPlane) changeTags(call *call, base func(*service) map[string]string) (object, *apiError) {
	s, refused := c.lookup(call.ref())
	if refused != nil {
		return nil, refused
	}
	var body tagsBody
	if err := call.decode(&body); err != nil {
		return nil, err
	}
	tags := base(s)
	for key, value := range body.Tags {
		if value == nil {
			delete(tags, key)
			continue
		}
		tags[key] = *value
	}
	s.tags, s.updated = tags, c.options.Now().UTC()
	return object{"message": "updated"}, nil
}
