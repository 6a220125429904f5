// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memory

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"time"
)

func noSuchRemote(alias string) *refusal {
	return refuse(http.StatusNotFound, "no_such_remote_cluster_exception", "no such remote cluster: [%s]", alias)
}

func unreachable(leader *Cluster) *refusal {
	return refuse(http.StatusInternalServerError, "connect_transport_exception", "[][%s] connect_exception", leader.address)
}

func notReplicated(name string) *refusal {
	return refuse(http.StatusBadRequest, "illegal_argument_exception", "No replication in progress for index:%s", name)
}

// matches reports whether an autofollow pattern covers a name.
func matches(pattern, name string) bool {
	covered, err := path.Match(pattern, name) // * is the only wildcard that a pattern may have
	return covered && err == nil
}

// request is the body of every request to the plugin.
type request struct {
	Alias   string `json:"leader_alias"`
	Index   string `json:"leader_index"`
	Name    string `json:"name"`
	Pattern string `json:"pattern"`
	Reason  string `json:"reason"`
	// Settings and Roles are kept and shown, and have no other effect.
	Settings object `json:"settings"`
	Roles    roles  `json:"use_roles"`
}

// plugin answers what is below _plugins/_replication.
func (c *Cluster) plugin(method string, path []string, raw []byte) (any, *refusal) {
	var body request
	if method != http.MethodGet && json.Unmarshal(raw, &body) != nil {
		return nil, refuse(http.StatusBadRequest, "parse_exception", "request body or source parameter is required")
	}
	switch verb := path[len(path)-1]; method + " " + verb {
	case "GET follower_stats":
		return c.followerStats(), nil
	case "GET autofollow_stats":
		return c.ruleStats(), nil
	case "POST _autofollow":
		return c.addRule(body)
	case "DELETE _autofollow":
		return c.removeRule(body)
	case "GET _status":
		return c.status(path[0])
	case "PUT _start":
		return c.start(path[0], body)
	default:
		return c.change(path[0], verb, body)
	}
}

func (c *Cluster) followerStats() object {
	counts, stats := map[string]int{}, object{}
	for _, ix := range c.sorted() {
		counts[ix.state]++
		if ix.state == syncing {
			stats[ix.name] = object{"leader_checkpoint": ix.seq, "follower_checkpoint": ix.seq}
		}
	}
	return object{"num_syncing_indices": counts[syncing], "num_bootstrapping_indices": counts[bootstrapping], "num_paused_indices": counts[paused],
		"num_failed_indices": counts[failed], "index_stats": stats}
}

func (c *Cluster) ruleStats() object {
	stats := []object{}
	for _, r := range c.rules {
		stats = append(stats, object{"name": r.name, "pattern": r.pattern, "failed_indices": append([]string{}, r.failed...)})
	}
	return object{"autofollow_stats": stats}
}

func (c *Cluster) addRule(body request) (any, *refusal) {
	for _, r := range c.rules {
		if r.alias == body.Alias && r.name == body.Name {
			return nil, refuse(http.StatusInternalServerError, "exception", "Exisiting autofollow replication rule cannot be recreated/updated")
		}
	}
	if c.remotes[body.Alias] == nil {
		return nil, noSuchRemote(body.Alias)
	}
	c.rules = append(c.rules, &rule{alias: body.Alias, name: body.Name, pattern: body.Pattern, roles: body.Roles})
	c.advance() // the first look is at once
	return acknowledged, nil
}

func (c *Cluster) removeRule(body request) (any, *refusal) {
	before := len(c.rules)
	c.rules = slices.DeleteFunc(c.rules, func(r *rule) bool { return r.alias == body.Alias && r.name == body.Name })
	if len(c.rules) == before {
		return nil, refuse(http.StatusInternalServerError, "exception", "Autofollow replication rule %s:%s does not exist", body.Alias, body.Name)
	}
	return acknowledged, nil
}

func (c *Cluster) status(name string) (any, *refusal) {
	nothing := object{"status": "REPLICATION NOT IN PROGRESS"}
	ix := c.indices[name]
	if ix == nil || !ix.active() {
		return nothing, nil
	}
	answer := object{"status": ix.state, "reason": ix.reason, "leader_alias": ix.alias, "leader_index": ix.leader, "follower_index": ix.name}
	if !ix.running() {
		return answer, nil
	}
	if leader := c.remotes[ix.alias]; leader != nil && leader.unreachable() {
		return nil, refuse(http.StatusInternalServerError, "replication_exception", "failed to fetch replication status")
	}
	there := c.source(ix)
	switch {
	case there == nil:
		return nothing, nil
	case ix.state == syncing:
		answer["syncing_details"] = object{"leader_checkpoint": there.seq, "follower_checkpoint": ix.seq, "seq_no": ix.seq}
	}
	return answer, nil
}

func (c *Cluster) start(name string, body request) (any, *refusal) {
	leader := c.remotes[body.Alias]
	switch {
	case leader == nil:
		return nil, noSuchRemote(body.Alias)
	case leader.unreachable():
		return nil, unreachable(leader)
	case leader.indices[body.Index] == nil:
		return nil, noSuchIndex(body.Index)
	case leader.indices[body.Index].closed:
		return nil, refuse(http.StatusBadRequest, "index_closed_exception", "closed")
	case leader.indices[body.Index].active():
		return nil, refuse(http.StatusBadRequest, "illegal_argument_exception", "Cannot Replicate a Replicated Index %s", body.Index)
	case c.indices[name] != nil:
		return nil, refuse(http.StatusBadRequest, "illegal_argument_exception", "Cant use same index again for replication. Delete the index:%s", name)
	}
	c.begin(name, body.Alias, leader.indices[body.Index])
	c.indices[name].settings, c.indices[name].roles = body.Settings, body.Roles
	return acknowledged, nil
}

// change pauses, resumes or stops a replication.
func (c *Cluster) change(name, verb string, body request) (any, *refusal) {
	ix := c.indices[name]
	if ix == nil || !ix.active() {
		return nil, notReplicated(name)
	}
	switch verb {
	case "_stop":
		c.end(ix)
	case "_resume":
		return c.resume(ix)
	case "_pause":
		switch ix.state {
		case paused:
			return nil, refuse(http.StatusBadRequest, "resource_already_exists_exception", "Index %s is already paused", name)
		case bootstrapping:
			return nil, refuse(http.StatusInternalServerError, "exception", "Index is in restore phase currently for index: %s. You can pause after restore completes.", name)
		}
		ix.state, ix.reason = paused, body.Reason
		if ix.reason == "" {
			ix.reason = "User initiated"
		}
	}
	return acknowledged, nil
}

func (c *Cluster) resume(ix *index) (any, *refusal) {
	leader := c.remotes[ix.alias]
	switch {
	case ix.state != paused:
		return nil, refuse(http.StatusBadRequest, "resource_already_exists_exception", "Replication on Index %s is already running", ix.name)
	case leader == nil:
		return nil, noSuchRemote(ix.alias)
	case leader.unreachable():
		return nil, unreachable(leader)
	case leader.indices[ix.leader] == nil:
		return nil, noSuchIndex(ix.leader)
	case ix.leaseLost || c.source(ix) == nil:
		return nil, refuse(http.StatusNotFound, "resource_not_found_exception", "Retention lease doesn't exist. Replication can't be resumed for %s", ix.name)
	}
	ix.state, ix.reason, ix.orphanedAt = syncing, "User initiated", time.Time{}
	c.advance()
	return acknowledged, nil
}
