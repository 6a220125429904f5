// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Every route with the names that are hardest to write.
func TestRoutes_Requests(t *testing.T) {
	const index, alias = "a%b", "paris/eu"
	roles := ccr.Roles{Leader: "reads", Follower: "writes"}
	rule := ccr.Rule{Name: "r/1", LeaderAlias: alias, Pattern: "log-*"}
	for want, call := range map[string]func(context.Context, *Client) error{
		`PUT /_plugins/_replication/a%25b/_start {"leader_alias":"paris/eu","leader_index":"a%b"}`: func(ctx context.Context, c *Client) error {
			return c.Start(ctx, Start{FollowerIndex: index, LeaderAlias: alias, LeaderIndex: index})
		},
		`PUT /_plugins/_replication/a%2Fb%3Fc%23d%20e/_start {"leader_alias":"lead","leader_index":"x","use_roles":{"leader_cluster_role":"reads","follower_cluster_role":"writes"},"settings":{"index.number_of_replicas":0}}`: func(ctx context.Context, c *Client) error {
			return c.Start(ctx, Start{FollowerIndex: "a/b?c#d e", LeaderAlias: "lead", LeaderIndex: "x", Roles: roles, Settings: map[string]any{"index.number_of_replicas": 0}})
		},
		`POST /_plugins/_replication/a%25b/_pause {"reason":"planned work"}`: func(ctx context.Context, c *Client) error { return c.Pause(ctx, index, "planned work") },
		// A body is demanded even where there is nothing to say (recording 07).
		`POST /_plugins/_replication/größe/_pause {}`:  func(ctx context.Context, c *Client) error { return c.Pause(ctx, "größe", "") },
		`POST /_plugins/_replication/a%25b/_resume {}`: func(ctx context.Context, c *Client) error { return c.Resume(ctx, index) },
		`POST /_plugins/_replication/a%25b/_stop {}`:   func(ctx context.Context, c *Client) error { return c.Stop(ctx, index) },
		`PUT /_plugins/_replication/a%25b/_update {"settings":{"index.number_of_replicas":2}}`: func(ctx context.Context, c *Client) error {
			return c.UpdateSettings(ctx, index, map[string]any{"index.number_of_replicas": 2})
		},
		`GET /_plugins/_replication/a%25b/_status`: func(ctx context.Context, c *Client) error { _, err := c.Replication(ctx, index); return err },
		`POST /_plugins/_replication/_autofollow {"leader_alias":"paris/eu","name":"r/1","pattern":"log-*"}`: func(ctx context.Context, c *Client) error {
			return c.AddRule(ctx, rule, ccr.Roles{}, nil)
		},
		`POST /_plugins/_replication/_autofollow {"leader_alias":"paris/eu","name":"r/1","pattern":"log-*","use_roles":{"leader_cluster_role":"reads","follower_cluster_role":"writes"},"settings":{"index.number_of_replicas":0}}`: func(ctx context.Context, c *Client) error {
			return c.AddRule(ctx, rule, roles, map[string]any{"index.number_of_replicas": 0})
		},
		`DELETE /_plugins/_replication/_autofollow {"leader_alias":"paris/eu","name":"r/1"}`: func(ctx context.Context, c *Client) error {
			return c.RemoveRule(ctx, alias, "r/1")
		},
		`GET /_plugins/_replication/autofollow_stats`: func(ctx context.Context, c *Client) error { _, err := c.Rules(ctx); return err },
		`GET /_plugins/_replication/follower_stats`:   func(ctx context.Context, c *Client) error { _, err := c.FollowerStats(ctx); return err },
		`GET /_remote/info`:                           func(ctx context.Context, c *Client) error { _, err := c.Connections(ctx); return err },
		`DELETE /a%25b`:                               func(ctx context.Context, c *Client) error { return c.DeleteIndex(ctx, index) },
		`GET /*/_settings/index.plugins.replication.follower.leader_index?flat_settings=true&expand_wildcards=open,closed`: func(ctx context.Context, c *Client) error {
			_, err := c.replicas(ctx)
			return err
		},
		`GET /_cluster/state/metadata?filter_path=metadata.replication_metadata`: func(ctx context.Context, c *Client) error { _, err := c.overallStates(ctx); return err },
		`GET /.replication-metadata-store/_search?size=10000&filter_path=hits.hits._source`: func(ctx context.Context, c *Client) error {
			_, err := c.ReadRecords(ctx)
			return err
		},
		`GET /_tasks?actions=cluster:indices/admin/replication*&detailed&group_by=none`: func(ctx context.Context, c *Client) error {
			_, err := c.replicationTasks(ctx)
			return err
		},
		`POST /_tasks/node:17/_cancel`: func(ctx context.Context, c *Client) error { return c.cancelTask(ctx, "node:17") },
	} {
		t.Run(want, func(t *testing.T) {
			fake := newCluster(t)
			fake.otherwise = func(*http.Request, string) reply { return ok(`{}`) }
			if err := call(t.Context(), fake.client(newClock())); err != nil {
				t.Fatal(err)
			}
			if want == `POST /_plugins/_replication/größe/_pause {}` {
				want = `POST /_plugins/_replication/gr%C3%B6%C3%9Fe/_pause {}`
			}
			assertLines(t, fake.seen(), []string{want})
		})
	}
}

