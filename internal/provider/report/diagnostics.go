// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package report says to the user what was found and what failed: it makes diagnostics of checks and errors.
package report

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
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

// AddNoSecrets reports a [pair.ErrNoSecrets] of a service.
func AddNoSecrets(diags *diag.Diagnostics, at path.Path, service aiven.ServiceRef, err error) {
	diags.AddAttributeError(at, "Token may not read the secrets of "+service.String(), Capital(Sentence(err))+".")
}

// AddNoProject says where a project can be given.
func AddNoProject(diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("project"), "Aiven project not set",
		"Set project here, aiven = { project = … } in the provider block, or the environment variable "+access.EnvProject+".")
}

// AddApplyError reports what failed in an apply and what to do next. limit is the
// time that the operation had by the timeouts attribute.
func AddApplyError(diags *diag.Diagnostics, summary string, p pair.Pair, limit time.Duration, operation string, err error) {
	next := " Fix the cause, then run terraform apply again."
	var unknown *aiven.UnknownOutcome
	switch {
	case errors.As(err, &unknown):
		next = "" // it says what to do before another apply
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		next = " Run terraform apply again to continue."
	}
	diags.AddError(summary, applyDetail(p, limit, operation, err)+next)
}

// AddUnusable says that a follower service was created and does not follow its
// leader yet. Terraform marks it as tainted.
func AddUnusable(diags *diag.Diagnostics, p pair.Pair, limit time.Duration, err error) {
	diags.AddError(fmt.Sprintf("Creation of follower %s did not finish", p.Follower),
		applyDetail(p, limit, "create", err)+fmt.Sprintf(" Service %s exists and is in the state, marked as tainted: the next apply deletes and recreates it. "+
			"To keep the service and continue its creation instead, run terraform untaint ADDRESS with the address of this resource, and apply again.", p.Follower))
}

// AddUnfinished says that an apply ended before everything was as desired. It is
// a warning: what exists is kept, and the next plan shows what is left to do.
func AddUnfinished(diags *diag.Diagnostics, object string, p pair.Pair, limit time.Duration, operation string, err error) {
	diags.AddWarning(Capital(object)+" is not finished",
		applyDetail(p, limit, operation, err)+" The follower is kept, and what was started continues. The next plan shows what is left to do, and apply does it.")
}

func applyDetail(p pair.Pair, limit time.Duration, operation string, err error) string {
	detail := fmt.Sprintf("%s: %s.", Capital(p.String()), Sentence(err))
	switch {
	case errors.Is(err, context.DeadlineExceeded) && limit > 0:
		detail += fmt.Sprintf(" Timed out after %s (timeouts.%s); set a longer time if the operation needs it.", limit, operation)
	case errors.Is(err, context.Canceled):
		detail += " The operation was interrupted."
	}
	return detail
}

// Sentence is an error as the middle of a sentence: without a full stop, and
// without the words that Go has for the end of a context.
func Sentence(err error) string {
	text := strings.NewReplacer(context.DeadlineExceeded.Error(), "the time ran out", context.Canceled.Error(), "the request was interrupted", "\n", "; ").Replace(err.Error())
	return strings.TrimRight(text, ". ")
}

// AddDegraded says that something is unreachable and that nothing is planned for it.
func AddDegraded(diags *diag.Diagnostics, object string, p pair.Pair, reason string) {
	diags.AddWarning(Capital(object)+" is degraded",
		fmt.Sprintf("Follower %s: %s. This usually resolves itself, so no change is planned.", p.Follower, strings.TrimRight(reason, ".")))
}

// AddPromotedAlone says where the replications stood when a promotion ended
// them without the leader.
func AddPromotedAlone(diags *diag.Diagnostics, p pair.Pair, seen pair.Seen) {
	if !seen.Alone {
		return
	}
	diags.AddWarning(fmt.Sprintf("Follower %s was promoted without its leader %s", p.Follower, p.Leader),
		fmt.Sprintf("The leader %s was unreachable, so the indices of follower %s could not catch up. Replication was stopped at the last known checkpoints: %s. "+
			"Writes after these checkpoints are not on the follower.", p.Leader, p.Follower, Checkpoints(seen.EndedAt)))
}

// checkpointsLength is how many indices [Checkpoints] names before it counts the rest.
const checkpointsLength = 20

// Checkpoints shows the last known checkpoint of each index, the sum of its
// shards' sequence numbers, as "books 2, movies 4".
func Checkpoints(ended map[string]ccr.Ended) string {
	named := make([]string, 0, checkpointsLength+1)
	for i, name := range slices.Sorted(maps.Keys(ended)) {
		if i == checkpointsLength {
			named = append(named, fmt.Sprintf("and %d more", len(ended)-checkpointsLength))
			break
		}
		checkpoint, known := ended[name].Checkpoint.Value()
		if !known {
			named = append(named, name+" unknown")
			continue
		}
		named = append(named, fmt.Sprintf("%s %d", name, checkpoint))
	}
	if len(named) == 0 {
		return "no index replicates"
	}
	return strings.Join(named, ", ")
}
