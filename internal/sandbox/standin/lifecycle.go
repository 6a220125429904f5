// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"net/http"
	"time"
)

// handleChange answers pause, resume, stop and update, which have in common that they need a body
// and something that is replicated.
func (p *Plugin) handleChange(w http.ResponseWriter, r *http.Request, index, verb string) {
	raw, err := readBody(r)
	if err != nil {
		writeError(w, err)
		return
	}
	// A stop may wait for a silent leader much longer than its client does, and continues without it.
	done := make(chan error, 1)
	p.mu.Lock()
	p.goOn(func() {
		ctx, cancel := p.background()
		defer cancel()
		done <- p.change(ctx, index, verb, raw)
	})
	p.mu.Unlock()
	select {
	case err = <-done:
	case <-r.Context().Done():
		return // there is nobody to answer
	case <-p.ctx.Done():
		err = p.ctx.Err()
	}
	if err != nil {
		writeError(w, err)
		return
	}
	acknowledge(w)
}

func (p *Plugin) change(ctx context.Context, index, verb string, raw []byte) error {
	if len(raw) == 0 {
		return bodyRequired("request body or source parameter is required")
	}
	known := map[string][]string{"_pause": {"reason"}, "_update": {"settings"}}[verb]
	f, err := parseFields(raw, map[string]string{
		"_pause": "PauseReplicationRequestParser", "_resume": "ResumeReplicationRequestParser",
		"_stop": "StopReplicationRequestParser", "_update": "UpdateIndexReplicationRequestParser",
	}[verb], known...)
	if err != nil {
		return err
	}
	r := p.replication(index)
	if r == nil {
		return notReplicated(index)
	}
	r.change.Lock()
	defer r.change.Unlock()
	if r.is(stopped) { // by someone who came first
		return notReplicated(index)
	}
	switch verb {
	case "_pause":
		return p.pause(r, f)
	case "_resume":
		return p.resume(ctx, r)
	case "_stop":
		return p.stop(r)
	default:
		return p.update(r, f)
	}
}

func (p *Plugin) pause(r *replication, f fields) error {
	reason, given, err := f.text("reason")
	if err != nil {
		return err
	}
	if !given {
		reason = userInitiated
	}
	switch v := r.view(); {
	case v.state == paused:
		return alreadyExists("Index %s is already paused", r.follower)
	case v.state == running && !v.bootstrapped:
		return &apiError{
			status: http.StatusInternalServerError, kind: "illegal_state_exception",
			reason: "Index is in restore phase currently for index: " + r.follower + ". You can pause after restore completes.",
		}
	case v.state != running:
		return illegalArgument("Unknown value of replication state:%s", v.state)
	}
	p.leave(r, paused, reason)
	return nil
}

func (p *Plugin) resume(ctx context.Context, r *replication) error {
	r.mu.Lock()
	tooSoon := !r.pausedItself.IsZero() && time.Since(r.pausedItself) < p.timing.Resumable
	resumable := r.state == paused && !tooSoon
	renewed, lost := r.renewed, r.leaseLost
	r.mu.Unlock()
	if !resumable {
		return alreadyExists("Replication on Index %s is already running", r.follower)
	}
	leader, err := p.resolve(ctx, r.alias)
	if err != nil {
		return err
	}
	info, err := leader.index(ctx, r.alias, r.leader)
	if err != nil {
		return err
	}
	if lost || info.uuid() != r.uuid || time.Since(renewed) > info.leasePeriod() {
		return &apiError{
			status: http.StatusNotFound, kind: "resource_not_found_exception",
			reason: "Retention lease doesn't exist. Replication can't be resumed for " + r.follower,
		}
	}
	r.mu.Lock()
	r.state, r.reason = running, userInitiated
	r.renewed, r.missing, r.pausedItself, r.retryAt, r.failures = time.Now(), time.Time{}, time.Time{}, time.Time{}, 0
	r.mu.Unlock()
	p.remember(r)
	p.link(r.alias).wake()
	return nil
}

// update takes other settings for the follower index, unchecked: the next metadata sync tries them.
func (p *Plugin) update(r *replication, f fields) error {
	settings, err := f.settings()
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.settings = settings
	r.mu.Unlock()
	p.remember(r)
	return nil
}
