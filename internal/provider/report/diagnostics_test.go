// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
)

// Point 14 of issue 9: what to do next, said once and truly.
func TestPoint9_14_WhatToDoAfterAnError(t *testing.T) {
	p := pair.Pair{Leader: aiven.ServiceRef{Project: "acme", Name: "search-us"}, Follower: aiven.ServiceRef{Project: "acme", Name: "search-eu"}}
	lost := &aiven.UnknownOutcome{Object: "service acme/search-eu", ImportID: "acme/search-eu", Lost: errors.New("POST: the connection was closed"), Err: errors.New("503")}
	const about = "Follower acme/search-eu of leader acme/search-us: "
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"refused":     {errors.New("403: Forbidden."), about + "403: Forbidden. Fix the cause, then run terraform apply again."},
		"out of time": {fmt.Errorf("wait: %w", context.DeadlineExceeded), about + "wait: the time ran out. Timed out after 3s (timeouts.update); set a longer time if the operation needs it. Run terraform apply again to continue."},
		"interrupted": {fmt.Errorf("wait: %w", context.Canceled), about + "wait: the request was interrupted. The operation was interrupted. Run terraform apply again to continue."},
		// Another apply could create a second one, or be refused for the name.
		"not known whether it was created": {lost, about + "POST: the connection was closed. Whether service acme/search-eu was created is not known: 503. " +
			"Check in the Aiven Console whether it exists before you apply again; if it does, bring it under Terraform with `terraform import ADDRESS acme/search-eu`."},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			AddApplyError(&diags, "summary", p, 3*time.Second, "update", tt.err)
			if got := diags[0].Detail(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}
