// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import "testing"

func TestReader_Cause(t *testing.T) {
	t.Parallel()
	const health = "GET /_cluster/health/a"
	const tasks = "GET /_tasks"
	atWork := ok(`{"tasks":[{"node":"n","id":7,"description":"replication:lead:[a/U] -> a"}]}`)
	for name, c := range map[string]struct {
		remotes string
		routes  map[string]reply
		want    string
	}{
		"nothing":       {`{"lead":{"connected":true}}`, map[string]reply{health: ok(`{"status":"green"}`), tasks: atWork}, ""},
		"no connection": {`{}`, map[string]reply{health: ok(`{"status":"green"}`), tasks: atWork}, "the follower has no connection lead"},
		"all at once": {
			`{"lead":{"connected":false,"mode":"sniff","seeds":["a:1"]}}`,
			map[string]reply{health: ok(`{"status":"red","unassigned_shards":2}`), tasks: ok(`{"tasks":[]}`)},
			"the follower is not connected to lead (mode sniff, a:1); the follower index is red: 2 of its shards are not assigned to a node, which GET /_cluster/allocation/explain explains; " +
				"no node works on it: it needs one with the role remote_cluster_client",
		},
		"what cannot be asked is left out": {`{"lead":{"connected":true}}`, map[string]reply{health: forbidden, tasks: forbidden}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newCluster(t)
			f.on(remotesRoute, ok(c.remotes))
			for route, answer := range c.routes {
				f.on(route, answer)
			}
			if got := f.reader(newClock()).Cause(t.Context(), "lead", "a"); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
