// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"
)

// startRequest is what a start asks for.
type startRequest struct {
	alias, leader string
	settings      map[string]any
}

func (p *Plugin) handleStart(w http.ResponseWriter, r *http.Request, follower string) {
	raw, err := readBody(r)
	if err != nil {
		writeError(w, err)
		return
	}
	req, err := parseStart(raw, follower)
	if err != nil {
		writeError(w, err)
		return
	}
	ctx, cancel := p.background()
	defer cancel()
	if err := p.start(ctx, follower, req); err != nil {
		writeError(w, err)
		return
	}
	acknowledge(w)
}

func parseStart(raw []byte, follower string) (startRequest, error) {
	if len(raw) == 0 {
		return startRequest{}, bodyRequired("request body or source parameter is required")
	}
	f, err := parseFields(raw, "FollowIndexRequestParser", "leader_alias", "leader_index", "use_roles", "settings")
	if err != nil {
		return startRequest{}, err
	}
	var req startRequest
	var missing []string
	for _, param := range []struct {
		name  string
		value *string
	}{{"leader_alias", &req.alias}, {"leader_index", &req.leader}} {
		value, given, err := f.text(param.name)
		if err != nil {
			return req, err
		}
		if !given {
			missing = append(missing, param.name)
		}
		*param.value = value
	}
	if len(missing) > 0 {
		return req, invalid([]string{"Mandatory params [" + strings.Join(missing, ", ") + "] are missing for the request"})
	}
	if req.settings, err = f.settings(); err != nil {
		return req, err
	}
	complaints := append(nameComplaints(req.leader), nameComplaints(follower)...)
	complaint, err := f.roles()
	if err != nil {
		return req, err
	}
	if complaint != "" {
		complaints = append(complaints, complaint)
	}
	if len(complaints) > 0 {
		return req, invalid(complaints)
	}
	return req, nil
}

// start makes the follower index and begins to copy. It returns when the index exists, before
// anything is in it.
func (p *Plugin) start(ctx context.Context, follower string, req startRequest) error {
	if p.settings.bool("plugins.replication.follower.block.start") {
		return &apiError{status: http.StatusForbidden, kind: "status_exception", reason: "[FORBIDDEN] Replication START block is set"}
	}
	leader, err := p.resolve(ctx, req.alias)
	if err != nil {
		return err
	}
	info, err := leader.index(ctx, req.alias, req.leader)
	if err != nil {
		return err
	}
	if err := p.fit(ctx, leader, info, req.leader); err != nil {
		return err
	}
	shards, err := info.newShards()
	if err != nil {
		return err
	}
	if err := p.reserve(ctx, follower); err != nil {
		return err
	}
	defer p.release(follower)
	if err := p.createFollowerIndex(ctx, follower, info, req.settings); err != nil {
		return err
	}
	now := time.Now()
	r := &replication{
		follower: follower, alias: req.alias, leader: req.leader, uuid: info.uuid(),
		state: running, reason: userInitiated, settings: maps.Clone(req.settings),
		created: now, renewed: now, task: p.nextTask(), mappings: string(info.Mappings), shards: shards,
	}
	p.mu.Lock()
	p.replications[follower] = r
	delete(p.former, follower)
	p.everUsed = true
	p.mu.Unlock()
	p.remember(r)
	p.link(req.alias).wake()
	return nil
}

// fit tells what is wrong with a leader index as such.
func (p *Plugin) fit(ctx context.Context, leader remote, info indexInfo, name string) error {
	if tooNew := info.tooNew(name, p.config.Version); tooNew != nil {
		return tooNew
	}
	replica, err := leader.isReplica(ctx, name)
	if err != nil {
		return err
	}
	if replica {
		return illegalArgument("Cannot Replicate a Replicated Index %s", name)
	}
	if info.setting("index.soft_deletes.enabled") == "false" {
		return illegalArgument("Cannot Replicate an index where the setting index.soft_deletes.enabled is disabled")
	}
	return nil
}

// reserve makes sure that a follower index is not there and is started only once.
func (p *Plugin) reserve(ctx context.Context, follower string) error {
	p.mu.Lock()
	if p.replications[follower] != nil {
		p.mu.Unlock()
		return sameIndexAgain(follower)
	}
	if p.starting[follower] {
		p.mu.Unlock()
		return alreadyExists("task with id {replication:index:%s} already exist", follower)
	}
	p.starting[follower] = true
	p.mu.Unlock()

	err := p.node.call(ctx, http.MethodGet, indexPath(follower, "/_settings/index.uuid"), nil, nil)
	if refused(err, http.StatusNotFound) {
		return nil
	}
	p.release(follower)
	if err == nil {
		return sameIndexAgain(follower)
	}
	return err
}

func (p *Plugin) release(follower string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.starting, follower)
}

func (p *Plugin) createFollowerIndex(ctx context.Context, follower string, info indexInfo, overrides map[string]any) error {
	body := map[string]any{
		"settings": followerSettings(info.Settings, overrides),
		"aliases":  info.Aliases,
	}
	if len(info.Mappings) > 0 {
		body["mappings"] = info.Mappings
	}
	err := p.node.call(ctx, http.MethodPut, indexPath(follower, ""), body, nil)
	if answer, ok := errors.AsType[*refusal](err); ok {
		if kind, _ := answer.parts(); kind == "resource_already_exists_exception" {
			return sameIndexAgain(follower)
		}
	}
	return err
}

func (p *Plugin) nextTask() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastTask++
	return 1_000_000 + p.lastTask // clear of the node's own numbers
}
