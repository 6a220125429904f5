// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"net/http"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

const plugin = "/_plugins/_replication"

type useRoles struct {
	Leader   string `json:"leader_cluster_role"`
	Follower string `json:"follower_cluster_role"`
}

func rolesBody(r ccr.Roles) *useRoles {
	if r == (ccr.Roles{}) {
		return nil
	}
	return &useRoles{Leader: r.Leader, Follower: r.Follower}
}

// Start asks for a replication; it returns once the follower index exists, which
// is before it has caught up.
func (c *Client) Start(ctx context.Context, s ccr.Start) error {
	body := struct {
		LeaderAlias string         `json:"leader_alias"`
		LeaderIndex string         `json:"leader_index"`
		UseRoles    *useRoles      `json:"use_roles,omitempty"`
		Settings    map[string]any `json:"settings,omitempty"`
	}{s.LeaderAlias, s.LeaderIndex, rolesBody(s.Roles), s.Settings}
	return c.call(ctx, http.MethodPut, plugin+path(s.FollowerIndex, "_start"), body, nil)
}

// empty is the body that the plugin demands even where it has nothing to say
// (recordings 03 and 07 of the contract).
type empty struct{}

// Pause pauses a replication.
func (c *Client) Pause(ctx context.Context, index, reason string) error {
	body := struct {
		Reason string `json:"reason,omitempty"`
	}{reason}
	return c.call(ctx, http.MethodPost, plugin+path(index, "_pause"), body, nil)
}

// Resume resumes a paused replication; it returns before it has caught up.
func (c *Client) Resume(ctx context.Context, index string) error {
	return c.call(ctx, http.MethodPost, plugin+path(index, "_resume"), empty{}, nil)
}

// Stop ends a replication and makes the index writable; one that is not in
// progress is success. It works with the leader gone, but does not end while the
// connection to a silent leader exists.
func (c *Client) Stop(ctx context.Context, d ccr.Destruction) error {
	index, _, _ := d.Index()
	if index == "" || !d.Permits() {
		return notPermitted("stop a replication", d)
	}
	err := c.call(ctx, http.MethodPost, plugin+path(index, "_stop"), empty{}, nil)
	if is(err, "illegal_argument_exception", "No replication in progress") {
		return nil
	}
	return err
}

// notPermitted is the error of a destructive call without the permission for it,
// which only a fault of this program can bring about.
func notPermitted(what string, d ccr.Destruction) error {
	return fmt.Errorf("internal error, please report it: nothing permits to %s: %s", what, d)
}

// UpdateSettings asks for other settings of a follower index. The plugin
// acknowledges also what it cannot do; what came of it shows at the next
// metadata sync, 60 s by default.
func (c *Client) UpdateSettings(ctx context.Context, index string, settings map[string]any) error {
	body := struct {
		Settings map[string]any `json:"settings"`
	}{settings}
	return c.call(ctx, http.MethodPut, plugin+path(index, "_update"), body, nil)
}

// Status is what `_status` reports of one follower index at one moment.
type Status struct {
	Source ccr.Source
	State  ccr.State
	Reason string
	// The checkpoints are known while it syncs.
	LeaderCheckpoint   int64
	FollowerCheckpoint int64
	// Copied is known while it bootstraps.
	Copied ccr.Copied
}

