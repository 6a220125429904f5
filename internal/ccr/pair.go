// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"time"
)

// PairObservation is what was seen of a follower service, the link to its
// leader, and its replications.
type PairObservation struct {
	Follower FollowerService
	// Link is the integration between the two services. It is absent only where
	// the API listed the integrations twice without it.
	Link Fact[Link]
	// Finished is set on a pair whose creation was complete once.
	Finished bool
	// Unreadable says why the follower's replications could not be read; empty
	// where they could.
	Unreadable string
	Observation
}

// FollowerService is what the decider needs to know of the follower service.
type FollowerService struct {
	Project string
	Name    string
	// State is one of the Service constants.
	State string
	// Nodes is how many nodes it has, NodesRunning how many of them are up; 0
	// where that is not known.
	Nodes, NodesRunning int
	Created             time.Time
	// Protected is set where the service has termination protection.
	Protected bool
}

// Ref is the service's "project/name".
func (s FollowerService) Ref() string { return s.Project + "/" + s.Name }

// Progress is its state, and how far it is where it does not run yet:
// "REBUILDING, 1 of 3 nodes are running".
func (s FollowerService) Progress() string {
	if s.Nodes == 0 || s.State == ServiceRunning || s.State == ServicePowerOff {
		return s.State
	}
	return fmt.Sprintf("%s, %d of %d nodes are running", s.State, s.NodesRunning, s.Nodes)
}

// Link is the integration between a leader and a follower service.
type Link struct {
	ID      string
	Project string
	// Leader is the leader service, as project/name.
	Leader string
	Active bool
	// Failed is the API's reason where the integration has failed, else empty.
	Failed string
}

// DecidePair is [Decide] for two services: it puts before and behind the steps
// on the follower what is to be done with the services and their integration.
func DecidePair(d Desired, p PairObservation) Decision {
	if d.Mode == ModePromoted {
		return decidePromotion(d, p)
	}
	switch {
	case p.Follower.State == ServicePowerOff:
		return Decision{Status: StatusFailed, Reason: "the follower service is powered off", Steps: powerOnSteps(d, p)}
	case p.Follower.State != ServiceRunning && !p.connected():
		return Decision{Status: StatusDegraded, Reason: "the follower service is " + p.Follower.Progress(), Steps: []Step{awaiting(p, AwaitRunning)}}
	}
	if _, unlinked := p.Link.Absent(); unlinked {
		return decideUnlinked(d, p)
	}
	if why, unknown := p.Link.Unknown(); unknown {
		return Decision{Status: StatusDegraded, Reason: "whether the integration with the leader exists is not known: " + why}
	}
	link, _ := p.Link.Value()
	switch {
	case link.Failed != "":
		return Decision{Status: StatusFailed, Reason: "the integration with the leader has failed: " + link.Failed}
	case p.Unreadable != "" && p.Finished:
		return Decision{Status: StatusDegraded, Reason: fmt.Sprintf("the follower (state %s) cannot be read: %s", p.Follower.State, p.Unreadable)}
	case p.Unreadable != "":
		return Decision{Status: StatusDegraded, Reason: "the follower does not answer yet: " + p.Unreadable, Steps: []Step{awaiting(p, AwaitReadable)}}
	case !p.Finished && !p.connected():
		return Decision{Status: StatusDegraded, Reason: "the follower is not connected to its leader yet", Steps: []Step{awaiting(p, AwaitConnected)}}
	}
	return lifted(p, Decide(d, p.Observation))
}

// lifted adds what takes away the write blocks that a promotion has left on a
// leader that is followed.
func lifted(p PairObservation, decided Decision) Decision {
	lift, fenced := Lift(p, "a promotion has left it")
	if !fenced {
		return decided
	}
	decided.Steps = slices.Insert(decided.Steps, 0, lift)
	if len(decided.Refused) == 0 {
		decided.Status, decided.Reason = StatusFailed, Reasons(decided.Repairs())
	}
	return decided
}

