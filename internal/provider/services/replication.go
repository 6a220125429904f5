// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// Replication are the attributes about the replication that both service-level
// resources have: what is replicated, what may be destroyed for it, and what was
// seen of it.
type Replication struct {
	IndexPatterns  types.Set    `tfsdk:"index_patterns"`
	DesiredState   types.String `tfsdk:"desired_state"`
	OnLeaderDelete types.String `tfsdk:"on_leader_delete"`
	Rebuild        types.Bool   `tfsdk:"rebuild"`
	FenceLeader    types.Bool   `tfsdk:"fence_leader"`
	IntegrationID  types.String `tfsdk:"integration_id"`
	LeaderAlias    types.String `tfsdk:"leader_alias"`
	Status         types.String `tfsdk:"status"`
	StatusReason   types.String `tfsdk:"status_reason"`
	EndedAt        types.Map    `tfsdk:"ended_at"`
}

// Mode is the desired state.
func (r Replication) Mode() ccr.Mode { return ccr.Mode(r.DesiredState.ValueString()) }

// Finished reports whether the creation was complete once.
func (r Replication) Finished() bool {
	return r.Status.ValueString() != string(ccr.StatusBootstrapping)
}

// Promoted reports whether the follower is an independent service, as desired or
// by somebody else's hand.
func (r Replication) Promoted() bool { return r.Status.ValueString() == string(ccr.StatusPromoted) }

// Wish is what a pair is meant to be. removed are the patterns that a plan takes away.
func (r Replication) Wish(ctx context.Context, p pair.Pair, owned ccr.Owned, removed []string, finished bool, diags *diag.Diagnostics) pair.Wish {
	permits := ccr.Permissions{Rebuild: r.Rebuild.ValueBool(), OnLeaderDelete: ccr.OnLeaderDelete(r.OnLeaderDelete.ValueString()), RemovedPatterns: removed}
	wish := pair.Wish{Pair: p, Desired: p.Desired(Patterns(ctx, r.IndexPatterns, diags), r.Mode(), owned, permits), Finished: finished}
	wish.Fence = r.FenceLeader.ValueBool() && wish.Mode == ccr.ModePromoted && !r.Promoted()
	return wish
}

// Lifts reports whether the write blocks are to go that a promotion has left on
// the leader: fence_leader is taken back. prior is the state.
func (r Replication) Lifts(prior Replication) bool {
	return r.Mode() == ccr.ModePromoted && prior.FenceLeader.ValueBool() && !r.FenceLeader.ValueBool()
}

// Adopt fills in what is read of a pair whose configuration is not known, at an
// import for one.
func (r *Replication) Adopt(ctx context.Context, adopted pair.Adopted, diags *diag.Diagnostics) {
	patterns, d := types.SetValueFrom(ctx, types.StringType, adopted.Patterns)
	diags.Append(d...)
	r.IndexPatterns, r.DesiredState = patterns, types.StringValue(string(adopted.Mode))
	r.OnLeaderDelete, r.Rebuild, r.FenceLeader = types.StringValue(string(ccr.LeaderDeleteFollow)), types.BoolValue(false), types.BoolValue(false)
	r.EndedAt = NoEnd()
}

// Begin is the state of a pair whose services exist and of which nothing
// replicates yet, for the given reason.
func (r *Replication) Begin(integrationID, reason string) {
	r.IntegrationID, r.Status, r.StatusReason = attribute.OrNull(integrationID), types.StringValue(string(ccr.StatusBootstrapping)), attribute.OrNull(reason)
	r.EndedAt = NoEnd()
}

// Fill sets what was seen. While the creation has not been complete once,
// whatever is not wrong is part of it.
func (r *Replication) Fill(seen pair.Seen, finished bool) {
	d := seen.Decision
	r.IntegrationID, r.StatusReason = attribute.OrNull(seen.Integration.ID), attribute.OrNull(d.Reason)
	status := d.Status
	if !finished && status != ccr.StatusFailed && status != ccr.StatusPromoted && (status != r.Mode().Target() || len(d.Copying) > 0) {
		status = ccr.StatusBootstrapping
		r.StatusReason = attribute.OrNull(cmp.Or(d.Reason, d.Progress))
	}
	r.Status = types.StringValue(string(status))
}

