// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// decideWorld decides about a pair, or about a follower or an index alone.
func decideWorld(want Desired, p PairObservation, pair bool) Decision {
	if pair {
		return DecidePair(want, p)
	}
	return Decide(want, p.Observation)
}

// checker judges a decision by the table of design section 4, over the truth.
type checker struct {
	w    *world
	want Desired
	rows map[string]int
}

// destruction returns what is wrong with a destruction, or "".
func (c checker) destruction(s Step, d Destruction, instead bool) string {
	if !d.Permits() {
		return "it has no permission"
	}
	promoted := c.want.Mode == ModePromoted
	switch d.Kind() {
	case DestroysIndex:
		return c.index(s, d, instead)
	case DestroysReplication:
		name, uuid, deletes := d.Index()
		x := c.w.follower[name]
		switch {
		case !promoted || deletes:
			return "a replication ends only in a promotion"
		case c.w.orphans && x != nil && x.source.Alias == asia:
			return "" // a stop loses nothing; only deleting takes certainty
		case x == nil || !x.active() || x.source.Alias != us || uuid != "" && x.uuid != uuid:
			return "it is not a replica of this leader"
		case c.want.Single != nil && name != c.want.Single.Follower:
			return "it is not the index that is meant"
		}
		c.rows["replication"]++
	case DestroysRule:
		alias, name := d.Rule()
		i := slices.IndexFunc(c.w.rules, func(r Rule) bool { return r.Name == name && r.LeaderAlias == alias })
		switch {
		case i < 0 || alias != us:
			return "it is not a rule of this leader"
		case c.want.Single != nil:
			return "a single index has no rules"
		case c.want.Mode == ModeReplicating && (!strings.HasPrefix(name, "terraform-") || slices.Contains(c.want.Patterns, c.w.rules[i].Pattern)):
			return "the rule is wanted, or somebody else's"
		}
		c.rows["rule"]++
	case DestroysIntegration:
		project, id := d.Integration()
		if !promoted || !c.w.linked || id != "link-1" || project != "acme" {
			return "an integration goes only in a promotion"
		}
		c.rows["integration"]++
	default:
		return "nothing here may destroy that"
	}
	return ""
}

// index looks for the row of the table that permits to delete a follower index.
func (c checker) index(s Step, d Destruction, instead bool) string {
	name, uuid, _ := d.Index()
	x := c.w.follower[name]
	owned := x != nil && c.want.Owned.At(name) == x.uuid
	open, onLeader := false, false
	if x != nil {
		open, onLeader = c.w.leader[x.source.Index]
	}
	broken := x != nil && x.active() && (x.state == Failed || x.state == NotInProgress || x.state == Paused && (x.historyLost || instead))
	again := s.Action == ActionRebuild && open || instead && s.Action == ActionResume
	meant := x != nil && (c.want.Single != nil && name == c.want.Single.Follower || MatchesAny(c.want.Patterns, x.source.Index))
	switch {
	case x == nil || x.uuid != uuid:
		return "it is another index"
	case x.source.Alias != us:
		return "it is not a replica of this leader"
	case c.want.Mode == ModePromoted:
		return "a promotion deletes no index"
	case x.ownWrites && (!c.want.Permits.Rebuild || !owned || !again):
		return "it has writes of its own"
	case again && meant && s.LeaderIndex == x.source.Index && broken && !x.ownWrites && x.reason != autoGone:
		c.rows["broken"]++
	case again && meant && s.LeaderIndex == x.source.Index && x.reason == autoGone && c.want.Single == nil && c.want.Permits.OnLeaderDelete != LeaderDeleteKeep:
		c.rows["recreated on the leader"]++
	case again && meant && owned && c.want.Permits.Rebuild:
		c.rows["own writes"]++
	case s.Action != ActionRemoveIndex || instead || !x.blocked || !x.active():
		return "no row permits it"
	case !onLeader && x.reason == autoGone && meant && c.want.Single == nil && c.want.Permits.OnLeaderDelete != LeaderDeleteKeep:
		c.rows["leader deleted"]++
	case owned && !meant && MatchesAny(c.want.Permits.RemovedPatterns, x.source.Index):
		c.rows["removed pattern"]++
	default:
		return "no row permits it"
	}
	return ""
}

