// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

// Until its creation has been complete once, a follower shows how far that is.
func TestPoint9_04_AFollowerThatIsCreatedShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	const copying = "17 of 40 indices are in sync, 12.4 of 61.0 GB"
	for name, tt := range map[string]struct {
		decided  ccr.Decision
		finished bool
		status   ccr.Status
		reason   string // empty: null
	}{
		"being built":    {ccr.Decision{Status: ccr.StatusDegraded, Reason: "the follower service is REBUILDING"}, false, ccr.StatusBootstrapping, "the follower service is REBUILDING"},
		"being copied":   {ccr.Decision{Status: ccr.StatusReplicating, Copying: []string{"a"}, Progress: copying}, false, ccr.StatusBootstrapping, copying},
		"done":           {ccr.Decision{Status: ccr.StatusReplicating}, false, ccr.StatusReplicating, ""},
		"a new index":    {ccr.Decision{Status: ccr.StatusReplicating, Copying: []string{"a"}, Progress: copying}, true, ccr.StatusReplicating, ""},
		"cannot be done": {ccr.Decision{Status: ccr.StatusFailed, Reason: "index a is paused"}, false, ccr.StatusFailed, "index a is paused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Replication{DesiredState: types.StringValue("replicating")}
			r.Fill(pair.Seen{Decision: tt.decided}, tt.finished)
			if r.Status.ValueString() != string(tt.status) || r.StatusReason.ValueString() != tt.reason || r.StatusReason.IsNull() != (tt.reason == "") {
				t.Errorf("got %s, %s, want %s, %q", r.Status, r.StatusReason, tt.status, tt.reason)
			}
		})
	}
}
