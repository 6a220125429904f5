// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package autofollowrule is the resource opensearch_ccr_autofollow_rule: a rule by which a follower replicates
// every index of a leader that a pattern covers.
package autofollowrule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// opensearch_ccr_autofollow_rule is a rule of the plugin and, with
// start_existing, the start of what it would find only bit by bit.

var (
	_ resource.ResourceWithConfigure   = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan  = (*Resource)(nil)
	_ resource.ResourceWithImportState = (*Resource)(nil)
	_ resource.ResourceWithIdentity    = (*Resource)(nil)
)

// The default times of the timeouts attribute.
const (
	ruleTime       = 60 * time.Minute
	ruleDeleteTime = 20 * time.Minute
)

// Resource is opensearch_ccr_autofollow_rule.
type Resource struct{ clients *access.Clients }

// New makes the resource.
func New() resource.Resource { return &Resource{} }

// Metadata names the resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ccr_autofollow_rule"
}

// Configure takes what the provider block gives.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.clients = access.Of(req.ProviderData, &resp.Diagnostics)
}

// Create starts what exists already, then adds the rule: a rule that met an index
// in the middle of its start would note it as failed for an hour. Once the rule
// exists nothing is an error: what does not replicate yet is a warning.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Create(ctx, ruleTime)
	resp.Diagnostics.Append(diags...)
	w := work{plan: plan, reader: r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics), limit: limit, operation: "create", diags: &resp.Diagnostics}
	if resp.Diagnostics.HasError() {
		return
	}
	w.engine = access.Engine(w.reader)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if !w.free(limited) || w.look(limited) != nil {
		return
	}
	w.start(limited)
	if !w.add(limited) {
		return
	}
	w.plan.show(nil)
	resp.Diagnostics.Append(resp.State.Set(ctx, w.plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	w.conclude(limited, resp.Private)
	resp.Diagnostics.Append(resp.State.Set(ctx, w.plan)...)
}

// Read takes what is observed among the reads that all resources share. The rule
// is gone only where the follower lists its rules without it.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...) // wanted also of what is gone
	h, known := loadHoldings(ctx, req.Private, &resp.Diagnostics)
	reader := r.clients.Cluster(ctx, state.Cluster, &resp.Diagnostics)
	if reader == nil || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, access.ReadTime)
	defer cancel()
	importing := state.Pattern.IsNull()
	fact, roles, err := reader.Rule(ctx, state.alias(), state.Name.ValueString())
	why, unknown := fact.Unknown()
	switch {
	case importing && (err != nil || unknown):
		if err == nil {
			err = errors.New(why)
		}
		state.failed(&resp.Diagnostics, "Cannot read the autofollow rule", access.ReadTime, "read", err)
		return
	case err != nil:
		state.warnUnread(report.Sentence(err), &resp.Diagnostics)
		return
	case unknown:
		state.warnUnread(strings.TrimRight(why, "."), &resp.Diagnostics)
		return
	}
	rule, exists := fact.Value()
	if !exists {
		resp.State.RemoveResource(ctx)
		return
	}
	state.take(rule, roles, importing)
	o, err := reader.Observe(ctx, replication.Question{Alias: state.alias(), Owned: ccr.NewByName(h.Started), Shared: true})
	if err != nil {
		state.warnUnread(report.Sentence(err), &resp.Diagnostics)
		state.ID = types.StringValue(state.id())
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
		return
	}
	failed, taken := state.failing(rule, o)
	state.show(failed)
	state.warnTaken(taken, &resp.Diagnostics)
	if _, readable := o.Rules.Value(); readable {
		if known {
			h.update(state, o, r.heldOn(state))
		} else {
			// Of an imported rule nobody knows what it started.
			h.begin(o, nil, slices.Collect(maps.Keys(state.covered(o, ccr.Owned{}))))
		}
		h.save(ctx, resp.Private, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update recreates a changed rule, since the plugin cannot change one, and starts
// what is missing on the follower.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state, plan model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, diags := plan.Timeouts.Update(ctx, ruleTime)
	resp.Diagnostics.Append(diags...)
	w := work{plan: plan, reader: r.clients.KnownCluster(ctx, plan.Cluster, &resp.Diagnostics), limit: limit, operation: "update", diags: &resp.Diagnostics}
	w.holdings, _ = loadHoldings(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if !plan.Status.IsUnknown() { // only what Terraform itself keeps has changed
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		return
	}
	w.engine = access.Engine(w.reader)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	changed := !state.Pattern.Equal(plan.Pattern) || !state.UseRoles.Equal(plan.UseRoles)
	if w.look(limited) != nil || changed && !w.changeable() {
		return
	}
	w.start(limited)
	if changed && !w.recreate(limited, state) {
		w.save(ctx, resp.Private)
		return
	}
	w.plan.show(nil)
	w.conclude(limited, resp.Private)
	resp.Diagnostics.Append(resp.State.Set(ctx, w.plan)...)
}

// Delete removes the rule and does with the indices that the plan named what
// on_destroy says.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, diags := state.Timeouts.Delete(ctx, ruleDeleteTime)
	resp.Diagnostics.Append(diags...)
	ends, _ := private.Value[map[string]string](ctx, req.Private, keyEnds, "What the plan named", &resp.Diagnostics)
	reader := r.clients.KnownCluster(ctx, state.Cluster, &resp.Diagnostics)
	desired := state.desired(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	engine := access.Engine(reader)
	if err := engine.Run(ctx, desired, []ccr.Step{ccr.EndRule(state.rule(), "the destruction of its resource")}); err != nil {
		state.failed(&resp.Diagnostics, "Cannot delete autofollow "+state.title(), limit, "delete", err)
		return
	}
	if len(ends) == 0 || state.OnDestroy.ValueString() == destroyKeep {
		return
	}
	o, err := engine.Observe(ctx, replication.Question{Only: slices.Sorted(maps.Keys(ends)), Owned: ccr.NewByName(ends), Leaderless: true})
	if err != nil {
		state.failed(&resp.Diagnostics, "Cannot stop the replications of "+state.title(), limit, "delete", err)
		return
	}
	var steps []ccr.Step
	for name, uuid := range ends {
		f := o.Indices.At(name)
		if step, needed := ccr.EndIndex(f, uuid, state.OnDestroy.ValueString() == destroyDelete, fmt.Sprintf("on_destroy = %q", state.OnDestroy.ValueString())); needed && !r.heldOn(state)(name) {
			steps = append(steps, step)
		} else if f.UUID() != "" && f.UUID() != uuid {
			resp.Diagnostics.AddWarning(fmt.Sprintf("Index %s of %s is left in place", name, state.title()),
				fmt.Sprintf("Index %s on cluster %s was deleted and recreated outside Terraform. It is not the index that rule %s started, so it is left unchanged.", name, state.Cluster.ValueString(), state.Name.ValueString()))
		}
	}
	slices.SortFunc(steps, func(a, b ccr.Step) int { return strings.Compare(a.Index, b.Index) })
	if err := engine.Run(ctx, desired, steps); err != nil {
		state.failed(&resp.Diagnostics, "Cannot stop the replications of "+state.title(), limit, "delete", err)
	}
}

// ImportState takes CLUSTER/LEADER_ALIAS/NAME, or the identity. The roles are
// read where the security plugin tells them; else they follow as
// CLUSTER/LEADER_ALIAS/NAME/LEADER_ROLE/FOLLOWER_ROLE.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	attribute.ImportWithRoles(ctx, req, resp, "cluster", "leader_alias", "name")
}
