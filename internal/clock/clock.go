// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package clock is the time as something that is handed in, so that what waits
// is tested without waiting.
package clock

import (
	"context"
	"time"
)

// Clock is the time.
type Clock interface {
	Now() time.Time
	// Sleep returns after d, or at once with the context's error when it ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// Real is the machine's time.
type Real struct{}

// Now returns the current time.
func (Real) Now() time.Time { return time.Now() }

// Sleep waits for d or for the end of the context.
func (Real) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// Pace is the pauses of a poll: short at first, so that nothing is waited for
// longer than needed, then longer, so that a long wait costs little.
type Pace struct{ next, most time.Duration }

// NewPace returns the pauses of one poll, from the first to the longest.
func NewPace(first, most time.Duration) *Pace { return &Pace{next: first, most: most} }

// Wait takes the next pause.
func (p *Pace) Wait(ctx context.Context, c Clock) error {
	pause := p.next
	p.next = min(p.next*3/2, p.most)
	return c.Sleep(ctx, pause)
}
