// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package bench holds the benchmarks that hold the product's speed: each
// measures the product side by side with the least that could do the same, in
// one run, and reports the ratio. It has test files only; run it with make bench.
package bench
