// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aiven/go-client-codegen/handler/service"
)

// exchange is one call of the API with all its attempts. It carries the
// requests of Aiven's generated handlers and keeps what these do not report.
type exchange struct {
	client  *Client
	project string
	object  string // what the call is about, for messages
	subject subject
	// pairs is set on a call that asks for cross-cluster replication, which may
	// be refused for reasons of its own.
	pairs bool
	// outlives lets a request that was sent run to its end although the caller's
	// context has ended. Pauses between requests end with the context.
	outlives bool

	method, path string
	// warnings are the `errors` of an answer that is a success.
	warnings []serverError
	// lost is set when it is not known whether the server did what a POST asked for.
	lost bool
}

func (c *Client) exchange(project, object string) *exchange {
	return &exchange{client: c, project: project, object: object}
}

// ofService is a call whose 404 can prove that the service does not exist.
func (x *exchange) ofService(name string) *exchange {
	x.subject = subject{kind: "service", project: x.project, name: name}
	return x
}

// ofIntegration is a call whose 404 can prove that the integration does not exist.
func (x *exchange) ofIntegration(id string) *exchange {
	x.subject = subject{kind: "integration", project: x.project, name: id}
	return x
}

// ofVPC is a call whose 404 can prove that the VPC does not exist.
func (x *exchange) ofVPC(id string) *exchange {
	x.subject = subject{kind: "vpc", project: x.project, name: id}
	return x
}

// ofProject is a call whose 404 can prove that the project does not exist.
func (x *exchange) ofProject() *exchange {
	x.subject = subject{kind: "project", project: x.project, name: x.project}
	return x
}

func (x *exchange) api() *service.ServiceHandler {
	handler := service.NewHandler(x)
	return &handler
}

// listLimit is what Aiven's own clients ask for to get a list in one page.
const listLimit = "999"

// Do carries out one operation of the generated handlers. Every error is an [*Error].
func (x *exchange) Do(ctx context.Context, operation, method, path string, in any, query ...[2]string) ([]byte, error) {
	x.method, x.path = method, path
	var payload []byte
	if in != nil {
		var err error
		if payload, err = json.Marshal(in); err != nil {
			return nil, &Error{Method: method, Path: path, Object: x.object, Message: "the request cannot be encoded", Cause: err}
		}
	}
	target := x.client.base + path + queryString(operation, query)
	retries := patience{jitter: x.client.jitter}
	for attempt := 1; ; attempt++ {
		if ctx.Err() != nil {
			return nil, x.fail(0, interrupted(ctx))
		}
		a := x.client.send(ctx, method, target, payload, x.outlives)
		x.client.logAttempt(ctx, x, a, attempt)
		failure := x.judge(a)
		if failure == nil {
			return a.body, nil
		}
		pause, again := retries.next(ctx, method, a)
		if !again && a.status == http.StatusTooManyRequests && ctx.Err() != nil {
			failure.Cause = interrupted(ctx)
		}
		if !again {
			x.lost = method == http.MethodPost && a.undecided()
			return nil, failure
		}
		if x.client.clock.Sleep(ctx, pause) != nil {
			failure.Cause = interrupted(ctx)
			return nil, failure
		}
	}
}

