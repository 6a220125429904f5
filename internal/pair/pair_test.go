// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

var (
	leader   = aiven.ServiceRef{Project: "acme", Name: "search-us"}
	follower = aiven.ServiceRef{Project: "acme", Name: "search-eu"}
	both     = Pair{Leader: leader, Follower: follower}
)

// plane is a fake control plane: these tests are about what is asked of it and
// in which order, and about answers that a healthy one never gives. What the
// world does with it is tested on the sandbox's nodes, in package acceptance.
type plane struct {
	services map[aiven.ServiceRef]aiven.Service
	calls    []string
	// fails are the errors of some calls, by what is in calls.
	fails map[string]error
	// lingers is how often a deleted service still answers.
	lingers int
	deleted bool
	// builds is how often the follower answers that it is being built.
	builds int
	// said are the lines of progress.
	said []string
}

func newPlane(services ...aiven.Service) *plane {
	p := &plane{services: map[aiven.ServiceRef]aiven.Service{}, fails: map[string]error{}}
	for _, s := range services {
		p.services[s.ServiceRef] = s
	}
	return p
}

func (p *plane) called(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	p.calls = append(p.calls, call)
	return p.fails[call]
}

func notFound(ref aiven.ServiceRef) error {
	return &aiven.Error{Method: http.MethodGet, Path: "/v1/project/" + ref.Project + "/service/" + ref.Name, Status: http.StatusNotFound, Message: "Service does not exist"}
}

func (p *plane) Service(_ context.Context, project, name string) (aiven.Service, error) {
	ref := aiven.ServiceRef{Project: project, Name: name}
	if err := p.called("read %s", ref); err != nil {
		return aiven.Service{}, err
	}
	s, there := p.services[ref]
	if p.deleted && ref == follower {
		p.lingers--
		there = p.lingers >= 0
	}
	if !there {
		return aiven.Service{}, notFound(ref)
	}
	if ref == follower && p.builds > 0 {
		p.builds--
		s.State, s.NodesRunning = ccr.ServiceRebuilding, 3-min(p.builds, 3)
	}
	return s, nil
}

func (p *plane) Services(_ context.Context, project string) ([]aiven.Service, error) {
	var out []aiven.Service
	for _, s := range p.services {
		out = append(out, s)
	}
	return out, p.called("list %s", project)
}

func (p *plane) CreateService(_ context.Context, in aiven.CreateService) (aiven.Service, error) {
	return aiven.Service{}, p.called("create %s", in.Name)
}

func (p *plane) UpdateService(_ context.Context, in aiven.UpdateService) (aiven.Service, error) {
	return p.services[aiven.ServiceRef{Project: in.Project, Name: in.Name}], p.called("update %s tags %v", in.Name, in.Tags)
}

func (p *plane) DeleteService(_ context.Context, d ccr.Destruction) error {
	project, name, _ := d.Service()
	p.deleted = true
	return p.called("delete %s/%s", project, name)
}

func (p *plane) Integrations(_ context.Context, project, service string) ([]aiven.Integration, error) {
	return p.services[aiven.ServiceRef{Project: project, Name: service}].Integrations, p.called("integrations of %s", service)
}

func (p *plane) CreateIntegration(_ context.Context, l, f aiven.ServiceRef) (aiven.Integration, error) {
	return aiven.Integration{Leader: l, Follower: f}, p.called("link %s to %s", f, l)
}

func (p *plane) DeleteIntegration(_ context.Context, d ccr.Destruction) error {
	_, id := d.Integration()
	err := p.called("unlink %s", id)
	for ref, s := range p.services {
		if err == nil {
			s.Integrations = slices.DeleteFunc(slices.Clone(s.Integrations), func(i aiven.Integration) bool { return i.ID == id })
			p.services[ref] = s
		}
	}
	return err
}

func (p *plane) Plans(_ context.Context, project string) (aiven.Offer, error) {
	return aiven.Offer{Plans: []ccr.Plan{{Name: "business-4", NodeCount: 3}}}, p.called("plans of %s", project)
}

// ticking is a clock that moves by itself when somebody sleeps.
type ticking struct {
	now   time.Time
	slept []time.Duration
	// moved is told the time after each pause; it may be nil.
	moved func(time.Time)
}

func (c *ticking) Now() time.Time { return c.now }

