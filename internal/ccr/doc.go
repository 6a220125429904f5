// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package ccr holds the rules of cross-cluster replication as plain functions
// over plain values: which plans and services may be paired, what the observed
// state of replications means, and which steps bring the observed to the
// desired. It does no I/O and knows no Terraform types, so every rule is tested
// in a table without a server.
//
// Words: a [Replication] is one follower index that follows one leader index;
// a [Rule] is an autofollow rule; a [Check] is a rule that is evaluated at plan
// time and did not hold; a [Step] is one thing to do; an [Observation] is what
// was seen.
package ccr