// KeepKnown puts back every value that the plan knew: an apply keeps to its plan,
// and the next refresh shows what is different by then.
func (r *Replication) KeepKnown(planned Replication) {
	for _, v := range []struct{ seen, planned *types.String }{
		{&r.IntegrationID, &planned.IntegrationID}, {&r.Status, &planned.Status}, {&r.StatusReason, &planned.StatusReason},
	} {
		if !v.planned.IsUnknown() {
			*v.seen = *v.planned
		}
	}
	if !planned.EndedAt.IsUnknown() {
		r.EndedAt = planned.EndedAt
	}
}

// Created fills in what came of a creation whose services are linked. What is
// not finished is a warning: the next plan shows an update that continues.
// object names the follower in messages, as [Change.Object].
func (r *Replication) Created(object string, wish pair.Wish, seen pair.Seen, err error, limit time.Duration, diags *diag.Diagnostics) {
	if err != nil {
		if !seen.Exists() || seen.Decision.Status != ccr.StatusFailed {
			r.Status, r.StatusReason = types.StringValue(string(ccr.StatusBootstrapping)), types.StringValue(report.Sentence(err))
		}
		report.AddUnfinished(diags, object, wish.Pair, limit, "create", err)
	}
	report.AddNotes(diags, object, seen.Decision.Notes)
}

// Refresh looks at a pair and fills in what it sees. found is false where the
// follower service is proven not to exist. Where that is not known nothing is
// seen, and the state is kept with a warning.
func (r *Replication) Refresh(ctx context.Context, lookup *pair.Lookup, object string, p pair.Pair, owned ccr.Owned, diags *diag.Diagnostics) (seen pair.Seen, found bool) {
	finished := r.Finished()
	seen, err := lookup.Observe(ctx, r.Wish(ctx, p, owned, nil, finished, diags))
	if errors.Is(err, pair.ErrNoFollower) {
		return seen, false
	}
	if errors.Is(err, pair.ErrNoSecrets) {
		report.AddNoSecrets(diags, path.Empty(), p.Follower, err)
		return pair.Seen{}, true
	}
	if err != nil {
		diags.AddWarning(report.Capital(object)+" was not refreshed", fmt.Sprintf("Service %s: %s. The state is kept as it is.", p.Follower, report.Sentence(err)))
		return pair.Seen{}, true
	}
	r.Fill(seen, finished)
	if r.Status.ValueString() == string(ccr.StatusDegraded) {
		report.AddDegraded(diags, object, p, seen.Decision.Reason)
	}
	return seen, true
}

// Lookup is what a refresh asks with. It is nil, with a warning, where the
// provider's configuration is not known before apply: the state is kept.
func Lookup(c *access.Clients, object string, diags *diag.Diagnostics) *pair.Lookup {
	lookup, err := c.Lookup()
	if errors.Is(err, access.ErrNotKnown) {
		diags.AddWarning(report.Capital(object)+" was not refreshed", "The provider's configuration is not known before apply, so the state is kept as it is.")
		return nil
	}
	if err != nil {
		access.AddNotConfigured(diags, err)
		return nil
	}
	return lookup
}

// Remember keeps what only private state can hold: which indices the resource
// answers for, and which service. known is what it has of the first.
func (r Replication) Remember(ctx context.Context, store private.Writer, seen pair.Seen, known ccr.Owned, created time.Time, diags *diag.Diagnostics) {
	if created.IsZero() {
		private.SetCreated(ctx, store, seen.Follower.Created, diags)
	} else if !created.Equal(seen.Follower.Created) {
		ref := seen.Follower.ServiceRef
		diags.AddWarning(fmt.Sprintf("Service %s was recreated outside Terraform", ref),
			fmt.Sprintf("Service %s was created on %s, and this resource answers for the one of %s. Destroy will not delete it. "+
				"To manage it, remove the resource from the state (terraform state rm) and import it.", ref, seen.Follower.Created.UTC().Format(time.RFC3339), created.UTC().Format(time.RFC3339)))
	}
	var foresight ccr.Foresight
	if seen.Readable() {
		owned := seen.Observation.OwnedNow(Patterns(ctx, r.IndexPatterns, diags), known)
		if !owned.Same(known) { // ten thousand of them take a while to compress
			private.SetOwnedIndices(ctx, store, owned, diags)
		}
		wish := r.Wish(ctx, pair.Pair{}, owned, nil, true, diags)
		wish.Alias = r.LeaderAlias.ValueString()
		foresight = ccr.Foresee(wish.Desired, seen.Observation.Observation)
	}
	foresight.Repairs = len(seen.Decision.Repairs()) > 0 // of the services too
	private.SetForesight(ctx, store, foresight, diags)
}
