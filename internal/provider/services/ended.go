// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

// ended is one value of the attribute ended_at.
type ended struct {
	Checkpoint types.Int64 `tfsdk:"checkpoint"`
	InSync     types.Bool  `tfsdk:"in_sync"`
	Sequence   types.Int64 `tfsdk:"sequence"`
}

var endedType = types.ObjectType{AttrTypes: map[string]attr.Type{"checkpoint": types.Int64Type, "in_sync": types.BoolType, "sequence": types.Int64Type}}

// NoEnd is the attribute ended_at of what was not promoted.
func NoEnd() types.Map { return types.MapNull(endedType) }

// FenceStays says, where a promotion has left write blocks on the leader, that they
// stay when the resource goes, and how to lift them. It begins with a space; empty otherwise.
func (r Replication) FenceStays(p pair.Pair) string {
	if !r.FenceLeader.ValueBool() {
		return ""
	}
	return fmt.Sprintf(" The write block (index.blocks.write) of the promotion stays on the indices of %s. To lift it, set fence_leader = false and apply before that.", p.Leader)
}

// Ended is where the replications ended at the last promotion, by follower index.
func (r Replication) Ended(ctx context.Context, diags *diag.Diagnostics) map[string]ccr.Ended {
	if r.EndedAt.IsNull() || r.EndedAt.IsUnknown() {
		return nil
	}
	var kept map[string]ended
	diags.Append(r.EndedAt.ElementsAs(ctx, &kept, false)...)
	out := make(map[string]ccr.Ended, len(kept))
	for name, one := range kept {
		out[name] = ccr.Ended{Checkpoint: numberFact(one.Checkpoint), Sequence: numberFact(one.Sequence), InSync: one.InSync.ValueBool()}
	}
	return out
}

// KeepEnded adds where replications have ended to what a promotion before this one,
// that was cut short, has recorded. prior is the state. A follower that follows
// again needs none of it.
func (r *Replication) KeepEnded(ctx context.Context, prior Replication, now map[string]ccr.Ended, follows bool, diags *diag.Diagnostics) {
	if follows || len(now) == 0 && prior.EndedAt.IsNull() && r.Status.ValueString() != string(ccr.StatusPromoted) {
		r.EndedAt = NoEnd()
		return
	}
	kept := map[string]ended{}
	for name, one := range prior.Ended(ctx, diags) {
		kept[name] = ended{Checkpoint: factNumber(one.Checkpoint), Sequence: factNumber(one.Sequence), InSync: types.BoolValue(one.InSync)}
	}
	for name, one := range now {
		kept[name] = ended{Checkpoint: factNumber(one.Checkpoint), Sequence: factNumber(one.Sequence), InSync: types.BoolValue(one.InSync)}
	}
	value, d := types.MapValueFrom(ctx, endedType, kept)
	diags.Append(d...)
	r.EndedAt = value
}

func numberFact(n types.Int64) ccr.Fact[int64] {
	if n.IsNull() || n.IsUnknown() {
		return ccr.Unknown[int64]("it was not recorded")
	}
	return ccr.Present(n.ValueInt64())
}

func factNumber(f ccr.Fact[int64]) types.Int64 {
	if value, known := f.Value(); known {
		return types.Int64Value(value)
	}
	return types.Int64Null()
}
