// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

// resourceKind is the type of the one resource of a sequence.
type resourceKind string

const (
	followerKind    resourceKind = "opensearch_ccr_follower"
	integrationKind resourceKind = "opensearch_ccr_integration"
)

func (k resourceKind) address() string { return string(k) + ".test" }

// importID is what terraform import takes for the resource.
func (k resourceKind) importID() string {
	if k == integrationKind {
		return fmt.Sprintf("%s/%s/%s/%s", modelProject, leaderName, modelProject, modelFollower)
	}
	return modelProject + "/" + modelFollower
}

// modelConfig is what changes of the configuration.
type modelConfig struct {
	patterns       []string
	mode           string
	onLeaderDelete string
	onDestroy      string
	rebuild        bool
	tag            string
	createFirst    bool
	fence          bool
	// reversed: leader and follower of an integration have changed places.
	reversed bool
}

func newModelConfig() modelConfig {
	return modelConfig{patterns: []string{"*"}, mode: "replicating", onLeaderDelete: "delete", onDestroy: "delete_follower_service"}
}

func (c modelConfig) covers(index string) bool { return ccr.MatchesAny(c.patterns, index) }

func (c modelConfig) String() string {
	return fmt.Sprintf("patterns %q, %s, on_leader_delete %s, rebuild %t, tag %q, create_before_destroy %t", c.patterns, c.mode, c.onLeaderDelete, c.rebuild, c.tag, c.createFirst)
}

// configure writes the configuration.
func (w *modelWorld) configure() {
	w.t.Helper()
	c := w.config
	leader, follower := leaderName, modelFollower
	if c.reversed {
		leader, follower = follower, leader
	}
	text := fmt.Sprintf("resource %q \"test\" {\n", w.resource)
	text += fmt.Sprintf("  leader_service_name = %q\n  index_patterns = [\"%s\"]\n  desired_state = %q\n  on_leader_delete = %q\n  rebuild = %t\n",
		leader, strings.Join(c.patterns, `", "`), c.mode, c.onLeaderDelete, c.rebuild)
	if w.resource == integrationKind {
		text += fmt.Sprintf("  follower_service_name = %q\n  on_destroy = %q\n", follower, c.onDestroy)
	} else {
		text += fmt.Sprintf("  service_name = %q\n  cloud_name = \"aws-eu-west-1\"\n  tags = { model = %q }\n", modelFollower, c.tag)
	}
	if c.fence {
		text += "  fence_leader = true\n"
	}
	text += fmt.Sprintf("  timeouts = {\n    create = \"15s\"\n    update = \"15s\"\n    delete = \"15s\"\n  }\n  lifecycle {\n    create_before_destroy = %t\n  }\n}\n", c.createFirst)
	w.write(text)
}

// change changes one thing of the configuration.
func (w *modelWorld) change() {
	c := &w.config
	pick := func(values ...string) string { return values[w.random.IntN(len(values))] }
	switch w.random.IntN(7) {
	case 0:
		c.tag = w.document()
		if w.resource == integrationKind {
			c.onDestroy = pick("delete_follower_service", "promote")
		}
	case 1, 2:
		sets := [][]string{{"*"}, {"a-*"}, {"a-*", "b-*"}, {"a-1", "b-*"}, {"b-*"}}
		c.patterns = sets[w.random.IntN(len(sets))]
	case 3, 4:
		c.mode = pick("replicating", "replicating", "paused", "promoted")
	case 5:
		c.rebuild = !c.rebuild
	case 6:
		c.onLeaderDelete = pick("delete", "delete_all", "keep")
	}
	w.configure()
	w.note("configuration: %s", w.config)
}

// approvedPlan is a plan and the configuration that it was made of.
type approvedPlan struct {
	file, text string
	config     modelConfig
}

// apply applies the configuration, and checks what it did.
func (w *modelWorld) apply(args ...string) modelRun { return w.interruptedApply(0, args...) }

func (w *modelWorld) interruptedApply(signal syscall.Signal, args ...string) modelRun {
	w.t.Helper()
	r := w.run(signal, append([]string{"apply"}, args...)...)
	w.check(r, r.plan, w.config)
	return r
}

// applyWhile applies, and meanwhile something is done by hand.
func (w *modelWorld) applyWhile() {
	w.t.Helper()
	r := w.runWith(func(int) func() {
		return func() {
			w.note("meanwhile")
			w.oneByHand()
		}
	}, "apply")
	w.note("terraform apply: %d, %s", r.code, r.took.Round(100*time.Millisecond))
	w.previous, w.last = w.last, r
	w.check(r, r.plan, w.config)
}

