// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Bench measures the provider side by side with the least that could do the same, and fails where it misses a
// bound. It is what make bench runs.
//
// It prints one table: what was measured, the provider's figure, the figure of the floor (plain requests, an
// empty provider, a smaller follower), their ratio, and the bound. A second table shows how the figures grow
// with the number of indices. The rows are in the files rows_*.go, the tables in table.go.
package main
