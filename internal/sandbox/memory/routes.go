// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memory

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

type object = map[string]any

// refusal is an error as OpenSearch answers it.
type refusal struct {
	status       int
	kind, reason string
}

func (r *refusal) body() object {
	one := object{"type": r.kind, "reason": r.reason}
	return object{"error": object{"root_cause": []object{one}, "type": r.kind, "reason": r.reason}, "status": r.status}
}

func refuse(status int, kind, format string, args ...any) *refusal {
	return &refusal{status, kind, fmt.Sprintf(format, args...)}
}

func noSuchIndex(name string) *refusal {
	return refuse(http.StatusNotFound, "index_not_found_exception", "no such index [%s]", name)
}

var acknowledged = object{"acknowledged": true}

// ServeHTTP answers a request as the cluster.
func (c *Cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	var answer any
	var refused *refusal
	var again []byte
	address := c.ref.Name + " " + r.URL.String()
	perform := func() {
		c.platform.mu.Lock()
		defer c.platform.mu.Unlock()
		if c.unreachable() {
			refused = refuse(http.StatusServiceUnavailable, "unavailable", "Service Unavailable")
			return
		}
		if _, password, _ := r.BasicAuth(); password != c.password && c.password != "" {
			refused = refuse(http.StatusUnauthorized, "security_exception", "Unauthorized")
			return
		}
		if again = c.platform.still[address]; again != nil && r.Method == http.MethodGet {
			return
		}
		c.advance()
		answer, refused = c.route(r, raw)
		if r.Method != http.MethodGet {
			outcome := "ok"
			if refused != nil {
				outcome = refused.reason
			}
			c.platform.changes = append(c.platform.changes, fmt.Sprintf("%s: %s %s: %s", c.ref.Name, r.Method, r.URL.EscapedPath(), outcome))
		}
	}
	if c.platform.Around != nil {
		c.platform.Around(perform)
	} else {
		perform()
	}
	if after := c.platform.after.Load(); after != nil {
		(*after)(r)
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case again != nil:
		w.Header().Set("Content-Length", strconv.Itoa(len(again)))
		_, _ = w.Write(again) // fails only where the client left
		return
	case refused != nil:
		w.WriteHeader(refused.status)
		answer = refused.body()
	case r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/_doc/"):
		w.WriteHeader(http.StatusCreated)
	}
	text, _ := json.Marshal(answer) //nolint:errchkjson // plain values
	_, _ = w.Write(text)            // fails only where the client left
	c.platform.mu.Lock()
	defer c.platform.mu.Unlock()
	if c.platform.still != nil && r.Method == http.MethodGet && refused == nil {
		c.platform.still[address] = text
	}
}

func (c *Cluster) route(r *http.Request, raw []byte) (any, *refusal) {
	var path []string
	for part := range strings.SplitSeq(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
		name, _ := url.PathUnescape(part) // of a path that was parsed
		path = append(path, name)
	}
	first, verb := path[0], path[len(path)-1]
	switch route := r.Method + " " + first; {
	case first == "_plugins":
		return c.plugin(r.Method, path[2:], raw)
	case route == "GET _remote":
		return c.remoteInfo(), nil
	case route == "GET _cat":
		return c.list(), nil
	case route == "GET _resolve":
		return c.resolve(verb), nil
	case route == "GET _cluster" && path[1] == "state":
		return c.state(), nil
	case route == "GET _cluster" && path[1] == "health":
		return object{"status": "green", "unassigned_shards": 0}, nil
	case route == "GET _cluster":
		return object{"persistent": c.persistent, "transient": object{}}, nil
	case route == "PUT _cluster":
		return c.connect(raw), nil
	case route == "GET _tasks":
		return object{"tasks": []any{}}, nil
	case route == "GET .replication-metadata-store":
		return c.records(), nil
	case r.Method == http.MethodGet && first == "_stats":
		return c.stats(), nil
	case r.Method == http.MethodGet && first == "_all":
		return c.fences(), nil
	case first == "_index_template":
		return c.template(r.Method, verb, raw)
	case r.Method == http.MethodPut && len(path) > 1 && path[1] == "_settings":
		return c.setSettings(first, raw), nil
	case r.Method == http.MethodPut && len(path) > 1 && path[1] == "_block":
		return c.block(first), nil
	case r.Method == http.MethodGet && len(path) > 1 && path[1] == "_settings":
		return c.settings(first, r.URL.Query().Get("ignore_unavailable") == "true")
	case r.Method == http.MethodGet && verb == "_search":
		return c.searchLeader(first)
	case r.Method == http.MethodGet && verb == "_count":
		return c.count(first)
	case len(path) == 1 && r.Method == http.MethodDelete:
		return c.remove(first)
	case len(path) == 1 && r.Method == http.MethodPut:
		c.indices[first] = &index{name: first, uuid: random(), docs: map[string]bool{}, seq: -1}
		return object{"acknowledged": true, "shards_acknowledged": true, "index": first}, nil
	case len(path) == 3 && path[1] == "_doc" && r.Method == http.MethodPut:
		if !c.write(first, verb, true) {
			return nil, c.blocked(first)
		}
		return object{"_index": first, "_id": verb, "result": "created"}, nil
	case verb == "_refresh":
		return object{}, nil
	}
	return nil, refuse(http.StatusBadRequest, "not_modelled", "package memory does not know %s %s", r.Method, r.URL)
}

