// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package poll_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// fakeClock moves when it sleeps. Its contexts end by its time: those of the
// attempts when they hang, the caller's when its deadline has come.
type fakeClock struct {
	now   time.Time
	slept []time.Duration
	// interruptAt and deadlineAt end the caller's context, counted from the beginning.
	interruptAt, deadlineAt time.Duration
	cancel                  context.CancelCauseFunc
}

var began = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func (c *fakeClock) Now() time.Time { return c.now }

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.slept = append(c.slept, d)
	c.pass(d)
	return ctx.Err()
}

// pass moves the clock, at most to the end of the caller's context.
func (c *fakeClock) pass(d time.Duration) {
	c.now = c.now.Add(d)
	if c.interruptAt > 0 && !c.now.Before(began.Add(c.interruptAt)) {
		c.now = began.Add(c.interruptAt)
		c.cancel(context.Canceled)
	}
	if c.deadlineAt > 0 && !c.now.Before(began.Add(c.deadlineAt)) {
		c.now = began.Add(c.deadlineAt)
		c.cancel(context.DeadlineExceeded)
	}
}

// attempt is the context of an attempt whose limit the clock reaches in hang.
type attempt struct {
	context.Context //nolint:containedctx // it is a context

	clock *fakeClock
	limit time.Duration
	over  bool
}

func (a *attempt) Err() error {
	if a.over {
		return context.DeadlineExceeded
	}
	return a.Context.Err()
}

// hang is a server that does not answer.
func (a *attempt) hang() error {
	a.clock.pass(a.limit)
	if a.Context.Err() == nil {
		a.over = true
	}
	return fmt.Errorf("GET /: %w", a.Err())
}

func (c *fakeClock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return &attempt{Context: ctx, clock: c, limit: d}, func() {}
}

// ending is the caller's context. It has the deadline of the fake clock.
type ending struct {
	context.Context //nolint:containedctx // it is a context

	clock *fakeClock
}

func (e ending) Deadline() (time.Time, bool) {
	return began.Add(e.clock.deadlineAt), e.clock.deadlineAt > 0
}

func (e ending) Err() error {
	if e.Context.Err() == nil {
		return nil
	}
	return context.Cause(e.Context)
}

var (
	errBusy = errors.New("503: busy")
	errNo   = errors.New("403: no")
)

// step is what one attempt sees; hang lets it run into its time limit.
type step struct {
	poll.Look

	err  error
	hang bool
}

func sees(progress string) step { return step{Look: poll.Look{Progress: progress}} }

func left(d time.Duration) step { return step{Look: poll.Look{Left: d}} }

var done = step{Look: poll.Look{Done: true}}

