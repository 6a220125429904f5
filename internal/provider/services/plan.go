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
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// Plan is the plan of a pair that exists.
type Plan struct {
	Clients *access.Clients
	// Object names the follower in messages, as no other resource does: Terraform
	// shows only the first of warnings that share a summary.
	Object string
	Pair   pair.Pair
	// Placed is set where it is known which two services the pair has.
	Placed bool
	// Prior is what the state has.
	Prior Replication
	// Model points to all that is planned, with the replication in it.
	Model    any
	Request  resource.ModifyPlanRequest
	Response *resource.ModifyPlanResponse
}

// Announce compares with the state: it plans a repair, names what is destroyed or
// cannot be undone, and keeps that for the apply, which destroys nothing else. It
// reports whether the apply has something to do about the replication. Where the
// pair cannot be looked at before the apply, nothing is approved.
func (r *Replication) Announce(ctx context.Context, p Plan) (acts bool) {
	diags := &p.Response.Diagnostics
	private.SetApproved(ctx, p.Response.Private, ccr.Approval{}, diags)
	r.IntegrationID, r.Status, r.StatusReason, r.EndedAt = p.Prior.IntegrationID, p.Prior.Status, p.Prior.StatusReason, p.Prior.EndedAt
	lookup, err := p.Clients.Lookup()
	if err != nil || !p.Placed || !attribute.Known(r.IndexPatterns, r.DesiredState, r.OnLeaderDelete, r.Rebuild, r.FenceLeader) {
		diags.Append(p.Response.Plan.Set(ctx, p.Model)...)
		if !p.Response.Plan.Raw.Equal(p.Request.State.Raw) {
			r.IntegrationID, r.Status, r.StatusReason, r.EndedAt = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.MapUnknown(endedType)
		}
		return false
	}
	owned := private.OwnedIndices(ctx, p.Request.Private, diags)
	removed := RemovedPatterns(ctx, p.Prior.IndexPatterns, r.IndexPatterns, diags)
	wish := r.Wish(ctx, p.Pair, owned, removed, p.Prior.Finished(), diags)
	wish.Lift = r.Lifts(p.Prior)
	found := change{
		object: p.Object, wish: wish, from: p.Prior.Mode(), ended: p.Prior.Ended(ctx, diags),
		patterns: !r.IndexPatterns.Equal(p.Prior.IndexPatterns),
		permits:  !r.Rebuild.Equal(p.Prior.Rebuild) || !r.OnLeaderDelete.Equal(p.Prior.OnLeaderDelete),
		before:   ccr.Status(p.Prior.Status.ValueString()), foresight: private.Foresight(ctx, p.Request.Private, diags),
	}.announce(ctx, lookup, diags)
	private.SetApproved(ctx, p.Response.Private, found.approval, diags)
	if found.acts {
		r.Status, r.StatusReason = types.StringUnknown(), types.StringUnknown()
	}
	switch {
	case r.Mode() == ccr.ModePromoted && found.acts && !p.Prior.Promoted():
		r.EndedAt = types.MapUnknown(endedType)
	case r.Mode() != ccr.ModePromoted && found.acts:
		r.EndedAt = NoEnd()
	}
	switch {
	case r.Mode() == ccr.ModePromoted:
		r.IntegrationID = types.StringNull()
	case found.acts && p.Prior.IntegrationID.IsNull():
		r.IntegrationID = types.StringUnknown()
	}
	return found.acts
}

// change is what a plan does to the replication of a pair.
type change struct {
	object string
	// wish is what the plan wants.
	wish pair.Wish
	// from is the mode of the state, ended where its replications ended.
	from  ccr.Mode
	ended map[string]ccr.Ended
	// patterns and permits are set where the plan changes the patterns, and what
	// may be destroyed.
	patterns, permits bool
	// before is the status that the refresh of this plan found, foresight what
	// else it found.
	before    ccr.Status
	foresight ccr.Foresight
}

// changes reports whether the plan is about the replication whatever is seen.
func (c change) changes() bool {
	return c.from != c.wish.Mode || c.patterns || !c.wish.Finished || c.wish.Lift
}

// acts reports whether the apply has something to do about the replication.
// Terraform plans once more during apply, and a world that has changed by then
// must not make unknown what the first plan knew: a repair counts only where the
// refresh found something to repair too.
func (c change) acts(d ccr.Decision) bool {
	switch {
	case c.changes():
		return true
	case c.before == c.wish.Mode.Target() || c.before == ccr.StatusDegraded || !c.foresight.Repairs && !c.permits:
		return false
	}
	return len(d.Repairs()) > 0
}

