// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

const (
	ruleRecord      = `{"_source":{"connection_name":"lead","metadata_type":"AUTO_FOLLOW","overall_state":"RUNNING","follower_context":{"resource":"r"},"leader_context":{"resource":"x*"}}}`
	sameRuleRecord  = `{"_source":{"connection_name":"other","metadata_type":"AUTO_FOLLOW","overall_state":"RUNNING","follower_context":{"resource":"r"},"leader_context":{"resource":"x*"}}}`
	otherRuleRecord = `{"_source":{"connection_name":"other","metadata_type":"AUTO_FOLLOW","overall_state":"RUNNING","follower_context":{"resource":"r"},"leader_context":{"resource":"y*"}}}`
	ruleWithRoles   = `{"_source":{"connection_name":"lead","metadata_type":"AUTO_FOLLOW","overall_state":"RUNNING","follower_context":{"resource":"r","user":{"roles":["writer"]}},"leader_context":{"resource":"x*","user":{"roles":["reader"]}}}}`
)

// running is what the statistics say of rules, each given as name and pattern.
func runningRules(namesAndPatterns ...string) reply {
	var list []string
	for i := 0; i < len(namesAndPatterns); i += 2 {
		list = append(list, fmt.Sprintf(`{"name":%q,"pattern":%q,"failed_indices":[]}`, namesAndPatterns[i], namesAndPatterns[i+1]))
	}
	return ok(`{"autofollow_stats":[` + strings.Join(list, ",") + `]}`)
}

// The statistics do not tell of which leader a rule is. A name of this provider's
// does, and the plugin's records do where they may be read.
func TestReader_Rules(t *testing.T) {
	named := ccr.RuleName("lead", "*")
	for name, tt := range map[string]struct {
		running reply
		records reply // none: they must not be read
		want    []ccr.Rule
		most    time.Duration
	}{
		"none":                                 {running: runningRules()},
		"a name that tells":                    {running: runningRules(named, "*"), want: []ccr.Rule{{Name: named, Pattern: "*"}}},
		"one on record":                        {running: runningRules("r", "x*"), records: hits(ruleRecord), want: []ccr.Rule{{Name: "r", LeaderAlias: "lead", Pattern: "x*"}}},
		"two leaders' of one name":             {running: runningRules("r", "x*", "r", "y*"), records: hits(ruleRecord, otherRuleRecord), want: []ccr.Rule{{Name: "r", LeaderAlias: "lead", Pattern: "x*"}, {Name: "r", LeaderAlias: "other", Pattern: "y*"}}},
		"two leaders' of one name and pattern": {running: runningRules("r", "x*", "r", "x*"), records: hits(ruleRecord, sameRuleRecord), want: []ccr.Rule{{Name: "r", LeaderAlias: "lead", Pattern: "x*"}, {Name: "r", LeaderAlias: "other", Pattern: "x*"}}},
		"the records are closed":               {running: runningRules("r", "x*"), records: forbidden, want: []ccr.Rule{{Name: "r", Pattern: "x*"}}},
		"the records are protected":            {running: runningRules("r", "x*"), records: ok(`{}`), want: []ccr.Rule{{Name: "r", Pattern: "x*"}}},
		"the records do not agree for long":    {running: runningRules("r", "z*"), records: hits(ruleRecord), want: []ccr.Rule{{Name: "r", Pattern: "z*"}}, most: 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newCluster(t)
				f.on(rulesRoute, tt.running)
				if tt.records.status != 0 {
					f.on(recordsRoute, tt.records)
				}
				start := time.Now()
				rules, err := f.reader(clock.Real{}).Rules(t.Context())
				got, known := rules.Value()
				for i := range got {
					got[i].FailedIndices = nil
				}
				if err != nil || !known || len(got) != len(tt.want) || len(got) > 0 && !reflect.DeepEqual(got, tt.want) {
					t.Errorf("\n got %+v, %v\nwant %+v", got, err, tt.want)
				}
				took(t, time.Since(start), 0, tt.most)
			})
		})
	}
}