// decision returns what is wrong with a decision, or "".
func (c checker) decision(d Decision) string {
	deletions := 0
	for _, s := range d.Steps {
		destructive := slices.Contains([]Action{ActionRebuild, ActionRemoveRule, ActionRemoveIndex, ActionPromote, ActionStop, ActionUnlink, ActionDeleteService}, s.Action)
		if destructive != (s.Destroys.Kind() != "") {
			return fmt.Sprintf("%s: destroys %s", s, s.Destroys)
		}
		if destructive {
			if wrong := c.destruction(s, s.Destroys, false); wrong != "" {
				return fmt.Sprintf("%s: %s: %s", s, s.Destroys, wrong)
			}
		}
		if s.OrDestroys.Kind() != "" {
			if wrong := c.destruction(s, s.OrDestroys, true); wrong != "" {
				return fmt.Sprintf("%s: or %s: %s", s, s.OrDestroys, wrong)
			}
		}
		if x := c.w.follower[s.Index]; s.Index != "" && x != nil && x.source.Alias != us && !c.w.orphans {
			return fmt.Sprintf("%s: it is not this leader's", s)
		}
		removed := s.Action == ActionRemoveIndex && c.w.follower[s.Index].reason == autoGone && !MatchesAny(c.want.Permits.RemovedPatterns, s.LeaderIndex)
		if removed || s.Destroys.cause == causeLeader || s.OrDestroys.cause == causeLeader {
			deletions++
		}
	}
	if copies := c.copies(); deletions > 2 && deletions*4 > copies && c.want.Permits.OnLeaderDelete != LeaderDeleteAll {
		return fmt.Sprintf("%d of %d copies are deleted because the leader deleted theirs", deletions, copies)
	}
	if wrong := c.links(d); wrong != "" {
		return wrong
	}
	if wrong := c.fences(d); wrong != "" {
		return wrong
	}
	switch {
	case (d.Reason == "") != (d.Status == c.want.Mode.Target()):
		return fmt.Sprintf("status %s with reason %q", d.Status, d.Reason)
	case len(d.Refused) > 0 && d.Status == StatusReplicating:
		return "it refuses, and is replicating"
	}
	return ""
}

// fences returns what is wrong with how a decision blocks writes on the leader, or "".
func (c checker) fences(d Decision) string {
	blocked := map[string]bool{}
	for name, fence := range c.w.fences {
		blocked[name] = fence.Blocked
	}
	for _, s := range d.Steps {
		switch {
		case s.Action == ActionFence:
			for _, name := range s.Names {
				blocked[name] = true
			}
		case s.Action == ActionLiftFence:
			for _, name := range s.Names {
				if c.w.fences[name].For != follower {
					return "the block of somebody else on " + name + " is lifted"
				}
			}
		case c.want.Fence && s.Action == ActionStop:
			return "with fence_leader nothing ends without its leader"
		case c.want.Fence && s.Action == ActionPromote && c.w.leader[s.LeaderIndex] && !c.w.unlisted[s.LeaderIndex] && !c.w.dry && !blocked[s.LeaderIndex]:
			return "index " + s.LeaderIndex + " can be written to when its replication ends"
		}
	}
	return ""
}

// links returns what is wrong with how a decision links and unlinks, or "".
func (c checker) links(d Decision) string {
	at := func(a Action) int {
		return slices.IndexFunc(d.Steps, func(s Step) bool { return s.Action == a })
	}
	unlink, stop := at(ActionUnlink), at(ActionStop)
	for name, x := range c.w.follower {
		if at(ActionLink) >= 0 && c.w.finished && !c.want.Permits.Rebuild && x.ownWrites && x.state != Failed && c.want.Owned.At(name) == x.uuid {
			return name + " was written to after a promotion outside Terraform, and the follower is linked"
		}
		// With both hidden, NOT IN PROGRESS that stays is believed.
		hidden := c.w.hidden[name]
		if unlink < 0 || !c.w.reached || !x.active() || x.source.Alias != us || hidden.source && hidden.block && x.state == NotInProgress {
			continue
		}
		if i := slices.IndexFunc(d.Steps, func(s Step) bool { return s.Index == name }); i < 0 || i > unlink {
			return name + " needs the integration that is deleted, to catch up"
		}
	}
	if stop >= 0 && unlink > stop {
		return "a stop does not end while the leader is silent and linked"
	}
	return ""
}

// copies counts the replicas of this leader that the patterns cover.
func (c checker) copies() int {
	n := 0
	for _, x := range c.w.follower {
		if x.active() && x.source.Alias == us && MatchesAny(c.want.Patterns, x.source.Index) {
			n++
		}
	}
	return n
}

