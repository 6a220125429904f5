// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// The tests TestPoint9_… are named for the points of issue 9: what can be known
// at plan is said at plan, and what is shown is true.

// A follower that cannot be reached is a value with a reason that people can
// read; the plan does not fail for it.
func TestPoint9_03_AnUnreachableFollowerIsAValue(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper("search-off", nil)
	s.api(http.MethodPut, "/service/search-off", map[string]any{"powered": false})
	s.paper("search-building", nil)
	// The page of a proxy whose cluster is down: a fake, because the question is
	// how it is shown.
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html>\r\n<head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>")
	}))
	t.Cleanup(door.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	w := s.workspace()
	w.write(fmt.Sprintf(`
provider "opensearch" {
  clusters = {
    proxied = { url = %q }
    gone    = { url = %q }
  }
}
locals {
  services = toset(["search-off", "search-building", "search-none"])
}
data "opensearch_ccr_status" "cluster" {
  for_each = toset(["proxied", "gone"])
  cluster  = each.key
}
data "opensearch_ccr_status" "service" {
  for_each     = local.services
  service_name = each.key
}
output "reasons" {
  value = { for name, s in merge(data.opensearch_ccr_status.cluster, data.opensearch_ccr_status.service) :
    name => "reachable ${s.reachable}, healthy ${s.healthy}, ${s.totals.indices} indices: ${s.reason}" }
}
`, door.URL, gone.URL))
	r := w.apply()
	r.says(`reachable false, healthy false, 0 indices: service `+s.project+`/search-off is powered off`,
		`reachable false, healthy false, 0 indices: service `+s.project+`/search-building (state REBUILDING) has no address yet`,
		`reachable false, healthy false, 0 indices: service `+s.project+`/search-none does not exist`,
		`status 502; the answer begins with \"502 Bad Gateway 502 Bad Gateway nginx\"`,
		"connection refused")
	r.saysNot("<html>", "<h1>", "Error:")
}

// One follower for several points: its creation logs how far it is, the example
// that watches the lag leaves the plan empty, a refresh has the exit code that
// Terraform allows, and healthy means healthy.
func TestPoint9_03And05And06_AWatchedFollower(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 3)
	write(t, s.leader, "books", 1, 2)
	s.sandbox.ControlPlane().SetDelays(s.project, controlplane.Delays{Build: time.Second, Integration: time.Second, Connection: time.Second})
	w := s.workspace()
	w.example("lag-check")
	log := filepath.Join(w.dir, "provider.log")
	w.env = append(w.env, "TF_LOG_PROVIDER=info", "TF_LOG_PATH="+log)
	w.apply().saysNot("Check block assertion")
	assertPhases(t, log, s.project)
	// A healthy follower: nothing to change, also with the check.
	w.planEmpty().saysNot("Check block assertion")
	w.refreshEmpty()

	// A refresh shows what is wrong; a plan repairs it, and the check is for after that.
	ask(t, s.follower("search-eu"), http.MethodPost, "/_plugins/_replication/movies/_pause", map[string]any{})
	w.plan("-refresh-only").says("Check block assertion failed", "search-eu is not healthy: index movies is paused: User initiated.")
	w.apply().saysNot("Check block assertion failed")
	w.planEmpty()

	// Somebody else watches the follower while it is taken apart.
	watch := s.workspace()
	watch.write(`
data "opensearch_ccr_status" "eu" {
  service_name   = "search-eu"
  index_patterns = ["*"]
}
data "opensearch_ccr_plans" "eu" {
  leader_service_name = "search-us"
  cloud_name          = "aws-eu-west-1"
}
output "plan" { value = [for p in data.opensearch_ccr_plans.eu.plans : "${p.name} of ${p.node_count}" if p.same_as_leader][0] }
output "lag" { value = try(data.opensearch_ccr_status.eu.indices["movies"].lag, "unknown") }
output "health" { value = data.opensearch_ccr_status.eu.healthy ? "good" : data.opensearch_ccr_status.eu.reason }
`)
	node, alias := s.follower("search-eu"), s.project+"_"+leaderName
	hand := func(method, route string, body any) { ask(t, node, method, "/_plugins/_replication/"+route, body) }
	watch.apply().says(`health = "good"`, "lag = 0", `plan = "business-4 of 3"`)
	hand(http.MethodPost, "movies/_stop", map[string]any{})
	watch.apply().says(`health = "index movies is stopped: the follower's index of that name is not a replica"`)
	ask(t, node, http.MethodDelete, "/movies", nil)
	hand(http.MethodDelete, "_autofollow", map[string]any{"leader_alias": alias, "name": ccr.RuleName(alias, "*")})
	watch.apply().says(`health = "no autofollow rule has pattern \"*\"; index movies of leader ` + alias + ` is missing on the follower"`)
	w.apply().saysNot("Check block assertion") // it repairs both
	watch.apply().says(`health = "good"`)
	s.api(http.MethodDelete, "/integration/"+s.integrationID("search-eu"), nil)
	watch.apply().says(`health = "the service has no integration with a leader; `)
}

// assertPhases reads what a creation has logged: its phases in their order, each
// with the time of the whole operation, and what is waited for.
func assertPhases(t *testing.T, log, project string) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var phases []string
	for _, line := range regexp.MustCompile(`\[INFO\]  provider\.terraform-provider-opensearch: [\d.hms]+: (\w+): .*\bphase=(\w+)`).FindAllStringSubmatch(string(text), -1) {
		if line[1] != line[2] {
			t.Errorf("the line and its field name different phases: %s", line[0])
		}
		if len(phases) == 0 || phases[len(phases)-1] != line[1] {
			phases = append(phases, line[1])
		}
	}
	if got := strings.Join(phases, " "); !strings.HasPrefix(got, "service integration connection starting") {
		t.Errorf("the phases are %q:\n%s", got, text)
	}
	for _, part := range []string{
		"s: service: waiting until service " + project + "/search-eu is RUNNING: its state is REBUILDING, 0 of 3 nodes are running",
		"s: integration: waiting until the integration of " + project + "/search-eu with its leader " + project + "/search-us is active",
		"s: starting: 0 of 2 are done",
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the log does not say %q:\n%s", part, text)
		}
	}
}
