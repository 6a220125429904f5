// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"fmt"
	"log/slog"
)

// The routes by which a service can have addresses.
const (
	// RouteDynamic is the way that the platform chooses: private where the service
	// is in a VPC, else public. Every service has it.
	RouteDynamic     = "dynamic"
	RoutePublic      = "public"
	RoutePrivate     = "private"
	RoutePrivatelink = "privatelink"
)

// Routes are all routes, for a validator.
func Routes() []string { return []string{RouteDynamic, RoutePublic, RoutePrivate, RoutePrivatelink} }

// Connection is how to speak to a service. It holds a secret and prints none.
type Connection struct {
	// URL has no credentials.
	URL      string
	Username string
	Password string
}

// String shows where and as whom, not with which password.
func (c Connection) String() string {
	return fmt.Sprintf("%s as %q", c.URL, c.Username)
}

// GoString is [Connection.String], for %#v.
func (c Connection) GoString() string { return "aiven.Connection(" + c.String() + ")" }

// Format is [Connection.String] for every verb: without it some print the fields.
func (c Connection) Format(state fmt.State, verb rune) {
	if verb == 'v' && state.Flag('#') {
		fmt.Fprint(state, c.GoString())
		return
	}
	fmt.Fprint(state, c.String())
}

// LogValue is [Connection.String], for log/slog.
func (c Connection) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON is [Connection.String], for logs in JSON.
func (c Connection) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", c.String()), nil }