// A second leader's rule of the same name was made a moment ago: the records
// show the first only, and are read again until they show both.
func TestReader_RulesOfTwoLeadersBeforeTheRecordsShowBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newCluster(t)
		f.on(rulesRoute, runningRules("r", "x*", "r", "x*"))
		start := time.Now()
		f.handle(recordsRoute, func(*http.Request, string) reply {
			if time.Since(start) < time.Second {
				return hits(ruleRecord)
			}
			return hits(ruleRecord, sameRuleRecord)
		})
		rules, err := f.reader(clock.Real{}).Rules(t.Context())
		got, _ := rules.Value()
		if err != nil || len(got) != 2 || got[0].LeaderAlias != "lead" || got[1].LeaderAlias != "other" {
			t.Errorf("got %+v, %v", got, err)
		}
		took(t, time.Since(start), time.Second, recordsLag)
	})
}

// The first rule of a follower that has replicas, made a moment ago: the records
// show the replicas only, and are read again until they show the rule.
func TestPoint9_15_ARuleBeforeTheRecordsShowAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newCluster(t)
		f.on(rulesRoute, runningRules("r", "x*"))
		start := time.Now()
		f.handle(recordsRoute, func(*http.Request, string) reply {
			if time.Since(start) < time.Second {
				return hits(indexRecord("a", "RUNNING", ""))
			}
			return hits(ruleRecord)
		})
		rules, err := f.reader(clock.Real{}).Rules(t.Context())
		got, _ := rules.Value()
		if err != nil || len(got) != 1 || got[0].LeaderAlias != "lead" {
			t.Errorf("got %+v, %v", got, err)
		}
		took(t, time.Since(start), time.Second, recordsLag)
	})
}

func TestReader_Rule(t *testing.T) {
	const present, absent = true, false
	for name, tt := range map[string]struct {
		running reply
		records reply
		is      bool
		pattern string
		roles   ccr.Roles
	}{
		"runs and is on record":             {running: runningRules("r", "x*"), records: hits(ruleRecord), is: present, pattern: "x*"},
		"with roles":                        {running: runningRules("r", "x*"), records: hits(ruleWithRoles), is: present, pattern: "x*", roles: ccr.Roles{Leader: "reader", Follower: "writer"}},
		"runs, the records are closed":      {running: runningRules("r", "x*"), records: forbidden, is: present, pattern: "x*"},
		"runs, the records are protected":   {running: runningRules("r", "x*"), records: ok(`{}`), is: present, pattern: "x*"},
		"replaced a moment ago":             {running: runningRules("r", "z*"), records: hits(ruleRecord), is: present, pattern: "z*"},
		"created a moment ago":              {running: runningRules("r", "x*"), records: hits(), is: present, pattern: "x*"},
		"on record, the node is just back":  {running: runningRules(), records: hits(ruleRecord), is: present, pattern: "x*"},
		"gone":                              {running: runningRules(), records: hits(), is: absent},
		"another leader's of that name":     {running: runningRules("r", "y*"), records: hits(otherRuleRecord), is: absent},
		"two of that name":                  {running: runningRules("r", "y*", "r", "x*"), records: hits(otherRuleRecord, ruleRecord), is: present, pattern: "x*"},
		"two of that name and that pattern": {running: runningRules("r", "x*", "r", "x*"), records: hits(sameRuleRecord, ruleRecord), is: present, pattern: "x*"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newCluster(t)
				f.on(rulesRoute, tt.running)
				f.on(recordsRoute, tt.records)
				got, roles, err := f.reader(clock.Real{}).Rule(t.Context(), "lead", "r")
				rule, is := got.Value()
				_, gone := got.Absent()
				if err != nil || is != tt.is || gone == tt.is || rule.Pattern != tt.pattern || roles != tt.roles || is && rule.LeaderAlias != "lead" {
					t.Errorf("got %+v, %+v, %v", got, roles, err)
				}
			})
		})
	}
}
