// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A whole number that is configured is an attribute of the type number: of one
// with a fraction the framework's type for whole numbers says, without naming the
// attribute, that the provider has a fault.

// Whole takes whole numbers only, from 1 to the largest that the servers take.
func Whole() []validator.Number { return []validator.Number{whole{}} }

// WholeValue is a whole number as the value of such an attribute.
func WholeValue(n int64) types.Number { return types.NumberValue(new(big.Float).SetInt64(n)) }

// WholeOf is the contrary of [WholeValue]; 0 where it is null or unknown.
func WholeOf(n types.Number) int64 {
	if n.IsNull() || n.IsUnknown() {
		return 0
	}
	value, _ := n.ValueBigFloat().Int64() // the validator has seen it
	return value
}

type whole struct{}

func (whole) Description(context.Context) string {
	return fmt.Sprintf("must be a whole number from 1 to %d", math.MaxInt32)
}

func (w whole) MarkdownDescription(ctx context.Context) string { return w.Description(ctx) }

func (w whole) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	n := req.ConfigValue.ValueBigFloat()
	if !n.IsInt() || n.Cmp(big.NewFloat(1)) < 0 || n.Cmp(big.NewFloat(math.MaxInt32)) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", fmt.Sprintf("Attribute %s %s, got: %s", req.Path, w.Description(ctx), n.Text('f', -1)))
	}
}