func queryString(operation string, query [][2]string) string {
	values := url.Values{}
	for _, pair := range query {
		values.Add(pair[0], pair[1])
	}
	if operation == "ServiceList" || operation == "ServiceIntegrationList" {
		values.Set("limit", listLimit)
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// maxAnswer is the most that is read of an answer, in bytes. The largest ones,
// the service types of a project, have a few MiB.
const maxAnswer = 16 << 20

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB and was not read", maxAnswer>>20)

// answer is what came of one attempt: a status with a whole body, or an error.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	err        error
	durationMS int64
}

// undecided reports whether the server may have done the work without saying so.
func (a answer) undecided() bool {
	switch {
	case a.err != nil:
		return !isDial(a.err)
	case a.status < 300:
		return true // judged a failure: a success that nobody can read
	}
	return a.status >= 500 || a.status == http.StatusRequestTimeout
}

func (c *Client) send(ctx context.Context, method, target string, payload []byte, outlives bool) answer {
	if outlives {
		ctx = context.WithoutCancel(ctx)
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	began := c.clock.Now()
	a := c.roundTrip(limited, method, target, payload)
	a.durationMS = c.clock.Now().Sub(began).Milliseconds()
	switch {
	case a.err == nil:
	case ctx.Err() != nil:
		a.err = interrupted(ctx)
	case limited.Err() != nil:
		a.err = &cutOffError{text: "no answer within " + c.timeout.String(), silent: true, err: limited.Err()}
	}
	return a
}

func (c *Client) roundTrip(ctx context.Context, method, target string, payload []byte) answer {
	var body io.Reader
	if payload != nil {
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return answer{err: err}
	}
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Authorization", "aivenv1 "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		// The address is said already; what lies under it is the reason.
		if under := new(url.Error); errors.As(err, &under) {
			err = under.Err
		}
		return answer{err: err}
	}
	defer res.Body.Close()
	content, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	a := answer{status: res.StatusCode, header: res.Header}
	switch {
	case err != nil:
		a.err = fmt.Errorf("the answer broke off: %w", err)
	case len(content) > maxAnswer:
		a.err = errTooLarge
	default:
		a.body = content
	}
	return a
}

func (c *Client) logAttempt(ctx context.Context, x *exchange, a answer, attempt int) {
	fields := map[string]any{"method": x.method, "path": x.path, "duration_ms": a.durationMS, "attempt": attempt}
	if a.status != 0 {
		fields["status"] = a.status
	}
	if a.err != nil {
		fields["error"] = c.redact(a.err.Error())
	}
	c.log(ctx, "request to the Aiven API", fields)
}

// judge makes an error of every answer that is no readable success.
func (x *exchange) judge(a answer) *Error {
	switch {
	case a.err != nil:
		return x.fail(a.status, a.err)
	case a.status < 200 || a.status > 299:
		return x.refused(a)
	}
	said, ok := parseAnswer(a.body)
	if !ok {
		return x.foreign(a)
	}
	x.warnings = said.Errors
	return nil
}

// failure makes an [*Error] of whatever a generated handler returned.
func (x *exchange) failure(err error) error {
	if own := new(Error); errors.As(err, &own) {
		return own
	}
	// All that a handler adds are errors of decoding; they hold types, no values.
	x.lost = x.method == http.MethodPost
	return x.fail(http.StatusOK, fmt.Errorf("%w: %w", errUndocumented, err))
}

// missing is the error of a success whose object is not in the answer: the work
// was not done, and the `errors` of the answer say why.
func (x *exchange) missing(what string) error {
	if len(x.warnings) == 0 {
		x.lost = x.method == http.MethodPost
		return x.fail(http.StatusOK, fmt.Errorf("%w: it does not contain %q", errUndocumented, what))
	}
	return x.said(x.warnings)
}

// said is the error of `errors` within a success.
func (x *exchange) said(list []serverError) *Error {
	e := x.fail(http.StatusOK, nil)
	e.take(list, x.client.redact)
	if list[0].Status >= 400 {
		e.Status = list[0].Status
	}
	e.Hint = x.hint(e)
	return e
}

func (x *exchange) warningTexts() []string {
	texts := make([]string, 0, len(x.warnings))
	for _, w := range x.warnings {
		texts = append(texts, x.client.redact(w.Message))
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

// named refuses names that would make another path than the one meant.
func named(parts ...string) error {
	for _, p := range parts {
		if p == "" || strings.Trim(p, ".") == "" {
			return fmt.Errorf("%q cannot be the name of a project, a service or an integration", p)
		}
	}
	return nil
}
