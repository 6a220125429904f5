// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/excerpt"
)

// Error is an answer of the API that is no success, or no answer at all.
type Error struct {
	Method string
	Path   string
	// Object is what the request was about, such as "service acme/search-eu".
	Object string
	// Status is the HTTP status, 0 where no answer came. An error within a
	// success has the status that the error itself gives.
	Status int
	// Message, Code and MoreInfo are the server's: what, its error_code, and
	// the address of a documentation.
	Message  string
	Code     string
	MoreInfo string
	// Hint says what to do.
	Hint string
	// Cause is why no answer came or why it cannot be read.
	Cause error

	// notAPI is set where something else than the API answered, such as a proxy.
	notAPI bool
	// subject is what a 404 must name to prove that it does not exist; nil in an
	// error that was not made by a [Client], where the status is enough.
	subject *subject
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Method, e.Path)
	if e.Object != "" {
		fmt.Fprintf(&b, " (%s)", e.Object)
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d", e.Status)
		if e.Code != "" {
			fmt.Fprintf(&b, " %s", e.Code)
		}
	}
	switch {
	case e.Message != "":
		b.WriteString(": " + strings.TrimRight(e.Message, ". \n"))
	case e.Status == 0 && !isCutOff(e.Cause):
		b.WriteString(": no answer")
	case e.Cause == nil:
		b.WriteString(": " + cmp.Or(http.StatusText(e.Status), "no reason given"))
	}
	if e.Cause != nil {
		b.WriteString(": " + plainWords.Replace(e.Cause.Error()))
	}
	if e.MoreInfo != "" {
		fmt.Fprintf(&b, " (see %s)", e.MoreInfo)
	}
	if e.Hint != "" {
		b.WriteString(". " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause, which tells an interrupt (context.Canceled) and a
// time limit (context.DeadlineExceeded) from the rest.
func (e *Error) Unwrap() error { return e.Cause }

// plainWords replaces Go's words for the end of a context.
var plainWords = strings.NewReplacer(
	context.Canceled.Error(), "the request was interrupted",
	context.DeadlineExceeded.Error(), "no answer in time",
)

// cutOffError is the cause of an error where nobody waits for the answer any more.
type cutOffError struct {
	text string
	// silent is set where the time limit of the request ran out, not set where
	// the caller's context ended.
	silent bool
	err    error
}

func (c *cutOffError) Error() string { return c.text }

// Unwrap returns what tells an interrupt from a time limit.
func (c *cutOffError) Unwrap() error { return c.err }

// interrupted is the cause of an error where the caller's context has ended.
func interrupted(ctx context.Context) error {
	text := "the request was interrupted"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		text = "the time limit of the operation was reached"
	}
	return &cutOffError{text: text, err: errors.Join(ctx.Err(), context.Cause(ctx))}
}

func isCutOff(err error) bool {
	_, ok := errors.AsType[*cutOffError](err)
	return ok
}

// IsTransient reports whether the same request may succeed a little later: no
// answer came, or one that says that the API has a problem or too much to do.
// It is false where the caller's own context has ended.
func IsTransient(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	if cut, ok := errors.AsType[*cutOffError](e.Cause); ok {
		return cut.silent
	}
	if e.Cause != nil && e.Status < 300 {
		_, certificate := errors.AsType[*tls.CertificateVerificationError](e.Cause)
		return !certificate && !errors.Is(e.Cause, errTooLarge) && !errors.Is(e.Cause, errUndocumented)
	}
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	}
	return e.Status >= http.StatusInternalServerError && !saysPoweredOff(e.Message)
}

// IsConflict reports whether the API refused because the object exists or is in use.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsForbidden reports whether the API refused for want of a permission, for a
// protection, or for a feature that is not enabled.
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

func hasStatus(err error, status int) bool {
	e := asError(err)
	return e != nil && e.Status == status && !e.notAPI
}

// asError is the [Error] in an error, or nil.
func asError(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

// serverError is an element of an answer's `errors`.
type serverError struct {
	Message  string `json:"message"`
	Status   int    `json:"status"`
	Code     string `json:"error_code"`
	MoreInfo string `json:"more_info"`
}

// parsedAnswer is what every answer of the API may hold beside its object.
type parsedAnswer struct {
	Message string
	Errors  []serverError
}

// parseAnswer fails for what is no JSON object.
func parseAnswer(body []byte) (parsedAnswer, bool) {
	var raw struct {
		Message json.RawMessage `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &raw) != nil {
		return parsedAnswer{}, false
	}
	out := parsedAnswer{Message: text(raw.Message)}
	if len(raw.Errors) == 0 || string(raw.Errors) == "null" {
		return out, true
	}
	if json.Unmarshal(raw.Errors, &out.Errors) != nil {
		// Not the promised list; what it is still says what is wrong.
		out.Errors = []serverError{{Message: cmp.Or(text(raw.Errors), string(raw.Errors))}}
	}
	return out, true
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// errUndocumented is in the cause of an error where the API answers a success
// that is not the documented one.
var errUndocumented = errors.New("the answer is a success but not the documented one")

// fail starts the error of this call.
func (x *exchange) fail(status int, cause error) *Error {
	e := &Error{Method: x.method, Path: x.path, Object: x.object, Status: status, Cause: cause, subject: &x.subject}
	e.Hint = x.hint(e)
	return e
}

// refused is the error of an answer whose status is no success.
func (x *exchange) refused(a answer) *Error {
	said, ok := parseAnswer(a.body)
	if !ok {
		return x.foreign(a)
	}
	e := x.fail(a.status, nil)
	e.notAPI = len(said.Errors) == 0
	e.Message = x.client.redact(said.Message)
	e.take(said.Errors, x.client.redact)
	if e.Message == "" {
		// Not shown: JSON that is not an error may hold a service with its password.
		e.Message = "an answer without the API's `errors`"
	}
	e.Hint = x.hint(e)
	return e
}

// foreign is the error of an answer that is not the API's JSON.
func (x *exchange) foreign(a answer) *Error {
	e := x.fail(a.status, nil)
	e.notAPI = true
	switch location := a.header.Get("Location"); {
	case location != "" && a.status < 400:
		e.Message = fmt.Sprintf("a redirect to %q", x.client.redact(location))
	case len(a.body) == 0:
		e.Message = "an empty answer instead of JSON"
	default:
		e.Message = "a page without text instead of JSON"
		// Redacted again: what a page has escaped shows in its text only.
		if text := x.client.redact(excerpt.Of(x.client.redact(string(a.body)))); text != "" {
			e.Message = fmt.Sprintf("the answer is not JSON, it begins with %q", text)
		}
	}
	e.Hint = x.hint(e)
	return e
}

// take adds what the elements of `errors` say to what is known already.
func (e *Error) take(list []serverError, redact func(string) string) {
	texts := []string{}
	if e.Message != "" {
		texts = append(texts, e.Message)
	}
	for _, s := range list {
		if m := redact(s.Message); m != "" && !slices.Contains(texts, m) {
			texts = append(texts, m)
		}
		e.Code, e.MoreInfo = cmp.Or(e.Code, s.Code), cmp.Or(e.MoreInfo, s.MoreInfo)
	}
	e.Message = strings.Join(texts, "; ")
}

var userInfo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`://[^/@\s"]+@`) })

// redact takes the token and the credentials of addresses out of a text that is shown.
func (c *Client) redact(shown string) string {
	shown = strings.ReplaceAll(shown, c.token, "***")
	return userInfo().ReplaceAllString(shown, "://***@")
}
