// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/memo"
)

const (
	latestCalm  = 50 * time.Millisecond
	latestFetch = 20 * time.Millisecond
)

// counting fetches something that takes a while, and notes when each fetch began.
type counting struct {
	mu    sync.Mutex
	began []time.Time
}

func (c *counting) fetch(ctx context.Context) (int, error) {
	c.mu.Lock()
	c.began = append(c.began, time.Now())
	n := len(c.began)
	c.mu.Unlock()
	select {
	case <-time.After(latestFetch):
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Who asks alone gets an answer of their own, at once, every time.
func TestLatest_Alone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, c := memo.NewLatest(clock.Real{}, latestCalm), &counting{}
		began := time.Now()
		for want := 1; want <= 3; want++ {
			if got, err := memo.GetLatest(t.Context(), l, "stats", c.fetch); got != want || err != nil {
				t.Errorf("got answer %d, %v, want %d", got, err, want)
			}
		}
		if took := time.Since(began); took != 3*latestFetch {
			t.Errorf("it took %s, want %s", took, 3*latestFetch)
		}
	})
}

// A hundred who ask again and again share their answers, and none of them was begun before it was asked for.
func TestLatest_Crowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, c := memo.NewLatest(clock.Real{}, latestCalm), &counting{}
		var group sync.WaitGroup
		for i := range 100 {
			group.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				for range 10 {
					asked := time.Now()
					n, err := memo.GetLatest(t.Context(), l, "stats", c.fetch)
					c.mu.Lock()
					if err != nil || c.began[n-1].Before(asked) {
						t.Errorf("answer %d was begun before it was asked for: %v", n, err)
					}
					c.mu.Unlock()
				}
			})
		}
		group.Wait()
		if len(c.began) > 15 {
			t.Errorf("%d fetches for a hundred who ask ten times each", len(c.began))
		}
	})
}

// Keys have nothing to do with each other.
func TestLatest_Keys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, c := memo.NewLatest(clock.Real{}, latestCalm), &counting{}
		var group sync.WaitGroup
		for i := range 3 {
			group.Go(func() {
				if _, err := memo.GetLatest(t.Context(), l, fmt.Sprint(i), c.fetch); err != nil {
					t.Error(err)
				}
			})
		}
		began := time.Now()
		group.Wait()
		if took := time.Since(began); took != latestFetch || len(c.began) != 3 {
			t.Errorf("%d fetches in %s", len(c.began), took)
		}
	})
}

// The end of one who fetches, or who waits for their turn to fetch, is nobody else's.
func TestLatest_CutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, c := memo.NewLatest(clock.Real{}, latestCalm), &counting{}
		short, cancel := context.WithTimeout(t.Context(), latestFetch/2)
		defer cancel()
		var group sync.WaitGroup
		for i := range 4 {
			ctx := t.Context()
			if i < 2 {
				ctx = short // the first fetches, the second waits for the first
			}
			group.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				_, err := memo.GetLatest(ctx, l, "stats", c.fetch)
				if cut := errors.Is(err, context.DeadlineExceeded); cut != (i < 2) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		group.Wait()
	})
}

// An error goes to all who share it, and is not kept.
func TestLatest_Error(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, refused := memo.NewLatest(clock.Real{}, latestCalm), errors.New("refused")
		fail := func(context.Context) (int, error) { time.Sleep(latestFetch); return 0, refused }
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := memo.GetLatest(t.Context(), l, "stats", fail); !errors.Is(err, refused) {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
		if n, err := memo.GetLatest(t.Context(), l, "stats", (&counting{}).fetch); n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	})
}
