// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package services is what the two service-level resources share, opensearch_ccr_follower and
// opensearch_ccr_integration: attributes, what a plan announces, and lists of pairs.
package services

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// Untouched reports whether a plan leaves everything as it is in the state. Where
// the pair cannot be looked at before the apply, that keeps its values known.
func Untouched(ctx context.Context, plan *tfsdk.Plan, state tfsdk.State, planned any, diags *diag.Diagnostics) bool {
	diags.Append(plan.Set(ctx, planned)...)
	return plan.Raw.Equal(state.Raw)
}

// Change is what a plan does to the replication of a pair that exists.
type Change struct {
	// Object names the follower in messages, as no other resource does: Terraform
	// shows only the first of warnings that share a summary.
	Object string
	// Wish is what the plan wants.
	Wish pair.Wish
	// From is the mode of the state.
	From ccr.Mode
	// Patterns and Permits are set where the plan changes the patterns, and what
	// may be destroyed.
	Patterns, Permits bool
	// Before is the status that the refresh of this plan found.
	Before ccr.Status
	// Foresight is what the refresh of this plan found.
	Foresight ccr.Foresight
}

// changes reports whether the plan is about the replication whatever is seen.
func (c Change) changes() bool { return c.From != c.Wish.Mode || c.Patterns || !c.Wish.Finished }

// acts reports whether the apply has something to do about the replication.
// Terraform plans once more during apply, and a world that has changed by then
// must not make unknown what the first plan knew: a repair counts only where the
// refresh found something to repair too.
func (c Change) acts(d ccr.Decision) bool {
	switch {
	case c.changes():
		return true
	case c.Before == c.Wish.Mode.Target() || c.Before == ccr.StatusDegraded || !c.Foresight.Repairs && !c.Permits:
		return false
	}
	return len(d.Repairs()) > 0
}

// ChangesPermits reports whether a plan changes what may be destroyed.
func (r Replication) ChangesPermits(prior Replication) bool {
	return !r.Rebuild.Equal(prior.Rebuild) || !r.OnLeaderDelete.Equal(prior.OnLeaderDelete)
}

// Outcome is what a plan has found out.
type Outcome struct {
	// Approval is what the plan has named; an apply destroys nothing else.
	Approval ccr.Approval
	// Acts reports whether the apply has something to do about the replication,
	// which changes its status.
	Acts bool
}

// Announce looks at the pair, as its refresh did, and says what the apply will
// do: it names everything that is destroyed, and what cannot be undone. A pair
// that cannot be looked at fails no plan; then nothing is approved.
func (c Change) Announce(ctx context.Context, lookup *pair.Lookup, diags *diag.Diagnostics) Outcome {
	to, object := c.Wish.Mode, c.Object
	if c.From == ccr.ModePromoted && to != ccr.ModePromoted && !c.Wish.Permits.Rebuild {
		diags.AddAttributeError(path.Root("desired_state"), fmt.Sprintf("Follower %s has been promoted", c.Wish.Pair.Follower),
			fmt.Sprintf("Service %s has been promoted and may contain data that the leader does not have. Keep desired_state = \"promoted\". "+
				"Or set rebuild = true to make it follow its leader again: that deletes the replicated indices with everything that was written to them since, and copies them again.", c.Wish.Pair.Follower))
		return Outcome{}
	}
	seen, err := lookup.Observe(ctx, c.Wish)
	if err != nil {
		if !errors.Is(err, pair.ErrNoFollower) {
			diags.AddWarning(fmt.Sprintf("Cannot look at %s", object),
				fmt.Sprintf("%s. What an apply has to do about its replication is not known, so this plan permits it to destroy nothing.", report.Sentence(err)))
		}
		return Outcome{Acts: c.changes()}
	}
	decided := seen.Decision
	if c.leaderless(ctx, lookup, decided) {
		diags.AddWarning(report.Capital(object)+" cannot be repaired",
			fmt.Sprintf("Follower %s is %s: %s. Leader service %s does not exist, so the two cannot be linked again, and no repair is planned. "+
				"Set desired_state = \"promoted\" to keep the follower as an independent service.", c.Wish.Pair.Follower, decided.Status, decided.Reason, c.Wish.Pair.Leader))
		return Outcome{Acts: c.changes()}
	}
	out := Outcome{Approval: c.Foresight.Approve(to, decided.Steps, c.Wish.Owned), Acts: c.acts(decided)}
	if c.From == to && !c.Patterns {
		report.AddPlan(diags, object, decided)
		return out
	}
	report.AddRefusals(diags, object, decided.Refused)
	report.AddNotes(diags, object, decided.Notes)
	if to == ccr.ModePromoted {
		diags.AddAttributeWarning(path.Root("desired_state"), report.Capital(object)+" will be promoted", c.promotion(seen))
		return out
	}
	report.AddDestructions(diags, object, decided.Steps)
	return out
}

// leaderless reports whether a repair is to link the follower with a leader
// service that does not exist.
func (c Change) leaderless(ctx context.Context, lookup *pair.Lookup, d ccr.Decision) bool {
	if !d.Needs(ccr.ActionLink) {
		return false
	}
	_, found, err := lookup.Service(ctx, c.Wish.Pair.Leader)
	return err == nil && !found
}

func (c Change) promotion(seen pair.Seen) string {
	text := fmt.Sprintf("Follower %s becomes an independent, writable service and is unlinked from leader %s. "+
		"Each index first catches up with the leader if the leader is reachable; later writes to the leader are not replicated.", c.Wish.Pair.Follower, c.Wish.Pair.Leader)
	if connection, known := seen.Observation.Connection.Value(); known && connection.Connected {
		return text
	}
	return text + " The leader may currently be unreachable. If that is proven, replication stops at the checkpoints that were reached (last seen: " +
		report.Checkpoints(seen.Observation.Replicating(c.Wish.Owned)) + "), and later writes on the leader are lost."
}
