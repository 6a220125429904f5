// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Adopted is what can be read of a pair that this provider did not create, or
// whose state is lost.
type Adopted struct {
	Leader     aiven.ServiceRef
	Patterns   []string
	Mode       ccr.Mode
	LargerPlan bool
}

// Adopt finds out which service a follower follows and what of it.
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
		return Adopted{}, errors.New("it is not a follower: it has no integration of type opensearch_cross_cluster_replication. If it has been promoted, it is an independent service: " +
			"leave it as it is, and choose another service_name for a new follower. To make it a follower again, create the integration with its leader in the Aiven Console, and import it then. " +
			"If nothing on it is needed any more, delete it in the Aiven Console")
	case 1:
		return o.AdoptPair(ctx, Pair{Leader: leaders[0], Follower: follower})
	}
	return Adopted{}, fmt.Errorf("it follows several leaders (%s); import one opensearch_ccr_integration for each of them", strings.Join(names, ", "))
}

// AdoptPair finds out what a follower replicates of one leader. A follower that
// cannot be read is an error, unless it is still being made.
func (o *Operator) AdoptPair(ctx context.Context, p Pair) (Adopted, error) {
	adopted := Adopted{Leader: p.Leader, Patterns: []string{"*"}, Mode: ccr.ModeReplicating}
	seen, err := o.Observe(ctx, Wish{Pair: p, Desired: p.Desired([]string{"*"}, ccr.ModeReplicating, ccr.Owned{}, ccr.Permissions{}), Finished: true})
	if err != nil {
		return adopted, err
	}
	if !seen.Readable() && !beingMade(seen.Follower) { // what it replicates must not be guessed: the next apply would do it
		return adopted, unreadableImport(seen)
	}
	leader, err := o.Aiven.Service(ctx, p.Leader.Project, p.Leader.Name)
	if err != nil {
		return adopted, fmt.Errorf("its leader %s: %w", p.Leader, err)
	}
	adopted.LargerPlan = leader.Plan != seen.Follower.Plan
	if !seen.Readable() {
		return adopted, nil
	}
	patterns, mode := ccr.Infer(seen.Observation.Observation)
	adopted.Mode = mode
	if len(patterns) > 0 {
		adopted.Patterns = patterns
	}
	return adopted, nil
}

// beingMade reports whether a service has not had an address yet, by any route: it
// cannot replicate anything so far.
func beingMade(s aiven.Service) bool {
	return s.State == ccr.ServiceRebuilding && s.Connection.URL == "" && len(s.Routes) == 0 && s.SecretsHidden == ""
}

func unreadableImport(seen Seen) error {
	const unknown = "what it is meant to replicate is not known: "
	if seen.Follower.State == ccr.ServicePowerOff {
		return errors.New(unknown + "the follower service is powered off. To import it, power it on first")
	}
	return errors.New(unknown + strings.TrimRight(cmp.Or(seen.Observation.Unreadable, seen.Decision.Reason), ". ") + ". Import it when the follower can be read")
}
