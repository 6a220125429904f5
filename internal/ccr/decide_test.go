// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	missing   = "it is missing on the follower"
	unneeded  = "no pattern of the configuration needs it"
	byMark    = "the plugin's mark and write block are still on it"
	outOfSync = "the follower is not connected to its leader (remote cluster acme_search-us)"
)

func adding(pattern string) string {
	return fmt.Sprintf("add autofollow rule %s for pattern %q (%s)", ruleFor(pattern), pattern, missing)
}

func removing(pattern, why string) string {
	return fmt.Sprintf("remove autofollow rule %s for pattern %q (%s)", ruleFor(pattern), pattern, why)
}

func rebuildingA(why string) string { return "delete follower index a and copy it again (" + why + ")" }

func ownedUUID(index string) string {
	return "it is the index that this resource started or adopted (UUID " + uuidOf(index) + ")"
}

// notes are the notes and the refusals of a decision.
func notes(d Decision) []string {
	var out []string
	for _, n := range d.Notes {
		out = append(out, fmt.Sprintf("%s: %s %s", n.Kind, n.Index, n.Other))
	}
	for _, r := range d.Refused {
		out = append(out, fmt.Sprintf("refused, %s: %v of %d", r.Kind, r.Indices, r.Copies))
	}
	return out
}

// fromSteps is in a wanted reason where the reasons of the steps are to be; what
// those are is in [TestPoint9_04_AReasonIsNoStep].
const fromSteps = "STEPS"

// decideCase is one row of a table about [Decide].
type decideCase struct {
	see      []change
	want     func(*Desired)
	steps    []string
	destroys []string
	notes    []string
	status   Status // empty: the desired one
	reason   string
}

func (c decideCase) run(t *testing.T, d Desired) {
	t.Helper()
	if c.want != nil {
		c.want(&d)
	}
	c.check(t, d, Decide(d, healthy(c.see...)))
}

func (c decideCase) check(t *testing.T, d Desired, got Decision) {
	t.Helper()
	assertTexts(t, texts(got.Steps), c.steps)
	assertTexts(t, destroyed(got.Steps), c.destroys)
	assertTexts(t, notes(got), c.notes)
	status := c.status
	if status == "" {
		status = d.Mode.Target()
	}
	reason := strings.Replace(c.reason, fromSteps, Reasons(got.Repairs()), 1)
	if got.Status != status || got.Reason != reason {
		t.Errorf("\n got %s, %q\nwant %s, %q", got.Status, got.Reason, status, reason)
	}
	for _, x := range got.Destroys() {
		if !x.Permits() || x.Loses() == "" {
			t.Errorf("%s: permits %v, loses %q", x, x.Permits(), x.Loses())
		}
	}
}

func patterns(ps ...string) func(*Desired) { return func(d *Desired) { d.Patterns = ps } }

func rebuild(d *Desired) { d.Permits.Rebuild = true }

func owning(m Owned) func(*Desired) { return func(d *Desired) { d.Owned = m } }

func all(fs ...func(*Desired)) func(*Desired) {
	return func(d *Desired) {
		for _, f := range fs {
			f(d)
		}
	}
}

