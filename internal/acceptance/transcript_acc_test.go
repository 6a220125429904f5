// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// envTranscripts makes the tests write the outputs that the guides show, in place of comparing them.
const envTranscripts = "UPDATE_TRANSCRIPTS"

// transcript compares what a command said with what a guide shows of it. Only Terraform's own words
// are compared: OpenTofu has others.
func (r run) transcript(name string) {
	r.t.Helper()
	file := filepath.Join("..", "..", "examples", "scenarios", filepath.FromSlash(name)+".txt")
	said := tidy(r.output)
	if os.Getenv(envTranscripts) != "" {
		if err := os.WriteFile(file, []byte(said), 0o600); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	shown, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	if !version.OpenTofu && said != string(shown) {
		r.t.Errorf("the guide shows\n%s\nand the command says\n%s\n(%s=1 writes it)", shown, said, envTranscripts)
	}
}

var (
	overrides = regexp.MustCompile(`(?s)\n*Warning: Provider development overrides are in effect.*?published\nreleases\.\n`)
	progress  = regexp.MustCompile(`(?m)^.*(Refreshing state|Still modifying|Still creating|Still destroying|Reading|Read complete).*\n`)
	took      = regexp.MustCompile(`complete after [0-9ms]+`)
	uuids     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	namedUUID = regexp.MustCompile(`/[0-9A-Za-z_-]{22}"`)
	similar   = regexp.MustCompile(`\n\(and one more similar warning elsewhere\)\n`)
	blank     = regexp.MustCompile(`\n{3,}`)
)

// tidy is an output without what is another one each time, and without what only tests see.
func tidy(output string) string {
	output = strings.ReplaceAll(output, "│ ", "")
	output = overrides.ReplaceAllString(output, "")
	output = progress.ReplaceAllString(output, "")
	output = took.ReplaceAllString(output, "complete after 12s")
	output = uuids.ReplaceAllString(output, "1c6b7a54-0f5e-4c0b-9d6d-5a2f0c1f6b1e")
	output = namedUUID.ReplaceAllString(output, `/Tr9RPz-0Q-iftQHuYFnLEw"`)
	output = similar.ReplaceAllString(output, "")
	_, plan, planned := strings.Cut(output, "Terraform will perform the following actions:\n")
	if planned {
		output = plan
	}
	return strings.TrimLeft(blank.ReplaceAllString(output, "\n\n"), "\n")
}

// The outputs that the guide of disaster recovery shows.
func TestTranscripts_DisasterRecovery(t *testing.T) {
	t.Parallel()
	ready := func(t *testing.T, example string) *memoryScene {
		t.Helper()
		s := newMemoryScene(t, unchanged)
		for _, index := range []string{"orders", "products"} {
			for n := range 3 {
				s.cluster(ref(us)).Write(index, fmt.Sprintf("doc-%d", n), true)
			}
		}
		s.example(example)
		return s
	}
	t.Run("failover-and-return", func(t *testing.T) {
		t.Parallel()
		s := ready(t, "failover-and-return")
		s.service(eu, "business-4")
		s.apply()
		s.cluster(ref(us)).SetDown(true)
		s.apply("-var", "promoted=true").transcript("failover-and-return/failover")
		for n := range 5 {
			s.cluster(ref(eu)).Write("orders", fmt.Sprintf("after-%d", n), false)
		}
		s.cluster(ref(us)).SetDown(false)
		s.cluster(ref(us)).Write("orders", "uncopied", false)
		back := []string{"-var", "leader=search-eu", "-var", "follower=search-us", "-var", "rebuild=true"}
		s.plan(back...).transcript("failover-and-return/return")
		s.apply(back...)
	})
	t.Run("switchover", func(t *testing.T) {
		t.Parallel()
		s := ready(t, "switchover")
		s.service(eu, "business-4")
		s.apply()
		s.plan("-var", "leader=search-eu", "-var", "follower=search-us").transcript("switchover/switchover")
	})
	t.Run("drill", func(t *testing.T) {
		t.Parallel()
		s := ready(t, "drill")
		s.apply("-var", "drill=replicating")
		s.apply("-var", "drill=promoted").transcript("drill/drill")
		s.apply()
	})
}

// The outputs that the guides about services on Aiven show.
func TestTranscripts_Services(t *testing.T) {
	t.Parallel()
	t.Run("two-existing-services", func(t *testing.T) {
		t.Parallel()
		s := newMemoryScene(t, unchanged)
		s.cluster(ref(us)).Write("orders", "1", true)
		s.cluster(ref(us)).Write("products", "1", true)
		s.service(eu, "business-4")
		s.example("two-existing-services")
		s.plan().transcript("two-existing-services/plan")
		s.apply().says(`status = "replicating"`)
		s.planEmpty()
		s.plan("-destroy").transcript("two-existing-services/destroy")
		s.destroy()
		s.settled(eu) // promoted, and still there
	})
	t.Run("upgrade", func(t *testing.T) {
		t.Parallel()
		s := newMemoryScene(t, unchanged)
		s.cluster(ref(us)).Write("orders", "1", true)
		s.example("upgrade")
		s.apply()
		follower := []string{"-var", "follower_version=3.3"}
		s.plan(follower...).transcript("upgrade/follower")
		s.apply(follower...).says(`status = "replicating"`)
		s.planEmpty(follower...).transcript("upgrade/between")
		s.api(http.MethodPut, "service/"+us, map[string]any{"user_config": map[string]any{"opensearch_version": "3.3"}})
		s.settled(us)
		s.planEmpty(follower...).saysNot("different versions")
	})
	t.Run("central-reporting-on-aiven", func(t *testing.T) {
		t.Parallel()
		s := newMemoryScene(t, unchanged)
		s.service("search-asia", "business-4")
		s.service("search-reports", "business-4")
		s.cluster(ref(us)).Write("us-orders", "1", true)
		s.cluster(ref("search-asia")).Write("asia-orders", "1", true)
		s.example("central-reporting-on-aiven")
		s.apply()
		s.planEmpty()
		s.terraform("output", "-no-color").transcript("central-reporting-on-aiven/output")
		s.destroy()
		s.settled("search-reports")
	})
}

// What the guide for those who have used curl shows: an import that changes nothing.
func TestTranscripts_MovingFromCurl(t *testing.T) {
	t.Parallel()
	m := newMemoryPlatform(t, asItIs, unchanged)
	m.service(us, "business-4")
	m.service("central", "business-4")
	at, leader := m.clusterOf("central"), m.cluster(ref(us))
	seed := fmt.Sprintf("%s:%d", leader.Endpoint().Host, leader.Endpoint().Port)
	leader.Write("products", "1", true)
	leader.Write("logs-1", "1", true)
	byHand(t, at, http.MethodPut, "/_cluster/settings", fields{"persistent": fields{"cluster.remote.london.seeds": []string{seed}}})
	byHand(t, at, http.MethodPut, "/_plugins/_replication/products/_start", fields{"leader_alias": "london", "leader_index": "products"})
	byHand(t, at, http.MethodPost, "/_plugins/_replication/_autofollow", fields{"leader_alias": "london", "name": "logs", "pattern": "logs-*"})
	m.platform.Pass(5 * time.Second) // everything is copied, and the rule has started its index

	w := newWorkspace(t, fmt.Sprintf("TF_VAR_paris_username=%s", at["username"]), fmt.Sprintf("TF_VAR_paris_password=%s", at["password"]))
	w.useProvider(quickProvider(t))
	w.example("moving-from-curl", "https://paris.example.com:9200", at["url"].(string), "london-1.example.com:9300", seed)
	w.plan().says("3 to import, 0 to add, 0 to change, 0 to destroy")
	w.apply().says("3 imported, 0 added, 0 changed, 0 destroyed")
	w.planEmpty()
}
