// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// writers write to the leader, one document after the other, and count what
// the leader has acknowledged of each index.
type writers struct {
	leader *sandbox.Service
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[string]int
	failed       error
}

func startWriters(t *testing.T, leader *sandbox.Service, indices []string) *writers {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &writers{leader: leader, cancel: cancel, acknowledged: map[string]int{}}
	t.Cleanup(w.stop)
	const concurrent = 2
	for i := range concurrent {
		w.done.Go(func() { w.run(ctx, indices, i) })
	}
	return w
}

func (w *writers) run(ctx context.Context, indices []string, start int) {
	for n := start; ctx.Err() == nil; n++ {
		index := indices[n%len(indices)]
		status, answer, err := w.leader.Do(ctx, http.MethodPost, "/"+index+"/_doc", map[string]any{"n": n})
		w.mu.Lock()
		switch {
		case err == nil && status == http.StatusCreated:
			w.acknowledged[index]++
		case ctx.Err() == nil:
			w.failed = fmt.Errorf("write to %s: %d %s %w", index, status, answer, err)
		}
		w.mu.Unlock()
		time.Sleep(5 * time.Millisecond) // the machine has others to serve
	}
}

// soFar returns what was acknowledged until now.
func (w *writers) soFar(t *testing.T) map[string]int {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		t.Fatal(w.failed)
	}
	return maps.Clone(w.acknowledged)
}

func (w *writers) stop() {
	w.cancel()
	w.done.Wait()
}

// counts are the numbers of documents of all indices.
func counts(t *testing.T, at asker) map[string]int {
	t.Helper()
	ask(t, at, http.MethodPost, "/_refresh", nil)
	var listed []struct {
		Index string `json:"index"`
		Count string `json:"docs.count"`
	}
	if err := json.Unmarshal(ask(t, at, http.MethodGet, "/_cat/indices?format=json&h=index,docs.count", nil), &listed); err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, l := range listed {
		var n int
		if _, err := fmt.Sscan(l.Count, &n); err != nil {
			t.Fatalf("%s has %q documents", l.Index, l.Count)
		}
		out[l.Index] = n
	}
	return out
}

// A promotion of fifty indices that are written to meanwhile loses nothing of
// what was acknowledged before it. On the way: a refresh costs the same number
// of requests for one index and for fifty.
func TestLong_PromotionUnderWrites(t *testing.T) {
	t.Parallel()
	const total = 50
	s := newScene(t)
	var all []string
	for n := range total {
		all = append(all, fmt.Sprintf("logs-%02d", n))
	}
	s.makeIndices(t, all)
	w := s.workspace()
	w.write(follower(`index_patterns = ["logs-00"]`))
	w.apply()
	one := s.refreshCost(t, w)
	w.write(follower())
	w.apply()
	if got := len(strings.Fields(indices(t, s.follower("search-eu")))); got != total {
		t.Fatalf("the follower has %d indices, want %d", got, total)
	}
	if fifty := s.refreshCost(t, w); fifty != one {
		t.Errorf("a refresh of %d indices costs %s, of one %s", total, fifty, one)
	}

	// Half of the indices are written to until the promotion begins, half on and on.
	until, on := startWriters(t, s.leader, all[:total/2]), startWriters(t, s.leader, all[total/2:])
	eventually(t, "every index has documents", func() bool { return sum(until.soFar(t)) > 4*total && sum(on.soFar(t)) > 4*total })
	w.write(follower(`desired_state = "promoted"`))
	until.stop()
	before := on.soFar(t)
	w.apply()
	on.stop()
	w.expect(map[string]any{"status": "promoted", "status_reason": nil})

	follower, leader := counts(t, s.follower("search-eu")), counts(t, s.leader)
	documents := 0
	for index, n := range until.soFar(t) {
		documents += n
		// The last write of a writer may have been done and not acknowledged.
		if follower[index] < n || follower[index] != leader[index] {
			t.Errorf("%s: %d documents were acknowledged, the follower has %d and the leader %d", index, n, follower[index], leader[index])
		}
	}
	for index, n := range before {
		documents += n
		if follower[index] < n || leader[index] < follower[index] {
			t.Errorf("%s: %d documents were acknowledged before, the follower has %d and the leader %d", index, n, follower[index], leader[index])
		}
	}
	t.Logf("%d documents were acknowledged before the promotion, none is lost; %d while it ran", documents, sum(on.soFar(t))-sum(before))
	w.planEmpty()
}

