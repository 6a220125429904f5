// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The keys of what resources keep in private state.
const (
	// privateOwned has the follower indices that were seen replicating, by UUID.
	privateOwned = "owned_indices"
	// privateReplaced has what a plan replaces. Terraform plans a
	// replacement in two calls, and the second does not have the prior state.
	privateReplaced = "replaced_service"
	// privateResumes has what a plan goes on creating: the deletion that comes
	// first for a tainted resource must keep it.
	privateResumes = "resumes"
)

// privateReader and privateWriter are the framework's private state.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// privateValue reads a value; false where there is none. what names it where it
// cannot be read. Planned private state reaches the apply of the same plan and,
// unless it is set again, not the state.
func privateValue[T any](ctx context.Context, store privateReader, key, what string, diags *diag.Diagnostics) (value T, found bool) {
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

func setPrivateValue(ctx context.Context, store privateWriter, key string, value any, diags *diag.Diagnostics) {
	raw, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Private state cannot be written", err.Error())
		return
	}
	diags.Append(store.SetKey(ctx, key, raw)...)
}

// ownedIndices is never nil.
func ownedIndices(ctx context.Context, store privateReader, diags *diag.Diagnostics) map[string]string {
	owned, found := privateValue[map[string]string](ctx, store, privateOwned, "The list of replicas in the private state", diags)
	if !found {
		return map[string]string{}
	}
	return owned
}

func setOwnedIndices(ctx context.Context, store privateWriter, owned map[string]string, diags *diag.Diagnostics) {
	setPrivateValue(ctx, store, privateOwned, owned, diags)
}

// privateText reads a text; empty where there is none.
func privateText(ctx context.Context, store privateReader, key string, diags *diag.Diagnostics) string {
	text, _ := privateValue[string](ctx, store, key, "The value of "+key, diags)
	return text
}