func TestDecide_Replicating(t *testing.T) {
	first := []change{without("a", "b"), noRules}
	startA := "start the replication of index a (" + missing + ")"
	startB := "start the replication of index b (" + missing + ")"
	for name, c := range map[string]decideCase{
		"nothing to do":                  {},
		"a leader without indices":       {see: []change{leaderHas(), without("a", "b")}},
		"copied for the first time":      {see: []change{becomes(Bootstrapping, "")}},
		"just started":                   {see: []change{becomes(Running, "")}},
		"rules of others are left alone": {see: []change{rules(append(rulesFor("*"), Rule{Name: RuleName(asia, "*"), Pattern: "*"}, Rule{Name: "by-hand", Pattern: "x*"}, Rule{Name: RuleName(asia, "y*"), LeaderAlias: asia, Pattern: "y*"}, Rule{Name: "aivens-own", LeaderAlias: us, Pattern: "z*"})...)}},
		"indices that cannot be followed": {see: []change{func(o *Observation) {
			o.Leader = Present([]LeaderIndex{{Name: "a"}, {Name: "b"}, {Name: ".kibana"}, {Name: "c", Closed: true}})
		}}},
		"the first time: indices, then rules": {see: first, want: patterns("a", "b*"),
			steps: []string{startA, startB, adding("a"), adding("b*")}, status: StatusFailed, reason: fromSteps},
		"a rule will start it":             {see: []change{without("a")}, steps: []string{startA + " [heals]"}},
		"nothing replicates: no waiting":   {see: []change{without("a"), leaderHas("a"), without("b")}, steps: []string{startA}, status: StatusFailed, reason: fromSteps},
		"a rule that could not start it":   {see: []change{without("a"), rules(Rule{Name: ruleFor("*"), Pattern: "*", FailedIndices: []string{".kibana", "a"}})}, steps: []string{"start the replication of index a (autofollow rule " + ruleFor("*") + " could not start it)"}, status: StatusFailed, reason: fromSteps},
		"a rule of another leader is none": {see: []change{without("a"), rules(append(rulesFor("b"), Rule{Name: RuleName(asia, "*"), Pattern: "*"})...)}, want: patterns("a", "b"), steps: []string{startA, adding("a")}, status: StatusFailed, reason: fromSteps},
		"failed_indices that do replicate": {see: []change{rules(Rule{Name: ruleFor("*"), Pattern: "*", FailedIndices: []string{".kibana", "a"}})}},
		"a rule vanished":                  {see: []change{noRules}, steps: []string{adding("*")}, status: StatusFailed, reason: fromSteps},
		"the rules cannot be read": {see: []change{func(o *Observation) { o.Rules = Unknown[[]Rule]("403") }},
			status: StatusDegraded, reason: "the autofollow rules cannot be read: 403"},
		"patterns changed: the new first, the old after": {see: []change{leaderHas("a", "b", "c"), rules(rulesFor("a", "b")...)},
			want:  all(patterns("b", "c"), func(d *Desired) { d.Permits.RemovedPatterns = []string{"a"} }),
			steps: []string{"start the replication of index c (" + missing + ")", adding("c"), removing("a", unneeded), "stop the replication of index a and delete the follower index (no pattern matches it any longer)"},
			destroys: []string{"remove autofollow rule " + ruleFor("a") + " (permitted by the removal of its pattern)",
				"delete follower index a (permitted by the removal of its pattern; " + byMark + ")"},
			status: StatusFailed, reason: fromSteps},
		"paused by hand": {see: []change{becomes(Paused, byHand)}, steps: []string{"resume the replication of index a (paused: " + byHand + ")"},
			destroys: []string{"delete follower index a (permitted by its state: " + leaseLost + "; " + byMark + ")"}, // if the leader refuses
			status:   StatusPaused, reason: fromSteps},
		"paused, the reason is not known": {see: []change{becomes(Paused, "")}, steps: []string{"resume the replication of index a (paused)"},
			destroys: []string{"delete follower index a (permitted by its state: " + leaseLost + "; " + byMark + ")"},
			status:   StatusPaused, reason: fromSteps},
		"paused by the plugin": {see: []change{becomes(Paused, "AutoPaused: disk full")}, steps: []string{"resume the replication of index a (paused: AutoPaused: disk full)"},
			destroys: []string{"delete follower index a (permitted by its state: " + leaseLost + "; " + byMark + ")"},
			status:   StatusFailed, reason: fromSteps},
		"no state: it may be anything": {see: []change{becomes(StateUnknown, "")}, status: StatusDegraded, reason: "the follower does not report the state of index a"},
		"not connected: only what needs no leader": {see: []change{becomes(Paused, byHand), rules(rulesFor("x*")...), unreached}, want: patterns("a"),
			steps: []string{removing("x*", unneeded)}, destroys: []string{"remove autofollow rule " + ruleFor("x*") + " (permitted by the removal of its pattern)"},
			notes: []string{"outside the patterns: b b"}, status: StatusFailed, reason: fromSteps},
		"not connected":                   {see: []change{becomes(Failed, "disk full"), without("b"), noRules, unreached}, status: StatusDegraded, reason: outOfSync},
		"the leader is proven to be down": {see: []change{becomes(StateUnknown, ""), leaderDown, leaderUnknown}, status: StatusDegraded, reason: outOfSync},
		"the connection is missing": {see: []change{unreached, func(o *Observation) { o.Connection = Absent[Connection]("twice") }},
			status: StatusDegraded, reason: "the connection to the leader (remote cluster acme_search-us) is missing on the follower"},
		"the leader cannot be listed": {see: []change{leaderUnknown, without("b")}, status: StatusDegraded, reason: "the leader's indices cannot be listed: 403"},
		"a name that is taken": {see: []change{put(plain("a"))}, want: owning(Owned{}), notes: []string{"name taken: a an index that is not a replica"},
			status: StatusFailed, reason: "index a cannot be replicated: the follower's index of that name is an index that is not a replica"},
		"a name that another leader's replica has": {see: []change{put(replicaOf(asia, "a", Syncing, ""))}, notes: []string{"name taken: a acme_search-asia:a"},
			status: StatusFailed, reason: "index a cannot be replicated: the follower's index of that name is a replica of acme_search-asia:a"},
		"a replica that hides its leader": {see: []change{put(hide(replica("a", Paused, byHand)))}, want: owning(Owned{}),
			status: StatusDegraded, reason: "index a replicates, but the follower hides which leader"},
		"nothing is known of the follower": {see: []change{put(FollowerIndex{Name: "a", State: StateUnknown})}, want: rebuild,
			status: StatusDegraded, reason: "the follower does not report the state of index a"},
		"whether the index exists is not known": {see: []change{put(func() FollowerIndex { f := plain("a"); f.Index = Unknown[Identity]("403"); return f }())}, want: rebuild,
			status: StatusDegraded, reason: "whether the follower has index a is not known"},
		"started once, and neither side has it now":             {see: []change{leaderHas("b"), without("a")}, want: rebuild},
		"started once, and the leader has closed it since then": {see: []change{without("a"), func(o *Observation) { o.Leader = Present([]LeaderIndex{{Name: "a", Closed: true}, {Name: "b"}}) }}},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, desired(ModeReplicating, "*")) })
	}
}

