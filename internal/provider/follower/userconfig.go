// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// This file has user_config: JSON text that Terraform compares by its meaning.

var (
	_ basetypes.StringTypable                    = userConfigType{}
	_ basetypes.StringValuableWithSemanticEquals = userConfig{}
	_ xattr.ValidateableAttribute                = userConfig{}
)

// userConfigType is the type of user_config. It is a normalized JSON text of the
// jsontypes module, whose own messages would show the text, secrets included.
type userConfigType struct{ jsontypes.NormalizedType }

// userConfig is a value of user_config.
type userConfig struct{ jsontypes.Normalized }

func noUserConfig() userConfig { return userConfig{jsontypes.NewNormalizedNull()} }

// Equal reports whether the other type is this one.
func (t userConfigType) Equal(other attr.Type) bool {
	_, same := other.(userConfigType)
	return same
}

// ValueType is a value of the type.
func (t userConfigType) ValueType(context.Context) attr.Value { return userConfig{} }

// ValueFromString makes a value of a text.
func (t userConfigType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return userConfig{jsontypes.Normalized{StringValue: in}}, nil
}

// ValueFromTerraform makes a value of Terraform's.
func (t userConfigType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := types.StringType.ValueFromTerraform(ctx, in)
	if text, isText := value.(types.String); isText {
		return userConfig{jsontypes.Normalized{StringValue: text}}, err
	}
	return noUserConfig(), err
}

// Type is the type of the value.
func (c userConfig) Type(context.Context) attr.Type { return userConfigType{} }

// Equal reports whether the other value has the same text.
func (c userConfig) Equal(other attr.Value) bool {
	o, same := other.(userConfig)
	return same && c.StringValue.Equal(o.StringValue)
}

// StringSemanticEquals reports whether the other value means the same.
func (c userConfig) StringSemanticEquals(ctx context.Context, other basetypes.StringValuable) (bool, diag.Diagnostics) {
	if o, same := other.(userConfig); same {
		return c.Normalized.StringSemanticEquals(ctx, o.Normalized)
	}
	return false, nil
}

// ValidateAttribute takes JSON objects only.
func (c userConfig) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if _, err := c.object(); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid user_config",
			fmt.Sprintf("The value %v. Write an object of settings, such as jsonencode({ opensearch_dashboards = { enabled = false } }).", err))
	}
}

// object is what the text says; empty where it is null or unknown. An error does
// not repeat the text, which may hold secrets.
func (c userConfig) object() (map[string]any, error) {
	out := map[string]any{}
	if c.IsNull() || c.IsUnknown() {
		return out, nil
	}
	var value any
	err := json.Unmarshal([]byte(c.ValueString()), &value)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return out, fmt.Errorf("cannot be read as JSON: there is a mistake at character %d of %d", syntax.Offset, len(c.ValueString()))
	}
	switch value := value.(type) {
	case map[string]any:
		return value, err
	case nil:
		return out, errors.New("is null")
	case []any:
		return out, errors.New("is a list")
	}
	return out, errors.New("is a single value")
}

func userConfigOf(value userConfig, diags *diag.Diagnostics) map[string]any {
	object, err := value.object()
	if err != nil { // a value that was not known when it was validated
		diags.AddAttributeError(path.Root("user_config"), "Invalid user_config", fmt.Sprintf("The value %v.", err))
	}
	return object
}

// refreshUserConfig takes the server's values for the keys that are managed. The
// server may write a value in another form, a number as text for one, and add
// defaults: that is not a change.
func refreshUserConfig(managed userConfig, server map[string]any, diags *diag.Diagnostics) userConfig {
	if managed.IsNull() || managed.IsUnknown() {
		return noUserConfig()
	}
	keys := userConfigOf(managed, diags)
	observed, ok := overlay(keys, server).(map[string]any)
	if !ok || equivalent(observed, keys) {
		return managed
	}
	text, err := json.Marshal(observed)
	if err != nil {
		diags.AddError("Cannot store user_config", fmt.Sprintf("The user_config of the service cannot be encoded: %v.", err))
		return managed
	}
	return userConfig{jsontypes.NewNormalizedValue(string(text))}
}

// equivalent reports whether two decoded values mean the same: objects and lists
// by their elements, everything else by how it is written.
func equivalent(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, value := range a {
			if other, there := b[key]; !there || !equivalent(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equivalent)
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// overlay returns the server's values in the shape of what is managed: keys
// that are not managed are left out at every level.
func overlay(managed, server any) any {
	want, isObject := managed.(map[string]any)
	have, serverIsObject := server.(map[string]any)
	if !isObject || !serverIsObject {
		return server
	}
	out := map[string]any{}
	for key, value := range want {
		if there, ok := have[key]; ok {
			out[key] = overlay(value, there)
		}
	}
	return out
}
