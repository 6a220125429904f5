// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package private reads and writes what resources keep in private state, which no plan shows.
package private

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The keys of what resources keep in private state.
const (
	// keyOwned has the follower indices that were seen replicating, by UUID.
	keyOwned = "owned_indices"
	// Replaced has what a plan replaces. Terraform plans a
	// replacement in two calls, and the second does not have the prior state.
	Replaced = "replaced_service"
	// Resumes has what a plan goes on creating: the deletion that comes
	// first for a tainted resource must keep it.
	Resumes = "resumes"
)

// Reader reads the framework's private state.
type Reader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// Writer writes the framework's private state.
type Writer interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Value reads a value; false where there is none. what names it where it
// cannot be read. Planned private state reaches the apply of the same plan and,
// unless it is set again, not the state.
func Value[T any](ctx context.Context, store Reader, key, what string, diags *diag.Diagnostics) (value T, found bool) {
	raw, read := store.GetKey(ctx, key)
	diags.Append(read...)
	if len(raw) == 0 {
		return value, false
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		diags.AddError("Private state cannot be read", fmt.Sprintf("%s is damaged: %v.", what, err))
		return value, false
	}
	return value, true
}

// SetValue writes a value.
func SetValue(ctx context.Context, store Writer, key string, value any, diags *diag.Diagnostics) {
	raw, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Private state cannot be written", err.Error())
		return
	}
	diags.Append(store.SetKey(ctx, key, raw)...)
}

// OwnedIndices is never nil.
func OwnedIndices(ctx context.Context, store Reader, diags *diag.Diagnostics) map[string]string {
	owned, found := Value[map[string]string](ctx, store, keyOwned, "The list of replicas in the private state", diags)
	if !found {
		return map[string]string{}
	}
	return owned
}

// SetOwnedIndices writes what [OwnedIndices] reads.
func SetOwnedIndices(ctx context.Context, store Writer, owned map[string]string, diags *diag.Diagnostics) {
	SetValue(ctx, store, keyOwned, owned, diags)
}

// Text reads a text; empty where there is none.
func Text(ctx context.Context, store Reader, key string, diags *diag.Diagnostics) string {
	text, _ := Value[string](ctx, store, key, "The value of "+key, diags)
	return text
}
