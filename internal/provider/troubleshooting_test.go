// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Who meets an error looks for its text: every error of the source has a heading in the guide, which says
// where it comes from, what to check and the way out. A heading without an error is about a past version.
func TestTroubleshooting_HasEveryError(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "troubleshooting.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(guide), "\n### ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		if _, twice := sections[heading]; twice {
			t.Errorf("the guide has the heading %q twice", heading)
		}
		text, _, _ = strings.Cut(text, "\n## ")
		sections[heading] = text
	}
	met := map[string]bool{}
	for _, s := range readSummaries(t) {
		if s.warning || met[s.text] {
			continue
		}
		met[s.text] = true
		section, found := sections[s.text]
		if !found {
			t.Errorf("%s: the guide has no heading %q", s.at, s.text)
			continue
		}
		for _, part := range []string{"**Cause.** ", "**Check.** ", "**Way out.** "} {
			if !strings.Contains(section, part) {
				t.Errorf("the guide's section %q has no part %q", s.text, part)
			}
		}
	}
	for heading := range sections {
		if !met[heading] {
			t.Errorf("the guide has the heading %q, and no error has this text", heading)
		}
	}
}
