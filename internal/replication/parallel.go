// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// parallelism bounds requests that are made at the same time.
const parallelism = 8

// parallel calls do for 0 to n-1, at most [parallelism] at a time, all of them
// even when some fail, and joins the errors. After the context's end it starts
// none, and says so once, not for each.
func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	failed := make([]error, n)
	var skipped atomic.Bool
	var group errgroup.Group
	group.SetLimit(parallelism)
	for i := range n {
		group.Go(func() error {
			if ctx.Err() == nil {
				failed[i] = do(ctx, i)
			} else {
				skipped.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // each error is in failed
	err := errors.Join(failed...)
	if skipped.Load() {
		return errors.Join(err, fmt.Errorf("the rest was not begun: %w", worded(ended(ctx))))
	}
	return err
}

// ended is why a context has ended. Its cause alone need not tell an interrupt
// from a deadline.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return errors.Join(err, cause)
}
