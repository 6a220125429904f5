// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"fmt"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// The pauses between two looks at the control plane, whose rate is limited. The
// first are short, since that is what an apply waits for in vain at the end.
const (
	firstPause = 500 * time.Millisecond
	mostPause  = 10 * time.Second
)

// until calls look until it is done, and says what it waits for. A wait that
// ends early names what was seen last.
func (o *Operator) until(ctx context.Context, what string, look func(ctx context.Context) (done bool, last string, err error)) error {
	for pauses := clock.NewPace(firstPause, mostPause); ; {
		done, last, err := look(ctx)
		if err != nil || done {
			return err
		}
		o.report(ctx, fmt.Sprintf("waiting until %s: %s", what, last))
		if err := pauses.Wait(ctx, o.clock); err != nil {
			return fmt.Errorf("wait until %s: %w; last seen: %s", what, err, last)
		}
	}
}

// AwaitRunning waits until a service runs and returns it.
func (o *Operator) AwaitRunning(ctx context.Context, ref aiven.ServiceRef) (aiven.Service, error) {
	var service aiven.Service
	err := o.until(ctx, "service "+ref.String()+" is "+ccr.ServiceRunning, func(ctx context.Context) (bool, string, error) {
		var err error
		service, err = o.Aiven.Service(ctx, ref.Project, ref.Name)
		return service.State == ccr.ServiceRunning, "its state is " + service.State, err
	})
	return service, err
}

// awaitLinked waits until the integration of a pair is active.
func (o *Operator) awaitLinked(ctx context.Context, p Pair) (aiven.Integration, error) {
	var found aiven.Integration
	err := o.until(ctx, fmt.Sprintf("the integration of %s with its leader %s is active", p.Follower, p.Leader), func(ctx context.Context) (bool, string, error) {
		all, err := o.Aiven.Integrations(ctx, p.Follower.Project, p.Follower.Name)
		if err != nil {
			return false, "", err
		}
		there, ok := link(p, all)
		if !ok {
			// A new integration can be missing from the list for a moment.
			return false, "the follower does not list it yet", nil
		}
		found = there
		last := "its status is " + there.Status
		if there.StatusMessage != "" {
			last += " (" + there.StatusMessage + ")"
		}
		return there.Active && there.Status != "starting" && there.Status != "failed", last, nil
	})
	return found, err
}

// awaitGone waits until the API knows a service no more.
func (o *Operator) awaitGone(ctx context.Context, ref aiven.ServiceRef) error {
	return o.until(ctx, "service "+ref.String()+" is gone", func(ctx context.Context) (bool, string, error) {
		service, err := o.Aiven.Service(ctx, ref.Project, ref.Name)
		if aiven.IsNotFound(err) {
			return true, "", nil
		}
		return false, "it still answers, in state " + service.State, err
	})
}
