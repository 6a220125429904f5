// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// rounds bounds how often a convergence looks again: indices may be created and
// deleted on the leader while it works.
const rounds = 8

// Convergence is the one way to what is desired: look, decide, carry out, look
// again, until nothing is left to do or nothing helps.
type Convergence struct {
	// Approval is what the plan named; nothing else is destroyed.
	Approval ccr.Approval
	// Look looks at the present and decides.
	Look func(ctx context.Context) (ccr.Decision, error)
	// Run carries out steps in their order.
	Run func(ctx context.Context, steps []ccr.Step) error
}

// WorldChanged is what an apply would have to destroy although the plan did not
// name it.
type WorldChanged struct{ Destructions []ccr.Destruction } //nolint:errname // it reads well where it is used

func (e *WorldChanged) Error() string {
	named := make([]string, 0, len(e.Destructions))
	for _, d := range e.Destructions {
		named = append(named, d.String())
	}
	return "the world has changed since the plan: the apply would now have to " + strings.Join(named, "; ") + ", which the plan did not name. Plan again"
}

// Converge returns the last decision, also with an error. An error is what kept
// the last steps from succeeding; what was refused or left alone is in the
// decision.
func (c Convergence) Converge(ctx context.Context) (ccr.Decision, error) {
	tried := map[string]bool{}
	var decided ccr.Decision
	var last error
	for range rounds {
		latest, err := c.Look(ctx)
		if err != nil {
			return decided, errors.Join(last, err)
		}
		decided = latest
		steps, denied := c.approved(decided.Steps)
		steps = stage(steps)
		if !slices.ContainsFunc(steps, func(s ccr.Step) bool { return !tried[s.String()] }) {
			if len(denied) > 0 {
				last = errors.Join(last, &WorldChanged{denied})
			}
			if len(decided.Steps) == 0 {
				return decided, nil // what failed on the way has been done since
			}
			return decided, last
		}
		for _, s := range steps {
			tried[s.String()] = true
		}
		// After an interrupt without an error the next look says so.
		if last = c.Run(ctx, steps); last != nil && ctx.Err() != nil {
			return decided, last
		}
	}
	return decided, errors.Join(last, fmt.Errorf("the follower does not settle: after %d rounds there is still something to do", rounds))
}

// approved parts the steps into those that may be taken and what the plan did
// not name. The integration and the service stay as long as there is any of that.
func (c Convergence) approved(steps []ccr.Step) (may []ccr.Step, denied []ccr.Destruction) {
	for _, s := range steps {
		if s.Destroys.Permits() && !c.Approval.Allows(s.Destroys) {
			denied = append(denied, s.Destroys)
			continue
		}
		may = append(may, s)
	}
	if len(denied) > 0 {
		may = slices.DeleteFunc(may, func(s ccr.Step) bool { return s.Action == ccr.ActionUnlink || s.Action == ccr.ActionDeleteService })
	}
	return may, denied
}

// stage takes of the steps those that come before the next look: first what
// concerns the services, then what adds something, and only when nothing is left
// to add what takes something away.
func stage(steps []ccr.Step) []ccr.Step {
	service := []ccr.Action{ccr.ActionPowerOn, ccr.ActionAwait, ccr.ActionLink, ccr.ActionFence, ccr.ActionLiftFence}
	for i, s := range slices.Backward(steps) {
		if slices.Contains(service, s.Action) {
			return steps[:i+1]
		}
	}
	var adding []ccr.Step
	for _, s := range steps {
		if brings(s.Action) {
			adding = append(adding, s)
		}
	}
	if len(adding) > 0 {
		return adding
	}
	return steps
}

// Converge brings one leader's replications, or a single one, to what is desired.
func (e *Engine) Converge(ctx context.Context, d ccr.Desired, q Question, approval ccr.Approval) (seen ccr.Observation, decided ccr.Decision, err error) {
	decided, err = Convergence{
		Approval: approval,
		Look: func(ctx context.Context) (ccr.Decision, error) {
			o, err := e.Observe(ctx, q)
			if err != nil {
				return ccr.Decision{}, err
			}
			seen = o
			return ccr.Decide(d, o), nil
		},
		Run: func(ctx context.Context, steps []ccr.Step) error { return e.Run(ctx, d, steps) },
	}.Converge(ctx)
	return seen, decided, err
}
