// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memo

import (
	"context"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// Latest keeps nothing: whoever asks gets an answer whose fetch began after they
// asked. While one is fetched, all who ask for the next one share it, so that a
// hundred who wait for the same thing ask once. It is safe for concurrent use.
type Latest struct {
	clock clock.Clock
	calm  time.Duration

	mu   sync.Mutex
	keys map[any]*line
}

// line is the answer that is fetched of a key, and the next, both nil where there is none.
type line struct {
	current, next *answer
	began         time.Time // of the last fetch
	shared, crowd bool      // the last one was; the next one will be
}

// NewLatest makes one. calm is the least time between the beginnings of two
// fetches of a key while several ask for it; who asks alone never waits.
func NewLatest(now clock.Clock, calm time.Duration) *Latest {
	return &Latest{clock: now, calm: calm, keys: map[any]*line{}}
}

// GetLatest returns an answer of that key, which must be comparable. An error goes to all who share it.
func GetLatest[T any](ctx context.Context, l *Latest, key any, fetch func(context.Context) (T, error)) (T, error) {
	for {
		next, mine := l.join(key)
		if mine {
			err := l.begin(ctx, key, next)
			var value T
			if err == nil {
				value, err = fetch(ctx)
			}
			l.end(key, next, value, err)
			return value, err
		}
		value, again, err := share[T](ctx, next, key)
		if !again {
			return value, err
		}
	}
}

// join returns the next answer of a key; mine: nobody fetches it yet.
func (l *Latest) join(key any) (next *answer, mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.keys[key]
	if at == nil {
		at = &line{}
		l.keys[key] = at
	}
	if at.next != nil {
		at.crowd = true
		return at.next, false
	}
	at.next = &answer{done: make(chan struct{})}
	return at.next, true
}

// begin returns when the answer may be fetched. Others may join it until then.
func (l *Latest) begin(ctx context.Context, key any, mine *answer) error {
	l.mu.Lock()
	at := l.keys[key]
	current, pause := at.current, time.Duration(0)
	if at.shared || at.crowd || current != nil {
		pause = l.calm - l.clock.Now().Sub(at.began)
	}
	l.mu.Unlock()
	if current != nil {
		select {
		case <-current.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if pause > 0 {
		if err := l.clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at.current, at.next, at.began = mine, nil, l.clock.Now()
	at.shared, at.crowd = at.crowd, false
	return nil
}

func (l *Latest) end(key any, mine *answer, value any, err error) {
	l.mu.Lock()
	mine.value, mine.err = value, err
	at := l.keys[key]
	if at.current == mine {
		at.current = nil
	}
	if at.next == mine { // it was cut off before it began
		at.next = nil
	}
	l.mu.Unlock()
	close(mine.done)
}
