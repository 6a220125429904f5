// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// This file has the routes of OpenSearch itself that replication needs.

// Connections lists the remote clusters that a follower is configured with, by alias.
func (c *Client) Connections(ctx context.Context) (map[string]ccr.Connection, error) {
	var answer map[string]struct {
		Connected bool     `json:"connected"`
		Mode      string   `json:"mode"`
		Seeds     []string `json:"seeds"`
		Proxy     string   `json:"proxy_address"`
	}
	if err := c.call(ctx, http.MethodGet, "/_remote/info", nil, &answer); err != nil {
		return nil, err
	}
	connections := make(map[string]ccr.Connection, len(answer))
	for alias, a := range answer {
		addresses := a.Seeds
		if a.Proxy != "" {
			addresses = []string{a.Proxy}
		}
		connections[alias] = ccr.Connection{Alias: alias, Exists: true, Connected: a.Connected, Mode: a.Mode, Addresses: addresses}
	}
	return connections, nil
}

// Indices lists the indices that are not hidden, closed ones too.
func (c *Client) Indices(ctx context.Context) ([]ccr.Index, error) {
	return c.indices(ctx, "open,closed")
}

// indices lists the indices that expand, a value of expand_wildcards, covers,
// without those whose name begins with a dot.
func (c *Client) indices(ctx context.Context, expand string) ([]ccr.Index, error) {
	var answer []struct {
		Name    string `json:"index"`
		UUID    string `json:"uuid"`
		Status  string `json:"status"`
		Created string `json:"creation.date"`
	}
	if err := c.call(ctx, http.MethodGet, "/_cat/indices?format=json&h=index,uuid,status,creation.date&expand_wildcards="+expand, nil, &answer); err != nil {
		return nil, err
	}
	indices := make([]ccr.Index, 0, len(answer))
	for _, a := range answer {
		if strings.HasPrefix(a.Name, ".") {
			continue
		}
		millis, err := strconv.ParseInt(a.Created, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("GET %s/_cat/indices: creation date %q of index %s is no number: %w", c.name, a.Created, a.Name, err)
		}
		indices = append(indices, ccr.Index{Name: a.Name, UUID: a.UUID, Closed: a.Status == "close", Created: time.UnixMilli(millis)})
	}
	return indices, nil
}

// DeleteIndex deletes an index; one that is not there is success.
func (c *Client) DeleteIndex(ctx context.Context, index string) error {
	err := c.call(ctx, http.MethodDelete, path(index), nil, nil)
	if is(err, "index_not_found_exception", "") {
		return nil
	}
	return err
}

// leaderIndexSetting marks a replica with ALIAS:LEADER_INDEX.
const leaderIndexSetting = "index.plugins.replication.follower.leader_index"

// replicas reads the marks of all replicas: follower index to alias and leader
// index. Amazon's service hides the setting and shows none.
func (c *Client) replicas(ctx context.Context) (map[string]ccr.Replication, error) {
	var answer map[string]struct {
		Settings map[string]json.RawMessage `json:"settings"`
	}
	if err := c.call(ctx, http.MethodGet, "/*/_settings/"+leaderIndexSetting+"?flat_settings=true&expand_wildcards=open,closed", nil, &answer); err != nil {
		return nil, err
	}
	out := make(map[string]ccr.Replication, len(answer))
	for index, a := range answer {
		var mark string
		if err := json.Unmarshal(a.Settings[leaderIndexSetting], &mark); err != nil || mark == "" {
			continue // absent, or null after a stop
		}
		alias, leader, ok := strings.Cut(mark, ":")
		if !ok {
			continue
		}
		out[index] = ccr.Replication{FollowerIndex: index, LeaderAlias: alias, LeaderIndex: leader, State: ccr.Unknown}
	}
	return out, nil
}

// overallStates reads the last known state of every replication from the
// cluster state: RUNNING, PAUSED, FAILED or STOPPED. By itself it cannot tell
// that a leader is gone.
func (c *Client) overallStates(ctx context.Context) (map[string]string, error) {
	var answer struct {
		Metadata struct {
			Replication struct {
				Details map[string]struct {
					State string `json:"REPLICATION_LAST_KNOWN_OVERALL_STATE"`
				} `json:"replication_details"`
			} `json:"replication_metadata"`
		} `json:"metadata"`
	}
	if err := c.call(ctx, http.MethodGet, "/_cluster/state/metadata?filter_path=metadata.replication_metadata", nil, &answer); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(answer.Metadata.Replication.Details))
	for index, d := range answer.Metadata.Replication.Details {
		out[index] = d.State
	}
	return out, nil
}

// task is a task of the plugin that is left behind or at work.
type task struct{ ID, Description string }

// replicationTasks lists the plugin's index tasks.
func (c *Client) replicationTasks(ctx context.Context) ([]task, error) {
	var answer struct {
		Tasks []struct {
			Node        string `json:"node"`
			ID          int64  `json:"id"`
			Description string `json:"description"`
		} `json:"tasks"`
	}
	if err := c.call(ctx, http.MethodGet, "/_tasks?actions=cluster:indices/admin/replication*&detailed&group_by=none", nil, &answer); err != nil {
		return nil, err
	}
	out := make([]task, 0, len(answer.Tasks))
	for _, t := range answer.Tasks {
		out = append(out, task{ID: t.Node + ":" + strconv.FormatInt(t.ID, 10), Description: t.Description})
	}
	return out, nil
}

func (c *Client) cancelTask(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, path("_tasks", id, "_cancel"), nil, nil)
}
