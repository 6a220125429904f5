// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pinned is a step that runs an action at one commit, with the release that the
// commit is of, which dependency updates read and write.
var pinned = regexp.MustCompile(`^(- )?uses: [\w.-]+/[\w.-]+(/[\w./-]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// ours is a workflow of this repository, which has the commit of the run.
var ours = regexp.MustCompile(`^uses: \./\.github/workflows/[\w-]+\.yml$`)

// A tag can be moved to other code, a commit cannot.
func TestWorkflows_ActionsArePinned(t *testing.T) {
	found := 0
	for file, lines := range workflows(t) {
		for i, line := range lines {
			if !strings.Contains(line, "uses:") {
				continue
			}
			found++
			if line = strings.TrimSpace(line); !pinned.MatchString(line) && !ours.MatchString(line) {
				t.Errorf("%s:%d: %s\nis not of the form uses: OWNER/NAME@COMMIT # vX.Y.Z", file, i+1, line)
			}
		}
	}
	if found == 0 {
		t.Error("no workflow uses an action")
	}
}

func TestPinned(t *testing.T) {
	commit := strings.Repeat("0a", 20)
	for line, want := range map[string]bool{
		"- uses: actions/checkout@" + commit + " # v7.0.1":          true,
		"uses: github/codeql-action/init@" + commit + " # v4.36.2":  true,
		"- uses: actions/checkout@" + commit:                        false,
		"- uses: actions/checkout@v7":                               false,
		"- uses: actions/checkout@v7 # " + commit:                   false,
		"- uses: actions/checkout@" + commit[1:] + " # v7.0.1":      false,
		"- uses: docker://ghcr.io/x/y@sha256:" + commit + " # v1.0": false,
		"- {uses: actions/checkout@v7}":                             false,
	} {
		if pinned.MatchString(line) != want {
			t.Errorf("%q: pinned is %v", line, !want)
		}
	}
}

// Every workflow begins with the right to read and no other; a job that needs
// more says so itself. None runs on an event that hands secrets to the code of a
// stranger's pull request.
func TestWorkflows_LeastPermissions(t *testing.T) {
	for file, lines := range workflows(t) {
		at := slices.Index(lines, "permissions:")
		if at < 0 || at+2 >= len(lines) || lines[at+1] != "  contents: read" || strings.HasPrefix(lines[at+2], " ") {
			t.Errorf("%s: want exactly `contents: read` as the permissions at its top", file)
		}
		text := strings.Join(lines, "\n")
		for _, never := range []string{"pull_request_target", "workflow_run", "write-all", "secrets: inherit"} {
			if strings.Contains(text, never) {
				t.Errorf("%s: contains %s", file, never)
			}
		}
		if strings.Count(text, "uses: actions/checkout@") != strings.Count(text, "persist-credentials: false") {
			t.Errorf("%s: a checkout keeps its token where later steps can read it; want persist-credentials: false", file)
		}
		if file != "release.yml" && strings.Contains(text, "secrets.") {
			t.Errorf("%s: reads a secret; only release.yml may", file)
		}
	}
}

// workflows are the lines of each file in .github/workflows.
func workflows(t *testing.T) map[string][]string {
	t.Helper()
	paths, err := filepath.Glob(".github/workflows/*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	all := map[string][]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = strings.Split(string(content), "\n")
	}
	return all
}
