// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import "testing"

// Point 25: a follower without a replication is not healthy, and an index that is
// not replicated does not count as replicating.
func TestStatus_HealthyNeedsSomethingThatReplicates(t *testing.T) {
	t.Parallel()
	d := newOwnFollower(t)
	d.connect()
	movies := d.name("movies")
	write(t, d.leader, movies, 1, 3)
	w := newWorkspace(t)
	w.write(d.provider() + `
data "opensearch_ccr_status" "test" { cluster = "here" }
output "healthy" { value = data.opensearch_ccr_status.test.healthy }
output "replicating" { value = data.opensearch_ccr_status.test.totals.replicating }
output "paused" { value = data.opensearch_ccr_status.test.totals.paused }
`)
	w.apply().says("healthy = false", "replicating = 0")
	d.startByHand(movies)
	w.apply().says("healthy = true", "replicating = 1")
	d.hand("POST", movies, "_pause")
	w.apply().says("healthy = false", "replicating = 0", "paused = 1")
	d.hand("POST", movies, "_stop")
	w.apply().says("healthy = false", "replicating = 0")
}
