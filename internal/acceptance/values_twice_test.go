// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// plannedResource is a resource as Terraform asks for its plan: with its state, or, of one
// that is to be created, without.
type plannedResource struct {
	resource string
	config   fields
	// state is what differs from the configuration; nil: it is to be created.
	state fields
	// again: Terraform asks a second time, as if it were new, because it is replaced.
	again bool
	// ends: it is to be destroyed.
	ends bool
}

func followerNamed(name, leader string) plannedResource {
	return plannedResource{resource: "opensearch_ccr_follower", config: fields{"leader_service_name": leader, "service_name": name, "cloud_name": "aws-us-east-1"}}
}

func integrationOfPair(leader, follower string) plannedResource {
	return plannedResource{resource: "opensearch_ccr_integration", config: fields{"leader_service_name": leader, "follower_service_name": follower}}
}

// existing is the resource with a state in which nothing differs but what is given.
func (p plannedResource) existing(with fields) plannedResource {
	p.state = fields{"project": modelProject, "leader_project": modelProject, "status": "replicating", "desired_state": "replicating", "index_patterns": []any{"*"},
		"on_leader_delete": "delete", "rebuild": false, "allow_larger_plan": false}
	more := fields{"id": modelProject + "/search-eu", "plan": "business-4", "opensearch_version": "2.19", "termination_protection": false, "disk_space_mb": 81920, "tags": fields{}}
	if p.resource == "opensearch_ccr_integration" {
		more = fields{"follower_project": modelProject, "on_destroy": "promote"}
	}
	for _, attributes := range []fields{p.config, more, with} {
		maps.Copy(p.state, attributes)
	}
	return p
}

func (p plannedResource) replaced() plannedResource {
	p.again = true
	return p
}

func (p plannedResource) destroyed() plannedResource {
	p.ends, p.config = true, nil
	return p
}

// A service that two resources of one configuration have is refused before
// anything is created, whichever of the two is planned first.
func TestPlan_TheSameServiceTwice(t *testing.T) {
	t.Parallel()
	const (
		service = "Service acme/search-eu is in this configuration twice: Another opensearch_ccr_follower of this configuration has the service name search-eu in project acme too, " +
			"and a service is managed by one resource. Give each its own service_name, with count or for_each for example \"search-eu-${each.key}\", or remove one of them."
		pair = "Replication from acme/search-us to acme/search-eu is in this configuration twice: Another resource of this configuration, an opensearch_ccr_follower or an opensearch_ccr_integration, " +
			"also lets service acme/search-eu follow acme/search-us. Remove one of the two: an opensearch_ccr_follower has its integration already, and index_patterns of one resource can have all patterns."
	)
	const forget = " Removing one that is in the state ends the replication that the other one manages too: let Terraform forget it instead, with a removed block that has destroy = false, or with terraform state rm."
	const ends = " would end with this resource, and another resource of this configuration manages it too. " +
		"To destroy nothing and let Terraform forget this resource, use a removed block that has destroy = false, or terraform state rm. If the other one is its new address, use a moved block."
	eu, eu2 := followerNamed("search-eu", leaderName), followerNamed("search-eu2", leaderName)
	for name, tt := range map[string]struct {
		resources []plannedResource
		says      string // "" where nothing is wrong
	}{
		"two new followers":                     {[]plannedResource{eu, eu}, "service_name: " + service},
		"two followers of two leaders":          {[]plannedResource{eu, followerNamed("search-eu", "central")}, "service_name: " + service},
		"a follower that exists and a new one":  {[]plannedResource{eu.existing(nil), eu}, "service_name: " + service},
		"a new follower and one that exists":    {[]plannedResource{eu, eu.existing(nil)}, "service_name: " + service + forget},
		"a follower that takes over the name":   {[]plannedResource{eu.existing(nil), eu.existing(fields{"service_name": "search-old"}).replaced()}, "service_name: " + service},
		"a new follower and its integration":    {[]plannedResource{eu, integrationOfPair(leaderName, "search-eu")}, "follower_service_name: " + pair},
		"an integration and its new follower":   {[]plannedResource{integrationOfPair(leaderName, "search-eu"), eu}, "service_name: " + pair},
		"two integrations of the same services": {[]plannedResource{integrationOfPair(leaderName, "search-eu"), integrationOfPair(leaderName, "search-eu")}, "follower_service_name: " + pair},
		"one of two that the state has goes":    {[]plannedResource{eu.existing(nil), eu.existing(nil).destroyed()}, ": Service acme/search-eu is managed by two resources: Service acme/search-eu" + ends},
		"it goes first":                         {[]plannedResource{eu.existing(nil).destroyed(), eu.existing(nil)}, "service_name: " + service + forget},
		"the pair of a follower goes":           {[]plannedResource{eu.existing(nil), integrationOfPair(leaderName, "search-eu").existing(nil).destroyed()}, ": Replication from acme/search-us to acme/search-eu is managed by two resources: Replication from acme/search-us to acme/search-eu" + ends},
		"both go":                               {[]plannedResource{eu.existing(nil).destroyed(), eu.existing(nil).destroyed()}, ""},
		"two names":                             {[]plannedResource{eu, eu2}, ""},
		"a follower with a second leader":       {[]plannedResource{eu, integrationOfPair("central", "search-eu")}, ""},
		"one that is replaced by -replace":      {[]plannedResource{eu.existing(nil).replaced()}, ""},
		"one that is replaced for a new name":   {[]plannedResource{eu.existing(fields{"service_name": "search-old"}).replaced()}, ""},
		"two that swap their names":             {[]plannedResource{eu.existing(fields{"service_name": "search-eu2"}).replaced(), eu2.existing(fields{"service_name": "search-eu"}).replaced()}, ""},
		"one that is in the state twice":        {[]plannedResource{eu.existing(nil), eu.existing(nil)}, "service_name: " + service + forget},
		"a pair that is in the state twice":     {[]plannedResource{eu.existing(nil), integrationOfPair(leaderName, "search-eu").existing(nil)}, "follower_service_name: " + pair + forget},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newValuesWorld(t)
			var found []finding
			for _, p := range tt.resources {
				one, resp := w.change(p.resource, p.state, p.config, nil)
				found = append(found, one...)
				if p.again {
					one, _ = w.change(p.resource, nil, p.config, resp.PlannedPrivate)
					found = append(found, one...)
				}
			}
			var twice []string
			for _, f := range errorsOf(found) {
				if strings.Contains(f.text, "twice") || strings.Contains(f.text, "by two resources") || strings.Contains(f.text, "another resource's") {
					twice = append(twice, f.String())
				}
			}
			if tt.says == "" && len(twice) > 0 || tt.says != "" && (len(twice) != 1 || twice[0] != tt.says) {
				t.Errorf("\n got %q\nwant %q", twice, tt.says)
			}
		})
	}
}

