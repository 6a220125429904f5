// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"testing"
)

// inSync is a follower of n indices that are all in sync.
func inSync(n int) (Desired, Observation) {
	want := Desired{Alias: us, Patterns: []string{"log-*", "*"}, Mode: ModeReplicating, Owned: make(map[string]string, n)}
	o := healthy(rules(rulesFor("log-*", "*")...))
	list := make([]LeaderIndex, 0, n)
	o.Indices = make(map[string]FollowerIndex, n)
	for i := range n {
		name := fmt.Sprintf("log-%06d", i)
		list = append(list, LeaderIndex{Name: name})
		o.Indices[name] = replica(name, Syncing, "")
		want.Owned[name] = uuidOf(name)
	}
	o.Leader = Present(list)
	return want, o
}

// BenchmarkDecide shows what a decision costs: 100,000 indices are to take at
// most 0.5 s. They take some 15 times as long as 10,000, not 10, because names
// are sorted and the observation no longer fits into the processor's cache.
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
