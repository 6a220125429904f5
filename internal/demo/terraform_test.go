// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"slices"
	"strings"
	"testing"
)

func TestOverridesFilter_DropsOnlyTheWarning(t *testing.T) {
	const output = `
Warning: Provider development overrides are in effect

The following provider development overrides are set in the CLI
configuration:
 - opensearch-ccr/opensearch in /tmp/opensearch-demo-1/plugins

The behavior may therefore not match any released version of the provider and
applying changes may cause the state to become incompatible with published
releases.

Warning: Service will be destroyed
`
	var filter overridesFilter
	var kept []string
	for line := range strings.Lines(output) {
		if line = strings.TrimSuffix(line, "\n"); filter.keep(line) {
			kept = append(kept, line)
		}
	}
	if want := []string{"", "", "Warning: Service will be destroyed"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
}

func TestCleanEnvironment_LeavesNothingThatPointsElsewhere(t *testing.T) {
	got := cleanEnvironment([]string{"PATH=/bin", "TF_CLI_CONFIG_FILE=/gone", "TF_WORKSPACE=x", "AIVEN_TOKEN=x", "HOME=/root"})
	if want := []string{"PATH=/bin", "HOME=/root"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLastLogged(t *testing.T) {
	const log = `2026-11-24T08:00:00.000Z [INFO]  provider: configuring client automatic mTLS
2026-11-24T08:00:01.000Z [INFO]  provider.terraform-provider-opensearch: waiting for service acme/search-eu: REBUILDING: @caller=x tf_rpc=ApplyResourceChange
2026-11-24T08:00:02.000Z [WARN]  provider.terraform-provider-opensearch: something else
`
	if got := lastLogged(log); got != "waiting for service acme/search-eu: REBUILDING" {
		t.Errorf("got %q", got)
	}
	if got := lastLogged(""); got != "" {
		t.Errorf("of an empty log: %q", got)
	}
}
