// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// namedPermission is a permission that a diagnostic names as missing.
var namedPermission = regexp.MustCompile(`no permissions for \[([^\]]+)\]`)

// mostRights ends the search for the smallest role; it needs fewer.
const mostRights = 40

// The smallest role of a user is found on the real security plugin: it begins with no permission at all, and
// gets what an error or a warning names, until the whole life of all resources succeeds without a word about
// permissions. So each permission that it gets is named where it is missing, and all of them are enough. They
// must be among those of testdata/rights.json, which the guide "Security" prints.
func TestLongSecurity_SmallestRoles(t *testing.T) {
	s := newSecurityScene(t)
	write(t, s.leader, s.name("movies"), 1, 3)
	var granted []right
	for range mostRights {
		s.grant(granted)
		said, succeeded := s.life()
		missing := s.missing(said, granted)
		if len(missing) == 0 {
			if !succeeded {
				t.Fatalf("an error names no permission; granted are %v:\n%s", granted, said)
			}
			break
		}
		for _, one := range missing {
			t.Logf("named as missing: %s", one.asked())
		}
		granted = append(granted, missing...)
	}
	listed := smallestRights(t)
	for _, one := range granted {
		if !has(listed, one) {
			t.Errorf("needed, and not in testdata/rights.json: %s", one.asked())
		}
	}
}

// The guide "Security" prints testdata/rights.json.
func TestSecurity_GuideHasTheRights(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "guides", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	resources := []string{"connection", "replication", "autofollow_rule", "status"}
	rows := 0
	for _, one := range smallestRights(t) {
		row := "| `" + one.Permission + "` | " + one.Side + " |"
		for _, name := range resources {
			cell := " "
			if slices.Contains(one.Resources, name) {
				cell = " yes"
			}
			row += cell + " |"
		}
		if !strings.Contains(squeezed(string(guide)), squeezed(row)) {
			t.Errorf("the guide does not have the row %s", row)
		}
		rows++
	}
	if got := strings.Count(string(guide), "| follower |") + strings.Count(string(guide), "| leader |"); got != rows {
		t.Errorf("the guide's table has %d rows, and testdata/rights.json %d", got, rows)
	}
}

// squeezed is a table without the spaces that pad its cells.
func squeezed(text string) string { return strings.ReplaceAll(text, " ", "") }

// has reports whether the rights have one for the same permission on the same cluster.
func has(rights []right, one right) bool {
	return slices.ContainsFunc(rights, func(r right) bool { return r.Permission == one.Permission && r.Side == one.Side })
}

// missing are the permissions that were named. One that the user has on the follower is missing on the leader.
func (s *securityScene) missing(said string, granted []right) (rights []right) {
	for _, match := range namedPermission.FindAllStringSubmatch(strings.Join(strings.Fields(said), " "), -1) {
		for permission := range strings.SplitSeq(strings.ReplaceAll(match[1], " ", ""), ",") {
			one := right{Permission: permission, Side: "follower"}
			if has(granted, one) {
				one.Side = "leader"
			}
			if has(granted, one) {
				s.duo.t.Fatalf("%s is refused on both clusters, though it is granted:\n%s", permission, said)
			}
			if !has(rights, one) {
				rights = append(rights, one)
			}
		}
	}
	return rights
}
