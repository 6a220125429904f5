// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package private

import (
	"context"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// store has one text under every key.
type store []byte

func (s store) GetKey(context.Context, string) ([]byte, diag.Diagnostics) { return s, nil }

// What is in private state and cannot be read is an error, and permits nothing.
func FuzzValues(f *testing.F) {
	for _, raw := range []string{"", "null", "{}", "[]", "0", `""`, `"x"`, `{"orders":"uuid"}`, `{"orders":null}`, `[{"kind":1}]`, `{"a":{"b":[1e999]}}`, `{"Replications":true,"Unlinks":true,"Keys":7}`, `"2026-11-24T07:59:30Z"`, "\xff", "{"} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var diags diag.Diagnostics
		if owned := OwnedIndices(t.Context(), store(raw), &diags); diags.HasError() && owned.Len() > 0 {
			t.Errorf("%q cannot be read, and yet it has %d indices", raw, owned.Len())
		}
		diags = nil
		if approval := Approved(t.Context(), store(raw), &diags); diags.HasError() && !reflect.ValueOf(approval).IsZero() {
			t.Errorf("%q cannot be read, and yet it permits %+v", raw, approval)
		}
		diags = nil
		if foresight := Foresight(t.Context(), store(raw), &diags); diags.HasError() && !reflect.ValueOf(foresight).IsZero() {
			t.Errorf("%q cannot be read, and yet it foresees %+v", raw, foresight)
		}
		diags = nil
		if created := Created(t.Context(), store(raw), &diags); diags.HasError() && !created.IsZero() {
			t.Errorf("%q cannot be read, and yet the service was created %s", raw, created)
		}
	})
}
