// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// ruleRows are the rows of the plain functions, which look at every index at each plan.
func (b *bench) ruleRows() []row {
	small, large := inSync(manyIndices), inSync(10*manyIndices)
	return []row{
		{name: "rules", what: "decide about a follower of 100,000 indices", bound: 0.5, measure: func(context.Context, int) (float64, float64, error) {
			took, err := large.decide(5)
			return took, 0, err
		}},
		{name: "rules_growth", what: "decide about 100,000 indices", floor: "about 10,000", bound: 12, runs: 9, measure: func(context.Context, int) (float64, float64, error) {
			ours, err := large.decide(10)
			if err != nil {
				return 0, 0, err
			}
			floor, err := small.decide(100)
			return ours, floor, err
		}},
	}
}

// world is what is desired of a follower and what was observed of it. It is made when it is first needed.
type world struct {
	indices  int
	desired  ccr.Desired
	observed ccr.Observation
}

// inSync is a follower whose indices are all in sync, with the rule that its pattern calls for.
func inSync(n int) *world { return &world{indices: n} }

func (w *world) make() {
	const alias = "acme_search-us"
	pattern := "*"
	w.desired = ccr.Desired{Alias: alias, Patterns: []string{pattern}, Mode: ccr.ModeReplicating}
	indices, owned := make(map[string]ccr.FollowerIndex, w.indices), make(map[string]string, w.indices)
	connection := ccr.Connection{Alias: alias, Connected: true, Mode: "sniff"}
	w.observed = ccr.Observation{
		Alias: alias, Connections: map[string]ccr.Connection{alias: connection}, Connection: ccr.Present(connection), Reach: ccr.Present(struct{}{}),
		Rules: ccr.Present([]ccr.Rule{{Name: ccr.RuleName(alias, pattern), LeaderAlias: alias, Pattern: pattern}}),
	}
	listed := make([]ccr.LeaderIndex, 0, w.indices)
	for i := range w.indices {
		name, uuid := fmt.Sprintf("logs-%06d", i), fmt.Sprintf("uuid-%017d", i)
		listed = append(listed, ccr.LeaderIndex{Name: name})
		indices[name] = ccr.FollowerIndex{Name: name, Index: ccr.Present(ccr.Identity{UUID: uuid}), Source: ccr.Present(ccr.Source{Alias: alias, Index: name}),
			Block: ccr.Present(struct{}{}), State: ccr.Syncing, LeaderCheckpoint: 41, FollowerCheckpoint: 41}
		owned[name] = uuid
	}
	w.observed.Indices, w.desired.Owned = ccr.NewByName(indices), ccr.NewByName(owned)
	w.observed.Leader = ccr.Present(listed)
}

// decide takes what every refresh takes of the plain functions: the indices that the resource answers for,
// and the decision. It returns the seconds that one of so many took: the system
// counts the time of a thread in steps of milliseconds.
func (w *world) decide(times int) (float64, error) {
	if w.observed.Indices.Len() == 0 {
		w.make()
	}
	runtime.GC() // of what was measured before
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began, err := busy()
	if err != nil {
		return 0, err
	}
	var owned ccr.Owned
	var decided ccr.Decision
	for range times {
		owned = w.observed.OwnedNow(w.desired.Patterns, w.desired.Owned)
		decided = ccr.Decide(w.desired, w.observed)
	}
	ended, err := busy()
	if err != nil {
		return 0, err
	}
	if decided.Status != ccr.StatusReplicating || len(decided.Steps) > 0 || owned.Len() != w.indices {
		return 0, fmt.Errorf("%d of %d indices are owned, and the status is %s: %s", owned.Len(), w.indices, decided.Status, decided.Reason)
	}
	return (ended - began).Seconds() / float64(times), nil
}

// busy is how long this thread has computed so far. Plain functions wait for nothing, so that is their time
// on a machine that has nothing else to do.
func busy() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &usage); err != nil {
		return 0, fmt.Errorf("the time of this thread: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