func TestUntil(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, test := range []struct {
		name     string
		poll     poll.Poll
		clock    fakeClock
		steps    []step // the last one repeats
		attempts int
		slept    []time.Duration
		is       error
		fails    string
	}{
		{"done at once", poll.Poll{}, fakeClock{}, []step{done}, 1, nil, nil, ""},
		{"pauses grow", poll.Poll{First: s, Most: 2 * s}, fakeClock{}, []step{sees(""), sees(""), sees(""), sees(""), done}, 5,
			[]time.Duration{s, 1500 * time.Millisecond, 2 * s, 2 * s}, nil, ""},
		{"noticed at most so late", poll.Poll{First: 5 * s, Most: 20 * s, Late: 0.5, Within: 40 * s}, fakeClock{}, []step{sees("")}, 7,
			[]time.Duration{5 * s, 5 * s, 5 * s, 7500 * time.Millisecond, 11250 * time.Millisecond, 6250 * time.Millisecond}, poll.ErrWithin,
			"waited 40s until x is there"},
		{"near the expected end", poll.Poll{First: s, Most: 10 * s}, fakeClock{}, []step{left(time.Minute), left(time.Minute), left(time.Minute), left(4 * s), left(s), done}, 6,
			[]time.Duration{s, 1500 * time.Millisecond, 2250 * time.Millisecond, 2 * s, s}, nil, ""},
		{"transient errors", poll.Poll{First: s}, fakeClock{}, []step{{err: errBusy}, {err: fmt.Errorf("read: %w", errBusy)}, done}, 3, []time.Duration{s, s}, nil, ""},
		{"terminal error", poll.Poll{First: s}, fakeClock{}, []step{sees(""), {err: errNo}}, 2, []time.Duration{s}, errNo, "waiting until x is there: 403: no"},
		{"terminal error that says done", poll.Poll{}, fakeClock{}, []step{{Look: poll.Look{Done: true}, err: errNo}}, 1, nil, errNo, "waiting until x is there: 403: no"},
		{"interrupt in a pause", poll.Poll{First: 10 * s}, fakeClock{interruptAt: 5 * s}, []step{sees("it is blue")}, 1, []time.Duration{10 * s}, context.Canceled,
			"interrupted after waiting 5s until x is there; last seen: it is blue"},
		{"interrupt in an attempt", poll.Poll{First: s}, fakeClock{interruptAt: 3 * s}, []step{sees("it is blue"), {hang: true}}, 2, []time.Duration{s}, context.Canceled,
			"interrupted after waiting 3s until x is there; last seen: it is blue"},
		{"interrupt of the first attempt", poll.Poll{}, fakeClock{interruptAt: 300 * time.Millisecond}, []step{{hang: true}}, 1, nil, context.Canceled,
			"interrupted after waiting 300ms until x is there"},
		{"deadline", poll.Poll{First: 20 * s}, fakeClock{deadlineAt: 45 * s}, []step{sees("it is red"), sees("it is blue")}, 4, []time.Duration{20 * s, 20 * s, 3 * s, 20 * s}, context.DeadlineExceeded,
			"waited 45s until x is there; last seen: it is blue"},
		{"deadline in an attempt", poll.Poll{First: s}, fakeClock{deadlineAt: 5 * s}, []step{{err: errBusy}, {hang: true}}, 2, []time.Duration{s}, context.DeadlineExceeded,
			"waited 5s until x is there; last seen: an error: 503: busy"},
		{"done at the deadline", poll.Poll{First: 60 * s}, fakeClock{deadlineAt: 45 * s}, []step{sees(""), done}, 2, []time.Duration{43 * s}, nil, ""},
		{"within", poll.Poll{First: 4 * s, Within: 10 * s}, fakeClock{}, []step{sees("it is blue")}, 4, []time.Duration{4 * s, 4 * s, 2 * s}, poll.ErrWithin,
			"waited 10s until x is there; last seen: it is blue"},
		{"done when the time is over", poll.Poll{First: 60 * s, Within: 10 * s}, fakeClock{}, []step{sees(""), done}, 2, []time.Duration{10 * s}, nil, ""},
		{"errors until the time is over", poll.Poll{First: 10 * s, Within: 10 * s}, fakeClock{}, []step{sees("it is blue"), {err: errBusy}}, 2, []time.Duration{10 * s}, poll.ErrWithin,
			"waited 10s until x is there; last seen: it is blue, then an error: 503: busy"},
		{"silent attempt", poll.Poll{First: s}, fakeClock{}, []step{{hang: true}, done}, 2, []time.Duration{s}, nil, ""},
		{"silent server", poll.Poll{First: s, Attempt: 5 * s, Within: 8 * s}, fakeClock{}, []step{{hang: true}}, 2, []time.Duration{s}, poll.ErrWithin,
			"waited 11s until x is there; last seen: an error: GET /: no answer within 5s"},
		{"at least one attempt", poll.Poll{Within: s}, fakeClock{}, []step{{hang: true}}, 1, nil, poll.ErrWithin,
			"waited 30s until x is there; last seen: an error: GET /: no answer within 30s"},
		{"somebody else's time limit", poll.Poll{First: s}, fakeClock{}, []step{{err: context.DeadlineExceeded}, done}, 2, []time.Duration{s}, nil, ""},
		{"somebody else's interrupt", poll.Poll{First: s}, fakeClock{}, []step{{err: context.Canceled}}, 1, nil, context.Canceled, "waiting until x is there: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clock := test.clock
			clock.now = began
			parent, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			clock.cancel = cancel
			p := test.poll
			p.Clock, p.What = &clock, "until x is there"
			p.Transient = func(err error) bool { return errors.Is(err, errBusy) }
			attempts := 0
			err := p.Until(ending{parent, &clock}, func(ctx context.Context) (poll.Look, error) {
				now := test.steps[min(attempts, len(test.steps)-1)]
				attempts++
				own, ok := ctx.(*attempt)
				if now.hang && ok {
					return poll.Look{}, own.hang()
				}
				return now.Look, now.err
			})
			if attempts != test.attempts || !slices.Equal(clock.slept, test.slept) {
				t.Errorf("%d attempts, want %d; slept %v, want %v", attempts, test.attempts, clock.slept, test.slept)
			}
			if !errors.Is(err, test.is) || (err == nil) != (test.is == nil) {
				t.Fatalf("error is %v, want %v", err, test.is)
			}
			if err == nil {
				return
			}
			if got := err.Error(); got != test.fails && !strings.HasSuffix(test.fails, ": ") {
				t.Errorf("\n got %s\nwant %s", got, test.fails)
			}
			timedOut := !strings.HasPrefix(test.fails, "waiting")
			if _, ok := errors.AsType[*poll.Timeout](err); ok != timedOut {
				t.Errorf("error is a %T", err)
			}
		})
	}
}

// A context with a cause tells it, and still that it was cancelled.
func TestUntil_Cause(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errNo)
	attempts := 0
	err := poll.Poll{What: "until x is there"}.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		attempts++
		return poll.Look{}, ctx.Err()
	})
	if !errors.Is(err, errNo) || !errors.Is(err, context.Canceled) || attempts != 1 {
		t.Errorf("error is %v after %d attempts", err, attempts)
	}
}

