// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"errors"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// Link returns the integration of a pair and creates it where there is none.
func (o *Operator) Link(ctx context.Context, p Pair, follower aiven.Service) (aiven.Integration, error) {
	if there, exists := linkOf(p, follower.Integrations); exists {
		return there, nil
	}
	return o.Aiven.CreateIntegration(ctx, p.Leader, p.Follower)
}

// beginTime is how long an index that Aiven itself has begun to replicate may
// look like one that only has the same name.
const beginTime = 10 * time.Second

// Collisions evaluates what the follower already has against what is to be
// replicated to it. Where the two are linked already, an index may be on its way:
// then a collision is believed when it stays.
func (o *Operator) Collisions(ctx context.Context, w Wish) ([]ccr.Check, error) {
	s := o.session(w)
	var checks []ccr.Check
	wait := s.poll(phaseIntegration, "until indices on their way show")
	wait.Within = beginTime
	err := wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		seen, err := s.look(ctx)
		if err != nil || !seen.Readable() {
			return poll.Look{Done: err == nil}, err
		}
		observed := seen.Observation.Observation
		observed.Reach = ccr.Present(struct{}{})
		checks = ccr.CheckCollisions("index_patterns", w.Desired, observed)
		return poll.Look{Done: len(checks) == 0 || seen.Integration.ID == ""}, nil
	})
	if errors.Is(err, poll.ErrWithin) {
		return checks, nil
	}
	return checks, err
}
