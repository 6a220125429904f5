// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"maps"
	"sync"
	"time"
)

// state is what the cluster state keeps of a replication.
type state string

const (
	running state = "RUNNING"
	paused  state = "PAUSED"
	failed  state = "FAILED"
	stopped state = "STOPPED"
)

const userInitiated = "User initiated"

// notInProgress is the status of everything that is not replicated, and of much that cannot be told.
const notInProgress = "REPLICATION NOT IN PROGRESS"

// replication is one follower index.
type replication struct {
	follower string
	alias    string
	leader   string
	uuid     string // of the leader index when the replication began: a new one is another index
	created  time.Time
	task     int64

	// change is held while the replication is paused, resumed, stopped: one after the other.
	change sync.Mutex
	// moving is held while data or metadata of the index is written: a pause waits for it.
	moving sync.Mutex

	mu           sync.Mutex
	state        state
	stopping     bool // a stop is under way: the block is gone, nothing is copied, the state is as before
	reason       string
	settings     map[string]any // of the start or the last update; they go before the leader's
	shards       []*shard
	bootstrapped bool
	leaseLost    bool
	renewed      time.Time // when the retention lease was renewed last
	pausedItself time.Time
	missing      time.Time // since when the leader index cannot be read; zero: it can
	copying      bool      // a goroutine is at it
	failures     int       // in a row, of copying
	retryAt      time.Time
	written      counters
	interrupt    func() // ends what a copy asks of the leader; nil before the first

	// only touched while moving is held
	mappings string // the leader's, when last copied
}

// shard is how far one shard has come.
type shard struct {
	number int
	leader int64 // the leader's global checkpoint, as last seen
	copied int64 // every operation up to this one is on the follower
	docs   int64 // the leader's documents and bytes at the last look
	bytes  int64

	// known are the documents on the follower, only touched while moving is held. It is what tells
	// which documents the leader deleted: a deletion leaves nothing that could be searched.
	known map[string]document
}

type document struct {
	seqNo   int64
	routing string
}

// counters are what follower_stats counts.
type counters struct {
	operations int64
	failures   int64
	millis     int64
}

// view is what a replication is at one moment.
type view struct {
	follower, alias, leader, uuid string
	state                         state
	stopping                      bool
	reason                        string
	settings                      map[string]any
	bootstrapped                  bool
	shards                        []shard
	written                       counters
	created                       time.Time
	task                          int64
}

func (r *replication) view() view {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := view{
		follower: r.follower, alias: r.alias, leader: r.leader, uuid: r.uuid,
		state: r.state, stopping: r.stopping, reason: r.reason, settings: maps.Clone(r.settings),
		bootstrapped: r.bootstrapped, written: r.written, created: r.created, task: r.task,
	}
	for _, s := range r.shards {
		v.shards = append(v.shards, shard{number: s.number, leader: s.leader, copied: s.copied, docs: s.docs, bytes: s.bytes})
	}
	return v
}

func (r *replication) is(s state) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state == s
}

// copies tells whether data may be copied.
func (r *replication) copies() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state == running && !r.stopping
}

// drain waits until what a copy has under way has arrived; it does not wait for the leader. The state
// was changed before, so that nothing new begins.
func (r *replication) drain() {
	r.mu.Lock()
	if r.interrupt != nil {
		r.interrupt()
	}
	r.mu.Unlock()
	r.moving.Lock()
	r.moving.Unlock() //nolint:staticcheck // only to wait: the copier looks at the state before each batch
}

// checkpoints are the sums over the shards.
func (v view) checkpoints() (leader, follower int64) {
	for _, s := range v.shards {
		leader += s.leader
		follower += s.copied
	}
	return leader, follower
}

// progress is the part, from 0 to 1, of the operations that arrived. Of an empty shard all have.
func (s shard) progress() float64 {
	if s.leader < 0 {
		return 1
	}
	return min(float64(s.copied+1)/float64(s.leader+1), 1)
}

// leave ends the running of a replication: it is paused or failed. It waits until what is under way
// has arrived, but not for the leader, which may be silent. It tells whether the state changed.
func (p *Plugin) leave(r *replication, to state, reason string) bool {
	r.mu.Lock()
	if r.state == stopped || r.state == to {
		r.mu.Unlock()
		return false
	}
	r.state, r.reason = to, reason
	r.mu.Unlock()
	r.drain()
	p.remember(r)
	return true
}

// pauseItself is an automatic pause.
func (p *Plugin) pauseItself(r *replication, reason string) {
	r.mu.Lock()
	if r.state != running {
		r.mu.Unlock()
		return
	}
	r.pausedItself = time.Now()
	r.mu.Unlock()
	p.config.Log("replication of %s pauses itself: %s", r.follower, reason)
	p.leave(r, paused, reason)
}