// blur sets one fact to unknown.
func blur(d dice, p PairObservation) (PairObservation, string) {
	const ofWorld = 7
	switch n := d.IntN(ofWorld + 2*len(worldNames)); n {
	case 0:
		p.Leader = Unknown[[]LeaderIndex]("403")
		return p, "leader"
	case 1:
		p.Rules = Unknown[[]Rule]("403")
		return p, "rules"
	case 2:
		p.Reach = Unknown[struct{}]("one look")
		return p, "reach"
	case 3:
		p.Link = Unknown[Link]("500")
		return p, "link"
	case 4:
		p.Connections = nil
		return p, "connections"
	case 5:
		p.Unreadable = "503"
		return p, "everything"
	case 6:
		p.Connection = Unknown[Connection]("one look")
		return p, "connection"
	default:
		return blurIndex(d, p, worldNames[n%len(worldNames)])
	}
}

func blurIndex(d dice, p PairObservation, name string) (PairObservation, string) {
	f, listed := p.Indices.Find(name)
	_, gone := p.Gone[name]
	if gone && (!listed || d.percent(25)) {
		p.Gone = maps.Clone(p.Gone)
		delete(p.Gone, name)
		return p, "gone " + name
	}
	if !listed {
		return p, "nothing"
	}
	what := oneOf(d, "index", "source", "block", "state", "all")
	// A mark that hides another name, or an early failure, is left in sight: see hide.
	if source, marked := f.Source.Value(); marked && source.Index != name || f.State == Failed {
		what = oneOf(d, "index", "state")
	}
	// With both hidden, as on Amazon's service, NOT IN PROGRESS that stays is believed.
	_, noSource := f.Source.Unknown()
	_, noBlock := f.Block.Unknown()
	if f.State == NotInProgress && (what == "source" && noBlock || what == "block" && noSource) {
		what = "index"
	}
	switch what {
	case "index":
		f.Index = Unknown[Identity]("403")
	case "source":
		f.Source = Unknown[Source]("filtered out")
	case "block":
		f.Block = Unknown[struct{}]("403")
	case "state":
		f.State, f.Reason, f.HistoryLost = StateUnknown, "", false
	case "all":
		f = FollowerIndex{Name: name, State: StateUnknown}
	}
	p.Indices = p.Indices.With(name, f)
	return p, what + " of " + name
}

// keys are what the steps destroy. What a resume comes to when the leader
// refuses it rests on that refusal, and is judged by the table alone.
func keys(d Decision) []string {
	var out []string
	for _, x := range d.Destroys() {
		what, _, _ := strings.Cut(x.Key(), " by ") // the same index may be deleted for another reason
		out = append(out, what)
	}
	return out
}

// describe prints a world for a failure.
func (w *world) describe(want Desired) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q removed %q single %+v permits %+v\nleader %v unlisted %v confirmed %v\nreached %v linked %v state %s finished %v; unknown: leader %v rules %v reach %v link %v connections %v, empty list %v\n",
		want.Mode, want.Patterns, want.Permits.RemovedPatterns, want.Single, want.Permits, w.leader, w.unlisted, w.confirmed,
		w.reached, w.linked, w.state, w.finished, w.noLeader, w.noRules, w.noReach, w.noLink, w.noConns, w.dry)
	for _, name := range worldNames {
		if x := w.follower[name]; x != nil {
			fmt.Fprintf(&b, "  %s owned %v: %+v hidden %+v\n", name, want.Owned.At(name) == x.uuid, *x, w.hidden[name])
		}
	}
	fmt.Fprintf(&b, "  rules %+v", w.rules)
	return b.String()
}

// tally counts what worlds were about: what no world is about proves nothing.
type tally struct {
	rows   map[string]int // of the table
	did    map[Action]int
	rounds map[int]int // until nothing was left to do
}

func newTally() tally { return tally{map[string]int{}, map[Action]int{}, map[int]int{}} }

func addTo[K comparable](sum, part map[K]int) {
	for k, n := range part {
		sum[k] += n
	}
}

