// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

// While a node of either side is recycled, refresh and plan neither fail nor
// show a difference, and after it replication continues by itself.
func TestLong_NodesAreRecycled(t *testing.T) {
	t.Parallel()
	d := newDrift(t)
	for name, side := range map[string]*sandbox.Service{"follower": d.there, "leader": d.leader} {
		if !t.Run(name, func(t *testing.T) {
			if err := side.Kill(); err != nil {
				t.Fatal(err)
			}
			// The node is gone: what cannot be seen is a warning.
			d.w.planEmpty().says("Warning: Follower "+d.name()+" is degraded", "Follower "+d.name()+": ", "This usually resolves itself, so no change is planned.")
			if r := d.w.plan("-refresh-only"); r.code == 1 {
				t.Errorf("a refresh fails:\n%s", r.output)
			}

			back := make(chan error, 1)
			go func() { back <- side.Restart(t.Context()) }()
			// It comes back: a plan meets every state in between.
			for waiting := true; waiting; {
				select {
				case err := <-back:
					if err != nil {
						t.Fatal(err)
					}
					waiting = false
				default:
				}
				d.w.planEmpty()
			}
			if d.leader != side {
				write(t, d.leader, "movies", 100, 105)
			} else {
				write(t, d.leader, "movies", 200, 205)
			}
			eventually(t, "the writes after the restart are on the follower", func() bool {
				return count(t, d.there, "movies") == count(t, d.leader, "movies")
			})
			d.w.planEmpty().saysNot("is degraded")
			d.w.refreshEmpty()
		}) {
			return
		}
	}
}
