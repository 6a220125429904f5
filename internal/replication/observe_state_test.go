// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

const statusOfA = "GET /_plugins/_replication/a/_status"

// look is what is looked at of one index, in words.
func look(f ccr.FollowerIndex) string {
	words := func(present, absent, unknown bool) string {
		switch {
		case present:
			return "yes"
		case absent:
			return "no"
		case unknown:
			return "unknown"
		}
		return "?"
	}
	id, exists := f.Index.Value()
	_, gone := f.Index.Absent()
	_, unseen := f.Index.Unknown()
	_, blocked := f.Block.Value()
	_, free := f.Block.Absent()
	_, closed := f.Block.Unknown()
	source, marked := f.Source.Value()
	_, unmarked := f.Source.Absent()
	_, hidden := f.Source.Unknown()
	mark := words(marked, unmarked, hidden)
	if marked {
		mark = source.String()
	}
	return fmt.Sprintf("%s index=%s%s mark=%s block=%s reason=%q %d/%d", f.State, words(exists, gone, unseen), id.UUID, mark, words(blocked, free, closed), f.Reason, f.FollowerCheckpoint, f.LeaderCheckpoint)
}

// The state of one index by each source of it, as a question of this index alone
// and as one of many that share what is read of all. The requests are those
// beyond the four that are always made: connections, marks, cluster state, statistics.
func TestObserve_StateOfAnIndex(t *testing.T) {
	const (
		marked   = `{"a":{"settings":{"index.uuid":"u","index.plugins.replication.follower.leader_index":"lead:a"}}}`
		unmarked = `{"a":{"settings":{"index.uuid":"u","index.plugins.replication.follower.leader_index":null}}}`
		syncing  = `{"num_syncing_indices":1,"index_stats":{"a":{"leader_checkpoint":7,"follower_checkpoint":5}}}`
		counted  = `{"num_paused_indices":1,"index_stats":{}}`
		others   = `{"num_syncing_indices":1,"index_stats":{"other":{"leader_checkpoint":7,"follower_checkpoint":5}}}`
		block    = `,"blocks":{"indices":{"a":{"1000":{}}}}`
		otherBlk = `{"metadata":{"replication_metadata":{"replication_details":{"other":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"}}}},"blocks":{"indices":{"other":{"1000":{}}}}}`
	)
	recorded := func(state string) string {
		return `{"metadata":{"replication_metadata":{"replication_details":{"a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"` + state + `"}}}}` + block + `}`
	}
	record := func(state, reason string) reply { return hits(indexRecord("a", state, reason)) }
	protected := ok(`{}`)
	for name, tt := range map[string]struct {
		marks        string
		state, stats reply
		records      reply
		status       []reply
		want         string
		more         int // -1: not counted
		least, most  time.Duration
		onlyAlone    bool
	}{
		"syncs, by the statistics": {
			marks: marked, state: ok(recorded("RUNNING")), stats: ok(syncing),
			want: `SYNCING index=yesu mark=lead:a block=yes reason="" 5/7`,
		},
		"syncs, the cluster state closed": {
			marks: marked, state: forbidden, stats: ok(syncing),
			want: `SYNCING index=yesu mark=lead:a block=unknown reason="" 5/7`,
		},
		"syncs, the statistics closed": {
			marks: marked, state: ok(recorded("RUNNING")), stats: forbidden, status: []reply{syncs(7, 5)},
			want: `SYNCING index=yesu mark=lead:a block=yes reason="User initiated" 5/7`, more: 1,
		},
		"syncs, both closed": {
			marks: marked, state: forbidden, stats: forbidden, status: []reply{syncs(7, 5)},
			want: `SYNCING index=yesu mark=lead:a block=unknown reason="User initiated" 5/7`, more: 1,
		},
		"syncs, the mark hidden": {
			marks: unmarked, state: ok(recorded("RUNNING")), stats: ok(syncing), records: record("RUNNING", ""),
			want: `SYNCING index=yesu mark=lead:a block=yes reason="" 5/7`, more: 1,
		},
		"syncs, the mark hidden and the records protected": {
			marks: unmarked, state: ok(recorded("RUNNING")), stats: ok(syncing), records: protected,
			want: `SYNCING index=yesu mark=unknown block=yes reason="" 5/7`, more: 1,
		},
		"syncs, as on Amazon: the mark and the cluster state filtered, the records closed": {
			marks: unmarked, state: ok(`{}`), stats: ok(syncing), records: forbidden,
			want: `SYNCING index=yesu mark=unknown block=unknown reason="" 5/7`, more: 1,
		},
		"a copy under way": {
			marks: marked, state: ok(recorded("RUNNING")), stats: ok(`{"num_bootstrapping_indices":1}`), status: []reply{status("BOOTSTRAPPING", "")},
			want: `BOOTSTRAPPING index=yesu mark=lead:a block=yes reason="" 0/0`, more: 1,
		},
		"paused, by the records": {
			marks: marked, state: ok(recorded("PAUSED")), stats: ok(counted), records: record("PAUSED", "planned work"),
			want: `PAUSED index=yesu mark=lead:a block=yes reason="planned work" 0/0`, more: 1,
		},
		"paused, the statistics late": {
			marks: marked, state: ok(recorded("PAUSED")), stats: ok(syncing), records: record("PAUSED", "planned work"),
			want: `PAUSED index=yesu mark=lead:a block=yes reason="planned work" 0/0`, more: 1,
		},
		"paused, the records 1 s late": {
			marks: marked, state: ok(recorded("PAUSED")), stats: ok(counted), records: record("RUNNING", ""), status: []reply{status("PAUSED", "just now")},
			want: `PAUSED index=yesu mark=lead:a block=yes reason="just now" 0/0`, more: 2,
		},
		"paused, the records protected": {
			marks: marked, state: ok(recorded("PAUSED")), stats: ok(counted), records: protected, status: []reply{status("PAUSED", "by its status")},
			want: `PAUSED index=yesu mark=lead:a block=yes reason="by its status" 0/0`, more: 2,
		},
		"paused, the records closed": {
			marks: marked, state: ok(recorded("PAUSED")), stats: ok(counted), records: forbidden, status: []reply{status("PAUSED", "by its status")},
			want: `PAUSED index=yesu mark=lead:a block=yes reason="by its status" 0/0`, more: 2,
		},
		"paused, the cluster state closed": {
			marks: marked, state: forbidden, stats: ok(counted), status: []reply{status("PAUSED", "by its status")},
			want: `PAUSED index=yesu mark=lead:a block=unknown reason="by its status" 0/0`, more: 1,
		},
		"paused, as on Amazon": {
			marks: unmarked, state: ok(`{}`), stats: ok(counted), records: forbidden, status: []reply{status("PAUSED", "by its status")},
			want: `PAUSED index=yesu mark=lead:a block=unknown reason="by its status" 0/0`, more: 2,
		},
		"resumed a moment ago, the cluster state first": {
			marks: marked, state: ok(recorded("RUNNING")), stats: ok(counted), status: []reply{syncs(7, 7)},
			want: `SYNCING index=yesu mark=lead:a block=yes reason="User initiated" 7/7`, more: 1,
		},
		"failed": {
			marks: marked, state: ok(recorded("FAILED")), stats: ok(`{"num_failed_indices":1}`), status: []reply{status("FAILED", "disk full")},
			want: `FAILED index=yesu mark=lead:a block=yes reason="disk full" 0/0`, more: 1,
		},
		"stopped: mark and block are gone, for 10 s": {
			marks: unmarked, state: ok(otherBlk), stats: ok(others), status: []reply{notInProgress}, onlyAlone: true,
			want: `REPLICATION NOT IN PROGRESS index=yesu mark=no block=no reason="" 0/0`, more: -1, least: ccr.SettleTime, most: 13 * time.Second,
		},
		"not in progress for good although it is marked": {
			marks: marked, state: ok(recorded("RUNNING")), stats: ok(`{}`), status: []reply{notInProgress},
			want: `REPLICATION NOT IN PROGRESS index=yesu mark=lead:a block=yes reason="" 0/0`, more: -1, least: ccr.SettleTime, most: 13 * time.Second,
		},
		"its node came back": {
			marks: marked, state: ok(recorded("RUNNING")), stats: ok(`{"num_bootstrapping_indices":1}`), status: append(repeated(3, notInProgress), syncs(7, 7)),
			want: `SYNCING index=yesu mark=lead:a block=yes reason="User initiated" 7/7`, more: 4, least: time.Second, most: 4 * time.Second,
		},
		"its node comes and goes": {
			marks: marked, state: ok(recorded("RUNNING")), stats: ok(`{}`), status: append(repeated(6, notInProgress), status("RUNNING", "")),
			want: `RUNNING index=yesu mark=lead:a block=yes reason="" 0/0`, more: 7, least: time.Second, most: ccr.SettleTime,
		},
		"the leader cannot be reached": {
			marks: marked, state: ok(recorded("RUNNING")), stats: ok(`{}`), status: []reply{leaderDown},
			want: `UNKNOWN index=yesu mark=lead:a block=yes reason="" 0/0`, more: 1,
		},
		"the leader cannot be reached, and all else is hidden: it is a replica for all that": {
			marks: unmarked, state: forbidden, stats: forbidden, records: forbidden, status: []reply{leaderDown},
			want: `UNKNOWN index=yesu mark=unknown block=yes reason="" 0/0`, more: 2,
		},
		"the leader cannot be reached after it was paused on record": {
			marks: marked, state: ok(recorded("PAUSED")), stats: ok(counted), records: forbidden, status: []reply{leaderDown},
			want: `PAUSED index=yesu mark=lead:a block=yes reason="" 0/0`, more: 2,
		},
		"no index": {
			marks: `{}`, state: ok(otherBlk), stats: ok(others), onlyAlone: true,
			want: `REPLICATION NOT IN PROGRESS index=no mark=no block=no reason="" 0/0`,
		},
		"on record without an index": {
			marks: `{}`, state: ok(recorded("RUNNING")), stats: ok(`{}`), status: []reply{notInProgress},
			want: `REPLICATION NOT IN PROGRESS index=no mark=no block=yes reason="" 0/0`, more: -1, least: ccr.SettleTime, most: 13 * time.Second,
		},
	} {
		for _, shared := range []bool{false, true} {
			if shared && tt.onlyAlone {
				continue
			}
			t.Run(fmt.Sprintf("%s/shared=%v", name, shared), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fake := newCluster(t)
					fake.on(marksRoute, ok(tt.marks))
					fake.on("GET /a/_settings/index.uuid,index.plugins.replication.follower.leader_index", ok(tt.marks))
					fake.on(stateRoute, tt.state)
					fake.on(statsRoute, tt.stats)
					fake.on(remotesRoute, ok(`{"lead":{"connected":true}}`))
					if tt.records.status != 0 {
						fake.on(recordsRoute, tt.records)
					}
					if len(tt.status) > 0 {
						fake.on(statusOfA, tt.status...)
					}
					start := time.Now()
					o, err := fake.reader(clock.Real{}).Observe(t.Context(), Question{Alias: "lead", Only: []string{"a"}, LeaderIndex: "known", Shared: shared, Leaderless: true})
					if err != nil {
						t.Fatal(err)
					}
					if got := look(o.Indices.At("a")); got != tt.want || o.Indices.Len() != 1 {
						t.Errorf("\n got %s (%d)\nwant %s", got, o.Indices.Len(), tt.want)
					}
					took(t, time.Since(start), tt.least, tt.most)
					if made := len(fake.seen()) - 4; tt.more >= 0 && made != tt.more {
						t.Errorf("%d requests beyond the four, want %d: %q", made, tt.more, fake.seen())
					}
				})
			})
		}
	}
}

func indexRecord(index, state, reason string) string {
	return fmt.Sprintf(`{"_source":{"connection_name":"lead","metadata_type":"INDEX","overall_state":%q,"reason":%q,"follower_context":{"resource":%q},"leader_context":{"resource":%q}}}`, state, reason, index, index)
}

func hits(records ...string) reply {
	together := ""
	for i, r := range records {
		if i > 0 {
			together += ","
		}
		together += r
	}
	return ok(`{"hits":{"hits":[` + together + `]}}`)
}
