// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package poll is the one way to wait for something that has to be asked for
// again and again. A wait ends when its outcome is known, good or bad, or when
// its time is over. One lost answer does not end it, and a server that does not
// answer does not hold it up.
package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

const (
	defaultAttempt = 30 * time.Second
	defaultEvery   = 20 * time.Second
	defaultFirst   = 500 * time.Millisecond
	defaultCalm    = time.Second
	// headroom is the time that is left for the last attempt before the
	// deadline of the caller's context.
	headroom = 2 * time.Second
)

// ErrWithin is what a [Timeout] unwraps to when [Poll.Within] is over.
var ErrWithin = errors.New("the time for the wait is over")

// Look is what one attempt saw.
type Look struct {
	// Done ends the wait.
	Done bool
	// Progress says how far the wait is, such as "its state is REBUILDING". It
	// is shown to the user; empty where there is nothing to say.
	Progress string
	// Left is how long it is expected to take from now on, 0 where that is not
	// known. The nearer the end, the shorter are the pauses.
	Left time.Duration
}

// Progress is one line that says how far a long operation is.
type Progress struct {
	// Phase is what the operation is doing, in a word: "service", "copying".
	Phase string
	// Elapsed is how long the operation has taken so far.
	Elapsed time.Duration
	// Text says how far it is.
	Text string
}

// String is the line as users see it: "12s: service: waiting until …".
func (p Progress) String() string {
	line := round(p.Elapsed).String() + ": "
	if p.Phase != "" {
		line += p.Phase + ": "
	}
	return line + p.Text
}

// Poll describes a wait.
type Poll struct {
	// Clock is the time; nil: the machine's. A clock that also has the method
	// WithTimeout of package context limits the attempts by its own time.
	Clock clock.Clock
	// What completes "waiting ..." in messages: "until service acme/eu is RUNNING".
	What string
	// Phase is the [Progress.Phase] of what is reported.
	Phase string
	// Began is when the operation began that this wait is a part of; zero: with
	// the wait.
	Began time.Time
	// First is the first pause between two attempts, 0: 500 ms. Pauses grow by
	// half, up to Most.
	First, Most time.Duration
	// Late, where it is set, bounds how late the end may be noticed, as a part of
	// the time waited so far: with 0.1 the pause after a minute is at most 6 s.
	// A pause is never shorter than First for this.
	Late float64
	// Attempt is the time limit of one attempt; 0: 30 s.
	Attempt time.Duration
	// Within is the time limit of the whole wait; 0: only the context's. An
	// attempt that is under way when it is over may end, so the wait can take
	// up to Attempt longer.
	Within time.Duration
	// Transient tells which errors are tolerated until the time is over; nil:
	// none. A time limit that ran out (context.DeadlineExceeded) is always tolerated.
	Transient func(error) bool
	// Report gets a line such as "12s: service: waiting until service acme/eu is
	// RUNNING: its state is REBUILDING" after an attempt that did not end the
	// wait: when the progress has changed, at most once in Calm, and otherwise
	// every Every. It may be nil.
	Report func(ctx context.Context, progress Progress)
	// Announce reports the beginning of the wait too, however short it is: a new
	// phase has begun.
	Announce bool
	// Calm is the least time between two lines of progress; 0: a second.
	Calm time.Duration
	// Every is how often the same progress is reported, also while an attempt gets
	// no answer; 0: 20 s, so that with the pause that follows it is within 30 s.
	Every time.Duration
}

// Timeout is the error of a wait that ended before its outcome was known.
type Timeout struct { //nolint:errname // it reads well where it is used: poll.Timeout
	// What is [Poll.What].
	What string
	// Waited is how long the wait took, such as "45m0s".
	Waited string
	// Last is the last progress, and the error of the last attempt if that had
	// one; empty when nothing was seen.
	Last string
	// Err is why the wait ended: [ErrWithin], or the error of the context with
	// its cause.
	Err error
}

// Error is a sentence without its full stop.
func (t *Timeout) Error() string {
	text := fmt.Sprintf("waited %s %s", t.Waited, t.What)
	if errors.Is(t.Err, context.Canceled) {
		text = fmt.Sprintf("interrupted after waiting %s %s", t.Waited, t.What)
	}
	if t.Last == "" {
		return text
	}
	return text + "; last seen: " + t.Last
}

// Unwrap returns [Timeout.Err], so that an interrupt can be told from a deadline.
func (t *Timeout) Unwrap() error { return t.Err }

// Until calls look until it is done. Every attempt has a context of its own
// with the time limit [Poll.Attempt]; an attempt that reaches it is made again.
//
// The error is a [*Timeout] when the context has ended or Within is over. Any
// other error is the first one of look that is not tolerated; it can be
// unwrapped. At least one attempt is made, and the last one when the time is
// over: for Within after it has passed, for the deadline of the context shortly
// before it. No attempt is started after an interrupt.
func (p Poll) Until(ctx context.Context, look func(ctx context.Context) (Look, error)) error {
	w := p.begin()
	if w.Announce && w.Report != nil {
		w.report(ctx, "", w.Clock.Now())
	}
	for pause := p.First; ; pause = min(pause*3/2, p.Most) {
		seen, err := w.attempt(ctx, look)
		switch {
		case err == nil && seen.Done:
			return nil
		case ctx.Err() != nil:
			w.note(seen, err, true)
			return w.timeout(ended(ctx))
		case err != nil && !w.tolerates(err):
			return fmt.Errorf("waiting %s: %w", w.What, err)
		}
		w.note(seen, err, false)
		if w.Within > 0 && w.waited() >= w.Within {
			return w.timeout(ErrWithin)
		}
		w.say(ctx)
		if err := w.Clock.Sleep(ctx, w.cut(ctx, w.near(pause, seen.Left))); err != nil || ctx.Err() != nil {
			return w.timeout(cmp.Or(ended(ctx), err))
		}
	}
}

