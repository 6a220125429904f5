// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package private reads and writes what resources keep in private state, which no plan shows.
package private

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// The keys of what resources keep in private state.
const (
	// keyOwned has the follower indices that were seen replicating, by UUID.
	keyOwned = "owned_indices"
	// keyApproved has what a plan named of what the apply destroys.
	keyApproved = "approved"
	// keyForesight has what the last refresh found that an apply can come to destroy.
	keyForesight = "foresight"
	// keyCreated has when the service was created that the resource answers for.
	keyCreated = "service_created"
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
	raw, err := inflated(raw)
	if err == nil {
		err = json.Unmarshal(raw, &value)
	}
	if err != nil {
		diags.AddError("Corrupt private state", fmt.Sprintf("%s cannot be decoded: %v.", what, err))
		var none T // not the part that could be decoded, which may permit something
		return none, false
	}
	return value, true
}

// SetValue writes a value.
func SetValue(ctx context.Context, store Writer, key string, value any, diags *diag.Diagnostics) {
	raw, err := json.Marshal(value)
	if err == nil {
		raw, err = deflated(raw)
	}
	if err != nil {
		diags.AddError("Cannot write private state", err.Error())
		return
	}
	diags.Append(store.SetKey(ctx, key, raw)...)
}

// OwnedIndices are the follower indices that the resource answers for, by UUID.
func OwnedIndices(ctx context.Context, store Reader, diags *diag.Diagnostics) ccr.Owned {
	raw, _ := store.GetKey(ctx, keyOwned) // what is wrong with it is told below
	latest.mu.Lock()
	defer latest.mu.Unlock()
	if len(raw) > shortest && string(raw) == latest.raw {
		return latest.owned
	}
	owned := ownedIndicesOf(ctx, store, diags)
	if !diags.HasError() {
		latest.raw, latest.owned = string(raw), owned
	}
	return owned
}

// latest is what the latest long list was decoded to: a plan reads it once to
// refresh a follower and once more to plan it. Nobody changes a [ccr.Owned].
var latest struct {
	mu    sync.Mutex
	raw   string
	owned ccr.Owned
}

func ownedIndicesOf(ctx context.Context, store Reader, diags *diag.Diagnostics) ccr.Owned {
	kept, found := Value[ownedIndices](ctx, store, keyOwned, "The list of replicated indices", diags)
	if !found || kept.Names == "" {
		return ccr.Owned{}
	}
	names, uuids := strings.Split(kept.Names, ","), strings.Split(kept.UUIDs, ",")
	if len(names) != len(uuids) {
		diags.AddError("Corrupt private state", fmt.Sprintf("The list of replicated indices cannot be decoded: it has %d names and %d UUIDs.", len(names), len(uuids)))
		return ccr.Owned{}
	}
	return ccr.InOrder(names, uuids)
}

// ownedIndices are the indices of [ccr.Owned] and their UUIDs, each list with
// commas between, which neither can have: to decode ten thousand values takes ten
// times as long as to cut a string.
type ownedIndices struct{ Names, UUIDs string }

// SetOwnedIndices writes what [OwnedIndices] reads.
func SetOwnedIndices(ctx context.Context, store Writer, owned ccr.Owned, diags *diag.Diagnostics) {
	var names, uuids []string
	for name, uuid := range owned.All() {
		names, uuids = append(names, name), append(uuids, *uuid)
	}
	SetValue(ctx, store, keyOwned, ownedIndices{strings.Join(names, ","), strings.Join(uuids, ",")}, diags)
}

// Approved is what the plan of this apply named of what is destroyed; nothing
// where it could not look.
func Approved(ctx context.Context, store Reader, diags *diag.Diagnostics) ccr.Approval {
	approval, _ := Value[ccr.Approval](ctx, store, keyApproved, "What the plan named", diags)
	return approval
}

// SetApproved writes what [Approved] reads in the apply of this plan.
func SetApproved(ctx context.Context, store Writer, approval ccr.Approval, diags *diag.Diagnostics) {
	SetValue(ctx, store, keyApproved, approval, diags)
}

// Foresight is what the refresh of this plan found that an apply can come to
// destroy; nothing where there was none.
func Foresight(ctx context.Context, store Reader, diags *diag.Diagnostics) ccr.Foresight {
	foresight, _ := Value[ccr.Foresight](ctx, store, keyForesight, "What the last refresh found", diags)
	return foresight
}

// SetForesight writes what [Foresight] reads.
func SetForesight(ctx context.Context, store Writer, foresight ccr.Foresight, diags *diag.Diagnostics) {
	SetValue(ctx, store, keyForesight, foresight, diags)
}

// Created is when the service was created that the resource answers for; zero
// where that is not known.
func Created(ctx context.Context, store Reader, diags *diag.Diagnostics) time.Time {
	created, _ := Value[time.Time](ctx, store, keyCreated, "When the service was created", diags)
	return created
}

// SetCreated writes what [Created] reads.
func SetCreated(ctx context.Context, store Writer, created time.Time, diags *diag.Diagnostics) {
	SetValue(ctx, store, keyCreated, created, diags)
}
