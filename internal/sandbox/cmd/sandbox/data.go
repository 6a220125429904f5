// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

// samples are the indices that the leader holds, and how many documents each.
var samples = []struct {
	index     string
	documents int
}{
	{"orders", 300},
	{"products", 120},
	{"logs-2026.11", 1000},
}

// fill writes the samples to a service.
func fill(ctx context.Context, service *sandbox.Service) error {
	for _, sample := range samples {
		if err := write(ctx, service, sample.index, sample.documents); err != nil {
			return fmt.Errorf("fill %s: %w", sample.index, err)
		}
	}
	return nil
}

// write writes numbered documents in one bulk request.
func write(ctx context.Context, service *sandbox.Service, index string, documents int) error {
	var bulk strings.Builder
	for n := 1; n <= documents; n++ {
		fmt.Fprintf(&bulk, "{\"index\":{\"_id\":\"%d\"}}\n{\"number\":%d,\"title\":\"%s %d\"}\n", n, n, index, n)
	}
	status, answer, err := service.Do(ctx, http.MethodPost, "/"+index+"/_bulk?refresh=true", bulk.String())
	if err != nil {
		return err
	}
	var result struct {
		Errors bool `json:"errors"`
	}
	if err := json.Unmarshal(answer, &result); err != nil || status != http.StatusOK || result.Errors {
		return fmt.Errorf("POST %s/_bulk: %d %.300s", index, status, answer)
	}
	return nil
}
