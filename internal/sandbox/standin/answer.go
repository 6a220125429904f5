// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// recorder holds an answer of the node until it is known what is to be added.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *recorder) Header() http.Header { return c.header }

func (c *recorder) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

func (c *recorder) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(b)
}

// replay passes an answer on as it came.
func (c *recorder) replay(w http.ResponseWriter) {
	maps.Copy(w.Header(), c.header)
	w.WriteHeader(max(c.status, http.StatusOK))
	_, _ = w.Write(c.body.Bytes()) // the client is gone if this fails
}

// ask lets the node answer and returns the answer's object. Where it reports a failure or is not an object, it
// is passed on as it is, and ok is false.
func ask(w http.ResponseWriter, r *http.Request, next http.Handler) (answer map[string]any, ok bool) {
	c := &recorder{header: http.Header{}}
	r.Header.Del("Accept-Encoding") // the answer has to be read here
	next.ServeHTTP(c, r)
	if c.status != http.StatusOK || decodeNumbers(c.body.Bytes(), &answer) != nil {
		c.replay(w)
		return nil, false
	}
	return answer, true
}

// complete sends the node's answer with the plugin's part in it. The node has filtered its own.
func complete(w http.ResponseWriter, r *http.Request, answer, ours map[string]any) {
	if filter := r.URL.Query().Get("filter_path"); filter != "" {
		ours = filterPath(ours, filter)
	}
	merge(answer, ours)
	writeJSON(w, http.StatusOK, answer)
}

// pass lets the node answer a request whose body was read.
func pass(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
	next.ServeHTTP(w, withBody(r, body))
}

func withBody(r *http.Request, body []byte) *http.Request {
	out := r.Clone(r.Context())
	out.Body = io.NopCloser(bytes.NewReader(body))
	out.ContentLength = int64(len(body))
	out.Header.Del("Content-Encoding")
	if out.Header.Get("Content-Length") != "" {
		out.Header.Del("Content-Length")
	}
	return out
}

// flag reads a boolean parameter; one without a value is true.
func flag(query url.Values, name string) bool {
	values, ok := query[name]
	return ok && (values[0] == "" || values[0] == "true")
}

// segments splits a path and unescapes its parts.
func segments(u *url.URL) []string {
	var out []string
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if part == "" {
			continue
		}
		plain, err := url.PathUnescape(part)
		if err != nil {
			plain = part // the node will refuse it
		}
		out = append(out, plain)
	}
	return out
}