// A leader alias that a connection of the same plan creates is not an error, whichever
// of the two is planned first; nor is one that is not known yet.
func TestPlan_ConnectionOfTheSamePlan(t *testing.T) {
	t.Parallel()
	connection := fields{"cluster": "here", "name": "paris", "seeds": []any{"127.0.0.1:9300"}}
	for name, tt := range map[string]struct {
		alias      any
		connection time.Duration // when it is planned, from the beginning
	}{
		"planned before":           {"paris", -1},
		"planned at the same time": {"paris", 300 * time.Millisecond},
		"not known yet":            {tftypes.UnknownValue, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newValuesWorld(t)
			plan := func() {
				if found := w.plan(block{blockResource, "opensearch_ccr_connection"}, connection); len(found) > 0 {
					t.Errorf("the connection: %v", found)
				}
			}
			if tt.connection < 0 {
				plan()
			} else if tt.connection < time.Hour {
				planned := make(chan struct{})
				defer func() { <-planned }()
				go func() {
					defer close(planned)
					time.Sleep(tt.connection)
					plan()
				}()
			}
			for resource, config := range map[string]fields{
				"opensearch_ccr_replication":     {"cluster": "here", "follower_index": "filme", "leader_alias": tt.alias, "leader_index": "movies"},
				"opensearch_ccr_autofollow_rule": {"cluster": "here", "name": "all", "leader_alias": tt.alias, "pattern": "*"},
			} {
				if found := w.plan(block{blockResource, resource}, config); len(found) > 0 {
					t.Errorf("%s: %v", resource, found)
				}
			}
		})
	}
}

// A cluster that is not known before the apply refuses nothing.
func TestPlan_ClusterThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	w := newValuesWorld(t)
	for name, clusters := range map[string]any{"all": unknown, "one": fields{"here": unknown}, "its address": fields{"here": fields{"url": unknown}}} {
		w.provider = fields{"clusters": clusters}
		w.start()
		for resource, config := range map[string]fields{
			"opensearch_ccr_connection":      {"cluster": "here", "name": "paris", "seeds": []any{"127.0.0.1:9300"}},
			"opensearch_ccr_replication":     {"cluster": "here", "follower_index": "plain", "leader_alias": "londn", "leader_index": "movies"},
			"opensearch_ccr_autofollow_rule": {"cluster": "here", "name": "all", "leader_alias": "londn", "pattern": "*"},
		} {
			if found := w.plan(block{blockResource, resource}, config); len(found) > 0 {
				t.Errorf("%s, %s: %v", name, resource, found)
			}
		}
	}
}
