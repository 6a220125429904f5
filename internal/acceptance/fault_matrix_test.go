// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

// envFaults makes TestFaults try every fault at every step; without it a few cells are tried.
const envFaults = "FAULTS"

// fewCells is one in so many cells of two scenarios, for an ordinary run of the tests.
const fewCells = 127

// faultScenario is something that a user does, whose steps meet faults.
type faultScenario struct {
	name     string
	resource resourceKind
	// before makes what there is when the command begins, without faults.
	before func(w *faultWorld)
	// change is what the user changes before the command; nil: nothing.
	change func(c *modelConfig)
	// destroys: the command is a destroy, and not an apply.
	destroys bool
	// always: a few cells of it are tried in an ordinary run of the tests.
	always bool
}

var faultScenarios = []faultScenario{
	{name: "create", resource: followerKind, always: true},
	{name: "create of an integration", resource: integrationKind},
	{name: "update", resource: followerKind, before: func(w *faultWorld) { w.config.patterns = []string{"a-*"}; w.made() },
		change: func(c *modelConfig) { c.patterns, c.tag = []string{"*"}, "changed" }},
	{name: "pause", resource: followerKind, before: (*faultWorld).made, change: func(c *modelConfig) { c.mode = "paused" }},
	{name: "resume", resource: followerKind, before: func(w *faultWorld) { w.made(); w.config.mode = "paused"; w.made() },
		change: func(c *modelConfig) { c.mode = "replicating" }},
	{name: "repair", resource: followerKind, before: func(w *faultWorld) {
		w.made()
		w.cluster(followerRef).Stop("a-1")
		w.cluster(followerRef).Pause("a-2")
		w.cluster(followerRef).DropRules(modelAlias)
	}, change: func(c *modelConfig) { c.rebuild = true }},
	{name: "narrower patterns", resource: followerKind, before: (*faultWorld).made, change: func(c *modelConfig) { c.patterns = []string{"b-*"} }},
	{name: "promotion", resource: followerKind, before: (*faultWorld).made, change: func(c *modelConfig) { c.mode = "promoted" }},
	{name: "promotion with a fence", resource: followerKind, before: (*faultWorld).made, change: func(c *modelConfig) { c.mode, c.fence = "promoted", true }},
	{name: "switchover", resource: integrationKind, before: (*faultWorld).made, change: func(c *modelConfig) { c.reversed, c.rebuild = true, true }},
	{name: "delete", resource: followerKind, before: (*faultWorld).made, destroys: true, always: true},
	{name: "delete of an integration", resource: integrationKind, before: (*faultWorld).made, destroys: true},
}

// faultWorld is one cell of the matrix: a world of its own.
type faultWorld struct {
	*modelWorld

	wire *faultWire
}

// silentTime is how long a command may take whose servers are silent: the API is asked twice by the refresh, by
// the plan and by the apply, 15 s each time.
const silentTime = 5 * time.Minute

var impatient quickBuild

func newFaultWorld(t *testing.T, kind resourceKind) *faultWorld {
	t.Helper()
	w := &faultWorld{wire: &faultWire{}, modelWorld: &modelWorld{random: rand.New(rand.NewPCG(1, 1)), strange: true, patience: silentTime}}
	w.memoryScene = newMemorySceneBehind(t, w.wire.through, w.trigger.around)
	w.useProviderInstead(quickProvider(t), impatient.provider(t, impatientTimes))
	w.populate()
	if w.resource = kind; kind == integrationKind {
		w.service(modelFollower)
		w.plant()
	}
	w.configure()
	return w
}

// made applies the configuration without a fault.
func (w *faultWorld) made() {
	w.t.Helper()
	w.configure()
	if r := w.apply(); r.code != 0 {
		w.violated("what there is before the fault cannot be made")
	}
	w.plant()
}

// command runs what the scenario is about.
func (w *faultWorld) command(s faultScenario) modelRun {
	w.t.Helper()
	args := []string{"apply"}
	if s.destroys {
		args = []string{"destroy"}
	}
	return w.runWith(func(group int) func() {
		w.wire.group = group
		return nil
	}, args...)
}

// documents are those of the leader by index.
func (w *faultWorld) documentsOf(c *memory.Cluster) map[string][]string {
	all := map[string][]string{}
	if c != nil {
		for _, seen := range c.Look() {
			all[seen.Name] = seen.Docs
		}
	}
	return all
}

// kinds are the kinds of requests of a scenario that meets no fault: the steps of
// the provider, so that a new one has a row of its own.
func (s faultScenario) kinds(t *testing.T) []string {
	t.Helper()
	w := s.ready(t)
	w.wire.arm("", nil)
	r := w.command(s)
	_, kinds := w.wire.disarm()
	if r.code != 0 {
		w.violated("without a fault %s fails", s.name)
	}
	return kinds
}

// ready is a world in which only the command is missing.
func (s faultScenario) ready(t *testing.T) *faultWorld {
	t.Helper()
	w := newFaultWorld(t, s.resource)
	if s.before != nil {
		s.before(w)
	}
	if s.change != nil {
		s.change(&w.config)
		w.configure()
	}
	return w
}

