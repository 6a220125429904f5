// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

// Ended is where the replication of an index ended.
type Ended struct {
	// Checkpoint is the operation of the leader up to which the follower has
	// everything, as `_status` has it: the sum of the sequence numbers over the
	// shards, -1 for an empty one.
	Checkpoint Fact[int64]
	// Sequence is the same sum of the follower index itself right after the end:
	// what it counts beyond that was written to the follower.
	Sequence Fact[int64]
	// InSync: when it ended, the follower had every operation of the leader.
	InSync bool
}

// EndedInSync is where a replication ends that was just seen in sync.
func EndedInSync(f FollowerIndex) Ended {
	return Ended{Checkpoint: Present(f.FollowerCheckpoint), InSync: true}
}

// EndedAlone is where a replication ends whose leader cannot be reached: what was
// seen last. A shard that was not opened yet counts less than -1, and says nothing.
func EndedAlone(f FollowerIndex) Ended {
	if _, known := f.Lag(); !known {
		return Ended{Checkpoint: Unknown[int64]("the follower did not report it")}
	}
	return Ended{Checkpoint: Present(f.FollowerCheckpoint)}
}

// Content is what an index has.
type Content struct {
	UUID      string
	Documents int64
	// Bytes is the size of the primary shards.
	Bytes int64
	// Sequence is the sum of the last sequence numbers of the primary shards, -1
	// for an empty one.
	Sequence int64
}

// Divergence is how two indices of one name differ, of which one is deleted and
// copied again from the other.
type Divergence struct {
	Index string
	// OnlyDeleted are the operations that only the index has that is deleted,
	// OnlyKept those that only the other has. That one of the two does not exist is absent.
	OnlyDeleted, OnlyKept Fact[int64]
	// Deleted and Kept are what the two have.
	Deleted, Kept Fact[Content]
}

// Copies are the indices of two services of which one is copied again from the
// other, as far as they could be read.
type Copies struct {
	// Kept is the service that is copied from, Deleted the one whose indices are
	// deleted.
	Kept, Deleted Fact[map[string]Content]
	// Ended is where the last replication between the two ended, by follower
	// index: the last moment at which both had the same.
	Ended map[string]Ended
	// Back: it is copied again in the direction of the last replication, so the
	// copy is deleted. Else the direction is reversed, and the former leader's is.
	Back bool
	// Fenced: the leader takes no writes from before the copies are in sync until
	// its indices are deleted, so neither side has anything of its own.
	Fenced bool
}

// Diverge says for each of the named indices how the two differ.
func (c Copies) Diverge(names []string) []Divergence {
	out := make([]Divergence, 0, len(names))
	for _, name := range names {
		d := Divergence{Index: name, Deleted: contentOf(c.Deleted, name), Kept: contentOf(c.Kept, name)}
		ended, recorded := c.Ended[name]
		ofLeader, ofFollower := &d.OnlyDeleted, &d.OnlyKept
		leader, follower := d.Deleted, d.Kept
		if c.Back {
			ofLeader, ofFollower = ofFollower, ofLeader
			leader, follower = follower, leader
		}
		switch {
		case c.Fenced:
			d.OnlyDeleted, d.OnlyKept = Present[int64](0), Present[int64](0)
		case !recorded:
			*ofLeader, *ofFollower = Unknown[int64]("where its replication ended is not recorded"), Unknown[int64]("where its replication ended is not recorded")
		default:
			*ofLeader, *ofFollower = since(leader, ended.Checkpoint), since(follower, ended.Sequence)
		}
		out = append(out, d)
	}
	return out
}

// SequenceOf is the last sequence number of an index, as far as it is known.
func SequenceOf(contents Fact[map[string]Content], index string) Fact[int64] {
	content := contentOf(contents, index)
	if has, there := content.Value(); there {
		return Present(has.Sequence)
	}
	why, _ := content.Unknown()
	return Unknown[int64](why)
}

func contentOf(all Fact[map[string]Content], name string) Fact[Content] {
	read, known := all.Value()
	if !known {
		why, _ := all.Unknown()
		return Unknown[Content](why)
	}
	if content, there := read[name]; there {
		return Present(content)
	}
	return Absent[Content]("it has no open index of that name")
}

// since are the operations that an index has beyond a checkpoint. Fewer than none
// cannot be: it is another index then.
func since(content Fact[Content], checkpoint Fact[int64]) Fact[int64] {
	has, there := content.Value()
	from, recorded := checkpoint.Value()
	if proof, absent := content.Absent(); absent {
		return Absent[int64](proof.String())
	}
	why, unread := content.Unknown()
	switch {
	case unread:
		return Unknown[int64](why)
	case !recorded:
		return Unknown[int64]("the checkpoint at which its replication ended is not known")
	case !there || has.Sequence < from:
		return Unknown[int64]("it is another index than at the end of the replication")
	}
	return Present(has.Sequence - from)
}