func (c *ticking) Sleep(ctx context.Context, d time.Duration) error {
	c.now, c.slept = c.now.Add(d), append(c.slept, d)
	if c.moved != nil {
		c.moved(c.now)
	}
	return ctx.Err()
}

func (p *plane) VPC(_ context.Context, project, id string) (ccr.VPC, error) {
	return ccr.VPC{ID: id}, p.called("vpc %s of %s", id, project)
}

// operator works on the fake; no data plane can be reached.
func (p *plane) operator() *Operator {
	return NewOperator(p, func(aiven.Connection) (*replication.Reader, error) { return nil, errors.New("no route to host") }, &ticking{}, func(_ context.Context, progress poll.Progress) { p.said = append(p.said, progress.String()) })
}

func service(ref aiven.ServiceRef, state string, integrations ...aiven.Integration) aiven.Service {
	return aiven.Service{ServiceRef: ref, Type: ccr.ServiceTypeOpenSearch, State: state, Plan: "business-4", Connection: aiven.Connection{URL: "https://" + ref.Name}, Integrations: integrations}
}

var linked = aiven.Integration{ID: "i-1", Leader: leader, Follower: follower, Active: true, Status: aiven.IntegrationRunning}

func assertCalls(t *testing.T, p *plane, want ...string) {
	t.Helper()
	if !slices.Equal(p.calls, want) {
		t.Errorf("calls:\n%s\nwant:\n%s", strings.Join(p.calls, "\n"), strings.Join(want, "\n"))
	}
}

func TestDeleteFollower_SkipsWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	tests := map[string]struct {
		follower []aiven.Service
		fails    map[string]error
		lingers  int
		warnings []string // a part of each
		created  time.Time
		wantErr  error
		calls    []string
	}{
		"gone already": {calls: []string{"read acme/search-eu"}},
		"protected": {
			follower: []aiven.Service{protected(service(follower, ccr.ServiceRunning, linked))}, wantErr: ErrProtected,
			calls: []string{"read acme/search-eu"},
		},
		"another service of that name": {
			follower: []aiven.Service{service(follower, ccr.ServiceRunning, linked)}, created: time.Unix(1, 0), wantErr: ErrAnotherService,
			calls: []string{"read acme/search-eu"},
		},
		"unreachable": {
			follower: []aiven.Service{service(follower, ccr.ServiceRunning, linked)}, lingers: 2,
			warnings: []string{"could not be stopped before the service was deleted"},
			calls:    []string{"read acme/search-eu", "unlink i-1", "integrations of search-eu", "delete acme/search-eu", "read acme/search-eu", "read acme/search-eu", "read acme/search-eu"},
		},
		"powered off, and the integration cannot be deleted": {
			follower: []aiven.Service{service(follower, ccr.ServicePowerOff, linked)}, fails: map[string]error{"unlink i-1": refused},
			warnings: []string{"the service is powered off", "The integration of acme/search-eu with its leader could not be deleted"},
			calls:    []string{"read acme/search-eu", "unlink i-1", "delete acme/search-eu", "read acme/search-eu"},
		},
		"the service cannot be deleted": {
			follower: []aiven.Service{service(follower, ccr.ServicePowerOff)}, fails: map[string]error{"delete acme/search-eu": refused}, wantErr: refused,
			warnings: []string{"the service is powered off"},
			calls:    []string{"read acme/search-eu", "delete acme/search-eu"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlane(append(tt.follower, service(leader, ccr.ServiceRunning, linked))...)
			p.fails, p.lingers = tt.fails, tt.lingers
			warnings, err := p.operator().Delete(t.Context(), wished(ccr.ModeReplicating), tt.created, "destroy")
			if !errors.Is(err, tt.wantErr) {
				t.Errorf("got %v, want %v", err, tt.wantErr)
			}
			if len(warnings) != len(tt.warnings) {
				t.Fatalf("warnings %q, want %q", warnings, tt.warnings)
			}
			for i, want := range tt.warnings {
				if !strings.Contains(warnings[i], want) {
					t.Errorf("warning %q does not say %q", warnings[i], want)
				}
			}
			assertCalls(t, p, tt.calls...)
		})
	}
}