// The machine's clock needs no help with the time limits.
func TestUntil_RealClock(t *testing.T) {
	t.Parallel()
	attempts := 0
	err := poll.Poll{First: time.Millisecond, Attempt: 5 * time.Millisecond}.Until(t.Context(), func(ctx context.Context) (poll.Look, error) {
		if attempts++; attempts == 1 {
			<-ctx.Done()
			return poll.Look{}, ctx.Err()
		}
		return poll.Look{Done: true}, nil
	})
	if err != nil || attempts != 2 {
		t.Errorf("error is %v after %d attempts", err, attempts)
	}
}

func TestUntil_Report(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, test := range []struct {
		name  string
		poll  poll.Poll
		steps []step // the last one repeats
		want  []string
	}{
		{"done at once", poll.Poll{}, []step{done}, nil},
		{"nothing to say", poll.Poll{}, []step{sees(""), done}, []string{"0s: waiting until x is there"}},
		{"changes", poll.Poll{First: time.Second}, []step{sees("a"), sees("a"), sees("b"), done},
			[]string{"0s: waiting until x is there: a", "2s: waiting until x is there: b"}},
		{"many changes", poll.Poll{First: 400 * ms}, []step{sees("a"), sees("b"), sees("c"), sees("d"), done},
			[]string{"0s: waiting until x is there: a", "1s: waiting until x is there: d"}},
		{"no change", poll.Poll{First: 5 * time.Second, Most: 5 * time.Second, Within: 50 * time.Second}, []step{sees("a")},
			[]string{"0s: waiting until x is there: a", "20s: waiting until x is there: a", "40s: waiting until x is there: a"}},
		{"announced", poll.Poll{Announce: true, Phase: "service"}, []step{done}, []string{"0s: service: waiting until x is there"}},
		{"calm", poll.Poll{First: time.Second, Most: time.Second, Calm: 3 * time.Second}, []step{sees("a"), sees("b"), sees("c"), sees("d"), sees("e"), done},
			[]string{"0s: waiting until x is there: a", "3s: waiting until x is there: d"}},
		{"part of a longer operation", poll.Poll{Phase: "copying", Began: began.Add(-10 * time.Minute), First: time.Second}, []step{sees("a"), sees("b"), done},
			[]string{"10m0s: copying: waiting until x is there: a", "10m1s: copying: waiting until x is there: b"}},
		{"no change, said more often", poll.Poll{First: 4 * time.Second, Every: 10 * time.Second, Within: 25 * time.Second}, []step{sees("a")},
			[]string{"0s: waiting until x is there: a", "12s: waiting until x is there: a", "24s: waiting until x is there: a"}},
		{"errors", poll.Poll{First: time.Second}, []step{{err: errBusy}, sees("a"), {err: errBusy}, done},
			[]string{"0s: waiting until x is there: an error: 503: busy", "1s: waiting until x is there: a", "2s: waiting until x is there: a, then an error: 503: busy"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := test.poll
			p.Clock, p.What = &fakeClock{now: began}, "until x is there"
			p.Transient = func(err error) bool { return errors.Is(err, errBusy) }
			var lines []string
			p.Report = func(_ context.Context, progress poll.Progress) { lines = append(lines, progress.String()) }
			attempts := 0
			err := p.Until(t.Context(), func(context.Context) (poll.Look, error) {
				now := test.steps[min(attempts, len(test.steps)-1)]
				attempts++
				return now.Look, now.err
			})
			if err != nil && !errors.Is(err, poll.ErrWithin) {
				t.Fatal(err)
			}
			if !slices.Equal(lines, test.want) {
				t.Errorf("\n got %q\nwant %q", lines, test.want)
			}
		})
	}
}

// The user hears something also while an attempt gets no answer.
func TestPoint9_05_ALineAtLeastEvery30Seconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, attempts := time.Now(), 0
		var lines []string
		p := poll.Poll{What: "until x is there", Phase: "copying", First: 5 * time.Second, Most: 5 * time.Second, Attempt: 2 * time.Minute, Within: 10 * time.Minute,
			Report: func(_ context.Context, progress poll.Progress) { lines = append(lines, progress.String()) }}
		err := p.Until(t.Context(), func(ctx context.Context) (poll.Look, error) {
			if attempts++; attempts%2 == 0 {
				return poll.Look{Progress: "1 of 2"}, nil
			}
			<-ctx.Done()
			return poll.Look{}, ctx.Err()
		})
		if !errors.Is(err, poll.ErrWithin) || time.Since(start) < 10*time.Minute {
			t.Errorf("error is %v after %s", err, time.Since(start))
		}
		var before time.Duration
		for _, line := range lines {
			elapsed, err := time.ParseDuration(strings.SplitN(line, ": ", 2)[0])
			if err != nil || elapsed-before > 30*time.Second {
				t.Errorf("after %s comes %q", before, line)
			}
			before = elapsed
		}
		if len(lines) == 0 || lines[0] != "1s: copying: waiting until x is there" || time.Since(start)-before > 30*time.Second {
			t.Errorf("said in %s: %q", time.Since(start), lines)
		}
	})
}
