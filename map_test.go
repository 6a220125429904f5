// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mapRow is a row of the map's table: the folders stand in its first column, as
// `internal/provider/{follower,integration}` or, where it has two, `internal/clock`, `internal/memo`.
var mapRow = regexp.MustCompile("(?m)^\\| (`internal/[^|]+)\\|")

// mapFolder is one folder of that column, with the names in braces apart.
var mapFolder = regexp.MustCompile("`(internal(?:/\\w+)*)(?:/\\{([\\w,]+)\\})?`")

// CONTRIBUTING.md has a map of the code. A map that names a folder that no longer
// exists, or leaves out a new one, sends its reader the wrong way.
func TestContributing_MapNamesEveryFolder(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, row := range mapRow.FindAllStringSubmatch(string(text), -1) {
		for _, folder := range mapFolder.FindAllStringSubmatch(row[1], -1) {
			for name := range strings.SplitSeq(folder[2], ",") {
				named = append(named, path.Join(folder[1], name))
			}
		}
	}
	for _, folder := range named {
		if _, err := os.Stat(folder); err != nil {
			t.Errorf("the map names %s: %v", folder, err)
		}
	}
	for _, parent := range []string{"internal", "internal/provider"} {
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if folder := path.Join(parent, entry.Name()); entry.IsDir() && !slices.Contains(named, folder) {
				t.Errorf("the map leaves out %s", folder)
			}
		}
	}
}
