// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"time"
)

// Clock is the time. It is handed in, so that what waits is tested without waiting.
type Clock interface {
	Now() time.Time
	// Sleep returns after d, or at once with the context's error when it ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// RealClock is the machine's time.
type RealClock struct{}

// Now returns the current time.
func (RealClock) Now() time.Time { return time.Now() }

// Sleep waits for d or for the end of the context.
func (RealClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// pace yields the pauses of a poll: short at first, so that nothing is waited
// for longer than needed, then longer, so that a long wait costs little.
type pace struct{ next, most time.Duration }

func newPace(first, most time.Duration) *pace { return &pace{next: first, most: most} }

func (p *pace) wait(ctx context.Context, clock Clock) error {
	pause := p.next
	p.next = min(p.next*3/2, p.most)
	return clock.Sleep(ctx, pause)
}
