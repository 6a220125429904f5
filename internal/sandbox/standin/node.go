// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// node talks to one OpenSearch node, past every gateway: as the real plugin does over the transport.
type node struct {
	url      string
	http     *http.Client
	patience time.Duration     // bounds one request
	ends     []context.Context // each of them ends a request too
}

// callTimeout bounds one request to a node. It is long: a small machine may be busy, and a node
// that was killed refuses at once.
const callTimeout = 60 * time.Second

// forever is the patience of those who wait for a silent node until somebody ends it.
const forever = 1000 * time.Hour

func newNode(baseURL string) *node {
	transport := &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second} // no proxy: it is this machine
	return &node{url: strings.TrimRight(baseURL, "/"), http: &http.Client{Transport: transport}, patience: callTimeout}
}

// patient is the same node, for requests that only their context ends.
func (n *node) patient() *node {
	out := *n
	out.patience = forever
	return &out
}

// until is the same node, for requests that ctx ends too.
func (n *node) until(ctx context.Context) *node {
	out := *n
	out.ends = append(slices.Clone(n.ends), ctx)
	return &out
}

// bounded is the context of one request.
func (n *node) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, n.patience)
	forget := make([]func() bool, 0, len(n.ends))
	for _, end := range n.ends {
		forget = append(forget, context.AfterFunc(end, cancel))
	}
	return ctx, func() {
		for _, f := range forget {
			f()
		}
		cancel()
	}
}

// refusal is an answer of a node that is not a success.
type refusal struct {
	method, path string
	status       int
	body         []byte
}

func (r *refusal) Error() string {
	kind, reason := r.parts()
	if kind == "" {
		return fmt.Sprintf("%s %s: status %d", r.method, r.path, r.status)
	}
	return fmt.Sprintf("%s %s: status %d, %s: %s", r.method, r.path, r.status, kind, reason)
}

func (r *refusal) parts() (kind, reason string) {
	var answer struct {
		Error struct {
			Type   string `json:"type"`
			Reason string `json:"reason"`
		} `json:"error"`
	}
	if json.Unmarshal(r.body, &answer) != nil {
		return "", "" // not the JSON of an OpenSearch error: the status has to do
	}
	return answer.Error.Type, answer.Error.Reason
}

// refused tells whether err is an answer with that status.
func refused(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}

// answered tells whether a node answered, if only with an error: it can be reached.
func answered(err error) bool {
	var r *refusal
	return err == nil || errors.As(err, &r)
}

// call sends a request and decodes the answer into out (nil: not wanted). A []byte or string body is
// sent as it is, nil as none, anything else as JSON.
func (n *node) call(ctx context.Context, method, path string, body, out any) error {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		reader = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		reader = bytes.NewReader(raw)
	}
	ctx, cancel := n.bounded(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, n.url+path, reader)
	if err != nil {
		return err
	}
	if reader != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := n.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 300 {
		return &refusal{method: method, path: path, status: resp.StatusCode, body: raw}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// forgetConnections drops idle connections, which lead nowhere once the process behind was replaced.
func (n *node) forgetConnections() { n.http.CloseIdleConnections() }

// indexPath is the path of an index, or of something below it.
func indexPath(index, rest string) string { return "/" + url.PathEscape(index) + rest }
