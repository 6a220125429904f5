// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package acceptance tests the whole provider as Terraform runs it, on a local platform of real nodes.
// All its tests share one sandbox, which is why they are in one package; it has test files only.
package acceptance
