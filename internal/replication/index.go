// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// StartIndex starts a replication. One that is there already, from the same
// leader index, is success: an autofollow rule or Aiven itself was faster. A name
// that is wedged by a task left behind is freed and started again.
func (e *Engine) StartIndex(ctx context.Context, s Start) error {
	refusal := e.Follower.Start(ctx, s)
	if refusal == nil || e.follows(ctx, s) {
		return nil
	}
	if !isWedge(refusal) {
		return refusal
	}
	if err := e.free(ctx, s, refusal); err != nil {
		return err
	}
	return e.startFreed(ctx, s)
}

// follows reports whether the follower index already replicates what is asked for.
func (e *Engine) follows(ctx context.Context, s Start) bool {
	r, err := e.Follower.Replication(ctx, s.FollowerIndex)
	return err == nil && r.State != ccr.NotInProgress && r.LeaderAlias == s.LeaderAlias && r.LeaderIndex == s.LeaderIndex
}

// ResumeIndex resumes a paused replication. Where the leader no longer has the
// history, and rebuild allows it, the follower index is deleted and started again.
func (e *Engine) ResumeIndex(ctx context.Context, s Start, rebuild bool) error {
	err := e.resume(ctx, s.FollowerIndex)
	if !rebuild {
		return err
	}
	if is(err, "resource_not_found_exception", "Retention lease") || is(err, "illegal_argument_exception", "No replication in progress") {
		e.report(ctx, fmt.Sprintf("index %s cannot be resumed (%v); deleting it on the follower and starting it again", s.FollowerIndex, err))
		return e.RebuildIndex(ctx, s)
	}
	return err
}

// resume resumes a replication. "Already running" is believed only where the
// status says so: after an automatic pause the status says PAUSED a moment before
// a resume is accepted.
func (e *Engine) resume(ctx context.Context, index string) error {
	deadline := e.clock.Now().Add(settleTime)
	for pauses := clock.NewPace(300*time.Millisecond, 2*time.Second); ; {
		err := e.Follower.Resume(ctx, index)
		if !is(err, "resource_already_exists_exception", "already running") {
			return err
		}
		r, statusErr := e.Follower.Replication(ctx, index)
		switch {
		case IsLeaderUnreachable(statusErr):
			return nil // a paused one would tell its state without its leader
		case statusErr != nil:
			return statusErr
		case r.State != ccr.Paused:
			return nil
		}
		if !e.clock.Now().Before(deadline) {
			return err
		}
		if err := pauses.Wait(ctx, e.clock); err != nil {
			return err
		}
	}
}

// PauseIndex pauses a replication; one that is paused is success.
func (e *Engine) PauseIndex(ctx context.Context, index string) error {
	progress := e.progress()
	for pauses := clock.NewPace(300*time.Millisecond, 3*time.Second); ; {
		err := e.Follower.Pause(ctx, index, "paused by Terraform")
		if is(err, "resource_already_exists_exception", "already paused") {
			return nil
		}
		if !inRestore(err) {
			return err
		}
		progress.say(ctx, fmt.Sprintf("waiting until the files of index %s are copied, which cannot be paused", index))
		if waitErr := pauses.Wait(ctx, e.clock); waitErr != nil {
			return errors.Join(waitErr, err)
		}
	}
}

// inRestore reports whether a pause was refused because the files are being copied.
func inRestore(err error) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(e.Reason, "in restore phase")
}

// StopIndex ends a replication and keeps the index; one that is not in progress is success.
func (e *Engine) StopIndex(ctx context.Context, index string) error {
	err := e.Follower.Stop(ctx, index)
	if is(err, "illegal_argument_exception", "No replication in progress") {
		return nil
	}
	return err
}

// RemoveIndex ends a replication and deletes the follower index.
func (e *Engine) RemoveIndex(ctx context.Context, index string) error {
	if err := e.StopIndex(ctx, index); err != nil {
		return err
	}
	return e.Follower.DeleteIndex(ctx, index)
}

// RebuildIndex deletes a follower index and starts its replication again.
func (e *Engine) RebuildIndex(ctx context.Context, s Start) error {
	if err := e.RemoveIndex(ctx, s.FollowerIndex); err != nil {
		return err
	}
	return e.StartIndex(ctx, s)
}

// PromoteIndex waits until the follower index has every operation of the
// leader and then stops its replication. A paused one is resumed for that.
func (e *Engine) PromoteIndex(ctx context.Context, index string) error {
	resumed := false
	var last string
	progress := e.progress()
	for pauses := clock.NewPace(100*time.Millisecond, 2*time.Second); ; {
		r, err := e.Follower.Replication(ctx, index)
		switch {
		case err != nil && !IsUnreachable(err) && !IsLeaderUnreachable(err):
			return err
		case err != nil:
			last = err.Error()
		case r.CaughtUp(), r.State == ccr.NotInProgress:
			return e.StopIndex(ctx, index)
		case r.State == ccr.Failed:
			return fmt.Errorf("the replication has failed (%s), so it cannot catch up: repair it with desired_state = \"replicating\" first", r.Reason)
		case r.State == ccr.Paused && !resumed:
			if err := e.resume(ctx, index); err != nil {
				return fmt.Errorf("it is paused (%s) and must catch up before it is stopped: %w", r.Reason, err)
			}
			resumed, last = true, describe(r)
		default:
			last = describe(r)
		}
		progress.say(ctx, fmt.Sprintf("waiting for index %s to catch up with its leader: %s", index, last))
		if err := pauses.Wait(ctx, e.clock); err != nil {
			return fmt.Errorf("wait until it has caught up: %w; last seen: %s", err, last)
		}
	}
}

func describe(r ccr.Replication) string {
	text := string(r.State)
	if lag, known := r.Lag(); known {
		text += fmt.Sprintf(", %d operations behind (checkpoint %d of %d)", lag, r.FollowerCheckpoint, r.LeaderCheckpoint)
	}
	if r.Reason != "" && r.State != ccr.Syncing {
		text += ", " + r.Reason
	}
	return text
}
