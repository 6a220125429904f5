// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// This file has what the index-level resources say alike.

// AddClusterError reports what failed on a cluster and what to do next. limit is
// the time that it had, of the timeouts attribute unless operation is "read".
func AddClusterError(diags *diag.Diagnostics, summary, object string, limit time.Duration, operation string, err error) {
	detail := fmt.Sprintf("%s: %s.", object, Sentence(err))
	switch {
	case errors.Is(err, context.DeadlineExceeded) && operation == "read":
		detail += fmt.Sprintf(" No answer within %s.", limit)
	case errors.Is(err, context.DeadlineExceeded):
		detail += fmt.Sprintf(" Timed out after %s (timeouts.%s).", limit, operation)
	case errors.Is(err, context.Canceled) && operation == "read":
		detail += " The operation was interrupted."
	case errors.Is(err, context.Canceled):
		detail += " The operation was interrupted. Run terraform apply again to continue."
	}
	diags.AddError(summary, detail)
}
