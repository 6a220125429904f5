// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// This file is about an integration whose leader and follower are swapped.

// us is the leader of a memory scene, until it is reversed.
const us = leaderName

// linking is an integration of two services of a scene.
func linking(leader, follower string, attributes ...string) string {
	return fmt.Sprintf(`
resource "opensearch_ccr_integration" "test" {
  leader_service_name   = %q
  follower_service_name = %q
  on_destroy            = "promote"
  %s
}`, leader, follower, strings.Join(attributes, "\n  "))
}

// pairScene are two services, the second of which follows the first by an integration.
func pairScene(t *testing.T) *memoryScene {
	t.Helper()
	s := newMemoryScene(t, unchanged)
	for _, index := range []string{"a-1", "a-2"} {
		for n := range 3 {
			s.cluster(ref(us)).Write(index, fmt.Sprintf("doc-%d", n), true)
		}
	}
	s.service(eu, "business-4")
	s.write(linking(us, eu))
	s.apply()
	return s
}

// docsOf are the documents of an index of a service, in order.
func (m *memoryPlatform) docsOf(service, index string) []string {
	for _, ix := range m.cluster(ref(service)).Look() {
		if ix.Name == index {
			return ix.Docs
		}
	}
	return nil
}

// A pair that replicates is reversed in one apply, while applications write to the leader: nothing
// that was acknowledged is lost. And back again.
func TestReversal_OfAHealthyPairLosesNothing(t *testing.T) {
	t.Parallel()
	s := pairScene(t)
	s.cluster(ref(us)).Write(".hidden", "own", true)
	for _, way := range [][2]string{{eu, us}, {us, eu}} {
		leader, follower := way[0], way[1]
		writer := s.keepsWriting(t, follower, "a-1", "a-2") // also while its indices are deleted, which creates none
		s.write(linking(leader, follower, `rebuild = true`))
		s.planReversal().says("Warning: Follower acme/"+leader+" of leader acme/"+follower+" will be reversed",
			"Warning: 2 indices of service acme/"+follower+" will be replaced", "a-1: 0 operations only on acme/"+follower+" (lost), 0 operations only on acme/"+leader,
			"Total: 0 operations only on acme/"+follower+" (lost)", "replaced_indices")
		s.apply()
		writer.stop()
		for _, service := range []string{leader, follower} {
			if all, missing := writer.missingOn(s.cluster(ref(service))); all == 0 || len(missing) > 0 {
				t.Errorf("%d of %d documents are missing on %s, such as %v", len(missing), all, service, missing[:min(5, len(missing))])
			}
		}
		if !s.cluster(ref(leader)).Write("a-1", "new-"+leader, false) {
			t.Errorf("%s cannot be written to", leader)
		}
		if s.cluster(ref(follower)).Write("a-1", "wrong", false) {
			t.Errorf("%s can be written to", follower)
		}
		s.planEmpty()
		if got := s.fences(us); len(got)+len(s.fences(eu)) > 0 {
			t.Errorf("indices have a write block: %v on %s, %v on %s", got, us, s.fences(eu), eu)
		}
	}
	if got := s.docsOf(us, ".hidden"); !slices.Equal(got, []string{"own"}) {
		t.Errorf("an index outside the patterns has %v", got)
	}
}

// The leader was lost and has come back, with writes that nobody has copied. The plan says how many,
// and what else only one of the two has; the apply makes it a follower.
func TestReversal_AfterAFailover(t *testing.T) {
	t.Parallel()
	s := pairScene(t)
	leader, follower := s.cluster(ref(us)), s.cluster(ref(eu))
	leader.SetDown(true)
	s.write(linking(us, eu, `desired_state = "promoted"`))
	s.apply().says("Warning: Follower acme/search-eu was promoted without its leader acme/search-us", "a-1 2, a-2 2")
	for n := range 4 {
		follower.Write("a-1", fmt.Sprintf("after-%d", n), false)
	}
	follower.Write("new", "one", true)

	s.write(linking(eu, us, `rebuild = true`))
	s.planFails().says("Error: Cannot compare the two services", "Nothing was changed")
	leader.SetDown(false)
	for n := range 2 {
		leader.Write("a-1", fmt.Sprintf("uncopied-%d", n), false)
	}
	leader.Write("left", "only here", true)
	s.planReversal().says("Warning: 2 indices of service acme/search-us will be replaced",
		"a-1: 2 operations only on acme/search-us (lost), 4 operations only on acme/search-eu; 5 documents are deleted, 7 documents (7.0 kB) copied",
		"a-2: 0 operations only on acme/search-us (lost), 0 operations only on acme/search-eu; 3 documents are deleted, 3 documents (3.0 kB) copied",
		"Total: 2 operations only on acme/search-us (lost); 10 documents (10.0 kB) copied from acme/search-eu.",
		"Only acme/search-eu has index new, which is copied.", "Only acme/search-us has index left, which is left as it is.")

	// Without permission nothing is planned, and the same is said.
	s.write(linking(eu, us))
	s.planFails().says("Error: A reversal deletes indices and needs permission", "a-1: 2 operations only on acme/search-us (lost)")
	s.write(linking(eu, us, `rebuild = true`, `desired_state = "paused"`))
	s.planFails().says("Error: A reversed replication must start as replicating")

	s.write(linking(eu, us, `rebuild = true`))
	s.apply()
	s.planEmpty()
	for index, want := range map[string]int{"a-1": 7, "a-2": 3, "new": 1, "left": 1} {
		if got := s.docsOf(us, index); len(got) != want {
			t.Errorf("%s has %v on the new follower, want %d documents", index, got, want)
		}
	}
	if leader.Write("a-1", "wrong", false) {
		t.Error("the new follower can be written to")
	}
	s.write(linking(eu, us))
	s.apply()
	s.planEmpty()
}

