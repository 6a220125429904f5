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
			return c.Start(ctx, ccr.Start{FollowerIndex: index, LeaderAlias: alias, LeaderIndex: index})
		},
		`PUT /_plugins/_replication/a%2Fb%3Fc%23d%20e/_start {"leader_alias":"lead","leader_index":"x","use_roles":{"leader_cluster_role":"reads","follower_cluster_role":"writes"},"settings":{"index.number_of_replicas":0}}`: func(ctx context.Context, c *Client) error {
			return c.Start(ctx, ccr.Start{FollowerIndex: "a/b?c#d e", LeaderAlias: "lead", LeaderIndex: "x", Roles: roles, Settings: map[string]any{"index.number_of_replicas": 0}})
		},
		`POST /_plugins/_replication/a%25b/_pause {"reason":"planned work"}`: func(ctx context.Context, c *Client) error { return c.Pause(ctx, index, "planned work") },
		// A body is demanded even where there is nothing to say (recording 07).
		`POST /_plugins/_replication/größe/_pause {}`:  func(ctx context.Context, c *Client) error { return c.Pause(ctx, "größe", "") },
		`POST /_plugins/_replication/a%25b/_resume {}`: func(ctx context.Context, c *Client) error { return c.Resume(ctx, index) },
		`POST /_plugins/_replication/a%25b/_stop {}`:   func(ctx context.Context, c *Client) error { return c.Stop(ctx, permitStop(index)) },
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
			return c.RemoveRule(ctx, permitRule(alias, "r/1"))
		},
		`GET /_plugins/_replication/autofollow_stats`: func(ctx context.Context, c *Client) error { _, err := c.RuleStats(ctx); return err },
		`GET /_plugins/_replication/follower_stats`:   func(ctx context.Context, c *Client) error { _, err := c.FollowerStats(ctx); return err },
		`GET /_remote/info`:                           func(ctx context.Context, c *Client) error { _, err := c.Connections(ctx); return err },
		`DELETE /a%25b`:                               func(ctx context.Context, c *Client) error { return c.DeleteIndex(ctx, permitDelete(index)) },
		`GET /*/_settings/index.uuid,index.plugins.replication.follower.leader_index?flat_settings=true&expand_wildcards=open,closed&ignore_unavailable=true&allow_no_indices=true`: func(ctx context.Context, c *Client) error {
			_, err := c.marks(ctx, nil)
			return err
		},
		`GET /a%25b%2Cc/_settings/index.uuid,index.plugins.replication.follower.leader_index?flat_settings=true&expand_wildcards=open,closed&ignore_unavailable=true&allow_no_indices=true`: func(ctx context.Context, c *Client) error {
			_, err := c.marks(ctx, []string{index, "c"})
			return err
		},
		`GET /_cluster/state/metadata,blocks?filter_path=metadata.replication_metadata.replication_details.*.REPLICATION_LAST_KNOWN_OVERALL_STATE,blocks.indices.*.1000.levels`: func(ctx context.Context, c *Client) error {
			_, err := c.clusterState(ctx)
			return err
		},
		`GET /_resolve/index/lead:log-%2A?expand_wildcards=open,closed`: func(ctx context.Context, c *Client) error {
			_, err := c.resolve(ctx, "lead", "log-*")
			return err
		},
		`GET /lead:a%25b/_search?size=0`: func(ctx context.Context, c *Client) error {
			_, err := c.searchLeader(ctx, "lead", index)
			return err
		},
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
	source := ccr.Source{Alias: "lead", Index: "a"}
	for name, tt := range map[string]struct {
		answer reply
		want   Status
	}{
		"syncing":       {syncs(9, 4), Status{Source: source, State: ccr.Syncing, Reason: "User initiated", LeaderCheckpoint: 9, FollowerCheckpoint: 4}},
		"paused":        {status("PAUSED", "planned work"), Status{Source: source, State: ccr.Paused, Reason: "planned work"}},
		"failed":        {status("FAILED", "disk full"), Status{Source: source, State: ccr.Failed, Reason: "disk full"}},
		"bootstrapping": {status("BOOTSTRAPPING", ""), Status{Source: source, State: ccr.Bootstrapping}},
		"bootstrapping, with sizes": {ok(`{"status":"BOOTSTRAPPING","leader_alias":"lead","leader_index":"a","follower_index":"a","bootstrap_details":{"bytes_total":61,"bytes_recovered":12}}`),
			Status{Source: source, State: ccr.Bootstrapping, Copied: ccr.Copied{Done: 12, Total: 61}}},
		"stopped":                  {status("STOPPED", ""), Status{Source: source, State: ccr.NotInProgress}},
		"not in progress, or none": {notInProgress, Status{State: ccr.NotInProgress}},
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
	if got.State != ccr.StateUnknown || !IsLeaderUnreachable(err) {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(fake.seen()) != 1 {
		t.Errorf("a 500 was tried again: %q", fake.seen())
	}
}

// Only what the deciders of package ccr permit reaches a route that destroys
// something, and a permission for one kind of thing is none for another.
func TestDestructiveRoutes_NeedTheirPermission(t *testing.T) {
	stop := func(c *Client, d ccr.Destruction) error { return c.Stop(t.Context(), d) }
	remove := func(c *Client, d ccr.Destruction) error { return c.DeleteIndex(t.Context(), d) }
	rule := func(c *Client, d ccr.Destruction) error { return c.RemoveRule(t.Context(), d) }
	teardown := ccr.Teardown(ccr.Desired{Alias: "lead"}, ccr.PairObservation{Link: ccr.Present(ccr.Link{ID: "i"})}, time.Time{}, "this test")
	unlinks, deletesService := teardown[0].Destroys, teardown[1].Destroys
	if !unlinks.Permits() || !deletesService.Permits() {
		t.Fatal("a permission of this test permits nothing")
	}
	for name, tt := range map[string]struct {
		call    func(*Client, ccr.Destruction) error
		permits ccr.Destruction
		want    string
	}{
		"stop, nothing":            {stop, ccr.Destruction{}, "stop a replication: nothing is destroyed"},
		"stop, a rule":             {stop, permitRule("lead", "r"), "stop a replication: remove autofollow rule r (permitted by this test)"},
		"stop, an integration":     {stop, unlinks, "stop a replication: " + unlinks.String()},
		"stop, a service":          {stop, deletesService, "stop a replication: " + deletesService.String()},
		"stop, not permitted":      {stop, ccr.EndRule(ccr.Rule{Name: "r"}, "").Destroys, "stop a replication: remove autofollow rule r (permitted by )"},
		"delete, nothing":          {remove, ccr.Destruction{}, "delete an index: nothing is destroyed"},
		"delete, only a stop":      {remove, permitStop("a"), "delete an index: stop replication of index a (permitted by this test)"},
		"delete, a rule":           {remove, permitRule("lead", "r"), "delete an index: remove autofollow rule r (permitted by this test)"},
		"delete, a service":        {remove, deletesService, "delete an index: " + deletesService.String()},
		"remove rule, nothing":     {rule, ccr.Destruction{}, "remove an autofollow rule: nothing is destroyed"},
		"remove rule, an index":    {rule, permitDelete("a"), "remove an autofollow rule: " + permitDelete("a").String()},
		"remove rule, not allowed": {rule, ccr.EndRule(ccr.Rule{Name: "r"}, "").Destroys, "remove an autofollow rule: remove autofollow rule r (permitted by )"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			assertError(t, tt.call(fake.client(newClock()), tt.permits), "internal error, please report it: nothing permits to "+tt.want)
			if seen := fake.seen(); len(seen) > 0 {
				t.Errorf("requests: %q", seen)
			}
		})
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
			"User avnadmin needs a role with the permission cluster:monitor. The guide \"Security\" has the smallest role for each resource, on both clusters"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("DELETE /_plugins/_replication/_autofollow", tt.answer)
			assertError(t, fake.client(newClock()).RemoveRule(t.Context(), permitRule("lead", "r1")), withURL(tt.want, fake))
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
		assertError(t, client.DeleteIndex(t.Context(), permitDelete("a")), withURL(want, fake))
	}
}

