// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// unasked is a node that answers with what it was asked: what reaches it, and in which form, is the question.
type unasked struct{ got []string }

func (n *unasked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body) // a recorder's body does not fail
	n.got = append(n.got, string(raw))
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"acknowledged":true,"persistent":{"node":{"own":"1"}},"transient":{}}`) //nolint:errcheck // a recorder
}

func TestClusterSettings_PluginsAreKeptFromTheNode(t *testing.T) {
	const own = `{"acknowledged":true,"persistent":{"node":{"own":"1"}},"transient":{}}`
	for name, c := range map[string]struct {
		version, query, body string
		node                 []string // bodies that reach the node
		status               int
		answer               string // or a part of it
	}{
		"flat": {body: `{"persistent":{"plugins.replication.follower.metadata_sync_interval":"5s"}}`, query: "flat_settings=true", status: 200,
			answer: `{"acknowledged":true,"persistent":{"plugins.replication.follower.metadata_sync_interval":"5s"},"transient":{}}`},
		"nested in, nested out": {body: `{"transient":{"plugins":{"replication":{"follower":{"block":{"start":true}}}}}}`, status: 200,
			answer: `{"acknowledged":true,"persistent":{},"transient":{"plugins":{"replication":{"follower":{"block":{"start":"true"}}}}}}`},
		"with the node's": {body: `{"persistent":{"plugins.replication.autofollow.concurrent_replication_jobs_trigger_size":7,"node.own":1}}`, status: 200,
			node:   []string{`{"persistent":{"node.own":"1"}}`},
			answer: `{"acknowledged":true,"persistent":{"node":{"own":"1"},"plugins":{"replication":{"autofollow":{"concurrent_replication_jobs_trigger_size":"7"}}}},"transient":{}}`},
		"the node's alone": {body: `{"persistent":{"node.own":1}}`, node: []string{`{"persistent":{"node.own":1}}`}, status: 200, answer: own},
		"empty":            {body: `{}`, node: []string{`{}`}, status: 200, answer: own},
		"broken":           {body: `{replication`, node: []string{`{replication`}, status: 200, answer: own},
		"all removed": {body: `{"persistent":{"plugins.replication.*":null}}`, status: 200,
			answer: `{"acknowledged":true,"persistent":{},"transient":{}}`},
		"unknown": {body: `{"transient":{"plugins.replication.x":1}}`, status: 400,
			answer: `transient setting [plugins.replication.x], not recognized`},
		"deletions before 3": {body: `{"persistent":{"plugins.replication.replicate.delete_index":true}}`, status: 400,
			answer: `persistent setting [plugins.replication.replicate.delete_index], not recognized`},
		"deletions from 3 on": {version: "3.6.0", body: `{"persistent":{"plugins.replication.replicate.delete_index":true}}`, query: "flat_settings=true", status: 200,
			answer: `{"acknowledged":true,"persistent":{"plugins.replication.replicate.delete_index":"true"},"transient":{}}`},
		"too short": {body: `{"persistent":{"plugins.replication.autofollow.fetch_poll_interval":"10s"}}`, status: 400,
			answer: `failed to parse value [10s] for setting [plugins.replication.autofollow.fetch_poll_interval], must be >= [30s]`},
		"too long": {body: `{"persistent":{"plugins.replication.autofollow.retry_poll_interval":"5h"}}`, status: 400,
			answer: `failed to parse value [5h] for setting [plugins.replication.autofollow.retry_poll_interval], must be <= [4h]`},
		"no time": {body: `{"persistent":{"plugins.replication.autofollow.retry_poll_interval":"5"}}`, status: 400,
			answer: `with value [5] as a time value: unit is missing or unrecognized`},
		"too many": {body: `{"persistent":{"plugins.replication.autofollow.concurrent_replication_jobs_trigger_size":11}}`, status: 400,
			answer: `Failed to parse value [11] for setting [plugins.replication.autofollow.concurrent_replication_jobs_trigger_size] must be <= 10`},
		"too few": {body: `{"persistent":{"plugins.replication.follower.concurrent_readers_per_shard":0}}`, status: 400,
			answer: `must be >= 1`},
		"no number": {body: `{"persistent":{"plugins.replication.follower.concurrent_readers_per_shard":"x"}}`, status: 400,
			answer: `Failed to parse value [x] for setting`},
		"no boolean": {body: `{"persistent":{"plugins.replication.follower.block.start":"yes"}}`, status: 400,
			answer: `Failed to parse value [yes] as only [true] or [false] are allowed.`},
	} {
		t.Run(name, func(t *testing.T) {
			if c.version == "" {
				c.version = "2.19.4"
			}
			node := &unasked{}
			p := New(Config{NodeURL: "http://127.0.0.1:1", Version: c.version})
			defer p.Close()
			w := httptest.NewRecorder()
			p.Handler(node).ServeHTTP(w, httptest.NewRequest(http.MethodPut, "/_cluster/settings?"+c.query, strings.NewReader(c.body)))
			if w.Code != c.status || !contains(w.Body.String(), c.answer) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.status, c.answer)
			}
			if strings.Join(node.got, "|") != strings.Join(c.node, "|") {
				t.Errorf("the node was asked %q, want %q", node.got, c.node)
			}
		})
	}
}

func TestClusterSettings_AreKeptAndRemoved(t *testing.T) {
	p := New(Config{NodeURL: "http://127.0.0.1:1", Version: "2.19.4"})
	defer p.Close()
	h := p.Handler(&unasked{})
	call := func(method, path, body string) string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
		return w.Body.String()
	}
	const name = "plugins.replication.follower.metadata_sync_interval"
	call("PUT", "/_cluster/settings", `{"persistent":{"`+name+`":"7s","plugins.replication.autofollow.retry_poll_interval":"2h"},"transient":{"`+name+`":"8s"}}`)
	if got := p.settings.duration(name).String(); got != "8s" {
		t.Errorf("in force is %s, want the transient 8s", got)
	}
	if got := call("GET", "/_cluster/settings?flat_settings=true&filter_path=transient", ""); !contains(got, `"transient":{"`+name+`":"8s"}`) || contains(got, "retry_poll") {
		t.Errorf("answer %s", got)
	}
	if got := call("GET", "/_cluster/settings?include_defaults&flat_settings", ""); !contains(got, `"plugins.replication.autofollow.fetch_poll_interval":"30s"`) {
		t.Errorf("defaults %s", got)
	}
	call("PUT", "/_cluster/settings", `{"transient":{"`+name+`":null},"persistent":{"plugins.replication.auto*":null}}`)
	if got := call("GET", "/_cluster/settings?flat_settings=true", ""); contains(got, "8s") || contains(got, "2h") || !contains(got, "7s") {
		t.Errorf("after the removal %s", got)
	}
	// A refused value leaves all as it was.
	call("PUT", "/_cluster/settings", `{"persistent":{"`+name+`":"9s","plugins.replication.x":1}}`)
	if got := p.settings.duration(name).String(); got != "7s" {
		t.Errorf("in force is %s, want 7s", got)
	}
}
