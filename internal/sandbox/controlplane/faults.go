// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
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

// Failure is an answer that reports a failure.
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
	answerHeld
)

var (
	failing   = []faultKind{answerFails}
	answering = []faultKind{answerLost, answerWithErrors, answerHeld}
)

type fault struct {
	match   Match
	kind    faultKind
	left    int
	failure Failure
	hold    *Hold // of answerHeld
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

// HoldAnswer makes the next request that matches and succeeds do its work, and
// holds its answer back until the hold is released: a request that is in flight
// while something else happens, such as an interrupt of the client.
func (c *ControlPlane) HoldAnswer(m Match) *Hold {
	hold := &Hold{arrived: make(chan struct{}), released: make(chan struct{})}
	c.addFault(&fault{match: m, kind: answerHeld, left: 1, hold: hold})
	return hold
}

// Hold is an answer that is held back.
type Hold struct {
	arrived, released chan struct{}
	once              sync.Once
}

// Arrived is closed when the work of the request is done and its answer waits.
func (h *Hold) Arrived() <-chan struct{} { return h.arrived }

// Release lets the answer go. It may be called again, and before the request.
func (h *Hold) Release() { h.once.Do(func() { close(h.released) }) }

// wait is false where the client or the control plane ends before the release.
func (h *Hold) wait(client, plane context.Context) bool {
	close(h.arrived)
	select {
	case <-h.released:
		return true
	case <-client.Done():
	case <-plane.Done():
	}
	return false
}

// ClearFaults ends the faults of a project's requests, those that FailNext,
// LoseAnswers, AnswerWithErrors and HoldAnswer set up. An answer that is held
// back already goes.
func (c *ControlPlane) ClearFaults(project string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.faults {
		if f.match.Project == project && f.hold != nil {
			f.hold.Release()
		}
	}
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
