// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package replication speaks the REST API of OpenSearch's cross-cluster
// replication plugin and carries out what package ccr decides. A [Client] is one
// cluster, a [Reader] the one observer of a follower, and an [Engine] carries
// out steps on it.
package replication

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
	"sync"
	"time"

	"github.com/opensearch-project/opensearch-go/v2/opensearchtransport"
	"github.com/opensearch-project/opensearch-go/v2/signer"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/excerpt"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/memo"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// Config says how a cluster is reached. What is empty is not used: no kind of
// authentication is a default that turns another off.
type Config struct {
	// URL is the cluster's address without credentials, such as https://paris.example.com:9200.
	URL      string
	Username string
	Password string
	// Token is a bearer token.
	Token string
	// Signer signs each request, as Amazon's service wants it. What it asks for
	// ends with the request's context.
	Signer signer.Signer
	// Transport is the HTTP transport, with TLS configured; nil: one with Go's defaults
	// that keeps as many connections as are used at a time.
	Transport http.RoundTripper
	// Log gets one line of fields per request, without secrets; may be nil.
	Log func(ctx context.Context, message string, fields map[string]any)
	// Clock is the time; nil: the real one.
	Clock clock.Clock
}

// Client is a connection to one cluster. It is safe for concurrent use and
// makes no request before one of its methods is called.
type Client struct {
	transport *opensearchtransport.Client
	name      string // the address with base, for messages
	base      string // path prefix of the address
	log       func(ctx context.Context, message string, fields map[string]any)
	clock     clock.Clock
	mostBytes int64 // the longest answer that is read
	reads     *memo.Latest
}

// New makes a client. It fails only for an address that is none or that holds credentials.
func New(cfg Config) (*Client, error) {
	if strings.Contains(cfg.URL, "@") {
		// Not quoted: it would show a password.
		return nil, errors.New("the cluster address must not contain credentials: give user name and password on their own")
	}
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("cluster address %q is not of the form https://HOST:PORT", cfg.URL)
	}
	if cfg.Transport == nil {
		cfg.Transport = pooled()
	}
	header := http.Header{}
	if cfg.Token != "" {
		header.Set("Authorization", "Bearer "+cfg.Token)
	}
	base := strings.TrimRight(u.EscapedPath(), "/")
	if base != "" && !IsStraight(base) {
		return nil, fmt.Errorf("cluster address %q has a part in its path that is empty or has only dots", cfg.URL)
	}
	c := &Client{name: u.Scheme + "://" + u.Host + base, base: base, log: cfg.Log, clock: cfg.Clock, mostBytes: mostBytes}
	if c.clock == nil {
		c.clock = clock.Real{}
	}
	c.reads = memo.NewLatest(c.clock, readCalm)
	transport, err := opensearchtransport.New(opensearchtransport.Config{
		URLs:      []*url.URL{{Scheme: u.Scheme, Host: u.Host}},
		Username:  cfg.Username,
		Password:  cfg.Password,
		Header:    header,
		Transport: whole{signed{cfg.Transport, cfg.Signer}, &c.mostBytes},
		// Retries are this package's own: the library's sleep through a
		// cancelled context.
		DisableRetry: true,
	})
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", u.Host, err)
	}
	c.transport = transport
	return c, nil
}

// pooled is a transport that keeps the connections of all requests that are made at
// the same time. Go's default keeps two, and makes the others again and again.
var pooled = sync.OnceValue(func() http.RoundTripper {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	transport := base.Clone()
	transport.MaxIdleConnsPerHost = 2 * parallelism
	return transport
})

// Name is the cluster's address without credentials, for messages.
func (c *Client) Name() string { return c.name }

const (
	// readTime ends one attempt to read. Every read of a healthy cluster takes
	// milliseconds; one that needs a silent leader would wait forever.
	readTime = 10 * time.Second
	// writeTime ends a request that changes something. The slowest, _stop, takes
	// under a second unless the leader is silent: then it does not end at all
	// while the connection exists.
	writeTime = 60 * time.Second
	// readCalm is the least time between two requests for the same thing while
	// several resources of one apply wait for it: all of them share each answer.
	readCalm = 50 * time.Millisecond
	// retryTime is how long a read is tried again when the cluster or a proxy in
	// front of it is not ready.
	retryTime = 3 * time.Second
	// mostBytes is the longest answer that is read. 100,000 replications take
	// some 30 MB of statistics.
	mostBytes = 128 << 20
)

