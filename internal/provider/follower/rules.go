// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// rules are the rules of a follower that need the API: at most three
// requests, shared between the resources of a plan.
type rules struct {
	lookup *pair.Lookup
	plan   model
	config model
	// prior is nil where the service is to be made.
	prior *model
	// replaced is the service that this plan replaces, as project/name; one of
	// that name is not in the way.
	replaced string
}

// verdict is what the rules found.
type verdict struct {
	checks []ccr.Check
	// plan is the planned model with the defaults that follow from the leader.
	plan model
	// resumes: the service is there, unfinished, and its creation is gone on with.
	resumes bool
}

func (f rules) evaluate(ctx context.Context) (verdict, error) {
	v := verdict{plan: f.plan}
	leaderRef := f.plan.pair().Leader
	v.checks = ccr.CheckDistinct("service_name", leaderRef.String(), f.plan.ref().String())
	service, found, err := f.lookup.Service(ctx, leaderRef)
	if err != nil {
		return v, err
	}
	leader := pair.Service(service)
	if f.prior == nil {
		v.checks = append(v.checks, ccr.CheckFirstMode("desired_state", f.plan.mode())...)
		v.checks = append(v.checks, ccr.CheckLeader("leader_service_name", leaderRef.String(), leader, found)...)
	}
	if !found {
		return f.withoutLeader(ctx, v)
	}
	if f.config.Plan.IsNull() && v.plan.mode() != ccr.ModePromoted {
		v.plan.Plan = types.StringValue(leader.Plan)
	}
	if f.prior == nil && f.config.OpenSearchVersion.IsNull() {
		v.plan.OpenSearchVersion = types.StringValue(ccr.MajorMinor(leader.Version))
	}
	if v.plan.mode() != ccr.ModePromoted {
		checks, err := f.choice(ctx, v.plan, leader)
		if err != nil {
			return v, err
		}
		v.checks = append(v.checks, checks...)
	}
	return f.name(ctx, v)
}

// withoutLeader goes on where the leader is gone: a new follower cannot be made,
// and an existing one keeps what it has.
func (f rules) withoutLeader(ctx context.Context, v verdict) (verdict, error) {
	if f.prior != nil {
		return v, nil
	}
	checks, err := f.choice(ctx, v.plan, ccr.Service{})
	if err != nil && !aiven.IsNotFound(err) { // a project that is not there: the leader's check says so
		return v, err
	}
	v.checks = append(v.checks, checks...)
	return f.name(ctx, v)
}

// choice checks plan and version: where they are chosen they must fit, where
// nothing is changed a misfit that came later is a warning. A leader that cannot
// be one is no measure for them; what only follows from it is then not checked.
func (f rules) choice(ctx context.Context, plan model, leader ccr.Service) ([]ccr.Check, error) {
	offered, err := f.lookup.Offer(ctx, plan.Project.ValueString())
	if err != nil {
		return nil, err
	}
	version := plan.OpenSearchVersion.ValueString()
	if f.config.OpenSearchVersion.IsNull() && !ccr.HasCCR(leader.Version) {
		version = ""
	}
	choice := ccr.PlanChoice{
		Attribute: "plan", CloudAttribute: "cloud_name", Plan: plan.Plan.ValueString(), Cloud: plan.CloudName.ValueString(),
		AllowLarger: plan.AllowLargerPlan.ValueBool(), Leader: leader, Offered: offered.Plans,
	}
	var checks []ccr.Check
	if f.prior == nil && (leader.Type != ccr.ServiceTypeOpenSearch || f.config.Plan.IsNull() && ccr.TierRefused(leader.Plan)) {
		checks = ccr.CheckTier("plan", f.config.Plan.ValueString())
		choice.Plan = ""
	}
	checks = append(checks, ccr.CheckPlan(choice)...)
	if f.prior != nil && plan.Plan.Equal(f.prior.Plan) && plan.CloudName.Equal(f.prior.CloudName) {
		checks = services.AsWarnings(ccr.CheckSamePlan(choice))
	}
	versionChecks := ccr.CheckVersion("opensearch_version", version, leader, offered.Versions)
	if f.prior != nil {
		versionChecks = services.AsWarnings(versionChecks)
	}
	return append(checks, versionChecks...), nil
}

// name checks that the name of a service that is to be made is free.
func (f rules) name(ctx context.Context, v verdict) (verdict, error) {
	if f.prior != nil || f.replaced == f.plan.ref().String() {
		return v, nil
	}
	existing, found, err := f.lookup.Service(ctx, f.plan.ref())
	if err != nil {
		return v, err
	}
	if found && f.resumable(existing, v.plan) {
		v.resumes = true
		return v, nil
	}
	if found && ccr.Unfinished(existing.Tags) {
		// Left unfinished by an earlier apply with another configuration. Its
		// own state deletes it first; without that state the create refuses.
		return v, nil
	}
	v.checks = append(v.checks, ccr.CheckNameFree("service_name", pair.Service(existing), found)...)
	return v, nil
}

func (f rules) resumable(existing aiven.Service, plan model) bool {
	return ccr.Resumable(pair.Service(existing), existing.Tags, plan.pair().Leader.String(),
		ccr.Service{Plan: plan.Plan.ValueString(), Cloud: plan.CloudName.ValueString(), Version: plan.OpenSearchVersion.ValueString()})
}
