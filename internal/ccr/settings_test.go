// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestCheckReplicaSetting(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"index.number_of_replicas":                           "",
		"index.refresh_interval":                             "",
		"index.routing.allocation.include._tier":             "",
		"index.analysis.analyzer.my-analyzer.type":           "",
		"index.sorted":                                       "", // unlike index.sort.
		"number_of_replicas":                                 `"number_of_replicas" is not the full name of an index setting, such as index.number_of_replicas`,
		"index.":                                             `"index." is not the full name of an index setting, such as index.number_of_replicas`,
		"index.a b":                                          `"index.a b" is not the full name of an index setting, such as index.number_of_replicas`,
		"index.number_of_shards":                             "index.number_of_shards is fixed when an index is created, and a replica has its leader's. Remove it from settings",
		"index.sort.field":                                   "index.sort.field is fixed when an index is created, and a replica has its leader's. Remove it from settings",
		"index.version.created":                              "index.version.created is set by the cluster alone. Remove it from settings",
		"index.plugins.replication.follower.leader_index":    "index.plugins.replication.follower.leader_index is set by the cluster alone. Remove it from settings",
		"index.plugins.index_state_management.rollover_skip": "",
	} {
		got := ""
		if err := CheckReplicaSetting(name); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
