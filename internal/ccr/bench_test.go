// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"testing"
)

// inSync is a follower of n indices that are all in sync.
func inSync(n int) (Desired, Observation) {
	want := Desired{Alias: us, Patterns: []string{"log-*", "*"}, Mode: ModeReplicating}
	indices, owned := make(map[string]FollowerIndex, n), make(map[string]string, n)
	o := healthy(rules(rulesFor("log-*", "*")...))
	list := make([]LeaderIndex, 0, n)
	for i := range n {
		name := fmt.Sprintf("log-%06d", i)
		list = append(list, LeaderIndex{Name: name})
		indices[name], owned[name] = replica(name, Syncing, ""), uuidOf(name)
	}
	o.Indices, want.Owned = NewByName(indices), NewByName(owned)
	o.Leader = Present(list)
	return want, o
}

// BenchmarkDecide shows what a decision costs: 100,000 indices are to take at
// most 0.5 s, and about 10 times as long as 10,000.
func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			want, o := inSync(n)
			b.ResetTimer()
			for b.Loop() {
				if d := Decide(want, o); d.Status != StatusReplicating || len(d.Steps) > 0 {
					b.Fatalf("%s: %s", d.Status, d.Reason)
				}
			}
		})
	}
}