// Killed anywhere in a reversal, the next apply carries it to its end.
func TestReversal_AfterAKill(t *testing.T) {
	t.Parallel()
	for name, at := range map[string][2]string{
		"WhileTheLeaderIsFenced": {http.MethodPut, "/_block/write"}, "WhileReplicationsEnd": {http.MethodPost, "/_stop"},
		"WhileIndicesAreDeleted": {http.MethodDelete, "/a-1"}, "WhileIndicesAreCopied": {http.MethodPut, "/_start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pairScene(t)
			writer := s.keepsWriting(t, us, "a-1", "a-2")
			s.write(linking(eu, us, `rebuild = true`))
			s.killWhen(at[0], at[1])
			s.apply()
			writer.stop()
			s.planEmpty()
			for _, service := range []string{us, eu} {
				if all, missing := writer.missingOn(s.cluster(ref(service))); all == 0 || len(missing) > 0 {
					t.Errorf("%d of %d documents are missing on %s, such as %v", len(missing), all, service, missing[:min(5, len(missing))])
				}
			}
		})
	}
}

// An index that is created again between the plan and its apply is not deleted.
func TestReversal_SavedPlanDeletesOnlyWhatItNamed(t *testing.T) {
	t.Parallel()
	s := pairScene(t)
	s.cluster(ref(us)).SetDown(true)
	s.write(linking(us, eu, `desired_state = "promoted"`))
	s.apply()
	s.cluster(ref(us)).SetDown(false)
	s.write(linking(eu, us, `rebuild = true`))
	s.planReversal("-out", "plan")
	s.cluster(ref(us)).Drop("a-1")
	s.cluster(ref(us)).Write("a-1", "another", true)
	s.terraformFails("apply", "-input=false", "plan")
	if got := s.docsOf(us, "a-1"); !slices.Equal(got, []string{"another"}) {
		t.Errorf("the index that was created again has %v", got)
	}
}

// planReversal is a plan that changes the integration in place.
func (s *memoryScene) planReversal(args ...string) run {
	s.test.Helper()
	r := s.plan(args...)
	if r.code != 2 {
		s.test.Errorf("the plan ends with %d:\n%s", r.code, r.output)
	}
	r.says("opensearch_ccr_integration.test will be updated in-place", "0 to add, 1 to change, 0 to destroy")
	return r
}

// A promoted follower follows its leader again with rebuild = true. The plan says what of each of the
// two is not on the other.
func TestFollower_BackFromAPromotion(t *testing.T) {
	t.Parallel()
	s := newMemoryScene(t, unchanged)
	leader := s.cluster(ref(us))
	for n := range 3 {
		leader.Write("a-1", fmt.Sprintf("doc-%d", n), true)
	}
	s.write(follower())
	s.apply()
	s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
	s.apply()
	for n := range 2 {
		s.cluster(ref(eu)).Write("a-1", fmt.Sprintf("own-%d", n), false)
	}
	s.write(follower())
	s.planFails().says("Error: Follower acme/search-eu has been promoted")
	s.write(follower(`rebuild = true`))
	r := s.planUpdate()
	r.says("Warning: 1 index of service acme/search-eu will be replaced",
		"a-1: 2 operations only on acme/search-eu (lost), 0 operations only on acme/search-us; 5 documents are deleted, 3 documents (3.0 kB) copied",
		"Total: 2 operations only on acme/search-eu (lost); 3 documents (3.0 kB) copied from acme/search-us.")
	s.apply()
	s.planEmpty()
	if got := s.fences(us); len(got) > 0 {
		t.Errorf("indices %v of the leader still have a write block", got)
	}
	if got := s.docsOf(eu, "a-1"); len(got) != 3 {
		t.Errorf("the follower has %v, want what the leader has", got)
	}
	s.expect(map[string]any{"status": "replicating", "ended_at": nil})
}
