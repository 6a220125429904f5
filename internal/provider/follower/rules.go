// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"context"
	"slices"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// rules are the rules of a follower that need the API: at most three requests, one
// to three for a VPC, and, where the follower gets new disks, one to each cluster
// for the sizes of its indices; shared between the resources of a plan.
type rules struct {
	lookup *pair.Lookup
	plan   model
	config model
	// prior is nil where the service is to be created.
	prior *model
	// ours reports whether the state that is being planned holds the service that
	// is to be created: then it is not in the way, since it is replaced. It is nil in
	// an apply, which creates the service now.
	ours func(context.Context, model) bool
}

// verdict is what the rules found.
type verdict struct {
	checks []ccr.Check
	// leader is the leader service; the defaults of a new follower follow from it.
	leader aiven.Service
	// diskMB is the disk space that a follower gets whose disk_space_mb is not
	// configured, 0 for the plan's own.
	diskMB int
	// creation says what the creation of the follower copies and what it costs;
	// empty where that cannot be said.
	creation string
}

func (f rules) evaluate(ctx context.Context) (verdict, error) {
	leaderRef := f.plan.pair().Leader
	v := verdict{checks: ccr.CheckDistinct("service_name", leaderRef.String(), f.plan.ref().String())}
	service, found, err := f.lookup.Service(ctx, leaderRef)
	if err != nil {
		return v, err
	}
	v.leader = service
	leader := pair.Service(service)
	if !found && f.prior != nil {
		return v, nil // an existing follower keeps what it has
	}
	chooses := f.prior == nil || f.plan.Mode() != ccr.ModePromoted
	var offered ccr.Offer
	if chooses {
		offered, err = f.lookup.Offer(ctx, f.plan.Project.ValueString())
		if err != nil && (found || !aiven.IsNotFound(err)) { // a project that does not exist: the leader's check says so
			return v, err
		}
	}
	if f.prior == nil {
		v.checks = append(v.checks, ccr.CheckFirstMode("desired_state", f.plan.Mode())...)
		if service.Project == f.plan.Project.ValueString() { // the token has the same rights on the follower to be
			v.checks = append(v.checks, ccr.CheckSecrets("leader_service_name", service.String(), service.Project, service.SecretsHidden)...)
		}
		v.checks = append(v.checks, ccr.CheckLeader("leader_service_name", leaderRef.String(), leader, found, offered.Versions)...)
	}
	if chooses && err == nil {
		choice, version := f.choice(leader, offered)
		checks := f.chosen(choice, version, offered)
		v.checks = append(v.checks, checks...)
		if found && !slices.ContainsFunc(checks, ccr.Check.Refuses) {
			if v, err = f.fit(ctx, v, choice); err != nil {
				return v, err
			}
		}
	}
	checks, err := f.network(ctx)
	if err != nil {
		return v, err
	}
	v.checks = append(v.checks, checks...)
	return f.name(ctx, v)
}

// network checks the VPC of a service that is created or moved.
func (f rules) network(ctx context.Context) ([]ccr.Check, error) {
	id, cloud := f.config.ProjectVPCID, f.plan.CloudName
	if f.prior != nil {
		if id.IsNull() { // it stays in the one that it is in
			id = f.prior.ProjectVPCID
		}
		if id.Equal(f.prior.ProjectVPCID) && cloud.Equal(f.prior.CloudName) {
			return nil, nil
		}
	}
	if id.ValueString() == "" {
		return nil, nil
	}
	vpc, err := f.lookup.VPC(ctx, f.plan.Project.ValueString(), id.ValueString())
	if err != nil {
		return nil, err
	}
	return ccr.CheckVPC("project_vpc_id", id.ValueString(), f.plan.Project.ValueString(), cloud.ValueString(), vpc), nil
}

// choice is the plan and the version that the follower has or is to have. The
// plan is empty where it follows from a leader that cannot be one.
func (f rules) choice(leader ccr.Service, offered ccr.Offer) (ccr.PlanChoice, string) {
	version, plan := f.plan.OpenSearchVersion.ValueString(), f.plan.Plan.ValueString()
	if f.prior == nil && f.config.OpenSearchVersion.IsNull() && ccr.HasCCR(leader.Version) {
		version = ccr.MajorMinor(leader.Version)
	}
	if f.prior == nil && f.config.Plan.IsNull() {
		plan = leader.Plan
	}
	if f.prior == nil && (leader.Type != ccr.ServiceTypeOpenSearch || f.config.Plan.IsNull() && ccr.TierRefused(leader.Plan)) {
		plan = ""
	}
	return ccr.PlanChoice{
		Attribute: "plan", CloudAttribute: "cloud_name", Plan: plan, Cloud: f.plan.CloudName.ValueString(),
		AllowLarger: f.plan.AllowLargerPlan.ValueBool(), Leader: leader, Offered: offered.Plans,
	}, version
}

