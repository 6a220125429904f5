// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"time"
)

// Destruction is permission to destroy one thing. It carries the object, the
// proof that it is what it is taken for, what permits to destroy it, and what is
// lost. Only the deciders of this package make one, and only with one can a
// destructive call be made: the clients of both planes take a Destruction where
// others take a name. The zero value permits nothing.
type Destruction struct {
	kind       Kind
	object     object
	proof      Proof
	permission string
	loses      string
	// cause is the row of the table of destruction by which an index is deleted.
	cause cause
	// untouched: the proof is that nobody but the plugin can have written to
	// the index.
	untouched bool
}

// Kind is what a [Destruction] destroys.
type Kind string

// The kinds.
const (
	// DestroysIndex stops a replication and deletes the follower index.
	DestroysIndex Kind = "delete follower index"
	// DestroysReplication stops a replication and keeps the index, writable.
	DestroysReplication Kind = "stop replication of index"
	// DestroysRule removes an autofollow rule.
	DestroysRule Kind = "remove autofollow rule"
	// DestroysIntegration unlinks a follower service from its leader.
	DestroysIntegration Kind = "delete integration"
	// DestroysService deletes a service.
	DestroysService Kind = "delete service"
)

// cause says why a follower index may be deleted. A plan that named one cause
// has not named another.
type cause string

const (
	causeState   cause = "its state"                  // it has failed or cannot be resumed, and holds nothing of its own
	causeRebuild cause = "rebuild = true"             // it may have writes of its own
	causePattern cause = "the removal of its pattern" // no pattern covers it any longer
	causeLeader  cause = "on_leader_delete"           // the leader has deleted its index
	causeEnd     cause = "the end of its resource"
)

// object names what is destroyed, so that nothing else of that name is.
type object struct {
	index, uuid string
	rule, alias string
	integration string
	project     string
	service     string
	created     time.Time
}

// Index returns the follower index whose replication may be stopped, and
// whether the index may be deleted too.
func (d Destruction) Index() (name, uuid string, deletes bool) {
	return d.object.index, d.object.uuid, d.kind == DestroysIndex
}

// Rule returns the autofollow rule that may be removed.
func (d Destruction) Rule() (alias, name string) { return d.object.alias, d.object.rule }

// Integration returns the integration that may be deleted, and its project.
func (d Destruction) Integration() (project, id string) {
	if d.kind != DestroysIntegration {
		return "", ""
	}
	return d.object.project, d.object.integration
}

// Service returns the service that may be deleted and when it was created.
func (d Destruction) Service() (project, name string, created time.Time) {
	if d.kind != DestroysService {
		return "", "", time.Time{}
	}
	return d.object.project, d.object.service, d.object.created
}

// Untouched reports whether it is permitted because nobody but the plugin can
// have written to the index. That has to be so still when it is deleted.
func (d Destruction) Untouched() bool { return d.untouched }

// Kind returns what is destroyed; empty for the zero value.
func (d Destruction) Kind() Kind { return d.kind }

// Permits reports whether it is a permission at all: it names an object, has a
// proof where one is needed, and says what permits it.
func (d Destruction) Permits() bool {
	return d.kind != "" && d.permission != "" && (d.proof.holds() || d.kind == DestroysReplication || d.kind == DestroysRule)
}

// Key identifies the destruction in the list that a plan approves.
func (d Destruction) Key() string {
	switch d.kind {
	case DestroysIndex:
		return fmt.Sprintf("%s %s/%s by %s", d.kind, d.object.index, d.object.uuid, d.cause)
	case DestroysReplication:
		return fmt.Sprintf("%s %s", d.kind, d.object.index)
	case DestroysRule:
		return fmt.Sprintf("%s %s:%s", d.kind, d.object.alias, d.object.rule)
	case DestroysIntegration:
		return fmt.Sprintf("%s %s", d.kind, d.object.integration)
	case DestroysService:
		return fmt.Sprintf("%s %s/%s", d.kind, d.object.project, d.object.service)
	}
	return ""
}

// What names the object, as "follower index movies".
func (d Destruction) What() string {
	switch d.kind {
	case DestroysIndex, DestroysReplication:
		return "follower index " + d.object.index
	case DestroysRule:
		return "autofollow rule " + d.object.rule
	case DestroysIntegration:
		return "integration " + d.object.integration
	case DestroysService:
		return "service " + d.object.project + "/" + d.object.service
	}
	return "nothing"
}

// Loses says what is lost, as a sentence without its end.
func (d Destruction) Loses() string { return d.loses }

func (d Destruction) String() string {
	if d.kind == "" {
		return "nothing is destroyed"
	}
	text := string(d.kind) + " " + d.name()
	switch {
	case d.proof.holds():
		text += " (permitted by " + d.permission + "; " + d.proof.text + ")"
	default:
		text += " (permitted by " + d.permission + ")"
	}
	return text
}

func (d Destruction) name() string {
	switch d.kind {
	case DestroysIndex, DestroysReplication:
		return d.object.index
	case DestroysRule:
		return d.object.rule
	case DestroysIntegration:
		return d.object.integration
	case DestroysService:
		return d.object.project + "/" + d.object.service
	}
	return ""
}
