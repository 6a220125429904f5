// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"cmp"
	"net/http"
	"regexp"
)

// createBody is what POST service takes.
type createBody struct {
	Cloud        string            `json:"cloud"`
	DiskMB       int               `json:"disk_space_mb"`
	Maintenance  *window           `json:"maintenance"`
	Plan         string            `json:"plan"`
	VPC          *string           `json:"project_vpc_id"`
	Name         string            `json:"service_name"`
	Kind         string            `json:"service_type"`
	Integrations []linkBody        `json:"service_integrations"`
	Tags         map[string]string `json:"tags"`
	Protected    bool              `json:"termination_protection"`
	UserConfig   map[string]any    `json:"user_config"`
}

// nameGrammar is Aiven's for the names of services.
var nameGrammar = regexp.MustCompile(`^[a-z][-a-z0-9]{0,63}$`)

// defaultWindow is what a service gets that asks for none.
var defaultWindow = window{DOW: "sunday", Time: "04:00:00"}

func (c *ControlPlane) createService(call *call) (object, *apiError) {
	var body createBody
	if err := call.decode(&body); err != nil {
		return nil, err
	}
	ref := ServiceRef{call.project.name, body.Name}
	if !nameGrammar.MatchString(body.Name) {
		return nil, refuse(c.options.Texts.BadName, "service", body.Name)
	}
	if _, taken := call.project.services[body.Name]; taken {
		return nil, refuse(c.options.Texts.Exists, "service", body.Name)
	}
	s, refused := c.newService(ref, body)
	if refused != nil {
		return nil, refused
	}
	leaders, refused := c.leadersOf(s, body.Integrations)
	if refused != nil {
		return nil, refused
	}
	c.addService(s)
	for i, leader := range leaders {
		c.addLink(leader, s, body.Integrations[i].UserConfig, call.project)
	}
	return object{"service": c.serviceView(s, false), "message": "created"}, nil
}

// newService makes a service of what the body says, or refuses.
func (c *ControlPlane) newService(ref ServiceRef, body createBody) (*service, *apiError) {
	if _, known := serviceTypes[body.Kind]; !known {
		return nil, refuse(c.options.Texts.BadType, "service", ref.Name)
	}
	s := &service{
		ref: ref, kind: body.Kind, plan: body.Plan, cloud: cmp.Or(body.Cloud, DefaultClouds[0]), vpc: body.VPC,
		tags: body.Tags, protected: body.Protected, window: defaultWindow, version: "-",
		userConfig: mergeConfig(map[string]any{"ip_filter": []string{"0.0.0.0/0"}}, body.UserConfig),
	}
	if err := c.checkPlace(s.plan, s.cloud); err != nil {
		return nil, err
	}
	if err := c.checkVPC(s); err != nil {
		return nil, err
	}
	var err *apiError
	if s.diskMB, err = c.disk(s.plan, body.DiskMB); err != nil {
		return nil, err
	}
	if err := s.setWindow(body.Maintenance); err != nil {
		return nil, err
	}
	if s.hasNode() {
		if s.version, err = c.versionOf(s.userConfig); err != nil {
			return nil, err
		}
		s.userConfig["opensearch_version"] = s.version
	}
	return s, nil
}

// leadersOf checks the integrations of a service that does not exist yet.
func (c *ControlPlane) leadersOf(s *service, bodies []linkBody) ([]ServiceRef, *apiError) {
	var leaders []ServiceRef
	for _, body := range bodies {
		leader, _, err := body.ends(s.ref.Project)
		if err != nil {
			return nil, err
		}
		if err := c.checkPair(leader, s); err != nil {
			return nil, err
		}
		leaders = append(leaders, leader)
	}
	return leaders, nil
}

// versionOf reads opensearch_version of a user_config.
func (c *ControlPlane) versionOf(config map[string]any) (string, *apiError) {
	value, given := config["opensearch_version"]
	if !given {
		return c.options.DefaultVersion, nil
	}
	version, isString := value.(string)
	if !isString {
		return "", badRequest("Invalid 'user_config': opensearch_version is not a string")
	}
	return version, c.checkVersion(version)
}

// disk is the disk space of a service: what is asked for, within what the plan
// allows, or the plan's.
func (c *ControlPlane) disk(plan string, asked int) (int, *apiError) {
	p, _ := c.plan(plan)
	if asked == 0 {
		return p.DiskMB, nil
	}
	if asked < p.DiskMB || asked > maxDisk(p) || (asked-p.DiskMB)%diskStepMB != 0 {
		return 0, refuse(c.options.Texts.BadDisk, "plan", plan)
	}
	return asked, nil
}

var timeOfDay = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$`)

var weekdays = map[string]bool{
	"monday": true, "tuesday": true, "wednesday": true, "thursday": true,
	"friday": true, "saturday": true, "sunday": true, "never": true,
}

func (s *service) setWindow(asked *window) *apiError {
	if asked == nil {
		return nil
	}
	w := window{DOW: cmp.Or(asked.DOW, s.window.DOW), Time: cmp.Or(asked.Time, s.window.Time)}
	if !weekdays[w.DOW] || !timeOfDay.MatchString(w.Time) {
		return badRequest("Invalid maintenance window: " + w.DOW + " " + w.Time)
	}
	s.window = w
	return nil
}

func badRequest(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, message: message}
}
