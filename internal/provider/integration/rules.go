// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// rules are the rules of two services that exist, or will when the integration
// is created: two requests to the API, one or two for plans that are given, one to
// each cluster for the sizes of its indices where a pair is created, and, where a
// pair is created or its patterns change, those that look for collisions on the
// follower.
type rules struct {
	lookup *pair.Lookup
	plan   model
	// prior is nil where the pair is to be created.
	prior *model
	// reverses: the two are linked the other way round, which ends before.
	reverses bool
}

// verdict is what the rules found.
type verdict struct {
	checks []ccr.Check
	// linked: the integration exists already.
	linked bool
	// creation says what the creation copies; empty where there is no leader yet.
	creation string
}

// evaluate checks the rules. At apply (strict) both services must exist; at
// plan they may be created by the same apply.
func (i rules) evaluate(ctx context.Context, strict bool) (verdict, error) {
	p := i.plan.pair()
	v := verdict{checks: ccr.CheckDistinct("follower_service_name", p.Leader.String(), p.Follower.String())}
	if i.prior == nil {
		v.checks = append(v.checks, ccr.CheckFirstMode("desired_state", i.plan.Mode())...)
	}
	leader, leaderFound, err := i.lookup.Service(ctx, p.Leader)
	if err != nil {
		return v, err
	}
	follower, followerFound, err := i.lookup.Service(ctx, p.Follower)
	if err != nil {
		return v, err
	}
	if i.reverses {
		leader, follower = without(leader, p.Reversed()), without(follower, p.Reversed())
	}
	v.linked = slices.ContainsFunc(follower.Integrations, func(link aiven.Integration) bool { return link.Leader == p.Leader && link.Follower == p.Follower })
	if i.prior == nil && (leaderFound || strict) {
		v.checks = append(v.checks, ccr.CheckLeader("leader_service_name", p.Leader.String(), pair.Service(leader), leaderFound, nil)...)
	}
	if i.prior == nil && (followerFound || strict) {
		v.checks = append(v.checks, ccr.CheckFollower("follower_service_name", p.Follower.String(), pair.Service(follower), followerFound)...)
	}
	if i.prior == nil {
		v.checks = append(v.checks, ccr.CheckSecrets("follower_service_name", p.Follower.String(), p.Follower.Project, follower.SecretsHidden)...)
	}
	given, err := i.given(ctx, leader, leaderFound, follower, followerFound)
	if err != nil {
		return v, err
	}
	v.checks = append(v.checks, given...)
	if i.prior == nil && leaderFound {
		if v, err = i.fit(ctx, v, leader, follower); err != nil {
			return v, err
		}
	}
	if !leaderFound || !followerFound || i.plan.Mode() == ccr.ModePromoted {
		return v, nil
	}
	pairs := ccr.CheckExistingPair("follower_service_name", pair.Service(leader), pair.Service(follower), i.plan.AllowLargerPlan.ValueBool())
	if i.prior != nil {
		pairs = services.AsWarnings(pairs)
	}
	v.checks = append(v.checks, pairs...)
	if (i.prior == nil || !i.plan.IndexPatterns.Equal(i.prior.IndexPatterns)) && attribute.Known(i.plan.IndexPatterns) && !i.reverses && running(leader, follower) {
		collisions, err := i.collisions(ctx)
		if err != nil && strict {
			return v, err
		}
		v.checks = append(v.checks, collisions...)
	}
	return v, nil
}

// without is a service as it is when a pair is no longer linked.
func without(s aiven.Service, p pair.Pair) aiven.Service {
	s.Integrations = slices.DeleteFunc(slices.Clone(s.Integrations), func(link aiven.Integration) bool { return link.Leader == p.Leader && link.Follower == p.Follower })
	return s
}

