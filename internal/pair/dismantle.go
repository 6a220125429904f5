// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"fmt"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// dismantleTime bounds how long the end of the replications may hold up the
// deletion of a follower.
const dismantleTime = 3 * time.Minute

// DeleteFollower ends the replications of a follower, which frees the leader's
// retention leases, unlinks it and deletes its service. What the follower cannot
// do any more is skipped and told in the warnings. A follower that is gone is
// success.
func (o *Operator) DeleteFollower(ctx context.Context, p Pair) (warnings []string, err error) {
	follower, err := o.Aiven.Service(ctx, p.Follower.Project, p.Follower.Name)
	if aiven.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := o.endReplications(ctx, p, follower); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		warnings = append(warnings, fmt.Sprintf("Replications on follower %s could not be ended before its service was deleted, so the leader may keep history for them "+
			"until its retention leases expire, after 12 hours by default: %v", p.Follower, err))
	}
	if integration, exists := link(p, follower.Integrations); exists {
		if err := o.Aiven.DeleteIntegration(ctx, p.Follower.Project, integration.ID); err != nil {
			if ctx.Err() != nil {
				return warnings, err
			}
			warnings = append(warnings, fmt.Sprintf("The integration with the leader could not be deleted before the follower service, which ends it too: %v", err))
		}
	}
	if err := o.Aiven.DeleteService(ctx, p.Follower.Project, p.Follower.Name); err != nil {
		return warnings, err
	}
	return warnings, o.awaitGone(ctx, p.Follower)
}

// Promote ends the replication of a pair and keeps the follower, writable. A
// follower that is gone is success. owned is as in [Pair.Desired].
func (o *Operator) Promote(ctx context.Context, p Pair, owned map[string]string) error {
	_, err := o.Converge(ctx, p, p.Desired(nil, ccr.ModePromoted, owned))
	if aiven.IsNotFound(err) {
		return nil
	}
	return err
}

// endReplications removes the rules of the leader and stops every replication,
// without waiting for any to catch up.
func (o *Operator) endReplications(ctx context.Context, p Pair, follower aiven.Service) error {
	switch {
	case follower.State == ccr.ServicePowerOff:
		return fmt.Errorf("the service is powered off")
	case follower.Connection.URL == "":
		return nil // it has never run, so it replicates nothing
	}
	ctx, cancel := context.WithTimeout(ctx, dismantleTime)
	defer cancel()
	engine, err := o.alone(p, follower) // the leader is not needed, and may be gone
	if err != nil {
		return err
	}
	observation, err := engine.Observe(ctx, p.Alias())
	if err != nil {
		return err
	}
	d := p.Desired(nil, ccr.ModePromoted, nil)
	return engine.Run(ctx, d, ccr.EndSteps(d, observation))
}
