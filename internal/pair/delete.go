// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// endTime bounds how long the end of the replications may hold up the deletion
// of a follower.
const endTime = 90 * time.Second

var (
	// ErrProtected says that the service has termination protection. Nothing was done.
	ErrProtected = errors.New("the service has termination protection")
	// ErrAnotherService says that the service of that name is not the one that
	// the resource answers for: it was created at another time. Nothing was done.
	ErrAnotherService = errors.New("the service was created again outside Terraform")
)

// Delete ends the replications of a follower, which frees the leader's retention
// leases, unlinks it and deletes its service, the one that was created at the
// given time. Protection is looked at first: where the service may not be
// deleted, nothing is dismantled. What the follower cannot do any more is skipped
// and told in the warnings. A follower that is gone is success.
func (o *Operator) Delete(ctx context.Context, w Wish, created time.Time, permission string) (warnings []string, err error) {
	w.Mode = ccr.ModePromoted // nothing is asked of the leader
	s := o.session(w)
	seen, err := s.look(ctx)
	switch {
	case errors.Is(err, ErrNoFollower):
		return nil, nil
	case err != nil:
		return nil, err
	case seen.Follower.TerminationProtection:
		return nil, fmt.Errorf("service %s: %w", w.Pair.Follower, ErrProtected)
	}
	steps := ccr.Teardown(w.Desired, seen.Observation, created, permission)
	if len(steps) == 0 {
		return nil, fmt.Errorf("service %s was created on %s, and this resource answers for the one of %s: %w", w.Pair.Follower,
			seen.Follower.Created.UTC().Format(time.RFC3339), created.UTC().Format(time.RFC3339), ErrAnotherService)
	}
	if !seen.Readable() && seen.Follower.Connection.URL != "" {
		warnings = append(warnings, endWarning(w.Pair, unreadable(seen)))
	}
	for len(steps) > 0 {
		batch := firstBatch(steps)
		warning, err := s.end(ctx, batch)
		if err != nil {
			return warnings, err
		}
		if warning != "" {
			warnings = append(warnings, warning)
		}
		steps = steps[len(batch):]
	}
	return warnings, nil
}

// end carries out some of the last steps. What comes before the deletion of the
// service may fail: that ends it too.
func (s *session) end(ctx context.Context, steps []ccr.Step) (warning string, err error) {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if steps[0].Action != ccr.ActionDeleteService {
		limited, cancel = context.WithTimeout(ctx, endTime)
	}
	defer cancel()
	err = s.runBatch(limited, steps)
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil, steps[0].Action == ccr.ActionDeleteService:
		return "", err
	case steps[0].Action == ccr.ActionUnlink:
		return fmt.Sprintf("The integration of %s with its leader could not be deleted before the follower service, which ends it too: %v.", s.wish.Pair.Follower, err), nil
	}
	return endWarning(s.wish.Pair, err.Error()), nil
}

func unreadable(seen Seen) string {
	if seen.Follower.State == ccr.ServicePowerOff {
		return "the service is powered off"
	}
	return seen.Observation.Unreadable
}

func endWarning(p Pair, why string) string {
	return fmt.Sprintf("Replication on follower %s could not be stopped before the service was deleted. The leader may keep the history for it until its retention leases "+
		"expire (12 hours by default): %s.", p.Follower, why)
}

// Promote ends the replication of a pair and keeps the follower, writable. A
// follower that is gone is success.
func (o *Operator) Promote(ctx context.Context, w Wish) (Seen, error) {
	w.Mode = ccr.ModePromoted
	seen, err := o.Converge(ctx, w, ccr.Approval{Replications: true, Unlinks: true})
	if errors.Is(err, ErrNoFollower) || aiven.IsNotFound(err) {
		return seen, nil
	}
	return seen, err
}
