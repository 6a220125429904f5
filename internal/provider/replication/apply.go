// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// lastLook is the time for the look with which an apply ends, also one that was
// interrupted or ran out of time.
const lastLook = 30 * time.Second

// work is one apply of a replication that exists: a create after its start, or
// an update.
type work struct {
	reader   *replication.Reader
	engine   *replication.Engine
	plan     model
	owned    ccr.Owned
	approval ccr.Approval
	// seen is what the last look of a convergence that left nothing to do saw.
	seen *ccr.Observation
	// decided is what the last look led to.
	decided ccr.Decision
}

// learn finds out which index the replication has.
func (w *work) learn(ctx context.Context) {
	q := w.plan.question(ccr.Owned{})
	q.Leaderless = true
	if o, err := w.engine.Observe(ctx, q); err == nil {
		w.owned = o.OwnedNow([]string{w.plan.leader()}, w.owned)
	}
}

// complete waits for a replication that was started and brings it to what is
// desired; an adopted one may have other settings.
func (w *work) complete(ctx context.Context, adopted bool) error {
	if !adopted {
		if err := w.engine.AwaitSyncing(ctx, []string{w.plan.index()}); err != nil {
			return err
		}
	}
	return w.change(ctx, adopted && len(w.plan.Settings.Elements()) > 0)
}

// change brings the replication to what is planned, its settings too. Settings
// take effect only while it syncs: before a pause, after a resume. What is wrong
// with them does not keep a pause from being sent.
func (w *work) change(ctx context.Context, settings bool) error {
	var diags diag.Diagnostics
	desired, wanted := w.plan.desired(ctx, w.owned, &diags), w.plan.settings(ctx, &diags)
	q := w.plan.question(w.owned)
	var refused error
	pausing := w.plan.mode() == ccr.ModePaused
	if settings {
		o, err := w.engine.Observe(ctx, q)
		if err != nil {
			return err
		}
		f := o.Indices.At(w.plan.index())
		running := f.State == ccr.Syncing
		if running || f.State == ccr.Paused {
			refused = w.reader.UpdateSettings(ctx, w.plan.index(), desired.Settings)
		}
		if running && pausing && refused == nil {
			refused = w.engine.AwaitSettings(ctx, w.plan.index(), wanted)
		}
	}
	seen, decided, err := w.engine.Converge(ctx, desired, q, w.approval)
	if err == nil && decided.Status == w.plan.mode().Target() {
		w.seen = &seen
	}
	if settings && !pausing && err == nil && refused == nil && decided.Status == ccr.StatusReplicating {
		refused = w.engine.AwaitSettings(ctx, w.plan.index(), wanted)
	}
	return errors.Join(refused, err)
}

// conclude takes the last look: what an apply leaves in the state is what the
// follower says then.
func (w *work) conclude(ctx context.Context, store private.Writer, diags *diag.Diagnostics) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	var o ccr.Observation
	var err error
	if w.seen != nil {
		o = *w.seen
	} else {
		o, err = w.engine.Observe(ctx, w.plan.question(w.owned))
	}
	if err != nil {
		w.decided = ccr.Decision{Status: ccr.StatusDegraded, Reason: "the follower could not be read: " + report.Sentence(err)}
	} else {
		w.owned = o.OwnedNow([]string{w.plan.leader()}, w.owned)
		desired := w.plan.desired(ctx, w.owned, diags)
		w.decided = ccr.Decide(desired, o)
		private.SetForesight(ctx, store, ccr.Foresee(desired, o), diags)
	}
	w.plan.show(w.decided)
	private.SetOwnedIndices(ctx, store, w.owned, diags)
}

// explained says how far the replication is and why it is no further.
func (w *work) explained(ctx context.Context, err error) string {
	text := fmt.Sprintf("Replication of index %s of leader %s as index %s on cluster %s is %s", w.plan.leader(), w.plan.alias(), w.plan.index(), w.plan.Cluster.ValueString(), w.decided.Status)
	if w.decided.Reason != "" {
		text += " (" + w.decided.Reason + ")"
	}
	if err != nil {
		text += ": " + report.Sentence(err)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		text += ". It timed out (timeouts.create)"
	case errors.Is(err, context.Canceled):
		return text + ". The operation was interrupted."
	}
	return w.caused(ctx, text) + "."
}

// withCause adds what is wrong on the follower to an error.
func (w *work) withCause(ctx context.Context, err error) error {
	if text := w.caused(ctx, ""); text != "" {
		return fmt.Errorf("%w%s", err, text)
	}
	return err
}

func (w *work) caused(ctx context.Context, text string) string {
	if errors.Is(ctx.Err(), context.Canceled) {
		return text
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	if cause := w.reader.Cause(ctx, w.plan.alias(), w.plan.index()); cause != "" {
		return text + ". Likely cause: " + cause
	}
	return text
}
