// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

// This file is about fence_leader: a promotion that blocks writes on the leader first.

// eu is the follower of a memory scene.
const eu = "search-eu"

// acknowledged writes to a cluster in memory, to all indices in turn, until stop is called, and
// keeps what was acknowledged.
type acknowledged struct {
	mu      sync.Mutex
	docs    map[string][]string
	refused int
	end     chan struct{}
	done    sync.WaitGroup
}

func (m *memoryPlatform) keepsWriting(t *testing.T, to string, indices ...string) *acknowledged {
	t.Helper()
	a := &acknowledged{docs: map[string][]string{}, end: make(chan struct{})}
	c := m.cluster(ref(to))
	a.done.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-a.end:
				return
			case <-time.After(time.Millisecond):
			}
			index, id := indices[n%len(indices)], fmt.Sprintf("w-%d", n)
			written := c.Write(index, id, true)
			a.mu.Lock()
			if written {
				a.docs[index] = append(a.docs[index], id)
			} else {
				a.refused++
			}
			a.mu.Unlock()
		}
	})
	t.Cleanup(a.stop)
	return a
}

func (a *acknowledged) stop() {
	a.mu.Lock()
	select {
	case <-a.end:
	default:
		close(a.end)
	}
	a.mu.Unlock()
	a.done.Wait()
}

// all reports how many documents were acknowledged and which of them a cluster does not have.
func (a *acknowledged) missingOn(c *memory.Cluster) (all int, missing []string) {
	has := map[string][]string{}
	for _, ix := range c.Look() {
		has[ix.Name] = ix.Docs
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for index, ids := range a.docs {
		for _, id := range ids {
			all++
			if !slices.Contains(has[index], id) {
				missing = append(missing, index+"/"+id)
			}
		}
	}
	return all, missing
}

// fencedScene is a follower of three indices of a leader that is written to.
func fencedScene(t *testing.T) (*memoryScene, *acknowledged) {
	t.Helper()
	s := newMemoryScene(t, unchanged)
	for _, index := range []string{"a-1", "a-2", "b-1"} {
		s.cluster(ref(leaderName)).Write(index, "first", true)
	}
	s.write(follower())
	s.apply()
	return s, s.keepsWriting(t, leaderName, "a-1", "a-2", "b-1")
}

// fences are the leader's indices that cannot be written to.
func (m *memoryPlatform) fences(service string) []string {
	return m.cluster(ref(service)).Blocked()
}

// Every document that the leader has acknowledged is on the promoted follower; the block stays,
// is visible, and goes when the user says so.
func TestFence_PromotionLosesNothing(t *testing.T) {
	t.Parallel()
	s, writer := fencedScene(t)
	s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
	s.planUpdate().says("Warning: Follower acme/search-eu will be promoted",
		"Writes on 3 indices (a-1, a-2, b-1) of leader acme/search-us are blocked first (index.blocks.write).")
	s.apply()
	writer.stop()
	all, missing := writer.missingOn(s.cluster(ref(eu)))
	if all < 20 || writer.refused == 0 || len(missing) > 0 {
		t.Errorf("%d documents were acknowledged and %d refused; not on the follower: %v", all, writer.refused, missing)
	}
	t.Logf("%d documents were acknowledged, %d refused, none is missing", all, writer.refused)
	s.expect(map[string]any{"status": "promoted", "status_reason": nil})
	if got := s.fences(leaderName); len(got) != 3 {
		t.Errorf("the leader's indices with a block are %v, want all three", got)
	}
	kept := s.endedAt()
	if len(kept) != 3 {
		t.Fatalf("ended_at is %v, want three indices", kept)
	}
	for index, ended := range kept {
		if ended["in_sync"] != true || ended["checkpoint"] == nil || ended["sequence"] == nil {
			t.Errorf("index %s ended at %v", index, ended)
		}
	}
	s.planEmpty()
	s.cluster(ref(eu)).Write("a-1", "own", false)
	s.planEmpty()
	if again := s.endedAt(); fmt.Sprint(again) != fmt.Sprint(kept) {
		t.Errorf("ended_at was %v and is %v", kept, again)
	}

	s.write(follower(`desired_state = "promoted"`))
	s.planUpdate().says("lift the write block on 3 indices (a-1, a-2, b-1) of the leader")
	s.apply()
	if got := s.fences(leaderName); len(got) != 0 {
		t.Errorf("the leader's indices %v still have a block", got)
	}
	if again := s.endedAt(); fmt.Sprint(again) != fmt.Sprint(kept) {
		t.Errorf("ended_at was %v and is %v", kept, again)
	}
	s.planEmpty()
}

// endedAt is the attribute ended_at in the state.
func (w *workspace) endedAt() map[string]map[string]any {
	w.t.Helper()
	instance, _ := w.instance()
	out := map[string]map[string]any{}
	kept, _ := instance.Attributes["ended_at"].(map[string]any)
	for index, ended := range kept {
		out[index], _ = ended.(map[string]any)
	}
	return out
}

// A block of somebody else's stays as it is: it is neither marked nor lifted.
func TestFence_BlockOfOthersStays(t *testing.T) {
	t.Parallel()
	s, writer := fencedScene(t)
	writer.stop()
	s.cluster(ref(leaderName)).Block("b-1")
	s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
	s.planUpdate().says("Writes on 2 indices (a-1, a-2) of leader")
	s.apply()
	s.write(follower(`desired_state = "promoted"`))
	s.apply()
	if got := s.fences(leaderName); !slices.Equal(got, []string{"b-1"}) {
		t.Errorf("the leader's indices with a block are %v, want b-1", got)
	}
}

// A leader that cannot be reached cannot be fenced: the plan says so, and the way out.
func TestFence_LeaderThatIsDown(t *testing.T) {
	t.Parallel()
	s, writer := fencedScene(t)
	writer.stop()
	s.cluster(ref(leaderName)).SetDown(true)
	s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
	s.planFails().says("Error: Cannot block writes to the leader of follower acme/search-eu", "and that cannot be done: the follower was not connected at this look", "set fence_leader = false to promote without it")
	s.write(follower(`desired_state = "promoted"`))
	s.apply().says("Warning: Follower acme/search-eu was promoted without its leader acme/search-us")
	for index, ended := range s.endedAt() {
		if ended["in_sync"] != false {
			t.Errorf("index %s ended at %v without its leader", index, ended)
		}
	}
	s.planEmpty()
}

// A promotion that fails while nothing has ended is taken back: the leader takes writes again, and
// the follower follows as before.
func TestFence_IsLiftedWhenThePromotionFails(t *testing.T) {
	t.Parallel()
	s, writer := fencedScene(t)
	s.cluster(ref(eu)).Fail("b-1")
	s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
	s.applyFails().says("the replication has failed", "Repair it with desired_state = \"replicating\" first")
	if got := s.fences(leaderName); len(got) != 0 {
		t.Errorf("the leader's indices %v still have a block", got)
	}
	for _, ix := range s.cluster(ref(eu)).Look() {
		if ix.State == "" {
			t.Errorf("the replication of %s has ended", ix.Name)
		}
	}
	s.write(follower())
	s.apply()
	writer.stop()
	s.expect(map[string]any{"status": "replicating"})
	s.planEmpty()
	s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
	s.apply()
	if all, missing := writer.missingOn(s.cluster(ref(eu))); len(missing) > 0 {
		t.Errorf("%d of %d documents are missing: %v", len(missing), all, missing)
	}
}

// Terraform is killed while the leader's indices are blocked. The next apply continues, or, with
// the configuration of before, lifts the block and follows again.
func TestFence_AfterAKill(t *testing.T) {
	t.Parallel()
	for name, promote := range map[string]bool{"TheApplyIsRepeated": true, "TheChangeIsTakenBack": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, writer := fencedScene(t)
			s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
			s.killWhen(http.MethodPut, "/_block/write")
			if got := s.fences(leaderName); len(got) == 0 {
				t.Fatal("nothing is blocked after the kill")
			}
			if !promote {
				s.write(follower())
				s.planUpdate().says("lift the write block on", "a promotion has left it")
			}
			s.apply()
			writer.stop()
			if got := len(s.fences(leaderName)); promote != (got == 3) || !promote && got != 0 {
				t.Errorf("%d indices of the leader have a block", got)
			}
			if promote {
				s.expect(map[string]any{"status": "promoted"})
				if all, missing := writer.missingOn(s.cluster(ref(eu))); len(missing) > 0 {
					t.Errorf("%d of %d documents are missing: %v", len(missing), all, missing)
				}
			}
			s.planEmpty()
		})
	}
}

