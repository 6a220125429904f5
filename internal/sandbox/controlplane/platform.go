// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import "context"

// ServiceRef names a service: its project and its name there.
type ServiceRef struct {
	Project string
	Name    string
}

// String is "project/name".
func (r ServiceRef) String() string { return r.Project + "/" + r.Name }

// Endpoint is where a started service answers, and with what credentials.
type Endpoint struct {
	Scheme   string // http or https
	Host     string
	Port     int
	Username string
	Password string
}

// Platform is what the control plane drives: the nodes behind the services.
// The calls for one service never overlap, with the exception that its context
// is cancelled when the service is deleted while a call runs, and that
// DeleteService is called after it. Calls for different services do overlap.
type Platform interface {
	// StartService starts the service's node, or starts it again after
	// StopService with the data that it had, or starts it with another version.
	// version is as the user wrote it, such as 2.19.
	StartService(ctx context.Context, ref ServiceRef, version string) (Endpoint, error)
	// StopService powers the node off; its data stays.
	StopService(ctx context.Context, ref ServiceRef) error
	// DeleteService ends the node and removes its data. It is also called for
	// a service that never started.
	DeleteService(ctx context.Context, ref ServiceRef) error
	// RecycleService restarts the node, as Aiven does for maintenance.
	RecycleService(ctx context.Context, ref ServiceRef) error
	// Connect makes the follower know the leader under the alias. With
	// BehaviourOld (see ControlPlane.Behaviour) it also starts the replication
	// of everything. It is called again until it succeeds.
	Connect(ctx context.Context, leader, follower ServiceRef, alias string) error
	// Disconnect undoes Connect: the follower becomes a standalone, writable
	// service. It is called again until it succeeds, unless the follower is
	// being deleted.
	Disconnect(ctx context.Context, leader, follower ServiceRef, alias string) error
}

// VersionStarter is what a Platform implements that cannot start every version
// of the catalogue: a service of another version is refused at creation.
type VersionStarter interface {
	CanStart(version string) bool
}

// Behaviour is what an integration does by itself. Aiven changed it in June 2026.
type Behaviour int

const (
	// BehaviourNew makes the remote connection and the role mapping only.
	BehaviourNew Behaviour = iota
	// BehaviourOld also replicates every index of the leader.
	BehaviourOld
)

// String is "new" or "old".
func (b Behaviour) String() string {
	if b == BehaviourOld {
		return "old"
	}
	return "new"
}
