// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"reflect"
	"testing"
)

func TestCheckFirstMode(t *testing.T) {
	for mode, want := range map[Mode][]Check{
		ModeReplicating: nil,
		ModePaused:      nil,
		"":              nil, // not known before the apply
		ModePromoted: {{Attribute: "desired_state", Summary: "Cannot promote a new follower",
			Detail: `Promotion ends a replication that has run, and here none has yet. Apply desired_state = "replicating" first, and promote the follower when it has what the leader has.`}},
	} {
		if got := CheckFirstMode("desired_state", mode); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", mode, got, want)
		}
	}
}