// awaiting is a wait for what happens by itself.
func awaiting(p PairObservation, what Await) Step {
	text := map[Await]string{
		AwaitRunning:   "service " + p.Follower.Ref() + " is " + ServiceRunning,
		AwaitReadable:  "service " + p.Follower.Ref() + " answers",
		AwaitConnected: "service " + p.Follower.Ref() + " is connected to its leader",
	}
	return Step{Action: ActionAwait, Await: what, What: text[what], Heals: true}
}

func powerOn(p PairObservation) []Step {
	return []Step{
		{Action: ActionPowerOn, What: p.Follower.Ref(), Why: "it is powered off"},
		awaiting(p, AwaitRunning),
	}
}

// powerOnSteps power a follower on that is meant to follow. A pair that was
// complete and has lost its integration may have been promoted, which shows only
// when the follower runs: it is linked after that look.
// One that still has its integration is connected some time after it runs, and only
// then can be seen whether it replicates.
func powerOnSteps(d Desired, p PairObservation) []Step {
	if _, linked := p.Link.Value(); linked {
		return append(powerOn(p), awaiting(p, AwaitConnected))
	}
	if p.Finished && !d.Permits.Rebuild {
		return powerOn(p)
	}
	return append(powerOn(p), linkSteps(p)...)
}

func linkSteps(p PairObservation) []Step {
	if _, unlinked := p.Link.Absent(); !unlinked {
		return nil
	}
	return []Step{
		{Action: ActionLink, What: p.Follower.Ref() + " with its leader", Why: "it no longer exists"},
		awaiting(p, AwaitConnected),
	}
}

// decideUnlinked decides about a pair whose integration is gone. Deleting it in
// Aiven's console is Aiven's way to promote, so a follower that can have been
// written to since then is linked again only with rebuild = true.
func decideUnlinked(d Desired, p PairObservation) Decision {
	if p.Unreadable != "" {
		return Decision{Status: StatusDegraded,
			Reason: "the integration with the leader no longer exists, and the follower cannot be read, so whether it was written to is not known: " + p.Unreadable}
	}
	writable, unclear := writableIndices(d, p.Observation)
	switch {
	case !p.Finished || d.Permits.Rebuild:
	case len(writable) > 0:
		return Decision{Status: StatusPromoted, Reason: "the follower was promoted outside Terraform: the integration with its leader no longer exists",
			Refused: []Refusal{{Kind: RefusedPromoted, Indices: writable}}}
	case len(unclear) > 0:
		return Decision{Status: StatusDegraded,
			Reason: "the integration with the leader no longer exists, and whether somebody can have written to " + CountedIndices(unclear) + " is not known"}
	}
	o := p.Observation
	o.Reach = Present(struct{}{}) // as it will be
	decided := Decide(d, o)
	decided.Steps = append(linkSteps(p), decided.Steps...)
	decided = lifted(p, decided)
	decided.Status, decided.Reason = StatusFailed, "the integration with the leader no longer exists"
	return decided
}

// writableIndices are the indices of this resource that somebody can have
// written to, because their block or their mark is gone, and those of which that is
// not known, each in order.
func writableIndices(d Desired, o Observation) (writable, unclear []string) {
	for name, f := range o.Indices.All() {
		_, none := f.untouched()
		_, blocked := f.Block.Value()
		if none || blocked || !d.perhapsOwns(*f) {
			continue
		}
		_, unmarked := f.Source.Absent()
		_, unblocked := f.Block.Absent()
		if d.owns(*f) && (unmarked || unblocked) {
			writable = append(writable, name)
		} else {
			unclear = append(unclear, name)
		}
	}
	return writable, unclear
}

