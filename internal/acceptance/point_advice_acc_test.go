// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The tests TestPoint9_… are named for the points of issue 9: what can be
// known at plan is said at plan, and what is shown is true.

// A change leaves what it cannot move known: nothing that uses the address of a
// follower is replaced, and for_each over it still works.
func TestPoint9_01_ComputedValuesStayKnown(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	const users = `
resource "terraform_data" "address" {
  triggers_replace = [opensearch_ccr_follower.test.host, opensearch_ccr_follower.test.port, opensearch_ccr_follower.test.service_uri]
}

resource "terraform_data" "each" {
  for_each = toset([opensearch_ccr_follower.test.host])
}
`
	s.write(follower())
	s.apply()
	s.write(follower() + users)
	s.apply()
	for _, change := range [][]string{
		{`tags = { team = "search" }`, `timeouts = { update = "2h" }`, `allow_larger_plan = true`, `termination_protection = true`, `user_config = jsonencode({ ip_filter = ["10.0.0.0/8"] })`},
		{`index_patterns = ["a-*"]`},
		{`desired_state = "paused"`},
	} {
		s.write(follower(change...) + users)
		r := s.planUpdate() // one to change, none to add or to destroy: what uses the address is not replaced
		for _, kept := range []string{"host", "port", "service_uri", "node_count", "integration_id", "service_state"} {
			for line := range strings.Lines(r.output) {
				if strings.HasPrefix(strings.TrimLeft(line, " ~+-"), kept+" ") {
					t.Errorf("%s: the plan changes %s:\n%s", change, kept, r.output)
				}
			}
		}
	}
}

// The id at index level is known before anything is created.
func TestPoint9_01_IndexLevelIDIsKnownAtCreate(t *testing.T) {
	t.Parallel()
	skipUnlessAcceptance(t)
	w := newWorkspace(t)
	w.write(newLargeCluster(t).configuration(1) + `
resource "opensearch_ccr_connection" "test" {
  cluster = "here"
  name    = "lead"
  seeds   = ["127.0.0.1:9300"]
}

resource "opensearch_ccr_autofollow_rule" "test" {
  cluster      = "here"
  name         = "logs"
  leader_alias = "lead"
  pattern      = "logs-*"
}

resource "terraform_data" "each" {
  for_each = toset([opensearch_ccr_connection.test.id, opensearch_ccr_replication.test[0].id, opensearch_ccr_autofollow_rule.test.id])
}
`)
	r := w.plan()
	r.says(`terraform_data.each["here/lead"]`, `terraform_data.each["here/logs-0"]`, `terraform_data.each["here/lead/logs"]`, "6 to add")
	r.saysNot("Error:")
}

// A token and a project that are known only after apply fail no plan, neither of a follower
// that exists nor of an integration: the state is kept, and a warning says so.
func TestPoint9_02_UnknownTokenFailsNoPlanOfWhatExists(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	s.service("search-ap", "business-4")
	s.cluster(leaderRef).Write("movies", "1", true)
	config := func(generation int, attributes ...string) string {
		return fmt.Sprintf(`
resource "terraform_data" "token" {
  input            = { token = %q, project = %q }
  triggers_replace = %d
}

provider "opensearch" {
  aiven = { token = terraform_data.token.output.token, project = terraform_data.token.output.project }
}

resource "opensearch_ccr_integration" "test" {
  leader_service_name   = %q
  follower_service_name = "search-ap"
}
`, modelToken, modelProject, generation, leaderName) + follower(attributes...)
	}
	s.secrets = func() []string { return nil } // this configuration keeps the token in the state
	s.write(config(1))
	s.apply()
	s.planEmpty()
	s.write(config(2))
	r := s.plan()
	if r.code != 2 {
		t.Fatalf("the plan has exit code %d, want 2, the token's change:\n%s", r.code, r.output)
	}
	r.says("1 to add, 0 to change, 1 to destroy", // terraform_data.token
		"Warning: Follower acme/search-eu was not refreshed", "Warning: Follower acme/search-ap of leader acme/search-us was not refreshed")
	s.apply()
	s.planEmpty()

	// What an earlier refresh has found is not what this plan names: nothing is
	// deleted by it.
	s.cluster(followerRef).Fail("movies")
	s.apply("-refresh-only")
	s.write(config(3, `tags = { team = "search" }`))
	s.plan().saysNot("will be deleted")
	s.applyFails().says("the world has changed since the plan", "movies")
	if lost := s.platform.Losses(); len(lost) > 0 {
		t.Errorf("an apply whose plan named nothing has deleted %v", lost)
	}
	s.plan().says("Warning: 1 index of follower acme/search-eu will be deleted", "movies")
	s.apply()
	s.planEmpty()
}

