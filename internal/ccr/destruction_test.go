// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"testing"
)

func TestDestruction(t *testing.T) {
	d := desired(ModeReplicating, "*")
	teardown := Teardown(d, pairOf(), now, "destroy")
	index, _ := EndIndex(replica("a", Syncing, ""), "a-uuid", true, "on_destroy")
	alias, rule := teardown[0].Destroys.Rule()
	if alias != us || rule != ruleFor("*") {
		t.Errorf("the rule is %s of %s", rule, alias)
	}
	for name, tt := range map[string]struct {
		d         Destruction
		kind      Kind
		key, what string
		loses     string
	}{
		"nothing":     {Destruction{}, "", "", "nothing", ""},
		"rule":        {teardown[0].Destroys, DestroysRule, "remove autofollow rule acme_search-us:" + ruleFor("*"), "autofollow rule " + ruleFor("*"), "new indices of the leader that match * are no longer followed"},
		"replication": {teardown[1].Destroys, DestroysReplication, "stop replication of index a", "follower index a", "index a no longer follows its leader"},
		"integration": {teardown[3].Destroys, DestroysIntegration, "delete integration link-1", "integration link-1", "the follower no longer follows acme/search-us"},
		"service":     {teardown[4].Destroys, DestroysService, "delete service acme/search-eu", "service acme/search-eu", "service acme/search-eu with all its data"},
		"index":       {index.Destroys, DestroysIndex, "delete follower index a/a-uuid by the end of its resource", "follower index a", "follower index a with all its documents"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.d.Kind() != tt.kind || tt.d.Key() != tt.key || tt.d.What() != tt.what || tt.d.Loses() != tt.loses {
				t.Errorf("got %q, %q, %q, %q", tt.d.Kind(), tt.d.Key(), tt.d.What(), tt.d.Loses())
			}
			if tt.d.Permits() != (tt.kind != "") {
				t.Errorf("permits: %v", tt.d.Permits())
			}
			// Each accessor tells only of its own kind, so that no other call can be made with it.
			_, id := tt.d.Integration()
			_, service, _ := tt.d.Service()
			_, _, deletes := tt.d.Index()
			if (id != "") != (tt.kind == DestroysIntegration) || (service != "") != (tt.kind == DestroysService) || deletes != (tt.kind == DestroysIndex) {
				t.Errorf("integration %q, service %q, deletes an index: %v", id, service, deletes)
			}
		})
	}
	if got := (Destruction{}).String(); got != "nothing is destroyed" {
		t.Errorf("got %q", got)
	}
}

// A destruction without its proof or its permission is none.
func TestDestruction_Permits(t *testing.T) {
	for _, kind := range []Kind{DestroysIndex, DestroysReplication, DestroysRule, DestroysIntegration, DestroysService} {
		needsProof := kind != DestroysReplication && kind != DestroysRule
		for _, tt := range []struct {
			proof, permission string
			want              bool
		}{
			{"seen", "destroy", true},
			{"", "destroy", !needsProof},
			{"seen", "", false},
			{"", "", false},
		} {
			if got := (Destruction{kind: kind, proof: Proof{tt.proof}, permission: tt.permission}).Permits(); got != tt.want {
				t.Errorf("%s with proof %q and permission %q: got %v", kind, tt.proof, tt.permission, got)
			}
		}
	}
	if (Destruction{proof: Proof{"seen"}, permission: "destroy"}).Permits() {
		t.Error("no kind, and it permits")
	}
}

func TestApproval(t *testing.T) {
	d := desired(ModeReplicating, "*")
	steps := append(Teardown(d, pairOf(), now, "destroy"), Decide(d, healthy(becomes(Paused, byHand))).Steps...)
	later := Teardown(d, pairOf(seeing(put(replica("c", Syncing, "")), rules(rulesFor("c*")...)),
		func(p *PairObservation) {
			p.Link = Present(Link{ID: "link-2", Project: "acme", Leader: "acme/search-us"})
			p.Follower.Name = "search-ap"
		}), now, "destroy")
	again := replica("a", Failed, "x")
	again.Index = Present(Identity{UUID: "another"})
	later = append(later, Decide(desired(ModeReplicating, "*"), healthy(put(again))).Steps...)
	for mode, want := range map[Mode]map[string]bool{
		ModeReplicating: {},
		ModePaused:      {},
		// All replications end, also of what came later; but no integration, index or service that was not named.
		ModePromoted: {"stop replication of index c": true, "remove autofollow rule acme_search-us:" + ruleFor("c*"): true},
	} {
		plan := Approve(mode, steps)
		for _, s := range steps {
			for _, x := range []Destruction{s.Destroys, s.OrDestroys} {
				if x.Permits() && !plan.Allows(x) {
					t.Errorf("%s: what the plan named is not allowed: %s", mode, x)
				}
			}
		}
		if n := len(plan.Keys); n != 6 { // the five of the teardown, and what the resume may come to
			t.Errorf("%s: %d keys: %v", mode, n, plan.Keys)
		}
		if plan.Allows(Destruction{}) {
			t.Errorf("%s: nothing at all is allowed", mode)
		}
		for _, s := range later {
			key := s.Destroys.Key()
			if plan.Keys[key] || key == "" {
				continue
			}
			if got := plan.Allows(s.Destroys); got != want[key] {
				t.Errorf("%s: %s: allowed %v", mode, key, got)
			}
		}
	}
	if (Approval{}).Allows(steps[1].Destroys) {
		t.Error("an empty approval allows a stop")
	}
	unlink := Destruction{kind: DestroysIntegration, object: object{project: "acme", integration: "1"}, permission: "the promotion"}
	if (Approval{Replications: true}).Allows(unlink) || !(Approval{Unlinks: true}).Allows(unlink) || (Approval{Unlinks: true}).Allows(steps[len(steps)-1].Destroys) {
		t.Error("only an approval that says so allows to delete any integration, and nothing else")
	}
}