// play meets one fault, and holds what comes of it against what may never happen.
func (s faultScenario) play(t *testing.T, kind string, f *fault) (outcome string) {
	t.Helper()
	w := s.ready(t)
	if t.Failed() {
		return "not ready"
	}
	kept := w.documentsOf(w.cluster(leaderRef))
	w.note("%s meets %q at %s", s.name, f.name, kind)
	w.wire.arm(kind, f)
	r := w.command(s)
	met, _ := w.wire.disarm()
	r.killed = f.kills
	w.note("terraform %s: %d, %s", r.command, r.code, r.took.Round(100*time.Millisecond))
	w.previous, w.last = w.last, r
	w.platform.Pass(time.Second) // what is under way ends
	w.check(r, r.plan, w.config)
	outcome = map[int]string{0: "done", 1: "error"}[r.code]
	if !met {
		outcome = "not met"
	}
	if s.destroys {
		w.ends(s)
	} else {
		w.recovers(s, kept)
	}
	if t.Failed() {
		return "VIOLATED"
	}
	return cmp.Or(outcome, "killed")
}

// recovers applies until the plan is empty, looks at the documents, and destroys.
func (w *faultWorld) recovers(s faultScenario, kept map[string][]string) {
	w.t.Helper()
	if w.t.Failed() {
		return
	}
	w.settle()
	if w.t.Failed() {
		return
	}
	w.holds("leader", w.cluster(leaderRef), kept, s)
	if w.config.mode != "paused" {
		w.platform.Pass(5 * time.Second) // the copies are complete
		w.holds("follower", w.cluster(followerRef), kept, s)
	}
	w.ends(s)
}

// holds looks for every document of the leader in a cluster that is to have them.
func (w *faultWorld) holds(name string, c *memory.Cluster, kept map[string][]string, s faultScenario) {
	w.t.Helper()
	now := w.documentsOf(c)
	for index, documents := range kept {
		if name == "follower" && !w.config.covers(index) {
			continue
		}
		for _, document := range documents {
			if !slices.Contains(now[index], document) {
				w.violated("after %s the %s has lost document %s of index %s: it has %q", s.name, name, document, index, now[index])
			}
		}
	}
}

// ends destroys until nothing is left.
func (w *faultWorld) ends(s faultScenario) {
	w.t.Helper()
	for range attempts {
		if w.t.Failed() {
			return
		}
		r := w.destroyAll()
		if r.code == 0 && w.held() == 0 {
			break
		}
		if !w.wayOut(r.output) {
			time.Sleep(200 * time.Millisecond)
		}
	}
	switch {
	case w.held() > 0:
		w.violated("destroy does not end in an empty state")
	case w.resource == followerKind && w.exists() && !w.forgotten:
		w.violated("destroy leaves service %s", followerRef)
	case w.resource == followerKind && w.exists() && !s.destroys: // what was forgotten had to be named and imported
		w.violated("service %s is in no state, and no apply has named it", followerRef)
	}
}

// faultMatrix is what came of all cells.
type faultMatrix struct {
	mu       sync.Mutex
	outcomes map[string]map[string]string // by row, then by fault
	rows     []string
	cells    int
	sums     map[string]int
}

func (m *faultMatrix) add(row, column, outcome string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.outcomes[row] == nil {
		m.outcomes[row] = map[string]string{}
		m.rows = append(m.rows, row)
	}
	m.outcomes[row][column] = outcome
	m.cells++
	m.sums[outcome]++
}

// String is the matrix as text: a line for each step, a column for each fault.
func (m *faultMatrix) String() string {
	var b strings.Builder
	short := map[string]string{"done": "+", "error": "!", "killed": "x", "not met": "-", "VIOLATED": "VIOLATED", "not ready": "?", "": " "}
	for i, f := range faultKinds {
		fmt.Fprintf(&b, "%2d  %s\n", i+1, f.name)
	}
	b.WriteString("+ the command succeeded all the same, ! it ended with an error, x it was killed, - it met no such request; after each, the next applies and the destroy did what they have to\n\n")
	slices.Sort(m.rows)
	for _, row := range m.rows {
		for i, f := range faultKinds {
			if i == 0 {
				fmt.Fprintf(&b, "%-100s", row)
			}
			fmt.Fprintf(&b, " %2s", short[m.outcomes[row][f.name]])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestFaults has each step of what users do meet each fault. The steps are what the
// provider asks the servers for when nothing goes wrong. Whatever happens, the
// state names all that costs money, the next applies reach the same end as without
// the fault, nothing of others is touched, nothing is deleted that no plan has
// named, no document is lost, and a destroy leaves nothing. A few cells are tried
// here, all of them by make test-faults.
func TestFaults(t *testing.T) {
	skipUnlessAcceptance(t)
	t.Parallel()
	all := os.Getenv(envFaults) == "all"
	m := &faultMatrix{outcomes: map[string]map[string]string{}, sums: map[string]int{}}
	cell := 0
	t.Run("matrix", func(t *testing.T) {
		for _, s := range faultScenarios {
			if !all && !s.always {
				continue
			}
			t.Run(s.name, func(t *testing.T) {
				for _, kind := range s.kinds(t) {
					for _, f := range faultKinds {
						if cell++; !all && cell%fewCells != 0 {
							continue
						}
						t.Run(kind+": "+f.name, func(t *testing.T) {
							t.Parallel()
							m.add(s.name+": "+kind, f.name, s.play(t, kind, f))
						})
					}
				}
			})
		}
	})
	t.Logf("\n%s\n%d cells: %v", m, m.cells, m.sums)
}
