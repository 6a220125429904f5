// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
)

// This file has what is kept in private state beside the UUID of the index that
// the resource started or adopted.

const (
	// keyImported marks one whose roles are not known since its import.
	keyImported = "imported"
)

func mark(ctx context.Context, store private.Writer, key string, on bool, diags *diag.Diagnostics) {
	private.SetValue(ctx, store, key, on, diags)
}

func marked(ctx context.Context, store private.Reader, key string, diags *diag.Diagnostics) bool {
	value, found := store.GetKey(ctx, key)
	diags.Append(found...)
	return string(value) == "true"
}
