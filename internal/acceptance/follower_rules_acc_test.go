// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// What needs no server is refused by terraform validate, without any
// configuration of the provider, on the line that it is about. TestValues has
// every attribute.
func TestFollower_RulesOffline(t *testing.T) {
	t.Parallel()
	const tier = "cannot take part in cross-cluster replication: plans of the tiers free, hobbyist, startup and developer do not support it. " +
		"Choose a business, premium or custom plan, such as business-4."
	for name, test := range map[string]struct {
		attribute, summary, detail string
	}{
		"tier free": {`plan = "free-1-2gb"`, "Plan without cross-cluster replication", `Plan "free-1-2gb" ` + tier},
		"itself": {`service_name = "search-us"`, "Leader and follower are the same service",
			`Service search-us cannot follow itself. Give the follower another name.`},
		"version in user_config": {`user_config = jsonencode({ opensearch_version = "2.19" })`, "Version is not allowed in user_config",
			`Set the version with the opensearch_version attribute, not in user_config.`},
		"maintenance day": {`maintenance_window = { day = "someday", time = "04:00:00" }`, "Invalid Attribute Value Match",
			`Attribute maintenance_window.day value must be one of: ["monday" "tuesday" "wednesday" "thursday" "friday" "saturday" "sunday" "never"], got: "someday"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(follower(test.attribute))
			r := w.terraform("validate")
			if r.code != 1 {
				t.Errorf("validate has exit code %d, want 1", r.code)
			}
			want := diagnostic("Error", test.summary, test.attribute, test.detail)
			if strings.HasPrefix(test.attribute, "maintenance_window") && !want.MatchString(r.output) {
				// Where something within an attribute is wrong, only newer versions of Terraform point at the attribute.
				want = diagnostic("Error", test.summary, "", test.detail)
			}
			r.matches(want)
			if n := strings.Count(r.output, "Error:"); n != 1 {
				t.Errorf("validate finds %d errors, want this one:\n%s", n, r.output)
			}
		})
	}
}

// rule is a rule that needs the API: what is there, what is configured, and
// what the plan says of it.
type rule struct {
	leader     map[string]any // beside what a leader has by default
	prepare    func(*scene)
	attributes []string
	findings   func(s *scene) []*regexp.Regexp
}

var onlineRules = map[string]rule{
	"leader not found": {
		attributes: []string{`leader_service_name = "search-usa"`},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Leader service not found", `leader_service_name = "search-usa"`,
				"Service "+s.project+"/search-usa does not exist, or the token may not see it. The leader must exist before its follower can be created. Check the name and the project.")}
		},
	},
	"leader is not OpenSearch": {
		leader: map[string]any{"service_type": "pg"},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Leader is not an OpenSearch service", `leader_service_name = "search-us"`,
				"Service "+s.project+`/search-us is of type "pg". Only OpenSearch services can be replicated; choose one of type opensearch.`)}
		},
	},
	"leader powered off": {
		prepare: func(s *scene) {
			if err := s.sandbox.ControlPlane().SetPower(s.ref(leaderName), false); err != nil {
				s.t.Fatal(err)
			}
		},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Leader is powered off", `leader_service_name = "search-us"`,
				"Service "+s.project+"/search-us is powered off. The leader must run while its follower is created. Power it on first.")}
		},
	},
	"leader's version without replication": {
		leader: map[string]any{"user_config": map[string]any{"opensearch_version": "2.17"}},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Leader's version has no cross-cluster replication", `leader_service_name = "search-us"`,
				"Service "+s.project+"/search-us runs OpenSearch 2.17, which has no cross-cluster replication. Upgrade the leader to 2.19 or 3.3 or 3.6 first.")}
		},
	},
	"leader's tier": {
		leader: map[string]any{"plan": "startup-4"},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Leader's plan has no cross-cluster replication", `leader_service_name = "search-us"`,
				"Service "+s.project+`/search-us has plan "startup-4". Plans of the tiers free, hobbyist, startup and developer support no cross-cluster replication. Change the leader to a business, premium or custom plan first.`)}
		},
	},
	"leader is a follower": {
		prepare: func(s *scene) {
			s.paper("search-mars", map[string]any{"service_integrations": []any{map[string]any{
				"integration_type": "opensearch_cross_cluster_replication", "source_service": leaderName, "user_config": map[string]any{}}}})
		},
		attributes: []string{`leader_service_name = "search-mars"`},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Leader is itself a follower", `leader_service_name = "search-mars"`,
				"Service "+s.project+"/search-mars already follows "+s.project+"/search-us. A follower cannot be a leader: there are no chains. Choose "+s.project+"/search-us as the leader instead.")}
		},
	},
	"another plan": {
		attributes: []string{`plan = "business-8"`},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Follower and leader have different plans", `plan = "business-8"`,
				`Plan "business-8" is not the plan of the leader `+s.project+`/search-us. The follower needs the same plan as its leader. `+
					"Choose business-4, the plan of search-us, leave plan out, or set allow_larger_plan = true for a larger one.")}
		},
	},
	"a plan that is too small": {
		leader:     map[string]any{"plan": "business-16"},
		attributes: []string{`plan = "business-8"`, `allow_larger_plan = true`},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Follower's plan is too small", `plan = "business-8"`,
				`Plan "business-8" has 3 nodes of 8192 MB, the leader `+s.project+`/search-us (plan business-16) has 3 nodes of 16384 MB. `+
					"A follower needs at least as many nodes and at least 80 % of the memory. Choose business-16 or business-32 or business-64 or premium-6x-16.")}
		},
	},
	"a plan with fewer nodes": {
		leader:     map[string]any{"plan": "business-8"},
		attributes: []string{`plan = "acme-custom-2x-64"`, `allow_larger_plan = true`},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Follower's plan is too small", `plan = "acme-custom-2x-64"`,
				`Plan "acme-custom-2x-64" has 2 nodes of 65536 MB, the leader `+s.project+`/search-us (plan business-8) has 3 nodes of 8192 MB. `+
					"A follower needs at least as many nodes and at least 80 % of the memory. Choose acme-custom-3x-7 or business-8 or business-16 or business-32.")}
		},
	},
	"the leader's plan is not offered there": {
		leader:     map[string]any{"plan": "premium-6x-8"},
		attributes: []string{`cloud_name = "do-fra"`},
		findings: func(*scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Plan is not offered in this cloud", `cloud_name = "do-fra"`,
				`Plan "premium-6x-8" is not offered in cloud "do-fra" for this project. Choose another cloud: this one has no plan that can follow search-us.`)}
		},
	},
	"unknown cloud": {
		attributes: []string{`cloud_name = "aws-eu-north-9"`},
		findings: func(*scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Cloud without OpenSearch", `cloud_name = "aws-eu-north-9"`,
				`No OpenSearch plan is offered in cloud "aws-eu-north-9" for this project. Check the name, which is of the form PROVIDER-REGION, such as aws-eu-west-1.`)}
		},
	},
	"another version": {
		leader:     map[string]any{"user_config": map[string]any{"opensearch_version": "2.19"}},
		attributes: []string{`opensearch_version = "3.3"`},
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Follower and leader have different versions", `opensearch_version = "3.3"`,
				`Version "3.3" is not the version of the leader `+s.project+`/search-us, which is "2.19". Leader and follower need the same OpenSearch version. Choose "2.19", or leave opensearch_version out.`)}
		},
	},
	"version without replication": {
		leader:     map[string]any{"user_config": map[string]any{"opensearch_version": "2.19"}},
		attributes: []string{`opensearch_version = "2.17"`},
		findings: func(*scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Version without cross-cluster replication", `opensearch_version = "2.17"`,
				`OpenSearch 2.17 has no cross-cluster replication. It needs one of 2.19, 3.3, 3.6. Choose "2.19", the version of search-us, or leave opensearch_version out.`)}
		},
	},
	"made as promoted": {
		attributes: []string{`desired_state = "promoted"`},
		findings: func(*scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Cannot promote a new follower", `desired_state = "promoted"`,
				`Promotion ends a replication that has run, and here none has yet. Apply desired_state = "replicating" first, and promote the follower when it has what the leader has.`)}
		},
	},
	"name taken": {
		prepare: func(s *scene) { s.paper("search-eu", map[string]any{"plan": "business-8"}) },
		findings: func(s *scene) []*regexp.Regexp {
			return []*regexp.Regexp{diagnostic("Error", "Service name "+s.project+"/search-eu is taken", `service_name = "search-eu"`,
				"Service "+s.project+"/search-eu already exists (plan business-8, state REBUILDING). Choose another service_name; or, if it is a follower that Terraform is to manage, "+
					"import it: terraform import ADDRESS "+s.project+"/search-eu. To link two existing services, use opensearch_ccr_integration.")}
		},
	},
}

func TestFollower_RulesOnline(t *testing.T) {
	t.Parallel()
	for name, test := range onlineRules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPaperScene(t)
			s.paper(leaderName, test.leader)
			if test.prepare != nil {
				test.prepare(s)
			}
			w := s.workspace()
			w.write(follower(test.attributes...))
			s.forgetRequests()
			r := w.planFails()
			findings := test.findings(s)
			r.matches(findings...)
			if n := strings.Count(r.output, "Error:"); n != len(findings) {
				t.Errorf("the plan has %d errors, want %d:\n%s", n, len(findings), r.output)
			}
			if n := s.requests(""); n > 4 {
				t.Errorf("the rules cost %d requests, want 4 at most: %v", n, s.sandbox.ControlPlane().Requests(s.project))
			}
		})
	}
}

// All that is wrong is said in one run, each thing on its attribute.
func TestFollower_AllFindingsOfOnePlan(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, map[string]any{"plan": "startup-4", "user_config": map[string]any{"opensearch_version": "2.17"}})
	s.paper("search-eu", nil)
	if err := s.sandbox.ControlPlane().SetPower(s.ref(leaderName), false); err != nil {
		t.Fatal(err)
	}
	w := s.workspace()
	w.write(follower(`cloud_name = "aws-eu-north-9"`, `opensearch_version = "2.11"`))
	r := w.planFails()
	const leader = `leader_service_name = "search-us"`
	r.matches(
		diagnostic("Error", "Leader is powered off", leader, "Service "+s.project+"/search-us is powered off."),
		diagnostic("Error", "Leader's plan has no cross-cluster replication", leader, "Service "+s.project+`/search-us has plan "startup-4".`),
		diagnostic("Error", "Leader's version has no cross-cluster replication", leader, "Service "+s.project+"/search-us runs OpenSearch 2.17,"),
		diagnostic("Error", "Version without cross-cluster replication", `opensearch_version = "2.11"`, "OpenSearch 2.11 has no cross-cluster replication. It needs one of 2.19, 3.3, 3.6."),
		diagnostic("Error", "Cloud without OpenSearch", `cloud_name = "aws-eu-north-9"`, `No OpenSearch plan is offered in cloud "aws-eu-north-9"`),
		diagnostic("Error", "Service name "+s.project+"/search-eu is taken", `service_name = "search-eu"`, "Service "+s.project+"/search-eu already exists"),
	)
	if n := strings.Count(r.output, "Error:"); n != 6 {
		t.Errorf("%d errors, want 6", n)
	}
}

// A larger plan is allowed where the configuration says so, also one with a bit
// less memory per node.
func TestFollower_LargerPlanAllowed(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, map[string]any{"plan": "business-8"})
	w := s.workspace()
	for _, plan := range []string{"business-16", "acme-custom-3x-7", "premium-6x-8"} {
		w.write(follower(`plan = "`+plan+`"`, `allow_larger_plan = true`))
		if r := w.plan(); r.code != 2 {
			t.Errorf("plan %s is refused:\n%s", plan, r.output)
		}
	}
}

// The resources of one plan share what the rules ask.
func TestFollower_RulesShareRequests(t *testing.T) {
	t.Parallel()
	const followers = 6
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(`resource "opensearch_ccr_follower" "test" {
  count               = ` + strconv.Itoa(followers) + `
  leader_service_name = "search-us"
  service_name        = "search-${count.index}"
  cloud_name          = "aws-eu-west-1"
}`)
	s.forgetRequests()
	if r := w.plan(); r.code != 2 {
		t.Fatalf("exit code %d:\n%s", r.code, r.output)
	}
	gets, offers := s.requests(controlplane.ServiceGet), s.requests(controlplane.ListProjectServiceTypes)+s.requests(controlplane.ProjectServicePlanList)
	if gets != followers+1 || offers != 1 {
		t.Errorf("%d GETs of services and %d of plans for %d followers of one leader, want %d and 1", gets, offers, followers, followers+1)
	}
	if all := s.requests(""); all != gets+offers {
		t.Errorf("%d requests in all: %v", all, s.sandbox.ControlPlane().Requests(s.project))
	}
}