// Row 1 and 2 of the table: a copy that must be deleted to be made again.
func TestDecide_Rebuild(t *testing.T) {
	const failed, stopped, nip = "failed: disk full", "its replication was stopped", "the follower reports no replication in progress although the index is marked as a replica"
	byState := func(why, proof string) []string {
		return []string{"delete follower index a (permitted by its state: " + why + "; " + proof + ")"}
	}
	byPermission := []string{"delete follower index a (permitted by rebuild = true; " + ownedUUID("a") + ")"}
	refused := []string{"refused, own writes: [a] of 0"}
	const outside = "the replication of index a was stopped outside Terraform"
	lost := replica("a", Paused, byHand)
	lost.HistoryLost = true
	early := replica("a", Failed, "disk full")
	early.Block = Absent[struct{}]("no block")
	unread := replica("a", Failed, "disk full")
	unread.Block = Unknown[struct{}]("403")
	noUUID := replica("a", Failed, "disk full")
	noUUID.Index = Unknown[Identity]("403")
	closed := func(o *Observation) { o.Leader = Present([]LeaderIndex{{Name: "a", Closed: true}, {Name: "b"}}) }
	again := func(why string) string {
		return "index a must be copied again (" + why + "), and the leader "
	}
	for name, c := range map[string]decideCase{
		// No permission is needed where the plugin's block is on it.
		"failed":                     {see: []change{becomes(Failed, "disk full")}, want: owning(Owned{}), steps: []string{rebuildingA(failed)}, destroys: byState(failed, byMark), status: StatusFailed, reason: fromSteps},
		"failed, marks are hidden":   {see: []change{put(hide(replica("a", Failed, "disk full")))}, steps: []string{rebuildingA(failed)}, destroys: byState(failed, "the plugin reports that its replication is failed"), status: StatusFailed, reason: fromSteps},
		"a resume was refused":       {see: []change{put(lost)}, steps: []string{rebuildingA(leaseLost)}, destroys: byState(leaseLost, byMark), status: StatusFailed, reason: fromSteps},
		"refused, nothing is listed": {see: []change{put(lost), leaderHas("b")}, steps: []string{rebuildingA(leaseLost)}, destroys: byState(leaseLost, byMark), status: StatusFailed, reason: fromSteps},
		"paused for a lost lease":    {see: []change{becomes(Paused, autoLease)}, steps: []string{rebuildingA(leaseLost + ": " + autoLease)}, destroys: byState(leaseLost+": "+autoLease, byMark), status: StatusFailed, reason: fromSteps},
		"no replication in progress": {see: []change{becomes(NotInProgress, "")}, steps: []string{rebuildingA(nip)}, destroys: byState(nip, byMark), status: StatusFailed, reason: fromSteps},
		// Without the proof it takes rebuild = true, and ownership.
		"failed, no block":                     {see: []change{put(early)}, notes: []string{"refused, own writes: [a] of 2"}, status: StatusFailed, reason: outside},
		"failed, no block, rebuild":            {see: []change{put(early)}, want: rebuild, steps: []string{rebuildingA(failed)}, destroys: byPermission, status: StatusFailed, reason: fromSteps},
		"failed, the block cannot be read":     {see: []change{put(unread)}, notes: []string{"refused, own writes: [a] of 2"}, status: StatusFailed, reason: outside},
		"failed, no block, rebuild, not owned": {see: []change{put(early)}, want: all(rebuild, owning(Owned{})), notes: []string{"refused, own writes: [a] of 2"}, status: StatusFailed, reason: outside},
		"failed, hidden, not owned, the only leader": {see: []change{put(hide(replica("a", Failed, "disk full"))), func(o *Observation) { delete(o.Connections, asia) }}, want: owning(Owned{}),
			status: StatusDegraded, reason: "index a must be copied again (" + failed + "), and the follower hides which leader it replicates"},
		"failed, no UUID":              {see: []change{put(noUUID)}, want: rebuild, notes: []string{"refused, own writes: [a] of 2"}, status: StatusFailed, reason: outside},
		"stopped":                      {see: []change{put(plain("a"))}, notes: []string{"refused, own writes: [a] of 1"}, status: StatusFailed, reason: outside},
		"stopped, rebuild":             {see: []change{put(plain("a"))}, want: rebuild, steps: []string{rebuildingA(stopped)}, destroys: byPermission, status: StatusFailed, reason: fromSteps},
		"stopped, rebuild, nothing is": {see: []change{put(plain("a"), plain("b")), leaderHas("a")}, notes: []string{"stopped, not on the leader: b ", refused[0]}, status: StatusFailed, reason: outside},
		"stopped, rebuild, not ours":   {see: []change{put(plain("a"))}, want: all(rebuild, owning(owned("b"))), notes: []string{"name taken: a an index that is not a replica"}, status: StatusFailed, reason: "index a cannot be replicated: the follower's index of that name is an index that is not a replica"},
		"stopped, rebuild, another of that name": {see: []change{put(plain("a"))}, want: all(rebuild, owning(NewByName(map[string]string{"a": "an-older-uuid"}))), notes: []string{"name taken: a an index that is not a replica"}, status: StatusFailed,
			reason: "index a cannot be replicated: the follower's index of that name is an index that is not a replica"},
		"stopped, no state":                  {see: []change{put(func() FollowerIndex { f := plain("a"); f.State = StateUnknown; return f }())}, want: rebuild, status: StatusDegraded, reason: "the follower does not report the state of index a"},
		"stopped, rebuild, hidden marks":     {see: []change{put(hide(plain("a")))}, want: rebuild, steps: []string{rebuildingA(stopped)}, destroys: byPermission, status: StatusFailed, reason: fromSteps},
		"stopped, rebuild, not connected":    {see: []change{put(plain("a")), unreached}, want: rebuild, status: StatusDegraded, reason: outOfSync},
		"stopped, the leader has it no more": {see: []change{put(plain("a")), leaderHas("b")}, want: rebuild, notes: []string{"stopped, not on the leader: a "}},
		"stopped, the leader is not listed":  {see: []change{put(plain("a")), leaderUnknown}, want: rebuild, status: StatusDegraded, reason: "the leader's indices cannot be listed: 403"},
		// Nothing is deleted without something to copy again.
		"failed, not on the list":            {see: []change{becomes(Failed, "disk full"), leaderHas("b")}, want: rebuild, status: StatusDegraded, reason: again(failed) + "is not seen to have index a"},
		"failed, the leader is not listed":   {see: []change{becomes(Failed, "disk full"), leaderUnknown}, want: rebuild, status: StatusDegraded, reason: "the leader's indices cannot be listed: 403"},
		"failed, the leader's is closed":     {see: []change{becomes(Failed, "disk full"), closed}, want: rebuild, status: StatusDegraded, reason: again(failed) + "has closed index a"},
		"refused once, closed since then":    {see: []change{put(lost), closed}, want: rebuild, status: StatusDegraded, reason: again(leaseLost) + "has closed index a"},
		"refused once, gone since then":      {see: []change{put(lost), proven("a")}, want: rebuild, status: StatusDegraded, reason: "index a does not replicate, and the leader answers that it has no index a"},
		"failed, the leader's index is gone": {see: []change{becomes(Failed, "disk full"), proven("a")}, want: rebuild, status: StatusDegraded, reason: "index a does not replicate, and the leader answers that it has no index a"},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, desired(ModeReplicating, "*")) })
	}
}

