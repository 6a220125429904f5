// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import "time"

// Options say how a control plane behaves. Token and Platform are required,
// everything else has a default.
type Options struct {
	// Token is the API token that requests must carry.
	Token    string
	Platform Platform
	// Behaviour is the default of every project; SetBehaviour changes one.
	Behaviour Behaviour
	// PlanRule is how a follower's plan is compared with its leader's when the
	// pair is made.
	PlanRule PlanRule
	// Delays are the default of every project; SetDelays changes one.
	Delays Delays
	// Texts are the refusals that Aiven does not document; zero fields take
	// the sandbox's own words.
	Texts Texts
	// Plans is the catalogue, DefaultPlans where nil.
	Plans []Plan
	// Versions are the OpenSearch versions of the catalogue, DefaultVersions
	// where nil. DefaultVersion is what a service gets that asks for none, the
	// first version with CCR where empty.
	Versions       []string
	DefaultVersion string
	// RetryEvery is how long the platform waits before it tries a failed
	// Connect or Disconnect again: 250 ms where zero.
	RetryEvery time.Duration
	// Now is the clock of create_time and update_time, time.Now where nil.
	Now func() time.Time
	// Log is told what went wrong on the platform; nothing where nil.
	Log func(format string, args ...any)
}

// Delays are added to what the platform really needs.
type Delays struct {
	// Build is how long a service stays REBUILDING before its node is started,
	// and how long a change of plan, cloud, disk or VPC takes.
	Build time.Duration
	// Integration is how long an integration is starting after its connection
	// was made.
	Integration time.Duration
	// Connection is how long after an integration became active its connection
	// appears on the follower; at Aiven it can take 22 s.
	Connection time.Duration
	// Answer is how long every answer of the API takes, after its work is done.
	Answer time.Duration
	// Deletion is how long a deleted service still answers GET, counted
	// from the DELETE. It answers at least until its node is gone.
	Deletion time.Duration
}

// PlanRule is how plans of leader and follower are compared.
type PlanRule int

const (
	// PlanByBehaviour is PlanSame with BehaviourOld and PlanSameOrHigher with
	// BehaviourNew, as the two wordings of Aiven's product page.
	PlanByBehaviour PlanRule = iota
	// PlanSame wants the same plan.
	PlanSame
	// PlanSameOrHigher wants at least as many nodes and at least 80 % of the
	// memory of a node.
	PlanSameOrHigher
)

// DefaultVersions are the OpenSearch versions of the catalogue: three that
// carry the CCR plugin at Aiven, and two old ones that do not.
var DefaultVersions = []string{"1", "2.17", "2.19", "3.3", "3.6"}

// ccrVersions carry the plugin (Aiven's documentation, autumn 2026).
var ccrVersions = []string{"2.19", "3.3", "3.6"}

func (o Options) withDefaults() Options {
	if o.Plans == nil {
		o.Plans = DefaultPlans()
	}
	if o.Versions == nil {
		o.Versions = DefaultVersions
	}
	if o.DefaultVersion == "" {
		o.DefaultVersion = ccrVersions[0]
	}
	if o.RetryEvery == 0 {
		o.RetryEvery = 250 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	o.Texts = o.Texts.withDefaults()
	return o
}
