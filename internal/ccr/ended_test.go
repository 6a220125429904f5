// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

// What the report of a reversal is worked out from: sequence numbers against the checkpoints at
// which the last replication ended.
func TestDiverge(t *testing.T) {
	t.Parallel()
	has := func(sequence int64) Fact[map[string]Content] {
		return Present(map[string]Content{"movies": {UUID: "u", Sequence: sequence}})
	}
	ended := func(checkpoint, sequence Fact[int64]) map[string]Ended {
		return map[string]Ended{"movies": {Checkpoint: checkpoint, Sequence: sequence}}
	}
	unread := Unknown[map[string]Content]("403")
	for name, c := range map[string]struct {
		copies            Copies
		onDeleted, onKept string
	}{
		"the former leader is deleted": {
			Copies{Kept: has(14), Deleted: has(12), Ended: ended(Present[int64](10), Present[int64](9))}, "2", "5"},
		"the copy is deleted": {
			Copies{Kept: has(12), Deleted: has(14), Ended: ended(Present[int64](10), Present[int64](9)), Back: true}, "5", "2"},
		"nothing was written": {
			Copies{Kept: has(9), Deleted: has(10), Ended: ended(Present[int64](10), Present[int64](9))}, "0", "0"},
		"the leader is fenced": {
			Copies{Kept: unread, Deleted: unread, Fenced: true}, "0", "0"},
		"nothing was recorded": {
			Copies{Kept: has(14), Deleted: has(12)}, "unknown: where its replication ended is not recorded", "unknown: where its replication ended is not recorded"},
		"the checkpoint was not known": {
			Copies{Kept: has(14), Deleted: has(12), Ended: ended(Unknown[int64]("x"), Unknown[int64]("x"))},
			"unknown: the checkpoint at which its replication ended is not known", "unknown: the checkpoint at which its replication ended is not known"},
		"one cannot be read": {
			Copies{Kept: has(14), Deleted: unread, Ended: ended(Present[int64](10), Present[int64](9))}, "unknown: 403", "5"},
		"one is another index": {
			Copies{Kept: has(14), Deleted: has(1), Ended: ended(Present[int64](10), Present[int64](9))},
			"unknown: it is another index than at the end of the replication", "5"},
		"one does not exist": {
			Copies{Kept: has(14), Deleted: Present(map[string]Content{}), Ended: ended(Present[int64](10), Present[int64](9))},
			"absent: it has no open index of that name", "5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := c.copies.Diverge([]string{"movies"})
			if len(rows) != 1 || told(rows[0].OnlyDeleted) != c.onDeleted || told(rows[0].OnlyKept) != c.onKept {
				t.Errorf("only the deleted one has %s, only the kept one %s; want %s and %s", told(rows[0].OnlyDeleted), told(rows[0].OnlyKept), c.onDeleted, c.onKept)
			}
		})
	}
}

func told(f Fact[int64]) string {
	if n, known := f.Value(); known {
		return string(rune('0' + n))
	}
	if proof, absent := f.Absent(); absent {
		return "absent: " + proof.String()
	}
	why, _ := f.Unknown()
	return "unknown: " + why
}

func TestEndedAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		f    FollowerIndex
		want string
	}{
		"syncing":               {FollowerIndex{State: Syncing, LeaderCheckpoint: 5, FollowerCheckpoint: 4}, "4"},
		"not opened yet":        {FollowerIndex{State: Syncing, LeaderCheckpoint: 5, FollowerCheckpoint: -2}, "unknown: the follower did not report it"},
		"paused":                {FollowerIndex{State: Paused, FollowerCheckpoint: 4}, "unknown: the follower did not report it"},
		"its state is unknown":  {FollowerIndex{State: StateUnknown}, "unknown: the follower did not report it"},
		"a copy is still made":  {FollowerIndex{State: Bootstrapping}, "unknown: the follower did not report it"},
		"an empty index, alone": {FollowerIndex{State: Syncing, LeaderCheckpoint: 0, FollowerCheckpoint: 0}, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := EndedAlone(c.f); told(got.Checkpoint) != c.want || got.InSync {
				t.Errorf("it ended at %s, in sync %v; want %s", told(got.Checkpoint), got.InSync, c.want)
			}
		})
	}
}
