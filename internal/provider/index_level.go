// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// This file has what the index-level resources say alike.

// addClusterError reports what failed on a cluster and how to go on. limit is
// the time that it had, of the timeouts attribute unless operation is "read".
func addClusterError(diags *diag.Diagnostics, summary, object string, limit time.Duration, operation string, err error) {
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

// unfinished is the status_reason of what was started and has never been
// complete. It is in the state, since the deletion that comes first when a
// tainted resource is made again does not have its private state.
const unfinished = "its creation has not been completed"

// countedLength is how many names a message has before it counts the rest.
const countedLength = 5

// counted says how many there are and names the first.
func counted(names []string, one, many string) string {
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

// importParts takes an import id of the form A/B/C, or the identity, into the
// attributes of these names.
func importParts(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, names ...string) {
	if req.ID == "" {
		for _, name := range names {
			resource.ImportStatePassthroughWithIdentity(ctx, path.Root(name), path.Root(name), req, resp)
		}
		return
	}
	parts := strings.Split(req.ID, "/")
	if len(parts) != len(names) || strings.Contains("/"+req.ID+"/", "//") {
		resp.Diagnostics.AddError("Unexpected import id", fmt.Sprintf("%q is not of the form %s.", req.ID, strings.ToUpper(strings.Join(names, "/"))))
		return
	}
	for i, name := range names {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), types.StringValue(parts[i]))...)
	}
}
