// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"encoding/json"
	"strconv"
	"strings"
)

// updateBody is what PUT service takes; what is left out stays as it is.
type updateBody struct {
	Cloud       *string         `json:"cloud"`
	DiskMB      *int            `json:"disk_space_mb"`
	Maintenance *window         `json:"maintenance"`
	Plan        *string         `json:"plan"`
	Powered     *bool           `json:"powered"`
	VPC         json.RawMessage `json:"project_vpc_id"` // null moves the service out of its VPC
	Protected   *bool           `json:"termination_protection"`
	UserConfig  map[string]any  `json:"user_config"`
}

func (c *ControlPlane) updateService(call *call) (object, *apiError) {
	s, refused := c.lookup(call.ref())
	if refused != nil {
		return nil, refused
	}
	var body updateBody
	if err := call.decode(&body); err != nil {
		return nil, err
	}
	// A refused change must leave nothing half done, so it is tried on a copy.
	changed := *s
	if err := c.apply(&changed, body); err != nil {
		return nil, err
	}
	c.adopt(s, &changed)
	return object{"service": c.serviceView(s, false), "message": "updated"}, nil
}

// apply makes the changes that the body asks for, or says why not.
func (c *ControlPlane) apply(s *service, body updateBody) *apiError {
	if body.Protected != nil {
		s.protected = *body.Protected
	}
	if err := s.setWindow(body.Maintenance); err != nil {
		return err
	}
	if err := c.applyPlace(s, body); err != nil {
		return err
	}
	if err := s.applyVPC(body.VPC); err != nil {
		return err
	}
	if err := c.checkVPC(s); err != nil {
		return err
	}
	if err := c.applyConfig(s, body.UserConfig); err != nil {
		return err
	}
	return c.applyPower(s, body.Powered)
}

func (c *ControlPlane) applyPlace(s *service, body updateBody) *apiError {
	if body.Plan == nil && body.Cloud == nil && body.DiskMB == nil {
		return nil
	}
	if body.Cloud != nil {
		s.cloud = *body.Cloud
	}
	asked := 0
	if body.Plan != nil && *body.Plan != s.plan {
		s.plan = *body.Plan
	} else {
		asked = s.diskMB
	}
	if body.DiskMB != nil {
		asked = *body.DiskMB
	}
	if err := c.checkPlace(s.plan, s.cloud); err != nil {
		return err
	}
	// The same-plan rule holds when a pair is made only; the tiers always do.
	if len(c.linksOf(s.ref)) > 0 {
		if err := c.checkTier(s); err != nil {
			return err
		}
	}
	var err *apiError
	s.diskMB, err = c.disk(s.plan, asked)
	return err
}

func (s *service) applyVPC(raw json.RawMessage) *apiError {
	if raw == nil {
		return nil
	}
	var id *string
	if err := json.Unmarshal(raw, &id); err != nil {
		return badRequest("Invalid project_vpc_id: " + err.Error())
	}
	s.vpc = id
	return nil
}

func (c *ControlPlane) applyConfig(s *service, change map[string]any) *apiError {
	if change == nil {
		return nil
	}
	config := mergeConfig(s.userConfig, change)
	if s.hasNode() {
		if _, given := config["opensearch_version"]; !given {
			config["opensearch_version"] = s.version
		}
		version, err := c.versionOf(config)
		if err != nil {
			return err
		}
		if older(version, s.version) {
			return refuse(c.options.Texts.Downgrade, "version", version, "service", s.ref.Name)
		}
		s.version = version
	}
	s.userConfig = config
	return nil
}

func (c *ControlPlane) applyPower(s *service, powered *bool) *apiError {
	if powered == nil || *powered == s.powered {
		return nil
	}
	if !*powered {
		if s.protected {
			return refuse(c.options.Texts.Protected, "service", s.ref.Name)
		}
		if followers := c.followersOf(s.ref); followers != nil {
			return refuse(c.options.Texts.LeaderPowerOff, "leader", s.ref.Name, "follower", strings.Join(followers, ", "))
		}
	}
	s.powered = *powered
	return nil
}

// adopt takes over what apply changed and lets the platform do it.
func (c *ControlPlane) adopt(s, changed *service) {
	moved := s.plan != changed.plan || s.cloud != changed.cloud || s.diskMB != changed.diskMB || !sameVPC(s.vpc, changed.vpc)
	if moved && s.powered && changed.powered {
		s.rebuilds++
	}
	s.protected, s.window, s.powered = changed.protected, changed.window, changed.powered
	s.plan, s.cloud, s.diskMB, s.vpc = changed.plan, changed.cloud, changed.diskMB, changed.vpc
	s.userConfig, s.version = changed.userConfig, changed.version
	s.failure = nil
	s.updated = c.options.Now().UTC()
	s.poke()
}

func sameVPC(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// older reports whether version a is before b; versions are numbers with dots.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		an, errA := strconv.Atoi(as[i])
		bn, errB := strconv.Atoi(bs[i])
		if errA != nil || errB != nil || an != bn {
			return errA == nil && errB == nil && an < bn
		}
	}
	return false
}
