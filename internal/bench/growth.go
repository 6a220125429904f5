// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// growth prints the second table: what a follower of more and more indices costs, with the real terraform on
// services in memory, where only the provider's own share and its requests show. Its column "plain" has plain
// requests to a service of the same size in memory, since that takes time too.
func (b *bench) growth(ctx context.Context, w io.Writer) error {
	header := []string{"indices", "create", "requests", "plain", "per index", "plan", "requests", "per index", "destroy", "requests", "per index"}
	var cells [][]string
	for _, indices := range []int{10, 100, 1_000, 10_000, 100_000} {
		began := time.Now()
		line, err := b.grown(ctx, indices)
		if err != nil {
			return fmt.Errorf("a follower of %d indices: %w", indices, err)
		}
		cells = append(cells, line)
		fmt.Fprintf(os.Stderr, "%s (%s)\n", strings.Join(line, " | "), time.Since(began).Round(time.Second))
	}
	write(w, header, cells)
	return nil
}

func (b *bench) grown(ctx context.Context, indices int) ([]string, error) {
	f, err := b.follower(ctx, indices)
	if err != nil {
		return nil, err
	}
	before := f.requests()
	plan, err := f.folder.planEmpty(ctx)
	if err != nil {
		return nil, err
	}
	planned := f.requests() - before
	floor, err := b.plainGrowth(ctx, indices)
	if err != nil {
		return nil, err
	}
	f.platform.SetStill(false)
	before = f.requests()
	destroyed, err := f.folder.destroy(ctx)
	if err != nil {
		return nil, err
	}
	delete(b.followers, indices)
	per := func(d time.Duration) string { return inSeconds.figure(d.Seconds() / float64(indices)) }
	count := inRequests.figure
	return []string{fmt.Sprint(indices),
		inSeconds.figure(f.created.Seconds()), count(f.askedFor), inSeconds.figure(floor.Seconds()), per(f.created),
		inSeconds.figure(plan.Seconds()), count(planned), per(plan),
		inSeconds.figure(destroyed.Seconds()), count(f.requests() - before), per(destroyed)}, nil
}

// plainGrowth starts as many indices by plain calls at the provider's concurrency.
func (b *bench) plainGrowth(ctx context.Context, indices int) (time.Duration, error) {
	r, err := b.pairInMemory(ctx, indices)
	if err != nil {
		return 0, err
	}
	names := make([]string, indices)
	for i := range names {
		names[i] = name(i)
	}
	at := r.follower.Endpoint()
	p := newPlain(fmt.Sprintf("%s://%s:%d", at.Scheme, at.Host, at.Port), at.Username, at.Password)
	began := time.Now()
	if err := p.startAll(ctx, alias, names, housekeep); err != nil {
		return 0, err
	}
	err = p.awaitSynced(ctx, names, lookEvery)
	return time.Since(began), err
}
