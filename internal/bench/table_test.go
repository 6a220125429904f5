// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// of is a measure that returns these pairs in turn.
func of(pairs ...[2]float64) measure {
	return func(_ context.Context, round int) (ours, floor float64, err error) {
		return pairs[round][0], pairs[round][1], nil
	}
}

func broken(context.Context, int) (ours, floor float64, err error) {
	return 0, 0, errors.New("no route to host")
}

func TestRow_MissesItsBound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		row    row
		missed bool
		says   string
	}{
		"a ratio within its bound":      {row{floor: "plain", bound: 1.05, runs: 3, measure: of([2]float64{1, 1}, [2]float64{2, 1}, [2]float64{1.02, 1})}, false, "ok"},
		"a ratio that is too great":     {row{floor: "plain", bound: 1.05, runs: 3, measure: of([2]float64{1.1, 1}, [2]float64{2, 1}, [2]float64{1, 1})}, true, "MISSED"},
		"a figure within its bound":     {row{unit: inRequests, bound: 125, runs: 1, measure: of([2]float64{125, 0})}, false, "125"},
		"a figure that is too great":    {row{unit: inRequests, bound: 125, runs: 1, measure: of([2]float64{126, 0})}, true, "MISSED"},
		"one late in twenty":            {row{late: true, bound: 2, runs: 20, measure: of(append(repeat(19, 1), [2]float64{9, 0})...)}, false, "ok"},
		"two late in twenty":            {row{late: true, bound: 2, runs: 20, measure: of(append(repeat(18, 1), [2]float64{9, 0}, [2]float64{9, 0})...)}, true, "MISSED"},
		"a floor of nothing":            {row{floor: "plain", bound: 1, runs: 1, measure: of([2]float64{1, 0})}, true, "FAILED"},
		"one that cannot be measured":   {row{bound: 1, runs: 1, measure: broken}, true, "FAILED"},
		"one that is measured not here": {row{bound: 1, elsewhere: "OPENSEARCH_HOME is not set", measure: broken}, false, "not run here: OPENSEARCH_HOME is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tt.row.run(t.Context())
			if got.missed() != tt.missed {
				t.Errorf("missed is %t, want %t: %+v", got.missed(), tt.missed, got)
			}
			if line := strings.Join(got.cells(), " | "); !strings.Contains(line, tt.says) {
				t.Errorf("%q does not say %q", line, tt.says)
			}
		})
	}
}

func repeat(n int, ours float64) [][2]float64 {
	var pairs [][2]float64
	for range n {
		pairs = append(pairs, [2]float64{ours, 0})
	}
	return pairs
}

func TestRow_TakesMedians(t *testing.T) {
	t.Parallel()
	got := row{floor: "plain", bound: 2, runs: 4, measure: of([2]float64{1, 1}, [2]float64{2, 1}, [2]float64{4, 2}, [2]float64{90, 30})}.run(t.Context())
	if got.ours != 3 || got.base != 1.5 || got.ratio != 2 || got.taken != 4 {
		t.Errorf("got %+v", got)
	}
}

func TestReport_FailsOnAMissedBound(t *testing.T) {
	t.Parallel()
	kept := row{name: "kept", what: "a", unit: inRequests, bound: 5, runs: 1, measure: of([2]float64{5, 0})}
	missed := row{name: "missed", what: "b", unit: inRequests, bound: 5, runs: 1, measure: of([2]float64{6, 0})}
	for _, tt := range []struct {
		rows []row
		want string
	}{
		{[]row{kept}, ""},
		{[]row{kept, missed}, "1 of 2 rows missed their bound: missed"},
		{[]row{kept, {name: "broken", bound: 1, runs: 1, measure: broken}}, "broken: round 1: no route to host\n1 of 2 rows missed their bound: broken"},
	} {
		var out strings.Builder
		err := report(t.Context(), &out, io.Discard, tt.rows)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
		if table := out.String(); strings.Count(table, "\n") != 2+len(tt.rows) || !strings.Contains(table, "| kept ") {
			t.Errorf("the table is\n%s", table)
		}
	}
}

func TestSelected(t *testing.T) {
	t.Parallel()
	rows := []row{{name: "create"}, {name: "create_requests"}, {name: "plan"}}
	for pattern, want := range map[string]int{"": 3, "create": 2, "^create$": 1, "nothing": 0} {
		if got, err := selected(rows, pattern); err != nil || len(got) != want {
			t.Errorf("%q selects %d rows, error %v, want %d", pattern, len(got), err, want)
		}
	}
	if _, err := selected(rows, "("); err == nil {
		t.Error("a pattern that is not one is accepted")
	}
}

func TestBetween_ReplacesTheTableOnly(t *testing.T) {
	t.Parallel()
	page := "before\n" + tableBegins + "\nold\n" + tableEnds + "\nafter\n"
	want := "before\n" + tableBegins + "\n\nnew\n\n" + tableEnds + "\nafter\n"
	for _, again := range []string{page, want} {
		if got, err := between(again, "new\n"); err != nil || got != want {
			t.Errorf("got %q, error %v", got, err)
		}
	}
	if _, err := between("no table", "new"); err == nil {
		t.Error("a page without the two lines is accepted")
	}
}
