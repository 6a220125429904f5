// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// unit is what the figures of a row are counted in.
type unit int

const (
	inSeconds unit = iota
	inRequests
	inBytes
)

// measure takes one measurement: the provider's figure, and that of the floor in the same round, so that what
// else the machine does slows both. A row without a floor returns 0 for it.
type measure func(ctx context.Context, round int) (ours, floor float64, err error)

// row is one line of the table.
type row struct {
	// name is what -run selects by.
	name string
	// what is measured, and the floor that it is compared with; empty where the bound is on the figure itself.
	what, floor string
	unit        unit
	// bound is the greatest ratio, or the greatest figure for a row without a floor.
	bound float64
	// runs is how often it is measured; 0: [usualRuns].
	runs int
	// late takes the 95th percentile in place of the median: of how late something is noticed, the mean says nothing.
	late bool
	// elsewhere says where the row can be measured, when that is not here.
	elsewhere string
	measure   measure
}

const (
	// usualRuns is how often a row is measured, and fewRuns how often where one run takes longer than slowRun.
	usualRuns = 5
	fewRuns   = 3
	slowRun   = 30 * time.Second
)

// result is what came of a row.
type result struct {
	row

	// ours and base are medians, or 95th percentiles of a row about lateness.
	ours, base float64
	// ratio is the median of the ratios of each round, which is steadier than the ratio of the medians where
	// the machine has other work; 0 without a floor.
	ratio float64
	taken int
	err   error
}

// missed reports whether the row fails: it misses its bound, or it could not be measured.
func (r result) missed() bool {
	if r.elsewhere != "" {
		return false
	}
	figure := r.ours
	if r.floor != "" {
		figure = r.ratio
	}
	return r.err != nil || r.taken == 0 || math.IsNaN(figure) || figure > r.bound
}

// run measures a row.
func (r row) run(ctx context.Context) result {
	out := result{row: r}
	if r.elsewhere != "" {
		return out
	}
	runs := r.runs
	if runs == 0 {
		runs = usualRuns
	}
	var ours, base, ratios []float64
	for round := 0; round < runs; round++ {
		began := time.Now()
		own, floor, err := r.measure(ctx, round)
		if err == nil && r.floor != "" && floor <= 0 {
			err = fmt.Errorf("the floor is %g, and a ratio needs a greater one", floor)
		}
		if err != nil {
			out.err = fmt.Errorf("round %d: %w", round+1, err)
			return out
		}
		ours, base, ratios = append(ours, own), append(base, floor), append(ratios, own/floor)
		if r.runs == 0 && time.Since(began) > slowRun {
			runs = fewRuns
		}
	}
	middle := median
	if r.late {
		middle = percentile95
	}
	out.ours, out.base, out.taken = middle(ours), middle(base), len(ours)
	if r.floor != "" {
		out.ratio = middle(ratios)
	}
	return out
}

// median is the middle of some figures.
func median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// percentile95 is the least figure that 95 of 100 do not exceed.
func percentile95(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(math.Ceil(0.95*float64(len(sorted))))-1]
}

// figure is a figure with its unit.
func (u unit) figure(f float64) string {
	switch u {
	case inRequests:
		return fmt.Sprintf("%.0f", f)
	case inBytes:
		if f < 1e6 {
			return fmt.Sprintf("%.0f kB", f/1e3)
		}
		return fmt.Sprintf("%.1f MB", f/1e6)
	case inSeconds:
	}
	switch {
	case f < 0.001:
		return fmt.Sprintf("%.0f µs", f*1e6)
	case f < 0.1:
		return fmt.Sprintf("%.1f ms", f*1e3)
	}
	return fmt.Sprintf("%.2f s", f)
}

// cells are the columns of a result.
func (r result) cells() []string {
	what := r.what
	if r.floor != "" {
		what += " / " + r.floor
	}
	bound := "≤ " + r.unit.figure(r.bound)
	if r.floor != "" {
		bound = fmt.Sprintf("≤ %.2f", r.bound)
	}
	switch {
	case r.elsewhere != "":
		return []string{r.name, what, "", "", "", bound, "not run here: " + r.elsewhere}
	case r.err != nil:
		return []string{r.name, what, "", "", "", bound, "FAILED"}
	}
	kept := "ok"
	if r.missed() {
		kept = "MISSED"
	}
	ours, base, ratio := r.unit.figure(r.ours), "", ""
	if r.floor != "" {
		base, ratio = r.unit.figure(r.base), fmt.Sprintf("%.3f", r.ratio)
	}
	return []string{r.name, what, ours, base, ratio, bound, kept}
}

var header = []string{"row", "what / floor or rival", "ours", "floor", "ratio", "bound", ""}

// write prints a table in the form of Markdown, with columns that line up.
func write(w io.Writer, header []string, rows [][]string) {
	widths := make([]int, len(header))
	for _, cells := range append([][]string{header}, rows...) {
		for i, cell := range cells {
			widths[i] = max(widths[i], len([]rune(cell)), len("---"))
		}
	}
	line := func(cells []string) {
		for i, cell := range cells {
			fmt.Fprintf(w, "| %s%s ", cell, strings.Repeat(" ", widths[i]-len([]rune(cell))))
		}
		fmt.Fprintln(w, "|")
	}
	line(header)
	rule := make([]string, len(header))
	for i, width := range widths {
		rule[i] = strings.Repeat("-", width)
	}
	line(rule)
	for _, cells := range rows {
		line(cells)
	}
}