// outcome is what a plan has found out.
type outcome struct {
	// approval is what the plan has named.
	approval ccr.Approval
	// acts reports whether the apply has something to do about the replication,
	// which changes its status.
	acts bool
}

// announce looks at the pair, as its refresh did, and says what the apply will
// do: it names everything that is destroyed, and what cannot be undone. A pair
// that cannot be looked at fails no plan; then nothing is approved.
func (c change) announce(ctx context.Context, lookup *pair.Lookup, diags *diag.Diagnostics) outcome {
	to, object := c.wish.Mode, c.object
	if c.from == ccr.ModePromoted && to != ccr.ModePromoted && !c.wish.Permits.Rebuild {
		diags.AddAttributeError(path.Root("desired_state"), fmt.Sprintf("Follower %s has been promoted", c.wish.Pair.Follower),
			fmt.Sprintf("Service %s has been promoted and may contain data that the leader does not have. Keep desired_state = \"promoted\". "+
				"Or set rebuild = true to make it follow its leader again: that deletes the replicated indices with everything that was written to them since, and copies them again.", c.wish.Pair.Follower))
		return outcome{}
	}
	seen, err := lookup.Observe(ctx, c.wish)
	if err != nil {
		if !errors.Is(err, pair.ErrNoFollower) {
			diags.AddWarning(fmt.Sprintf("Cannot read %s", object),
				fmt.Sprintf("%s. What an apply has to do about its replication is not known, so this plan permits it to destroy nothing.", report.Sentence(err)))
		}
		return outcome{acts: c.changes()}
	}
	decided := seen.Decision
	if c.leaderless(ctx, lookup, decided) {
		diags.AddWarning("Cannot repair "+object,
			fmt.Sprintf("Follower %s is %s: %s. Leader service %s does not exist, so the two cannot be linked again, and no repair is planned. "+
				"Set desired_state = \"promoted\" to keep the follower as an independent service.", c.wish.Pair.Follower, decided.Status, decided.Reason, c.wish.Pair.Leader))
		return outcome{acts: c.changes()}
	}
	out := outcome{approval: c.foresight.Approve(to, decided.Steps, c.wish.Owned), acts: c.acts(decided)}
	if c.from == to && !c.patterns {
		report.AddPlan(diags, object, decided)
		return out
	}
	if c.from == ccr.ModePromoted {
		report.AddDivergence(diags, report.Reversal{Kept: c.wish.Pair.Leader, Deleted: c.wish.Pair.Follower, Steps: decided.Steps,
			Copies: ccr.Copies{Kept: lookup.Contents(ctx, c.wish.Pair.Leader), Deleted: lookup.Contents(ctx, c.wish.Pair.Follower), Ended: c.ended, Back: true}})
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
func (c change) leaderless(ctx context.Context, lookup *pair.Lookup, d ccr.Decision) bool {
	if !d.Needs(ccr.ActionLink) {
		return false
	}
	_, found, err := lookup.Service(ctx, c.wish.Pair.Leader)
	return err == nil && !found
}

func (c change) promotion(seen pair.Seen) string {
	for _, s := range seen.Decision.Steps {
		if s.Action == ccr.ActionFence {
			return fmt.Sprintf("Writes on %s of leader %s are blocked first (index.blocks.write). When each index is in sync, replication stops, and follower %s becomes an independent, writable service that has every write "+
				"the leader has acknowledged. The write block stays on the leader until this service follows it again or fence_leader is set to false.", ccr.CountedIndices(s.Names), c.wish.Pair.Leader, c.wish.Pair.Follower)
		}
	}
	text := fmt.Sprintf("Follower %s becomes an independent, writable service and is unlinked from leader %s. "+
		"Each index first catches up with the leader if the leader is reachable; later writes to the leader are not replicated.", c.wish.Pair.Follower, c.wish.Pair.Leader)
	if connection, known := seen.Observation.Connection.Value(); known && connection.Connected {
		return text
	}
	return text + " The leader may currently be unreachable. If that is proven, replication stops at the checkpoints that were reached (last seen: " +
		report.Checkpoints(lastSeen(seen, c.wish.Owned)) + "), and later writes on the leader are lost."
}

// lastSeen are the checkpoints at which a promotion would end now without its leader.
func lastSeen(seen pair.Seen, owned ccr.Owned) map[string]ccr.Ended {
	ended := map[string]ccr.Ended{}
	for _, f := range seen.Observation.Replicating(owned) {
		ended[f.Name] = ccr.EndedAlone(f)
	}
	return ended
}
