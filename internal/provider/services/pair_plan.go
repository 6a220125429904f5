// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package services is what the two service-level resources share, opensearch_ccr_follower and
// opensearch_ccr_integration: attributes, the announcements of a plan, and lists of pairs.
package services

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
)

// PairPlan is what a plan does to the replication of a pair that exists.
type PairPlan struct {
	Pair     pair.Pair
	From, To ccr.Mode
	// Status and Reason are what was observed last.
	Status ccr.Status
	Reason string
	// Removed are the patterns that the plan takes away.
	Removed []string
	// checkpoints are the last ones, where a promotion may have to do with them.
	checkpoints string
}

// LastCheckpoints looks where the replications stand, for the plan of a
// promotion whose leader is out of reach.
func (p *PairPlan) LastCheckpoints(ctx context.Context, c *access.Clients) {
	operator, err := c.Pairs()
	if p.To != ccr.ModePromoted || p.From == p.To || p.Status != ccr.StatusDegraded || err != nil {
		return
	}
	p.checkpoints = "not known at this moment"
	if seen, err := operator.Observe(ctx, p.Pair, p.Pair.Desired(nil, ccr.ModePromoted, nil)); err == nil && seen.Readable() {
		p.checkpoints = seen.Observation.Checkpoints()
	}
}

// Place is an attribute that says which services a pair has.
type Place struct {
	attribute      string
	planned, prior types.String
}

// PlaceOf compares what is planned for an attribute with what was.
func PlaceOf(attribute string, planned, prior types.String) Place {
	return Place{attribute: attribute, planned: planned, prior: prior}
}

// ChangedPlaces are the attributes whose change means another pair.
func ChangedPlaces(places ...Place) path.Paths {
	var changed path.Paths
	for _, p := range places {
		if !p.planned.Equal(p.prior) {
			changed = append(changed, path.Root(p.attribute))
		}
	}
	return changed
}

// Announce says what is repaired, what is deleted and what cannot be undone,
// and returns whether the pair needs repair, which is a difference by itself.
func (p PairPlan) Announce(diags *diag.Diagnostics) (repair bool) {
	if p.From == ccr.ModePromoted && p.To != ccr.ModePromoted {
		diags.AddAttributeError(path.Root("desired_state"), "Follower was promoted",
			fmt.Sprintf("Service %s was promoted and is a service of its own: it can have data that the leader lacks, so it cannot follow again. "+
				"Keep desired_state = \"promoted\", or take it out of this resource and make a new follower.", p.Pair.Follower))
		return false
	}
	repair = p.needsRepair()
	if repair && p.From == p.To {
		diags.AddWarning("Follower will be repaired",
			fmt.Sprintf("Follower %s is %s: %s. The apply repairs it: a paused replication is resumed; where the leader no longer has the history for that, "+
				"the follower index is deleted and its replication started again.", p.Pair.Follower, p.Status, orNone(p.Reason)))
	}
	if p.To == ccr.ModePromoted && p.From != p.To {
		diags.AddAttributeWarning(path.Root("desired_state"), "Follower will be promoted", p.promotion())
	}
	if len(p.Removed) > 0 && p.To != ccr.ModePromoted {
		diags.AddAttributeWarning(path.Root("index_patterns"), "Replicas will be deleted",
			fmt.Sprintf("Indices of follower %s that only the patterns %q cover are deleted on the follower. The leader keeps them.", p.Pair.Follower, p.Removed))
	}
	return repair
}

func (p PairPlan) needsRepair() bool {
	return p.Status == ccr.StatusFailed || p.Status == ccr.StatusBootstrapping || p.Status == ccr.StatusPaused && p.To == ccr.ModeReplicating
}

func (p PairPlan) promotion() string {
	text := fmt.Sprintf("Follower %s becomes a writable service of its own and is unlinked from leader %s. This cannot be undone. "+
		"Each index first catches up with the leader if that is in reach; what is written to the leader after that is not replicated.", p.Pair.Follower, p.Pair.Leader)
	if p.Status == ccr.StatusDegraded {
		text += " At this moment the leader may be out of reach (" + p.Reason + "): then the replications are stopped at once, at the checkpoints that they have (last seen: " + p.checkpoints + "), and later writes of the leader are lost."
	}
	return text
}

func orNone(reason string) string {
	if reason == "" {
		return "no reason is known"
	}
	return reason
}

// AsWarnings lowers checks to warnings: both services are there and go on, also
// when one of them was changed.
func AsWarnings(checks []ccr.Check) []ccr.Check {
	for i := range checks {
		checks[i].Warning = true
	}
	return checks
}
