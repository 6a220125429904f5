// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

func TestFollower_Life(t *testing.T) {
	t.Parallel()
	life(t, controlplane.BehaviourNew)
}

func TestLongFollower_LifeWhereAnIntegrationReplicatesEverything(t *testing.T) {
	t.Parallel()
	life(t, controlplane.BehaviourOld)
}

// life is the whole life of a follower: made, refreshed, paused, resumed,
// imported into another state, promoted, and destroyed with nothing left. Terraform
// logs all it can meanwhile, and no secret shows up anywhere.
func life(t *testing.T, behaviour controlplane.Behaviour) {
	s := newScene(t)
	s.sandbox.ControlPlane().SetBehaviour(s.project, behaviour)
	write(t, s.leader, "movies", 1, 5)
	write(t, s.leader, "books", 1, 3)
	w := s.workspace()
	log := filepath.Join(w.dir, "trace.log")
	w.env = append(w.env, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	w.write(follower())
	w.apply().says("Apply copies 2 indices (books, movies) from the leader "+s.project+"/search-us, ", "It costs 0.42 USD per hour (plan business-4 in cloud aws-eu-west-1).")
	w.expect(map[string]any{
		"id": s.project + "/search-eu", "status": "replicating", "status_reason": nil, "plan": "business-4", "service_state": "RUNNING",
		"leader_alias": s.project + "_" + leaderName, "service_uri": s.follower("search-eu").URL(), "desired_state": "replicating",
	})
	there := s.follower("search-eu")
	if got := count(t, there, "movies") + count(t, there, "books"); got != 8 {
		t.Errorf("the follower has %d documents after the apply, want 8", got)
	}
	w.planEmpty()

	// Writes on the leader move nothing in the state.
	write(t, s.leader, "movies", 6, 9)
	ask(t, s.leader, http.MethodDelete, "/movies/_doc/1", nil)
	w.refreshEmpty()
	eventually(t, "the writes and the deletion are on the follower", func() bool { return count(t, there, "movies") == 8 })

	w.write(follower(`desired_state = "paused"`))
	w.planUpdate()
	w.apply()
	w.expect(map[string]any{"status": "paused", "status_reason": nil})
	for _, index := range []string{"movies", "books"} {
		if got := replicationStatus(t, there, index); got != "PAUSED" {
			t.Errorf("the replication of %s is %s, want PAUSED", index, got)
		}
	}
	w.planEmpty()
	write(t, s.leader, "movies", 10, 12)

	w.write(follower())
	w.apply()
	w.expect(map[string]any{"status": "replicating", "status_reason": nil})
	if got := count(t, there, "movies"); got != 11 {
		t.Errorf("movies has %d documents after the pause, want 11", got)
	}
	w.planEmpty()

	imported := s.workspace()
	imported.write(follower() + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", followerAddress, s.project+"/search-eu"))
	imported.plan().says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
	imported.apply()
	imported.planEmpty()

	w.write(follower(`desired_state = "promoted"`))
	w.planUpdate().matches(diagnostic("Warning", "Follower "+s.project+"/search-eu will be promoted", `desired_state = "promoted"`,
		"Follower "+s.project+"/search-eu becomes an independent, writable service and is unlinked from leader "+s.project+"/search-us. "+
			"Each index first catches up with the leader if the leader is reachable; later writes to the leader are not replicated."))
	w.apply()
	w.expect(map[string]any{"status": "promoted", "status_reason": nil, "integration_id": nil})
	write(t, there, "movies", 100, 100)
	if got := count(t, there, "movies"); got != 12 {
		t.Errorf("movies has %d documents on the promoted follower, want 12", got)
	}
	w.planEmpty()

	w.write(follower())
	w.planFails().matches(diagnostic("Error", "Follower "+s.project+"/search-eu has been promoted", "",
		"Service "+s.project+"/search-eu has been promoted and may contain data that the leader does not have. "+
			`Keep desired_state = "promoted". Or set rebuild = true to make it follow its leader again: `+
			"that deletes the replicated indices with everything that was written to them since, and copies them again."))

	password := there.Password()
	w.write(follower(`desired_state = "promoted"`))
	w.destroy().says("Warning: Service "+s.project+"/search-eu, which is a primary now, will be deleted",
		"Service "+s.project+"/search-eu was promoted: it no longer follows "+s.project+"/search-us and may have the only copy of what was written since.")
	if _, left := s.sandbox.Service(s.project, "search-eu"); left || s.exists("search-eu") {
		t.Error("destroy leaves the service behind")
	}
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(trace, []byte("request to cluster")) {
		t.Error("the log has nothing of the provider's requests")
	}
	for _, secret := range []string{password, s.leader.Password(), s.sandbox.Token()} {
		if i := bytes.Index(trace, []byte(secret)); i >= 0 {
			t.Errorf("a secret is in the log: …%s", trace[max(0, i-300):i])
		}
	}
}
