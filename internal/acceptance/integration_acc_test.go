// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

const integrationAddress = "opensearch_ccr_integration.test"

// integration is a provider block for the scene and an integration of its
// leader with the service search-eu, which is made with it.
func (s *scene) integration(attributes ...string) string {
	return s.providerBlock() + integrationOf("test", leaderName, attributes...)
}

func integrationOf(label, leader string, attributes ...string) string {
	return fmt.Sprintf(`
resource "opensearch_ccr_integration" %q {
  leader_service_name   = %q
  follower_service_name = "search-eu"
  %s
}`, label, leader, strings.Join(attributes, "\n  "))
}

func (s *scene) mustCount(at asker, index string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := count(s.t, at, index); got != want {
			return fmt.Errorf("%s has %d documents, want %d", index, got, want)
		}
		return nil
	}
}

func TestIntegration_LinksTwoServices(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 5)
	follower := s.service("search-eu", "business-4", sandbox.InCloud("aws-eu-west-1"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             s.destroyed, // the product's rule: the follower service goes
		Steps: []resource.TestStep{{
			Config:           s.integration(),
			ConfigPlanChecks: emptyPlan(),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(integrationAddress, "id", fmt.Sprintf("%[1]s/%[2]s/%[1]s/search-eu", s.project, leaderName)),
				resource.TestCheckResourceAttr(integrationAddress, "status", "replicating"),
				resource.TestCheckResourceAttr(integrationAddress, "leader_alias", s.project+"_"+leaderName),
				resource.TestCheckResourceAttrSet(integrationAddress, "integration_id"),
				s.mustCount(follower, "movies", 5),
			),
		}, {
			ResourceName:      integrationAddress,
			ImportState:       true,
			ImportStateVerify: true,
		}, {
			Config: s.integration(`index_patterns = ["movies", "log-*"]`),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(integrationAddress, plancheck.ResourceActionUpdate)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			Check: s.mustCount(follower, "movies", 5),
		}, {
			PreConfig: func() {
				s.api(http.MethodPut, "/service/search-eu", map[string]any{"termination_protection": true})
			},
			Config:      s.integration(`index_patterns = ["movies", "log-*"]`),
			Destroy:     true,
			ExpectError: regexp.MustCompile(`(?s)Service is protected against deletion.*Service ` + s.project + `/search-eu\s+has\s+termination\s+protection`),
		}, {
			PreConfig: func() {
				s.api(http.MethodPut, "/service/search-eu", map[string]any{"termination_protection": false})
			},
			Config:   s.integration(`index_patterns = ["movies", "log-*"]`),
			PlanOnly: true,
		}},
	})
}

// Services that the same apply may create cause no error at plan; at apply both
// must be there before anything is made.
func TestIntegration_ServicesThatDoNotExist(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config:             s.integration(),
			PlanOnly:           true,
			ExpectNonEmptyPlan: true, // it is to be created
		}, {
			Config:      s.integration(),
			ExpectError: regexp.MustCompile(`(?s)Leader service not found.*Follower service not found|Follower service not found.*Leader service not found`),
		}},
	})
	if asked := s.sandbox.ControlPlane().Requests(s.project); slices.ContainsFunc(asked, func(r controlplane.Request) bool { return r.Method != http.MethodGet }) {
		t.Errorf("something was changed: %v", asked)
	}
}

func TestIntegration_FollowerThatIsGone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.service("search-eu", "business-4")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: s.integration(),
		}, {
			PreConfig: func() {
				if err := s.sandbox.ControlPlane().LoseService(t.Context(), s.ref("search-eu")); err != nil {
					t.Fatal(err)
				}
			},
			Config:             s.integration(),
			PlanOnly:           true,
			ExpectNonEmptyPlan: true, // it is to be created, once its follower is there
		}},
	})
}

func TestIntegration_AdoptsOneThatIsThere(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 3)
	follower := s.service("search-eu", "business-4", sandbox.Following(leaderName))
	var made string
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			PreConfig:        func() { made = s.integrationID("search-eu") },
			Config:           s.integration(`on_destroy = "promote"`),
			ConfigPlanChecks: emptyPlan(),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttrWith(integrationAddress, "integration_id", func(id string) error {
					if id != made {
						return fmt.Errorf("integration %s was made although %s was there", id, made)
					}
					return nil
				}),
				s.mustCount(follower, "movies", 3),
			),
		}},
	})
	// on_destroy = "promote": the service stays, unlinked, and can be written.
	if id := s.integrationID("search-eu"); id != "" {
		t.Errorf("integration %s is left after destroy", id)
	}
	write(t, follower, "movies", 4, 4)
	if got := count(t, follower, "movies"); got != 4 {
		t.Errorf("the promoted follower has %d documents, want 4", got)
	}
}

