// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

const followerAddress = "opensearch_ccr_follower.test"

// scene is a project of the sandbox with a leader service.
type scene struct {
	t       *testing.T
	sandbox *sandbox.Sandbox
	project string
	leader  *sandbox.Service
}

// leaderName is the leader's name in every scene: its project is its own.
const leaderName = "search-us"

func newScene(t *testing.T, options ...sandbox.ServiceOption) *scene {
	t.Helper()
	skipUnlessAcceptance(t)
	s := &scene{t: t, sandbox: testSandbox(t)}
	s.project = s.sandbox.NewProject()
	t.Cleanup(func() { s.lose("search-eu") })
	s.leader = s.service(leaderName, "business-4", options...)
	return s
}

// lose ends a service that a test may have left behind, and its node.
func (s *scene) lose(name string) {
	if _, there := s.sandbox.Service(s.project, name); !there {
		return
	}
	if err := s.sandbox.ControlPlane().LoseService(context.Background(), s.ref(name)); err != nil {
		s.t.Errorf("remove service %s: %v", s.ref(name), err)
	}
}

func (s *scene) service(name, plan string, options ...sandbox.ServiceOption) *sandbox.Service {
	s.t.Helper()
	s.t.Cleanup(func() { s.lose(name) })
	service, err := s.sandbox.CreateService(s.t.Context(), s.project, name, plan, options...)
	if err != nil {
		s.t.Fatal(err)
	}
	return service
}

func (s *scene) follower(name string) *sandbox.Service {
	s.t.Helper()
	service, ok := s.sandbox.Service(s.project, name)
	if !ok {
		s.t.Fatalf("service %s/%s is not there", s.project, name)
	}
	return service
}

func (s *scene) ref(name string) controlplane.ServiceRef {
	return controlplane.ServiceRef{Project: s.project, Name: name}
}

// config is a provider block for the scene and a resource with these attributes.
func (s *scene) config(attributes ...string) string {
	return s.providerBlock() + fmt.Sprintf(`
resource "opensearch_ccr_follower" "test" {
  leader_service_name = %q
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
  %s
}`, leaderName, strings.Join(attributes, "\n  "))
}

func (s *scene) providerBlock() string {
	return fmt.Sprintf(`
provider "opensearch" {
  aiven = { token = %q, project = %q, api_url = %q }
}`, s.sandbox.Token(), s.project, s.sandbox.APIURL())
}

// asker is a cluster of the sandbox, of either kind.
type asker interface {
	Do(ctx context.Context, method, path string, body any) (int, json.RawMessage, error)
}

// ask makes a request that must succeed.
func ask(t *testing.T, at asker, method, path string, body any) json.RawMessage {
	t.Helper()
	status, answer, err := at.Do(t.Context(), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if status < 200 || status > 299 {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

// write makes an index with one shard and writes documents first to last.
func write(t *testing.T, at asker, index string, first, last int) {
	t.Helper()
	if status, _, err := at.Do(t.Context(), http.MethodHead, "/"+index, nil); err != nil || status == http.StatusNotFound {
		ask(t, at, http.MethodPut, "/"+index, map[string]any{"settings": map[string]any{"number_of_shards": 1, "number_of_replicas": 0}})
	}
	for n := first; n <= last; n++ {
		ask(t, at, http.MethodPut, fmt.Sprintf("/%s/_doc/%d", index, n), map[string]any{"n": n})
	}
}

func count(t *testing.T, at asker, index string) int {
	t.Helper()
	ask(t, at, http.MethodPost, "/"+index+"/_refresh", nil)
	var answer struct {
		Count int `json:"count"`
	}
	if err := json.Unmarshal(ask(t, at, http.MethodGet, "/"+index+"/_count", nil), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Count
}

// eventually waits for what the plugin does in its own time: a poll of a rule
// takes 30 s, a metadata sync 60 s, an automatic pause some 15 s.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(300 * time.Millisecond)
	}
}

func replicationStatus(t *testing.T, at asker, index string) string {
	t.Helper()
	var answer struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(ask(t, at, http.MethodGet, "/_plugins/_replication/"+index+"/_status", nil), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Status
}

// destroyed checks that no follower of the state is left.
func (s *scene) destroyed(*terraform.State) error {
	if _, there := s.sandbox.Service(s.project, "search-eu"); there {
		return fmt.Errorf("service %s/search-eu is still there", s.project)
	}
	return nil
}

func emptyPlan() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

func TestFollower_ReplicatesWhatThereIsAndWhatComes(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 5)
	write(t, s.leader, "books", 1, 3)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             s.destroyed,
		Steps: []resource.TestStep{{
			Config:           s.config(),
			ConfigPlanChecks: emptyPlan(),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(followerAddress, "id", s.project+"/search-eu"),
				resource.TestCheckResourceAttr(followerAddress, "status", "replicating"),
				resource.TestCheckNoResourceAttr(followerAddress, "status_reason"),
				resource.TestCheckResourceAttr(followerAddress, "plan", "business-4"),
				resource.TestCheckResourceAttr(followerAddress, "leader_alias", s.project+"_"+leaderName),
				resource.TestCheckResourceAttr(followerAddress, "service_state", "RUNNING"),
				resource.TestCheckResourceAttrSet(followerAddress, "integration_id"),
				resource.TestMatchResourceAttr(followerAddress, "service_uri", regexp.MustCompile(`^https?://[^@]+$`)),
				func(*terraform.State) error {
					follower := s.follower("search-eu")
					if got := count(t, follower, "movies"); got != 5 {
						return fmt.Errorf("movies has %d documents on the follower, want 5", got)
					}
					if got := count(t, follower, "books"); got != 3 {
						return fmt.Errorf("books has %d documents on the follower, want 3", got)
					}
					return nil
				},
			),
		}, {
			PreConfig: func() {
				write(t, s.leader, "movies", 6, 20)
				ask(t, s.leader, http.MethodDelete, "/movies/_doc/1", nil)
				write(t, s.leader, "later", 1, 2)
			},
			RefreshState: true,
			RefreshPlanChecks: resource.RefreshPlanChecks{
				PostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
		}, {
			PreConfig: func() {
				follower := s.follower("search-eu")
				eventually(t, "the new index is on the follower", func() bool {
					return replicationStatus(t, follower, "later") == "SYNCING" && count(t, follower, "later") == 2
				})
				eventually(t, "the deletion is on the follower", func() bool { return count(t, follower, "movies") == 19 })
			},
			Config:   s.config(),
			PlanOnly: true,
		}},
	})
}