// decidePromotion adds the end of the integration: after the replications have
// ended, or, where the leader is proven to be unreachable, before.
func decidePromotion(d Desired, p PairObservation) Decision {
	_, unlinked := p.Link.Absent()
	_, stillLinked := p.Link.Value()
	switch {
	case !stillLinked && p.Follower.State == ServicePowerOff:
		return Decision{Status: StatusPromoted} // an independent service: who powers it is its owner's business
	case p.Follower.State == ServicePowerOff:
		return Decision{Status: StatusFailed, Reason: "the promotion is not finished: the follower service is powered off", Steps: powerOn(p)}
	case p.Unreadable != "":
		return Decision{Status: StatusDegraded, Reason: fmt.Sprintf("the follower (state %s) cannot be read: %s", p.Follower.State, p.Unreadable)}
	}
	o := p.Observation
	if unlinked {
		o.Reach = Absent[struct{}]("the integration with the leader no longer exists")
	}
	w := newWork(d, o)
	w.promote()
	if d.Fence && (stillLinked || len(w.drops) > 0) {
		if why := w.fence(linkedLeader(p)); why != "" {
			return Decision{Status: StatusFailed, Reason: "the promotion is not finished: the leader cannot be fenced: " + why, Refused: []Refusal{{Kind: RefusedFence, Why: why}}}
		}
	}
	decided := w.decision()
	if lift, fenced := Lift(p, "fence_leader is false"); fenced && !d.Fence {
		decided.Steps = append(decided.Steps, lift)
		decided.Status, decided.Reason = StatusFailed, "the promotion is not finished: "+Reasons(decided.Steps)
	}
	if why, unknown := p.Link.Unknown(); unknown {
		decided.Status, decided.Reason = StatusDegraded, "whether the integration with the leader exists is not known: "+why
		return decided
	}
	link, linked := p.Link.Value()
	if !linked {
		return decided
	}
	_, unreachable := o.Reach.Absent()
	if len(w.unclear) > 0 && !unreachable {
		return decided // without the integration it could not catch up
	}
	unlink := Step{Action: ActionUnlink, What: link.Leader, Destroys: unlinking(link, "the promotion")}
	at := len(decided.Steps)
	if unreachable {
		at = slices.IndexFunc(decided.Steps, func(s Step) bool { return s.Action == ActionStop })
		if at < 0 {
			at = len(decided.Steps)
		}
	}
	decided.Steps = slices.Insert(decided.Steps, at, unlink)
	decided.Status, decided.Reason = StatusFailed, "the promotion is not finished: "+Reasons(decided.Steps)
	return decided
}

// linkedLeader is the leader service, where the integration tells it.
func linkedLeader(p PairObservation) string {
	link, _ := p.Link.Value()
	return link.Leader
}

func unlinking(link Link, permission string) Destruction {
	return Destruction{kind: DestroysIntegration, object: object{project: link.Project, integration: link.ID},
		proof:      Proof{"it links the follower with its leader " + link.Leader},
		permission: permission, loses: "the follower no longer follows " + link.Leader}
}

// Teardown are the steps that end a follower service: its rules, its
// replications, its integration and the service itself. created is when the
// service was created that this resource answers for; another one of that name
// is not touched, and the result is empty.
func Teardown(d Desired, p PairObservation, created time.Time, permission string) []Step {
	if !created.IsZero() && !p.Follower.Created.Equal(created) {
		return nil
	}
	steps := EndSteps(d, p.Observation, permission)
	if link, linked := p.Link.Value(); linked {
		steps = append(steps, Step{Action: ActionUnlink, What: link.Leader, Destroys: unlinking(link, permission)})
	}
	proof := Proof{"it is the service that this resource created or imported (" + p.Follower.Created.UTC().Format(time.RFC3339) + ")"}
	return append(steps, Step{Action: ActionDeleteService, What: p.Follower.Ref(), Destroys: Destruction{kind: DestroysService,
		object: object{project: p.Follower.Project, service: p.Follower.Name, created: p.Follower.Created}, proof: proof,
		permission: permission, loses: "service " + p.Follower.Ref() + " with all its data"}})
}
