// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// same answers every request alike, without a network.
type same struct {
	status int
	body   string
	after  string // Retry-After
	paths  []string
}

func (s *same) RoundTrip(r *http.Request) (*http.Response, error) {
	s.paths = append(s.paths, r.URL.RequestURI())
	header := http.Header{"Location": {"/elsewhere"}, "Retry-After": {s.after}}
	return &http.Response{StatusCode: s.status, Header: header, Body: io.NopCloser(strings.NewReader(s.body)), Request: r}, nil
}

func fuzzed(t *testing.T, s *same) (*Client, *fakeClock) {
	t.Helper()
	clock := &fakeClock{now: testNow}
	c, err := New(Config{Token: testToken, Transport: s, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

// Whatever the API answers, reading it ends with a value or with an error that
// says what was asked; only a 404 about the object proves that it does not
// exist, and no error repeats the token.
func FuzzAnswers(f *testing.F) {
	service, err := os.ReadFile("testdata/service.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{string(service), `{"services":[]}`, `{"service_integrations":[]}`, `{"service_types":{"opensearch":{"service_plans":[{"service_plan":"business-4","regions":{"aws-eu-west-1":{"price_usd":"0.5"}}}]}}}`,
		`{"service":null}`, `{"service":{"service_uri":"https://:@:1"}}`, `{"service":{"service_uri":"%","service_uri_params":{"host":7,"port":[]}}}`, `{"service":{"components":[{"component":"opensearch","route":"public","port":-1}]}}`,
		`{"message":"Service eu does not exist","errors":[{"message":"Service eu does not exist","status":404}]}`, `{"errors":[{"status":1e999}]}`, `{"errors":{}}`, `{"message":7}`,
		`{"service_integration":{}}`, `{"vpcs":[null]}`, `{"message":"` + testToken + `"}`, "", "null", "[]", "{", "<html>", "\xff"} {
		for _, status := range []int{200, 404, 409, 503} {
			f.Add(status, body, "")
		}
	}
	f.Add(429, `{"message":"Rate limit 120 exceeded - try again in 28s"}`, "")
	f.Add(429, "try again in 9223372036s", "9223372036854775807")
	f.Fuzz(func(t *testing.T, status int, body, after string) {
		if status < 200 || status > 599 {
			t.Skip("Go's HTTP client passes on no such status")
		}
		c, clock := fuzzed(t, &same{status: status, body: body, after: after})
		ctx := t.Context()
		for what, call := range map[string]func(context.Context) error{
			"service": func(ctx context.Context) error {
				s, err := c.Service(ctx, "acme", "eu")
				if err == nil && strings.Contains(s.URI, "@") {
					t.Errorf("the address has credentials: %q", s.URI)
				}
				return err
			},
			"services":     func(ctx context.Context) error { _, err := c.Services(ctx, "acme"); return err },
			"integrations": func(ctx context.Context) error { _, err := c.Integrations(ctx, "acme", "eu"); return err },
			"integration":  func(ctx context.Context) error { _, err := c.Integration(ctx, "acme", "i1"); return err },
			"plans":        func(ctx context.Context) error { _, err := c.Plans(ctx, "acme"); return err },
			"VPC": func(ctx context.Context) error {
				_, err := c.VPC(ctx, "acme", "1a2b3c4d-0000-0000-0000-000000000000")
				return err
			},
			"new integration": func(ctx context.Context) error {
				_, err := c.CreateIntegration(ctx, ServiceRef{"acme", "us"}, ServiceRef{"acme", "eu"})
				return err
			},
			"new service": func(ctx context.Context) error {
				_, err := c.CreateService(ctx, CreateService{Project: "acme", Name: "eu", Plan: "business-4"})
				return err
			},
		} {
			err := call(ctx)
			if err == nil {
				continue
			}
			if text := err.Error(); !strings.Contains(text, "/v1/") || strings.Contains(text, testToken) {
				t.Errorf("%s: the error does not say what was asked, or shows the token: %q", what, text)
			}
			if IsNotFound(err) && status != http.StatusNotFound && !strings.Contains(body, "404") {
				t.Errorf("%s: %d %q is taken for a proof of absence", what, status, body)
			}
		}
		for _, pause := range clock.slept {
			if pause < 0 || pause > maxLimited {
				t.Errorf("%d %q, Retry-After %q: a pause of %s", status, body, after, pause)
			}
		}
	})
}

// A name changes neither the path nor the query of a request: it arrives as it
// is, or nothing is sent.
func FuzzPath(f *testing.F) {
	for _, name := range []string{"search-eu", "a b", "a/b", "../x", ".", "..", "...", "a?b=c", "a#b", "a%2fb", "%", "a%00", "größe", "", "a;b", "a&b", "//", "a\r\nHost: x"} {
		f.Add(name, "eu")
		f.Add("acme", name)
	}
	f.Fuzz(func(t *testing.T, project, name string) {
		server := &same{status: 200, body: "{}"}
		c, _ := fuzzed(t, server)
		_, err := c.Service(t.Context(), project, name)
		if named(project, name) != nil {
			if err == nil || len(server.paths) > 0 {
				t.Errorf("%q, %q: %q was asked for", project, name, server.paths)
			}
			return
		}
		if len(server.paths) != 1 {
			t.Fatalf("%q, %q: %q was asked for", project, name, server.paths)
		}
		arrived, err := url.ParseRequestURI(server.paths[0])
		if err != nil {
			t.Fatal(err)
		}
		segments := strings.Split(arrived.EscapedPath(), "/")
		if len(segments) != 6 {
			t.Fatalf("%q, %q: the path is %q", project, name, server.paths[0])
		}
		gotProject, _ := url.PathUnescape(segments[3])
		gotName, _ := url.PathUnescape(segments[5])
		if gotProject != project || gotName != name {
			t.Errorf("%q, %q arrive as %q, %q", project, name, gotProject, gotName)
		}
	})
}

// An address is refused or used as it is; its error shows no password.
func FuzzAddress(f *testing.F) {
	for _, address := range []string{"", "https://api.aiven.io", "https://api.aiven.io/v1/", "http://127.0.0.1:8080/behind", "https://user:secret@api.aiven.io", "https://a?x", "https://a#b", "ftp://a", "//a", "%", "https://a b"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		server := &same{status: 200, body: `{"services":[]}`}
		c, err := New(Config{Token: testToken, URL: address, Transport: server, Clock: &fakeClock{now: testNow}})
		if err != nil {
			// What is in no error as a whole is in none in part: none of them cuts an address.
			if u, failed := url.Parse(address); failed == nil && u.User != nil && strings.Contains(err.Error(), address) {
				t.Errorf("the error shows credentials: %v", err)
			}
			return
		}
		_, err = c.Services(t.Context(), "acme")
		if err != nil && !utf8.ValidString(address) {
			return // what cannot be a host is an error of the request
		}
		if err == nil && !strings.Contains(server.paths[0], "/v1/project/acme/service") {
			t.Errorf("%q: the request goes to %q", address, server.paths[0])
		}
	})
}
