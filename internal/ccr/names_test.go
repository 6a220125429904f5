// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestCheckNames_ControlCharacters(t *testing.T) {
	for _, name := range []string{"a\x00b", "a\rb", "a\u0085b"} {
		if CheckAlias(name) == nil {
			t.Errorf("the alias %q is accepted", name)
		}
		if CheckRuleName(name) == nil {
			t.Errorf("the rule name %q is accepted", name)
		}
	}
}
