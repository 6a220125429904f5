// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

const (
	copied     = 100 // indices of a create
	followed   = 12  // indices that autofollow alone starts: more would take minutes
	few        = 10  // indices where the end of a wait is looked at
	applyRuns  = 10
	housekeep  = 8 // requests at a time between measurements
	lookEvery  = 50 * time.Millisecond
	watchEvery = 10 * time.Millisecond
)

// copyRows are the rows on two real nodes: a leader service and its follower, which runs and is connected.
func (b *bench) copyRows() []row {
	rival := "it takes the real plugin (OPENSEARCH_HOME)"
	if os.Getenv("OPENSEARCH_HOME") != "" {
		rival = "it takes a build of that pull request"
	}
	return []row{
		{name: "create", what: "create with 100 indices, after the service is ready", floor: "plain _start calls at the best concurrency", bound: 1.05, measure: b.round(func(r round) (float64, float64) { return r.created, r.plainCreated })},
		{name: "create_requests", what: "requests of that create", unit: inRequests, bound: copied + 25, measure: b.round(func(r round) (float64, float64) { return r.asked, 0 })},
		{name: "destroy", what: "destroy of the same, replication part", floor: "plain _stop calls at the best concurrency", bound: 1.05, measure: b.round(func(r round) (float64, float64) { return r.stopped, r.plainStopped })},
		{name: "create_end", what: "what apply adds after the last index is in sync (p95)", bound: 0.3, runs: applyRuns, late: true, measure: b.afterSync},
		{name: "autofollow", what: "create with 12 indices", floor: "autofollow alone", bound: 0.05, measure: b.againstRule},
		{name: "replications_create", what: "apply of 100 opensearch_ccr_replication at -parallelism=10", floor: "plain _start calls, 10 at a time, beside an apply of 100 empty resources", bound: 1.1, measure: b.againstREST},
		{name: "replications_rival", what: "the same on the real plugin", floor: "the open pull request of the OpenSearch provider", bound: 1, elsewhere: rival},
	}
}

// realServices are a leader and a follower on real nodes.
type realServices struct {
	sandbox          *sandbox.Sandbox
	project          string
	leader, follower *sandbox.Service
	operator         *pair.Operator
	pair             pair.Pair
	plain            *plain
	// starts and stops are the concurrencies at which plain calls were fastest.
	starts, stops int
	rounds        []round
}

// round is one create and destroy of 100 indices by the provider, and one by plain calls: seconds, and the
// requests of the provider's create.
type round struct{ created, plainCreated, stopped, plainStopped, asked float64 }

// real starts the services, once.
func (b *bench) real(ctx context.Context) (*realServices, error) {
	if b.services != nil {
		return b.services, nil
	}
	s, err := sandbox.Start(ctx, sandbox.Options{Heap: "1g"}) // or a breaker trips after some hundred indices
	if err != nil {
		return nil, err
	}
	b.onClose(func() error {
		late, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return s.Close(late)
	})
	r := &realServices{sandbox: s, project: s.NewProject()}
	if r.leader, err = s.CreateService(ctx, r.project, leaderOf, "business-4"); err != nil {
		return nil, err
	}
	for prefix, n := range map[string]int{"bulk": copied, "auto": followed, "few": few} {
		for _, index := range numbered(prefix, n) {
			if err := must(ctx, r.leader, http.MethodPut, "/"+index, map[string]any{"settings": map[string]any{"number_of_shards": 1, "number_of_replicas": 0}}); err != nil {
				return nil, err
			}
			if err := must(ctx, r.leader, http.MethodPut, "/"+index+"/_doc/1", map[string]any{"title": index}); err != nil {
				return nil, err
			}
		}
	}
	if r.follower, err = s.CreateService(ctx, r.project, eu, "business-4", sandbox.Following(leaderOf)); err != nil {
		return nil, err
	}
	client, err := aiven.New(aiven.Config{Token: s.Token(), URL: s.APIURL()})
	if err != nil {
		return nil, err
	}
	r.operator = pair.NewOperator(client, connect, clock.Real{}, func(context.Context, poll.Progress) {})
	r.pair = pair.Pair{Leader: aiven.ServiceRef{Project: r.project, Name: leaderOf}, Follower: aiven.ServiceRef{Project: r.project, Name: eu}}
	r.plain = newPlain(r.follower.URL(), r.follower.Username(), r.follower.Password())
	if _, err := r.create(ctx, "few-*"); err != nil { // also waits for the connection, and warms up the nodes
		return nil, err
	}
	if err := r.clean(ctx, numbered("few", few)); err != nil {
		return nil, err
	}
	b.services = r
	return r, nil
}

