// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// versionsWithCCR are the OpenSearch versions at Aiven that carry the
// cross-cluster-replication plugin (Aiven's documentation, autumn 2026).
var versionsWithCCR = []string{"2.19", "3.3", "3.6"}

// HasCCR reports whether an OpenSearch version, major.minor, has cross-cluster
// replication at Aiven. A version newer than every one that this release knows
// is let through: the API decides about it.
func HasCCR(version string) bool {
	version = MajorMinor(version)
	if slices.Contains(versionsWithCCR, version) {
		return true
	}
	return newer(version, versionsWithCCR[len(versionsWithCCR)-1])
}

// MajorMinor cuts a version such as 2.19.4 to 2.19.
func MajorMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + parts[1]
}

// upgrades are the versions with cross-cluster replication that are newer than
// one: of those that are offered, or of all where that is not known.
func upgrades(from string, offered []string) []string {
	if len(offered) == 0 {
		offered = versionsWithCCR
	}
	var out []string
	for _, v := range offered {
		if HasCCR(v) && newer(v, from) {
			out = append(out, v)
		}
	}
	return out
}

// adviseUpgrade says what a service can be upgraded to.
func adviseUpgrade(what, from string, offered []string) string {
	to := upgrades(from, offered)
	if len(to) == 0 {
		return "No newer version with cross-cluster replication is offered."
	}
	return fmt.Sprintf("Upgrade %s to %s first.", what, strings.Join(to, " or "))
}

func newer(a, b string) bool {
	aMajor, aMinor := versionNumbers(a)
	bMajor, bMinor := versionNumbers(b)
	return aMajor > bMajor || aMajor == bMajor && aMinor > bMinor
}

// versionNumbers reads major and minor; what is not a number counts as 0, which
// is older than every version with CCR.
func versionNumbers(version string) (major, minor int) {
	a, b, _ := strings.Cut(MajorMinor(version), ".")
	major, errMajor := strconv.Atoi(a)
	minor, errMinor := strconv.Atoi(b)
	if errMajor != nil || errMinor != nil {
		return 0, 0
	}
	return major, minor
}
