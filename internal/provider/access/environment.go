// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

// The environment variables that stand in for the attributes of the aiven block.
const (
	EnvToken   = "AIVEN_TOKEN" //nolint:gosec // the name of a variable, not a secret
	EnvProject = "AIVEN_PROJECT"
	EnvURL     = "AIVEN_WEB_URL"
)