// Row 3 of the table.
func TestDecide_LeaderDeleted(t *testing.T) {
	numbered := func(n int) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprintf("i%02d", i))
		}
		return names
	}
	// lose makes the plugin pause the first lost of n replicas, and the leader
	// confirm it for as many of them.
	lose := func(n, lost, confirmed int) []change {
		names := numbered(n)
		cs := []change{without("a", "b"), leaderHas(names[lost:]...)}
		for i, name := range names {
			f := replica(name, Syncing, "")
			if i < lost {
				f = replica(name, Paused, "AutoPaused: [no such index ["+name+"]]")
			}
			cs = append(cs, put(f))
		}
		return append(cs, proven(names[:confirmed]...))
	}
	policy := func(p OnLeaderDelete) func(*Desired) { return func(d *Desired) { d.Permits.OnLeaderDelete = p } }
	for name, tt := range map[string]struct {
		see                    []change
		policy                 OnLeaderDelete
		deleted, refused, kept int
		status                 Status
		nothing                bool
	}{
		"one of two":                        {see: lose(2, 1, 1), deleted: 1},
		"one of one":                        {see: lose(1, 1, 1), deleted: 1},
		"two of two":                        {see: lose(2, 2, 2), deleted: 2},
		"the default by its name":           {see: lose(2, 2, 2), policy: LeaderDeleteFollow, deleted: 2},
		"three of three":                    {see: lose(3, 3, 3), refused: 3},
		"three of eleven":                   {see: lose(11, 3, 3), refused: 3},
		"three of twelve: a quarter":        {see: lose(12, 3, 3), deleted: 3},
		"four of fifteen":                   {see: lose(15, 4, 4), refused: 4},
		"four of sixteen: a quarter":        {see: lose(16, 4, 4), deleted: 4},
		"all of twelve":                     {see: lose(12, 12, 12), refused: 12},
		"all of twelve, delete_all":         {see: lose(12, 12, 12), policy: LeaderDeleteAll, deleted: 12},
		"one of two, delete_all":            {see: lose(2, 1, 1), policy: LeaderDeleteAll, deleted: 1},
		"one of two, keep":                  {see: lose(2, 1, 1), policy: LeaderDeleteKeep, kept: 1},
		"all of twelve, keep":               {see: lose(12, 12, 12), policy: LeaderDeleteKeep, kept: 12},
		"empty listing, nothing is proven":  {see: lose(12, 12, 0), nothing: true},
		"nothing is proven, delete_all":     {see: lose(12, 12, 0), policy: LeaderDeleteAll, nothing: true},
		"two of twelve proven, all missing": {see: lose(12, 12, 2), nothing: true},
		"two of three proven":               {see: lose(3, 3, 2), nothing: true},
		"two of twelve proven, delete_all":  {see: lose(12, 12, 2), policy: LeaderDeleteAll, deleted: 2},
		"one of two proven":                 {see: lose(2, 2, 1), deleted: 1},
		"two of two, and made again":        {see: append(lose(2, 2, 0), leaderHas(numbered(2)...)), deleted: 2},
		"three of three, and made again":    {see: append(lose(3, 3, 0), leaderHas(numbered(3)...)), refused: 3},
		"three of three, two made again":    {see: append(lose(3, 3, 1), leaderHas(numbered(3)[1:]...)), refused: 3},
		"all of twelve, made again, keep":   {see: append(lose(12, 12, 0), leaderHas(numbered(12)...)), policy: LeaderDeleteKeep, kept: 12},
	} {
		t.Run(name, func(t *testing.T) {
			d := desired(ModeReplicating, "*")
			policy(tt.policy)(&d)
			got := Decide(d, healthy(tt.see...))
			refused, kept := 0, 0
			for _, r := range got.Refused {
				if r.Kind == RefusedLeaderDeleted {
					refused += len(r.Indices)
				}
			}
			for _, n := range got.Notes {
				if n.Kind == NoteKept {
					kept++
				}
			}
			deleted := 0
			for _, s := range got.Steps {
				if s.Destroys.Permits() || s.OrDestroys.Permits() {
					deleted++
				}
			}
			if deleted != tt.deleted || refused != tt.refused || kept != tt.kept {
				t.Errorf("deletes %q, refuses %d, keeps %d", texts(got.Steps), refused, kept)
			}
			want := StatusReplicating
			switch {
			case tt.nothing:
				want = StatusDegraded
			case tt.deleted+tt.refused > 0:
				want = StatusFailed
			}
			if got.Status != want || (got.Reason == "") != (want == StatusReplicating) {
				t.Errorf("got %s, %q, want %s", got.Status, got.Reason, want)
			}
		})
	}
	gone := []change{becomes(Paused, autoGone), proven("a")}
	const removed = "stop the replication of index a and delete the follower index (the leader has deleted index a)"
	recopied := rebuildingA("the leader has deleted index a and has another one of that name")
	byPermission := []string{"delete follower index a (permitted by rebuild = true; " + ownedUUID("a") + ")"}
	refused := replica("a", Paused, autoGone)
	refused.HistoryLost = true
	unblocked := replica("a", Paused, autoGone)
	unblocked.Block = Absent[struct{}]("no block")
	for name, c := range map[string]decideCase{
		"the deletion comes last": {see: append(slices.Clone(gone), noRules), steps: []string{adding("*"), removed},
			destroys: []string{"delete follower index a (permitted by on_leader_delete; the leader answers that it has no index a)"}, status: StatusFailed, reason: fromSteps},
		"the plugin has not paused it":    {see: []change{proven("a")}},
		"paused by hand":                  {see: []change{becomes(Paused, byHand), proven("a")}, status: StatusDegraded, reason: "index a does not replicate, and the leader answers that it has no index a"},
		"in the seconds before the pause": {see: []change{becomes(NotInProgress, ""), proven("a")}, status: StatusDegraded, reason: "index a does not replicate, and the leader answers that it has no index a"},
		"the leader has not been asked": {see: []change{becomes(Paused, autoGone), leaderHas("b")}, status: StatusDegraded,
			reason: "index a is paused (" + autoGone + "), and the leader has not confirmed that index a is gone"},
		"the leader has it again": {see: []change{becomes(Paused, autoGone)}, steps: []string{"resume the replication of index a (paused: " + autoGone + ")"},
			destroys: []string{"delete follower index a (permitted by on_leader_delete; " + byMark + ")"}, status: StatusFailed, reason: fromSteps},
		"the leader has another one":                   {see: []change{put(refused)}, steps: []string{recopied}, destroys: []string{"delete follower index a (permitted by on_leader_delete; " + byMark + ")"}, status: StatusFailed, reason: fromSteps},
		"the leader has another one, keep":             {see: []change{put(refused)}, want: policy(LeaderDeleteKeep), notes: []string{"kept: a a"}},
		"the leader has another one, keep and rebuild": {see: []change{put(refused)}, want: all(rebuild, policy(LeaderDeleteKeep)), steps: []string{recopied}, destroys: byPermission, status: StatusFailed, reason: fromSteps},
		"the leader has another one that is closed": {see: []change{put(refused), func(o *Observation) { o.Leader = Present([]LeaderIndex{{Name: "a", Closed: true}, {Name: "b"}}) }}, status: StatusDegraded,
			reason: "index a must be copied again (the leader has deleted index a and has another one of that name), and the leader has closed index a"},
		"it may have writes of its own": {see: []change{put(unblocked), proven("a")}, notes: []string{"kept: a a"}},
		"its UUID is not known": {see: append(slices.Clone(gone), func(o *Observation) {
			f := o.Indices.At("a")
			f.Index = Fact[Identity]{}
			o.Indices = o.Indices.With("a", f)
		}), notes: []string{"kept: a a"}},
		"hidden marks": {see: []change{put(hide(replica("a", Paused, autoGone))), proven("a")}, steps: []string{removed}, destroys: []string{"delete follower index a (permitted by on_leader_delete; the leader answers that it has no index a)"}, status: StatusFailed, reason: fromSteps},
		"hidden marks, not owned": {see: []change{put(hide(replica("a", Paused, autoGone))), proven("a"), func(o *Observation) { delete(o.Connections, asia) }}, want: owning(Owned{}),
			notes: []string{"kept: a a"}},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, desired(ModeReplicating, "*")) })
	}
	too := Decide(desired(ModeReplicating, "*"), healthy(lose(12, 12, 12)...))
	if want := "the leader has deleted 12 of 12 replicated indices"; too.Reason != want || too.Refused[0].Copies != 12 {
		t.Errorf("got %q of %d", too.Reason, too.Refused[0].Copies)
	}
}

