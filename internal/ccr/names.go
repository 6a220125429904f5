// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
	"unicode"
)

// CheckAlias returns what is wrong with the name of a remote cluster, or nil.
func CheckAlias(alias string) error {
	switch {
	case alias == "":
		return fmt.Errorf("the name of a remote cluster must not be empty")
	case strings.ContainsAny(alias, " .,:*/\\\"<>|?#\t\n"):
		return fmt.Errorf("name %q must not have any of the characters space . , : * / \\ \" < > | ? #", alias)
	case strings.ContainsFunc(alias, unicode.IsControl):
		return fmt.Errorf("name %q must not have control characters", alias)
	case strings.HasPrefix(alias, "_"), strings.HasPrefix(alias, "-"):
		return fmt.Errorf("name %q must not begin with %q", alias, alias[:1])
	}
	return nil
}

// CheckRuleName returns what is wrong with the name of an autofollow rule, or nil.
func CheckRuleName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name of a rule must not be empty; the plugin fails over one without a name")
	case strings.ContainsAny(name, " ,:*/\\\"<>|?#\t\n"):
		return fmt.Errorf("name %q must not have any of the characters space , : * / \\ \" < > | ? #", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("name %q must not have control characters", name)
	case len(name) > 255:
		return fmt.Errorf("name of %d bytes is longer than 255", len(name))
	}
	return nil
}
