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
// is created: two requests to the API, one or two for plans that are given, and,
// where a pair is created or its patterns change, those that look for collisions
// on the follower.
type rules struct {
	lookup *pair.Lookup
	plan   model
	// prior is nil where the pair is to be created.
	prior *model
}

// verdict is what the rules found.
type verdict struct {
	checks []ccr.Check
	// linked: the integration exists already.
	linked bool
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
	if !leaderFound || !followerFound || i.plan.Mode() == ccr.ModePromoted {
		return v, nil
	}
	fit := ccr.CheckExistingPair("follower_service_name", pair.Service(leader), pair.Service(follower), i.plan.AllowLargerPlan.ValueBool())
	if i.prior != nil {
		fit = services.AsWarnings(fit)
	}
	v.checks = append(v.checks, fit...)
	if (i.prior == nil || !i.plan.IndexPatterns.Equal(i.prior.IndexPatterns)) && attribute.Known(i.plan.IndexPatterns) && running(leader, follower) {
		collisions, err := i.collisions(ctx)
		if err != nil && strict {
			return v, err
		}
		v.checks = append(v.checks, collisions...)
	}
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
	wish := i.plan.wish(ctx, nil, nil, i.prior != nil, &diags)
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
