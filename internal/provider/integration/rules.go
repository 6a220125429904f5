// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// rules are the rules of two services that exist, or will when the
// integration is made: two requests to the API, and, where a pair is made or its
// patterns change, those that look for collisions on the follower.
type rules struct {
	lookup *pair.Lookup
	plan   model
	// prior is nil where the pair is to be made.
	prior *model
}

// evaluate checks the rules. At apply (strict) both services must exist; at
// plan they may be made by the same apply.
func (i rules) evaluate(ctx context.Context, strict bool) ([]ccr.Check, error) {
	p := i.plan.pair()
	checks := ccr.CheckDistinct("follower_service_name", p.Leader.String(), p.Follower.String())
	if i.prior == nil {
		checks = append(checks, ccr.CheckFirstMode("desired_state", i.plan.mode())...)
	}
	leader, leaderFound, err := i.lookup.Service(ctx, p.Leader)
	if err != nil {
		return nil, err
	}
	follower, followerFound, err := i.lookup.Service(ctx, p.Follower)
	if err != nil {
		return nil, err
	}
	if i.prior == nil && (leaderFound || strict) {
		checks = append(checks, ccr.CheckLeader("leader_service_name", p.Leader.String(), pair.Service(leader), leaderFound)...)
	}
	if i.prior == nil && (followerFound || strict) {
		checks = append(checks, ccr.CheckFollower("follower_service_name", p.Follower.String(), pair.Service(follower), followerFound)...)
	}
	if !leaderFound || !followerFound || i.plan.mode() == ccr.ModePromoted {
		return checks, nil
	}
	fit := ccr.CheckExistingPair("follower_service_name", pair.Service(leader), pair.Service(follower), i.plan.AllowLargerPlan.ValueBool())
	if i.prior != nil {
		fit = services.AsWarnings(fit)
	}
	checks = append(checks, fit...)
	if (i.prior == nil || !i.plan.IndexPatterns.Equal(i.prior.IndexPatterns)) && attribute.Known(i.plan.IndexPatterns) && running(leader, follower) {
		collisions, err := i.collisions(ctx, follower)
		if err != nil && strict {
			return nil, err
		}
		checks = append(checks, collisions...)
	}
	return checks, nil
}

func running(services ...aiven.Service) bool {
	for _, s := range services {
		if s.State != ccr.ServiceRunning {
			return false
		}
	}
	return true
}

func (i rules) collisions(ctx context.Context, follower aiven.Service) ([]ccr.Check, error) {
	var diags diag.Diagnostics
	d := i.plan.desired(ctx, nil, &diags)
	if diags.HasError() {
		return nil, fmt.Errorf("read index_patterns: %v", diags)
	}
	return i.lookup.Operator().Collisions(ctx, i.plan.pair(), d, follower)
}

func protectedFollower(p pair.Pair) ccr.Check {
	return ccr.Check{
		Summary: "Service is protected against deletion",
		Detail: fmt.Sprintf("Service %s has termination protection, so it cannot be destroyed. Lift the protection where the service is managed and destroy again, "+
			"or set on_destroy = %q, apply, and destroy again to keep the service.", p.Follower, destroyPromote),
	}
}
