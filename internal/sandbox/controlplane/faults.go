// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Match says which requests a fault is for.
type Match struct {
	Project string
	// Service is the name of a service that the request is about, by its path,
	// by its body, or by the integration that it names. Empty: any.
	Service string
	// Operation, empty: any.
	Operation Operation
}

// Failure is an answer that is no success.
type Failure struct {
	Status  int
	Message string
	// RetryAfter sets the header of that name, in whole seconds, where not zero.
	RetryAfter time.Duration
	// HTML is sent instead of the API's JSON error, as a proxy before the API
	// answers.
	HTML string
}

// RateLimited is Aiven's answer 429, which says in its text when to come back.
func RateLimited(seconds int) Failure {
	return Failure{Status: http.StatusTooManyRequests, Message: fmt.Sprintf("Rate limit 120 exceeded - try again in %ds", seconds)}
}

// Unavailable is a 503 of the API.
func Unavailable() Failure {
	return Failure{Status: http.StatusServiceUnavailable, Message: "Service Unavailable"}
}

func (f Failure) asError() *apiError {
	return &apiError{status: f.Status, message: f.Message, raw: f.HTML, retryAfter: f.RetryAfter}
}

type faultKind int

const (
	answerFails faultKind = iota
	answerLost
	answerWithErrors
)

var (
	failing   = []faultKind{answerFails}
	answering = []faultKind{answerLost, answerWithErrors}
)

type fault struct {
	match   Match
	kind    faultKind
	left    int
	failure Failure
}

// FailNext makes the next n requests that match fail without doing their work:
// an API that is down, or that limits the rate.
func (c *ControlPlane) FailNext(m Match, n int, failure Failure) {
	c.addFault(&fault{match: m, kind: answerFails, left: n, failure: failure})
}

// LoseAnswers makes the next n requests that match and succeed do their work,
// and closes the connection without an answer: a network that broke at the
// worst moment. A client that sends its POST again then meets a 409.
func (c *ControlPlane) LoseAnswers(m Match, n int) {
	c.addFault(&fault{match: m, kind: answerLost, left: n})
}

// AnswerWithErrors makes the next n requests that match and succeed carry an
// error beside their answer, with status 200: Aiven does this where a part of
// the work went wrong.
func (c *ControlPlane) AnswerWithErrors(m Match, n int, message string) {
	c.addFault(&fault{match: m, kind: answerWithErrors, left: n, failure: Failure{Status: http.StatusInternalServerError, Message: message}})
}

// ClearFaults ends the faults of a project's requests, those that FailNext,
// LoseAnswers and AnswerWithErrors set up.
func (c *ControlPlane) ClearFaults(project string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = slices.DeleteFunc(c.faults, func(f *fault) bool { return f.match.Project == project })
}

func (c *ControlPlane) addFault(f *fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, f)
}

// takeFault uses up one of the first fault that matches.
func (c *ControlPlane) takeFault(project string, name Operation, services []string, kinds []faultKind) *fault {
	for _, f := range c.faults {
		m := f.match
		if f.left > 0 && slices.Contains(kinds, f.kind) && m.Project == project &&
			(m.Operation == "" || m.Operation == name) && (m.Service == "" || slices.Contains(services, m.Service)) {
			f.left--
			return f
		}
	}
	return nil
}

// servicesOf are the names of the services that a request is about.
func (c *ControlPlane) servicesOf(call *call) []string {
	if call.service != "" {
		return []string{call.service}
	}
	for _, l := range c.links {
		if call.id != "" && l.id == call.id {
			return []string{l.leader.Name, l.follower.Name}
		}
	}
	var named struct {
		Service string `json:"service_name"`
		Leader  string `json:"source_service"`
		Dest    string `json:"dest_service"`
	}
	if json.Unmarshal(call.body, &named) != nil {
		return nil // not JSON: about no service; the operation refuses it
	}
	return slices.DeleteFunc([]string{named.Service, named.Leader, named.Dest}, func(s string) bool { return s == "" })
}
