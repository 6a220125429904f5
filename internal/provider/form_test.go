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
func TestForm_SummariesAreTitlesAndDetailsSentences(t *testing.T) {
	t.Parallel()
	found := readSummaries(t)
	for _, s := range found {
		for _, wrong := range notATitle(s.text) {
			t.Errorf("%s: the summary %q %s", s.at, s.text, wrong)
		}
	}
	details := 0
	for _, s := range found {
		details += len(s.details)
		for _, detail := range s.details {
			for _, wrong := range notSentences(detail) {
				t.Errorf("%s: the detail %q %s", s.at, detail, wrong)
			}
		}
	}
	if len(found) < 150 || details < 100 {
		t.Errorf("only %d summaries and %d details were found: does this test still look in the right place?", len(found), details)
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

// notSentences leaves out the ends of a text that are only known when it is shown.
func notSentences(detail string) []string {
	var wrong []string
	if first := []rune(detail)[0]; unicode.IsLower(first) && !namesAttribute.MatchString(detail) {
		wrong = append(wrong, "does not begin with a capital letter")
	}
	if !strings.HasSuffix(detail, ".") && !strings.HasSuffix(detail, blank) {
		wrong = append(wrong, "does not end with a full stop")
	}
	if words := ofGo.FindString(detail); words != "" {
		wrong = append(wrong, "has words of Go: "+words)
	}
	return wrong
}

// ofGo matches what only a programmer knows.
var ofGo = regexp.MustCompile(`\bnil\b|context deadline|context canceled|%!|map\[|\[\]`)

// namesAttribute matches a sentence that begins with an attribute, or that quotes a setting.
var namesAttribute = regexp.MustCompile(`^([a-z]+_[a-z_]+|url|seeds|profile)\b`)
