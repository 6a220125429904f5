// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package aiven is a small client of Aiven's control plane: services, their
// cross-cluster replication integrations, and the plans that exist. It uses the
// paths and bodies of Aiven's generated library but none of its transport,
// whose retries do things twice without knowing, hide a wrong name for a
// minute, and whose settings come from the environment.
package aiven

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// PublicURL is the address of Aiven's API.
const PublicURL = "https://api.aiven.io"

// attemptTimeout ends one attempt whose answer does not come. The API answers
// in seconds: it starts work and does not wait for it.
const attemptTimeout = 2 * time.Minute

// Config says how the API is reached. The environment is never read.
type Config struct {
	Token string
	// URL is the API's address with or without /v1; empty: [PublicURL].
	URL string
	// Route says which of a service's addresses is used, one of [Routes]; empty:
	// [RouteDynamic].
	Route     string
	UserAgent string
	// Transport carries the requests; nil: Go's default.
	Transport http.RoundTripper
	// Log gets one line per attempt, without secrets; may be nil.
	Log func(ctx context.Context, message string, fields map[string]any)
	// Clock is the time; nil: the real one.
	Clock clock.Clock
}

// Client is a connection to the API. It is safe for concurrent use and makes no
// request before one of its methods is called.
type Client struct {
	http      *http.Client
	base      string
	route     string
	token     string
	userAgent string
	log       func(ctx context.Context, message string, fields map[string]any)
	clock     clock.Clock
	// jitter yields a number in [0,1), so that clients that failed together do
	// not try again together.
	jitter  func() float64
	timeout time.Duration
}

// New makes a client. It fails for a configuration that cannot work; whether
// the token is good only a request can tell.
func New(cfg Config) (*Client, error) {
	if err := CheckToken(cfg.Token); err != nil {
		return nil, fmt.Errorf("%w. Check the provider's aiven.token or the environment variable AIVEN_TOKEN", err)
	}
	base, err := baseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	c := &Client{
		http: &http.Client{
			Transport: cfg.Transport,
			// A redirect would repeat a POST, or turn it into a GET.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		base: base, route: cmp.Or(cfg.Route, RouteDynamic), token: strings.TrimSpace(cfg.Token), userAgent: cfg.UserAgent, log: cfg.Log, clock: cfg.Clock,
		jitter: rand.Float64, timeout: attemptTimeout,
	}
	if c.userAgent == "" {
		c.userAgent = "terraform-provider-opensearch"
	}
	if c.log == nil {
		c.log = func(context.Context, string, map[string]any) {}
	}
	if c.clock == nil {
		c.clock = clock.Real{}
	}
	return c, nil
}

// CheckToken returns what is wrong with the form of a token, or nil.
func CheckToken(token string) error {
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return errors.New("the token for the Aiven API is empty")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the token for the Aiven API holds blanks or characters that no token has")
	}
	return nil
}

// CheckURL returns what is wrong with the address of an API, or nil. It does not
// repeat one that may hold a password.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("the address of the Aiven API cannot be parsed")
	case u.User != nil:
		return errors.New("the address of the Aiven API must not hold credentials: the token is given apart")
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%q is not the address of an API, such as %s", address, PublicURL)
	}
	return nil
}

func baseURL(address string) (string, error) {
	if address == "" {
		return PublicURL, nil
	}
	if err := CheckURL(address); err != nil {
		return "", fmt.Errorf("%w. Set the provider's aiven.api_url or the environment variable AIVEN_WEB_URL to an address such as %s", err, PublicURL)
	}
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(address, "/"), "/v1"), "/"), nil
}
