// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
)

// What the index-level resources keep in private state.
const (
	// keySight has what the last refresh saw, so that a plan decides by
	// what the state shows however often it is made.
	keySight = "sight"
	// keyImported marks one whose configuration is not known entirely since its import.
	keyImported = "imported"
)

// sight is what the last refresh saw, and false where none has been.
func sight(ctx context.Context, store private.Reader, diags *diag.Diagnostics) (ccr.Sight, bool) {
	return private.Value[ccr.Sight](ctx, store, keySight, "What was seen of the replication", diags)
}

// setSight keeps what was seen, without what moves all the time: a refresh that
// finds nothing must leave the private state as it is too.
func setSight(ctx context.Context, store private.Writer, s ccr.Sight, diags *diag.Diagnostics) {
	s.LeaderCheckpoint, s.FollowerCheckpoint = 0, 0
	if s.State == ccr.Syncing {
		s.Reason = "" // `_status` gives one, the statistics do not
	}
	private.SetValue(ctx, store, keySight, s, diags)
}

func mark(ctx context.Context, store private.Writer, key string, on bool, diags *diag.Diagnostics) {
	private.SetValue(ctx, store, key, on, diags)
}

func marked(ctx context.Context, store private.Reader, key string, diags *diag.Diagnostics) bool {
	value, found := store.GetKey(ctx, key)
	diags.Append(found...)
	return string(value) == "true"
}