// Row 4 of the table, in both modes that have it.
func TestDecide_RemovedPattern(t *testing.T) {
	const why = "no pattern matches it any longer"
	const removed = "stop the replication of index a and delete the follower index (" + why + ")"
	byRemoval := []string{"delete follower index a (permitted by the removal of its pattern; " + byMark + ")"}
	gone := func(ps ...string) func(*Desired) { return func(d *Desired) { d.Permits.RemovedPatterns = ps } }
	unblocked := replica("a", Syncing, "")
	unblocked.Block = Absent[struct{}]("no block")
	hidden := replica("a", Paused, byHand)
	hidden.Source = Unknown[Source]("filtered out")
	left := []string{"outside the patterns: a a"}
	for name, c := range map[string]decideCase{
		"owned":                         {want: gone("a"), steps: []string{removed}, destroys: byRemoval, status: StatusFailed, reason: fromSteps},
		"by a pattern":                  {want: gone("a*"), steps: []string{removed}, destroys: byRemoval, status: StatusFailed, reason: fromSteps},
		"no state, no leader":           {see: []change{becomes(StateUnknown, ""), leaderDown, leaderUnknown}, want: gone("a"), steps: []string{removed}, destroys: byRemoval, status: StatusFailed, reason: fromSteps},
		"covered by another pattern":    {want: all(patterns("b", "*a"), gone("a*"))},
		"not owned":                     {want: all(gone("a"), owning(owned("b"))), notes: left},
		"another of that name is owned": {want: all(gone("a"), owning(NewByName(map[string]string{"a": "an-older-uuid"}))), notes: left},
		"the plan does not remove it":   {want: gone("x*"), notes: left},
		"not removed at all":            {notes: left},
		"no block":                      {see: []change{put(unblocked)}, want: all(gone("a"), rebuild), notes: left},
		"the mark is hidden":            {see: []change{put(hidden)}, want: gone("a"), notes: left},
		"stopped by hand":               {see: []change{put(plain("a"))}, want: all(gone("a"), rebuild)}, // no replica any more: left alone
		"replicates another leader":     {see: []change{put(replicaOf(asia, "a", Syncing, ""))}, want: gone("a")},
		"nothing is known":              {see: []change{put(FollowerIndex{Name: "a", State: StateUnknown})}, want: all(gone("a"), rebuild)},
	} {
		t.Run(name, func(t *testing.T) {
			c.see = append([]change{rules(rulesFor("b", "*a")...)}, c.see...)
			d := desired(ModeReplicating, "b")
			if c.want != nil {
				c.want(&d)
			}
			c.see = append(c.see, rules(rulesFor(d.Patterns...)...))
			c.run(t, d)
		})
		t.Run("paused, "+name, func(t *testing.T) {
			c.see = append(slices.Clone(c.see), noRules, put(replica("b", Paused, byHand)))
			d := desired(ModePaused, "b")
			if c.want != nil {
				c.want(&d)
			}
			got := Decide(d, healthy(c.see...))
			assertTexts(t, destroyed(got.Steps), c.destroys)
		})
	}
}

