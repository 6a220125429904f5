// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package excerpt

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ answer, want string }{
		"empty":          {"", ""},
		"text":           {" upstream\n\tis   down ", "upstream is down"},
		"not markup":     {"1 < 2 and 3 > 2 &amp;", "1 < 2 and 3 > 2 &amp;"},
		"a page":         {"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>", "502 Bad Gateway 502 Bad Gateway nginx"},
		"style, scripts": {"<style>h1 {color: red}</style><script src=x>if (a<b) {}</script><!-- <b>x</b> --><h1 class=\"a\">Sign&nbsp;in &amp; go on</h1>", "Sign in & go on"},
		"cut off":        {"<html><body>no route<script>var a", "no route"},
		"a cut-off tag":  {"<html>no route<img src=\"", "no route"},
		"only markup":    {"<html></html>", ""},
		"long":           {strings.Repeat("a", 300), strings.Repeat("a", 200) + "…"},
		"long, UTF-8":    {strings.Repeat("a", 199) + "é", strings.Repeat("a", 199) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Of(tt.answer); got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}