func (w *modelWorld) destroyAll() modelRun {
	w.t.Helper()
	r := w.run(0, "destroy")
	w.check(r, r.plan, w.config)
	return r
}

// savePlan makes a plan for later.
func (w *modelWorld) savePlan() {
	file := filepath.Join(w.t.TempDir(), "saved.tfplan")
	r := w.run(0, "plan", "-input=false", "-out="+file)
	w.check(r, "", w.config)
	if _, err := os.Stat(file); err == nil {
		w.saved = &approvedPlan{file: file, text: r.output, config: w.config}
	}
}

// applySaved applies the plan that was made before.
func (w *modelWorld) applySaved() {
	if w.saved == nil {
		return
	}
	r := w.run(0, "apply", w.saved.file)
	w.check(r, w.saved.text, w.saved.config)
	w.saved = nil
}

// action is something that a user does.
type action struct {
	weight int
	do     func(*modelWorld)
}

// actions are what is done with terraform, and by hand.
var actions = []action{
	{6, func(w *modelWorld) { w.apply() }},
	{1, func(w *modelWorld) { w.check(w.run(0, "plan", "-input=false"), "", w.config) }},
	{1, func(w *modelWorld) { w.run(0, "taint", w.resource.address()) }},
	{1, func(w *modelWorld) { w.run(0, "untaint", w.resource.address()) }},
	{1, func(w *modelWorld) { w.apply("-refresh=false") }},
	{1, func(w *modelWorld) { w.apply("-replace=" + w.resource.address()) }},
	{2, func(w *modelWorld) { w.savePlan(); w.byHand(); w.applySaved() }},
	{1, (*modelWorld).savePlan},
	{1, (*modelWorld).applySaved},
	{3, func(w *modelWorld) { w.interruptedApply(syscall.SIGINT) }},
	{3, func(w *modelWorld) { w.interruptedApply(syscall.SIGKILL) }},
	{1, func(w *modelWorld) { w.config.createFirst = !w.config.createFirst; w.configure() }},
	{1, func(w *modelWorld) { w.destroyAll() }},
	{1, func(w *modelWorld) { w.stateRemove() }},
	{1, func(w *modelWorld) { w.stateRemove(); w.importIt() }},
	{3, (*modelWorld).change},
	{5, func(w *modelWorld) { w.change(); w.apply() }},
	{4, (*modelWorld).applyWhile},
	{14, (*modelWorld).byHand},
	{6, func(w *modelWorld) { w.byHand(); w.apply() }},
}

func (w *modelWorld) stateRemove() {
	if w.run(0, "state", "rm", w.resource.address()).code == 0 {
		w.forgotten = true
	}
}

func (w *modelWorld) importIt() {
	w.run(0, "import", "-input=false", w.resource.address(), w.resource.importID())
}

// act does one of the actions.
func (w *modelWorld) act(from []action) {
	sum := 0
	for _, a := range from {
		sum += a.weight
	}
	at := w.random.IntN(sum)
	for _, a := range from {
		if at -= a.weight; at < 0 {
			a.do(w)
			return
		}
	}
}

