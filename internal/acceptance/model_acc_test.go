// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// envModelSeed repeats a run of the model test, with any one of its sequences:
	// MODEL_SEED=7 go test -run 'TestModel/^12$'.
	envModelSeed = "MODEL_SEED"
	// envModelSequences is how many sequences there are.
	envModelSequences = "MODEL_SEQUENCES"
)

// What an ordinary run of the tests does.
const (
	modelSeed      = 1
	modelSequences = 4
	modelLength    = 10
)

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	if text == "random" {
		return uint64(time.Now().Unix())
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s is not a number: %v", variable, err)
	}
	return n
}

// TestModel plays random sequences of what users do: with terraform, in the
// console, and by accident. After each command nothing may be lost that no plan
// named, and after each sequence there must be a way to an empty plan.
func TestModel(t *testing.T) {
	skipUnlessAcceptance(t)
	t.Parallel()
	seed := number(t, envModelSeed, modelSeed)
	t.Logf("%s=%d", envModelSeed, seed)
	for i := range number(t, envModelSequences, modelSequences) {
		t.Run(strconv.FormatUint(i, 10), func(t *testing.T) {
			t.Parallel()
			w := newModelWorld(t, rand.New(rand.NewPCG(seed, i)))
			w.note("%s=%d, sequence %d, %s, records protected: %t", envModelSeed, seed, i, w.resource, w.platform.Protected)
			w.play()
			w.finish()
			if os.Getenv("MODEL_VERBOSE") != "" {
				t.Log(strings.Join(w.history, "\n  "))
			}
		})
	}
}

// play does the actions; the first is an apply, which is not always left alone.
func (w *modelWorld) play() {
	w.t.Helper()
	w.interruptedApply([]syscall.Signal{0, 0, 0, syscall.SIGINT, syscall.SIGKILL}[w.random.IntN(5)])
	for range modelLength - 1 {
		if w.t.Failed() {
			return
		}
		w.act(actions)
		if w.last.code == 1 && w.chance(2) && w.wayOut(w.last.output) {
			w.apply()
		}
	}
}

// finish ends all outages, looks for a way to an empty plan, and destroys.
func (w *modelWorld) finish() {
	w.t.Helper()
	if w.t.Failed() {
		return
	}
	w.cluster(leaderRef).SetDown(false)
	if c := w.cluster(followerRef); c != nil {
		c.SetDown(false)
	}
	w.platform.Pass(5 * time.Second)
	w.note("everything can be reached again")
	w.settle()
	if w.t.Failed() {
		return
	}
	r := w.destroyAll()
	switch {
	case r.code != 0 || w.held() > 0:
		w.violated("the destroy does not end in an empty state")
	case w.resource == followerKind && w.exists() && !w.forgotten: // checkOrphan has found out whether it was named
		w.violated("the destroy leaves service %s", followerRef)
	}
}

// attempts is how many ways out one after the other may be needed.
const attempts = 5

// settle applies until the plan is empty. An error in between has to say what to do.
func (w *modelWorld) settle() {
	w.t.Helper()
	for range attempts {
		for range 2 {
			applied := w.apply()
			if w.t.Failed() {
				return
			}
			if applied.code != 0 {
				continue
			}
			planned := w.run(0, "plan", "-detailed-exitcode", "-input=false")
			w.check(planned, "", w.config)
			if planned.code == 0 || w.t.Failed() {
				return
			}
		}
		if w.last.code == 2 {
			w.violated("two applies do not end in an empty plan")
			return
		}
		if !w.wayOut(w.last.output) {
			w.violated("an error does not give the way out")
			return
		}
	}
	w.violated("following the ways out %d times does not end in an empty plan", attempts)
}

// followAgain links a service again that terraform is not to import without a
// leader, or deletes it.
func (w *modelWorld) followAgain() {
	if w.chance(2) {
		w.note("by hand: delete the service")
		w.loseService()
		return
	}
	w.powerOn()
	w.note("by hand: create the integration")
	w.post("integration", map[string]any{"integration_type": "opensearch_cross_cluster_replication", "source_service": leaderName, "dest_service": modelFollower})
	time.Sleep(100 * time.Millisecond)
	w.importIt()
}

func (w *modelWorld) powerOn() {
	_ = w.plane.SetPower(followerRef, true) // what follows tells
	_ = w.plane.AwaitSettled(w.t.Context(), followerRef)
}

// wayOut does what an error says.
func (w *modelWorld) wayOut(output string) bool {
	ways := []struct {
		says string
		do   func()
	}{
		{"create_before_destroy, remove this setting", func() { w.config.createFirst = false }},
		{"terraform import ADDRESS " + w.resource.importID(), func() {
			w.importIt()
			if strings.Contains(w.last.output, "Resource already managed by Terraform") {
				w.stateRemove()
				w.importIt()
			}
			if strings.Contains(w.last.output, "power it on first") {
				w.powerOn()
				w.importIt()
			}
			if strings.Contains(w.last.output, "To make it a follower again") {
				w.followAgain()
			}
		}},
		{"names are already in use on the follower", func() {
			if c := w.cluster(followerRef); c != nil {
				c.Drop(w.names(c.Look())...)
			}
		}},
		{"power it on first", w.powerOn},
		{"Follower service not found", func() { w.service(modelFollower) }},
		{"terraform untaint", func() { w.run(0, "untaint", w.resource.address()) }},
		{`Set desired_state = "promoted" to accept`, func() {
			if w.chance(2) {
				w.config.mode = "promoted"
			} else {
				w.config.rebuild = true
			}
		}},
		{`Apply desired_state = "replicating" first`, func() { w.config.mode = "replicating" }},
		{"et rebuild = true", func() { w.config.rebuild = true }},
		{`on_leader_delete = "delete_all"`, func() { w.config.onLeaderDelete = []string{"delete_all", "keep"}[w.random.IntN(2)] }},
		{`Repair it with desired_state = "replicating" first`, func() { w.config.mode = "replicating" }},
		{"Patterns of different leaders must not match", func() { w.config.patterns = []string{"a-*", "b-*"} }},
		{"Plan again", func() {}},
	}
	for _, way := range ways {
		if strings.Contains(output, way.says) && (w.config.createFirst || !strings.HasPrefix(way.says, "create_before_destroy")) {
			w.note("the way out: %s", way.says)
			way.do()
			w.configure()
			return true
		}
	}
	return false
}
