// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package report says to the user what was found and what failed: it makes diagnostics of checks and errors.
package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
)

// AddChecks turns checks that did not hold into diagnostics, each on its attribute.
func AddChecks(diags *diag.Diagnostics, checks []ccr.Check) {
	for _, c := range checks {
		at := path.Empty()
		if c.Attribute != "" {
			at = path.Root(c.Attribute)
		}
		switch {
		case c.Warning && c.Attribute == "":
			diags.AddWarning(c.Summary, c.Detail)
		case c.Warning:
			diags.AddAttributeWarning(at, c.Summary, c.Detail)
		case c.Attribute == "":
			diags.AddError(c.Summary, c.Detail)
		default:
			diags.AddAttributeError(at, c.Summary, c.Detail)
		}
	}
}

// AddNoProject says where a project can be given.
func AddNoProject(diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("project"), "No project",
		"Set project in this resource, aiven = { project = … } in the provider block, or the environment variable "+access.EnvProject+".")
}

// AddApplyError reports what failed in an apply and how to go on.
func AddApplyError(diags *diag.Diagnostics, summary string, p pair.Pair, limit time.Duration, operation string, err error) {
	detail := fmt.Sprintf("Follower %s of leader %s: %v.", p.Follower, p.Leader, err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		detail += fmt.Sprintf(" The time of %s for this (timeouts.%s) is over. What exists is in the state: run terraform apply again to go on, with a longer timeouts.%s if it needs more.",
			limit, operation, operation)
	case errors.Is(err, context.Canceled):
		detail += " It was interrupted. What exists is in the state: run terraform apply again to go on."
	default:
		detail += " What exists is in the state: once the cause is mended, run terraform apply again to go on."
	}
	diags.AddError(summary, detail)
}

// AddDegraded says that something is out of reach and that nothing is planned for it.
func AddDegraded(diags *diag.Diagnostics, p pair.Pair, reason string) {
	diags.AddWarning("Follower is degraded", fmt.Sprintf("Follower %s: %s. This is expected to pass by itself; nothing is planned for it.", p.Follower, reason))
}

// AddPromotedAlone says where the replications stood when a promotion ended
// them without the leader.
func AddPromotedAlone(diags *diag.Diagnostics, p pair.Pair, seen pair.Seen) {
	if seen.EndedAt == "" {
		return
	}
	diags.AddWarning("Follower was promoted without its leader",
		fmt.Sprintf("The leader %s was out of reach, so no index of follower %s could catch up: the replications were ended at their last checkpoints (%s). "+
			"What the leader has beyond them is not on the follower.", p.Leader, p.Follower, seen.EndedAt))
}
