// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// link follows one leader: it looks at the checkpoints of all its indices in one request, as long as
// one of them is replicated, and has the shards copied that are behind.
type link struct {
	plugin *Plugin
	alias  string
	wakeup chan struct{}
	slots  chan struct{} // bounds how many indices are copied at once

	failures int // in a row, of reaching the leader
	synced   time.Time
}

// concurrentCopies bounds the load on small machines; one slow index does not hold up the others.
const concurrentCopies = 6

func newLink(p *Plugin, alias string) *link {
	return &link{
		plugin: p, alias: alias, synced: time.Now(),
		wakeup: make(chan struct{}, 1), slots: make(chan struct{}, concurrentCopies),
	}
}

// wake makes the link look now instead of at its next turn.
func (l *link) wake() {
	select {
	case l.wakeup <- struct{}{}:
	default: // it will
	}
}

func (l *link) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wakeup:
		case <-timer.C:
		}
		timer.Reset(l.turn(ctx))
	}
}

// turn looks once and says when to look again.
func (l *link) turn(ctx context.Context) time.Duration {
	const idle = time.Hour // a start or a resume wakes the link
	following := l.following()
	if len(following) == 0 {
		return idle
	}
	timing := l.plugin.timing
	if l.plugin.recovering() {
		return timing.Poll
	}
	began := time.Now()
	leader, stats, err := l.look(ctx)
	var api *apiError
	switch {
	case err == nil:
		if l.failures > 0 {
			l.plugin.work.Go(func() { l.reconnect(ctx) })
		}
		l.failures = 0
	case errors.As(err, &api) && api.kind == "no_such_remote_cluster_exception":
		for _, r := range following {
			l.unreadable(r, "org.opensearch.transport.NoSuchRemoteClusterException", api.reason)
		}
		return timing.Poll
	case ctx.Err() != nil:
		return idle
	case errors.Is(err, errOwnNode):
		return timing.RetryFirst
	default:
		// As the plugin's readers do: once a second at first, once a minute in the end.
		l.failures++
		l.plugin.config.Log("leader %s: %v", l.alias, err)
		for _, r := range following {
			l.leaseFails(r)
		}
		return timing.backoff(l.failures)
	}
	for _, r := range following {
		l.follow(ctx, r, leader, stats)
	}
	if interval := l.plugin.settings.duration("plugins.replication.follower.metadata_sync_interval"); time.Since(l.synced) >= interval {
		l.synced = time.Now()
		l.plugin.work.Go(func() { l.syncMetadata(ctx, leader, following) })
	}
	// A large leader takes its time to answer: look less often then.
	return max(timing.Poll, 4*time.Since(began))
}

// reconnect makes the follower's node use its own connection to the leader, as the real plugin's
// readers do all the time: a node takes up a connection that broke only when somebody asks for it.
func (l *link) reconnect(ctx context.Context) {
	err := l.plugin.node.call(ctx, http.MethodGet, "/_resolve/index/"+url.PathEscape(l.alias+":*"), nil, nil)
	if err != nil && ctx.Err() == nil {
		l.plugin.config.Log("connection to the leader %s: %v", l.alias, err)
	}
}

// following are the replications that run over this link.
func (l *link) following() []*replication {
	var out []*replication
	for _, r := range l.plugin.all() {
		if r.alias == l.alias && r.copies() {
			out = append(out, r)
		}
	}
	return out
}

func (l *link) look(ctx context.Context) (remote, map[string]leaderStats, error) {
	leader, err := l.plugin.resolve(ctx, l.alias)
	if err != nil {
		return leader, nil, err
	}
	stats, err := leader.stats(ctx, "")
	if !answered(err) {
		leader.forgetConnections()
	}
	return leader, stats, err
}

// follow compares one replication with its leader index.
func (l *link) follow(ctx context.Context, r *replication, leader remote, all map[string]leaderStats) {
	stats, found := all[r.leader]
	if !found || stats.uuid != r.uuid {
		// An index whose shards are not open yet has no statistics either.
		if uuid, err := leader.uuid(ctx, r.leader); err == nil && uuid != r.uuid {
			l.gone(r)
		}
		return
	}
	l.plugin.countRead(leader, r.leader, 0, 0, 0)
	if r.see(stats, time.Now()) {
		l.plugin.work.Go(func() { l.copy(ctx, r, leader) })
	}
}

// gone handles a leader index that was deleted, or replaced by another of its name. With the setting
// of 3.x the deletion is carried over, else the replication pauses itself after a while.
func (l *link) gone(r *replication) {
	if !l.plugin.settings.bool("plugins.replication.replicate.delete_index") {
		l.unreadable(r, "org.opensearch.index.IndexNotFoundException", fmt.Sprintf("no such index [%s]", r.leader))
		return
	}
	l.plugin.work.Go(func() { l.plugin.deleteWithLeader(r) })
}

func (p *Plugin) deleteWithLeader(r *replication) {
	r.change.Lock()
	defer r.change.Unlock()
	if !r.copies() {
		return
	}
	r.mu.Lock()
	r.bootstrapped = false // makes the stop delete the index
	r.mu.Unlock()
	if err := p.stop(r); err != nil {
		p.config.Log("delete %s, as on the leader: %v", r.follower, err)
	}
}

// unreadable pauses a replication whose leader index could not be read for a while.
func (l *link) unreadable(r *replication, exception, message string) {
	r.mu.Lock()
	if r.missing.IsZero() {
		r.missing = time.Now()
	}
	tooLong := time.Since(r.missing) >= l.plugin.timing.Unreadable
	r.mu.Unlock()
	if !tooLong {
		return
	}
	l.plugin.work.Go(func() { l.plugin.pauseItself(r, autoPaused(r.follower, 0, exception, message)) })
}

// leaseFails pauses a replication whose retention lease could not be renewed for too long.
func (l *link) leaseFails(r *replication) {
	r.mu.Lock()
	since := time.Since(r.renewed)
	r.mu.Unlock()
	if since > l.plugin.settings.duration("plugins.replication.follower.retention_lease_max_failure_duration") {
		l.plugin.work.Go(func() {
			l.plugin.pauseItself(r, autoPaused(r.follower, 0, "org.opensearch.replication.ReplicationException", "Retention lease renewal has been failing for too long"))
		})
	}
}

// autoPaused is the reason of an automatic pause (recorded 16).
func autoPaused(index string, shard int, exception, message string) string {
	return fmt.Sprintf("AutoPaused:  + [[%s][%d] - %s - %q], ", index, shard, exception, message)
}

// see takes over what the leader says of an index and tells whether there is something to copy that
// nobody copies yet.
func (r *replication) see(stats leaderStats, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missing, r.renewed = time.Time{}, now
	behind := !r.bootstrapped
	for _, s := range r.shards {
		if there, ok := stats.shards[s.number]; ok {
			s.leader, s.docs, s.bytes = there.checkpoint, there.docs, there.bytes
		}
		behind = behind || s.leader > s.copied
	}
	if !behind || r.copying || r.state != running || r.stopping || now.Before(r.retryAt) {
		return false
	}
	r.copying = true
	return true
}
