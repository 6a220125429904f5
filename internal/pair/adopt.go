// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"fmt"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Adopted is what can be read of a pair that was not made by this provider, or
// whose state is lost.
type Adopted struct {
	Leader     aiven.ServiceRef
	Patterns   []string
	Mode       ccr.Mode
	LargerPlan bool
}

// Adopt finds out whom a service follows and what of it.
func (o *Operator) Adopt(ctx context.Context, follower aiven.ServiceRef) (Adopted, error) {
	service, err := o.Aiven.Service(ctx, follower.Project, follower.Name)
	if err != nil {
		return Adopted{}, err
	}
	var leaders []aiven.ServiceRef
	var names []string
	for _, i := range service.Integrations {
		if i.Follower == follower {
			leaders, names = append(leaders, i.Leader), append(names, i.Leader.String())
		}
	}
	switch len(leaders) {
	case 0:
		return Adopted{}, fmt.Errorf("it follows no other service: it has no integration of type opensearch_cross_cluster_replication, so it is no follower")
	case 1:
		return o.AdoptPair(ctx, Pair{Leader: leaders[0], Follower: follower}, service)
	}
	return Adopted{}, fmt.Errorf("it follows several leaders (%s); import one opensearch_ccr_integration for each of them", strings.Join(names, ", "))
}

// AdoptPair finds out what a follower replicates of one leader.
func (o *Operator) AdoptPair(ctx context.Context, p Pair, follower aiven.Service) (Adopted, error) {
	adopted := Adopted{Leader: p.Leader, Patterns: []string{"*"}, Mode: ccr.ModeReplicating}
	leader, err := o.Aiven.Service(ctx, p.Leader.Project, p.Leader.Name)
	if err != nil {
		return adopted, fmt.Errorf("its leader %s: %w", p.Leader, err)
	}
	adopted.LargerPlan = leader.Plan != follower.Plan
	if follower.State == ccr.ServicePowerOff || follower.Connection.URL == "" {
		return adopted, nil
	}
	engine, _, err := o.engine(ctx, p, follower)
	if err != nil {
		return adopted, err
	}
	observation, err := engine.Observe(ctx, p.Alias())
	if err != nil {
		return adopted, err
	}
	patterns, mode := ccr.Infer(p.Alias(), observation)
	adopted.Mode = mode
	if len(patterns) > 0 {
		adopted.Patterns = patterns
	}
	return adopted, nil
}

// Finish removes the mark of an unfinished creation.
func (o *Operator) Finish(ctx context.Context, service aiven.Service) (aiven.Service, error) {
	if !ccr.Unfinished(service.Tags) {
		return service, nil
	}
	tags := ccr.Finished(service.Tags)
	finished, err := o.Aiven.UpdateService(ctx, aiven.UpdateService{Project: service.Project, Name: service.Name, Tags: tags})
	if err != nil {
		return service, fmt.Errorf("remove the mark of an unfinished creation from service %s: %w", service.ServiceRef, err)
	}
	return finished, nil
}