// numbered are the names of n indices.
func numbered(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%03d", prefix, i)
	}
	return names
}

func connect(c aiven.Connection) (*replication.Reader, error) {
	return replication.NewReader(replication.Config{URL: c.URL, Username: c.Username, Password: c.Password})
}

// must makes a request as the platform does, past what counts the provider's.
func must(ctx context.Context, at *sandbox.Service, method, path string, body any) error {
	status, answer, err := at.Do(ctx, method, path, body)
	if err == nil && (status < 200 || status > 299) {
		err = fmt.Errorf("%s %s: %d %.300s", method, path, status, answer)
	}
	return err
}

func (r *realServices) wish(pattern string) pair.Wish {
	return pair.Wish{Pair: r.pair, Desired: r.pair.Desired([]string{pattern}, ccr.ModeReplicating, ccr.Owned{}, ccr.Permissions{})}
}

// create does what the create of a follower does once its service runs, and returns the seconds.
func (r *realServices) create(ctx context.Context, pattern string) (float64, error) {
	began := time.Now()
	seen, err := r.operator.Converge(ctx, r.wish(pattern), ccr.Approval{})
	took := time.Since(began).Seconds()
	if err == nil && seen.Decision.Status != ccr.StatusReplicating {
		err = fmt.Errorf("the follower is %s: %s", seen.Decision.Status, seen.Decision.Reason)
	}
	return took, err
}

// stop does what the destroy of a follower does before it unlinks the service.
func (r *realServices) stop(ctx context.Context) (float64, error) {
	began := time.Now()
	reader, err := connect(aiven.Connection{URL: r.follower.URL(), Username: r.follower.Username(), Password: r.follower.Password()})
	if err != nil {
		return 0, err
	}
	engine := replication.NewEngine(reader, nil, clock.Real{}, nil)
	seen, err := engine.Observe(ctx, replication.Question{Alias: r.pair.Alias(), Leaderless: true})
	if err != nil {
		return 0, err
	}
	desired := r.wish("*").Desired
	desired.Mode = ccr.ModePromoted
	err = engine.Run(ctx, desired, ccr.EndSteps(desired, seen, "the benchmark"))
	return time.Since(began).Seconds(), err
}

// clean leaves nothing of what a measurement has made.
func (r *realServices) clean(ctx context.Context, names []string) error {
	if _, err := r.stop(ctx); err != nil {
		return err
	}
	return each(ctx, names, housekeep, func(ctx context.Context, name string) error {
		return must(ctx, r.follower, http.MethodDelete, "/"+name, nil)
	})
}

// createPlain starts all indices by plain calls and waits until they are in sync.
func (r *realServices) createPlain(ctx context.Context, names []string, atATime int) (float64, error) {
	began := time.Now()
	err := r.plain.startAll(ctx, r.pair.Alias(), names, atATime)
	if err == nil {
		err = r.plain.awaitSynced(ctx, names, lookEvery)
	}
	return time.Since(began).Seconds(), err
}

// calibrate finds out at which concurrency plain calls are fastest.
func (r *realServices) calibrate(ctx context.Context) error {
	names := numbered("bulk", copied)
	var bestStart, bestStop float64
	for _, atATime := range []int{1, 2, 4, 8, 16} {
		took, err := r.createPlain(ctx, names, atATime)
		if err != nil {
			return err
		}
		if r.starts == 0 || took < bestStart {
			r.starts, bestStart = atATime, took
		}
		began := time.Now()
		if err := r.plain.stopAll(ctx, names, atATime); err != nil {
			return err
		}
		if took := time.Since(began).Seconds(); r.stops == 0 || took < bestStop {
			r.stops, bestStop = atATime, took
		}
		if err := r.clean(ctx, names); err != nil {
			return err
		}
	}
	return nil
}

// round measures one figure of a round. The rows of the same number share one round.
func (b *bench) round(figure func(round) (ours, floor float64)) measure {
	return func(ctx context.Context, n int) (ours, floor float64, err error) {
		r, err := b.real(ctx)
		if err != nil {
			return 0, 0, err
		}
		if r.starts == 0 {
			if err := r.calibrate(ctx); err != nil {
				return 0, 0, fmt.Errorf("the best concurrency: %w", err)
			}
		}
		for len(r.rounds) <= n {
			next, err := r.play(ctx)
			if err != nil {
				return 0, 0, err
			}
			r.rounds = append(r.rounds, next)
		}
		ours, floor = figure(r.rounds[n])
		return ours, floor, nil
	}
}

