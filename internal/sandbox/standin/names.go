// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"fmt"
	"strings"
)

// forbiddenInNames is printed by the plugin as it is here (recorded 13).
const forbiddenInNames = `[ , ", *, \, <, |, ,, >, /, ?]`

// nameComplaints is what the plugin has against the name of an index or of a rule.
func nameComplaints(name string) []string {
	var out []string
	complain := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if strings.ToLower(name) != name {
		complain("Value %s must be lowercase", name)
	}
	if strings.ContainsAny(name, " \"*\\<|,>/?") {
		complain("Value %s must not contain the following characters %s", name, forbiddenInNames)
	}
	if strings.ContainsAny(name, "#:") {
		complain("Value %s must not contain '#' or ':'", name)
	}
	if name == "." || name == ".." {
		complain("Value %s must not be '.' or '..'", name)
	}
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, "-") || strings.HasPrefix(name, "+") {
		complain("Value %s must not start with '_' or '-' or '+'", name)
	}
	if len(name) > 255 {
		complain("Value %s must not be longer than 255 bytes", name)
	}
	if strings.HasPrefix(name, ".") {
		complain("Value %s must not start with '.'", name)
	}
	return out
}

// patternComplaints is what the plugin has against the pattern of a rule. Only the first two are recorded.
func patternComplaints(pattern string) []string {
	complaint := func(s string) []string { return []string{"Autofollow pattern: " + pattern + " " + s} }
	switch {
	case pattern == "":
		return complaint("must not be empty")
	case strings.ContainsAny(pattern, " \"\\<|,>/?"):
		return complaint("must not contain the following characters " + forbiddenInNames)
	case strings.ContainsAny(pattern, "#:"):
		return complaint("must not contain '#' or ':'")
	case strings.HasPrefix(pattern, "_") || strings.HasPrefix(pattern, "-"):
		return complaint("must not start with '_' or '-'")
	}
	return nil
}
