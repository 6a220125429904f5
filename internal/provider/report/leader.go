// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/access"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// CheckConnection refuses a leader alias that the follower does not know and
// that no opensearch_ccr_connection of the plan creates. object is the resource,
// such as "replication of index movies on here". It reports whether the leader can be asked. A follower
// that cannot be asked, or that has just come back and shows no connection for a
// moment, refuses nothing.
func CheckConnection(ctx context.Context, c *access.Clients, reader *replication.Reader, cluster, alias, object string, diags *diag.Diagnostics) (connected bool) {
	connections, err := reader.Remotes(ctx)
	if err != nil || connections == nil || reader.HasWritten() { // in an apply the start itself tells
		return false
	}
	if connection, exists := connections[alias]; exists {
		return connection.Connected
	}
	if c.Planned(ctx, "connection "+cluster+"/"+alias) {
		return false
	}
	settings, err := reader.RemoteSettings(ctx)
	if _, configured := settings[alias]; configured {
		return false
	} else if err != nil {
		diags.AddAttributeWarning(path.Root("leader_alias"), fmt.Sprintf("The leader of the %s is not known", object), fmt.Sprintf("Cluster %s shows no remote cluster named %s. Without it the %s cannot be created. Check the name.", cluster, alias, object))
		return false
	}
	known := "It has none"
	if names := slices.Sorted(maps.Keys(connections)); len(names) > 0 {
		known = "It has " + strings.Join(names, ", ")
	}
	diags.AddAttributeError(path.Root("leader_alias"), fmt.Sprintf("Connection %s does not exist on %s", alias, cluster),
		fmt.Sprintf("Cluster %s has no remote cluster named %s, and no opensearch_ccr_connection of this plan creates it, so the %s cannot be created. %s. "+
			"Correct the name, or add an opensearch_ccr_connection and set leader_alias to its name (opensearch_ccr_connection.LABEL.name). If something else creates the connection, apply that first.",
			cluster, alias, object, known))
	return false
}

// CheckLeaderIndex refuses a name that the leader has for something that cannot
// be replicated. An index that does not exist yet is a warning: the same apply
// may create it with another provider.
func CheckLeaderIndex(ctx context.Context, reader *replication.Reader, cluster, alias, index, object string, diags *diag.Diagnostics) {
	at := path.Root("leader_index")
	switch name := reader.LeaderName(ctx, alias, index); name {
	case replication.LeaderAlias, replication.LeaderDataStream:
		diags.AddAttributeError(at, fmt.Sprintf("%s is not an index of leader %s", index, alias),
			fmt.Sprintf("%s is %s on leader %s of cluster %s, and only an index can be replicated. Set leader_index to the index behind it.", index, name, alias, cluster))
	case replication.LeaderIndexClosed:
		diags.AddAttributeWarning(at, fmt.Sprintf("The leader index of the %s is closed", object),
			fmt.Sprintf("Index %s is closed on leader %s of cluster %s. A replication of it can start only when it is open.", index, alias, cluster))
	case replication.LeaderNothing:
		diags.AddAttributeWarning(at, fmt.Sprintf("The leader index of the %s does not exist", object),
			fmt.Sprintf("Leader %s of cluster %s has no index %s. Unless the same apply creates it first, the replication cannot start. Check the name.", alias, cluster, index))
	case replication.LeaderIndexOpen:
	}
}
