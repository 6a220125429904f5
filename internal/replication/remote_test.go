// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"reflect"
	"testing"
)

func TestClient_ReadRemoteSettings(t *testing.T) {
	t.Parallel()
	f := newCluster(t)
	f.on("GET /_cluster/settings", ok(`{"persistent":{"cluster.remote.lead.seeds":["a:1","b:1"],"cluster.remote.lead.skip_unavailable":"false","cluster.remote.lead.transport.compress":"true",`+
		`"cluster.remote.old.seeds":"a:1","cluster.remote.text.seeds":"a:1, b:1","cluster.routing.allocation.enable":"all"},"transient":{"cluster.remote.lead.skip_unavailable":"true"}}`))
	got, err := f.client(newClock()).ReadRemoteSettings(t.Context())
	want := map[string]RemoteSettings{
		"lead": {RemoteSeeds: {"a:1", "b:1"}, RemoteSkipUnavailable: {"true"}, RemoteCompress: {"true"}},
		"old":  {RemoteSeeds: {"a:1"}},
		"text": {RemoteSeeds: {"a:1", "b:1"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %v, %v\nwant %v", got, err, want)
	}
}

// All settings go in one request, those that are not wanted as null, so that a
// connection is never half changed; transient ones, which would win, are taken away.
func TestClient_PutRemote(t *testing.T) {
	t.Parallel()
	settings := RemoteSettings{RemoteMode: {"sniff"}, RemoteSeeds: {"a:1"}, RemoteSkipUnavailable: {"true"}}
	const persistent = `"persistent":{"cluster.remote.lead.mode":"sniff","cluster.remote.lead.node_connections":null,"cluster.remote.lead.proxy_address":null,` +
		`"cluster.remote.lead.proxy_socket_connections":null,"cluster.remote.lead.seeds":["a:1"],"cluster.remote.lead.server_name":null,` +
		`"cluster.remote.lead.skip_unavailable":"true","cluster.remote.lead.transport.compress":null,"cluster.remote.lead.transport.ping_schedule":null}`
	for now, want := range map[string]string{
		`{"persistent":{},"transient":{"cluster.remote.other.seeds":"x:1"}}`: `PUT /_cluster/settings {` + persistent + `}`,
		`{"persistent":{},"transient":{"cluster.remote.lead.seeds":"x:1"}}`:  `PUT /_cluster/settings {` + persistent + `,"transient":{"cluster.remote.lead.*":null}}`,
	} {
		f := newCluster(t)
		f.on("GET /_cluster/settings", ok(now))
		f.on("PUT /_cluster/settings", acknowledged)
		if err := f.client(newClock()).PutRemote(t.Context(), "lead", settings); err != nil {
			t.Error(err)
		}
		assertLines(t, f.seen("PUT"), []string{want})
	}
}

func TestEngine_AwaitSettings(t *testing.T) {
	t.Parallel()
	f := newCluster(t)
	settings := func(value string) reply {
		return ok(`{"a":{"settings":{"index.refresh_interval":"` + value + `"}}}`)
	}
	f.on("GET /a/_settings", settings("7s"), settings("7s"), settings("9s"))
	engine, _, _ := engineOf(f)
	if err := engine.AwaitSettings(t.Context(), "a", map[string]string{"index.refresh_interval": "9s"}); err != nil {
		t.Error(err)
	}
	// What cannot be changed is acknowledged all the same.
	err := engine.AwaitSettings(t.Context(), "a", map[string]string{"index.number_of_shards": "3"})
	assertError(t, err, `the cluster has acknowledged other settings for index a, but after 3m0s it has not applied them: index.number_of_shards is "", wanted "3". Settings that are fixed when an index is created cannot be changed`)
}