func TestIntegration_Promoted(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 3)
	follower := s.service("search-eu", "business-4")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		// After a promotion destroy only forgets, whatever on_destroy says.
		CheckDestroy: func(*terraform.State) error {
			if !s.exists("search-eu") {
				return fmt.Errorf("destroy deleted the promoted service")
			}
			return nil
		},
		Steps: []resource.TestStep{{
			Config:      s.integration(`desired_state = "promoted"`),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Cannot promote a new follower.*desired_state\s+=\s+"replicating"`),
		}, {
			Config: s.integration(),
		}, {
			PreConfig: func() { write(t, s.leader, "movies", 4, 10) },
			Config:    s.integration(`desired_state = "promoted"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(integrationAddress, plancheck.ResourceActionUpdate)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(integrationAddress, "status", "promoted"),
				resource.TestCheckNoResourceAttr(integrationAddress, "integration_id"),
				s.mustCount(follower, "movies", 10),
			),
		}, {
			Config:      s.integration(`desired_state = "replicating"`),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Follower ` + s.project + `/search-eu has been promoted.*Or set rebuild = true`),
		}},
	})
}

func TestIntegration_TwoLeaders(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	asia := s.service("search-ap", "business-4")
	write(t, s.leader, "us-orders", 1, 3)
	write(t, s.leader, "shared", 1, 1)
	write(t, asia, "ap-orders", 1, 4)
	write(t, asia, "shared", 1, 1)
	report := s.service("search-eu", "business-4")
	first := integrationOf("us", leaderName, `index_patterns = ["us-*"]`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config:           s.providerBlock() + first + integrationOf("ap", "search-ap", `index_patterns = ["ap-*"]`),
			ConfigPlanChecks: emptyPlan(),
			Check:            resource.ComposeAggregateTestCheckFunc(s.mustCount(report, "us-orders", 3), s.mustCount(report, "ap-orders", 4)),
		}, {
			// A pattern that the other leader has too.
			Config:      s.providerBlock() + first + integrationOf("ap", "search-ap", `index_patterns = ["ap-*", "us-o*"]`),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Overlapping patterns from two leaders.*Pattern\s+"us-o\*"`),
		}, {
			// An index of a name that the follower has already.
			PreConfig:   func() { write(t, report, "shared", 1, 1) },
			Config:      s.providerBlock() + first + integrationOf("ap", "search-ap", `index_patterns = ["ap-*", "shared"]`),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Index names are already in use on the follower.*in\s+use\s+on\s+the\s+follower:\s+shared`),
		}, {
			Config: s.providerBlock() + first + integrationOf("ap", "search-ap", `index_patterns = ["ap-*"]`, `on_destroy = "promote"`),
		}},
	})
}

func TestIntegration_RulesOfAPairAtPlan(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.service("search-eu", "business-8")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config:      s.integration(),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)with opensearch_ccr_integration\.test,.*follower_service_name = "search-eu".*has plan "business-8",\s+the\s+leader\s+.*has "business-4"`),
		}, {
			Config:      s.integration(`leader_plan = "business-4"`, `follower_plan = "startup-4"`),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Plan without cross-cluster replication.*"startup-4"`),
		}, {
			Config:      s.integration(`leader_plan = "business-4"`, `follower_plan = "business-8"`),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Follower and leader have different plans.*Choose\s+business-4`),
		}, {
			Config:             s.integration(`allow_larger_plan = true`),
			PlanOnly:           true,
			ExpectNonEmptyPlan: true, // it is to be created
		}},
	})
}

func TestIntegration_ChainRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.service("search-mid", "business-4", sandbox.Following(leaderName))
	s.service("search-eu", "business-4")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config:      s.providerBlock() + integrationOf("test", "search-mid"),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Leader is itself a follower.*already\s+follows\s+` + s.project + `/` + leaderName),
		}},
	})
}

// client is a client of the sandbox's Aiven API.
func (s *scene) client() *aiven.Client {
	s.t.Helper()
	client, err := aiven.New(aiven.Config{Token: s.sandbox.Token(), URL: s.sandbox.APIURL()})
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

func (s *scene) aivenRef(name string) aiven.ServiceRef {
	return aiven.ServiceRef{Project: s.project, Name: name}
}

// integrationID is the integration that a service follows by, as the API lists
// it; empty where there is none.
func (s *scene) integrationID(follower string) string {
	s.t.Helper()
	all, err := s.client().Integrations(s.t.Context(), s.project, follower)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range all {
		if i.Follower.Name == follower {
			return i.ID
		}
	}
	return ""
}
