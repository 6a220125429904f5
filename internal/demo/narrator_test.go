// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"
	"testing"
	"time"
)

func TestNarrator_BreaksSilenceOnly(t *testing.T) {
	var out strings.Builder
	now := time.Unix(0, 0)
	n := newNarrator(&out, func() time.Time { return now })

	n.beat("before any step")
	n.step("wait")
	now = now.Add(quiet - time.Millisecond)
	n.beat("too early")
	now = now.Add(time.Millisecond)
	n.beat("")
	n.beat("just said")
	now = now.Add(quiet)
	n.beat("1 of 3 indices syncing")
	n.say("done\nin two lines")

	want := `
[  0 s] 1. wait
   … still at it: wait (3 s)
   … 1 of 3 indices syncing (6 s)
   done
   in two lines
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestLines_WholeLinesOnly(t *testing.T) {
	var got []string
	l := &lines{each: func(line string) { got = append(got, line) }}
	for _, part := range []string{"one\ntw", "o\r\n", "", "three"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write(%q) = %d, %v", part, n, err)
		}
	}
	if strings.Join(got, "|") != "one|two" {
		t.Errorf("got %q", got)
	}
}
