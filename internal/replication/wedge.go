// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// This file frees a follower index name that is wedged: a replication that ran
// when its node went down and was stopped later can leave a task behind, and
// from then on every start under that name is refused (seen on 2.19.4).

// freeTime is how long a cancelled task may take to go.
const freeTime = 20 * time.Second

func isWedge(err error) bool {
	return is(err, "resource_already_exists_exception", "task with id")
}

// free cancels the task that was left behind for the follower index. refusal is
// the answer to the start, for the message where nothing helps.
func (e *Engine) free(ctx context.Context, s Start, refusal error) error {
	tasks, err := e.Follower.replicationTasks(ctx)
	if err != nil {
		return fmt.Errorf("%w. The name is held by a task that an earlier replication left behind, and it cannot be looked up and cancelled here (%w). "+
			"Only a restart of the follower's nodes or the service's support can free it", refusal, err)
	}
	cancelled := false
	for _, t := range tasks {
		if !strings.HasSuffix(t.Description, "-> "+s.FollowerIndex) {
			continue
		}
		e.report(ctx, fmt.Sprintf("cancelling task %s (%s), which was left behind and holds the name of index %s", t.ID, t.Description, s.FollowerIndex))
		if err := e.Follower.cancelTask(ctx, t.ID); err != nil {
			return fmt.Errorf("%w. The name is held by task %s, and it cannot be cancelled here (%w). "+
				"Only a restart of the follower's nodes or the service's support can free it", refusal, t.ID, err)
		}
		cancelled = true
	}
	if !cancelled {
		return fmt.Errorf("%w. No task of the plugin is for this index: a restart of the follower's nodes frees the name", refusal)
	}
	return nil
}

// startFreed starts again until the cancelled task is gone.
func (e *Engine) startFreed(ctx context.Context, s Start) error {
	deadline := e.clock.Now().Add(freeTime)
	for pauses := clock.NewPace(300*time.Millisecond, 3*time.Second); ; {
		err := e.Follower.Start(ctx, s)
		if err == nil || !isWedge(err) || !e.clock.Now().Before(deadline) {
			return err
		}
		if waitErr := pauses.Wait(ctx, e.clock); waitErr != nil {
			return errors.Join(waitErr, err)
		}
	}
}