func TestDecide_Paused(t *testing.T) {
	const pause = "pause the replication of index %s (it is running)"
	each := []change{without("a", "b"), put(replica("a", Syncing, ""), replica("b", Bootstrapping, ""), replica("c", Running, ""), replica("d", StateUnknown, ""),
		replica("e", Paused, byHand), replica("f", Failed, "disk full"), replica("g", NotInProgress, ""), plain("h"), replicaOf(asia, "i", Syncing, ""))}
	steps := []string{removing("*", "autofollow is off while paused")}
	for _, name := range []string{"a", "b", "c", "d"} {
		steps = append(steps, fmt.Sprintf(pause, name))
	}
	for name, c := range map[string]decideCase{
		"all that runs": {see: each, steps: steps, destroys: []string{"remove autofollow rule " + ruleFor("*") + ` (permitted by desired_state = "paused")`},
			status: StatusFailed, reason: fromSteps},
		"all that runs, without the leader": {see: append(slices.Clone(each), leaderDown, leaderUnknown), steps: steps, destroys: []string{"remove autofollow rule " + ruleFor("*") + ` (permitted by desired_state = "paused")`},
			status: StatusFailed, reason: fromSteps},
		"paused":             {see: []change{put(replica("a", Paused, byHand), replica("b", Paused, byHand)), rules(Rule{Name: RuleName(asia, "*"), Pattern: "*"})}},
		"paused, no leader":  {see: []change{put(replica("a", Paused, byHand), replica("b", Paused, byHand)), noRules, leaderDown, leaderUnknown}},
		"a new leader index": {see: []change{put(replica("a", Paused, byHand), replica("b", Paused, byHand)), noRules, leaderHas("a", "b", "c")}},
		"resumed by hand":    {see: []change{put(replica("b", Paused, byHand)), noRules}, steps: []string{fmt.Sprintf(pause, "a")}, status: StatusFailed, reason: fromSteps},
		"somebody else's rule for the leader goes": {see: []change{put(replica("a", Paused, byHand), replica("b", Paused, byHand)), rules(Rule{Name: "aivens-own", LeaderAlias: us, Pattern: "*"})},
			steps:    []string{`remove autofollow rule aivens-own for pattern "*" (autofollow is off while paused)`},
			destroys: []string{`remove autofollow rule aivens-own (permitted by desired_state = "paused")`}, status: StatusFailed, reason: fromSteps},
		"nothing replicates yet":                         {see: []change{without("a", "b"), noRules}},
		"a stopped index is not touched, rebuild or not": {see: []change{put(plain("a"), replica("b", Paused, byHand)), noRules}, want: rebuild},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, desired(ModePaused, "*")) })
	}
}

