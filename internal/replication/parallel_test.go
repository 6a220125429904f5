// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestParallel_DoesAllAndJoinsTheErrors(t *testing.T) {
	var done atomic.Int32
	err := parallel(t.Context(), 20, func(_ context.Context, i int) error {
		done.Add(1)
		if i%10 == 0 {
			return errors.New("one failed")
		}
		return nil
	})
	assertError(t, err, "one failed\none failed")
	if done.Load() != 20 {
		t.Errorf("did %d", done.Load())
	}
}

func TestParallel_AfterAnInterruptNothingIsBegun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var begun atomic.Int32
	err := parallel(ctx, 100, func(context.Context, int) error {
		begun.Add(1)
		cancel()
		return nil
	})
	assertError(t, err, "the rest was not begun: it was interrupted")
	if !errors.Is(err, context.Canceled) || begun.Load() > parallelism {
		t.Errorf("%v, %d begun", err, begun.Load())
	}
}
