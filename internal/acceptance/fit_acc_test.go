// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// mebibytes is a number of MiB in bytes.
func mebibytes(n int64) int64 { return n << 20 }

// A new follower, and one whose disk is changed, must have room for what its
// leader has: one that is too small is refused with what is large enough.
func TestFit_DiskOfAFollower(t *testing.T) {
	t.Parallel()
	skipUnlessAcceptance(t)
	s := newMemoryScene(t, unchanged)
	leader := s.cluster(leaderRef)
	for name, mb := range map[string]int64{"us-movies": 40000, "us-books": 5000, "other": 500000} {
		leader.Write(name, "1", true)
		leader.Resize(name, mebibytes(mb), 1)
	}
	const patterns = `index_patterns = ["us-*"]`
	s.write(follower(patterns))
	s.planFails().matches(diagnostic("Error", "Leader's data does not fit on the follower's disk", "", "The indices of the leader "+modelProject+"/search-us that index_patterns matches take 90000 MB on the follower, with replicas. "+
		"Follower "+modelProject+"/search-eu has 81920 MB of disk space (plan business-4), and OpenSearch places no more shards on a disk that is 85 % full. For the data and room to grow, set disk_space_mb = 122880."))
	s.write(follower(patterns, `disk_space_mb = 122880`))
	s.apply().matches(diagnostic("Warning", "Follower service "+modelProject+"/search-eu will be created", "", "Apply copies 2 indices (us-books, us-movies) from the leader "+modelProject+"/search-us, 47.2 GB. "+
		"If each node of the follower copies 40 MB a second (OpenSearch's default limit for a recovery), that takes about 6 min. It costs 0.43 USD per hour (plan business-4 in cloud aws-eu-west-1, with 40960 MB of additional disk space)."))
	s.expect(map[string]any{"disk_space_mb": 122880, "status": "replicating"})
	s.planEmpty().saysNot("will be created", "room to grow")

	// What is changed later is measured too, with what the follower has of others.
	s.write(follower(patterns, `disk_space_mb = 92160`))
	s.planFails().matches(diagnostic("Error", "Leader's data does not fit on the follower's disk", "disk_space_mb       = 92160", "The indices of the leader "+modelProject+"/search-us that index_patterns matches take 90000 MB"))
	s.write(follower(patterns, `disk_space_mb = 112640`))
	s.planUpdate().says("Warning: Follower "+modelProject+"/search-eu has little room to grow", "To keep the disk under 75 %, set disk_space_mb = 122880.")
	// A leader that cannot be read fails no plan.
	leader.SetPassword("another")
	s.planUpdate().says("Warning: Cannot check the disk space of follower "+modelProject+"/search-eu", "Whether the data of the leader", "status 401")
}

// The disk space of a follower is its leader's when it is created, where the plan
// can have it. After that it stays what it is, also in another plan.
func TestFit_DiskFollowsTheLeader(t *testing.T) {
	t.Parallel()
	skipUnlessAcceptance(t)
	s := newMemoryScene(t, unchanged)
	s.api(http.MethodPut, "service/"+leaderName, map[string]any{"disk_space_mb": 184320})
	s.settled(leaderName)
	s.write(follower())
	s.apply().says("Nothing is copied yet: the leader " + modelProject + "/search-us has no index that index_patterns matches. It costs 0.45 USD per hour (plan business-4 in cloud aws-eu-west-1, with 102400 MB of additional disk space).")
	s.expect(map[string]any{"disk_space_mb": 184320, "plan": "business-4"})
	s.api(http.MethodPut, "service/"+leaderName, map[string]any{"disk_space_mb": 194560})
	s.settled(leaderName)
	s.planEmpty()
	s.write(follower(`plan = "business-8"`, `allow_larger_plan = true`)) // 163840 MB of its own
	s.apply()
	s.expect(map[string]any{"disk_space_mb": 184320, "plan": "business-8"})
	s.planEmpty()
}

