// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	pattern := flag.String("run", "", "measure only the rows whose name this regular expression matches; \"growth\" is the second table")
	trace := flag.Bool("trace", false, "measure nothing: print every request and wait of one apply")
	readme := flag.String("readme", "", "put what is printed into this file too, between the lines "+tableBegins+" and "+tableEnds)
	flag.Parse()
	var printed strings.Builder
	err := run(ctx, io.MultiWriter(os.Stdout, &printed), *pattern, *trace)
	if *readme != "" {
		err = errors.Join(err, intoFile(*readme, printed.String()))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "\nbench: %v\n", err)
		os.Exit(1)
	}
}

// run measures, and fails where a bound is missed.
func run(ctx context.Context, w io.Writer, pattern string, trace bool) (err error) {
	b := &bench{}
	defer func() { err = errors.Join(err, b.close()) }()
	if trace {
		return b.trace(ctx, w)
	}
	all := append(b.ruleRows(), b.planRows()...)
	all = append(all, b.startRows()...)
	all = append(all, b.waitRows()...)
	all = append(all, b.copyRows()...)
	rows, err := selected(all, pattern)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, machine(ctx))
	var missed error
	if len(rows) > 0 {
		missed = report(ctx, w, os.Stderr, rows)
	}
	growing, err := selected([]row{{name: "growth"}}, pattern)
	if err != nil || len(growing) == 0 {
		return errors.Join(missed, err)
	}
	fmt.Fprintln(w)
	return errors.Join(missed, b.growth(ctx, w))
}

// The lines of a file that the table is between.
const (
	tableBegins = "<!-- make bench: -->"
	tableEnds   = "<!-- end of make bench -->"
)

// intoFile replaces what is between the two lines of a file.
func intoFile(name, text string) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	replaced, err := between(string(raw), text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(name, []byte(replaced), 0o644)
}

func between(page, text string) (string, error) {
	before, rest, begins := strings.Cut(page, tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return "", fmt.Errorf("it does not have the lines %s and %s", tableBegins, tableEnds)
	}
	return before + tableBegins + "\n\n" + strings.TrimSpace(text) + "\n\n" + tableEnds + after, nil
}

// selected are the rows that a regular expression matches; all for an empty one.
func selected(rows []row, pattern string) ([]row, error) {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the rows to measure: %w", err)
	}
	var out []row
	for _, r := range rows {
		if wanted.MatchString(r.name) {
			out = append(out, r)
		}
	}
	return out, nil
}

// report measures rows, prints the table, and returns an error that names what was missed. progress gets each
// row as soon as it is measured.
func report(ctx context.Context, w, progress io.Writer, rows []row) error {
	var cells [][]string
	var missed []string
	var failed error
	for _, r := range rows {
		began := time.Now()
		got := r.run(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		cells = append(cells, got.cells())
		if got.missed() {
			missed = append(missed, r.name)
		}
		if got.err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", r.name, got.err))
		}
		fmt.Fprintf(progress, "%s (%s)\n", strings.Join(got.cells(), " | "), time.Since(began).Round(time.Second))
	}
	write(w, header, cells)
	if len(missed) > 0 {
		return errors.Join(failed, fmt.Errorf("%d of %d rows missed their bound: %s", len(missed), len(rows), strings.Join(missed, ", ")))
	}
	return nil
}
