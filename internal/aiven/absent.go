// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"net/http"
	"regexp"
	"strings"
)

// subject is the object of a call whose absence a 404 can prove. The zero value
// is none: a call that creates something.
type subject struct {
	kind    string // "service", "integration", "project" or "vpc"
	project string
	name    string // of a service, or the id of an integration or a VPC
}

// names reports whether the message of a 404 is about this very object. A 404
// can also mean the project, another object of the path, or a missing
// permission that the API does not want to admit. The only wording that is
// documented is "Service X does not exist" (2026); the form may vary, but a
// service must be named.
func (s subject) names(message string) bool {
	message = strings.ToLower(message)
	name, project := regexp.QuoteMeta(strings.ToLower(s.name)), regexp.QuoteMeta(strings.ToLower(s.project))
	const quotes = "[\\s:=('\"`\u2018\u2019\u201c\u201d]*"
	const start, end = `(?:^|[^\w./-])`, `(?:$|[^\w./-]|\.(?:$|\W))`
	said := func(pattern string) bool { return regexp.MustCompile(pattern).MatchString(message) }
	switch s.kind {
	case "project":
		return said(start + "project" + end)
	case "service":
		if said(start + "service" + quotes + "(?:" + project + "/)?" + name + end) {
			return true
		}
	case "integration":
		// An id is unique. Without it the message must be about an integration,
		// and not about a project that has this word for a name.
		before, _, found := strings.Cut(message, "integration")
		if found && said(start+"integration"+end) && !strings.Contains(before, "project") {
			return true
		}
	case "vpc":
		if said(start + "vpc" + end) {
			return true
		}
	default:
		return false
	}
	// The name alone, where it cannot be an ordinary word or the project's name.
	distinct := strings.ContainsAny(s.name, "-0123456789") || said("['\"`\u2018\u201c]"+name+"['\"`\u2019\u201d]")
	return distinct && s.name != s.project && said(start+"(?:"+project+"/)?"+name+end)
}

// IsNotFound reports whether the API said that the object itself does not
// exist. Any other 404 leaves it unknown: one of the project, of another
// object, one that only hides a missing permission, or one of something else
// than the API, such as a proxy under a wrong address.
func IsNotFound(err error) bool {
	if !hasStatus(err, http.StatusNotFound) {
		return false
	}
	e := asError(err)
	return e.subject == nil || e.subject.names(e.Message)
}