// play plays a round.
func (r *realServices) play(ctx context.Context) (out round, err error) {
	names := numbered("bulk", copied)
	r.follower.Gateway().ForgetRequests()
	r.sandbox.ControlPlane().ResetRequests(r.project)
	if out.created, err = r.create(ctx, "bulk-*"); err != nil {
		return out, err
	}
	out.asked = float64(len(r.follower.Gateway().Requests()) + len(r.sandbox.ControlPlane().Requests(r.project)))
	if out.stopped, err = r.stop(ctx); err != nil {
		return out, err
	}
	if err := r.clean(ctx, names); err != nil {
		return out, err
	}
	if out.plainCreated, err = r.createPlain(ctx, names, r.starts); err != nil {
		return out, err
	}
	began := time.Now()
	if err := r.plain.stopAll(ctx, names, r.stops); err != nil {
		return out, err
	}
	out.plainStopped = time.Since(began).Seconds()
	return out, r.clean(ctx, names)
}

// afterSync creates a few, while somebody else looks every few milliseconds for the end of the copies.
func (b *bench) afterSync(ctx context.Context, _ int) (ours, floor float64, err error) {
	r, err := b.real(ctx)
	if err != nil {
		return 0, 0, err
	}
	names := numbered("few", few)
	type end struct {
		at  time.Time
		err error
	}
	synced := make(chan end, 1)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		err := r.plain.awaitSynced(watching, names, watchEvery)
		synced <- end{time.Now(), err}
	}()
	if _, err := r.create(ctx, "few-*"); err != nil {
		return 0, 0, err
	}
	ended := time.Now()
	last := <-synced
	if last.err != nil {
		return 0, 0, last.err
	}
	return max(0, ended.Sub(last.at).Seconds()), 0, r.clean(ctx, names)
}

// againstRule creates a few indices by the provider, and by a rule alone.
func (b *bench) againstRule(ctx context.Context, _ int) (ours, floor float64, err error) {
	r, err := b.real(ctx)
	if err != nil {
		return 0, 0, err
	}
	names := numbered("auto", followed)
	if ours, err = r.create(ctx, "auto-*"); err != nil {
		return 0, 0, err
	}
	if err := r.clean(ctx, names); err != nil {
		return 0, 0, err
	}
	rule := map[string]any{"leader_alias": r.pair.Alias(), "name": ccr.RuleName(r.pair.Alias(), "auto-*"), "pattern": "auto-*"}
	began := time.Now()
	if err := r.plain.do(ctx, http.MethodPost, plugin+"/_autofollow", rule, nil); err != nil {
		return 0, 0, err
	}
	if err := r.plain.awaitSynced(ctx, names, 10*lookEvery); err != nil {
		return 0, 0, err
	}
	floor = time.Since(began).Seconds()
	return ours, floor, r.clean(ctx, names)
}

// againstREST applies 100 replications with the real terraform, and starts them by plain calls. What Terraform and
// the framework compute for 100 resources, two seconds of a core, comes to the plain calls too: on a machine where
// the nodes need every core, it slows both.
func (b *bench) againstREST(ctx context.Context, _ int) (ours, floor float64, err error) {
	r, err := b.real(ctx)
	if err != nil {
		return 0, 0, err
	}
	f, err := b.newFolder(ctx, replicationsOf("bulk-%03d", copied, r.pair.Alias(), r.follower.URL(), r.follower.Username(), r.follower.Password()))
	if err != nil {
		return 0, 0, err
	}
	took, _, err := f.apply(ctx, "-parallelism=10")
	if err != nil {
		return 0, 0, err
	}
	names := numbered("bulk", copied)
	if err := r.clean(ctx, names); err != nil {
		return 0, 0, err
	}
	things, err := b.newFolder(ctx, wideThings(copied))
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error { _, _, err := things.apply(both, "-parallelism=10"); return err })
	group.Go(func() error { _, err := r.createPlain(both, names, 10); return err })
	if err := group.Wait(); err != nil {
		return 0, 0, err
	}
	return took.Seconds(), time.Since(began).Seconds(), r.clean(ctx, names)
}
