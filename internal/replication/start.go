// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

const (
	// adoptTime is how long a refused start is looked at again: an autofollow
	// rule or Aiven itself may be starting the same index, and shows it late.
	adoptTime = 8 * time.Second
	// freeTime is how long a cancelled task may take to end.
	freeTime = 20 * time.Second
	// resumeTime is how long a resume may be refused as "already running" while
	// the status still reports the pause.
	resumeTime = 10 * time.Second
)

// StartIndex starts a replication. One that exists already, from the same leader
// index, is success: an autofollow rule or Aiven itself was faster. A name that
// a task left behind holds is freed and started again.
func (e *Engine) StartIndex(ctx context.Context, s ccr.Start) error {
	_, err := e.StartOrAdopt(ctx, s)
	return err
}

// StartOrAdopt is [Engine.StartIndex] that also tells whether the replication
// existed already, started by somebody else.
func (e *Engine) StartOrAdopt(ctx context.Context, s ccr.Start) (adopted bool, err error) {
	refusal := e.follower.Start(ctx, s)
	if refusal == nil || ctx.Err() != nil {
		return false, refusal
	}
	last, err := e.startedElsewhere(ctx, s, refusal)
	if err != nil || replicates(last, s) {
		return err == nil, err
	}
	// The task of what cannot be seen may be at work.
	if !isTaskLeftBehind(refusal) || last.State != ccr.NotInProgress {
		return false, refusal
	}
	if err := e.free(ctx, s, refusal); err != nil {
		return false, err
	}
	wait := e.poll(phaseStarting, "until the name of index "+s.FollowerIndex+" is free", 300*time.Millisecond, 3*time.Second)
	wait.Within, wait.Transient = freeTime, func(err error) bool { return isTaskLeftBehind(err) || IsUnreachable(err) }
	return false, wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		err := e.follower.Start(ctx, s)
		return poll.Look{Done: err == nil}, err
	})
}

// StartAll carries out steps that start replications, without waiting until any
// is in sync. It returns the follower indices that it started, and those that
// somebody else had started; each failure is a [StepError] in err.
func (e *Engine) StartAll(ctx context.Context, d ccr.Desired, steps []ccr.Step) (started, adopted []string, err error) {
	var mu sync.Mutex
	err = parallel(ctx, len(steps), func(ctx context.Context, i int) error {
		existed, err := e.StartOrAdopt(ctx, d.Start(steps[i]))
		if err != nil {
			return &StepError{steps[i], err}
		}
		mu.Lock()
		defer mu.Unlock()
		if existed {
			adopted = append(adopted, steps[i].Index)
		} else {
			started = append(started, steps[i].Index)
		}
		return nil
	})
	slices.Sort(started)
	slices.Sort(adopted)
	return started, adopted, err
}

// startedElsewhere looks at what the follower index replicates although the start
// was refused, and returns what it saw last. A refusal that a race with an
// autofollow rule can explain is given some seconds.
func (e *Engine) startedElsewhere(ctx context.Context, s ccr.Start, refusal error) (last Status, err error) {
	wait := e.poll(phaseStarting, "until index "+s.FollowerIndex+" shows what it replicates", 200*time.Millisecond, time.Second)
	wait.Within = time.Millisecond
	if isTaskLeftBehind(refusal) || is(refusal, "illegal_argument_exception", "Cant use same index again") {
		wait.Within = adoptTime
	}
	err = wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		var unread error
		if last, unread = e.follower.Replication(ctx, s.FollowerIndex); unread != nil {
			last.State = ccr.StateUnknown
		}
		return poll.Look{Done: replicates(last, s)}, nil // what cannot be read is not seen to replicate
	})
	if ctx.Err() == nil {
		err = nil
	}
	return last, err
}

// replicates reports whether a status is that of what a start asks for.
func replicates(status Status, s ccr.Start) bool {
	return status.State != ccr.NotInProgress && status.State != ccr.StateUnknown && status.Source == ccr.Source{Alias: s.LeaderAlias, Index: s.LeaderIndex}
}

// isTaskLeftBehind reports whether a start was refused because a task holds the
// name: a replication that ran when its node went down and was stopped later can
// leave one behind (seen on 2.19.4), and one that is just being started has one.
func isTaskLeftBehind(err error) bool {
	return is(err, "resource_already_exists_exception", "task with id")
}

// free cancels the task that was left behind for the follower index. refusal is
// the answer to the start, for the message where nothing helps.
func (e *Engine) free(ctx context.Context, s ccr.Start, refusal error) error {
	const remedy = "Only a restart of the follower's nodes, or the service's support, can free it"
	tasks, err := e.follower.replicationTasks(ctx)
	if err != nil {
		return fmt.Errorf("%w. The name is held by a task that an earlier replication left behind, and this user may not look it up and cancel it (%w). %s", refusal, err, remedy)
	}
	for _, t := range tasks {
		if !strings.HasSuffix(t.Description, "-> "+s.FollowerIndex) {
			continue
		}
		e.tell(ctx, phaseStarting, fmt.Sprintf("cancelling task %s (%s), which was left behind and holds the name of index %s", t.ID, t.Description, s.FollowerIndex))
		if err := e.follower.cancelTask(ctx, t.ID); err != nil {
			return fmt.Errorf("%w. The name is held by task %s, and this user may not cancel it (%w). %s", refusal, t.ID, err, remedy)
		}
	}
	return nil
}

// resume resumes a paused replication. "Already running" is believed only where
// the status agrees: after an automatic pause the status reports PAUSED a moment
// before a resume is accepted.
func (e *Engine) resume(ctx context.Context, index string) error {
	var refusal error
	wait := e.poll(phaseStarting, "until index "+index+" can be resumed", 300*time.Millisecond, 2*time.Second)
	wait.Within = resumeTime
	err := wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		refusal = e.follower.Resume(ctx, index)
		if refusal == nil {
			return poll.Look{Done: true}, nil
		}
		if !is(refusal, "resource_already_exists_exception", "already running") {
			return poll.Look{}, refusal
		}
		status, err := e.follower.Replication(ctx, index)
		if IsLeaderUnreachable(err) || isSilent(err) {
			return poll.Look{Done: true}, nil // a paused one would report its state without its leader
		}
		return poll.Look{Done: err == nil && status.State != ccr.Paused}, err
	})
	if over := (*poll.Timeout)(nil); errors.As(err, &over) && ctx.Err() == nil {
		return refusal
	}
	return err
}

// pause pauses a replication; one that is paused is success. While the files
// are being copied a pause is refused.
func (e *Engine) pause(ctx context.Context, index string) error {
	wait := e.poll(phasePausing, "until the files of index "+index+" are copied, which cannot be paused", 300*time.Millisecond, 3*time.Second)
	wait.Transient, wait.Attempt = inRestore, writeTime
	return wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		err := e.follower.Pause(ctx, index, "paused by Terraform")
		if is(err, "resource_already_exists_exception", "already paused") {
			err = nil
		}
		return poll.Look{Done: err == nil}, err
	})
}

// inRestore reports whether a pause was refused because the files are being copied.
func inRestore(err error) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(e.Reason, "in restore phase")
}

// isHistoryLost reports whether the leader refused a resume because it no
// longer has what was changed since the pause.
func isHistoryLost(err error) bool {
	return is(err, "resource_not_found_exception", "Retention lease")
}
