// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"net/http"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// Point 11: rules that may not be read are not gone. The state is kept, and a
// rule that exists is neither adopted nor taken for a new one.
func TestRule_ClosedStatisticsAreUnknown(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	w := newWorkspace(t)
	w.write(d.config(d.rule(d.name("logs-*"))))
	w.apply()
	d.follower.Gateway().CloseRoute(http.MethodGet, "/_plugins/_replication/autofollow_stats")
	w.plan().says("Cannot read autofollow rule", "The state keeps what the last refresh saw", "No changes")
	w.terraform("state", "rm", ruleAddress)
	w.applyFails().says("Cannot create autofollow rule", "may not read the rules", "autofollow/stats")
	// Nothing that cannot be checked is changed either.
	d.follower.Gateway().OpenRoutes()
	w.apply().says("was adopted")
	w.planEmpty()
	d.follower.Gateway().CloseRoute(http.MethodGet, "/_plugins/_replication/autofollow_stats")
	w.write(d.config(d.rule(d.name("x*"))))
	w.applyFails().says("Cannot update autofollow rule", "The rule is unchanged")
	d.follower.Gateway().OpenRoutes()
	w.write(d.config(d.rule(d.name("logs-*"))))
	w.planEmpty()
	w.destroy()
}

// Point 19: a change of a rule that the plugin refuses leaves the old one.
func TestRule_RefusedChangeRestoresTheOldRule(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	w := newWorkspace(t)
	w.write(d.config(d.rule(d.name("logs-*"))))
	w.apply()
	d.follower.Gateway().Respond(gateway.Match{Method: http.MethodPost, Path: "/_plugins/_replication/_autofollow"},
		gateway.Answer{Status: http.StatusForbidden, Body: map[string]any{"status": 403, "error": map[string]any{"type": "security_exception", "reason": "no permissions for [y]"}}}, 1)
	changed := d.config(d.rule(d.name("mov*")))
	w.write(changed)
	w.plan().says("will be recreated")
	w.applyFails().says("Cannot update autofollow rule", "no permissions for [y]", "The rule is as it was before", d.name("logs-*"))
	w.write(d.config(d.rule(d.name("logs-*"))))
	w.planEmpty()
	w.write(changed)
	w.apply()
	w.planEmpty()
	w.destroy()
}

// Points 20 and 29: a rule and a replication of one index in the same apply, and
// on_destroy of the rule leaves alone what the replication has, and what existed
// before the rule.
func TestRule_DestroyLeavesWhatAnotherResourceOwns(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	d.setRemote(map[string]any{"mode": "sniff", "seeds": []string{d.leader.TransportAddress()}})
	earlier, shared, own, later := d.name("logs-0"), d.name("logs-1"), d.name("logs-2"), d.name("logs-3")
	for _, index := range []string{earlier, shared, own} {
		write(t, d.leader, index, 1, 3)
	}
	d.startByHand(earlier)
	w := newWorkspace(t)
	rule, replication := d.rule(d.name("logs-*"), deleteIndices), d.replication(shared)
	w.write(d.config(rule, replication))
	w.apply()
	write(t, d.leader, later, 1, 2)
	eventually(t, "the rule starts the new index", func() bool {
		return exists(t, d.follower, later) && replicationStatus(t, d.follower, later) == "SYNCING"
	})
	w.apply() // its refresh sees the new index
	w.planEmpty()
	w.write(d.config(replication))
	w.plan().says("Indices of rule "+d.name("rule")+" of leader "+d.name("lead")+" on here will be deleted", "these indices: "+own+", "+later+".")
	w.apply()
	for index, want := range map[string]bool{earlier: true, shared: true, own: false, later: false} {
		if got := exists(t, d.follower, index); got != want {
			t.Errorf("index %s exists: %t, want %t", index, got, want)
		}
	}
	for _, index := range []string{earlier, shared} {
		if got := replicationStatus(t, d.follower, index); got != "SYNCING" {
			t.Errorf("the replication of %s is %s, want SYNCING", index, got)
		}
	}
	w.destroy()
	if !exists(t, d.follower, shared) {
		t.Error(`the replication's index is gone although its on_destroy is "stop"`)
	}
}

// The same where everything is destroyed at once.
func TestRule_DestroyOfEverythingKeepsWhatStopKeeps(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	shared, own := d.name("logs-1"), d.name("logs-2")
	write(t, d.leader, shared, 1, 3)
	write(t, d.leader, own, 1, 3)
	w := newWorkspace(t)
	w.write(d.config(d.rule(d.name("logs-*"), deleteIndices), d.replication(shared)))
	w.apply()
	w.planEmpty()
	w.destroy()
	if !exists(t, d.follower, shared) {
		t.Error(`the replication's index is gone although its on_destroy is "stop"`)
	}
	if exists(t, d.follower, own) {
		t.Error("the rule's index is still there")
	}
}