// wait is a poll under way.
type wait struct {
	Poll

	began time.Time
	// over is set when the latest attempt reached its time limit.
	over bool
	// progress is the latest that was seen, failure the text of the latest
	// attempt's error, empty if that had none.
	progress, failure string
	// said is the progress that was reported last, at saidAt.
	said   string
	saidAt time.Time
}

// begin starts the wait and puts the defaults in.
func (p *Poll) begin() *wait {
	if p.Clock == nil {
		p.Clock = clock.Real{}
	}
	if p.First <= 0 {
		p.First = defaultFirst
	}
	p.Most = max(p.Most, p.First)
	if p.Attempt <= 0 {
		p.Attempt = defaultAttempt
	}
	if p.Calm <= 0 {
		p.Calm = defaultCalm
	}
	if p.Every <= 0 {
		p.Every = defaultEvery
	}
	now := p.Clock.Now()
	if p.Began.IsZero() {
		p.Began = now
	}
	return &wait{Poll: *p, began: now}
}

func (w *wait) waited() time.Duration { return w.Clock.Now().Sub(w.began) }

// limiter is a clock that ends contexts by its own time.
type limiter interface {
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

func (w *wait) attempt(ctx context.Context, look func(ctx context.Context) (Look, error)) (Look, error) {
	limit := context.WithTimeout
	if own, ok := w.Clock.(limiter); ok {
		limit = own.WithTimeout
	}
	ctx, cancel := limit(ctx, w.Attempt)
	defer cancel()
	stop := w.beat(ctx)
	seen, err := look(ctx)
	stop()
	w.over = ctx.Err() != nil
	return seen, err
}

// beat reports the latest progress while an attempt gets no answer.
func (w *wait) beat(ctx context.Context) (stop func()) {
	first := w.Calm
	if !w.saidAt.IsZero() {
		first = w.Every - w.Clock.Now().Sub(w.saidAt)
	}
	if w.Report == nil {
		return func() {}
	}
	return Beat(w.Clock, first, w.Every, func() { w.report(ctx, w.last(), w.Clock.Now()) })
}

// Beat calls tell after the first pause and then again and again, until stop is
// called, which waits for a call under way. It needs the machine's clock; with
// another one, which moves when somebody sleeps, it does nothing.
func Beat(c clock.Clock, first, every time.Duration, tell func()) (stop func()) {
	if _, machine := c.(clock.Real); !machine {
		return func() {}
	}
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		timer := time.NewTimer(max(first, 0))
		defer timer.Stop()
		for {
			select {
			case <-done:
				return
			case <-timer.C:
				tell()
				timer.Reset(every)
			}
		}
	})
	return func() { close(done); beating.Wait() }
}

func (w *wait) tolerates(err error) bool {
	return w.over || errors.Is(err, context.DeadlineExceeded) || w.Transient != nil && w.Transient(err)
}

// note remembers what an attempt saw. At the end of the context an error that
// only repeats this end says nothing.
func (w *wait) note(seen Look, err error, atEnd bool) {
	if err == nil {
		w.progress, w.failure = seen.Progress, ""
		return
	}
	if atEnd && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return
	}
	w.failure = strings.NewReplacer(
		context.DeadlineExceeded.Error(), "no answer within "+w.Attempt.String(),
		context.Canceled.Error(), "the request was interrupted",
	).Replace(err.Error())
}

// last is what was seen last, for people.
func (w *wait) last() string {
	switch {
	case w.failure == "":
		return w.progress
	case w.progress == "":
		return "an error: " + w.failure
	}
	return w.progress + ", then an error: " + w.failure
}

func (w *wait) say(ctx context.Context) {
	if w.Report == nil {
		return
	}
	text, now := w.last(), w.Clock.Now()
	if !w.saidAt.IsZero() {
		pause := w.Every
		if text != w.said {
			pause = min(w.Calm, pause)
		}
		if now.Sub(w.saidAt) < pause {
			return
		}
	}
	w.report(ctx, text, now)
}

// report says a progress, whether it was said before or not.
func (w *wait) report(ctx context.Context, text string, now time.Time) {
	w.said, w.saidAt = text, now
	line := "waiting " + w.What
	if text != "" {
		line += ": " + text
	}
	w.Report(ctx, Progress{Phase: w.Phase, Elapsed: now.Sub(w.Began), Text: line})
}

// near shortens a pause where the end is near or may be.
func (w *wait) near(pause, left time.Duration) time.Duration {
	shortest := min(w.First, pause)
	if left > 0 {
		pause = min(pause, max(shortest, left/2))
	}
	if w.Late > 0 {
		pause = min(pause, max(shortest, time.Duration(w.Late*float64(w.waited()))))
	}
	return pause
}

// cut shortens a pause so that there is one more attempt when the time is over.
func (w *wait) cut(ctx context.Context, pause time.Duration) time.Duration {
	if w.Within > 0 {
		pause = min(pause, w.Within-w.waited())
	}
	if deadline, ok := ctx.Deadline(); ok {
		left := deadline.Sub(w.Clock.Now())
		if left > headroom && pause >= left {
			pause = left - headroom
		}
	}
	return pause
}

func (w *wait) timeout(why error) *Timeout {
	return &Timeout{What: w.What, Waited: round(w.waited()).String(), Last: w.last(), Err: why}
}

// ended is why a context has ended, or nil. Its cause alone need not tell an
// interrupt from a deadline.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return errors.Join(err, cause)
}

// round drops the digits that nobody reads.
func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}
