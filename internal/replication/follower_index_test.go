// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import "encoding/json"

// one answers the routes about one index.
func (f *follower) one(name, route, body string) reply {
	ix, exists := f.indices[name]
	replica := exists && ix.record != ""
	if instead, refuses := f.refuses[route+" "+name]; refuses {
		return instead
	}
	switch {
	case route == "_start":
		return f.start(name, exists, body)
	case route == "_status":
		return f.statusNow(name, ix, replica)
	case !replica:
		return refused(400, "illegal_argument_exception", "No replication in progress for index:"+name)
	case route == "_pause":
		ix.record, ix.stored, ix.reason = "PAUSED", "PAUSED", "User initiated"
	case route == "_resume" && ix.record == "RUNNING":
		return refused(400, "resource_already_exists_exception", "Replication on Index "+name+" is already running")
	case route == "_resume":
		if answer, cut := f.cut(connectFails); cut {
			return answer
		}
		ix.record, ix.stored, ix.reason = "RUNNING", "RUNNING", ""
	case route == "_stop" && f.known && f.leader == leaderIsSilent:
		return hangs
	case route == "_stop":
		ix.record = ""
	}
	return acknowledged
}

func (f *follower) start(name string, exists bool, body string) reply {
	if exists {
		return refused(400, "illegal_argument_exception", "Cant use same index again for replication. Delete the index:"+name)
	}
	if answer, cut := f.cut(connectFails); cut {
		return answer
	}
	var start struct {
		Alias string `json:"leader_alias"`
		Index string `json:"leader_index"`
	}
	if err := json.Unmarshal([]byte(body), &start); err != nil {
		f.t.Errorf("start %s: %v", body, err)
	}
	ix := f.add(name)
	ix.record, ix.alias, ix.leader = "RUNNING", start.Alias, start.Index
	return acknowledged
}

func (f *follower) statusNow(name string, ix *followed, replica bool) reply {
	if ix != nil && len(ix.says) > 0 {
		first := ix.says[0]
		ix.says = ix.says[1:]
		return first
	}
	if !replica || !f.known && ix.record == "RUNNING" {
		return notInProgress
	}
	answer := map[string]any{"status": ix.record, "reason": ix.reason, "leader_alias": ix.alias, "leader_index": ix.leader, "follower_index": name}
	switch {
	case ix.record == "RUNNING" && ix.unsynced:
		answer["status"] = "BOOTSTRAPPING"
	case ix.record == "RUNNING":
		if instead, cut := f.cut(leaderDown); cut {
			return instead
		}
		answer["status"] = "SYNCING"
		answer["syncing_details"] = map[string]int{"leader_checkpoint": ix.leaderCheckpoint, "follower_checkpoint": ix.followerCheckpoint}
	}
	return encoded(answer)
}