// path joins escaped segments; a segment may hold any name.
func path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// IsStraight reports whether every part of a path means itself. An empty one and
// those of one or two dots, which [url.PathEscape] leaves as they are, would make
// a server, or a proxy in front of it, take the path for another.
func IsStraight(pathAndQuery string) bool {
	escaped, _, _ := strings.Cut(pathAndQuery, "?")
	for segment := range strings.SplitSeq(strings.TrimPrefix(escaped, "/"), "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// call sends body as JSON, if there is one, and decodes a 2xx answer into out,
// if there is one. Every other answer is an [*Error].
func (c *Client) call(ctx context.Context, method, pathAndQuery string, body, out any) error {
	if !IsStraight(pathAndQuery) {
		return fmt.Errorf("%s %s%s: the request was not sent. A name in its path is empty or has only dots, which would make it another path. Check the names that it is made of",
			method, c.name, pathAndQuery)
	}
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode body of %s %s: %w", method, pathAndQuery, err)
		}
	}
	if method != http.MethodGet {
		answer, err := c.once(ctx, method, pathAndQuery, payload)
		if err != nil {
			return err
		}
		return c.decode(method, pathAndQuery, answer, out)
	}
	ask := func(ctx context.Context) ([]byte, error) { return c.once(ctx, method, pathAndQuery, payload) }
	var last error
	err := poll.Poll{Clock: c.clock, What: "until " + c.name + " is ready", First: 200 * time.Millisecond, Most: 2 * time.Second, Attempt: 2 * readTime, Within: retryTime,
		Transient: worthAnotherTry}.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		var answer []byte
		if payload == nil {
			answer, last = memo.GetLatest(ctx, c.reads, pathAndQuery, ask)
		} else {
			answer, last = ask(ctx)
		}
		if last == nil {
			last = c.decode(method, pathAndQuery, answer, out)
		}
		// Waiting does not help against what is final: it is returned as it is.
		return poll.Look{Done: last == nil || !worthAnotherTry(last)}, last
	})
	var over *poll.Timeout
	if errors.As(err, &over) && ctx.Err() != nil && !isContext(last) {
		return err
	}
	return last
}

func worthAnotherTry(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return true
	case 0:
		// A server that took its whole time in silence does so again.
		return !e.Silent && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	return false
}

func (c *Client) once(ctx context.Context, method, pathAndQuery string, payload []byte) ([]byte, error) {
	limit := writeTime
	if method == http.MethodGet {
		limit = readTime
	}
	own, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var reader io.Reader
	if payload != nil {
		reader = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(own, method, c.base+pathAndQuery, reader)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, pathAndQuery, err)
	}
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	began := c.clock.Now()
	res, err := c.transport.Perform(req)
	fields := map[string]any{"cluster": c.name, "method": method, "path": pathAndQuery, "duration_ms": c.clock.Now().Sub(began).Milliseconds()}
	if err != nil {
		fields["error"] = err.Error()
		c.logged(ctx, fields)
		failed := &Error{Cluster: c.name, Method: method, Path: pathAndQuery, Cause: err}
		var long *tooLongError
		var unsigned *signError
		switch {
		case errors.As(err, &unsigned):
			failed.Cause, failed.Unsigned = unsigned, true
			if own.Err() != nil && ctx.Err() == nil { // not the cluster's silence, so not Silent
				unsigned.err = fmt.Errorf("no credentials came within %s", limit)
			}
		case errors.As(err, &long):
			failed.Status, failed.Cause = long.status, long
		case own.Err() != nil && ctx.Err() == nil:
			failed.Silent, failed.Cause = true, fmt.Errorf("no answer within %s", limit)
		}
		return nil, failed
	}
	defer func() { _ = res.Body.Close() }() // it is in memory: see whole
	answer, err := bodyOf(res)
	fields["status"] = res.StatusCode
	c.logged(ctx, fields)
	if err != nil {
		return nil, &Error{Cluster: c.name, Method: method, Path: pathAndQuery, Status: res.StatusCode, Cause: err}
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, newError(c.name, method, pathAndQuery, res, answer)
	}
	return answer, nil
}

// decode puts the JSON of a 2xx answer into out, if there is one.
func (c *Client) decode(method, pathAndQuery string, answer []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &Error{Cluster: c.name, Method: method, Path: pathAndQuery, Status: http.StatusOK, Head: excerpt.Of(string(answer)), Cause: errors.New("the answer is not the JSON that was expected")}
	}
	return nil
}

func (c *Client) logged(ctx context.Context, fields map[string]any) {
	if c.log != nil {
		c.log(ctx, "request to cluster", fields)
	}
}
