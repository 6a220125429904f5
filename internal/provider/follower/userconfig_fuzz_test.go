// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// A user_config is refused without being shown, or it is an object; and a
// refresh that finds what was asked for changes nothing.
func FuzzUserConfig(f *testing.F) {
	for _, text := range []string{`{}`, `{"opensearch_dashboards":{"enabled":false}}`, `{"a":[1,2,{"b":null}]}`, `{"a":1e999}`, `{"a":1.0}`, `{"a":"1"}`, `{"a":1,"a":2}`, `{"":{}}`, `{"ä":"\u0000"}`,
		`null`, `[]`, `1`, `"secret"`, ``, `{`, `{"password":"secret"`, `{"a":}`, "\xff", `{"a":1} x`, strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)} {
		f.Add(text, `{"opensearch_dashboards":{"enabled":true},"a":"1","more":{}}`)
		f.Add(`{"a":{"b":1}}`, text)
	}
	f.Fuzz(func(t *testing.T, text, server string) {
		if !utf8.ValidString(text) {
			t.Skip("Terraform has no such text")
		}
		value := userConfig{jsontypes.NewNormalizedValue(text)}
		var resp xattr.ValidateAttributeResponse
		value.ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("user_config")}, &resp)
		object, err := value.object()
		if (err != nil) != resp.Diagnostics.HasError() {
			t.Errorf("%q: %v, %v", text, err, resp.Diagnostics)
		}
		if err != nil {
			if len(text) > 12 && strings.Contains(err.Error(), text) {
				t.Errorf("the error shows the text: %v", err)
			}
			return
		}
		var there map[string]any
		if json.Unmarshal([]byte(server), &there) != nil {
			there = nil
		}
		var diags diag.Diagnostics
		refreshed := refreshUserConfig(value, there, &diags)
		if _, err := refreshed.object(); err != nil || diags.HasError() {
			t.Errorf("%q, the server has %q: the state becomes %q, %v %v", text, server, refreshed.ValueString(), err, diags)
		}
		if same := refreshUserConfig(value, object, &diags); same.ValueString() != text || diags.HasError() {
			t.Errorf("%q: the same on the server becomes %q in the state, %v", text, same.ValueString(), diags)
		}
		if again := refreshUserConfig(refreshed, there, &diags); again.ValueString() != refreshed.ValueString() {
			t.Errorf("%q, the server has %q: a second refresh turns %q into %q", text, server, refreshed.ValueString(), again.ValueString())
		}
	})
}