func sum(counts map[string]int) int {
	all := 0
	for _, n := range counts {
		all += n
	}
	return all
}

// makeIndices makes many indices on the leader, without replicas.
func (s *scene) makeIndices(t *testing.T, names []string) {
	t.Helper()
	ask(t, s.leader, http.MethodPut, "/_index_template/small", map[string]any{"index_patterns": []string{"logs-*"},
		"template": map[string]any{"settings": map[string]any{"number_of_shards": 1, "number_of_replicas": 0}}})
	for _, name := range names {
		ask(t, s.leader, http.MethodPut, "/"+name, nil)
	}
}

// refreshCost counts the requests of one plan to either plane, by service.
func (s *scene) refreshCost(t *testing.T, w *workspace) string {
	t.Helper()
	doors := []*gateway.Gateway{s.leader.Gateway(), s.follower("search-eu").Gateway()}
	for _, door := range doors {
		door.ForgetRequests()
	}
	s.forgetRequests()
	w.planEmpty()
	return fmt.Sprintf("%d requests to the leader, %d to the follower, %d to the API", len(doors[0].Requests()), len(doors[1].Requests()), s.requests(""))
}

// A promotion that was cut short is finished by the next apply, and what is
// paused catches up before it ends.
func TestFollower_PromotionIsFinished(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, index := range []string{"books", "movies"} {
		write(t, s.leader, index, 1, 3)
	}
	w, there := s.made(t)
	w.write(follower(`desired_state = "paused"`))
	w.apply()
	write(t, s.leader, "books", 4, 6)
	write(t, s.leader, "movies", 4, 9)

	there.Gateway().Respond(gateway.Match{Method: http.MethodPost, Path: "/_plugins/_replication/books/_stop"}, gateway.Answer{Status: http.StatusInternalServerError,
		Body: map[string]any{"error": map[string]any{"type": "exception", "reason": "the node is busy"}, "status": 500}}, 1)
	w.write(follower(`desired_state = "promoted"`))
	w.applyFails().says("Error: Cannot bring the follower to the desired state", "let index books catch up, then stop its replication: ", "status 500, exception: the node is busy")
	if got := replicationStatus(t, there, "movies"); got != "REPLICATION NOT IN PROGRESS" {
		t.Errorf("the replication of movies is %s after the half of the promotion", got)
	}
	w.expect(map[string]any{"status": "failed"})

	w.planUpdate().says("Warning: Follower " + s.project + "/search-eu will be promoted")
	w.apply()
	w.expect(map[string]any{"status": "promoted", "status_reason": nil, "integration_id": nil})
	if got := counts(t, there); got["books"] != 6 || got["movies"] != 9 {
		t.Errorf("the follower has %v, want 6 books and 9 movies", got)
	}
	for _, index := range []string{"books", "movies"} {
		write(t, there, index, 100, 100) // it is writable
	}
	w.planEmpty()
}

// With the leader gone a promotion ends as soon as that is proven, with a warning
// that gives the last checkpoints; what replicated is writable.
func TestLong_PromotionWithTheLeaderGone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, index := range []string{"books", "movies"} {
		write(t, s.leader, index, 1, 3)
	}
	w, there := s.made(t)
	if err := s.leader.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the follower has noticed", func() bool {
		return strings.Contains(string(ask(t, there, http.MethodGet, "/_remote/info", nil)), `"connected":false`)
	})
	w.write(follower(`desired_state = "promoted"`))
	w.planUpdate().says("Warning: Follower "+s.project+"/search-eu will be promoted", "The leader may currently be unreachable. "+
		"If that is proven, replication stops at the checkpoints that were reached (last seen: books 2, movies 2), and later writes on the leader are lost.")
	w.apply().says("Warning: Follower "+s.project+"/search-eu was promoted without its leader", "The leader "+s.project+"/search-us was unreachable, so the indices of follower "+s.project+
		"/search-eu could not catch up. Replication was stopped at the last known checkpoints: books 2, movies 2. Writes after these checkpoints are not on the follower.")
	w.expect(map[string]any{"status": "promoted", "status_reason": nil, "integration_id": nil})
	write(t, there, "movies", 100, 100)
	if got := count(t, there, "movies"); got != 4 {
		t.Errorf("movies has %d documents, want 4", got)
	}
	w.planEmpty()
}
