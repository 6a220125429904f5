// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"context"
	"crypto/rand"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
)

// keyClaimed marks in private state that this plan has been asked about the
// resource before.
const keyClaimed = "claimed"

// claims are the objects that the resources of one plan manage.
type claims struct {
	// plan tells this plan from those of other runs.
	plan string
	// created has whether one of the resources that manage an object creates it.
	created map[string]bool
}

// Claim notes that a resource whose plan this is manages an object, which it
// creates or has. It reports whether another resource of the same plan does so
// too, and one of the two creates it. Terraform asks twice about a resource that
// is replaced, the second time as if it were new, with the private state of the
// first answer.
func (c *Clients) Claim(ctx context.Context, object string, creates bool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (twice bool) {
	again := req.State.Raw.IsNull()
	marked, _ := private.Value[string](ctx, req.Private, keyClaimed, "Whether the resource was planned before", &resp.Diagnostics)
	if !again {
		private.SetValue(ctx, resp.Private, keyClaimed, c.claimed.plan, &resp.Diagnostics)
	}
	c.heldMu.Lock()
	defer c.heldMu.Unlock()
	if again && marked == c.claimed.plan {
		return false // what was claimed is replaced
	}
	created, claimed := c.claimed.created[object]
	c.claimed.created[object] = creates || created
	return claimed && (creates || created)
}

func newClaims() claims { return claims{plan: rand.Text(), created: map[string]bool{}} }
