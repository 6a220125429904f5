// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// What the index-level resources keep in private state.
const (
	// privateSight has what the last refresh saw, so that a plan decides by
	// what the state shows however often it is made.
	privateSight = "sight"
	// privateImported marks one whose configuration is not known entirely since its import.
	privateImported = "imported"
)

// sight is what the last refresh saw, and false where none has been.
func sight(ctx context.Context, private privateReader, diags *diag.Diagnostics) (ccr.Sight, bool) {
	raw, found := private.GetKey(ctx, privateSight)
	diags.Append(found...)
	var s ccr.Sight
	if len(raw) == 0 {
		return s, false
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		diags.AddError("Private state cannot be read", fmt.Sprintf("What was seen of the replication is damaged: %v.", err))
		return s, false
	}
	return s, true
}

// setSight keeps what was seen, without what moves all the time: a refresh that
// finds nothing must leave the private state as it is too.
func setSight(ctx context.Context, private privateWriter, s ccr.Sight, diags *diag.Diagnostics) {
	s.LeaderCheckpoint, s.FollowerCheckpoint = 0, 0
	if s.State == ccr.Syncing {
		s.Reason = "" // `_status` gives one, the statistics do not
	}
	raw, err := json.Marshal(s)
	if err != nil {
		diags.AddError("Private state cannot be written", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, privateSight, raw)...)
}

func mark(ctx context.Context, private privateWriter, key string, on bool, diags *diag.Diagnostics) {
	value := "false"
	if on {
		value = "true"
	}
	diags.Append(private.SetKey(ctx, key, []byte(value))...)
}

func marked(ctx context.Context, private privateReader, key string, diags *diag.Diagnostics) bool {
	value, found := private.GetKey(ctx, key)
	diags.Append(found...)
	return string(value) == "true"
}
