// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

// securityUser is the user of the tests on the security plugin, on both clusters.
const (
	securityUser     = "terraform"
	securityPassword = "kR7-vq2Lw-Zt93x-pD"
)

// right is one permission of the smallest roles, as the guide "Security" lists them.
type right struct {
	Permission string `json:"permission"`
	// Side is the cluster on which the user of the provider needs it: follower or leader.
	Side string `json:"side"`
	// Resources are those that need it, without opensearch_ccr_.
	Resources []string `json:"resources"`
}

// asked is the right without the resources.
func (r right) asked() string { return r.Permission + " on the " + r.Side }

// smallestRights are the permissions of testdata/rights.json.
func smallestRights(t *testing.T) (rights []right) {
	t.Helper()
	text, err := os.ReadFile("testdata/rights.json")
	if err != nil {
		t.Fatal(err)
	}
	decode(t, text, &rights)
	return rights
}

// securityScene is a leader and a follower with the security plugin and a workspace.
type securityScene struct {
	*duo
	*workspace
}

func newSecurityScene(t *testing.T) *securityScene {
	t.Helper()
	skipUnlessAcceptance(t)
	d := &duo{t: t, prefix: fmt.Sprintf("t%d", duos.Add(1))}
	d.leader = ownCluster(t, d.prefix+"-leader", sandbox.ClusterOptions{Security: true})
	d.follower = ownCluster(t, d.prefix+"-follower", sandbox.ClusterOptions{Security: true})
	s := &securityScene{duo: d, workspace: newWorkspace(t)}
	s.secrets = func() []string { return []string{securityPassword} }
	for _, cluster := range []*sandbox.Cluster{d.leader, d.follower} {
		security(t, cluster, "internalusers/"+securityUser, map[string]any{"password": securityPassword})
		security(t, cluster, "roles/terraform", roleOf(nil))
		security(t, cluster, "rolesmapping/terraform", map[string]any{"users": []string{securityUser}})
	}
	security(t, d.leader, "roles/replication_leader", roleOf([]string{"indices:admin/plugins/replication/index/setup/validate", "indices:data/read/plugins/replication/changes", "indices:data/read/plugins/replication/file_chunk"}))
	security(t, d.follower, "roles/replication_follower", roleOf([]string{"indices:admin/plugins/replication/index/setup/validate", "indices:data/write/plugins/replication/changes"}))
	s.workspace.write(strings.ReplaceAll(d.provider(), `username = "admin", password = "`+clusterPassword, `username = "`+securityUser+`", password = "`+securityPassword) + d.connection() + s.everything())
	return s
}

// security changes users and roles, as the platform's operator.
func security(t *testing.T, cluster *sandbox.Cluster, path string, body any) {
	t.Helper()
	ask(t, cluster, http.MethodPut, "/_plugins/_security/api/"+path, body)
}

// roleOf is a role with these permissions, for all indices.
func roleOf(permissions []string) map[string]any {
	cluster, indices := []string{}, []string{}
	for _, p := range permissions {
		if strings.HasPrefix(p, "cluster:") {
			cluster = append(cluster, p)
		} else {
			indices = append(indices, p)
		}
	}
	return map[string]any{"cluster_permissions": cluster, "index_permissions": []any{map[string]any{"index_patterns": []string{"*"}, "allowed_actions": indices}}}
}

// grant gives the user these rights and no others.
func (s *securityScene) grant(rights []right) {
	s.duo.t.Helper()
	for side, cluster := range map[string]*sandbox.Cluster{"leader": s.leader, "follower": s.follower} {
		var permissions []string
		for _, r := range rights {
			if r.Side == side {
				permissions = append(permissions, r.Permission)
			}
		}
		security(s.duo.t, cluster, "roles/terraform", roleOf(permissions))
	}
}

const useRoles = `use_roles = { leader_cluster_role = "replication_leader", follower_cluster_role = "replication_follower" }`

// everything is each resource and data source at index level.
func (s *securityScene) everything(more ...string) string {
	return s.replication(s.name("movies"), append(more, useRoles, deleteIndex)...) + s.rule(s.name("logs-*"), useRoles, `on_destroy = "delete_indices"`) +
		"data \"opensearch_ccr_status\" \"test\" {\n  cluster = \"here\"\n  depends_on = [opensearch_ccr_replication.test]\n}\n"
}

// life applies, pauses, resumes and destroys everything, and returns all that was said and whether it succeeded.
func (s *securityScene) life() (said string, succeeded bool) {
	s.duo.t.Helper()
	for _, args := range [][]string{{"apply"}, {"plan", "-detailed-exitcode"}, {"destroy"}} {
		if args[0] != "plan" {
			args = append(args, "-auto-approve")
		}
		r := s.terraform(append(args, "-input=false")...)
		said += r.output
		if r.code != 0 {
			return said, false
		}
	}
	return said, true
}
