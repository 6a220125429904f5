// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// Seen is what was seen of a pair, and what was decided by it.
type Seen struct {
	Follower aiven.Service
	// Integration is the zero value where the two are not linked.
	Integration aiven.Integration
	Observation ccr.PairObservation
	Decision    ccr.Decision
	// EndedAt is where the replications ended, by follower index, that this session
	// has stopped in a promotion; nil where there are none.
	EndedAt map[string]ccr.Ended
	// Alone is set where a promotion has ended replications without their leader.
	Alone bool
}

// Exists reports whether the follower service was seen at all.
func (s Seen) Exists() bool { return s.Follower.Name != "" }

// Readable reports whether the follower's replications could be read.
func (s Seen) Readable() bool {
	return s.Exists() && s.Observation.Unreadable == "" && s.Observation.Follower.State != ccr.ServicePowerOff
}

// ErrNoFollower says that the follower service does not exist: the API of a
// project that answers says so of this very name.
var ErrNoFollower = errors.New("the follower service does not exist")

// ErrNoSecrets says that the token may not read the follower's secrets, without
// which its replications cannot be read. Waiting does not change that.
var ErrNoSecrets = errors.New("the token may not read the secrets of the service")

// Wish is what a pair is meant to be.
type Wish struct {
	Pair Pair
	ccr.Desired
	// Finished is set on a pair whose creation was complete once.
	Finished bool
}

// Observe looks at a pair: one request for each service and a constant number to
// the data planes. It returns [ErrNoFollower] where there is none. A follower
// that cannot be read and a leader that is unreachable are no errors; the
// decision has what follows from them.
func (o *Operator) Observe(ctx context.Context, w Wish) (Seen, error) {
	return o.session(w).look(ctx)
}

// session is the work on one pair. Its engine remembers what it learns.
type session struct {
	*Operator

	wish    Wish
	engine  *replication.Engine
	address aiven.Connection
	// unasked says why the leader cannot be asked directly; nil where it can.
	unasked error
	began   time.Time
	// linked is set once this session has created the integration.
	linked bool
	// last is what was seen last.
	last Seen
}

func (o *Operator) session(w Wish) *session {
	return &session{Operator: o, wish: w, began: o.clock.Now()}
}

// look reads both planes and decides.
func (s *session) look(ctx context.Context) (Seen, error) {
	p := s.wish.Pair
	follower, err := s.Aiven.Service(ctx, p.Follower.Project, p.Follower.Name)
	if aiven.IsNotFound(err) {
		return Seen{}, fmt.Errorf("%w: %w", ErrNoFollower, err)
	}
	if err != nil {
		return Seen{}, err
	}
	seen := Seen{Follower: follower, EndedAt: s.last.EndedAt, Alone: s.last.Alone}
	link, err := s.link(ctx, follower)
	if err != nil {
		return seen, err
	}
	seen.Integration, _ = linkOf(p, follower.Integrations)
	seen.Observation = ccr.PairObservation{Follower: followerFact(follower), Link: link, Finished: s.wish.Finished && !s.linked}
	if follower.State != ccr.ServicePowerOff {
		_, unlinked := link.Absent()
		seen.Observation.Observation, err = s.replications(ctx, follower, unlinked)
		if ctx.Err() != nil {
			return seen, context.Cause(ctx)
		}
		if errors.Is(err, ErrNoSecrets) {
			return seen, err
		}
		if err != nil {
			seen.Observation.Unreadable = err.Error()
		}
	}
	if seen.Observation.PerhapsFenced(s.wish.Desired) {
		seen.Observation.Fences = s.fences(ctx, follower)
	}
	seen.Decision = ccr.DecidePair(s.wish.Desired, seen.Observation)
	s.last = seen
	return seen, nil
}

// followerFact is the follower service as the decider knows it.
func followerFact(s aiven.Service) ccr.FollowerService {
	return ccr.FollowerService{Project: s.Project, Name: s.Name, State: s.State, Nodes: s.NodeCount, NodesRunning: s.NodesRunning, Created: s.Created, Protected: s.TerminationProtection}
}

// relistAfter is how long after one list without the integration a second one
// has to agree before the integration is taken for deleted.
const relistAfter = 3 * time.Second

// link finds the integration. That it does not exist is proven by two lists
// without it, some seconds apart, of a service that runs.
func (s *session) link(ctx context.Context, follower aiven.Service) (ccr.Fact[ccr.Link], error) {
	p := s.wish.Pair
	if there, exists := linkOf(p, follower.Integrations); exists {
		return ccr.Present(linkFact(p, there)), nil
	}
	if follower.State != ccr.ServiceRunning {
		return ccr.Unknown[ccr.Link]("the follower service is " + follower.State), nil
	}
	if err := s.clock.Sleep(ctx, relistAfter); err != nil {
		return ccr.Fact[ccr.Link]{}, err
	}
	again, err := s.Aiven.Integrations(ctx, p.Follower.Project, p.Follower.Name)
	if err != nil {
		return ccr.Unknown[ccr.Link](err.Error()), nil
	}
	if there, exists := linkOf(p, again); exists {
		return ccr.Present(linkFact(p, there)), nil
	}
	return ccr.Absent[ccr.Link]("the API lists the integrations of the follower twice without it"), nil
}

func linkFact(p Pair, i aiven.Integration) ccr.Link {
	link := ccr.Link{ID: i.ID, Project: p.Follower.Project, Leader: p.Leader.String(), Active: i.Active}
	if i.Status == aiven.IntegrationFailed {
		link.Failed = i.StatusMessage
		if link.Failed == "" {
			link.Failed = "the API gives no reason"
		}
	}
	return link
}

