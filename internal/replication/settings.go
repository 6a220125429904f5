// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// settingsTime is how long settings of a follower index may take to change: the
// follower compares them with its leader every 60 s by default
// (plugins.replication.follower.metadata_sync_interval).
const settingsTime = 3 * time.Minute

// AwaitSettings waits until a follower index has these settings. The plugin
// acknowledges also a change that it cannot make, so only this tells.
func (e *Engine) AwaitSettings(ctx context.Context, index string, wanted map[string]string) error {
	deadline := e.clock.Now().Add(settingsTime)
	progress := e.progress()
	for pauses := clock.NewPace(300*time.Millisecond, 3*time.Second); ; {
		all, err := e.Follower.settingsOf(ctx, index)
		if err != nil && !IsUnreachable(err) {
			return err
		}
		missing := differing(wanted, all)
		switch {
		case err == nil && len(missing) == 0:
			return nil
		case err == nil && !e.clock.Now().Before(deadline):
			return fmt.Errorf("the cluster has acknowledged other settings for index %s, but after %s it has not made them: %s. "+
				"Settings that are fixed when an index is made cannot be changed", index, settingsTime, strings.Join(missing, ", "))
		}
		progress.say(ctx, fmt.Sprintf("waiting until index %s has its settings: %s", index, strings.Join(missing, ", ")))
		if waitErr := pauses.Wait(ctx, e.clock); waitErr != nil {
			return fmt.Errorf("wait until index %s has its settings: %w; not yet: %s", index, waitErr, strings.Join(missing, ", "))
		}
	}
}

// differing says what is not as it is wanted.
func differing(wanted, there map[string]string) []string {
	var out []string
	for name, value := range wanted {
		if there[name] != value {
			out = append(out, fmt.Sprintf("%s is %q, wanted %q", name, there[name], value))
		}
	}
	slices.Sort(out)
	return out
}

func (c *Client) settingsOf(ctx context.Context, index string) (map[string]string, error) {
	var answer map[string]struct {
		Settings map[string]any `json:"settings"`
	}
	if err := c.call(ctx, http.MethodGet, path(index, "_settings")+"?flat_settings=true", nil, &answer); err != nil {
		return nil, err
	}
	return flat(answer[index].Settings), nil
}