// What a plan says of the creation of a follower or an integration, with the
// services and the prices that there are.
func TestFit_WhatAPlanSays(t *testing.T) {
	t.Parallel()
	skipUnlessAcceptance(t)
	const project = modelProject
	resourceOf := func(name string) block { return block{blockResource, "opensearch_ccr_" + name} }
	followerOf := func(change fields) fields {
		config := fields{"leader_service_name": leaderName, "service_name": "search-eu", "cloud_name": "aws-eu-west-1"}
		maps.Copy(config, change)
		return config
	}
	integrationOf := func(leader, follower string, change fields) fields {
		config := fields{"leader_service_name": leader, "follower_service_name": follower}
		maps.Copy(config, change)
		return config
	}
	with := func(config map[string]any) func(w *valuesWorld) {
		return func(w *valuesWorld) {
			w.api(http.MethodPost, "service", fields{"service_type": "opensearch", "service_name": "search-old", "plan": "business-4", "cloud": "aws-us-east-1", "user_config": config})
			w.settled("search-old")
		}
	}
	fork := with(fields{"service_to_fork_from": leaderName})
	tiered := with(fields{"tiered_storage": fields{"enabled": true}})
	replica := func(w *valuesWorld) {
		with(nil)(w)
		if err := w.plane.MakeReadReplica(ref("search-old"), leaderName); err != nil {
			w.t.Fatal(err)
		}
	}
	resize := func(mb int64) func(w *valuesWorld) {
		return func(w *valuesWorld) { w.cluster(leaderRef).Resize("movies", mebibytes(mb), 1) }
	}
	const (
		isFork    = ": Service " + project + "/search-old was forked from " + project + "/search-us, and a fork cannot take part in cross-cluster replication. Choose a service that is not a fork."
		isReplica = ": Service " + project + "/search-old is a read replica of " + project + "/search-us, and a read replica cannot take part in cross-cluster replication. Choose a service that is not a read replica."
		isTiered  = ": Service " + project + "/search-old has part of its data in tiered storage, and such a service cannot take part in cross-cluster replication. Choose a service without tiered storage."
		takes     = "The indices of the leader " + project + "/search-us that index_patterns matches take 90000 MB on the follower, with replicas."
		full      = ", and OpenSearch places no more shards on a disk that is 85 % full. For the data and room to grow, "
	)
	for name, test := range map[string]struct {
		prepare func(w *valuesWorld)
		of      block
		config  fields
		want    string
	}{
		"leader of a new follower is a fork":            {fork, resourceOf("follower"), followerOf(fields{"leader_service_name": "search-old"}), "leader_service_name: Leader is a fork" + isFork},
		"leader of a new follower is a read replica":    {replica, resourceOf("follower"), followerOf(fields{"leader_service_name": "search-old"}), "leader_service_name: Leader is a read replica" + isReplica},
		"leader of a new follower has tiered storage":   {tiered, resourceOf("follower"), followerOf(fields{"leader_service_name": "search-old"}), "leader_service_name: Leader has tiered storage" + isTiered},
		"leader of an integration is a fork":            {fork, resourceOf("integration"), integrationOf("search-old", "central", nil), "leader_service_name: Leader is a fork" + isFork},
		"leader of an integration is a read replica":    {replica, resourceOf("integration"), integrationOf("search-old", "central", nil), "leader_service_name: Leader is a read replica" + isReplica},
		"leader of an integration has tiered storage":   {tiered, resourceOf("integration"), integrationOf("search-old", "central", nil), "leader_service_name: Leader has tiered storage" + isTiered},
		"follower of an integration is a fork":          {fork, resourceOf("integration"), integrationOf(leaderName, "search-old", nil), "follower_service_name: Follower is a fork" + isFork},
		"follower of an integration is a read replica":  {replica, resourceOf("integration"), integrationOf(leaderName, "search-old", nil), "follower_service_name: Follower is a read replica" + isReplica},
		"follower of an integration has tiered storage": {tiered, resourceOf("integration"), integrationOf(leaderName, "search-old", nil), "follower_service_name: Follower has tiered storage" + isTiered},

		"follower of an integration is too small": {resize(45000), resourceOf("integration"), integrationOf(leaderName, "central", nil),
			"follower_service_name: Leader's data does not fit on the follower's disk: " + takes + " Follower " + project + "/central has 81920 MB of disk space (plan business-4)" + full + "give service " + project + "/central 122880 MB of disk space."},
		"follower of an integration has data of its own": {func(w *valuesWorld) { resize(20000)(w); w.cluster(ref("central")).Resize("plain", mebibytes(17000), 1) }, resourceOf("integration"),
			integrationOf(leaderName, "central", nil), "follower_service_name: Leader's data does not fit on the follower's disk: " + strings.Replace(takes, "90000", "40000", 1) +
				" The follower's other indices take 34000 MB. Follower " + project + "/central has 81920 MB of disk space (plan business-4)" + full + "give service " + project + "/central 102400 MB of disk space."},
		"a larger plan is allowed": {resize(45000), resourceOf("follower"), followerOf(fields{"allow_larger_plan": true}),
			"plan: Leader's data does not fit on the follower's disk: " + takes + " Follower " + project + "/search-eu has 81920 MB of disk space (plan business-4)" + full + `set disk_space_mb = 122880 or plan = "acme-custom-3x-7".`},
		"only a larger plan is large enough": {resize(100000), resourceOf("follower"), followerOf(nil),
			"plan: Leader's data does not fit on the follower's disk: " + strings.Replace(takes, "90000", "200000", 1) + " Follower " + project + "/search-eu has 81920 MB of disk space (plan business-4)" + full +
				`set allow_larger_plan = true and plan = "business-16".`},

		"the API gives no price": {func(w *valuesWorld) { w.plane.HidePrices(project, true) }, resourceOf("follower"), followerOf(nil),
			"warning : Follower service " + project + "/search-eu will be created: Apply copies index movies from the leader " + project + "/search-us, 0.0 kB. If each node of the follower copies 40 MB a second (OpenSearch's default limit for a recovery), " +
				"that takes about 1 s. What it costs is not known: the API gives no price for plan business-4 in cloud aws-eu-west-1."},
		"the leader cannot be read": {func(w *valuesWorld) { w.cluster(leaderRef).SetPassword("another") }, resourceOf("follower"), followerOf(nil),
			"warning : Follower service " + project + "/search-eu will be created: How much is copied from the leader " + project + "/search-us is not known, nor whether it fits on the follower's disk: GET ADDRESS/_cat/indices?format=json&bytes=b&h=index,status,health,rep,pri.store.size&expand_wildcards=open,closed: " +
				"status 401, security_exception: Unauthorized. Check the credentials of this cluster. It costs 0.42 USD per hour (plan business-4 in cloud aws-eu-west-1)."},
		"the leader does not answer": {func(w *valuesWorld) { w.cluster(leaderRef).SetDown(true) }, resourceOf("integration"), integrationOf(leaderName, "search-new", nil),
			"warning : The integration of follower " + project + "/search-new of leader " + project + "/search-us will be created: How much is copied from the leader " + project + "/search-us is not known, nor whether it fits on the follower's disk: " +
				"GET ADDRESS/_cat/indices?format=json&bytes=b&h=index,status,health,rep,pri.store.size&expand_wildcards=open,closed: status 503, unavailable: Service Unavailable."},
		"an integration": {nil, resourceOf("integration"), integrationOf(leaderName, "central", nil),
			"warning : The integration of follower " + project + "/central of leader " + project + "/search-us will be created: Apply copies index movies from the leader " + project + "/search-us, 0.0 kB. If each node of the follower copies 40 MB a second " +
				"(OpenSearch's default limit for a recovery), that takes about 1 s."},
		"the follower does not exist yet": {nil, resourceOf("integration"), integrationOf(leaderName, "search-new", nil),
			"warning : The integration of follower " + project + "/search-new of leader " + project + "/search-us will be created: Apply copies index movies from the leader " + project + "/search-us, 0.0 kB. How long that takes is not known. " +
				"Whether it fits on the follower's disk is not known: service " + project + "/search-new does not exist yet."},
		"paused": {nil, resourceOf("follower"), followerOf(fields{"desired_state": "paused"}),
			"warning : Follower service " + project + `/search-eu will be created: Nothing is copied while desired_state is "paused". It costs 0.42 USD per hour (plan business-4 in cloud aws-eu-west-1).`},
		"patterns are not known": {nil, resourceOf("follower"), followerOf(fields{"index_patterns": []any{unknown}}),
			"warning : Follower service " + project + "/search-eu will be created: How much is copied from the leader " + project + "/search-us is not known, nor whether it fits on the follower's disk: index_patterns is known only after apply. It costs 0.42 USD per hour (plan business-4 in cloud aws-eu-west-1)."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newValuesWorld(t)
			if test.prepare != nil {
				test.prepare(w)
			}
			address := w.clusterOf(leaderName)["url"].(string)
			found := w.plan(test.of, test.config)
			if len(found) != 1 {
				t.Fatalf("got %v\nwant %s", found, test.want)
			}
			got := strings.ReplaceAll(found[0].String(), address, "ADDRESS")
			if found[0].warning {
				got = "warning " + got
			}
			if got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}
