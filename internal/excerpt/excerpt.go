// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package excerpt shows the beginning of an answer that is not the JSON that was
// expected, as users can read it: the page of a proxy without its markup.
package excerpt

import (
	"html"
	"regexp"
	"strings"
	"sync"
)

// length is how much of an answer is shown, in bytes.
const length = 200

// A provider starts for every command, and needs these only for an answer that is HTML.
var (
	// unread are the parts of a page that nobody reads.
	unread = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?is)<!--.*?(-->|$)|<script\b.*?(</script\s*>|$)|<style\b.*?(</style\s*>|$)`)
	})
	// tag is one tag, also one that is cut off at the end.
	tag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)<[/!?a-zA-Z][^>]*(>|$)`) })
)

// Of is the beginning of an answer on one line, without markup.
func Of(answer string) string {
	if tag().MatchString(answer) {
		answer = html.UnescapeString(tag().ReplaceAllString(unread().ReplaceAllString(answer, " "), " "))
	}
	text := strings.Join(strings.Fields(answer), " ")
	if len(text) > length {
		text = strings.ToValidUTF8(text[:length], "") + "…"
	}
	return text
}
