// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import "slices"

// refusedTiers have no replication, by the old and the new wording of Aiven's
// product page together.
var refusedTiers = []string{"free", "hobbyist", "startup", "developer"}

// minMemoryPercent is the least memory of a follower's node, of its leader's.
const minMemoryPercent = 80

// checkPair holds the product's rules against a leader, and a follower that
// exists or is about to.
func (c *ControlPlane) checkPair(leaderRef ServiceRef, follower *service) *apiError {
	texts := c.options.Texts
	if leaderRef == follower.ref {
		return refuse(texts.Self, "service", follower.ref.Name)
	}
	if c.projects[follower.ref.Project].ccrDisabled {
		return refuse(texts.CCRDisabled, "project", follower.ref.Project)
	}
	leader, refused := c.lookup(leaderRef)
	if refused != nil {
		return refused
	}
	exists := follower.ctx != nil
	for _, s := range []*service{leader, follower} {
		if !s.hasNode() {
			return refuse(texts.NotOpenSearch, "service", s.ref.Name)
		}
		if (exists || s == leader) && (!s.powered || s.deleted) {
			return refuse(texts.NotRunning, "service", s.ref.Name)
		}
		if err := c.checkTier(s); err != nil {
			return err
		}
		if err := c.checkKind(s); err != nil {
			return err
		}
		if !slices.Contains(ccrVersions, s.version) {
			return refuse(texts.NoCCR, "version", s.version, "service", s.ref.Name)
		}
	}
	if err := c.checkPaths(leaderRef, follower.ref); err != nil {
		return err
	}
	if leader.version != follower.version {
		return refuse(texts.DifferentVersion, "follower", follower.ref.Name, "leader", leaderRef.Name,
			"version", follower.version, "leader_version", leader.version)
	}
	return c.checkPlans(leader, follower)
}

// checkPaths refuses a pair that is there already, and chains.
func (c *ControlPlane) checkPaths(leader, follower ServiceRef) *apiError {
	for _, l := range c.links {
		switch {
		case l.removed:
		case l.leader == leader && l.follower == follower:
			return refuse(c.options.Texts.Paired, "leader", leader.Name, "follower", follower.Name)
		case l.follower == leader:
			return refuse(c.options.Texts.Chain, "service", leader.Name)
		case l.leader == follower:
			return refuse(c.options.Texts.Chain, "service", follower.Name)
		}
	}
	return nil
}

func (c *ControlPlane) checkTier(s *service) *apiError {
	if slices.Contains(refusedTiers, tier(s.plan)) {
		return refuse(c.options.Texts.Tier, "plan", s.plan, "service", s.ref.Name)
	}
	return nil
}

// checkKind refuses forks, read replicas and tiered storage, on either side.
func (c *ControlPlane) checkKind(s *service) *apiError {
	tiered, _ := s.userConfig["tiered_storage"].(map[string]any)
	isTiered, _ := tiered["enabled"].(bool)
	switch {
	case s.userConfig["service_to_fork_from"] != nil:
		return refuse(c.options.Texts.Fork, "service", s.ref.Name)
	case s.replicaOf != "":
		return refuse(c.options.Texts.ReadReplica, "service", s.ref.Name)
	case isTiered:
		return refuse(c.options.Texts.Tiered, "service", s.ref.Name)
	}
	return nil
}

func (c *ControlPlane) checkPlans(leader, follower *service) *apiError {
	if leader.plan == follower.plan {
		return nil
	}
	refusal := c.options.Texts.SmallerPlan
	if c.samePlanOnly(follower.ref.Project) {
		refusal = c.options.Texts.DifferentPlan
	} else {
		l, _ := c.plan(leader.plan)
		f, _ := c.plan(follower.plan)
		if f.Nodes >= l.Nodes && f.MemoryMB*100 >= l.MemoryMB*minMemoryPercent {
			return nil
		}
	}
	return refuse(refusal, "follower", follower.ref.Name, "leader", leader.ref.Name,
		"plan", follower.plan, "leader_plan", leader.plan)
}

func (c *ControlPlane) samePlanOnly(project string) bool {
	if c.options.PlanRule == PlanByBehaviour {
		return c.projects[project].behaviour == BehaviourOld
	}
	return c.options.PlanRule == PlanSame
}
