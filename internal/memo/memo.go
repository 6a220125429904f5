// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package memo shares answers between those who ask at about the same time: the
// first who asks fetches, the others wait for that one answer.
package memo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// Memo keeps answers for a while. It is safe for concurrent use.
type Memo struct {
	clock clock.Clock
	life  time.Duration

	mu      sync.Mutex
	answers map[any]*answer
}

// answer is what one fetch brought, once done is closed.
type answer struct {
	done  chan struct{}
	until time.Time // zero while it is fetched
	value any
	err   error
}

// New makes a memo without answers, which keeps each for life.
func New(now clock.Clock, life time.Duration) *Memo {
	return &Memo{clock: now, life: life, answers: map[any]*answer{}}
}

// Forget drops all answers, also those that are being fetched: something was changed.
func (m *Memo) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = map[any]*answer{}
}

// Get returns the answer of that key, which must be comparable, and fetches it
// if nobody has. An error goes to those who waited for it and is not kept.
func Get[T any](ctx context.Context, m *Memo, key any, fetch func(context.Context) (T, error)) (T, error) {
	for {
		mine, theirs := m.claim(key)
		if mine != nil {
			value, err := fetch(ctx)
			m.complete(key, mine, value, err)
			return value, err
		}
		value, again, err := share[T](ctx, theirs, key)
		if !again {
			return value, err
		}
	}
}

// share waits for an answer that somebody else fetches. again: whoever it was has
// been cut off by the end of their own context, and somebody else has to.
func share[T any](ctx context.Context, theirs *answer, key any) (value T, again bool, err error) {
	select {
	case <-theirs.done:
	case <-ctx.Done():
		return value, false, context.Cause(ctx)
	}
	if cutOff(theirs.err) && ctx.Err() == nil {
		return value, true, nil
	}
	if theirs.err != nil {
		return value, false, theirs.err
	}
	value, ok := theirs.value.(T)
	if !ok {
		return value, false, fmt.Errorf("two answers share the key %v", key)
	}
	return value, false, nil
}

func cutOff(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// claim returns an answer that the caller has to fetch, or else one of somebody else's.
func (m *Memo) claim(key any) (mine, theirs *answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, there := m.answers[key]; there && (a.until.IsZero() || m.clock.Now().Before(a.until)) {
		return nil, a
	}
	mine = &answer{done: make(chan struct{})}
	m.answers[key] = mine
	return mine, nil
}

// complete gives an answer to those who wait for it, and keeps it unless it is an error.
func (m *Memo) complete(key any, a *answer, value any, err error) {
	m.mu.Lock()
	a.value, a.err, a.until = value, err, m.clock.Now().Add(m.life)
	if err != nil && m.answers[key] == a {
		delete(m.answers, key)
	}
	m.mu.Unlock()
	close(a.done)
}
