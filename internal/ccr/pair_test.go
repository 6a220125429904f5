// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"slices"
	"testing"
	"time"
)

type pairChange func(*PairObservation)

// pairOf is a finished pair that runs and is linked.
func pairOf(changes ...pairChange) PairObservation {
	p := PairObservation{Follower: FollowerService{Project: "acme", Name: "search-eu", State: ServiceRunning, Created: now}, Finished: true,
		Link: Present(Link{ID: "link-1", Project: "acme", Leader: "acme/search-us", Active: true}), Observation: healthy()}
	for _, c := range changes {
		c(&p)
	}
	return p
}

func seeing(changes ...change) pairChange {
	return func(p *PairObservation) {
		for _, c := range changes {
			c(&p.Observation)
		}
	}
}

func unlinked(p *PairObservation) {
	p.Link = Absent[Link]("two lists are without it")
	leaderDown(&p.Observation)
}

func linkUnknown(p *PairObservation) { p.Link = Unknown[Link]("status 500") }

func unfinished(p *PairObservation) { p.Finished = false }

func unreadable(p *PairObservation) {
	p.Unreadable, p.Observation = "status 503", Observation{Alias: us}
}

func state(s string) pairChange { return func(p *PairObservation) { p.Follower.State = s } }

func TestDecidePair(t *testing.T) {
	const (
		powerOn   = "power on service acme/search-eu, which restarts its billing (it is powered off)"
		runs      = "wait until service acme/search-eu is RUNNING [heals]"
		link      = "create the integration of acme/search-eu with its leader (it no longer exists)"
		connected = "wait until service acme/search-eu is connected to its leader [heals]"
		lost      = "the integration with the leader no longer exists"
		outside   = "the follower was promoted outside Terraform: the integration with its leader no longer exists"
		stopped   = "its replication was stopped"
		unclear   = lost + ", and whether somebody can have written to index a is not known"
	)
	off := []pairChange{state(ServicePowerOff), unreadable}
	noUUID := plain("a")
	noUUID.Index = Unknown[Identity]("403")
	noBlock := replica("a", Syncing, "")
	noBlock.Block = Absent[struct{}]("no block")
	unread := replica("a", Syncing, "")
	unread.Block = Unknown[struct{}]("403")
	promotedOutside := []string{"refused, promoted: [a] of 0"}
	byPermission := []string{"delete follower index a (permitted by rebuild = true; " + ownedUUID("a") + ")"}
	for name, tt := range map[string]struct {
		pair []pairChange
		decideCase
	}{
		"well":        {},
		"powered off": {off, decideCase{steps: []string{powerOn, runs, connected}, status: StatusFailed, reason: "the follower service is powered off"}},
		"powered off and unlinked: look before it is linked": {append(slices.Clone(off), unlinked), decideCase{steps: []string{powerOn, runs}, status: StatusFailed, reason: "the follower service is powered off"}},
		"powered off and unlinked, rebuild":                  {append(slices.Clone(off), unlinked), decideCase{want: rebuild, steps: []string{powerOn, runs, link, connected}, status: StatusFailed, reason: "the follower service is powered off"}},
		"powered off and unlinked before it was complete":    {append(slices.Clone(off), unlinked, unfinished), decideCase{steps: []string{powerOn, runs, link, connected}, status: StatusFailed, reason: "the follower service is powered off"}},
		"powered off, the link is not known":                 {append(slices.Clone(off), linkUnknown), decideCase{steps: []string{powerOn, runs}, status: StatusFailed, reason: "the follower service is powered off"}},
		"the link is not known":                              {[]pairChange{linkUnknown, seeing(becomes(Failed, "x"))}, decideCase{want: rebuild, status: StatusDegraded, reason: "whether the integration with the leader exists is not known: status 500"}},
		"the link has failed":                                {[]pairChange{func(p *PairObservation) { p.Link = Present(Link{ID: "link-1", Failed: "no route"}) }}, decideCase{want: rebuild, status: StatusFailed, reason: "the integration with the leader has failed: no route"}},
		"cannot be read":                                     {[]pairChange{unreadable, state(ServiceRebuilding)}, decideCase{want: rebuild, steps: []string{"wait until service acme/search-eu is RUNNING [heals]"}, status: StatusDegraded, reason: "the follower service is REBUILDING"}},
		"recycled, not connected yet":                        {[]pairChange{state(ServiceRebuilding), seeing(unreached)}, decideCase{steps: []string{"wait until service acme/search-eu is RUNNING [heals]"}, status: StatusDegraded, reason: "the follower service is REBUILDING"}},
		"rebuilt while it replicates":                        {[]pairChange{state(ServiceRebuilding)}, decideCase{}},
		"running, not connected: never unlinked as a repair": {[]pairChange{seeing(leaderDown)}, decideCase{want: rebuild, status: StatusDegraded, reason: outOfSync}},

		"unlinked, every block is on: an ordinary repair": {[]pairChange{unlinked}, decideCase{steps: []string{link, connected}, status: StatusFailed, reason: lost}},
		"unlinked before it was complete":                 {[]pairChange{unlinked, unfinished, seeing(without("a", "b"), noRules)}, decideCase{steps: []string{link, connected, "start the replication of index a (" + missing + ")", "start the replication of index b (" + missing + ")", adding("*")}, status: StatusFailed, reason: lost}},
		"unlinked, cannot be read":                        {[]pairChange{unlinked, unreadable}, decideCase{want: rebuild, status: StatusDegraded, reason: lost + ", and the follower cannot be read, so whether it was written to is not known: status 503"}},
		"promoted outside: stopped":                       {[]pairChange{unlinked, seeing(put(plain("a")))}, decideCase{notes: promotedOutside, status: StatusPromoted, reason: outside}},
		"promoted outside: the block is gone":             {[]pairChange{unlinked, seeing(put(noBlock))}, decideCase{notes: promotedOutside, status: StatusPromoted, reason: outside}},
		"promoted outside, paused desired":                {[]pairChange{unlinked, seeing(put(plain("a")))}, decideCase{want: func(d *Desired) { d.Mode = ModePaused }, notes: promotedOutside, status: StatusPromoted, reason: outside}},
		"promoted outside, the block cannot be read":      {[]pairChange{unlinked, seeing(put(unread))}, decideCase{status: StatusDegraded, reason: unclear}},
		"promoted outside, the UUID cannot be read":       {[]pairChange{unlinked, seeing(put(noUUID))}, decideCase{status: StatusDegraded, reason: unclear}},
		"promoted outside, nothing is known":              {[]pairChange{unlinked, seeing(put(FollowerIndex{Name: "a", State: StateUnknown}))}, decideCase{status: StatusDegraded, reason: unclear}},
		"promoted outside, rebuild: linked and copied again": {[]pairChange{unlinked, seeing(put(plain("a")))}, decideCase{want: rebuild,
			steps: []string{link, connected, rebuildingA(stopped)}, destroys: byPermission, status: StatusFailed, reason: lost}},
		"promoted outside, rebuild, the leader cannot be listed: linked first": {[]pairChange{unlinked, seeing(put(plain("a")), leaderUnknown)}, decideCase{want: rebuild, steps: []string{link, connected}, status: StatusFailed, reason: lost}},
		"promoted outside before it was complete":                              {[]pairChange{unlinked, unfinished, seeing(put(plain("a")))}, decideCase{steps: []string{link, connected}, notes: []string{"refused, own writes: [a] of 1"}, status: StatusFailed, reason: lost}},
		"an index of somebody else is not a promotion":                         {[]pairChange{unlinked, seeing(put(plain("c")))}, decideCase{steps: []string{link, connected}, status: StatusFailed, reason: lost}},
	} {
		t.Run(name, func(t *testing.T) {
			d := desired(ModeReplicating, "*")
			if tt.want != nil {
				tt.want(&d)
			}
			tt.check(t, d, DecidePair(d, pairOf(tt.pair...)))
		})
	}
}

