// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"sync"
	"time"
)

// rule is an autofollow rule: every poll it starts what the leader has of its pattern and the
// follower does not have, a few at a time.
type rule struct {
	plugin   *Plugin
	alias    string
	name     string
	pattern  string
	settings map[string]any
	task     int64

	cancel context.CancelFunc
	wakeup chan struct{}

	mu        sync.Mutex
	succeeded int64
	failed    int64           // in the last poll
	calls     int64           // to the leader that failed
	refused   map[string]bool // indices whose start failed
	retryAt   time.Time       // when they are forgotten
	jobs      map[string]bool // started, and not yet past the bootstrap when last seen
	polled    time.Time
}

func (r *rule) wake() {
	select {
	case r.wakeup <- struct{}{}:
	default: // it will
	}
}

func (r *rule) run(ctx context.Context) {
	for ctx.Err() == nil {
		r.poll(ctx)
		select {
		case <-ctx.Done():
		case <-r.wakeup:
		case <-time.After(r.plugin.settings.duration("plugins.replication.autofollow.fetch_poll_interval")):
		}
	}
}

func (r *rule) poll(ctx context.Context) {
	now := time.Now()
	r.mu.Lock()
	r.polled, r.failed = now, 0
	if now.After(r.retryAt) {
		clear(r.refused)
		r.retryAt = now.Add(r.plugin.settings.duration("plugins.replication.autofollow.retry_poll_interval"))
	}
	r.mu.Unlock()
	wanted, err := r.wanted(ctx)
	if err != nil {
		r.mu.Lock()
		r.calls++
		r.mu.Unlock()
		return
	}
	for _, index := range r.next(wanted) {
		err := r.plugin.start(ctx, index, startRequest{alias: r.alias, leader: index, settings: maps.Clone(r.settings)})
		r.mu.Lock()
		r.jobs[index] = true
		if err != nil {
			r.plugin.config.Log("rule %s: start of %s: %v", r.name, index, err)
			r.failed++
			r.refused[index] = true
		} else {
			r.succeeded++
		}
		r.mu.Unlock()
	}
}

// wanted are the leader's open indices of the pattern that the follower has not.
func (r *rule) wanted(ctx context.Context) ([]string, error) {
	leader, err := r.plugin.resolve(ctx, r.alias)
	if err != nil {
		return nil, err
	}
	there, err := leader.indexNames(ctx, r.pattern, "open")
	if err != nil {
		return nil, err
	}
	here, err := r.plugin.node.indexNames(ctx, "*", "all")
	if err != nil {
		return nil, err
	}
	var out []string
	for name := range there {
		if !here[name] {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out, nil
}

// next are those that a poll may start: names that a follower index cannot have fail at once.
func (r *rule) next(wanted []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for index := range r.jobs {
		if rep := r.plugin.replication(index); rep == nil || rep.view().bootstrapped {
			delete(r.jobs, index)
		}
	}
	free := r.plugin.settings.int("plugins.replication.autofollow.concurrent_replication_jobs_trigger_size") - len(r.jobs)
	var out []string
	for _, index := range wanted {
		switch {
		case r.refused[index], r.jobs[index]:
		case len(nameComplaints(index)) > 0:
			r.failed++
			r.refused[index] = true
		case len(out) < free:
			out = append(out, index)
		}
	}
	return out
}

func (n *node) indexNames(ctx context.Context, pattern, expand string) (map[string]bool, error) {
	var answer map[string]any
	path := "/" + url.PathEscape(pattern) + "/_settings/index.uuid?ignore_unavailable=true&allow_no_indices=true&expand_wildcards=" + expand
	if err := n.call(ctx, http.MethodGet, path, nil, &answer); err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(answer))
	for name := range answer {
		out[name] = true
	}
	return out, nil
}

// stats is the rule's part of autofollow_stats.
func (r *rule) stats() map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return map[string]any{
		"name": r.name, "pattern": r.pattern,
		"num_success_start_replication": r.succeeded, "num_failed_start_replication": r.failed,
		"num_failed_leader_calls": r.calls, "failed_indices": sortedKeys(r.refused),
		"last_execution_time": r.polled.UnixMilli(),
	}
}

func sortedKeys(set map[string]bool) []string {
	out := slices.Sorted(maps.Keys(set))
	if out == nil {
		out = []string{} // printed as [], not null
	}
	return out
}
