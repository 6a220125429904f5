// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

func TestElsewhere(t *testing.T) {
	const nodes = `{"nodes":{"n1":{"transport":{"bound_address":["[::]:9300","10.0.0.1:9300"],"publish_address":"10.0.0.1:9300"}},"n2":{"transport":{"publish_address":"10.0.0.2:9300"}}}}`
	answeredBy := func(ids ...string) *reply {
		text := ""
		for i, id := range ids {
			if i > 0 {
				text += ","
			}
			text += `{"id":"[` + id + `][lead:a][0]"}`
		}
		r := ok(`{"profile":{"shards":[` + text + `]}}`)
		return &r
	}
	missing, closed := refused(404, "index_not_found_exception", "no such index [a]"), refused(403, "security_exception", "no permissions")
	down := reply{503, "<html>"}
	for name, tt := range map[string]struct {
		connected bool
		address   string
		nodes     reply
		search    *reply // nil: must not be asked
		want      string
	}{
		"the leader's address":              {true, "10.0.0.2:9300", ok(nodes), nil, ""},
		"a bound address of it":             {true, "10.0.0.1:9300", ok(nodes), nil, ""},
		"a name, the leader's nodes answer": {true, "leader.example:9300", ok(nodes), answeredBy("n1", "n2"), ""},
		"a name, another node answers":      {true, "other.example:9300", ok(nodes), answeredBy("n1", "x"), "points to another cluster (other.example:9300): node x answers there, which is none of the leader's"},
		"a cluster without the index":       {true, "other.example:9300", ok(nodes), &missing, "points to another cluster (other.example:9300): that has no index a, which the leader has"},
		"searches are closed":               {true, "leader.example:9300", ok(nodes), &closed, ""},
		"the leader does not tell":          {true, "leader.example:9300", closed, nil, ""},
		"the leader is down":                {true, "leader.example:9300", down, nil, ""},
		"not connected":                     {false, "other.example:9300", ok(nodes), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, leader, clock := newCluster(t), newCluster(t), newClock()
			leader.on("GET /_nodes/transport", tt.nodes)
			if tt.search != nil {
				f.on("POST /lead:a/_search", *tt.search)
			}
			engine := NewEngine(f.client(clock), leader.client(clock), clock, nil)
			got := engine.Elsewhere(t.Context(), ccr.Observation{
				Connection: ccr.Connection{Alias: "lead", Exists: true, Connected: tt.connected, Addresses: []string{tt.address}},
				Leader:     []ccr.Index{{Name: "closed", Closed: true}, {Name: "a"}},
			})
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