func (c *Cluster) blocked(name string) *refusal {
	if ix := c.indices[name]; ix != nil && ix.writeBlock {
		return refuse(http.StatusForbidden, "cluster_block_exception", "index [%s] blocked by: [FORBIDDEN/8/index write (api)];", name)
	}
	return refuse(http.StatusForbidden, "cluster_block_exception", "index [%s] blocked by: [FORBIDDEN/1000/index read-only(cross-cluster-replication)];", name)
}

func (c *Cluster) remoteInfo() object {
	info := object{}
	for alias, leader := range c.remotes {
		info[alias] = object{"connected": !leader.unreachable(), "mode": "sniff", "seeds": []string{leader.address.String()}}
	}
	return info
}

// connect sets persistent settings, and those of remote clusters connect: to the
// cluster that has one of the seeds, or the proxy's address. Services are connected by their control plane.
func (c *Cluster) connect(raw []byte) object {
	var body struct {
		Persistent map[string]json.RawMessage `json:"persistent"`
	}
	_ = json.Unmarshal(raw, &body) // of a recording, or of the provider
	for setting, value := range body.Persistent {
		alias, name, _ := strings.Cut(strings.TrimPrefix(setting, "cluster.remote."), ".")
		if string(value) == "null" {
			maps.DeleteFunc(c.persistent, func(there string, _ json.RawMessage) bool { return matches(setting, there) })
		} else {
			c.persistent[setting] = value
		}
		if name != "seeds" && name != "proxy_address" && name != "*" || string(value) == "null" && name != "*" {
			continue
		}
		delete(c.remotes, alias)
		for _, other := range c.platform.clusters {
			if strings.Contains(string(value), other.address.String()) {
				c.remotes[alias] = other
			}
		}
	}
	return object{"acknowledged": true, "persistent": body.Persistent, "transient": object{}}
}

func (c *Cluster) list() []object {
	out := []object{}
	for _, ix := range c.sorted() {
		status := "open"
		if ix.closed {
			status = "close"
		}
		listed := object{"index": ix.name, "uuid": ix.uuid, "status": status, "health": "green", "rep": strconv.Itoa(ix.replicas), "pri.store.size": strconv.FormatInt(ix.bytes, 10)}
		if ix.closed {
			listed["pri.store.size"] = nil
		}
		out = append(out, listed)
	}
	return out
}

// resolve lists the leader's indices; none where the leader is down.
func (c *Cluster) resolve(expression string) object {
	alias, pattern, _ := strings.Cut(expression, ":")
	found := []object{}
	if leader := c.remotes[alias]; leader != nil && !leader.unreachable() {
		for _, ix := range leader.sorted() {
			attribute := "open"
			if ix.closed {
				attribute = "closed"
			}
			if matches(pattern, ix.name) {
				found = append(found, object{"name": alias + ":" + ix.name, "attributes": []string{attribute}})
			}
		}
	}
	return object{"indices": found, "aliases": []any{}, "data_streams": []any{}}
}

