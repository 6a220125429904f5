// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"testing"
)

// An import of something other than a follower of one leader says so.
func TestFollower_ImportOfNoFollower(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.paper("search-asia", nil)
	s.paper("alone", nil)
	s.paper("central", map[string]any{"service_integrations": []any{
		map[string]any{"integration_type": "opensearch_cross_cluster_replication", "source_service": leaderName, "user_config": map[string]any{}},
		map[string]any{"integration_type": "opensearch_cross_cluster_replication", "source_service": "search-asia", "user_config": map[string]any{}}}})
	w := s.workspace()
	w.write(follower())
	for id, want := range map[string]string{
		s.project + "/alone": "Error: Cannot import the follower Service " + s.project + "/alone: it is not a follower: it has no integration of type opensearch_cross_cluster_replication.",
		s.project + "/central": "Error: Cannot import the follower Service " + s.project + "/central: it follows several leaders (" + s.project + "/" + leaderName + ", " + s.project +
			"/search-asia); import one opensearch_ccr_integration for each of them",
		s.project + "/nobody": "Error: Cannot import the follower Service " + s.project + "/nobody: GET /v1/project/" + s.project + "/service/nobody (service " + s.project + "/nobody): 404: Service nobody does not exist. Check the name and the project",
	} {
		w.terraformFails("import", "-input=false", followerAddress, id).says(want)
	}
	if _, there := w.instance(); there {
		t.Error("something was imported")
	}
}

// A creation that was cut short, and then another leader: the service is what
// the plan says, deleted and created again.
func TestFollower_UnfinishedAndChanged(t *testing.T) {
	t.Parallel()
	s := newPaperScene(t)
	s.paper(leaderName, nil)
	s.paper("search-asia", nil)
	w := s.workspace()
	w.write(follower(`timeouts = { create = "3s" }`))
	w.applyFails()
	created := s.shown("search-eu")["create_time"]
	w.write(follower(`leader_service_name = "search-asia"`, `timeouts = { create = "3s" }`))
	r := w.plan()
	r.says("must be replaced")
	r.saysNot("Error:")
	w.applyFails().says("wait until service " + s.project + "/search-eu is RUNNING")
	if s.shown("search-eu")["create_time"] == created {
		t.Error("the service is still the old one")
	}
	w.expect(map[string]any{"leader_service_name": "search-asia", "leader_alias": s.project + "_search-asia"})
	w.destroy()
}

// A leader may be in another project.
func TestFollower_LeaderInAnotherProject(t *testing.T) {
	t.Parallel()
	theirs, ours := newPaperScene(t), newPaperScene(t)
	theirs.paper(leaderName, nil)
	w := ours.workspace()
	w.write(follower(`leader_project = "`+theirs.project+`"`, `timeouts = { create = "3s" }`))
	w.applyFails().says("Follower " + ours.project + "/search-eu of leader " + theirs.project + "/search-us: wait until service " + ours.project + "/search-eu is RUNNING")
	w.expect(map[string]any{"leader_alias": theirs.project + "_search-us", "leader_project": theirs.project, "project": ours.project})
	links, ok := ours.api(http.MethodGet, "/service/search-eu/integration", nil)["service_integrations"].([]any)
	if !ok || len(links) != 1 {
		t.Fatalf("the API shows integrations %v", links)
	}
	if link, ok := links[0].(map[string]any); !ok || link["source_project"] != theirs.project || link["dest_project"] != ours.project {
		t.Errorf("the API shows the integration as %v", links[0])
	}
	w.destroy()
}

// What a follower that is powered off is meant to replicate is not known, and an
// import does not guess it.
func TestFollower_ImportPoweredOff(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	s.write(follower(`index_patterns = ["films*"]`))
	s.apply()
	s.api(http.MethodPut, "service/search-eu", map[string]any{"powered": false})
	s.settled("search-eu")
	const unknown = "what it is meant to replicate is not known: the follower service is powered off. To import it, power it on first."
	for address, id := range map[string]string{followerAddress: "acme/search-eu", integrationAddress: "acme/search-us/acme/search-eu"} {
		w := s.workspace.again()
		w.write(follower() + integrationOf("test", leaderName))
		w.terraformFails("import", "-input=false", address, id).says(unknown)
	}
}
