// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import "net/http"

// Request is one that a client made, whatever came of it.
type Request struct {
	Method string
	Path   string // as it was sent, escaped, without the query
	Query  string
	Status int // of the answer; 0 while it is not answered, and for ever where the client gave up
}

// String is "GET /_cat/indices?format=json".
func (r Request) String() string {
	if r.Query == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Path + "?" + r.Query
}

// Requests returns the requests since the start or the last [Gateway.ForgetRequests], in the order in which
// they came in.
func (g *Gateway) Requests() []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	requests := make([]Request, len(g.requests))
	for i, r := range g.requests {
		requests[i] = *r
	}
	return requests
}

// ForgetRequests empties the list of requests.
func (g *Gateway) ForgetRequests() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = nil
}

// record notes a request; its status is added when it is answered.
func (g *Gateway) record(r *http.Request) *Request {
	noted := &Request{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = append(g.requests, noted)
	return noted
}

func (g *Gateway) recordStatus(noted *Request, status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	noted.Status = status
}
