// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// verb is a format verb, which stands for a name and not for words of ours.
var verb = regexp.MustCompile(`%[+#]?[a-z]`)

// Terraform shows a summary as a title, so every summary has the form of one. The
// test reads the source: a summary that only a rare failure shows is checked too.
func TestForm_EverySummaryIsATitle(t *testing.T) {
	t.Parallel()
	found := readSummaries(t)
	for _, s := range found {
		for _, wrong := range notATitle(s.text) {
			t.Errorf("%s: the summary %q %s", s.at, s.text, wrong)
		}
	}
	if len(found) < 150 {
		t.Errorf("only %d summaries were found: does this test still look in the right place?", len(found))
	}
}

// passive tells of a thing what cannot be done to it, where a title says "Cannot" and what was tried.
var passive = regexp.MustCompile(`(cannot|could not) be ([a-z]+ed|read|undone|brought)\b`)

// longestSummary is what Terraform shows on one line of a narrow terminal.
const longestSummary = 80

func notATitle(summary string) []string {
	var wrong []string
	if len([]rune(summary)) >= longestSummary {
		wrong = append(wrong, "has 80 characters or more")
	}
	if first := []rune(summary)[0]; unicode.IsLower(first) {
		wrong = append(wrong, "does not begin with a capital letter")
	}
	if strings.HasSuffix(summary, ".") {
		wrong = append(wrong, "ends with a full stop")
	}
	if passive.MatchString(summary) {
		wrong = append(wrong, `is passive: say "Cannot" and what was tried`)
	}
	return wrong
}
