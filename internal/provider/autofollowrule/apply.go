// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// lastLook is the time for what has to be done also after an interrupt: a last
// look, or putting a rule back.
const lastLook = 30 * time.Second

// work is one apply of a rule.
type work struct {
	reader    *replication.Reader
	engine    *replication.Engine
	plan      model
	holdings  holdings
	limit     time.Duration
	operation string
	diags     *diag.Diagnostics

	// seen is what the apply met.
	seen ccr.Observation
	// started are the indices whose replication this apply has started, adopted
	// those that something else started meanwhile; failed is what kept others
	// from it.
	started, adopted []string
	failed           error
}

func (w *work) fail(summary string, err error) {
	w.plan.failed(w.diags, summary, w.limit, w.operation, err)
}

// look looks at the follower before anything is changed.
func (w *work) look(ctx context.Context) (err error) {
	w.seen, err = w.engine.Observe(ctx, replication.Question{Alias: w.plan.alias(), Owned: ccr.NewByName(w.holdings.Started)})
	if err != nil {
		w.fail("Cannot read the follower", err)
	}
	return err
}

// free refuses the name of a rule that has another pattern. Where the rules
// cannot be read, the plugin itself refuses a name that is in use.
func (w *work) free(ctx context.Context) bool {
	fact, _, err := w.reader.Fresh().Rule(ctx, w.plan.alias(), w.plan.Name.ValueString())
	if err != nil {
		w.fail("Cannot read the autofollow rules", err)
		return false
	}
	rule, exists := fact.Value()
	if !exists || rule.Pattern == w.plan.pattern() {
		return true
	}
	w.diags.AddError(fmt.Sprintf("Autofollow %s already exists", w.plan.title()), fmt.Sprintf("Cluster %s already has a rule %s for leader %s, with pattern %q. Choose another name, or import it: terraform import ADDRESS %s.",
		w.plan.Cluster.ValueString(), w.plan.Name.ValueString(), w.plan.alias(), rule.Pattern, w.plan.id()))
	return false
}

// start starts what exists on the leader and is missing on the follower. What
// something else has started in the meantime is adopted as somebody else's.
func (w *work) start(ctx context.Context) {
	if !w.plan.StartExisting.ValueBool() {
		return
	}
	if why, unknown := w.seen.Leader.Unknown(); unknown {
		w.diags.AddWarning(fmt.Sprintf("Existing indices will be started by %s itself", w.plan.title()),
			fmt.Sprintf("The leader's indices cannot be listed through the follower, so rule %s will start them itself, a few every 30 seconds: %s.", w.plan.Name.ValueString(), report.Sentence(errors.New(why))))
		return
	}
	desired := w.plan.desired(ctx, w.diags)
	decided := ccr.Decide(desired, w.seen)
	var steps []ccr.Step
	for _, s := range decided.Steps {
		if s.Action == ccr.ActionStart {
			steps = append(steps, s)
		}
	}
	var taken []string
	for _, n := range decided.Notes {
		if n.Kind == ccr.NoteTaken {
			taken = append(taken, n.Index)
		}
	}
	w.plan.warnTaken(taken, w.diags)
	w.started, w.adopted, w.failed = w.engine.StartAll(ctx, desired, steps)
}

// add adds the rule. One with the same pattern that exists is adopted: an apply
// may have created it whose answer was lost. Where the rules cannot be read, one
// that exists could have any pattern, so it is not adopted.
func (w *work) add(ctx context.Context) bool {
	refusal := w.reader.AddRule(ctx, w.plan.rule(), attribute.Roles(ctx, w.plan.UseRoles, w.diags), nil)
	if refusal == nil {
		return true
	}
	fact, _, err := w.reader.Fresh().Rule(ctx, w.plan.alias(), w.plan.Name.ValueString())
	rule, exists := fact.Value()
	_, unknown := fact.Unknown()
	switch {
	case err == nil && exists && rule.Pattern == w.plan.pattern():
		w.diags.AddWarning(fmt.Sprintf("Existing %s was adopted", w.plan.title()), fmt.Sprintf("Cluster %s already had rule %s for leader %s with pattern %q. This resource manages it from now on.",
			w.plan.Cluster.ValueString(), w.plan.Name.ValueString(), w.plan.alias(), rule.Pattern))
		return true
	case err == nil && unknown && replication.IsRuleTaken(refusal):
		refusal = fmt.Errorf("%w. A rule of that name exists, but this user may not read the rules, so its pattern cannot be compared and it can be neither adopted nor imported. "+
			"Grant the permission indices:admin/plugins/replication/autofollow/stats and apply again (a rule with the same pattern is then adopted), or remove the rule with DELETE _plugins/_replication/_autofollow, or choose another name", refusal)
	}
	if len(w.started) > 0 {
		refusal = fmt.Errorf("%w. Started before, and still replicating: %s", refusal, ccr.CountedIndices(w.started))
	}
	w.fail("Cannot create autofollow "+w.plan.title(), refusal)
	return false
}

