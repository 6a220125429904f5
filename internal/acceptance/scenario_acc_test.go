// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

// The examples of disaster recovery, each from end to end on real nodes while applications write.
// At the end every document that a service has acknowledged is counted where it must be.

// application writes documents to a service, one after the other, and keeps which were acknowledged.
// What is refused or fails is tried again as another document: where there is another service, on that
// one from then on. It must not come back: for a moment after a replication has started the plugin
// lets a write through to the follower (reference of the plugin, "deleting a follower index").
type application struct {
	mu           sync.Mutex
	acknowledged map[string][]string // by index, the IDs
	refused      int
	end          func()
}

var scenarioIndices = []string{"orders", "products"}

func startApplication(t *testing.T, name string, to ...*sandbox.Service) *application {
	t.Helper()
	a := &application{acknowledged: map[string][]string{}}
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond): // the machine has others to serve
			}
			index, id := scenarioIndices[n%len(scenarioIndices)], fmt.Sprintf("%s-%d", name, n)
			status, _, err := to[0].Do(t.Context(), http.MethodPut, "/"+index+"/_create/"+id, map[string]any{"n": n})
			a.mu.Lock()
			if err == nil && status == http.StatusCreated {
				a.acknowledged[index] = append(a.acknowledged[index], id)
			} else {
				a.refused++
				to = to[min(1, len(to)-1):]
			}
			a.mu.Unlock()
		}
	})
	a.end = sync.OnceFunc(func() { close(stop); done.Wait() })
	t.Cleanup(a.end)
	return a
}

// sum is how many documents were acknowledged so far.
func (a *application) sum() (all int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, ids := range a.acknowledged {
		all += len(ids)
	}
	return all
}

// writes waits until some more documents were acknowledged.
func (a *application) writes(t *testing.T) {
	t.Helper()
	before := a.sum()
	eventually(t, "documents were acknowledged", func() bool { return a.sum() >= before+10 })
}

// missingOn counts the acknowledged documents that a service does not have.
func (a *application) missingOn(t *testing.T, at *sandbox.Service) (missing int) {
	t.Helper()
	ask(t, at, http.MethodPost, "/_refresh", nil)
	a.mu.Lock()
	defer a.mu.Unlock()
	for index, ids := range a.acknowledged {
		for some := range slices.Chunk(ids, 500) {
			missing += len(some) - hits(t, at, index, some)
		}
	}
	return missing
}

