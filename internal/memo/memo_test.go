// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memo

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// byHand is a clock that shows the same time until it is moved.
type byHand struct {
	mu  sync.Mutex
	now time.Time
}

func (c *byHand) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *byHand) Sleep(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return nil
}

// counter answers with how often it was asked.
func counter() func(context.Context) (int, error) {
	n := 0
	return func(context.Context) (int, error) { n++; return n, nil }
}

func TestGet_KeepsAnAnswerForItsLife(t *testing.T) {
	t.Parallel()
	clock := &byHand{}
	m, fetch := New(clock, time.Minute), counter()
	for _, step := range []struct {
		pass   time.Duration
		forget bool
		want   int
	}{{0, false, 1}, {59 * time.Second, false, 1}, {time.Second, false, 2}, {0, true, 3}, {0, false, 3}} {
		_ = clock.Sleep(t.Context(), step.pass) // it moves the clock and cannot fail
		if step.forget {
			m.Forget()
		}
		if got, err := Get(t.Context(), m, "a", fetch); err != nil || got != step.want {
			t.Errorf("got %d, %v, want %d", got, err, step.want)
		}
	}
	if got, err := Get(t.Context(), m, "b", counter()); err != nil || got != 1 {
		t.Errorf("another key: got %d, %v", got, err)
	}
}

func TestGet_ErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	m, failed := New(&byHand{}, time.Minute), errors.New("failed")
	if _, err := Get(t.Context(), m, "a", func(context.Context) (int, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Fatalf("got %v", err)
	}
	if got, err := Get(t.Context(), m, "a", counter()); err != nil || got != 1 {
		t.Errorf("got %d, %v", got, err)
	}
}

// One whose fetch is cut off by the end of their own context does not fail the others.
func TestGet_OutlivesWhoFetches(t *testing.T) {
	t.Parallel()
	m := New(&byHand{}, time.Minute)
	first, cancel := context.WithCancel(t.Context())
	arrived := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		_, err := Get(first, m, "a", func(ctx context.Context) (int, error) {
			close(arrived)
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the first: %v", err)
		}
	})
	<-arrived
	group.Go(func() {
		if got, err := Get(t.Context(), m, "a", counter()); err != nil || got != 1 {
			t.Errorf("the second: %d, %v", got, err)
		}
	})
	cancel()
	group.Wait()
}
