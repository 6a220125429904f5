// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Index is an index of a leader or a follower as `_cat/indices` lists it.
type Index struct {
	Name    string
	UUID    string
	Closed  bool
	Created time.Time
}

// Matches reports whether the autofollow pattern covers the index name. The
// only wildcard of a pattern is *, and an index whose name begins with a dot is
// never followed: the plugin does not expand * to it.
func Matches(pattern, index string) bool {
	return !strings.HasPrefix(index, ".") && MatchesName(pattern, index)
}

// MatchesName reports whether a pattern, with * as the only wildcard, matches a
// name of any kind.
func MatchesName(pattern, name string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == name
	}
	name, begins := strings.CutPrefix(name, first)
	if !begins {
		return false
	}
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, part)
		}
		_, left, found := strings.Cut(name, part)
		if !found {
			return false
		}
		name, rest = left, after
	}
}

// MatchesAny reports whether one of the patterns covers the index name.
func MatchesAny(patterns []string, index string) bool {
	for _, p := range patterns {
		if Matches(p, index) {
			return true
		}
	}
	return false
}

// CheckPattern returns what is wrong with an autofollow pattern, or nil. The
// forbidden characters are the plugin's (recording 13 of the contract).
func CheckPattern(pattern string) error {
	switch {
	case pattern == "":
		return fmt.Errorf("a pattern must not be empty; use \"*\" for every index")
	case strings.ContainsAny(pattern, " ,\"\\<>|/?"):
		return fmt.Errorf("pattern %q has one of the characters space , \" \\ < > | / ? that a pattern must not have; * is the only wildcard, and each pattern is an element of its own", pattern)
	case strings.ContainsFunc(pattern, unicode.IsControl):
		return fmt.Errorf("pattern %q must not have control characters", pattern)
	case pattern != strings.ToLower(pattern):
		return fmt.Errorf("pattern %q has upper case letters, but index names are lower case", pattern)
	case strings.HasPrefix(pattern, "."):
		return fmt.Errorf("pattern %q begins with a dot, but hidden and system indices cannot be followed", pattern)
	case strings.HasPrefix(pattern, "-"), strings.HasPrefix(pattern, "_"), strings.HasPrefix(pattern, "+"):
		return fmt.Errorf("pattern %q begins with %q, which no index name begins with", pattern, pattern[:1])
	}
	return nil
}

// CheckIndexName returns what is wrong with the name of an index that takes
// part in a replication, or nil. OpenSearch's rules for index names, and the
// plugin's own: no leading dot (recording 03 of the contract).
func CheckIndexName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("an index name must not be empty")
	case name != strings.ToLower(name):
		return fmt.Errorf("index name %q must be lower case", name)
	case strings.ContainsAny(name, " ,\"\\<>|/?*#:"):
		return fmt.Errorf("index name %q must not have any of the characters space , \" \\ < > | / ? * # :", name)
	case strings.HasPrefix(name, "."):
		return fmt.Errorf("index name %q must not begin with a dot: hidden and system indices cannot be replicated", name)
	case strings.HasPrefix(name, "-"), strings.HasPrefix(name, "_"), strings.HasPrefix(name, "+"):
		return fmt.Errorf("index name %q must not begin with %q", name, name[:1])
	case len(name) > 255:
		return fmt.Errorf("index name of %d bytes is longer than the 255 that OpenSearch allows", len(name))
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("index name %q must not have control characters", name)
	}
	return nil
}

// form is a regular expression that is compiled when it is first needed: Terraform
// starts the provider several times for each command, most often for none of them.
func form(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var (
	serviceName = form("^[a-z][a-z0-9-]{0,62}[a-z0-9]$|^[a-z]$")
	projectName = form("^[a-zA-Z0-9_-]{1,63}$")
	cloudName   = form("^[a-z][a-z0-9]*(-[a-z0-9]+)+$")
	planName    = form("^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$")
	vpcID       = form("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
)

// CheckServiceName returns what is wrong with the name of an Aiven service, or nil.
func CheckServiceName(name string) error {
	if !serviceName().MatchString(name) {
		return fmt.Errorf("service name %q must begin with a lower case letter, end with a letter or a digit, have only lower case letters, digits and hyphens, and have at most 64 characters", name)
	}
	return nil
}

// CheckProjectName returns what is wrong with the name of an Aiven project, or nil.
func CheckProjectName(name string) error {
	if !projectName().MatchString(name) {
		return fmt.Errorf("project name %q must have only letters, digits, hyphens and underscores, and at most 63 characters", name)
	}
	return nil
}

// CheckCloudName returns what is wrong with the name of an Aiven cloud, or nil.
func CheckCloudName(name string) error {
	if !cloudName().MatchString(name) {
		return fmt.Errorf("cloud name %q is not of the form PROVIDER-REGION, such as aws-eu-west-1 or google-europe-west1", name)
	}
	return nil
}

// CheckPlanName returns what is wrong with the name of a plan, or nil. Which
// plans there are only the API knows: a customer may have some of their own.
func CheckPlanName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name of a plan must not be empty; leave the attribute out, or set it to null")
	case !planName().MatchString(name):
		return fmt.Errorf("plan name %q must have only letters, digits, hyphens, dots and underscores, and at most 128 characters, such as business-8", name)
	}
	return nil
}

// CheckVPCID returns what is wrong with the ID of a VPC, or nil. An empty one
// stands for no VPC.
func CheckVPCID(id string) error {
	if id != "" && !vpcID().MatchString(id) {
		return fmt.Errorf("VPC ID %q is not of the form 1a2b3c4d-0000-0000-0000-000000000000", id)
	}
	return nil
}
