// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// OrUnknown is unknown for null: a project that nothing gives is an error at apply with the
// attribute to set, and until then not known.
func OrUnknown(s types.String) types.String {
	if s.IsNull() {
		return types.StringUnknown()
	}
	return s
}

// Known reports whether every value is there: neither null nor unknown.
func Known(values ...attr.Value) bool {
	for _, v := range values {
		if v.IsUnknown() || v.IsNull() {
			return false
		}
	}
	return true
}

// OrNullNumber is null for 0.
func OrNullNumber(n int) types.Int64 {
	if n == 0 {
		return types.Int64Null()
	}
	return types.Int64Value(int64(n))
}

// OrNull is null for an empty text.
func OrNull(value string) types.String {
	if value == "" {
		return types.StringNull()
	}
	return types.StringValue(value)
}