// hands are what people and accidents do beside Terraform. Each says what it did.
var hands = []struct {
	weight int
	do     func(w *modelWorld, index string) string
}{
	{3, func(w *modelWorld, _ string) string {
		abrupt := w.chance(2)
		w.platform.SetAbrupt(abrupt)
		defer w.platform.SetAbrupt(false)
		if w.plane.DeleteIntegration(leaderRef, followerRef) != nil {
			return ""
		}
		time.Sleep(50 * time.Millisecond) // the platform does it in the background
		return fmt.Sprintf("delete the integration (only the connection goes: %t)", abrupt)
	}},
	{1, func(w *modelWorld, _ string) string {
		on := w.chance(2)
		if w.plane.SetPower(followerRef, on) != nil {
			return ""
		}
		_ = w.plane.AwaitSettled(w.t.Context(), followerRef) // it has just been there
		return fmt.Sprintf("power the follower (%t)", on)
	}},
	{3, func(w *modelWorld, index string) string {
		w.cluster(followerRef).Stop(index)
		return fmt.Sprintf("stop %s, and write to it (%t)", index, w.chance(2) && w.cluster(followerRef).Write(index, w.document(), false))
	}},
	{2, func(w *modelWorld, index string) string { w.cluster(followerRef).Pause(index); return "pause " + index }},
	{1, func(w *modelWorld, index string) string { w.cluster(followerRef).Fail(index); return "fail " + index }},
	{1, func(w *modelWorld, index string) string {
		w.cluster(followerRef).Pause(index)
		w.cluster(followerRef).Expire(index)
		return "pause for 12 hours " + index
	}},
	{2, func(w *modelWorld, _ string) string {
		w.cluster(followerRef).DropRules(modelAlias)
		return "delete the rules"
	}},
	{4, func(w *modelWorld, index string) string {
		if names := w.writable(); len(names) > 0 {
			index = names[w.random.IntN(len(names))]
		}
		return fmt.Sprintf("write to %s on the follower (%t)", index, w.cluster(followerRef).Write(index, w.document(), false))
	}},
	{2, func(w *modelWorld, index string) string {
		w.cluster(leaderRef).Drop(index)
		return "delete on the leader " + index
	}},
	{1, func(w *modelWorld, index string) string {
		names := slices.DeleteFunc(w.names(w.cluster(leaderRef).Look()), func(name string) bool { return name == index })
		w.cluster(leaderRef).Drop(names...)
		return fmt.Sprintf("delete on the leader %q", names)
	}},
	{3, func(w *modelWorld, _ string) string {
		var names []string
		for range 1 + w.random.IntN(3) {
			name := fmt.Sprintf("%c-%d", 'a'+rune(w.random.IntN(2)), 1+w.random.IntN(4))
			w.leaderWrites(name)
			names = append(names, name)
		}
		if w.chance(8) {
			w.leaderWrites("plain")
		}
		return fmt.Sprintf("write on the leader %q", names)
	}},
	{1, func(w *modelWorld, _ string) string {
		password := "AVNS_" + w.document()
		if w.plane.SetPassword(followerRef, password) != nil {
			return ""
		}
		w.cluster(followerRef).SetPassword(password)
		return "another password"
	}},
	{1, func(w *modelWorld, _ string) string {
		down := w.chance(2)
		w.cluster(followerRef).SetDown(down)
		return fmt.Sprintf("the follower's data plane is down (%t)", down)
	}},
	{1, func(w *modelWorld, _ string) string {
		down := w.chance(2)
		w.cluster(leaderRef).SetDown(down)
		return fmt.Sprintf("the leader's data plane is down (%t)", down)
	}},
	{2, func(w *modelWorld, _ string) string { w.platform.Pass(5 * time.Second); return "time passes" }},
	{1, func(w *modelWorld, _ string) string {
		if !w.chance(3) {
			return ""
		}
		w.loseService()
		return "delete the service"
	}},
	{1, func(w *modelWorld, _ string) string { w.plant(); return "others use the follower" }},
}

// loseService deletes the follower service by hand.
func (w *modelWorld) loseService() {
	losses := len(w.platform.Losses())
	if w.plane.LoseService(w.t.Context(), followerRef) == nil {
		w.byHandLost += len(w.platform.Losses()) - losses
	}
}

// byHand does one to three things beside Terraform.
func (w *modelWorld) byHand() {
	for range 1 + w.random.IntN(3) {
		w.oneByHand()
		if w.chance(3) {
			w.platform.Pass(5 * time.Second)
			w.note("time passes")
		}
	}
}

func (w *modelWorld) oneByHand() {
	if w.cluster(followerRef) == nil {
		return
	}
	sum := 0
	for _, h := range hands {
		sum += h.weight
	}
	at := w.random.IntN(sum)
	for _, h := range hands {
		if at -= h.weight; at >= 0 {
			continue
		}
		if did := h.do(w, w.anIndex()); did != "" {
			w.note("by hand: %s", did)
		}
		return
	}
}

// anIndex is one of those that the follower has of this leader, or that it may get.
func (w *modelWorld) anIndex() string {
	names := append(w.names(w.cluster(followerRef).Look()), "a-1")
	return names[w.random.IntN(len(names))]
}

// writable are the indices on the follower that do not replicate.
func (w *modelWorld) writable() []string {
	return w.names(slices.DeleteFunc(w.cluster(followerRef).Look(), func(seen memory.Index) bool { return seen.State != "" }))
}

// names are the names without those of others.
func (w *modelWorld) names(all []memory.Index) (names []string) {
	for _, seen := range all {
		if seen.Name != "plain" && seen.Name != "x-1" {
			names = append(names, seen.Name)
		}
	}
	return names
}
