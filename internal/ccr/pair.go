// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "fmt"

// PairObservation is what was seen of a leader and a follower service.
type PairObservation struct {
	// FollowerState is the state of the follower service.
	FollowerState string
	// Linked: the integration between the two exists; LinkStatus is its status.
	Linked     bool
	LinkStatus string
	// Unreadable says why the follower's replications could not be read; empty
	// where they could.
	Unreadable string
	Observation
}

// AssessPair says what an observation of two services means.
func AssessPair(d Desired, p PairObservation) Assessment {
	switch {
	case p.FollowerState == ServicePowerOff:
		return Assessment{Status: StatusFailed, Reason: "the follower service is powered off"}
	case d.Mode == ModePromoted && p.Linked:
		return Assessment{Status: StatusFailed, Reason: "the promotion is not finished: the integration with the leader still exists", Repairs: Steps(d, p.Observation)}
	case d.Mode != ModePromoted && !p.Linked:
		return Assessment{Status: StatusFailed, Reason: "the integration with the leader does not exist any more"}
	case p.Unreadable != "":
		return Assessment{Status: StatusDegraded, Reason: fmt.Sprintf("the follower (state %s) cannot be read: %s", p.FollowerState, p.Unreadable)}
	case d.Mode != ModePromoted && p.Connection.Elsewhere != "":
		return Assessment{Status: StatusFailed, Reason: fmt.Sprintf("the connection to the leader, remote cluster %s, %s", d.Alias, p.Connection.Elsewhere)}
	case p.FollowerState != ServiceRunning && !p.Connection.Connected && d.Mode != ModePromoted:
		return Assessment{Status: StatusDegraded, Reason: "the follower service is " + p.FollowerState}
	}
	return Assess(d, p.Observation)
}

// StillOwned keeps of the indices that were known as replicas those that still
// exist on the follower, and adds those that replicate now.
func StillOwned(known map[string]string, o Observation) map[string]string {
	owned := o.OwnedNow()
	for index, uuid := range known {
		if there, exists := o.followerIndex(index); exists && there.UUID == uuid {
			owned[index] = uuid
		}
	}
	return owned
}
