// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"strings"
	"testing"
)

// A token that may not read the secrets of services is told so, at plan where a
// plan reads a service, and nothing that exists is taken for missing. Both are
// tested: Aiven refuses a request for secrets, or shows "<redacted>" for them.
func TestSecrets_TokenThatMayNotReadThem(t *testing.T) {
	t.Parallel()
	for way, c := range map[string]struct {
		redacted bool
		said     string
	}{
		"refused":  {false, "(service acme/search-eu): 403: Missing permission service:secrets:read"},
		"redacted": {true, "GET /v1/project/acme/service/search-eu?include_secrets=true: 200, with no password in it"},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newMemoryScene(t, unchanged)
			hide := func(hidden bool) { s.plane.HideSecrets(modelProject, hidden, c.redacted) }
			const wayOut = "Give the token's user or application the permission service:secrets:read on project acme, or a role that has it (admin, operator or developer), or use another token."
			of := func(service string) []string {
				return []string{"Error: Token may not read the secrets of acme/" + service, strings.ReplaceAll(c.said, "search-eu", service), wayOut}
			}

			hide(true)
			s.write(follower())
			s.planFails().says(append(of(leaderName), "with opensearch_ccr_follower.test", "No follower of project acme can be set up")...)
			hide(false)
			s.terraform("plan", "-input=false", "-out=tfplan")
			hide(true)
			s.applyFails("tfplan").says(of(leaderName)...)
			if _, made := s.platform.Cluster(ref("search-eu")); made {
				t.Error("a service was made that the token cannot work with")
			}

			hide(false)
			s.apply()
			hide(true)
			s.planFails().says(of("search-eu")...)
			s.terraformFails("apply", "-refresh-only", "-auto-approve", "-input=false").says(of("search-eu")...)
			s.terraformFails("destroy", "-auto-approve", "-input=false", "-refresh=false").says("Error: Cannot delete the follower service", c.said, wayOut)
			s.terraform("state", "list").says(followerAddress)

			others := s.workspace.again()
			others.write("resource \"opensearch_ccr_integration\" \"test\" {\n  leader_service_name   = \"search-us\"\n  follower_service_name = \"search-eu\"\n}\n" +
				"data \"opensearch_ccr_status\" \"test\" {\n  service_name = \"search-us\"\n}\n")
			others.planFails().says(append(of("search-eu"), append(of(leaderName), "with opensearch_ccr_integration.test", "with data.opensearch_ccr_status.test")...)...)
			if version.HasEphemeral() {
				others.write("ephemeral \"opensearch_ccr_credentials\" \"test\" {\n  service_name = \"search-eu\"\n}\n")
				others.planFails().says(of("search-eu")...)
			}
			others.write("import {\n  to = opensearch_ccr_follower.test\n  id = \"acme/search-eu\"\n}\n" + follower())
			others.planFails().says(c.said, wayOut)

			hide(false)
			s.planEmpty()
		})
	}
}
