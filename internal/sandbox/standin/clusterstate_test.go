// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"fmt"
	"testing"
)

// replicaBlock is the plugin's block on one index.
func replicaBlock(index string) string {
	return fmt.Sprintf(`"%s":{"1000":{"description":"index read-only(cross-cluster-replication)","levels":["write","metadata_write"],"retryable":false}}`, index)
}

func TestClusterState_HasTheBlocksOfReplicas(t *testing.T) {
	leader, follower := sites(t, "blocks")
	for _, index := range []string{"blocks-a", "blocks-b", "blocks-c"} {
		leader.index(index, "")
		follower.start(index, "blocks", index)
		follower.becomes(index, "SYNCING")
	}
	follower.ok("POST", "/_plugins/_replication/blocks-b/_pause", "{}")
	follower.plugin.Fail("blocks-c", "disk on fire")
	follower.index("blocks-own", "")
	follower.ok("PUT", "/blocks-own/_block/write", "")
	read := func(path string) string { return text(t, follower.ok("GET", path, "")) }

	const own = `"blocks-own":{"8":{"description":"index write (api)","levels":["write"],"retryable":false}}`
	all := replicaBlock("blocks-a") + "," + replicaBlock("blocks-b") + "," + replicaBlock("blocks-c") + "," + own
	const state = `"metadata":{"replication_metadata":{"replication_details":{` +
		`"blocks-a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"},"blocks-b":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"PAUSED"},` +
		`"blocks-c":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"FAILED"}}}}`
	for path, want := range map[string]string{
		"/_cluster/state/blocks?filter_path=blocks.indices":                                                 `{"blocks":{"indices":{` + all + `}}}`,
		"/_cluster/state?filter_path=blocks":                                                                `{"blocks":{"indices":{` + all + `}}}`,
		"/_cluster/state/metadata,blocks?filter_path=metadata.replication_metadata,blocks.indices":          `{"blocks":{"indices":{` + all + `}},` + state + `}`,
		"/_cluster/state/_all?filter_path=metadata.replication_metadata,blocks.indices.blocks-b":            `{"blocks":{"indices":{` + replicaBlock("blocks-b") + `}},` + state + `}`,
		"/_cluster/state/blocks?filter_path=blocks.indices.*.1000.levels,-**.blocks-b,-**.blocks-c":         `{"blocks":{"indices":{"blocks-a":{"1000":{"levels":["write","metadata_write"]}}}}}`,
		"/_cluster/state/metadata?filter_path=blocks":                                                       `{}`,
		"/_cluster/state/nodes?filter_path=blocks,metadata":                                                 `{}`,
		"/_cluster/state/metadata,blocks/blocks-a?filter_path=metadata.replication_metadata,blocks.indices": `{"blocks":{"indices":{` + all + `}},` + state + `}`,
	} {
		if got := read(path); got != want {
			t.Errorf("GET %s: %s, want %s", path, got, want)
		}
	}
	for _, index := range []string{"blocks-a", "blocks-b", "blocks-c"} {
		follower.ok("POST", "/_plugins/_replication/"+index+"/_stop", "{}")
	}
	if got := read("/_cluster/state/blocks?filter_path=blocks.indices"); got != `{"blocks":{"indices":{`+own+`}}}` {
		t.Errorf("after the stops: %s", got)
	}
}

// An index in the path does not restrict blocks: that is the node's own doing, which the plugin's block follows.
func TestClusterState_NodeShowsAllBlocksForOneIndex(t *testing.T) {
	_, follower := sites(t, "blocks-node")
	for _, index := range []string{"blocks-x", "blocks-y"} {
		follower.index(index, "")
		follower.ok("PUT", "/"+index+"/_block/write", "")
	}
	if got := text(t, follower.ok("GET", "/_cluster/state/blocks/blocks-x?filter_path=blocks.indices.*.8.levels", "")); !contains(got, "blocks-y") {
		t.Errorf("the blocks of one index only: %s", got)
	}
}
