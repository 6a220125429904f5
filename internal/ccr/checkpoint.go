// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
)

// checkpointsLength is how many indices [Observation.Checkpoints] names before
// it counts the rest.
const checkpointsLength = 20

// Checkpoints tells the last known checkpoint of each replication, the sum of
// its shards' sequence numbers, as "books 2, movies 4".
func (o Observation) Checkpoints() string {
	if len(o.Replications) == 0 {
		return "no index replicates"
	}
	named := make([]string, 0, checkpointsLength+1)
	for i, r := range o.Replications {
		if i == checkpointsLength {
			named = append(named, fmt.Sprintf("and %d more", len(o.Replications)-checkpointsLength))
			break
		}
		if r.State != Syncing {
			named = append(named, r.FollowerIndex+" unknown")
			continue
		}
		named = append(named, fmt.Sprintf("%s %d", r.FollowerIndex, r.FollowerCheckpoint))
	}
	return strings.Join(named, ", ")
}
