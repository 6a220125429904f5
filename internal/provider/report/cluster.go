// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// This file has what the index-level resources say alike.

// AddClusterError reports what failed on a cluster and how to go on. limit is
// the time that it had, of the timeouts attribute unless operation is "read".
func AddClusterError(diags *diag.Diagnostics, summary, object string, limit time.Duration, operation string, err error) {
	detail := fmt.Sprintf("%s: %v.", object, err)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && operation == "read":
		detail += fmt.Sprintf(" There was no answer for %s.", limit)
	case errors.Is(err, context.DeadlineExceeded):
		detail += fmt.Sprintf(" The time of %s for this (timeouts.%s) is over.", limit, operation)
	case errors.Is(err, context.Canceled):
		detail += " It was interrupted: run terraform apply again to go on."
	}
	diags.AddError(summary, detail)
}

// Unfinished is the status_reason of what was started and has never been
// complete. It is in the state, since the deletion that comes first when a
// tainted resource is made again does not have its private state.
const Unfinished = "its creation has not been completed"

// countedLength is how many names a message has before it counts the rest.
const countedLength = 5

// Counted says how many there are and names the first.
func Counted(names []string, one, many string) string {
	what := many
	if len(names) == 1 {
		what = one
	}
	shown := names
	more := ""
	if len(names) > countedLength {
		shown, more = names[:countedLength], fmt.Sprintf(" and %d more", len(names)-countedLength)
	}
	return fmt.Sprintf("%d %s (%s%s)", len(names), what, strings.Join(shown, ", "), more)
}
