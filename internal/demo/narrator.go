// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// quiet is how long the narrator lets pass without a line before it says what is still going on.
const quiet = 3 * time.Second

// narrator tells the story: numbered steps, lines under them, the output of commands, and a sign of life
// where none of these came for a while. Its methods may be called from several goroutines.
type narrator struct {
	out     io.Writer
	now     func() time.Time
	started time.Time

	mu    sync.Mutex
	steps int
	doing string    // the step that is under way
	since time.Time // when it began
	last  time.Time // when the last line was printed
}

func newNarrator(out io.Writer, now func() time.Time) *narrator {
	return &narrator{out: out, now: now, started: now(), last: now()}
}

// step begins the next step. what says it in a few words.
func (n *narrator) step(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.steps++
	n.doing, n.since = what, n.now()
	n.line(fmt.Sprintf("\n[%3.0f s] %d. %s", n.since.Sub(n.started).Seconds(), n.steps, what))
}

// say prints a line under the step.
func (n *narrator) say(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for text := range strings.Lines(fmt.Sprintf(format, args...)) {
		n.line(strings.TrimRight("   "+text, " \n"))
	}
}

// line prints one line and needs n.mu. What is printed for a person to read has nobody to report a failure to.
func (n *narrator) line(text string) {
	n.last = n.now()
	fmt.Fprintln(n.out, text)
}

// live prints a sign of life during silences, until stop is called. more gives what it adds, such as the
// last thing that a command logged.
func (n *narrator) live(more func() string) (stop func()) {
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		tick := time.NewTicker(quiet / 6)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				n.beat(more())
			}
		}
	})
	return func() { close(done); beating.Wait() }
}

func (n *narrator) beat(more string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if n.doing == "" || now.Sub(n.last) < quiet {
		return
	}
	if more == "" {
		more = "still at it: " + n.doing
	}
	n.line(fmt.Sprintf("   … %s (%.0f s)", more, now.Sub(n.since).Seconds()))
}

// lines hands each whole line that is written to it to each.
type lines struct {
	each    func(line string)
	pending bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.pending.Write(p)
	for {
		end := bytes.IndexByte(l.pending.Bytes(), '\n')
		if end < 0 {
			return len(p), nil
		}
		l.each(strings.TrimRight(string(l.pending.Next(end+1)), "\r\n"))
	}
}
