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
		c    Change
		d    ccr.Decision
		acts bool
	}{
		"nothing is wrong":                       {Change{Before: ccr.StatusReplicating}, ccr.Decision{}, false},
		"wrong since the refresh":                {Change{Before: ccr.StatusReplicating}, repair, false},
		"degraded at the refresh, wrong since":   {Change{Before: ccr.StatusDegraded}, repair, false},
		"not to be repaired, something else now": {Change{Before: ccr.StatusFailed}, repair, false},
		"wrong, and a permission is given":       {Change{Before: ccr.StatusFailed, Permits: true}, repair, true},
		"a permission is given for nothing":      {Change{Before: ccr.StatusReplicating, Permits: true}, repair, false},
		"wrong":                                  {Change{Before: ccr.StatusFailed, Foresight: found}, repair, true},
		"paused by hand":                         {Change{Before: ccr.StatusPaused, Foresight: found}, repair, true},
		"wrong, and healed since":                {Change{Before: ccr.StatusFailed, Foresight: found}, ccr.Decision{}, false},
		"patterns":                               {Change{Before: ccr.StatusReplicating, Patterns: true}, ccr.Decision{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.c.Wish, tt.c.From = wish, ccr.ModeReplicating
			if got := tt.c.acts(tt.d); got != tt.acts {
				t.Errorf("acts is %t, want %t", got, tt.acts)
			}
		})
	}
	if !(Change{Wish: wish, From: ccr.ModePaused}).changes() {
		t.Error("another mode is no change")
	}
}
