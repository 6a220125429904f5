// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package private_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
)

// store is a private state.
type store map[string][]byte

func (s store) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return s[key], nil }

func (s store) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	s[key] = value
	return nil
}

// indices are n of them, with UUIDs as OpenSearch makes them.
func indices(n int) map[string]string {
	owned := map[string]string{}
	for i := range n {
		var uuid [16]byte
		_, _ = rand.Read(uuid[:])
		owned[fmt.Sprintf("logs-%06d", i)] = base64.RawURLEncoding.EncodeToString(uuid[:])
	}
	return owned
}

func TestOwnedIndices_AreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	for name, owned := range map[string]map[string]string{
		"none": {}, "one": {"movies": "uuid"}, "one that is called as the key of compressed values": {"deflated": "uuid"}, "many": indices(10_000),
	} {
		kept, diags := store{}, diag.Diagnostics{}
		private.SetOwnedIndices(t.Context(), kept, ccr.NewByName(owned), &diags)
		if got := private.OwnedIndices(t.Context(), kept, &diags); !maps.Equal(maps.Collect(got.Values()), owned) || diags.HasError() {
			t.Errorf("%s: got %d indices, want %d: %v", name, got.Len(), len(owned), diags)
		}
	}
}

// A state file has a value of private state in base64 twice: 600 kB of it are 337 kB here.
func TestOwnedIndices_TenThousandAreSmall(t *testing.T) {
	t.Parallel()
	kept, diags := store{}, diag.Diagnostics{}
	private.SetOwnedIndices(t.Context(), kept, ccr.NewByName(indices(10_000)), &diags)
	for key, value := range kept {
		if len(value) > 300_000 {
			t.Errorf("%s has %d bytes", key, len(value))
		}
	}
}

func TestOwnedIndices_BrokenIsAnError(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"[", `{"Deflated":"AAAA"}`, `{"Deflated":1}`} {
		var diags diag.Diagnostics
		private.OwnedIndices(t.Context(), store{"owned_indices": []byte(raw)}, &diags)
		if !diags.HasError() || !strings.Contains(diags[0].Detail(), "The list of replicated indices cannot be decoded: ") {
			t.Errorf("%s: %v", raw, diags)
		}
	}
}
