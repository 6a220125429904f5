// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"strings"
)

// Answer is what a client gets.
type Answer struct {
	Status int
	// Body is sent as it is if it is a string or bytes, else as JSON.
	Body any
	// Header is added to the answer's. A Content-Type is found for the body where it has none.
	Header http.Header
}

// unavailable is how the proxy of a managed service answers while it has no node to ask: not in JSON.
var unavailable = &Answer{
	Status: http.StatusServiceUnavailable,
	Body: "<html><body><h1>503 Service Unavailable</h1>\n" +
		"No server is available to handle this request.\n</body></html>\n",
}

// opensearchError is an error as OpenSearch says it.
func opensearchError(status int, kind, reason string) *Answer {
	cause := map[string]any{"type": kind, "reason": reason}
	return &Answer{Status: status, Body: map[string]any{
		"error":  map[string]any{"root_cause": []any{cause}, "type": kind, "reason": reason},
		"status": status,
	}}
}

func (a *Answer) write(w http.ResponseWriter) {
	body, kind := a.encode()
	maps.Copy(w.Header(), a.Header)
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(a.Status)
	// An error means that the client has gone, and then there is nobody to tell.
	_, _ = w.Write(body)
}

func (a *Answer) encode() (body []byte, contentType string) {
	switch b := a.Body.(type) {
	case nil:
		return nil, "text/plain; charset=UTF-8"
	case []byte:
		return b, "application/json; charset=UTF-8"
	case string:
		if strings.HasPrefix(b, "<") {
			return []byte(b), "text/html"
		}
		return []byte(b), "text/plain; charset=UTF-8"
	}
	body, err := json.Marshal(a.Body)
	if err != nil {
		panic(fmt.Sprintf("gateway: an answer that is not JSON: %v", err)) // a test gave it
	}
	return body, "application/json; charset=UTF-8"
}

// rewritten passes an answer on after change has worked on it, if it is a JSON object of a success.
func rewritten(w http.ResponseWriter, r *http.Request, next http.Handler, change func(answer map[string]any)) {
	kept := &keptAnswer{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(kept, r)
	body := kept.body
	var answer map[string]any
	if kept.status == http.StatusOK && json.Unmarshal(kept.body, &answer) == nil {
		change(answer)
		if changed, err := json.Marshal(answer); err == nil {
			body = changed
		}
	}
	kept.header.Del("Content-Length")
	(&Answer{Status: kept.status, Header: kept.header, Body: body}).write(w)
}

// keptAnswer is an answer that is not sent yet.
type keptAnswer struct {
	header http.Header
	status int
	body   []byte
}

func (k *keptAnswer) Header() http.Header    { return k.header }
func (k *keptAnswer) WriteHeader(status int) { k.status = status }
func (k *keptAnswer) Write(p []byte) (int, error) {
	k.body = append(k.body, p...)
	return len(p), nil
}

// statusRecorder remembers the status of an answer, 0 where there was none.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// discard takes what servers and proxies log about connections that clients cut, which they do all the time.
func discard() *log.Logger { return log.New(io.Discard, "", 0) }