func TestDecide_Promoted(t *testing.T) {
	const inSync = "let index %s catch up, then stop its replication"
	const why = "the leader did not answer for 10 s"
	const unfinished = "the promotion is not finished: "
	rule := removing("*", "a promoted service follows nothing")
	ruleGone := "remove autofollow rule " + ruleFor("*") + " (permitted by the promotion)"
	caught := []string{rule, fmt.Sprintf(inSync, "a"), fmt.Sprintf(inSync, "b")}
	stopped := []string{rule, "stop the replication of index a (" + why + ")", "stop the replication of index b (" + why + ")"}
	destroys := []string{ruleGone, "stop replication of index a (permitted by the promotion)", "stop replication of index b (permitted by the promotion)"}
	proved := []string{ruleGone, "stop replication of index a (permitted by the promotion; " + why + ")", "stop replication of index b (permitted by the promotion; " + why + ")"}
	lagging := replica("a", Syncing, "")
	lagging.LeaderCheckpoint, lagging.FollowerCheckpoint = 9, 4
	only := func(o *Observation) { delete(o.Connections, asia) }
	for name, c := range map[string]decideCase{
		"in sync":                     {steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"lagging":                     {see: []change{put(lagging)}, steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"paused":                      {see: []change{becomes(Paused, byHand)}, steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"failed":                      {see: []change{becomes(Failed, "disk full")}, steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"one odd answer":              {see: []change{unreached}, steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"no state":                    {see: []change{becomes(StateUnknown, "")}, steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"the leader is unreachable":   {see: []change{leaderDown}, steps: stopped, destroys: proved, status: StatusFailed, reason: unfinished + fromSteps},
		"hidden marks, owned":         {see: []change{put(hide(replica("a", Syncing, "")))}, steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"hidden marks, one leader":    {see: []change{put(hide(replica("a", Syncing, ""))), only}, want: owning(Owned{}), steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"outside the patterns too":    {want: all(patterns("x"), owning(Owned{})), steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"others are left alone":       {see: []change{put(replicaOf(asia, "c", Syncing, ""), plain("d")), rules(append(rulesFor("*"), Rule{Name: RuleName(asia, "*"), Pattern: "*"}, Rule{Name: "by-hand", Pattern: "*"})...)}, steps: caught, destroys: destroys, status: StatusFailed, reason: unfinished + fromSteps},
		"done":                        {see: []change{put(plain("a"), plain("b")), noRules}},
		"done, needs no leader":       {see: []change{put(plain("a"), plain("b")), noRules, leaderDown, leaderUnknown, func(o *Observation) { o.Connection = Absent[Connection]("twice") }}},
		"done, rebuild means nothing": {see: []change{put(plain("a"), plain("b")), noRules}, want: rebuild},
		"cut short":                   {see: []change{put(plain("a")), noRules}, steps: caught[2:], destroys: destroys[2:], status: StatusFailed, reason: unfinished + fromSteps},
		"the leader is hidden": {see: []change{put(hide(replica("a", Syncing, "")), plain("b")), noRules}, want: owning(Owned{}), status: StatusFailed,
			reason: unfinished + "index a replicates, but the follower hides which leader"},
		"nothing is known of one": {see: []change{put(FollowerIndex{Name: "a", State: StateUnknown}, plain("b")), noRules}, status: StatusFailed,
			reason: unfinished + "the follower does not report the state of index a"},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, desired(ModePromoted, "*")) })
	}
	if got := Decide(desired("", "x"), healthy()); len(got.Steps) > 0 {
		t.Errorf("a mode that is none: %q", texts(got.Steps))
	}
}
