// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestNew_Address(t *testing.T) {
	for _, test := range []struct{ url, base, fails string }{
		{"", PublicURL, ""},
		{"https://api.example.com", "https://api.example.com", ""},
		{"https://api.example.com/", "https://api.example.com", ""},
		{"https://api.example.com/v1", "https://api.example.com", ""},
		{"https://api.example.com/v1/", "https://api.example.com", ""},
		{"https://api.example.com//v1//", "https://api.example.com", ""},
		{"http://127.0.0.1:8080/aiven", "http://127.0.0.1:8080/aiven", ""},
		{"api.example.com", "", "is not the address of an API"},
		{"ftp://api.example.com", "", "is not the address of an API"},
		{"https://joe:hunter2@api.example.com", "", "must not hold credentials"},
		{"https://joe:hunter2@api.example.com:port", "", "cannot be parsed"},
	} {
		t.Run(test.url, func(t *testing.T) {
			c, err := New(Config{Token: testToken, URL: test.url})
			switch {
			case test.fails == "" && err != nil:
				t.Fatal(err)
			case test.fails == "" && c.base != test.base:
				t.Errorf("base is %q, want %q", c.base, test.base)
			case test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)):
				t.Errorf("error is %v, want %q in it", err, test.fails)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}

func TestNew_Token(t *testing.T) {
	for _, token := range []string{"", "  \n", "ab cd", "ab\ncd", "äöü"} {
		_, err := New(Config{Token: token})
		if err == nil || !strings.Contains(err.Error(), "AIVEN_TOKEN") {
			t.Errorf("token %q: error is %v", token, err)
		}
		if trimmed := strings.TrimSpace(token); err != nil && trimmed != "" && strings.Contains(err.Error(), trimmed) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
	c, err := New(Config{Token: " " + testToken + "\n"})
	if err != nil || c.token != testToken {
		t.Errorf("a token read from a file: %v, %v", c, err)
	}
}

func TestNew_IgnoresTheEnvironment(t *testing.T) {
	// The library would fail on the number and send elsewhere.
	t.Setenv("AIVEN_CLIENT_RETRY_MAX", "many")
	t.Setenv("AIVEN_WEB_URL", "http://127.0.0.1:1")
	t.Setenv("AIVEN_TOKEN", "another")
	c, api, _ := newFake(t, says(200, `{"services":[]}`))
	if _, err := c.Services(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	api.saw(t, "GET /v1/project/acme/service")
	if api.auth[0] != "aivenv1 "+testToken || api.queries[0] != "limit=999" {
		t.Errorf("authorization %q, query %q", api.auth[0], api.queries[0])
	}
}

func TestLog_OneLinePerAttemptWithoutSecrets(t *testing.T) {
	c, _, _ := newFake(t, broken, refusal(503, "busy "+testToken), says(200, `{"services":[]}`))
	var lines []string
	c.log = func(_ context.Context, message string, fields map[string]any) {
		lines = append(lines, fmt.Sprint(message, fields["method"], fields["path"], fields["status"], fields["attempt"], fields["error"]))
		if _, ok := fields["duration_ms"]; !ok {
			t.Error("no duration")
		}
		if strings.Contains(fmt.Sprint(fields), testToken) {
			t.Errorf("the log shows the token: %v", fields)
		}
	}
	if _, err := c.Services(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 3 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	if !strings.Contains(lines[0], "EOF") || !strings.Contains(lines[1], "503") || !strings.Contains(lines[2], "200") {
		t.Errorf("lines: %q", lines)
	}
}

func TestRedirect_IsNotFollowed(t *testing.T) {
	c, api, _ := newFake(t, func(w http.ResponseWriter) {
		w.Header().Set("Location", "https://other.example.com/v1/project/acme/service")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	_, err := c.CreateIntegration(t.Context(), ServiceRef{"acme", "us"}, ServiceRef{"acme", "eu"})
	if err == nil || !strings.Contains(err.Error(), `a redirect to "https://other.example.com/`) || !strings.Contains(err.Error(), "AIVEN_WEB_URL") {
		t.Errorf("error is %v", err)
	}
	api.saw(t, "POST /v1/project/acme/integration")
}

func TestNames_ThatWouldMakeAnotherPath(t *testing.T) {
	c, api, _ := newFake(t)
	ctx := t.Context()
	for _, name := range []string{"", ".", ".."} {
		if _, err := c.Service(ctx, "acme", name); err == nil {
			t.Errorf("service %q was asked for", name)
		}
		if err := deleteService(ctx, c, name, "eu"); err == nil {
			t.Errorf("project %q was asked for", name)
		}
		if err := deleteIntegration(ctx, c, "acme", name); err == nil {
			t.Errorf("integration %q was asked for", name)
		}
	}
	api.saw(t)
}

func TestNames_AreEscaped(t *testing.T) {
	c, api, _ := newFake(t, refusal(404, "no"))
	if _, err := c.Service(t.Context(), "acme", "a/b?c"); err == nil || IsNotFound(err) {
		t.Errorf("error is %v", err)
	}
	api.saw(t, "GET /v1/project/acme/service/a%2Fb%3Fc")
}
