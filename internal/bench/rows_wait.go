// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// waitRows are the rows of waits for a service.
func (b *bench) waitRows() []row {
	return []row{
		{name: "service_end", what: "what create adds after the API first says RUNNING and active, without an index", bound: 1, measure: b.afterRunning},
		{name: "hour_requests", what: "requests in a wait of one hour for a service", unit: inRequests, bound: 400, runs: 100, late: true, measure: hourRequests},
		{name: "hour_late", what: "how late the end of that wait is noticed (p95)", bound: 2, runs: 100, late: true, measure: hourLate},
	}
}

// buildTime is how long the service of this row is built, about as long as a node of the sandbox.
const buildTime = 8 * time.Second

// afterRunning creates a follower of an empty leader and looks at the API in its place, every few milliseconds.
func (b *bench) afterRunning(ctx context.Context, round int) (ours, floor float64, err error) {
	m := b.newMemoryPlatform()
	if _, err := m.service(ctx, leaderOf); err != nil {
		return 0, 0, err
	}
	f, err := b.newFolder(ctx, followerConfiguration, m.environment()...)
	if err != nil {
		return 0, 0, err
	}
	// A little more each time, so that no pause of the wait happens to end with the build.
	m.plane.SlowBuild(controlplane.ServiceRef{Project: project, Name: eu}, buildTime+time.Duration(round)*170*time.Millisecond)
	client, err := aiven.New(aiven.Config{Token: token, URL: m.url})
	if err != nil {
		return 0, 0, err
	}
	ready := make(chan time.Time, 1)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for watching.Err() == nil {
			s, err := client.Service(watching, project, eu)
			if err == nil && s.State == ccr.ServiceRunning && len(s.Integrations) == 1 && s.Integrations[0].Active {
				ready <- time.Now()
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	_, output, err := f.apply(ctx, "-json")
	if err != nil {
		return 0, 0, err
	}
	ended, err := completed(output)
	if err != nil {
		return 0, 0, err
	}
	return ended.Sub(<-ready).Seconds(), 0, nil
}

// hour is a wait for a service that is built for an hour, on a clock that moves only when somebody sleeps.
type hour struct {
	pair.ControlPlane

	now   time.Time
	ends  time.Time
	nodes []time.Time // when each node runs
	asked int
}

func (h *hour) Now() time.Time { return h.now }

func (h *hour) Sleep(ctx context.Context, d time.Duration) error {
	h.now = h.now.Add(d)
	return ctx.Err()
}

var errEnough = errors.New("the service runs")

// Service shows the service as it is at the moment. When it runs, the wait is over, and with it what is measured.
func (h *hour) Service(_ context.Context, project, name string) (aiven.Service, error) {
	h.asked++
	s := aiven.Service{ServiceRef: aiven.ServiceRef{Project: project, Name: name}, Type: ccr.ServiceTypeOpenSearch, State: ccr.ServiceRebuilding, NodeCount: len(h.nodes)}
	for _, since := range h.nodes {
		if !h.now.Before(since) {
			s.NodesRunning++
		}
	}
	if !h.now.Before(h.ends) {
		return s, errEnough
	}
	return s, nil
}

// wait waits for the service of a round. Its nodes come up over the hour, and the last of them some seconds up
// to two minutes before the API says that the service runs, as a cluster needs that has to settle.
func wait(ctx context.Context, round int) (*hour, error) {
	random := rand.New(rand.NewPCG(1, uint64(round))) // the same times in each run
	seconds := func(from, to float64) time.Duration {
		return time.Duration((from + random.Float64()*(to-from)) * float64(time.Second))
	}
	began := time.Unix(0, 0)
	h := &hour{now: began, ends: began.Add(seconds(3500, 3600))}
	last := h.ends.Add(-seconds(15, 120))
	h.nodes = []time.Time{began.Add(seconds(600, 1800)), began.Add(seconds(1800, 3300)), last}
	connect := func(aiven.Connection) (*replication.Reader, error) { return nil, errors.New("no data plane here") }
	operator := pair.NewOperator(h, connect, h, func(context.Context, poll.Progress) {})
	p := pair.Pair{Leader: aiven.ServiceRef{Project: project, Name: leaderOf}, Follower: aiven.ServiceRef{Project: project, Name: eu}}
	_, err := operator.Converge(ctx, pair.Wish{Pair: p, Desired: p.Desired([]string{"*"}, ccr.ModeReplicating, ccr.Owned{}, ccr.Permissions{})}, ccr.Approval{})
	if !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("the wait ended with %w", err)
	}
	return h, nil
}

func hourRequests(ctx context.Context, round int) (ours, floor float64, err error) {
	h, err := wait(ctx, round)
	if err != nil {
		return 0, 0, err
	}
	return float64(h.asked), 0, nil
}

func hourLate(ctx context.Context, round int) (ours, floor float64, err error) {
	h, err := wait(ctx, round)
	if err != nil {
		return 0, 0, err
	}
	return h.now.Sub(h.ends).Seconds(), 0, nil
}