// Replication reads the `_status` of one follower index. An index that is not
// replicated, or does not exist, has the state [ccr.NotInProgress]; a node that
// has just come back reports that too.
func (c *Client) Replication(ctx context.Context, index string) (Status, error) {
	var answer struct {
		Status        string `json:"status"`
		Reason        string `json:"reason"`
		LeaderAlias   string `json:"leader_alias"`
		LeaderIndex   string `json:"leader_index"`
		FollowerIndex string `json:"follower_index"`
		Syncing       *struct {
			Leader   int64 `json:"leader_checkpoint"`
			Follower int64 `json:"follower_checkpoint"`
		} `json:"syncing_details"`
		Bootstrap struct {
			Done  int64 `json:"bytes_recovered"`
			Total int64 `json:"bytes_total"`
		} `json:"bootstrap_details"`
	}
	if err := c.call(ctx, http.MethodGet, plugin+path(index, "_status"), nil, &answer); err != nil {
		return Status{State: ccr.StateUnknown}, err
	}
	s := Status{Source: ccr.Source{Alias: answer.LeaderAlias, Index: answer.LeaderIndex}, State: ccr.State(answer.Status), Reason: answer.Reason}
	s.Copied = ccr.Copied{Done: answer.Bootstrap.Done, Total: answer.Bootstrap.Total}
	if s.State == "STOPPED" {
		s.State = ccr.NotInProgress
	}
	if answer.Syncing != nil {
		s.LeaderCheckpoint, s.FollowerCheckpoint = answer.Syncing.Leader, answer.Syncing.Follower
	}
	return s, nil
}

// AddRule makes an autofollow rule. A rule cannot be changed: the plugin
// refuses one that exists, whatever its pattern.
func (c *Client) AddRule(ctx context.Context, rule ccr.Rule, roles ccr.Roles, settings map[string]any) error {
	body := struct {
		LeaderAlias string         `json:"leader_alias"`
		Name        string         `json:"name"`
		Pattern     string         `json:"pattern"`
		UseRoles    *useRoles      `json:"use_roles,omitempty"`
		Settings    map[string]any `json:"settings,omitempty"`
	}{rule.LeaderAlias, rule.Name, rule.Pattern, rolesBody(roles), settings}
	return c.call(ctx, http.MethodPost, plugin+"/_autofollow", body, nil)
}

// RemoveRule removes an autofollow rule; one that does not exist is success.
func (c *Client) RemoveRule(ctx context.Context, d ccr.Destruction) error {
	alias, name := d.Rule()
	if name == "" || !d.Permits() {
		return notPermitted("remove an autofollow rule", d)
	}
	body := struct {
		LeaderAlias string `json:"leader_alias"`
		Name        string `json:"name"`
	}{alias, name}
	err := c.call(ctx, http.MethodDelete, plugin+"/_autofollow", body, nil)
	// The plugin answers 500 for a rule that is not there (recordings 13, 14).
	if is(err, "exception", "does not exist") {
		return nil
	}
	return err
}

// RuleStats lists the autofollow rules. The plugin does not say of which leader alias they are.
func (c *Client) RuleStats(ctx context.Context) ([]ccr.Rule, error) {
	var answer struct {
		Stats []struct {
			Name    string   `json:"name"`
			Pattern string   `json:"pattern"`
			Failed  []string `json:"failed_indices"`
		} `json:"autofollow_stats"`
	}
	if err := c.call(ctx, http.MethodGet, plugin+"/autofollow_stats", nil, &answer); err != nil {
		return nil, err
	}
	rules := make([]ccr.Rule, 0, len(answer.Stats))
	for _, s := range answer.Stats {
		rules = append(rules, ccr.Rule{Name: s.Name, Pattern: s.Pattern, FailedIndices: s.Failed})
	}
	return rules, nil
}

// FollowerStats are counts of all replications of a follower, and the
// checkpoints of those that sync.
type FollowerStats struct {
	Syncing       int `json:"num_syncing_indices"`
	Bootstrapping int `json:"num_bootstrapping_indices"`
	Paused        int `json:"num_paused_indices"`
	Failed        int `json:"num_failed_indices"`
	Indices       map[string]struct {
		Leader   int64 `json:"leader_checkpoint"`
		Follower int64 `json:"follower_checkpoint"`
	} `json:"index_stats"`
}

// total is the number of replications that are counted, which are all but stopped ones.
func (s FollowerStats) total() int { return s.Syncing + s.Bootstrapping + s.Paused + s.Failed }

// FollowerStats reads the statistics of a follower: 3 ms for 300 indices.
func (c *Client) FollowerStats(ctx context.Context) (FollowerStats, error) {
	var answer FollowerStats
	err := c.call(ctx, http.MethodGet, plugin+"/follower_stats", nil, &answer)
	return answer, err
}
