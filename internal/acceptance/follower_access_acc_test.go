// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// What is known only after the apply fails no plan, and is checked then.
func TestFollower_UnknownValuesFailNoPlan(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	later := func(value string) string {
		return `resource "terraform_data" "later" {
  input = "` + value + `"
}
`
	}
	for name, test := range map[string]struct{ configuration, detail string }{
		"token": {
			later("wrong") + "provider \"opensearch\" {\n  aiven = { token = terraform_data.later.output }\n}\n" + follower(),
			"401: Invalid token",
		},
		"whole provider block": {
			later("wrong") + "provider \"opensearch\" {\n  aiven = terraform_data.later.output == \"\" ? null : { token = terraform_data.later.output }\n}\n" + follower(),
			"401: Invalid token",
		},
		"project": {
			later("none-of-ours") + follower(`project = terraform_data.later.output`),
			"404: Project none-of-ours does not exist. Check the name and the project.",
		},
		"leader": {
			later("search-usa") + follower(`leader_service_name = terraform_data.later.output`),
			"Service " + s.project + "/search-usa does not exist, or the token may not see it.",
		},
		"plan": {
			later("business-8") + follower(`plan = terraform_data.later.output`),
			`Plan "business-8" is not the plan of the leader`,
		},
		"refused tier": {
			later("startup-4") + follower(`plan = terraform_data.later.output`),
			`Plan "startup-4" cannot take part in cross-cluster replication`,
		},
		"patterns": {
			later(".hidden") + follower(`index_patterns = [terraform_data.later.output]`),
			`pattern ".hidden" begins with a dot`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := *s
			own.t = t
			w := own.workspace()
			w.write(test.configuration)
			if r := w.plan(); r.code != 2 {
				t.Fatalf("the plan has exit code %d, want 2:\n%s", r.code, r.output)
			}
			r := w.applyFails()
			r.says(test.detail)
			if n := strings.Count(r.output, "Error:"); n != 1 {
				t.Errorf("the apply has %d errors, want 1:\n%s", n, r.output)
			}
			if _, there := w.instance(); there || own.exists("search-eu") {
				t.Error("something was made")
			}
		})
	}
}

// A leader that does not exist is said at once, not after a minute of retries.
func TestFollower_UnknownLeaderIsNotRetried(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	w := s.workspace()
	w.write(follower())
	began := time.Now()
	w.planFails().says("Service " + s.project + "/search-us does not exist")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	// The leader, what is offered, and whether the name is free.
	if n := s.requests(""); n != 3 {
		t.Errorf("%d requests, want 3: %v", n, s.sandbox.ControlPlane().Requests(s.project))
	}
}

// A wrong token is one error that names the project and what the API said.
func TestFollower_WrongToken(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.forgetRequests()
	w := s.workspace()
	w.env = append(w.env, "AIVEN_TOKEN=not-the-token")
	w.write(follower())
	r := w.planFails()
	r.matches(diagnostic("Error", "Cannot check Aiven's requirements for this follower", "",
		"Follower "+s.project+"/search-eu of leader "+s.project+"/search-us: GET /v1/project/"+s.project+"/service/search-us (service "+s.project+"/search-us): 401: Invalid token. "+
			"Check the token (the provider's aiven.token or AIVEN_TOKEN), and that it may use project "+s.project))
	r.saysNot("not-the-token")
	if n := strings.Count(r.output, "Error:"); n != 1 {
		t.Errorf("%d errors, want 1:\n%s", n, r.output)
	}
	if n := s.requests(""); n != 1 {
		t.Errorf("%d requests, want 1: %v", n, s.sandbox.ControlPlane().Requests(s.project))
	}
}

// A provider without a token or a project says what to set.
func TestFollower_NothingConfigured(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	w := newWorkspace(t, "AIVEN_WEB_URL="+s.sandbox.APIURL(), "AIVEN_PROJECT="+s.project)
	w.write(follower())
	w.planFails().matches(diagnostic("Error", "Aiven API not configured", "",
		"No Aiven API token is configured. Set aiven = { token = … } in the provider block, or the environment variable AIVEN_TOKEN."))
	w = newWorkspace(t, "AIVEN_WEB_URL="+s.sandbox.APIURL(), "AIVEN_TOKEN="+s.sandbox.Token())
	w.write(follower())
	w.planFails().matches(diagnostic("Error", "Aiven project not set", "",
		"Set project here, aiven = { project = … } in the provider block, or the environment variable AIVEN_PROJECT."))
	if n := s.requests(""); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

// A project that Aiven has not enabled replication for: the API's own words,
// and what to do.
func TestFollower_ReplicationNotEnabled(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.sandbox.ControlPlane().DisableCCR(s.project, true)
	w := s.workspace()
	w.write(follower())
	s.forgetRequests()
	r := w.applyFails()
	r.matches(diagnostic("Error", "Cannot create the follower service", "",
		"Follower "+s.project+"/search-eu of leader "+s.project+"/search-us: POST /v1/project/"+s.project+"/service (service "+s.project+"/search-eu): 403: Cross-cluster replication is not enabled for project "+s.project+
			". Cross-cluster replication is of limited availability: ask Aiven's support to enable it for project "+s.project+"."))
	if _, there := w.instance(); there || s.exists("search-eu") {
		t.Error("something was made")
	}
	if n := s.requests(controlplane.ServiceCreate); n != 1 {
		t.Errorf("%d requests to create the service, want 1", n)
	}
}

// A name that somebody took after the rules were checked: refused with how to
// import it, and not touched.
func TestFollower_NameTakenMeanwhile(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	w := s.workspace()
	w.write(follower())
	if r := w.plan("-out=tfplan"); r.code != 2 {
		t.Fatalf("exit code %d:\n%s", r.code, r.output)
	}
	s.paper("search-eu", nil)
	w.applyFails("tfplan").says("Error: Service name "+s.project+"/search-eu is taken", "terraform import ADDRESS "+s.project+"/search-eu")

	// Between the last look and the POST.
	s.api(http.MethodDelete, "/service/search-eu", nil)
	for s.exists("search-eu") {
		time.Sleep(20 * time.Millisecond)
	}
	s.sandbox.ControlPlane().FailNext(controlplane.Match{Project: s.project, Operation: controlplane.ServiceCreate}, 1,
		controlplane.Failure{Status: http.StatusConflict, Message: "Service search-eu already exists"})
	r := w.applyFails()
	r.says("409: Service search-eu already exists. The service was there before and is not touched. "+
		"Bring it under Terraform with `terraform import ADDRESS "+s.project+"/search-eu`, or choose another service_name", followerAddress)
	if _, there := w.instance(); there {
		t.Error("somebody else's service is in the state")
	}
}
