// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// authenticate refuses a request whose credentials are not those of the options.
func (g *Gateway) authenticate(r *http.Request) *Answer {
	if g.options.PassCredentials && r.Header.Get("Authorization") == "" {
		return unauthorized(`Basic realm="OpenSearch Security"`) // what has no credentials behind here is the platform's own
	}
	if want := g.options.Username; want != "" {
		username, password, _ := r.BasicAuth()
		if !same(username, want) || !same(password, g.options.Password) {
			return unauthorized(`Basic realm="OpenSearch Security"`)
		}
	}
	if want := g.options.BearerToken; want != "" {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || !same(token, want) {
			return unauthorized(`Bearer realm="OpenSearch Security"`)
		}
	}
	if g.options.Authenticate == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return opensearchError(http.StatusBadRequest, "parse_exception", fmt.Sprintf("request body is broken: %v", err))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	err = g.options.Authenticate(r)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		// Amazon's front end answers so, not OpenSearch behind it.
		return &Answer{Status: http.StatusForbidden, Body: map[string]any{"message": err.Error()}}
	}
	return nil
}

// unauthorized is the 401 of the security plugin, which is not JSON.
func unauthorized(challenge string) *Answer {
	return &Answer{
		Status: http.StatusUnauthorized,
		Body:   "Unauthorized",
		Header: http.Header{"Www-Authenticate": {challenge}},
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