func TestDecidePair_Promotion(t *testing.T) {
	const unfinishedYet = "the promotion is not finished: "
	const unlink = "delete the integration with acme/search-us"
	const unlinking = "delete integration link-1 (permitted by the promotion; it links the follower with its leader acme/search-us)"
	const silent = "the leader did not answer for 10 s"
	rule := removing("*", "a promoted service follows nothing")
	ruleGone := "remove autofollow rule " + ruleFor("*") + " (permitted by the promotion)"
	catch := []string{"let index a catch up, then stop its replication", "let index b catch up, then stop its replication"}
	stop := []string{"stop the replication of index a (" + silent + ")", "stop the replication of index b (" + silent + ")"}
	nothing := seeing(put(plain("a"), plain("b")), noRules)
	for name, tt := range map[string]struct {
		pair []pairChange
		decideCase
	}{
		"in sync: the integration goes last": {nil, decideCase{steps: []string{rule, catch[0], catch[1], unlink}, status: StatusFailed,
			destroys: []string{ruleGone, "stop replication of index a (permitted by the promotion)", "stop replication of index b (permitted by the promotion)", unlinking},
			reason:   unfinishedYet + fromSteps}},
		"one odd answer: no stop without a proof": {[]pairChange{seeing(unreached, noRules)}, decideCase{steps: []string{catch[0], catch[1], unlink}, status: StatusFailed,
			destroys: []string{"stop replication of index a (permitted by the promotion)", "stop replication of index b (permitted by the promotion)", unlinking},
			reason:   unfinishedYet + fromSteps}},
		"the leader is proven to be silent: the integration goes before the stops": {[]pairChange{seeing(leaderDown)}, decideCase{steps: []string{rule, unlink, stop[0], stop[1]}, status: StatusFailed,
			destroys: []string{ruleGone, unlinking, "stop replication of index a (permitted by the promotion; " + silent + ")", "stop replication of index b (permitted by the promotion; " + silent + ")"},
			reason:   unfinishedYet + fromSteps}},
		"only the integration is left":        {[]pairChange{nothing}, decideCase{steps: []string{unlink}, destroys: []string{unlinking}, status: StatusFailed, reason: unfinishedYet + fromSteps}},
		"only that, and the leader is silent": {[]pairChange{nothing, seeing(leaderDown)}, decideCase{steps: []string{unlink}, destroys: []string{unlinking}, status: StatusFailed, reason: unfinishedYet + fromSteps}},
		"the state of one index is not known": {[]pairChange{nothing, seeing(put(FollowerIndex{Name: "a", State: StateUnknown}))}, decideCase{status: StatusFailed, reason: unfinishedYet + "the follower does not report the state of index a"}},
		"not known, and the leader is silent": {[]pairChange{nothing, seeing(put(FollowerIndex{Name: "a", State: StateUnknown}), leaderDown)}, decideCase{steps: []string{unlink}, destroys: []string{unlinking}, status: StatusFailed, reason: unfinishedYet + fromSteps}},
		"the link is not known":               {[]pairChange{nothing, linkUnknown}, decideCase{status: StatusDegraded, reason: "whether the integration with the leader exists is not known: status 500"}},
		"done":                                {[]pairChange{nothing, unlinked}, decideCase{}},
		"done and powered off":                {[]pairChange{state(ServicePowerOff), unreadable, unlinked}, decideCase{}},
		"done, cannot be read":                {[]pairChange{unreadable, unlinked}, decideCase{status: StatusDegraded, reason: "the follower (state RUNNING) cannot be read: status 503"}},
		"powered off before it was done":      {[]pairChange{state(ServicePowerOff), unreadable}, decideCase{steps: []string{"power on service acme/search-eu, which restarts its billing (it is powered off)", "wait until service acme/search-eu is RUNNING [heals]"}, status: StatusFailed, reason: unfinishedYet + "the follower service is powered off"}},
		"cut short after it was unlinked": {[]pairChange{unlinked, seeing(put(plain("b")), noRules)}, decideCase{steps: []string{"stop the replication of index a (the integration with the leader no longer exists)"}, status: StatusFailed,
			destroys: []string{"stop replication of index a (permitted by the promotion; the integration with the leader no longer exists)"},
			reason:   unfinishedYet + fromSteps}},
	} {
		t.Run(name, func(t *testing.T) {
			d := desired(ModePromoted, "*")
			tt.check(t, d, DecidePair(d, pairOf(tt.pair...)))
		})
	}
}

