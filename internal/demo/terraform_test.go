// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"slices"
	"strings"
	"testing"
	"time"
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

// What a silent step shows is the message of a line of progress, without the fields of the log.
func TestPoint9_16_ASilentStepShowsProgressWithoutFields(t *testing.T) {
	const head = "2026-11-24T08:00:01.000Z [INFO]  provider.terraform-provider-opensearch: "
	const waiting = "service: waiting until service acme/search-eu is RUNNING: its state is REBUILDING"
	const fields = `tf_resource_type=opensearch_ccr_follower @module=opensearch phase=service tf_rpc=ApplyResourceChange @caller=/a/b.go:1 timestamp="2026-11-24T08:00:01.000Z"`
	for name, tt := range map[string]struct{ log, want string }{
		"empty":                            {"", ""},
		"other programs":                   {"2026-11-24T08:00:00.000Z [INFO]  provider: configuring client automatic mTLS\n", ""},
		"fields in any order":              {head + "1m3s: " + waiting + ": " + fields + "\n", waiting},
		"the field in front":               {head + "1m3s: " + waiting + ": phase=service " + fields + "\n", waiting},
		"the fields begin with an at sign": {head + "1m3s: " + waiting + ": @caller=x " + fields + "\n", waiting},
		"the last one":                     {head + "1s: service: x: " + fields + "\n" + head + "2m3.5s: " + waiting + ": " + fields + "\n", waiting},
		"remarks of a library":             {head + "1m3s: " + waiting + ": " + fields + "\n" + head + "delete timeout configuration not found, using provided default: tf_rpc=ApplyResourceChange @module=opensearch\n", waiting},
		"a warning":                        {strings.Replace(head, "[INFO] ", "[WARN] ", 1) + "3s: " + waiting + ": " + fields + "\n", ""},
		"a line that is cut short":         {head + "1m3s: " + waiting + ": " + fields + "\n" + head + "4s: serv", waiting},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lastProgress(tt.log); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			var out strings.Builder
			now := time.Unix(0, 0)
			n := newNarrator(&out, func() time.Time { return now })
			n.step("apply")
			now = now.Add(quiet)
			n.beat(lastProgress(tt.log))
			if strings.Contains(out.String(), "tf_") || strings.Contains(out.String(), "timeout configuration") {
				t.Errorf("the demo prints %q", out.String())
			}
		})
	}
}