func TestObserve_FollowerOutOfReachIsDegraded(t *testing.T) {
	t.Parallel()
	p := newPlane(service(leader, ccr.ServiceRunning, linked), service(follower, ccr.ServiceRunning, linked))
	seen, err := p.operator().Observe(t.Context(), wished(ccr.ModeReplicating))
	if err != nil {
		t.Fatal(err)
	}
	want := "the follower (state RUNNING) cannot be read: service acme/search-eu: no route to host"
	if seen.Decision.Status != ccr.StatusDegraded || seen.Decision.Reason != want || seen.Readable() {
		t.Errorf("got %+v, want degraded: %s", seen.Decision, want)
	}
	if _, err := newPlane().operator().Observe(t.Context(), wished(ccr.ModeReplicating)); !errors.Is(err, ErrNoFollower) {
		t.Errorf("of no service: %v", err)
	}
}

// That the integration is gone takes two lists of a service that runs.
func TestObserve_OneListWithoutTheIntegrationProvesNothing(t *testing.T) {
	t.Parallel()
	p := newPlane(service(leader, ccr.ServiceRunning), service(follower, ccr.ServiceRunning))
	seen, err := p.operator().Observe(t.Context(), wished(ccr.ModeReplicating))
	if err != nil {
		t.Fatal(err)
	}
	if proof, absent := seen.Observation.Link.Absent(); !absent {
		t.Errorf("two lists without it: got %v, %v, want absent", seen.Observation.Link, proof)
	}
	for name, plane := range map[string]*plane{
		"the second list fails": func() *plane {
			p := newPlane(service(leader, ccr.ServiceRunning), service(follower, ccr.ServiceRunning))
			p.fails["integrations of search-eu"] = errors.New("refused")
			return p
		}(),
		"the service is being rebuilt": newPlane(service(leader, ccr.ServiceRunning), service(follower, ccr.ServiceRebuilding)),
	} {
		seen, err := plane.operator().Observe(t.Context(), wished(ccr.ModeReplicating))
		if err != nil {
			t.Fatal(err)
		}
		if _, unknown := seen.Observation.Link.Unknown(); !unknown {
			t.Errorf("%s: got %v, want unknown", name, seen.Observation.Link)
		}
	}
}

func protected(s aiven.Service) aiven.Service {
	s.TerminationProtection = true
	return s
}

func wished(mode ccr.Mode) Wish {
	return Wish{Pair: both, Desired: both.Desired([]string{"*"}, mode, ccr.Owned{}, ccr.Permissions{}), Finished: true}
}