// Whatever a world is like and whatever of it can be seen: nothing is destroyed
// without its row of the table, what is unknown never permits more, and the
// steps lead to what is desired. CCR_SEED and CCR_WORLDS look at other worlds
// and at more.
func TestDecide_InEveryWorld(t *testing.T) {
	t.Parallel()
	seed, worlds := fromEnv(t, "CCR_SEED", 2026), fromEnv(t, "CCR_WORLDS", 30_000)
	began, sum, parts := time.Now(), newTally(), make([]tally, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range parts {
		parts[i] = newTally()
		all.Go(func() {
			for n := uint64(i); n < worlds && !t.Failed(); n += uint64(len(parts)) {
				oneWorld(t, seed, n, parts[i])
			}
		})
	}
	all.Wait()
	for _, p := range parts {
		addTo(sum.rows, p.rows)
		addTo(sum.did, p.did)
		addTo(sum.rounds, p.rounds)
	}
	t.Logf("seed %d: %d worlds, %.0f a second; rows %v; steps %v; rounds %v", seed, worlds, float64(worlds)/time.Since(began).Seconds(), sum.rows, sum.did, sum.rounds)
	if t.Failed() {
		return
	}
	for _, row := range []string{"broken", "own writes", "leader deleted", "removed pattern", "replication", "rule", "integration"} {
		if sum.rows[row] < 200 {
			t.Errorf("the row %q was used only %d times: the worlds prove little about it", row, sum.rows[row])
		}
	}
	for _, a := range []Action{ActionPowerOn, ActionLink, ActionStart, ActionResume, ActionRebuild, ActionAddRule, ActionRemoveRule, ActionPause, ActionRemoveIndex, ActionPromote, ActionStop, ActionUnlink, ActionFence, ActionLiftFence} {
		if sum.did[a] < 200 {
			t.Errorf("%q was called for only %d times: the worlds prove little about it", a, sum.did[a])
		}
	}
}

func fromEnv(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// oneWorld checks one world, and reports whether it holds.
func oneWorld(t *testing.T, seed, n uint64, sum tally) bool {
	t.Helper()
	d := dice{rand.New(rand.NewPCG(seed, n))}
	w, want := randomWorld(d)
	pair := want.Single == nil && d.percent(60)
	if !pair {
		w.state = ServiceRunning
		want.Fence, want.Lift = false, false // the leader of an index alone is not asked
	}
	fail := func(format string, args ...any) bool {
		t.Errorf("seed %d, world %d, pair %v: %s\n%s", seed, n, pair, fmt.Sprintf(format, args...), w.describe(want))
		return false
	}
	seen := w.look()
	decided := decideWorld(want, seen, pair)
	if wrong := (checker{w, want, sum.rows}).decision(decided); wrong != "" {
		return fail("%s", wrong)
	}
	if n%8 == 0 {
		if again := decideWorld(want, w.look(), pair); !reflect.DeepEqual(decided, again) {
			return fail("the same observation gives %q and %q", texts(decided.Steps), texts(again.Steps))
		}
	}
	before := keys(decided)
	for range 2 {
		blurred, what := blur(d, seen)
		less := decideWorld(want, blurred, pair)
		if wrong := (checker{w, want, sum.rows}).decision(less); wrong != "" {
			return fail("with %s unknown: %s", what, wrong)
		}
		for _, key := range keys(less) {
			if !slices.Contains(before, key) && (!w.orphans || !strings.HasPrefix(key, "stop")) {
				return fail("%s is destroyed once %s is unknown; before: %q", key, what, before)
			}
		}
	}
	for round := range 4 {
		for _, s := range decided.Steps {
			sum.did[s.Action]++
		}
		if w.stuck {
			sum.rounds[-1]++
			return true
		}
		if len(decided.Steps) == 0 {
			sum.rounds[round]++
			return true
		}
		for _, s := range decided.Steps {
			if hidden := w.hidden[s.Index]; hidden.state || hidden.source || w.orphans && hidden.block {
				// what is done on a part of the truth may be refused, and is done again
				_ = w.do(s, &want)
				w.stuck = true
				continue
			}
			if err := w.do(s, &want); err != nil {
				return fail("%s: %v", s, err)
			}
		}
		decided = decideWorld(want, w.look(), pair)
		if wrong := (checker{w, want, sum.rows}).decision(decided); wrong != "" {
			return fail("in round %d: %s", round+2, wrong)
		}
	}
	if !slices.ContainsFunc(decided.Steps, func(s Step) bool { return s.Action != ActionAwait }) {
		return true // it waits for what nobody can see; the time of the apply ends that
	}
	return fail("still to do after 3 rounds: %q", texts(decided.Steps))
}
