// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// faultWire is what all servers of a platform are behind: it notes what kinds of
// requests are made, and one of them meets a fault.
type faultWire struct {
	mu    sync.Mutex
	kinds []string // in the order in which they were first made
	noted map[string]bool
	// kind is the kind of request that meets the fault; the first one does, or all
	// from then on.
	kind  string
	fault *fault
	met   bool
	// group is the process group of the command that runs.
	group int
}

// fault is something that goes wrong with a request.
type fault struct {
	name string
	// lasting: all later requests to the same server meet it too, until the command ends.
	lasting bool
	// kills: the provider, or all of terraform, does not survive it.
	kills bool
	serve func(f *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler)
}

// The times of the provider under test are a tenth of the real ones, or a quarter
// where it waits for an answer, so that a server that takes a minute takes this here.
const (
	minute    = 15 * time.Second
	providers = "terraform-provi" // what Linux shows of the name of the provider's process
)

// impatientTimes are how long the provider waits for one answer.
var impatientTimes = shorter{"replication/client.go": {"readTime": 4, "writeTime": 4}, "aiven/client.go": {"attemptTimeout": 8}}

// faultKinds are all faults, in the order of the issue that asked for them.
var faultKinds = []*fault{
	{name: "answer lost after the work", serve: func(_ *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler) {
		server.ServeHTTP(httptest.NewRecorder(), r)
		hangUp(w, nil)
	}},
	status("500", http.StatusInternalServerError, ""),
	status("502", http.StatusBadGateway, ""),
	status("503", http.StatusServiceUnavailable, ""),
	status("429", http.StatusTooManyRequests, ""),
	status("429, Retry-After 1", http.StatusTooManyRequests, "1"),
	lasting(status("401 from then on", http.StatusUnauthorized, "")),
	lasting(status("403 from then on", http.StatusForbidden, "")),
	{name: "connection refused from then on", lasting: true, serve: func(_ *faultWire, w http.ResponseWriter, _ *http.Request, _ http.Handler) { hangUp(w, nil) }},
	{name: "not HTTP", serve: func(_ *faultWire, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		hangUp(w, []byte("\x15\x03\x01\x00\x02\x02\x28")) // an alert of TLS: the handshake has failed
	}},
	{name: "answer cut off", serve: func(_ *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler) {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		hangUp(w, fmt.Appendf(nil, "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", answer.Code, len(body), body[:len(body)/2]))
	}},
	{name: "HTML with 200", serve: func(_ *faultWire, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><head><title>Maintenance</title></head><body>Back soon.</body></html>") // fails only where the client left
	}},
	{name: "empty list", serve: func(_ *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler) {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(emptied(answer.Body.Bytes())) // fails only where the client left
	}},
	{name: "answer after a minute", serve: func(_ *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler) {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		select {
		case <-time.After(minute):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes()) // fails only where the client left
		case <-r.Context().Done():
		}
	}},
	{name: "server hangs from then on", lasting: true, serve: func(_ *faultWire, _ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }},
	{name: "provider killed before", kills: true, serve: func(f *faultWire, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		f.killProvider()
		hangUp(w, nil)
	}},
	{name: "provider killed after", kills: true, serve: func(f *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler) {
		server.ServeHTTP(httptest.NewRecorder(), r)
		f.killProvider()
		hangUp(w, nil)
	}},
	{name: "all killed after", kills: true, serve: func(f *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler) {
		server.ServeHTTP(httptest.NewRecorder(), r)
		_ = syscall.Kill(-f.group, syscall.SIGKILL) // it may have ended
		hangUp(w, nil)
	}},
	{name: "Ctrl-C", serve: func(f *faultWire, w http.ResponseWriter, r *http.Request, server http.Handler) {
		_ = syscall.Kill(-f.group, syscall.SIGINT) // it may have ended
		time.Sleep(30 * time.Millisecond)
		server.ServeHTTP(w, r)
	}},
}

// status answers in the server's place.
func status(name string, code int, retryAfter string) *fault {
	return &fault{name: name, serve: func(_ *faultWire, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		text := http.StatusText(code)
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		// What Aiven and OpenSearch have in common of an error: each reads its part.
		_, _ = fmt.Fprintf(w, `{"message":%q,"errors":[{"message":%q,"status":%d}],"error":{"type":"security_exception","reason":%q},"status":%d}`, text, text, code, text, code)
	}}
}

func lasting(f *fault) *fault {
	f.lasting = true
	return f
}

// hangUp writes something that need not be HTTP and closes the connection.
func hangUp(w http.ResponseWriter, last []byte) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the client has gone
	}
	_, _ = connection.Write(last) // fails only where the client left
	_ = connection.Close()
}

// emptied is a JSON answer without what is in its lists and objects.
func emptied(body []byte) []byte {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		return []byte("[]")
	}
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return []byte("{}")
	}
	for name, value := range fields {
		switch value.(type) {
		case []any:
			fields[name] = []any{}
		case map[string]any:
			fields[name] = map[string]any{}
		default:
			delete(fields, name)
		}
	}
	text, _ := json.Marshal(fields) // it was decoded from JSON
	return text
}

// killProvider kills the provider's process of the command that runs, and not Terraform.
func (f *faultWire) killProvider() {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is a good one
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// PID (NAME) STATE PARENT GROUP …
		id, rest, _ := strings.Cut(string(text), " (")
		name, rest, _ := strings.Cut(rest, ") ")
		parts := strings.Fields(rest)
		if pid, err := strconv.Atoi(id); err == nil && name == providers && len(parts) > 2 && parts[2] == strconv.Itoa(f.group) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		}
	}
}

// arm makes the next request of a kind meet a fault.
func (f *faultWire) arm(kind string, fault *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kind, f.fault, f.met, f.kinds, f.noted = kind, fault, false, nil, map[string]bool{}
}

// disarm ends the fault, and returns whether a request has met it and what kinds there were.
func (f *faultWire) disarm() (met bool, kinds []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = nil
	return f.met, f.kinds
}

// through is the [wire].
func (f *faultWire) through(service string, server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // or the server does not see that a client leaves
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if met := f.meets(service, kindOf(service, r)); met != nil {
			met.serve(f, w, r, server)
			return
		}
		server.ServeHTTP(w, r)
	})
}

// meets notes a request, and returns the fault that it meets.
func (f *faultWire) meets(service, kind string) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noted != nil && !f.noted[kind] {
		f.noted[kind] = true
		f.kinds = append(f.kinds, kind)
	}
	switch {
	case f.fault == nil:
		return nil
	case !f.met && kind == f.kind:
		f.met = true
		return f.fault
	case f.met && f.fault.lasting && sameServer(service, f.kind):
		return f.fault
	}
	return nil
}

func sameServer(service, kind string) bool {
	return strings.HasPrefix(kind, serverName(service)+" ")
}

func serverName(service string) string {
	switch service {
	case "":
		return "Aiven"
	case leaderName:
		return "leader"
	}
	return "follower"
}

var (
	objectIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	inPaths   = regexp.MustCompile(`/(acme_search-us:)?(\*|[abx]-[0-9*]+(,[abx]-[0-9*]+)*)(/|$)`)
)

// kindOf is what a request asks for: its server, method and path, without the names in it.
func kindOf(service string, r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/v1/project/"+modelProject)
	path = objectIDs.ReplaceAllString(path, "ID")
	path = strings.NewReplacer("/"+modelFollower, "/FOLLOWER", "/"+leaderName, "/LEADER").Replace(path)
	path = inPaths.ReplaceAllString(path, "/${1}INDEX$4")
	return serverName(service) + " " + r.Method + " " + path
}
