// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// settingsTime is how long settings of a follower index may take to change: the
// follower compares them with its leader every 60 s by default
// (plugins.replication.follower.metadata_sync_interval).
const settingsTime = 3 * time.Minute

// AwaitSettings waits until a follower index has these settings. The plugin
// acknowledges also a change that it cannot make, so only this tells.
func (e *Engine) AwaitSettings(ctx context.Context, index string, wanted map[string]string) error {
	var missing []string
	wait := e.poll(phaseSettings, "until index "+index+" has its settings", 300*time.Millisecond, 3*time.Second)
	wait.Within, wait.Transient = settingsTime, IsUnreachable
	err := wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		settings, err := e.follower.settingsOf(ctx, index)
		if err != nil {
			return poll.Look{}, err
		}
		missing = differing(wanted, settings)
		return poll.Look{Done: len(missing) == 0, Progress: strings.Join(missing, ", ")}, nil
	})
	if errors.Is(err, poll.ErrWithin) && len(missing) > 0 {
		return fmt.Errorf("the cluster has acknowledged other settings for index %s, but after %s it has not applied them: %s. "+
			"Settings that are fixed when an index is created cannot be changed", index, settingsTime, strings.Join(missing, ", "))
	}
	return err
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
