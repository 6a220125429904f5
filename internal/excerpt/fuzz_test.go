// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package excerpt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// An excerpt is one short line, whatever it is of, and shows no more than that.
func FuzzOf(f *testing.F) {
	for _, answer := range []string{"", "plain", "<html><head><title>502</title></head></html>", "<!-- ", "<script>x", "a < b", "&lt;b&gt;", "&#0;&#x1b;[31m", "\x1b[31mred", "\xff\xfe", strings.Repeat("ä", 150), strings.Repeat("<", 300)} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		text := Of(answer)
		if len(text) > length+len("…") || strings.ContainsAny(text, "\r\n") {
			t.Errorf("%q: not one short line: %q", answer, text)
		}
		if utf8.ValidString(answer) && !utf8.ValidString(text) {
			t.Errorf("%q: a letter is cut in two: %q", answer, text)
		}
	})
}
