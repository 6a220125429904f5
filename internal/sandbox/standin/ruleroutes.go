// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"net/http"
)

type ruleRequest struct {
	alias, name, pattern string
	settings             map[string]any
}

func (p *Plugin) handleRule(w http.ResponseWriter, r *http.Request) {
	raw, err := readBody(r)
	if err != nil {
		writeError(w, err)
		return
	}
	ctx, cancel := p.background()
	defer cancel()
	req, err := parseRule(raw, r.Method == http.MethodDelete)
	if err == nil && r.Method == http.MethodDelete {
		err = p.deleteRule(ctx, req)
	} else if err == nil {
		err = p.addRule(ctx, req)
	}
	if err != nil {
		writeError(w, err)
		return
	}
	acknowledge(w)
}

// parseRule has the order of the plugin's checks, with its fault: a missing name is noticed only
// when it is used.
func parseRule(raw []byte, deletion bool) (ruleRequest, error) {
	var req ruleRequest
	if len(raw) == 0 {
		return req, bodyRequired("request body is required")
	}
	f, err := parseFields(raw, "AutoFollowRequestParser", "leader_alias", "name", "pattern", "use_roles", "settings")
	if err != nil {
		return req, err
	}
	given := map[string]bool{}
	for name, value := range map[string]*string{"leader_alias": &req.alias, "name": &req.name, "pattern": &req.pattern} {
		if *value, given[name], err = f.text(name); err != nil {
			return req, err
		}
	}
	if req.settings, err = f.settings(); err != nil {
		return req, err
	}
	if !given["name"] {
		return req, lateinit("patternName")
	}
	var complaints []string
	if !given["leader_alias"] {
		complaints = append(complaints, "Missing connection or name in the request")
	}
	complaints = append(complaints, nameComplaints(req.name)...)
	roles, err := f.roles()
	if err != nil {
		return req, err
	}
	if roles != "" {
		complaints = append(complaints, roles)
	}
	switch {
	case deletion && given["pattern"]:
		complaints = append(complaints, "Unexpected pattern")
	case deletion:
	case !given["pattern"]:
		complaints = append(complaints, "Missing pattern")
	default:
		complaints = append(complaints, patternComplaints(req.pattern)...)
	}
	if len(complaints) > 0 {
		return req, invalid(complaints)
	}
	return req, nil
}

func (p *Plugin) addRule(ctx context.Context, req ruleRequest) error {
	leader, err := p.resolve(ctx, req.alias)
	if err != nil {
		return err
	}
	if err := leader.call(ctx, http.MethodGet, "/", nil, nil); !answered(err) {
		leader.forgetConnections()
		return unreachable(leader.address)
	}
	key := req.alias + ":" + req.name
	r := &rule{
		plugin: p, alias: req.alias, name: req.name, pattern: req.pattern, settings: req.settings, task: p.nextTask(),
		wakeup: make(chan struct{}, 1), refused: map[string]bool{}, jobs: map[string]bool{},
	}
	life, cancel := context.WithCancel(p.ctx)
	r.cancel = cancel
	p.mu.Lock()
	if p.rules[key] != nil {
		p.mu.Unlock()
		cancel()
		return &apiError{
			status: http.StatusInternalServerError, kind: "exception",
			reason: "Exisiting autofollow replication rule cannot be recreated/updated",
			cause:  alreadyExists("task with id {autofollow:%s} already exist", key),
		}
	}
	p.rules[key] = r
	p.everUsed = true
	p.goOn(func() { r.run(life) })
	p.mu.Unlock()
	err = p.store.put(ctx, key, metadataDocument{
		Connection: req.alias, Type: "AUTO_FOLLOW", State: running, Reason: userInitiated,
		Follower: metadataContext{req.name}, Leader: metadataContext{req.pattern}, Settings: req.settings,
	})
	if err != nil {
		p.config.Log("%s: %v", storeIndex, err)
	}
	return nil
}

func (p *Plugin) deleteRule(ctx context.Context, req ruleRequest) error {
	key := req.alias + ":" + req.name
	p.mu.Lock()
	r := p.rules[key]
	delete(p.rules, key)
	p.mu.Unlock()
	if r == nil {
		return &apiError{
			status: http.StatusInternalServerError, kind: "exception",
			reason: "Autofollow replication rule " + key + " does not exist",
		}
	}
	r.cancel()
	p.store.forget(ctx, key, p.config.Log)
	return nil
}