func TestRules(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_plugins/_replication/autofollow_stats", ok(`{"num_success_start_replication":1,"failed_indices":["b"],"autofollow_stats":[
		{"name":"all","pattern":"*","failed_indices":["b"],"last_execution_time":1},{"name":"none","pattern":"x","failed_indices":[]}]}`))
	got, err := fake.client(newClock()).RuleStats(t.Context())
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
		"lead": {Alias: "lead", Connected: true, Mode: "sniff", Addresses: []string{"127.0.0.1:9301", "127.0.0.1:9302"}},
		"far":  {Alias: "far", Mode: "proxy", Addresses: []string{"proxy.example.com:443"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestListIndices(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_cat/indices", ok(`[{"index":"a","status":"open"},{"index":"b","status":"close"},{"index":".kibana","status":"open"}]`), ok(`[]`))
	client := fake.client(newClock())
	got, err := client.listIndices(t.Context())
	if want := []ccr.LeaderIndex{{Name: "a"}, {Name: "b", Closed: true}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := client.listIndices(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("of a cluster without indices: got %#v, %v", got, err)
	}
}

// What a closed and a red index hold is not known.
func TestReadSizes(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_cat/indices", ok(`[{"index":"a","status":"open","health":"green","rep":"1","pri.store.size":"208"},{"index":"b","status":"close","health":"green","rep":"1","pri.store.size":null},
		{"index":"c","status":"open","health":"red","rep":"2","pri.store.size":"208"},{"index":"d","status":"open","health":"yellow","rep":"0"},{"index":".kibana","status":"open","rep":"1","pri.store.size":"9"}]`), forbidden)
	client := fake.client(newClock())
	got, err := client.ReadSizes(t.Context())
	want := []ccr.IndexSize{{Name: "a", Bytes: ccr.Present(int64(208)), Replicas: 1}, {Name: "b", Closed: true, Bytes: ccr.Unknown[int64]("the cluster does not say"), Replicas: 1},
		{Name: "c", Bytes: ccr.Unknown[int64]("it is red, so a part of it is missing"), Replicas: 2}, {Name: "d", Bytes: ccr.Unknown[int64]("the cluster does not say")}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := client.ReadSizes(t.Context()); err == nil {
		t.Error("a refusal is not an error")
	}
}

func TestMarks(t *testing.T) {
	const marker = `"index.uuid":"u","index.plugins.replication.follower.leader_index"`
	fake := newCluster(t)
	fake.on(marksRoute, ok(`{
		"a":{"settings":{`+marker+`:"lead:x"}},
		"stopped":{"settings":{`+marker+`:null}},
		"plain":{"settings":{"index.uuid":"u"}}}`))
	got, err := fake.client(newClock()).marks(t.Context(), nil)
	want := map[string]mark{"a": {uuid: "u", source: ccr.Source{Alias: "lead", Index: "x"}}, "stopped": {uuid: "u"}, "plain": {uuid: "u"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Names that are too long for an address are asked for with all others.
func TestMarks_OfManyNames(t *testing.T) {
	fake := newCluster(t)
	fake.on(marksRoute, ok(`{}`))
	if _, err := fake.client(newClock()).marks(t.Context(), numbered(400)); err != nil {
		t.Error(err)
	}
}

func TestClusterState(t *testing.T) {
	fake := newCluster(t)
	fake.on(stateRoute, ok(`{"metadata":{"replication_metadata":{"replication_details":{"a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"}}}},
		"blocks":{"indices":{"a":{"1000":{"levels":["write"]}},"other":{"8":{"levels":["write"]}}}}}`))
	got, err := fake.client(newClock()).clusterState(t.Context())
	want := clusterState{states: map[string]string{"a": "RUNNING"}, blocks: map[string]bool{"a": true, "other": false}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What proves that the leader does not have an index is in the reference of the plugin.
func TestSearchLeader(t *testing.T) {
	const route = "GET URL/lead:a/_search?size=0: "
	for name, tt := range map[string]struct {
		answer reply
		gone   bool
		want   string
	}{
		"it has it":           {ok(`{"hits":{},"_clusters":{"total":1,"successful":1,"skipped":0}}`), false, ""},
		"it does not have it": {refused(404, "index_not_found_exception", "no such index [a]"), true, ""},
		"another is missing":  {refused(404, "index_not_found_exception", "no such index [lead:a]"), false, route + "status 404, index_not_found_exception: no such index [lead:a]"},
		"left out":            {ok(`{"_clusters":{"total":1,"successful":0,"skipped":1}}`), false, route[:len(route)-2] + ": the follower left the leader out of its answer"},
		"leader down": {
			refused(500, "connect_transport_exception", "[][10.0.0.1:9300] connect_exception"), false,
			route + "status 500, connect_transport_exception: [][10.0.0.1:9300] connect_exception. The follower cannot reach its leader at this moment",
		},
		"no rights there": {refused(403, "exception", "no"), false, route + "status 403, exception: no"},
		"no connection":   {refused(404, "no_such_remote_cluster_exception", "no such remote cluster: [lead]"), false, route + "status 404, no_such_remote_cluster_exception: no such remote cluster: [lead]. The follower has no connection of that name"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("GET /lead:a/_search", tt.answer)
			gone, err := fake.client(newClock()).searchLeader(t.Context(), "lead", "a")
			if gone != tt.gone {
				t.Errorf("gone %v", gone)
			}
			assertError(t, err, withURL(tt.want, fake))
		})
	}
}

func TestLeaderIndices(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_resolve/index/lead:log-%2A", ok(`{"indices":[{"name":"lead:log-b","attributes":["open"]},{"name":"lead:log-a","attributes":["open"]},
		{"name":"lead:log-closed","attributes":["closed"]},{"name":"lead:log-hidden","attributes":["open","hidden"]}]}`))
	got, err := fake.client(newClock()).LeaderIndices(t.Context(), "lead", "log-*")
	if want := []string{"log-a", "log-b"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

// What the leader has under a name: the list that all share says it of most
// indices, and only of others the leader is asked by name.
func TestLeaderName(t *testing.T) {
	const list, byName, search = "GET /_resolve/index/lead:%2A", "GET /_resolve/index/lead:", "GET /lead:"
	nothing := ok(`{"indices":[],"aliases":[],"data_streams":[]}`)
	listed := ok(`{"indices":[{"name":"lead:a","attributes":["open"]},{"name":"lead:c","attributes":["closed"]}],"aliases":[],"data_streams":[]}`)
	for name, tt := range map[string]struct {
		listed, named, searched reply
		want                    LeaderName
	}{
		"a":       {listed: listed, want: LeaderIndexOpen},
		"c":       {listed: listed, want: LeaderIndexClosed},
		"films":   {listed: listed, named: ok(`{"indices":[],"aliases":[{"name":"lead:films","indices":["lead:a"]}],"data_streams":[]}`), want: LeaderAlias},
		"logs":    {listed: listed, named: ok(`{"indices":[],"aliases":[],"data_streams":[{"name":"lead:logs"}]}`), want: LeaderDataStream},
		"missing": {listed: listed, named: nothing, searched: refused(404, "index_not_found_exception", "no such index [missing]"), want: LeaderNothing},
		"hidden":  {listed: nothing, named: nothing, searched: ok(`{"_clusters":{"skipped":0}}`)},
		"secret":  {listed: nothing, named: nothing, searched: refused(403, "security_exception", "no")},
		"closed":  {listed: nothing, named: refused(403, "security_exception", "no")},
		"down":    {listed: refused(403, "security_exception", "no")},
		"skipped": {listed: nothing, named: nothing, searched: ok(`{"_clusters":{"skipped":1}}`)},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			for route, r := range map[string]reply{list: tt.listed, byName + name: tt.named, search + name + "/_search": tt.searched} {
				if r.status != 0 {
					fake.on(route, r)
				}
			}
			if got := fake.reader(newClock()).LeaderName(t.Context(), "lead", name); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