// changeable checks what can be checked before the old rule is removed.
func (w *work) changeable() bool {
	summary, obstacle, o := "Cannot update autofollow "+w.plan.title(), "", w.seen
	if why, unknown := o.Rules.Unknown(); unknown {
		obstacle = "the rules cannot be read: " + why
	} else if _, missing := o.Connection.Absent(); missing {
		obstacle = "the connection " + w.plan.alias() + " does not exist on the follower"
	} else if why, unknown := o.Reach.Unknown(); unknown {
		obstacle = why
	} else if err := ccr.CheckPattern(w.plan.pattern()); err != nil {
		obstacle = err.Error()
	}
	if obstacle == "" {
		return true
	}
	w.fail(summary, errors.New("the plugin cannot change a rule, so it would have to be removed and created again, and that could fail: "+obstacle+". The rule is unchanged"))
	return false
}

// recreate removes the old rule and adds the new one. If that fails, the old one
// is put back.
func (w *work) recreate(ctx context.Context, state model) bool {
	removed := w.engine.Run(ctx, state.desired(ctx, w.diags), []ccr.Step{ccr.EndRule(state.rule(), "the change of the rule")})
	err := removed
	if removed == nil {
		if err = w.reader.AddRule(ctx, w.plan.rule(), attribute.Roles(ctx, w.plan.UseRoles, w.diags), nil); err == nil {
			return true
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	restored := w.reader.AddRule(ctx, state.rule(), attribute.Roles(ctx, state.UseRoles, w.diags), nil)
	switch {
	case restored == nil, removed != nil && replication.IsRuleTaken(restored):
		err = fmt.Errorf("%w. The rule is as it was before, with pattern %q", err, state.pattern())
	default:
		err = fmt.Errorf("%w. The old rule, with pattern %q, could not be restored either: %w. New indices of the leader are not followed until the next apply creates the rule", err, state.pattern(), restored)
	}
	w.fail("Cannot update autofollow "+w.plan.title(), err)
	return false
}

// conclude waits until what was started is in sync. The rule exists, so what does
// not replicate yet is a warning.
func (w *work) conclude(ctx context.Context, store private.Writer) {
	w.save(ctx, store)
	err := errors.Join(w.failed, w.engine.AwaitSyncing(ctx, w.started))
	if err == nil {
		return
	}
	w.diags.AddWarning(fmt.Sprintf("Some indices of %s are not replicating yet", w.plan.title()),
		fmt.Sprintf("Rule %s for pattern %q of leader %s on cluster %s exists, but: %s. The rule keeps trying to start what is missing. The next plan shows what it could not start.",
			w.plan.Name.ValueString(), w.plan.pattern(), w.plan.alias(), w.plan.Cluster.ValueString(), report.Sentence(err)))
}

// save keeps which indices the rule has started.
func (w *work) save(ctx context.Context, store private.Writer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	o, err := w.engine.Observe(ctx, replication.Question{Alias: w.plan.alias(), Leaderless: true})
	if err == nil {
		others := w.adopted
		for name := range w.plan.covered(w.seen, ccr.Owned{}) {
			others = append(others, name)
		}
		w.holdings.begin(o, w.started, others)
		w.holdings.save(ctx, store, w.diags)
	}
}