func TestTeardown(t *testing.T) {
	d := desired(ModeReplicating, "*")
	actions := func(steps []Step) []string {
		var out []string
		for _, s := range steps {
			out = append(out, string(s.Action)+" "+s.Index+s.What)
			if !s.Destroys.Permits() {
				t.Errorf("%s has no permission", s)
			}
		}
		return out
	}
	whole := []string{"remove rule ", "stop a", "stop b", "unlink acme/search-us", "delete service acme/search-eu"}
	for name, tt := range map[string]struct {
		pair    []pairChange
		created time.Time
		want    []string
	}{
		"the service that it made":   {nil, now, whole},
		"in another time zone":       {nil, now.In(time.FixedZone("CET", 3600)), whole},
		"another of that name":       {nil, now.Add(time.Second), nil},
		"unlinked":                   {[]pairChange{unlinked}, now, []string{whole[0], whole[1], whole[2], whole[4]}},
		"the link is not known":      {[]pairChange{linkUnknown}, now, []string{whole[0], whole[1], whole[2], whole[4]}},
		"the follower is unreadable": {[]pairChange{unreadable}, now, []string{whole[3], whole[4]}},
	} {
		t.Run(name, func(t *testing.T) {
			assertTexts(t, actions(Teardown(d, pairOf(tt.pair...), tt.created, "destroy")), tt.want)
		})
	}
	steps := Teardown(d, pairOf(), now, "destroy")
	project, name, created := steps[len(steps)-1].Destroys.Service()
	if project != "acme" || name != "search-eu" || !created.Equal(now) {
		t.Errorf("the service is %s/%s of %s", project, name, created)
	}
	assertTexts(t, destroyed(steps[4:]), []string{"delete service acme/search-eu (permitted by destroy; it is the service that this resource created or imported (2026-11-24T12:00:00Z))"})
}