// hits counts which of some documents an index has.
func hits(t *testing.T, at asker, index string, ids []string) int {
	t.Helper()
	var answer struct {
		Count int `json:"count"`
	}
	body := map[string]any{"query": map[string]any{"ids": map[string]any{"values": ids}}}
	if err := json.Unmarshal(ask(t, at, http.MethodPost, "/"+index+"/_count", body), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Count
}

// arrivesOn waits until a service has every acknowledged document.
func (a *application) arrivesOn(t *testing.T, at *sandbox.Service) {
	t.Helper()
	eventually(t, "every acknowledged document is on "+at.Name(), func() bool { return a.missingOn(t, at) == 0 })
}

// scenario is a leader and a workspace with an example, to whose names the scene's are.
func scenario(t *testing.T, example string) (*scene, *workspace) {
	t.Helper()
	s := newScene(t)
	for _, index := range scenarioIndices {
		write(t, s.leader, index, 1, 3)
	}
	w := s.workspace()
	w.example(example)
	return s, w
}

func TestLong_ScenarioFailoverAndReturn(t *testing.T) {
	t.Parallel()
	s, w := scenario(t, "failover-and-return")
	eu := s.service("search-eu", "business-4")
	w.apply("-var", "promoted=false")
	before := startApplication(t, "before", s.leader)
	before.writes(t)

	// The region is lost.
	if err := s.leader.Kill(); err != nil {
		t.Fatal(err)
	}
	before.end()
	began := time.Now()
	w.apply("-var", "promoted=true").says("was promoted without its leader", `write_to = "search-eu"`)
	took := time.Since(began)
	after := startApplication(t, "after", eu)
	after.writes(t)
	lost := before.missingOn(t, eu)
	t.Logf("failover: %s, %d of %d acknowledged documents had not been copied", took.Round(time.Second), lost, before.sum())

	// It comes back, with writes that nobody has copied.
	if err := s.leader.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := startApplication(t, "late", s.leader)
	late.writes(t)
	late.end()
	back := []string{"-var", "leader=search-eu", "-var", "follower=search-us", "-var", "rebuild=true"}
	plan := w.terraform(append([]string{"plan", "-input=false"}, back...)...)
	plan.says("2 indices of service " + s.project + "/search-us will be replaced")
	if n := lostOperations(t, plan); n < lost+late.sum() || n > lost+late.sum()+before.refused {
		t.Errorf("the plan says that %d operations are lost; %d were acknowledged and not copied", n, lost+late.sum())
	}
	began = time.Now()
	w.apply(back...).says(`write_to = "search-eu"`)
	t.Logf("return: %s", time.Since(began).Round(time.Second))
	after.writes(t)
	after.end()
	after.arrivesOn(t, s.leader)
	for _, at := range []*sandbox.Service{eu, s.leader} {
		if n := after.missingOn(t, at); n > 0 {
			t.Errorf("%d of %d documents are missing on %s", n, after.sum(), at.Name())
		}
		if n := late.missingOn(t, at); n != late.sum() {
			t.Errorf("%s has %d documents that only the old leader had", at.Name(), late.sum()-n)
		}
	}
	w.apply(back[:4]...)
	w.planEmpty(back[:4]...)
}

// lostOperations is the total of a divergence report.
func lostOperations(t *testing.T, plan run) (n int) {
	t.Helper()
	_, total, _ := strings.Cut(plan.output, "Total: ")
	if _, err := fmt.Sscanf(total, "%d operation", &n); err != nil {
		t.Errorf("the plan has no total: %v\n%s", err, plan.output)
	}
	return n
}

func TestLong_ScenarioSwitchover(t *testing.T) {
	t.Parallel()
	s, w := scenario(t, "switchover")
	eu := s.service("search-eu", "business-4")
	w.apply()
	over := []string{"-var", "leader=search-eu", "-var", "follower=search-us"}
	for _, way := range []struct {
		name     string
		args     []string
		from, to *sandbox.Service
	}{{"over", over, s.leader, eu}, {"back", nil, eu, s.leader}} {
		app := startApplication(t, way.name, way.from, way.to)
		app.writes(t)
		began := time.Now()
		w.apply(way.args...).says(fmt.Sprintf("write_to = %q", way.to.Name()))
		took := time.Since(began)
		app.writes(t)
		app.end()
		app.arrivesOn(t, way.from)
		if n := app.missingOn(t, way.to); n > 0 {
			t.Errorf("%s: %d of %d documents are missing on %s", way.name, n, app.sum(), way.to.Name())
		}
		t.Logf("switchover %s: %s, %d documents acknowledged and %d refused, none lost", way.name, took.Round(time.Second), app.sum(), app.refused)
		w.planEmpty(way.args...)
	}
}

func TestLong_ScenarioDrill(t *testing.T) {
	t.Parallel()
	s, w := scenario(t, "drill")
	w.apply()
	app := startApplication(t, "app", s.leader)
	w.apply("-var", "drill=replicating")
	app.writes(t)
	w.apply("-var", "drill=promoted").saysNot("Check block assertion failed")
	write(t, s.follower("search-drill"), "orders", 900, 900)
	app.writes(t)
	app.end()
	w.apply()
	app.arrivesOn(t, s.follower("search-eu"))
	if s.exists("search-drill") {
		t.Error("the service of the drill is left")
	}
	if n := app.missingOn(t, s.leader); n > 0 || app.refused > 0 {
		t.Errorf("%d documents are missing on the leader, and %d writes were refused", n, app.refused)
	}
	w.planEmpty()
}

// A promotion of a hundred indices ends within a minute although the leader is silent: its node is
// stopped (SIGSTOP), so connections stay open and nothing answers.
func TestLong_PromotionOfAHundredIndicesWithASilentLeader(t *testing.T) {
	t.Parallel()
	const total, longest = 100, time.Minute
	s := newScene(t)
	var all []string
	for n := range total {
		all = append(all, fmt.Sprintf("logs-%02d", n))
	}
	s.makeIndices(t, all)
	w := s.workspace()
	w.write(follower())
	w.apply()
	if err := s.leader.Freeze(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.leader.Kill() }() // it is of no use any more
	w.write(follower(`desired_state = "promoted"`))
	r := w.apply()
	r.says("Warning: Follower "+s.project+"/search-eu was promoted without its leader", "and 80 more")
	text := regexp.MustCompile(`Modifications complete after ([0-9ms]+)`).FindStringSubmatch(r.output)
	if text == nil {
		t.Fatalf("the output does not say how long it took:\n%s", r.output)
	}
	took, err := time.ParseDuration(text[1])
	if err != nil || took > longest {
		t.Errorf("the promotion took %s (%v), want at most %s", took, err, longest)
	}
	t.Logf("the promotion of %d indices took %s", total, took)
	if got := len(w.endedAt()); got != total {
		t.Errorf("ended_at has %d indices, want %d", got, total)
	}
	write(t, s.follower("search-eu"), all[total-1], 900, 900)
}
