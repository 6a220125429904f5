// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package integration

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

// An update that swaps leader and follower reverses the direction: a pair that
// still replicates is promoted first, with writes on the leader blocked; then the
// former leader's indices are deleted and copied again from the former follower.

// reverses reports whether a plan swaps leader and follower.
func reverses(plan, prior model) bool { return plan.placed() && plan.pair() == prior.pair().Reversed() }

// ended is the pair of the state as a reversal leaves it first: promoted.
func (m model) ended(ctx context.Context, owned ccr.Owned, diags *diag.Diagnostics) pair.Wish {
	m.DesiredState, m.FenceLeader = types.StringValue(string(ccr.ModePromoted)), types.BoolValue(true)
	return m.wish(ctx, owned, nil, true, diags)
}

// planReversal says what a reversal does, deletes and loses, and keeps what it
// named for the apply.
func (r *Resource) planReversal(ctx context.Context, plan *model, prior model, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	plan.EndedAt, plan.ReplacedIndices = services.NoEnd(), types.SetUnknown(types.StringType)
	private.SetApproved(ctx, resp.Private, ccr.Approval{}, diags)
	lookup, err := r.clients.Lookup()
	if err != nil || !attribute.Known(plan.IndexPatterns, plan.DesiredState, plan.Rebuild) {
		diags.AddError("Cannot plan a reversal with unknown values", fmt.Sprintf("Leader and follower are swapped, which deletes indices, and the plan has to name them. "+
			"The provider's configuration, index_patterns, desired_state or rebuild of %s is not known before the apply. Apply what they depend on first.", plan.pair()))
		return
	}
	to := plan.pair()
	if plan.Mode() != ccr.ModeReplicating {
		diags.AddAttributeError(path.Root("desired_state"), "A reversed replication must start as replicating",
			fmt.Sprintf("Leader and follower are swapped, so service %s will follow %s, and desired_state is %q. Set desired_state = \"replicating\" for this apply, and change it later.", to.Follower, to.Leader, plan.Mode()))
		return
	}
	fenced := false
	if !prior.Promoted() {
		if fenced = r.planPromotion(ctx, lookup, prior, req, resp); diags.HasError() {
			return
		}
	}
	seen, err := lookup.Observe(ctx, plan.wish(ctx, ccr.Owned{}, nil, false, diags))
	if err == nil && seen.Observation.Unreadable != "" {
		err = fmt.Errorf("service %s: %s", to.Follower, seen.Observation.Unreadable)
	}
	if why, unlisted := seen.Observation.Leader.Unknown(); err == nil && unlisted {
		err = fmt.Errorf("the indices of service %s cannot be listed: %s", to.Leader, why)
	}
	if err != nil {
		diags.AddAttributeError(path.Root("follower_service_name"), "Cannot compare the two services",
			fmt.Sprintf("Leader and follower are swapped, so service %s will follow %s. Before that both must be read, to say what is deleted: %s. Nothing was changed.", to.Follower, to.Leader, report.Sentence(err)))
		return
	}
	wish := plan.wish(ctx, ccr.Owned{}, nil, false, diags)
	wish.Permits.Rebuild = true // to see what it would delete
	decided := ccr.DecidePair(ccr.Reverse(wish.Desired, seen.Observation), seen.Observation)
	report.AddDivergence(diags, report.Reversal{
		Kept: to.Leader, Deleted: to.Follower, Steps: decided.Steps, Alone: ccr.Alone(wish.Desired, seen.Observation),
		Copies: ccr.Copies{Kept: lookup.Contents(ctx, to.Leader), Deleted: lookup.Contents(ctx, to.Follower), Ended: prior.Ended(ctx, diags), Fenced: fenced},
	})
	report.AddNotes(diags, plan.object(), decided.Notes)
	if len(decided.Destroys()) > 0 && !plan.Rebuild.ValueBool() {
		diags.AddAttributeError(path.Root("rebuild"), "A reversal deletes indices and needs permission",
			fmt.Sprintf("Leader and follower are swapped, so service %s will follow %s: its indices of the patterns are deleted and copied again, as the warning says for each of them. Set rebuild = true to permit that, or swap the two back.", to.Follower, to.Leader))
		return
	}
	private.SetApproved(ctx, resp.Private, ccr.Approve(ccr.ModeReplicating, decided.Steps), diags)
	plan.ReplacedIndices = replaced(decided.Destroys())
}

