// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"maps"
	"strings"
)

// private are settings that belong to one index alone and cannot be given to another.
var private = []string{
	"index.uuid", "index.creation_date", "index.provided_name", "index.history.uuid",
	"index.version.", "index.resize.", "index.shrink.", "index.plugins.", "index.verified_before_close",
	"index.routing.allocation.initial_recovery.",
}

// notCopied are settings that the plugin leaves to each side.
var notCopied = []string{
	"index.blocks.", "index.routing.allocation.enable", "index.routing.rebalance.enable",
	"index.soft_deletes.retention_lease.period", "index.write.wait_for_active_shards",
}

// fixed are settings that hold for the life of an index, and for a replica are the leader's.
var fixed = []string{"index.number_of_shards", "index.number_of_routing_shards", "index.routing_partition_size"}

func begins(name string, with []string) bool {
	for _, prefix := range with {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// mirrored leaves of an index's settings those that a replica takes over.
func mirrored(settings map[string]any) map[string]any {
	out := maps.Clone(settings)
	maps.DeleteFunc(out, func(name string, _ any) bool { return begins(name, private) || begins(name, notCopied) })
	return out
}

// followerSettings are those of a replica: the leader's, and before them the ones that were asked for.
func followerSettings(leader, overrides map[string]any) map[string]any {
	out := mirrored(leader)
	out["index.final_pipeline"] = "_none" // the plugin restores an index, which no template has a part in
	for name, value := range overrides {
		if !begins(name, fixed) && !begins(name, private) {
			out[name] = value
		}
	}
	return out
}
