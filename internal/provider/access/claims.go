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
	// managed are the objects that a resource creates or has, had those that it has,
	// ended those that the end of a resource deletes.
	managed, had, ended map[string]bool
}

// Claim notes that a resource whose plan this is manages an object, which it
// creates or has. It reports whether another resource of the same plan does so
// too, or deletes an object that this one has. Terraform asks twice about a
// resource that is replaced, the second time as if it were new, with the private
// state of the first answer.
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
	twice = c.claimed.managed[object] || !creates && c.claimed.ended[object]
	c.claimed.managed[object], c.claimed.had[object] = true, c.claimed.had[object] || !creates
	return twice
}

// End notes that the end of a resource deletes an object. It reports whether
// another resource of the same plan has it.
func (c *Clients) End(object string) (had bool) {
	c.heldMu.Lock()
	defer c.heldMu.Unlock()
	c.claimed.ended[object] = true
	return c.claimed.had[object]
}

func newClaims() claims {
	return claims{plan: rand.Text(), managed: map[string]bool{}, had: map[string]bool{}, ended: map[string]bool{}}
}
