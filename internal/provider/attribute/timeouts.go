// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var timeoutTypes = map[string]attr.Type{"create": types.StringType, "update": types.StringType, "delete": types.StringType}

// Timeouts is the timeouts attribute of a resource, with what to say about each
// operation. Unlike that of the timeouts module it refuses a time that is over
// before it begins.
func Timeouts(create, update, remove string) schema.SingleNestedAttribute {
	one := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Description: description, Validators: []validator.String{duration{}}}
	}
	return schema.SingleNestedAttribute{Optional: true, CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: timeoutTypes}},
		MarkdownDescription: "Longest time for each operation: numbers with units, such as `90s`, `45m` or `2h30m`. Default: those below. A change affects only later operations.",
		Attributes:          map[string]schema.Attribute{"create": one(create), "update": one(update), "delete": one(remove)}}
}

// NoTimeouts is a timeouts attribute that is not set.
func NoTimeouts() timeouts.Value {
	return timeouts.Value{Object: types.ObjectNull(timeoutTypes)}
}

// duration takes times that are longer than nothing.
type duration struct{}

func (duration) Description(context.Context) string {
	return `must be a time longer than zero, such as "90s", "45m" or "2h30m"`
}

func (d duration) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

func (d duration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if t, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || t <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", fmt.Sprintf("Attribute %s %s, got: %s", req.Path, d.Description(ctx), req.ConfigValue))
	}
}
