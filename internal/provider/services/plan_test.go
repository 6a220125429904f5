// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

// A plan that Terraform makes once more during apply sees what has become wrong
// since, and must not make unknown what the first plan knew.
func TestChange_Acts(t *testing.T) {
	t.Parallel()
	repair := ccr.Decision{Status: ccr.StatusFailed, Steps: []ccr.Step{{Action: ccr.ActionResume, Index: "a"}}}
	wish := pair.Wish{Desired: ccr.Desired{Mode: ccr.ModeReplicating}, Finished: true}
	found := ccr.Foresight{Repairs: true}
	for name, tt := range map[string]struct {
		c    change
		d    ccr.Decision
		acts bool
	}{
		"nothing is wrong":                       {change{before: ccr.StatusReplicating}, ccr.Decision{}, false},
		"wrong since the refresh":                {change{before: ccr.StatusReplicating}, repair, false},
		"degraded at the refresh, wrong since":   {change{before: ccr.StatusDegraded}, repair, false},
		"not to be repaired, something else now": {change{before: ccr.StatusFailed}, repair, false},
		"wrong, and a permission is given":       {change{before: ccr.StatusFailed, permits: true}, repair, true},
		"a permission is given for nothing":      {change{before: ccr.StatusReplicating, permits: true}, repair, false},
		"wrong":                                  {change{before: ccr.StatusFailed, foresight: found}, repair, true},
		"paused by hand":                         {change{before: ccr.StatusPaused, foresight: found}, repair, true},
		"wrong, and healed since":                {change{before: ccr.StatusFailed, foresight: found}, ccr.Decision{}, false},
		"patterns":                               {change{before: ccr.StatusReplicating, patterns: true}, ccr.Decision{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.c.wish, tt.c.from = wish, ccr.ModeReplicating
			if got := tt.c.acts(tt.d); got != tt.acts {
				t.Errorf("acts is %t, want %t", got, tt.acts)
			}
		})
	}
	if !(change{wish: wish, from: ccr.ModePaused}).changes() {
		t.Error("another mode does not count as a change")
	}
}