func TestReplication(t *testing.T) {
	a := ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a"}
	in := func(state ccr.State, reason string, leader, follower int64) ccr.Replication {
		r := a
		r.State, r.Reason, r.LeaderCheckpoint, r.FollowerCheckpoint = state, reason, leader, follower
		return r
	}
	for name, tt := range map[string]struct {
		answer reply
		want   ccr.Replication
	}{
		"syncing":                  {syncs(9, 4), in(ccr.Syncing, "User initiated", 9, 4)},
		"paused":                   {status("PAUSED", "planned work"), in(ccr.Paused, "planned work", 0, 0)},
		"failed":                   {status("FAILED", "disk full"), in(ccr.Failed, "disk full", 0, 0)},
		"bootstrapping":            {status("BOOTSTRAPPING", ""), in(ccr.Bootstrapping, "", 0, 0)},
		"stopped":                  {status("STOPPED", ""), in(ccr.NotInProgress, "", 0, 0)},
		"not in progress, or none": {notInProgress, ccr.Replication{FollowerIndex: "a", State: ccr.NotInProgress}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("GET /_plugins/_replication/a/_status", tt.answer)
			got, err := fake.client(newClock()).Replication(t.Context(), "a")
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestReplication_LeaderDown(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_plugins/_replication/a/_status", leaderDown)
	got, err := fake.client(newClock()).Replication(t.Context(), "a")
	if got.State != ccr.Unknown || got.FollowerIndex != "a" || !IsLeaderUnreachable(err) {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(fake.seen()) != 1 {
		t.Errorf("a 500 was tried again: %q", fake.seen())
	}
}

func TestRemoveRule(t *testing.T) {
	for name, tt := range map[string]struct {
		answer reply
		want   string
	}{
		"removed":     {acknowledged, ""},
		"not there":   {refused(500, "exception", "Autofollow replication rule lead:r1 does not exist"), ""},
		"another 500": {refused(500, "exception", "all is lost"), "DELETE URL/_plugins/_replication/_autofollow: status 500, exception: all is lost"},
		"not allowed": {forbidden, "DELETE URL/_plugins/_replication/_autofollow: status 403, security_exception: no permissions for [cluster:monitor] and User [name=avnadmin]. " +
			"The user lacks a permission; for replication it needs the plugin's roles on both clusters"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("DELETE /_plugins/_replication/_autofollow", tt.answer)
			assertError(t, fake.client(newClock()).RemoveRule(t.Context(), "lead", "r1"), withURL(tt.want, fake))
		})
	}
}

func TestDeleteIndex(t *testing.T) {
	fake := newCluster(t)
	fake.on("DELETE /a",
		acknowledged,
		refused(404, "index_not_found_exception", "no such index [a]"),
		refused(403, "cluster_block_exception", "index [a] blocked by: [FORBIDDEN/1000/index read-only(cross-cluster-replication)];"))
	client := fake.client(newClock())
	for _, want := range []string{"", "",
		"DELETE URL/a: status 403, cluster_block_exception: index [a] blocked by: [FORBIDDEN/1000/index read-only(cross-cluster-replication)];"} {
		assertError(t, client.DeleteIndex(t.Context(), "a"), withURL(want, fake))
	}
}

func TestRules(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_plugins/_replication/autofollow_stats", ok(`{"num_success_start_replication":1,"failed_indices":["b"],"autofollow_stats":[
		{"name":"all","pattern":"*","failed_indices":["b"],"last_execution_time":1},{"name":"none","pattern":"x","failed_indices":[]}]}`))
	got, err := fake.client(newClock()).Rules(t.Context())
	want := []ccr.Rule{{Name: "all", Pattern: "*", FailedIndices: []string{"b"}}, {Name: "none", Pattern: "x", FailedIndices: []string{}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestFollowerStats(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_plugins/_replication/follower_stats", ok(`{"num_syncing_indices":1,"num_bootstrapping_indices":2,"num_paused_indices":3,"num_failed_indices":4,
		"index_stats":{"a":{"leader_checkpoint":9,"follower_checkpoint":4,"operations_written":5}}}`))
	got, err := fake.client(newClock()).FollowerStats(t.Context())
	if err != nil || got.total() != 10 || got.Syncing != 1 || len(got.Indices) != 1 || got.Indices["a"].Leader != 9 || got.Indices["a"].Follower != 4 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestConnections(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_remote/info", ok(`{
		"lead":{"connected":true,"mode":"sniff","seeds":["127.0.0.1:9301","127.0.0.1:9302"],"num_nodes_connected":1},
		"far":{"connected":false,"mode":"proxy","proxy_address":"proxy.example.com:443","server_name":"x"}}`))
	got, err := fake.client(newClock()).Connections(t.Context())
	want := map[string]ccr.Connection{
		"lead": {Alias: "lead", Exists: true, Connected: true, Mode: "sniff", Addresses: []string{"127.0.0.1:9301", "127.0.0.1:9302"}},
		"far":  {Alias: "far", Exists: true, Mode: "proxy", Addresses: []string{"proxy.example.com:443"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestIndices(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_cat/indices", ok(`[
		{"index":"a","uuid":"u1","status":"open","creation.date":"1795521600123"},
		{"index":"b","uuid":"u2","status":"close","creation.date":"0"},
		{"index":".kibana","uuid":"u3","status":"open","creation.date":"1"}]`),
		ok(`[]`), ok(`[{"index":"a","creation.date":"yesterday"}]`))
	client := fake.client(newClock())
	got, err := client.Indices(t.Context())
	want := []ccr.Index{
		{Name: "a", UUID: "u1", Created: time.UnixMilli(1795521600123)},
		{Name: "b", UUID: "u2", Closed: true, Created: time.UnixMilli(0)},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	// None is not "not known": see Observation.LeaderSeen.
	if got, err := client.Indices(t.Context()); err != nil || got == nil || len(got) > 0 {
		t.Errorf("of a cluster without indices: got %#v, %v", got, err)
	}
	_, err = client.Indices(t.Context())
	assertError(t, err, withURL(`GET URL/_cat/indices: creation date "yesterday" of index a is no number: strconv.ParseInt: parsing "yesterday": invalid syntax`, fake))
}

func TestReplicas(t *testing.T) {
	const mark = `"index.plugins.replication.follower.leader_index"`
	fake := newCluster(t)
	fake.on("GET /*/_settings/index.plugins.replication.follower.leader_index", ok(`{
		"a":{"settings":{`+mark+`:"lead:x"}},
		"stopped":{"settings":{`+mark+`:null}},
		"plain":{"settings":{}},
		"odd":{"settings":{`+mark+`:"without-a-colon"}}}`))
	got, err := fake.client(newClock()).replicas(t.Context())
	want := map[string]ccr.Replication{"a": {FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "x", State: ccr.Unknown}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}