// Links are the integrations of a follower service with its leaders, by the alias
// of the leader on the follower.
func Links(follower aiven.Service) map[string]ccr.Link {
	links := map[string]ccr.Link{}
	for _, i := range follower.Integrations {
		if p := (Pair{Leader: i.Leader, Follower: i.Follower}); i.Follower == follower.ServiceRef {
			links[p.Alias()] = linkFact(p, i)
		}
	}
	return links
}

// linkOf finds the integration between the two services of a pair.
func linkOf(p Pair, integrations []aiven.Integration) (aiven.Integration, bool) {
	for _, i := range integrations {
		if i.Leader == p.Leader && i.Follower == p.Follower {
			return i, true
		}
	}
	return aiven.Integration{}, false
}

// replications reads the follower's data plane.
func (s *session) replications(ctx context.Context, follower aiven.Service, unlinked bool) (ccr.Observation, error) {
	engine, err := s.engineOf(ctx, follower)
	if err != nil {
		return ccr.Observation{}, err
	}
	seen, err := engine.Observe(ctx, replication.Question{Alias: s.wish.Alias, Owned: s.wish.Owned, Unlinked: unlinked, Leaderless: s.wish.leaderless()})
	return seen, OtherRoutes(follower, err)
}

// engineOf returns the session's engine, a new one where the follower has
// another address or password by now. The leader is asked directly only where
// the follower does not show its indices; one that cannot be is left out.
func (s *session) engineOf(ctx context.Context, follower aiven.Service) (*replication.Engine, error) {
	if follower.SecretsHidden != "" {
		return nil, NoSecrets(follower)
	}
	if follower.Connection.URL == "" {
		return nil, NoAddress(follower)
	}
	if s.engine != nil && s.address == follower.Connection {
		return s.engine, nil
	}
	reader, err := s.connect(follower.Connection)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", s.wish.Pair.Follower, err)
	}
	var direct *replication.Client
	if !s.wish.leaderless() || s.wish.Lift {
		direct, s.unasked = s.leader(ctx)
	}
	s.engine, s.address = replication.NewEngine(reader, direct, s.clock, s.report), follower.Connection
	s.engine.Since(s.began)
	return s.engine, nil
}

// NoAddress says that a service has no address, or none on the route that the
// provider is to use.
func NoAddress(s aiven.Service) error {
	if other := s.OtherRoutes(); len(other) > 0 && !slices.Contains(s.Routes, s.Route) {
		return fmt.Errorf("service %s has no address on route %s. Set aiven.route in the provider block to a route that it has: %s", s, s.Route, strings.Join(other, ", "))
	}
	return fmt.Errorf("service %s (state %s) has no address yet", s, s.State)
}

// noSecretsError is an [ErrNoSecrets] with all that a user needs to know.
type noSecretsError struct{ text string }

func (e *noSecretsError) Error() string { return e.text }

func (e *noSecretsError) Unwrap() error { return ErrNoSecrets }

// NoSecrets is the [ErrNoSecrets] of a service whose secrets are hidden.
func NoSecrets(s aiven.Service) error {
	return &noSecretsError{ccr.HiddenSecrets(s.String(), s.Project, s.SecretsHidden)}
}

// OtherRoutes adds to an error of a service that cannot be reached which other
// addresses it has.
func OtherRoutes(s aiven.Service, err error) error {
	if other := s.OtherRoutes(); replication.IsUnreachable(err) && len(other) > 0 {
		return fmt.Errorf("%w. This is the address of service %s on route %s; it also has addresses on the routes %s (aiven.route in the provider block)", err, s, s.Route, strings.Join(other, ", "))
	}
	return err
}

// leader is the client of the leader; nil, with the reason, where it cannot be asked.
func (s *session) leader(ctx context.Context) (*replication.Client, error) {
	reader, err := s.reader(ctx, s.wish.Pair.Leader)
	if err != nil {
		return nil, err
	}
	return reader.Client, nil
}

// reader reads the data plane of a service.
func (o *Operator) reader(ctx context.Context, ref aiven.ServiceRef) (*replication.Reader, error) {
	service, err := o.Aiven.Service(ctx, ref.Project, ref.Name)
	if err != nil {
		return nil, err
	}
	return o.readerOf(service)
}

// readerOf is [Operator.reader] of a service that was read already. An error says
// why its data plane cannot be asked.
func (o *Operator) readerOf(s aiven.Service) (*replication.Reader, error) {
	switch {
	case s.State == ccr.ServicePowerOff:
		return nil, fmt.Errorf("service %s is powered off", s)
	case s.SecretsHidden != "":
		return nil, NoSecrets(s)
	case s.Connection.URL == "":
		return nil, NoAddress(s)
	}
	reader, err := o.connect(s.Connection)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", s, err)
	}
	return reader, nil
}

// leaderless reports whether nothing is asked of the leader: what ends the
// replications takes it as it is, unless its writes are to be blocked first.
func (w Wish) leaderless() bool { return w.Mode == ccr.ModePromoted && !w.Fence }

// fences are the write blocks on the leader's indices.
func (s *session) fences(ctx context.Context, follower aiven.Service) ccr.Fact[map[string]ccr.Fence] {
	engine, err := s.engineOf(ctx, follower)
	if err == nil {
		err = s.unasked
	}
	if err != nil {
		return ccr.Unknown[map[string]ccr.Fence](err.Error())
	}
	return engine.Fences(ctx)
}

// Connected reports whether the follower was linked and connected to its leader.
func (s Seen) Connected() bool {
	c, known := s.Observation.Connection.Value()
	return s.Integration.ID != "" && known && c.Connected
}

// LinkError says that Aiven could not set up the integration, about which an
// apply can do nothing.
func (s Seen) LinkError() error {
	if link, _ := s.Observation.Link.Value(); link.Failed != "" {
		return errors.New(s.Decision.Reason)
	}
	return nil
}
