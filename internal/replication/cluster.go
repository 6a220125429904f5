// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

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
		connections[alias] = ccr.Connection{Alias: alias, Connected: a.Connected, Mode: a.Mode, Addresses: addresses}
	}
	return connections, nil
}

// listIndices lists the indices that are neither hidden nor system indices,
// closed ones too, as the cluster itself shows them.
func (c *Client) listIndices(ctx context.Context) ([]ccr.LeaderIndex, error) {
	var answer []struct {
		Name   string `json:"index"`
		Status string `json:"status"`
	}
	if err := c.call(ctx, http.MethodGet, "/_cat/indices?format=json&h=index,status&expand_wildcards=open,closed", nil, &answer); err != nil {
		return nil, err
	}
	indices := make([]ccr.LeaderIndex, 0, len(answer))
	for _, a := range answer {
		if !strings.HasPrefix(a.Name, ".") {
			indices = append(indices, ccr.LeaderIndex{Name: a.Name, Closed: a.Status == "close"})
		}
	}
	return indices, nil
}

// ReadSizes lists the indices that are neither hidden nor system indices with
// their sizes, closed ones too. What a red index holds is not known: one of its
// primary shards is missing.
func (c *Client) ReadSizes(ctx context.Context) ([]ccr.IndexSize, error) {
	var answer []struct {
		Name     string  `json:"index"`
		Status   string  `json:"status"`
		Health   string  `json:"health"`
		Replicas string  `json:"rep"`
		Bytes    *string `json:"pri.store.size"`
	}
	if err := c.call(ctx, http.MethodGet, "/_cat/indices?format=json&bytes=b&h=index,status,health,rep,pri.store.size&expand_wildcards=open,closed", nil, &answer); err != nil {
		return nil, err
	}
	sizes := make([]ccr.IndexSize, 0, len(answer))
	for _, a := range answer {
		if strings.HasPrefix(a.Name, ".") {
			continue
		}
		size := ccr.IndexSize{Name: a.Name, Closed: a.Status == "close", Bytes: ccr.Unknown[int64]("the cluster does not say")}
		size.Replicas, _ = strconv.Atoi(a.Replicas) // none where the cluster does not say, as of a closed index
		if a.Health == "red" {
			size.Bytes = ccr.Unknown[int64]("it is red, so a part of it is missing")
		} else if a.Bytes != nil {
			if bytes, err := strconv.ParseInt(*a.Bytes, 10, 64); err == nil {
				size.Bytes = ccr.Present(bytes)
			}
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

// IndexMissing reports whether the follower answers, when asked for an index by
// its name, that it does not exist. A listing without it proves nothing.
func (c *Client) IndexMissing(ctx context.Context, index string) (bool, error) {
	_, err := c.settingsOf(ctx, index)
	if is(err, "index_not_found_exception", "") {
		return true, nil
	}
	return false, err
}

// DeleteIndex deletes a follower index; one that does not exist is success.
func (c *Client) DeleteIndex(ctx context.Context, d ccr.Destruction) error {
	index, _, deletes := d.Index()
	if !deletes || index == "" || !d.Permits() {
		return notPermitted("delete an index", d)
	}
	err := c.call(ctx, http.MethodDelete, path(index), nil, nil)
	if is(err, "index_not_found_exception", "") {
		return nil
	}
	return err
}

// clusterState is what the cluster state has of replications: the last known
// overall state of each (RUNNING, PAUSED, FAILED or STOPPED), which by itself
// cannot tell that a leader is gone, and the plugin's write blocks.
type clusterState struct {
	states map[string]string
	blocks map[string]bool
}

// replicationBlock is the number of the plugin's write block.
const replicationBlock = "1000"

// clusterState reads the cluster state of all indices: with names in its path it
// has no metadata of plugins.
func (c *Client) clusterState(ctx context.Context) (clusterState, error) {
	var answer struct {
		Metadata struct {
			Replication struct {
				Details map[string]struct {
					State string `json:"REPLICATION_LAST_KNOWN_OVERALL_STATE"`
				} `json:"replication_details"`
			} `json:"replication_metadata"`
		} `json:"metadata"`
		Blocks struct {
			Indices map[string]struct {
				Replication *struct{} `json:"1000"` // [replicationBlock]
			} `json:"indices"`
		} `json:"blocks"`
	}
	// Of each block only that it is there: what it says is most of the answer.
	const target = "/_cluster/state/metadata,blocks?filter_path=metadata.replication_metadata.replication_details.*.REPLICATION_LAST_KNOWN_OVERALL_STATE,blocks.indices.*." + replicationBlock + ".levels"
	if err := c.call(ctx, http.MethodGet, target, nil, &answer); err != nil {
		return clusterState{}, err
	}
	out := clusterState{states: make(map[string]string, len(answer.Metadata.Replication.Details)), blocks: map[string]bool{}}
	for index, d := range answer.Metadata.Replication.Details {
		out.states[index] = d.State
	}
	for index, blocks := range answer.Blocks.Indices {
		out.blocks[index] = blocks.Replication != nil
	}
	return out, nil
}

// longExpression is how many bytes of names go into an address before all
// indices are asked for instead: OpenSearch allows 4096 bytes.
const longExpression = 3000

// expression names indices in a path, as "/a,b"; empty for all.
func expression(indices []string) string {
	escaped := path(strings.Join(indices, ","))
	if indices == nil || len(escaped) > longExpression {
		return ""
	}
	return escaped
}

// remoteClients reports whether a node has the role that replication needs.
func (c *Client) remoteClients(ctx context.Context) (bool, error) {
	var answer struct {
		Nodes map[string]struct {
			Roles []string `json:"roles"`
		} `json:"nodes"`
	}
	if err := c.call(ctx, http.MethodGet, "/_nodes/http?filter_path=nodes.*.roles", nil, &answer); err != nil {
		return false, err
	}
	for _, node := range answer.Nodes {
		if slices.Contains(node.Roles, "remote_cluster_client") {
			return true, nil
		}
	}
	// A service that hides its nodes shows none.
	return len(answer.Nodes) == 0, nil
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