// fit says what the creation copies, and checks whether that fits on the disk of
// the follower, where it exists.
func (i rules) fit(ctx context.Context, v verdict, leader, follower aiven.Service) (verdict, error) {
	p := i.plan.pair()
	demand, err := services.Demand(ctx, i.lookup, i.plan.IndexPatterns, leader, follower, follower.NodeCount)
	if err != nil {
		return v, err
	}
	v.creation = ccr.Forecast{Leader: p.Leader.String(), Demand: demand, Mode: i.plan.Mode(), Nodes: follower.NodeCount}.String()
	needs, known := demand.Value()
	switch {
	case !known:
		return v, nil
	case follower.Name == "":
		v.creation += fmt.Sprintf(" Whether it fits on the follower's disk is not known: service %s does not exist yet.", p.Follower)
		return v, nil
	}
	fit := ccr.Fit{PlanChoice: ccr.PlanChoice{Attribute: "follower_service_name", Plan: follower.Plan, Cloud: follower.Cloud, AllowLarger: i.plan.AllowLargerPlan.ValueBool(),
		Leader: pair.Service(leader)}, Follower: p.Follower.String(), DiskMB: follower.DiskMB, Exists: true, Demand: needs}
	if v.linked || i.reverses { // it has the copies already, or what they replace
		fit.HadMB = follower.DiskMB
	}
	checks := ccr.CheckFit(fit)
	if len(checks) > 0 { // only what would be right needs the plans on offer
		if offered, err := i.lookup.Offer(ctx, p.Follower.Project); err == nil {
			fit.Offered = offered.Plans
			checks = ccr.CheckFit(fit)
		}
	}
	v.checks = append(v.checks, checks...)
	return v, nil
}

// given compares leader_plan and follower_plan with the services, and before
// these exist with the plans on offer. A plan that is given for an integration
// that exists is about to be changed where the service is managed, or was.
func (i rules) given(ctx context.Context, leader aiven.Service, leaderFound bool, follower aiven.Service, followerFound bool) ([]ccr.Check, error) {
	p := i.plan.pair()
	plans := [2]ccr.GivenPlan{
		{Attribute: "leader_plan", Plan: i.plan.LeaderPlan.ValueString(), Ref: p.Leader.String(), Service: pair.Service(leader), Found: leaderFound},
		{Attribute: "follower_plan", Plan: i.plan.FollowerPlan.ValueString(), Ref: p.Follower.String(), Service: pair.Service(follower), Found: followerFound},
	}
	if i.prior != nil {
		return i.givenLater(plans), nil
	}
	var checks []ccr.Check
	for n, project := range []string{p.Leader.Project, p.Follower.Project} {
		if plans[n].Plan != "" && !plans[n].Found {
			offered, err := i.lookup.Offer(ctx, project)
			if err != nil {
				return nil, err
			}
			plans[n].Offered = offered.Plans
		}
		checks = append(checks, ccr.CheckGivenPlan(plans[n])...)
	}
	if len(checks) == 0 {
		checks = ccr.CheckGivenPair(plans[0], plans[1], i.plan.AllowLargerPlan.ValueBool())
	}
	return checks, nil
}

// givenLater warns where a plan that this apply does not change is no longer the
// service's.
func (i rules) givenLater(plans [2]ccr.GivenPlan) (checks []ccr.Check) {
	for n, same := range []bool{i.plan.LeaderPlan.Equal(i.prior.LeaderPlan), i.plan.FollowerPlan.Equal(i.prior.FollowerPlan)} {
		if same && plans[n].Found {
			checks = append(checks, services.AsWarnings(ccr.CheckGivenPlan(plans[n]))...)
		}
	}
	return checks
}

func running(services ...aiven.Service) bool {
	for _, s := range services {
		if s.State != ccr.ServiceRunning {
			return false
		}
	}
	return true
}

// collisions evaluates what the follower already has against what is to be
// replicated to it.
func (i rules) collisions(ctx context.Context) ([]ccr.Check, error) {
	var diags diag.Diagnostics
	wish := i.plan.wish(ctx, ccr.Owned{}, nil, i.prior != nil, &diags)
	if diags.HasError() {
		return nil, fmt.Errorf("read index_patterns: %v", diags)
	}
	return i.lookup.Operator().Collisions(ctx, wish)
}

func protectedFollower(p pair.Pair) ccr.Check {
	return ccr.Check{
		Summary: "Service is protected against deletion",
		Detail: fmt.Sprintf("Service %s has termination protection, so it cannot be destroyed. Remove the protection where the service is managed, then destroy again; "+
			"or set on_destroy = %q, apply, and destroy again to keep the service.", p.Follower, destroyPromote),
	}
}