// chosen checks plan and version: where they are chosen they must fit, where
// nothing is changed a misfit that came later is a warning. A leader that cannot
// be one says nothing about them; what only follows from it is then not checked.
func (f rules) chosen(choice ccr.PlanChoice, version string, offered ccr.Offer) []ccr.Check {
	var checks []ccr.Check
	if choice.Plan == "" {
		checks = ccr.CheckTier("plan", f.config.Plan.ValueString())
	}
	checks = append(checks, ccr.CheckPlan(choice)...)
	var disk []ccr.Check
	if f.disksChange() {
		disk = ccr.CheckDisk("disk_space_mb", int(attribute.WholeOf(f.config.DiskSpaceMB)), choice)
	}
	if f.prior != nil && f.plan.Plan.Equal(f.prior.Plan) && f.plan.CloudName.Equal(f.prior.CloudName) {
		checks = ccr.CheckPlanDrift(f.plan.ref().String(), choice)
	}
	if f.prior != nil {
		return slices.Concat(checks, disk, ccr.CheckUpgrade("opensearch_version", f.plan.ref().String(), f.prior.OpenSearchVersion.ValueString(), version, choice.Leader))
	}
	return slices.Concat(checks, disk, ccr.CheckVersion("opensearch_version", version, choice.Leader, offered.Versions))
}

// disksChange reports whether the follower gets new disks, or others than it has.
func (f rules) disksChange() bool {
	return f.prior == nil || changed(f.plan.DiskSpaceMB, f.prior.DiskSpaceMB) || f.plan.moves(*f.prior)
}

// fit checks whether the leader's data fits on the follower's new disks, and works
// out what follows from plan and leader: the disk space that is not configured,
// and what a creation copies and costs.
func (f rules) fit(ctx context.Context, v verdict, choice ccr.PlanChoice) (verdict, error) {
	if choice.Plan == "" || choice.Cloud == "" || !f.disksChange() {
		return v, nil
	}
	least, had := choice.Leader.DiskMB, 0
	if f.prior != nil {
		had = int(attribute.WholeOf(f.prior.DiskSpaceMB))
		least = had
	}
	v.diskMB = ccr.DiskLike(least, choice.Plan, choice.Cloud, choice.Offered)
	disk := v.diskMB
	if configured := f.config.DiskSpaceMB; configured.IsUnknown() {
		disk = 0
	} else if !configured.IsNull() {
		choice.Attribute, disk = "disk_space_mb", int(attribute.WholeOf(configured))
	}
	var held aiven.Service
	if f.prior != nil {
		var err error
		if held, _, err = f.lookup.Service(ctx, f.plan.ref()); err != nil {
			return v, err
		}
	}
	nodes := ccr.NodesOf(choice.Plan, choice.Offered)
	demand, err := services.Demand(ctx, f.lookup, f.plan.IndexPatterns, v.leader, held, nodes)
	if err != nil {
		return v, err
	}
	ref, leader := f.plan.ref().String(), choice.Leader.Ref()
	if known, is := demand.Value(); is && !f.config.DiskSpaceMB.IsUnknown() {
		v.checks = append(v.checks, ccr.CheckFit(ccr.Fit{PlanChoice: choice, Follower: ref, DiskMB: disk, HadMB: had, Demand: known})...)
	} else if f.prior != nil {
		v.checks = append(v.checks, ccr.CheckFitKnown(choice.Attribute, ref, leader, demand)...)
	}
	if f.prior == nil {
		v.creation = ccr.Forecast{Leader: leader, Demand: demand, Mode: f.plan.Mode(), Nodes: nodes}.String() + " " +
			ccr.Price(choice.Plan, choice.Cloud, disk, choice.Offered)
	}
	return v, nil
}

// name checks that the name of a service that is to be created is free, or held
// by this state, which replaces it.
func (f rules) name(ctx context.Context, v verdict) (verdict, error) {
	if f.prior != nil {
		return v, nil
	}
	existing, found, err := f.lookup.Service(ctx, f.plan.ref())
	if err != nil {
		return v, err
	}
	if found && f.ours != nil && f.ours(ctx, f.plan) {
		return v, nil
	}
	checks := ccr.CheckNameFree("service_name", pair.Service(existing), found)
	for i := range checks {
		checks[i].Detail += " If Terraform replaces that very service with create_before_destroy, remove this setting here and from every resource that depends on this one, " +
			"or keep a tainted service with terraform untaint: two services cannot have the same name."
	}
	if f.ours != nil && slices.ContainsFunc(existing.Integrations, func(i aiven.Integration) bool { return i.Leader == f.plan.pair().Leader && i.Follower == f.plan.ref() }) {
		// It may be the service that is replaced: Terraform plans once more in an
		// apply, without showing what it replaces. An error there would leave that
		// service behind as a deposed object; one of the creation leaves it as it was.
		checks = services.AsWarnings(checks)
	}
	v.checks = append(v.checks, checks...)
	return v, nil
}
