// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

const (
	// outcomeTime is how long what a lost answer created is looked for. The API
	// shows new things after a second or two.
	outcomeTime = 30 * time.Second
	// outcomeLimit ends the search even if the API does not answer.
	outcomeLimit = 2 * time.Minute
)

// UnknownOutcome is the error of a request to create something whose answer was
// lost, and of which it cannot be found out whether it was carried out. The
// object may exist and cost money.
type UnknownOutcome struct { //nolint:errname // it reads well where it is used: aiven.UnknownOutcome
	// Object is what was to be created, such as "service acme/search-eu".
	Object string
	// ImportID is what `terraform import` takes for it.
	ImportID string
	// Lost is the [*Error] of the request.
	Lost error
	// Err is why the outcome cannot be found out: an [*Error], or a
	// [*poll.Timeout] where the object did not show up.
	Err error
}

// Error names the object and says how to import it.
func (u *UnknownOutcome) Error() string {
	return fmt.Sprintf("%v. Whether %s was created is not known: %v. Check in the Aiven Console whether it exists before you apply again; "+
		"if it does, bring it under Terraform with `terraform import ADDRESS %s`", u.Lost, u.Object, u.Err, u.ImportID)
}

// Unwrap returns the error of the request.
func (u *UnknownOutcome) Unwrap() error { return u.Lost }

// findOut calls look until it is done, also when the context has ended. It
// tolerates everything but a refusal.
func (c *Client) findOut(ctx context.Context, what string, look func(ctx context.Context) (poll.Look, error)) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeLimit)
	defer cancel()
	return poll.Poll{
		Clock: c.clock, What: what, First: 500 * time.Millisecond, Most: 5 * time.Second, Within: outcomeTime,
		Transient: func(err error) bool { return IsTransient(err) || hasStatus(err, http.StatusNotFound) },
	}.Until(ctx, look)
}