func (c *Cluster) searchLeader(expression string) (any, *refusal) {
	alias, name, _ := strings.Cut(expression, ":")
	leader := c.remotes[alias]
	switch {
	case leader == nil:
		return nil, noSuchRemote(alias)
	case leader.unreachable():
		return nil, unreachable(leader)
	case leader.indices[name] == nil:
		return nil, noSuchIndex(name)
	}
	return object{"_clusters": object{"total": 1, "successful": 1, "skipped": 0}, "hits": object{"hits": []any{}}}, nil
}

func (c *Cluster) count(name string) (any, *refusal) {
	if c.indices[name] == nil {
		return nil, noSuchIndex(name)
	}
	return object{"count": len(c.indices[name].docs), "_shards": object{}}, nil
}

const markSetting = "index.plugins.replication.follower.leader_index"

func (c *Cluster) settings(expression string, lenient bool) (any, *refusal) {
	names := strings.Split(expression, ",")
	answer := object{}
	for _, ix := range c.sorted() {
		if expression != "*" && !slices.Contains(names, ix.name) {
			continue
		}
		settings := object{"index.uuid": ix.uuid}
		if ix.marked {
			settings[markSetting] = nil
		}
		if ix.active() {
			settings[markSetting] = ix.alias + ":" + ix.leader
		}
		maps.Copy(settings, ix.settings)
		answer[ix.name] = object{"settings": settings}
	}
	if len(answer) == 0 && expression != "*" && !lenient {
		return nil, noSuchIndex(expression)
	}
	return answer, nil
}

func (c *Cluster) remove(name string) (any, *refusal) {
	ix := c.indices[name]
	switch {
	case ix == nil:
		return nil, noSuchIndex(name)
	case ix.active():
		return nil, c.blocked(name)
	}
	c.platform.losses = append(c.platform.losses, c.loss(ix))
	delete(c.indices, name)
	return acknowledged, nil
}

// state is the cluster state: the last known state of each replication, and the blocks.
func (c *Cluster) state() object {
	details, blocks := object{}, object{} // filtered as the provider asks for it
	recorded := map[string]string{bootstrapping: "RUNNING", syncing: "RUNNING", paused: "PAUSED", failed: "FAILED"}
	for _, ix := range c.sorted() {
		if ix.active() {
			details[ix.name] = object{"REPLICATION_LAST_KNOWN_OVERALL_STATE": recorded[ix.state]}
			blocks[ix.name] = object{"1000": object{"levels": []string{"write", "metadata_write"}}}
		}
	}
	return object{"metadata": object{"replication_metadata": object{"replication_details": details}}, "blocks": object{"indices": blocks}}
}

// records is the plugin's metadata store, which is empty where it is protected.
func (c *Cluster) records() object {
	hits := []object{}
	add := func(alias, kind, leader, follower, state, reason string, under roles, settings object) {
		hits = append(hits, object{"_source": object{"connection_name": alias, "metadata_type": kind, "overall_state": state, "reason": reason,
			"follower_context": of(follower, under.Follower), "leader_context": of(leader, under.Leader), "settings": settings}})
	}
	for _, ix := range c.sorted() {
		if ix.active() && !c.platform.Protected {
			state := ix.state
			if ix.running() {
				state = "RUNNING"
			}
			add(ix.alias, "INDEX", ix.leader, ix.name, state, ix.reason, ix.roles, ix.settings)
		}
	}
	for _, r := range c.rules {
		if !c.platform.Protected {
			add(r.alias, "AUTO_FOLLOW", r.pattern, r.name, "RUNNING", "", r.roles, object{})
		}
	}
	return object{"hits": object{"hits": hits}}
}

// of is what a record has of one side, with the role that it is used under.
func of(name, role string) object {
	if role == "" {
		return object{"resource": name}
	}
	return object{"resource": name, "user": object{"roles": []string{role}}}
}
