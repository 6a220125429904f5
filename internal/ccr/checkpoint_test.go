// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
	"testing"
)

func TestObservation_Checkpoints(t *testing.T) {
	o := Observation{}
	if got, want := o.Checkpoints(), "no index replicates"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	o.Replications = []Replication{{FollowerIndex: "books", State: Syncing, FollowerCheckpoint: 2}, {FollowerIndex: "movies", State: Paused}}
	if got, want := o.Checkpoints(), "books 2, movies unknown"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	o.Replications = nil
	for i := range checkpointsLength + 3 {
		o.Replications = append(o.Replications, Replication{FollowerIndex: fmt.Sprint("i", i), State: Syncing})
	}
	if got := o.Checkpoints(); !strings.HasSuffix(got, "i19 0, and 3 more") {
		t.Errorf("got %q", got)
	}
}
