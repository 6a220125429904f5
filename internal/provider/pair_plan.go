// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

// pairPlan is what a plan does to the replication of a pair that exists.
type pairPlan struct {
	pair     pair.Pair
	from, to ccr.Mode
	// status and reason are what was observed last.
	status ccr.Status
	reason string
	// removed are the patterns that the plan takes away.
	removed []string
	// checkpoints are the last ones, where a promotion may have to do with them.
	checkpoints string
}

// lastCheckpoints looks where the replications stand, for the plan of a
// promotion whose leader is out of reach.
func (p *pairPlan) lastCheckpoints(ctx context.Context, c *clients) {
	operator, err := c.pairs()
	if p.to != ccr.ModePromoted || p.from == p.to || p.status != ccr.StatusDegraded || err != nil {
		return
	}
	p.checkpoints = "not known at this moment"
	if seen, err := operator.Observe(ctx, p.pair, p.pair.Desired(nil, ccr.ModePromoted, nil)); err == nil && seen.Readable() {
		p.checkpoints = seen.Observation.Checkpoints()
	}
}

// place is an attribute that says which services a pair has.
type place struct {
	attribute      string
	planned, prior types.String
}

func placeOf(attribute string, planned, prior types.String) place {
	return place{attribute: attribute, planned: planned, prior: prior}
}

// changedPlaces are the attributes whose change means another pair.
func changedPlaces(places ...place) path.Paths {
	var changed path.Paths
	for _, p := range places {
		if !p.planned.Equal(p.prior) {
			changed = append(changed, path.Root(p.attribute))
		}
	}
	return changed
}

// announce says what is repaired, what is deleted and what cannot be undone,
// and returns whether the pair needs repair, which is a difference by itself.
func (p pairPlan) announce(diags *diag.Diagnostics) (repair bool) {
	if p.from == ccr.ModePromoted && p.to != ccr.ModePromoted {
		diags.AddAttributeError(path.Root("desired_state"), "Follower was promoted",
			fmt.Sprintf("Service %s was promoted and is a service of its own: it can have data that the leader lacks, so it cannot follow again. "+
				"Keep desired_state = \"promoted\", or take it out of this resource and make a new follower.", p.pair.Follower))
		return false
	}
	repair = p.needsRepair()
	if repair && p.from == p.to {
		diags.AddWarning("Follower will be repaired",
			fmt.Sprintf("Follower %s is %s: %s. The apply repairs it: a paused replication is resumed; where the leader no longer has the history for that, "+
				"the follower index is deleted and its replication started again.", p.pair.Follower, p.status, orNone(p.reason)))
	}
	if p.to == ccr.ModePromoted && p.from != p.to {
		diags.AddAttributeWarning(path.Root("desired_state"), "Follower will be promoted", p.promotion())
	}
	if len(p.removed) > 0 && p.to != ccr.ModePromoted {
		diags.AddAttributeWarning(path.Root("index_patterns"), "Replicas will be deleted",
			fmt.Sprintf("Indices of follower %s that only the patterns %q cover are deleted on the follower. The leader keeps them.", p.pair.Follower, p.removed))
	}
	return repair
}

func (p pairPlan) needsRepair() bool {
	return p.status == ccr.StatusFailed || p.status == ccr.StatusBootstrapping || p.status == ccr.StatusPaused && p.to == ccr.ModeReplicating
}

func (p pairPlan) promotion() string {
	text := fmt.Sprintf("Follower %s becomes a writable service of its own and is unlinked from leader %s. This cannot be undone. "+
		"Each index first catches up with the leader if that is in reach; what is written to the leader after that is not replicated.", p.pair.Follower, p.pair.Leader)
	if p.status == ccr.StatusDegraded {
		text += " At this moment the leader may be out of reach (" + p.reason + "): then the replications are stopped at once, at the checkpoints that they have (last seen: " + p.checkpoints + "), and later writes of the leader are lost."
	}
	return text
}

func removedPatterns(ctx context.Context, before, after types.Set, diags *diag.Diagnostics) []string {
	if after.IsUnknown() {
		return nil
	}
	now := map[string]bool{}
	for _, p := range patternsOf(ctx, after, diags) {
		now[p] = true
	}
	var removed []string
	for _, p := range patternsOf(ctx, before, diags) {
		if !now[p] {
			removed = append(removed, p)
		}
	}
	return removed
}

func orNone(reason string) string {
	if reason == "" {
		return "no reason is known"
	}
	return reason
}
