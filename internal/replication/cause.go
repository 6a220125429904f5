// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Cause says what is amiss on the follower with a replication that does not come
// about, where its status does not tell: the connection, the shards of the
// follower index, the plugin's task. It is empty where nothing is found.
func (r *Reader) Cause(ctx context.Context, alias, index string) string {
	var causes []string
	r.Forget()
	if remotes, err := r.Remotes(ctx); err == nil && remotes != nil {
		switch c, exists := remotes[alias]; {
		case !exists:
			causes = append(causes, "the follower has no connection "+alias)
		case !c.Connected:
			causes = append(causes, fmt.Sprintf("the follower is not connected to %s (mode %s, %s)", alias, c.Mode, strings.Join(c.Addresses, ", ")))
		}
	}
	var health struct {
		Status     string `json:"status"`
		Unassigned int    `json:"unassigned_shards"`
	}
	err := r.call(ctx, http.MethodGet, "/_cluster/health"+path(index), nil, &health)
	if err == nil && health.Status == "red" {
		causes = append(causes, fmt.Sprintf("the follower index is red: %d of its shards are not assigned to a node, which GET /_cluster/allocation/explain explains", health.Unassigned))
	}
	tasks, err := r.replicationTasks(ctx)
	if err == nil && !slices.ContainsFunc(tasks, func(t task) bool { return strings.HasSuffix(t.Description, "-> "+index) }) {
		causes = append(causes, "no node works on it: it needs one with the role remote_cluster_client")
	}
	return strings.Join(causes, "; ")
}