func TestStep_String(t *testing.T) {
	rule := Rule{Name: "r", LeaderAlias: us, Pattern: "log-*"}
	for want, s := range map[string]Step{
		"power on service acme/x, which restarts its billing": {Action: ActionPowerOn, What: "acme/x"},
		"wait until it runs": {Action: ActionAwait, What: "it runs"},
		"create the integration of acme/x with its leader":              {Action: ActionLink, What: "acme/x with its leader"},
		"start the replication of index a":                              {Action: ActionStart, Index: "a", LeaderIndex: "a"},
		"start the replication of index b as a (because)":               {Action: ActionStart, Index: "a", LeaderIndex: "b", Why: "because"},
		"resume the replication of index a":                             {Action: ActionResume, Index: "a"},
		"delete follower index a and copy it again":                     {Action: ActionRebuild, Index: "a"},
		`add autofollow rule r for pattern "log-*"`:                     {Action: ActionAddRule, Rule: rule},
		`remove autofollow rule r for pattern "log-*" (because)`:        {Action: ActionRemoveRule, Rule: rule, Why: "because"},
		"pause the replication of index a":                              {Action: ActionPause, Index: "a"},
		"stop the replication of index a and delete the follower index": {Action: ActionRemoveIndex, Index: "a"},
		"let index a catch up, then stop its replication":               {Action: ActionPromote, Index: "a"},
		"stop the replication of index a":                               {Action: ActionStop, Index: "a"},
		"delete the integration with acme/search-us":                    {Action: ActionUnlink, What: "acme/search-us"},
		"delete service acme/x with all its data":                       {Action: ActionDeleteService, What: "acme/x"},
		"dance a": {Action: "dance", Index: "a"},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSummarize(t *testing.T) {
	var steps []Step
	twenty := ""
	for i := range 22 {
		steps = append(steps, Step{Action: ActionStop, Index: fmt.Sprint("i", i)})
		if i > 0 && i < 20 {
			twenty += "; "
		}
		if i < 20 {
			twenty += fmt.Sprint("stop the replication of index i", i)
		}
	}
	for want, n := range map[string]int{
		"":                                 0,
		"stop the replication of index i0": 1,
		twenty:                             20,
		twenty + "; and 1 more":            21,
		twenty + "; and 2 more":            22,
	} {
		if got := Summarize(steps[:n]); got != want {
			t.Errorf("of %d steps\n got %s\nwant %s", n, got, want)
		}
	}
}

func TestDecision(t *testing.T) {
	d := Decide(desired(ModeReplicating, "*"), healthy(without("a"), becomes(Paused, byHand), leaderHas("a", "b", "c")))
	assertTexts(t, texts(d.Steps), []string{"resume the replication of index a (paused: " + byHand + ")", "start the replication of index c (" + missing + ") [heals]"})
	assertTexts(t, texts(d.Repairs()), texts(d.Steps[:1]))
	if !d.Needs(ActionStart) || !d.Needs(ActionResume) || d.Needs(ActionRebuild) {
		t.Errorf("it needs %q", texts(d.Steps))
	}
	if len(d.Destroys()) > 0 { // what a resume may come to is not destroyed by the step itself
		t.Errorf("it destroys %q", d.Destroys())
	}
	copying := Decide(desired(ModeReplicating, "*"), healthy(becomes(Bootstrapping, ""), put(replica("b", Running, ""))))
	assertTexts(t, copying.Copying, []string{"a", "b"})
}

// A reason names five things and counts the rest.
func TestDecision_ReasonIsShort(t *testing.T) {
	var missingOnes, stoppedOnes []FollowerIndex
	names := []string{"c", "d", "e", "f", "g", "h"}
	for _, n := range names {
		missingOnes = append(missingOnes, replica(n, Paused, "AutoPaused: x"))
		stoppedOnes = append(stoppedOnes, plain(n))
	}
	d := desired(ModeReplicating, "*")
	got := Decide(d, healthy(put(missingOnes...), leaderHas(append(names, "a", "b")...))).Reason
	want := ""
	for _, n := range names[:5] {
		want += "index " + n + " is paused: AutoPaused: x; "
	}
	if want += "and 1 more"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	d.Owned = owned(names...)
	for n, want := range map[int]string{
		1: "the replication of index c was stopped outside Terraform",
		2: "the replication of 2 indices (c, d) was stopped outside Terraform",
		6: "the replication of 6 indices (c, d, e, f, g, and 1 more) was stopped outside Terraform",
	} {
		if got := Decide(d, healthy(put(stoppedOnes[:n]...), leaderHas(append(names[:n:n], "a", "b")...))).Reason; got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}