func TestAdopt_NeedsOneLeader(t *testing.T) {
	t.Parallel()
	other := aiven.Integration{ID: "i-2", Leader: aiven.ServiceRef{Project: "acme", Name: "search-ap"}, Follower: follower}
	for want, integrations := range map[string][]aiven.Integration{
		"it is not a follower": nil,
		"it follows several leaders (acme/search-us, acme/search-ap); import one opensearch_ccr_integration for each of them": {linked, other},
	} {
		_, err := newPlane(service(follower, ccr.ServiceRunning, integrations...)).operator().Adopt(t.Context(), follower)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestList_NamesEachPairOnce(t *testing.T) {
	t.Parallel()
	p := newPlane(service(leader, ccr.ServiceRunning, linked), service(follower, ccr.ServiceRunning, linked))
	pairs, err := p.operator().List(t.Context(), "acme")
	if err != nil || !slices.Equal(pairs, []Pair{both}) {
		t.Errorf("got %v, %v", pairs, err)
	}
}

func TestLookup_AsksOnceForAll(t *testing.T) {
	t.Parallel()
	p := newPlane(service(leader, ccr.ServiceRunning))
	l := NewLookup(p.operator())
	for range 3 {
		if _, found, err := l.Service(t.Context(), leader); err != nil || !found {
			t.Errorf("the leader: %t, %v", found, err)
		}
		if _, found, err := l.Service(t.Context(), follower); err != nil || found {
			t.Errorf("the follower: %t, %v", found, err)
		}
		if offer, err := l.Offer(t.Context(), "acme"); err != nil || len(offer.Plans) != 1 {
			t.Errorf("the offer: %v, %v", offer, err)
		}
	}
	assertCalls(t, p, "read acme/search-us", "read acme/search-eu", "plans of acme")
	l.Forget()
	if _, _, err := l.Service(t.Context(), leader); err != nil {
		t.Error(err)
	}
	assertCalls(t, p, "read acme/search-us", "read acme/search-eu", "plans of acme", "read acme/search-us")
}

// The lines of a long wait: the phase, the time of the whole operation, one line
// at least every 30 s; and the end is noticed soon, because all nodes run.
func TestPoint9_05_AwaitRunningSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	built := service(follower, ccr.ServiceRunning, linked)
	built.NodeCount, built.NodesRunning = 3, 3
	p := newPlane(built)
	p.builds = 40
	clock := &ticking{now: time.Unix(0, 0)}
	o := p.operator()
	o.clock = clock
	s := o.session(wished(ccr.ModeReplicating))
	clock.now = clock.now.Add(time.Minute) // what was before is part of the operation
	if err := s.awaitRunning(t.Context()); err != nil {
		t.Fatal(err)
	}
	const waiting = ": service: waiting until service acme/search-eu is RUNNING"
	if p.said[0] != "1m0s"+waiting || p.said[1] != "1m1s"+waiting+": its state is REBUILDING, 0 of 3 nodes are running" {
		t.Errorf("the first lines are %q", p.said[:2])
	}
	var before time.Duration
	for _, line := range p.said {
		elapsed, err := time.ParseDuration(strings.SplitN(line, ": ", 2)[0])
		if err != nil || elapsed-max(before, time.Minute) > 30*time.Second {
			t.Errorf("after %s comes %q", before, line)
		}
		before = elapsed
	}
	if last := p.said[len(p.said)-1]; !strings.HasSuffix(last, "2 of 3 nodes are running") && !strings.HasSuffix(last, "3 of 3 nodes are running") {
		t.Errorf("the last line is %q", last)
	}
	if pause := clock.slept[len(clock.slept)-1]; pause != firstPause {
		t.Errorf("the last pause was %s although all nodes ran, want %s", pause, firstPause)
	}
}

// Of a build without a word from its nodes the end is noticed late by a tenth at most.
func TestPoint9_05_TheEndOfABuildIsNoticedSoon(t *testing.T) {
	t.Parallel()
	for _, build := range []time.Duration{time.Second, 25 * time.Second, 40 * time.Second} {
		p := newPlane(service(follower, ccr.ServiceRunning, linked))
		clock := &ticking{now: time.Unix(0, 0), moved: func(now time.Time) {
			if now.Sub(time.Unix(0, 0)) >= build {
				p.builds = 0
			}
		}}
		p.builds = 1000
		o := p.operator()
		o.clock = clock
		if err := o.session(wished(ccr.ModeReplicating)).awaitRunning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if late := clock.now.Sub(time.Unix(0, 0)) - build; late > max(build/10, firstPause) {
			t.Errorf("a build of %s is noticed %s late", build, late)
		}
	}
}

// A pair that was complete once and does not come back, because its leader is
// down, does not hold an apply up for the whole of its time-out. A new one does.
func TestAwaitConnected_ForMinutesWhereThePairWasComplete(t *testing.T) {
	t.Parallel()
	inactive := linked
	inactive.Active = false
	for _, finished := range []bool{true, false} {
		p := newPlane(service(follower, ccr.ServiceRunning, inactive))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		clock := &ticking{now: time.Unix(0, 0), moved: func(now time.Time) {
			if now.Sub(time.Unix(0, 0)) > time.Hour {
				cancel()
			}
		}}
		o := p.operator()
		o.clock = clock
		wish := wished(ccr.ModeReplicating)
		wish.Finished = finished
		err := o.session(wish).await(ctx, ccr.AwaitConnected)
		waited := clock.now.Sub(time.Unix(0, 0))
		if finished && (err != nil || waited < reachTime || waited > reachTime+time.Minute) || !finished && (err == nil || waited < time.Hour) {
			t.Errorf("finished %t: waited %s, error %v", finished, waited, err)
		}
	}
}

func TestTurn_OneAtATimeOnAFollower(t *testing.T) {
	t.Parallel()
	o := newPlane().operator()
	done, err := o.Turn(t.Context(), follower)
	if err != nil {
		t.Fatal(err)
	}
	others, err := o.Turn(t.Context(), leader) // another service is free
	if err != nil {
		t.Fatal(err)
	}
	others()
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Turn(interrupted, follower); !errors.Is(err, context.Canceled) {
		t.Errorf("while it is taken: %v", err)
	}
	done()
	if again, err := o.Turn(t.Context(), follower); err != nil {
		t.Error(err)
	} else {
		again()
	}
}