// Terraform shows only the first of warnings that share a summary. Each loss of
// a plan is named: of services, of pairs that share a follower, and of indices
// that have one name on two clusters.
func TestPoint9_07_EveryLossOfAPlanIsNamed(t *testing.T) {
	t.Parallel()
	t.Run("services", func(t *testing.T) {
		t.Parallel()
		s := newPaperScene(t)
		s.paper(leaderName, nil)
		w := s.workspace()
		var config string
		names := []string{"search-eu", "search-ap", "search-sa"}
		for _, name := range names {
			config += strings.Replace(follower(`timeouts = { create = "3s" }`, fmt.Sprintf("service_name = %q", name)), `"test"`, fmt.Sprintf("%q", name), 1)
		}
		w.write(config)
		w.applyFails() // they have no nodes
		r := w.plan("-destroy")
		for _, name := range names {
			r.says("Warning: Follower service " + s.project + "/" + name + " will be deleted")
		}
	})
	t.Run("two leaders of one follower", func(t *testing.T) {
		t.Parallel()
		s := newMemoryScene(t, unchanged)
		s.service("search-ap", "business-4")
		s.service("search-eu", "business-4")
		s.cluster(leaderRef).Write("us-1", "1", true)
		s.cluster(ref("search-ap")).Write("ap-1", "1", true)
		config := func(attribute string) string {
			return integrationOf("us", leaderName, `index_patterns = ["us-*"]`, attribute) + integrationOf("ap", "search-ap", `index_patterns = ["ap-*"]`, attribute)
		}
		s.write(config(`on_destroy = "promote"`))
		s.apply()
		both := func(r run, format string) {
			t.Helper()
			for _, leader := range []string{leaderName, "search-ap"} {
				r.says(fmt.Sprintf(format, "acme/search-eu of leader acme/"+leader))
			}
		}
		both(s.plan("-destroy"), "Warning: Follower service %s will be promoted")
		s.cluster(followerRef).Fail("us-1")
		s.cluster(followerRef).Fail("ap-1")
		both(s.plan(), "Warning: 1 index of follower %s will be deleted")
	})
	t.Run("indices of one name", func(t *testing.T) {
		t.Parallel()
		skipUnlessAcceptance(t)
		w := newWorkspace(t)
		config := fmt.Sprintf("provider \"opensearch\" {\n  clusters = { paris = { url = %q }, tokyo = { url = %q } }\n}\n", newLargeCluster(t).URL, newLargeCluster(t).URL)
		for _, cluster := range []string{"paris", "tokyo"} {
			config += fmt.Sprintf(`
resource "opensearch_ccr_replication" %[1]q {
  cluster        = %[1]q
  follower_index = "movies"
  leader_alias   = "lead"
  leader_index   = "movies"
  on_destroy     = "delete_index"
}
`, cluster)
		}
		w.write(config)
		w.apply()
		w.plan("-destroy").says("Warning: Index movies on paris will be deleted", "Warning: Index movies on tokyo will be deleted")
	})
}

// -replace of an integration would destroy what the new one needs, so it is
// refused with what to do instead, whatever on_destroy says; a taint too.
func TestPoint9_13_ReplaceOfAnIntegrationIsRefused(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	s.service("search-eu", "business-4")
	s.write(integrationOf("test", leaderName, `on_destroy = "promote"`))
	s.apply()
	s.planFails("-replace="+integrationAddress).says("Error: Cannot replace an integration by itself",
		"leaves service acme/search-eu with independent indices", "Apply without -replace")
	s.write(integrationOf("test", leaderName))
	s.apply()
	s.terraform("taint", integrationAddress)
	s.planFails().says("Error: Cannot replace an integration by itself",
		"deletes service acme/search-eu, which the new integration needs", "a tainted resource is kept with terraform untaint")
	s.terraform("untaint", integrationAddress)
	s.planEmpty()
}

// Which version a leader is upgraded to, and which service is the next.
func TestPoint9_14_AdviceAboutVersions(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	s.write(follower(`opensearch_version = "2.19"`))
	s.apply()
	s.write(follower(`opensearch_version = "3.3"`))
	r := s.planUpdate()
	r.says("Warning: Service acme/search-eu will be upgraded",
		"Warning: Follower acme/search-eu and its leader acme/search-us have different versions", "Upgrade the leader to 3.3.")
	r.saysNot("Choose")
	s.apply()
	s.planEmpty().says("Upgrade the leader to 3.3.")
	s.write(follower(`opensearch_version = "2.19"`))
	s.planFails().says("Error: Cannot downgrade the version", `opensearch_version = "2.19"`, `Keep "3.3", or leave opensearch_version out.`)
	s.write(follower(`opensearch_version = "3.3"`))
	s.api(http.MethodPut, "service/"+leaderName, map[string]any{"user_config": map[string]any{"opensearch_version": "3.3"}})
	s.settled(leaderName)
	s.planEmpty().saysNot("different versions")
	s.api(http.MethodPut, "service/"+leaderName, map[string]any{"user_config": map[string]any{"opensearch_version": "3.6"}})
	s.settled(leaderName)
	s.planEmpty().says("Upgrade the follower to 3.6.")
}

// A cluster that refuses the credentials, or redirects, says what to check.
func TestPoint9_14_RefusedCredentialsAndRedirectsGetAHint(t *testing.T) {
	t.Parallel()
	skipUnlessAcceptance(t)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   []string
	}{
		"401": {
			func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "Unauthorized", http.StatusUnauthorized) },
			[]string{`status 401; the answer begins with "Unauthorized". Check the credentials of this cluster`},
		},
		"redirect": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://login.example.com/start?secret=s3cret", http.StatusFound)
			},
			[]string{`status 302, a redirect to "https://login.example.com/start". A redirect is not followed. Check that the cluster's address has the right scheme, host, port and path`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.answer)
			t.Cleanup(server.Close)
			w := newWorkspace(t)
			w.secrets = func() []string { return []string{"s3cret"} }
			config := fmt.Sprintf("provider \"opensearch\" {\n  clusters = { here = { url = %q } }\n}\n", server.URL)
			w.write(config + "resource \"opensearch_ccr_replication\" \"test\" {\n  cluster = \"here\"\n  follower_index = \"movies\"\n  leader_alias = \"lead\"\n  leader_index = \"movies\"\n}\n")
			w.plan().says(test.says...)
			w.write(config + "resource \"opensearch_ccr_connection\" \"test\" {\n  cluster = \"here\"\n  name = \"lead\"\n  seeds = [\"127.0.0.1:9300\"]\n}\n")
			w.applyFails().says(test.says...)
		})
	}
}
