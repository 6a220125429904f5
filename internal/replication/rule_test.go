// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"reflect"
	"slices"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

const (
	ruleRecord      = `{"_source":{"connection_name":"lead","metadata_type":"AUTO_FOLLOW","overall_state":"RUNNING","follower_context":{"resource":"r"},"leader_context":{"resource":"x*"}}}`
	otherRuleRecord = `{"_source":{"connection_name":"other","metadata_type":"AUTO_FOLLOW","overall_state":"RUNNING","follower_context":{"resource":"r"},"leader_context":{"resource":"y*"}}}`
	ruleWithRoles   = `{"_source":{"connection_name":"lead","metadata_type":"AUTO_FOLLOW","overall_state":"RUNNING","follower_context":{"resource":"r","user":{"roles":["writer"]}},"leader_context":{"resource":"x*","user":{"roles":["reader"]}}}}`
)

func hits(records ...string) reply {
	all := ""
	for i, r := range records {
		if i > 0 {
			all += ","
		}
		all += r
	}
	return ok(`{"hits":{"hits":[` + all + `]}}`)
}

func TestReader_Rule(t *testing.T) {
	t.Parallel()
	runs := func(pattern string) string { return `{"name":"r","pattern":"` + pattern + `","failed_indices":[]}` }
	for name, c := range map[string]struct {
		running string
		records reply
		want    RuleSight
	}{
		"runs and is on record":            {runs("x*"), hits(ruleRecord), RuleSight{Exists: true, Pattern: "x*"}},
		"with roles":                       {runs("x*"), hits(ruleWithRoles), RuleSight{Exists: true, Pattern: "x*", Roles: ccr.Roles{Leader: "reader", Follower: "writer"}}},
		"runs, the records are closed":     {runs("x*"), forbidden, RuleSight{Exists: true, Pattern: "x*"}},
		"made anew a moment ago":           {runs("z*"), hits(ruleRecord), RuleSight{Exists: true, Pattern: "z*"}},
		"made a moment ago":                {runs("x*"), hits(), RuleSight{Exists: true, Pattern: "x*"}},
		"on record, the node is just back": {"", hits(ruleRecord), RuleSight{Exists: true, Pattern: "x*"}},
		"gone":                             {"", hits(), RuleSight{}},
		"another leader's of that name":    {runs("y*"), hits(otherRuleRecord), RuleSight{}},
		"two of that name":                 {runs("y*") + "," + runs("x*"), hits(otherRuleRecord, ruleRecord), RuleSight{Exists: true, Pattern: "x*"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newCluster(t)
			f.on(rulesRoute, ok(`{"autofollow_stats":[`+c.running+`]}`))
			f.on(recordsRoute, c.records)
			got, err := f.reader(newClock()).Rule(t.Context(), "lead", "r")
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("\n got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

// Of what a rule could not start only what the follower does not have is a
// problem of the rule: a name that is taken is the user's to decide about, and
// what was started since replicates.
func TestReader_RuleSortsWhatItCouldNotStart(t *testing.T) {
	t.Parallel()
	f := newCluster(t)
	f.on(rulesRoute, ok(`{"autofollow_stats":[{"name":"r","pattern":"x*","failed_indices":["x-missing","x-deleted","x-taken","x-started"]}]}`))
	f.on(recordsRoute, hits(ruleRecord))
	f.on(marksRoute, ok(`{"x-taken":{"settings":{"index.uuid":"t"}},"x-started":{"settings":{"index.uuid":"s","index.plugins.replication.follower.leader_index":"lead:x-started"}}}`))
	f.on(statsRoute, ok(`{"index_stats":{"x-started":{"leader_checkpoint":1,"follower_checkpoint":1}}}`))
	f.on(statesRoute, ok(`{}`))
	f.on("GET /_plugins/_replication/x-taken/_status", notInProgress)
	f.on("GET /_resolve/index/lead:x%2A", ok(`{"indices":[{"name":"lead:x-missing","attributes":["open"]},{"name":"lead:x-closed","attributes":["closed"]}]}`))
	got, err := f.reader(newClock()).Rule(t.Context(), "lead", "r")
	want := RuleSight{Exists: true, Pattern: "x*", Failed: []string{"x-missing"}, Taken: []string{"x-taken"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v, %v\nwant %+v", got, err, want)
	}
}

// The followers of a rule are the replicas that its pattern covers, from its
// leader, under the leader's name, that no other rule of that leader covers.
func TestReader_Followers(t *testing.T) {
	t.Parallel()
	f := newCluster(t)
	mark := func(index, leader string) string {
		return `"` + index + `":{"settings":{"index.uuid":"u","index.plugins.replication.follower.leader_index":"` + leader + `"}}`
	}
	f.on(marksRoute, ok("{"+mark("x-1", "lead:x-1")+","+mark("x-2", "lead:x-2")+","+mark("x-other", "other:x-other")+","+mark("x-renamed", "lead:y")+","+
		mark("x-both", "lead:x-both")+","+mark("z", "lead:z")+`,"x-plain":{"settings":{"index.uuid":"u"}}}`))
	f.on(statsRoute, ok(`{}`))
	f.on(statesRoute, ok(`{}`))
	f.on("GET /_plugins/_replication/x-plain/_status", notInProgress)
	f.on(recordsRoute, hits(ruleRecord, `{"_source":{"connection_name":"lead","metadata_type":"AUTO_FOLLOW","follower_context":{"resource":"r2"},"leader_context":{"resource":"*both"}}}`))
	got, err := f.reader(newClock()).Followers(t.Context(), "lead", "r", "x*")
	if want := []string{"x-1", "x-2"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
