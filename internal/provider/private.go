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

func ownedIndices(ctx context.Context, private privateReader, diags *diag.Diagnostics) map[string]string {
	text, found := private.GetKey(ctx, privateOwned)
	diags.Append(found...)
	owned := map[string]string{}
	if len(text) == 0 {
		return owned
	}
	if err := json.Unmarshal(text, &owned); err != nil {
		diags.AddError("Private state cannot be read", fmt.Sprintf("The list of replicas in the private state is damaged: %v.", err))
	}
	return owned
}

func setOwnedIndices(ctx context.Context, private privateWriter, owned map[string]string, diags *diag.Diagnostics) {
	text, err := json.Marshal(owned)
	if err != nil {
		diags.AddError("Private state cannot be written", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, privateOwned, text)...)
}

// privateText reads a text; empty where there is none. Planned private state
// reaches the apply of the same plan and, unless it is set again, not the state.
func privateText(ctx context.Context, private privateReader, key string, diags *diag.Diagnostics) string {
	quoted, found := private.GetKey(ctx, key)
	diags.Append(found...)
	if len(quoted) == 0 {
		return ""
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		diags.AddError("Private state cannot be read", fmt.Sprintf("The value of %s is damaged: %v.", key, err))
	}
	return text
}

func setPrivateText(ctx context.Context, private privateWriter, key, text string, diags *diag.Diagnostics) {
	quoted, err := json.Marshal(text)
	if err != nil {
		diags.AddError("Private state cannot be written", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, key, quoted)...)
}
