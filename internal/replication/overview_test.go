// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

func indexRecord(index, state, reason string) string {
	return fmt.Sprintf(`{"_source":{"connection_name":"lead","metadata_type":"INDEX","overall_state":%q,"reason":%q,"follower_context":{"resource":%q},"leader_context":{"resource":%q}}}`, state, reason, index, index)
}

func TestReader_Overview(t *testing.T) {
	t.Parallel()
	const stats = `{"num_syncing_indices":1,"num_paused_indices":%d,"index_stats":{"a":{"leader_checkpoint":7,"follower_checkpoint":5}}}`
	syncs := ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Syncing, LeaderCheckpoint: 7, FollowerCheckpoint: 5}
	paused := ccr.Replication{FollowerIndex: "b", LeaderAlias: "lead", LeaderIndex: "b", State: ccr.Paused, Reason: "planned work"}
	bare := paused
	bare.Reason = ""
	unreachable := syncs
	unreachable.State, unreachable.Reason = ccr.Unknown, "the follower has no connection to its leader, remote cluster lead"
	const marks = `{"a":{"settings":{"index.uuid":"u","index.plugins.replication.follower.leader_index":"lead:a"}},"b":{"settings":{"index.uuid":"u"}}}`
	for name, c := range map[string]struct {
		stats, remotes string
		records        reply
		routes         map[string]reply
		want           []ccr.Replication
		requests       int
	}{
		"all on record":     {fmt.Sprintf(stats, 1), `{"lead":{"connected":true}}`, hits(indexRecord("a", "RUNNING", "User initiated"), indexRecord("b", "PAUSED", "planned work")), nil, []ccr.Replication{syncs, paused}, 4},
		"the leader is out": {fmt.Sprintf(stats, 0), `{"lead":{"connected":false}}`, hits(indexRecord("a", "RUNNING", "")), nil, []ccr.Replication{unreachable}, 4},
		"a pause that is not on record yet": {
			fmt.Sprintf(stats, 1), `{"lead":{"connected":true}}`, hits(indexRecord("a", "RUNNING", ""), indexRecord("b", "RUNNING", "")),
			map[string]reply{statesRoute: ok(`{"metadata":{"replication_metadata":{"replication_details":{"a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"},"b":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"PAUSED"}}}}}`)},
			[]ccr.Replication{syncs, bare}, 5,
		},
		"a start that is not on record yet": {fmt.Sprintf(stats, 0), `{"lead":{"connected":true}}`, hits(), map[string]reply{marksRoute: ok(marks)}, []ccr.Replication{syncs}, 5},
		"records closed, all sync":          {fmt.Sprintf(stats, 0), `{"lead":{"connected":true}}`, forbidden, map[string]reply{marksRoute: ok(marks)}, []ccr.Replication{syncs}, 5},
		"records closed, one paused": {
			fmt.Sprintf(stats, 1), `{"lead":{"connected":true}}`, forbidden,
			map[string]reply{
				marksRoute: ok(marks), "GET /_plugins/_replication/b/_status": ok(`{"status":"PAUSED","reason":"planned work","leader_alias":"lead","leader_index":"b","follower_index":"b"}`),
			},
			[]ccr.Replication{syncs, paused}, 6,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newCluster(t)
			f.on(statsRoute, ok(c.stats))
			f.on(remotesRoute, ok(c.remotes))
			f.on(recordsRoute, c.records)
			f.on(rulesRoute, ok(`{"autofollow_stats":[{"name":"r","pattern":"x*","failed_indices":["x"]}]}`))
			for route, answer := range c.routes {
				f.on(route, answer)
			}
			got, err := f.reader(newClock()).Overview(t.Context())
			if err != nil || !reflect.DeepEqual(got.Replications, c.want) {
				t.Errorf("\n got %+v, %v\nwant %+v", got.Replications, err, c.want)
			}
			if made := f.seen(); len(made) != c.requests {
				t.Errorf("%d requests, want %d: %v", len(made), c.requests, made)
			}
		})
	}
}
