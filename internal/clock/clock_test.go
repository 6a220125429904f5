// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package clock

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestReal(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("interrupted")
	cancel(interrupt)
	if err := (Real{}).Sleep(ctx, time.Hour); !errors.Is(err, interrupt) {
		t.Errorf("got %v", err)
	}
	before := Real{}.Now()
	if err := (Real{}).Sleep(t.Context(), time.Millisecond); err != nil || time.Since(before) < time.Millisecond {
		t.Errorf("got %v after %v", err, time.Since(before))
	}
}

// sleeps notes how long it was to sleep.
type sleeps []time.Duration

func (s *sleeps) Now() time.Time { return time.Time{} }

func (s *sleeps) Sleep(_ context.Context, d time.Duration) error {
	*s = append(*s, d)
	return nil
}

func TestPace(t *testing.T) {
	t.Parallel()
	var slept sleeps
	pace := NewPace(100*time.Millisecond, 250*time.Millisecond)
	for range 5 {
		if err := pace.Wait(t.Context(), &slept); err != nil {
			t.Fatal(err)
		}
	}
	want := sleeps{100 * time.Millisecond, 150 * time.Millisecond, 225 * time.Millisecond, 250 * time.Millisecond, 250 * time.Millisecond}
	if !slices.Equal(slept, want) {
		t.Errorf("got %v, want %v", slept, want)
	}
}