// planPromotion says that the pair is promoted first. It reports whether all of it
// is: a promotion that was cut short, or was not Terraform's, has ended replications already.
func (r *Resource) planPromotion(ctx context.Context, lookup *pair.Lookup, prior model, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) bool {
	diags := &resp.Diagnostics
	p := prior.pair()
	seen, err := lookup.Observe(ctx, prior.ended(ctx, private.OwnedIndices(ctx, req.Private, diags), diags))
	why := seen.Observation.Unreadable
	for _, refused := range seen.Decision.Refused {
		why = refused.Why
	}
	if err != nil {
		why = report.Sentence(err)
	}
	if why != "" {
		diags.AddAttributeError(path.Root("leader_service_name"), "Cannot reverse the replication while the leader is unreachable",
			fmt.Sprintf("Leader and follower are swapped while %s still replicates. Before its direction is reversed, writes on leader %s are blocked, so that nothing is lost, and that cannot be done: %s. "+
				"Make the leader reachable and plan again. If it is lost, swap the two back, set desired_state = \"promoted\" and apply: then swap them when it has come back.", p, p.Leader, why))
		return false
	}
	if _, linked := seen.Observation.Link.Value(); !linked {
		return false
	}
	diags.AddWarning(report.Capital(prior.object())+" will be reversed",
		fmt.Sprintf("First writes on the replicated indices of leader %s are blocked (index.blocks.write), follower %s catches up, and replication ends: it has every write that the leader has acknowledged. "+
			"Then %s follows %s. Applications must write to %s from now on.", p.Leader, p.Follower, p.Leader, p.Follower, p.Follower))
	return prior.EndedAt.IsNull()
}

// replaced are the indices that a reversal deletes, as the attribute has them. Terraform plans once
// more during an apply and refuses what differs from the plan that was approved: an
// index that was created again meanwhile has another UUID.
func replaced(destroys []ccr.Destruction) types.Set {
	named := []attr.Value{}
	for _, d := range destroys {
		if name, uuid, deletes := d.Index(); deletes {
			named = append(named, types.StringValue(name+"/"+uuid))
		}
	}
	return types.SetValueMust(types.StringType, named)
}

// reverse carries out a reversal. Whatever it reaches is in the state: the pair in
// its old direction until the new integration exists.
func (r *Resource) reverse(ctx context.Context, operator *pair.Operator, plan, prior model, req resource.UpdateRequest, resp *resource.UpdateResponse, limit time.Duration) {
	diags := &resp.Diagnostics
	owned := private.OwnedIndices(ctx, req.Private, diags)
	approval := private.Approved(ctx, req.Private, diags)
	fail := func(err error) {
		report.AddApplyError(diags, "Cannot reverse the replication", plan.pair(), limit, "update", err)
	}
	save := func(m model) {
		late := context.WithoutCancel(ctx)
		diags.Append(resp.State.Set(late, m)...)
		diags.Append(resp.Identity.Set(late, m.identity())...)
	}
	done, err := operator.TurnOfBoth(ctx, plan.pair())
	if err != nil {
		fail(err)
		return
	}
	defer done()
	if !prior.Promoted() {
		before := prior
		seen, err := operator.Converge(ctx, prior.ended(ctx, owned, diags), ccr.Approval{Replications: true, Unlinks: true})
		if seen.Exists() {
			prior.Fill(seen, true)
			prior.Remember(ctx, resp.Private, seen, owned, seen.Follower.Created, diags)
		}
		prior.KeepEnded(ctx, before.Replication, seen.EndedAt, false, diags)
		save(prior)
		if err != nil {
			fail(err)
			return
		}
	}
	planned := plan
	wish, err := operator.Reverse(ctx, plan.wish(ctx, ccr.Owned{}, nil, false, diags))
	if err != nil {
		fail(err)
		return
	}
	seen, err := operator.Converge(ctx, wish, approval)
	if taken := createdAgain(seen); err == nil && len(taken) > 0 {
		err = fmt.Errorf("%s of service %s does not follow: an application has created it again on that service. Let applications write to %s, delete what they have created, and apply again",
			ccr.CountedIndices(taken), wish.Pair.Follower, wish.Pair.Leader)
	}
	switch {
	case seen.Integration.ID == "": // the pair is still what it was
		if err == nil {
			err = fmt.Errorf("service %s does not follow %s", wish.Pair.Follower, wish.Pair.Leader)
		}
		fail(err)
		save(prior)
		return
	case err != nil:
		fail(err)
	}
	plan.Fill(seen, false)
	private.SetOwnedIndices(ctx, resp.Private, wish.Owned, diags)
	plan.Remember(ctx, resp.Private, seen, wish.Owned, time.Time{}, diags)
	plan.KeepEnded(ctx, prior.Replication, nil, true, diags)
	if err == nil {
		plan.KeepKnown(planned.Replication)
		letIn(ctx, operator, wish.Pair, diags)
	}
	save(plan)
}

// letIn takes away what a reversal has put up against writes, when it is complete.
func letIn(ctx context.Context, operator *pair.Operator, p pair.Pair, diags *diag.Diagnostics) {
	if err := operator.LetIn(ctx, p); err != nil {
		diags.AddWarning(fmt.Sprintf("Service %s may still refuse writes", p.Follower),
			fmt.Sprintf("The reversal is complete. What kept applications from writing to service %s meanwhile could not be taken away: an index template that begins with opensearch-ccr-follows, "+
				"and the write block (index.blocks.write) of indices that were not replaced: %s.", p.Follower, report.Sentence(err)))
	}
}

// createdAgain are the indices that were created on the new follower since it was
// looked at: all that it had then were replaced.
func createdAgain(seen pair.Seen) (names []string) {
	for _, note := range seen.Decision.Notes {
		if _, plain := seen.Observation.Indices.At(note.Index).Replicates().Absent(); plain && note.Kind == ccr.NoteTaken {
			names = append(names, note.Index)
		}
	}
	return names
}