// An index that the leader gets while its indices are being blocked is copied and blocked too.
func TestFence_IndexCreatedMeanwhile(t *testing.T) {
	t.Parallel()
	s, writer := fencedScene(t)
	s.write(follower(`desired_state = "promoted"`, `fence_leader = true`))
	var once sync.Once
	s.platform.OnRequest(func(r *http.Request) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/_block/write") {
			once.Do(func() { go s.cluster(ref(leaderName)).Write("late", "only", true) })
		}
	})
	s.apply()
	writer.stop()
	docs := map[string][]string{}
	for _, ix := range s.cluster(ref(eu)).Look() {
		docs[ix.Name] = ix.Docs
	}
	if !slices.Equal(docs["late"], []string{"only"}) {
		t.Errorf("the follower has %v of the index that came late; its indices are %v", docs["late"], slices.Sorted(maps.Keys(docs)))
	}
	if got := s.fences(leaderName); len(got) != 4 {
		t.Errorf("the leader's indices with a block are %v, want four", got)
	}
}

// killWhen runs an apply and kills it, with the provider, at a request to a cluster.
func (s *memoryScene) killWhen(method, path string) {
	s.test.Helper()
	job := s.begin("apply", "-auto-approve", "-input=false", "-no-color")
	killed := make(chan struct{})
	var once sync.Once
	s.platform.OnRequest(func(r *http.Request) {
		if r.Method == method && strings.HasSuffix(r.URL.Path, path) {
			once.Do(func() {
				if err := job.signal(syscall.SIGKILL); err != nil {
					s.test.Error(err)
				}
				close(killed)
			})
		}
	})
	defer s.platform.OnRequest(nil)
	select {
	case <-killed:
	case <-time.After(time.Minute):
		s.test.Fatalf("there was no %s %s", method, path)
	}
	_ = job.wait()
}
