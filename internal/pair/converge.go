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
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// Converge brings a pair to what is desired: the follower powered on and
// running, linked or not, its replications as package ccr decides. It returns
// what it saw last, also with an error.
func (o *Operator) Converge(ctx context.Context, p Pair, d ccr.Desired) (Seen, error) {
	follower, err := o.awake(ctx, p.Follower)
	if err != nil {
		return Seen{Follower: follower}, err
	}
	if d.Mode == ccr.ModePromoted {
		return o.promote(ctx, p, d, follower)
	}
	engine, err := o.linked(ctx, p, follower)
	if err != nil {
		return o.lastSeen(ctx, p, d, err)
	}
	if _, err := engine.Converge(ctx, d); err != nil {
		return o.lastSeen(ctx, p, d, err)
	}
	return o.Observe(ctx, p, d)
}

// lastSeen looks once more after an error, so that the state tells what is
// there. It outlives the end of the context by at most half a second: an
// interrupt must not hang.
func (o *Operator) lastSeen(ctx context.Context, p Pair, d ccr.Desired, cause error) (Seen, error) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	seen, err := o.Observe(late, p, d)
	if err != nil && ctx.Err() == nil {
		return seen, errors.Join(cause, err)
	}
	return seen, cause
}

// awake powers a service on where it is off, and waits until it runs.
func (o *Operator) awake(ctx context.Context, ref aiven.ServiceRef) (aiven.Service, error) {
	service, err := o.Aiven.Service(ctx, ref.Project, ref.Name)
	if err != nil || service.State == ccr.ServiceRunning {
		return service, err
	}
	if service.State == ccr.ServicePowerOff {
		on := true
		if _, err := o.Aiven.UpdateService(ctx, aiven.UpdateService{Project: ref.Project, Name: ref.Name, Powered: &on}); err != nil {
			return service, fmt.Errorf("power on service %s: %w", ref, err)
		}
	}
	return o.AwaitRunning(ctx, ref)
}

// relinkAfter is how long an active integration may leave the follower without
// a connection before it is made anew.
const relinkAfter = 15 * time.Second

// linked makes sure that the integration exists and the follower is connected
// to its leader, as far as the leader can be reached.
func (o *Operator) linked(ctx context.Context, p Pair, follower aiven.Service) (*replication.Engine, error) {
	_, exists := link(p, follower.Integrations)
	if _, err := o.Link(ctx, p, follower); err != nil {
		return nil, err
	}
	integration, err := o.awaitLinked(ctx, p)
	if err != nil {
		return nil, err
	}
	engine, leaderErr, err := o.engine(ctx, p, follower)
	switch {
	case err != nil:
		return nil, err
	case !exists:
		return engine, engine.AwaitConnected(ctx, p.Alias())
	case leaderErr != nil:
		return engine, nil // nothing that needs the leader can be done now
	}
	return engine, o.reconnect(ctx, p, engine, integration)
}

// reconnect waits for the connection of an integration that was there before,
// and makes the integration anew where the connection does not come or leads to
// another cluster: users cannot set a connection at Aiven themselves.
func (o *Operator) reconnect(ctx context.Context, p Pair, engine *replication.Engine, integration aiven.Integration) error {
	short, cancel := context.WithTimeout(ctx, relinkAfter)
	defer cancel()
	err := engine.AwaitConnected(short, p.Alias())
	if err != nil && (short.Err() == nil || ctx.Err() != nil) {
		return err
	}
	wrong, err := o.connectionFault(ctx, p, engine)
	if err != nil || wrong == "" {
		return err
	}
	o.report(ctx, fmt.Sprintf("connection %s of the follower %s although the integration is active; making the integration anew", p.Alias(), wrong))
	if err := o.unlink(ctx, p, integration); err != nil {
		return err
	}
	if _, err := o.Aiven.CreateIntegration(ctx, p.Leader, p.Follower); err != nil {
		return err
	}
	if _, err := o.awaitLinked(ctx, p); err != nil {
		return err
	}
	return engine.AwaitConnected(ctx, p.Alias())
}

// connectionFault says what of a connection only a new integration mends; ""
// where it is well, or where the leader is out of reach.
func (o *Operator) connectionFault(ctx context.Context, p Pair, engine *replication.Engine) (string, error) {
	observation, err := engine.Observe(ctx, p.Alias())
	switch {
	case err != nil:
		return "", err
	case !observation.Connection.Exists:
		return "is missing", nil
	}
	return engine.Elsewhere(ctx, observation), nil
}

// promote makes the follower a service of its own: rules removed, replications
// stopped, after they caught up where the leader can be reached, then unlinked.
func (o *Operator) promote(ctx context.Context, p Pair, d ccr.Desired, follower aiven.Service) (Seen, error) {
	engine, err := o.alone(p, follower)
	if err != nil {
		return Seen{Follower: follower}, err
	}
	before, err := engine.Observe(ctx, p.Alias())
	if err != nil {
		return o.lastSeen(ctx, p, d, err)
	}
	if before.Connection.Connected {
		if err := o.leadsToLeader(ctx, p, follower); err != nil {
			return o.lastSeen(ctx, p, d, err)
		}
	}
	if _, err := engine.Converge(ctx, d); err != nil {
		return o.lastSeen(ctx, p, d, err)
	}
	if integration, exists := link(p, follower.Integrations); exists {
		if err := o.unlink(ctx, p, integration); err != nil {
			return o.lastSeen(ctx, p, d, err)
		}
	}
	seen, err := o.Observe(ctx, p, d)
	if !before.Connection.Connected && len(before.Replications) > 0 {
		seen.EndedAt = before.Checkpoints()
	}
	return seen, err
}

// leadsToLeader refuses a connection that leads to another cluster: what is
// promoted over it would catch up with that.
func (o *Operator) leadsToLeader(ctx context.Context, p Pair, follower aiven.Service) error {
	engine, leaderErr, err := o.engine(ctx, p, follower)
	if err != nil || leaderErr != nil {
		return err // without the leader it cannot be told
	}
	fault, err := o.connectionFault(ctx, p, engine)
	if err == nil && fault != "" {
		err = fmt.Errorf("the connection to the leader, remote cluster %s, %s, so nothing can catch up: repair it with desired_state = \"replicating\" first", p.Alias(), fault)
	}
	return err
}

// unlink deletes the integration and waits until the follower does not list it.
func (o *Operator) unlink(ctx context.Context, p Pair, integration aiven.Integration) error {
	if err := o.Aiven.DeleteIntegration(ctx, p.Follower.Project, integration.ID); err != nil {
		return err
	}
	return o.until(ctx, fmt.Sprintf("the integration %s of %s is gone", integration.ID, p.Follower), func(ctx context.Context) (bool, string, error) {
		all, err := o.Aiven.Integrations(ctx, p.Follower.Project, p.Follower.Name)
		_, there := link(p, all)
		return err == nil && !there, "the follower still lists it", err
	})
}
