// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package cli

import "testing"

func TestParse(t *testing.T) {
	for output, want := range map[string]struct {
		version   Version
		queries   bool
		ephemeral bool
	}{
		"Terraform v1.8.5\non linux_amd64\n":      {Version{Major: 1, Minor: 8}, false, false},
		"Terraform v1.14.0-rc2\non linux_amd64\n": {Version{Major: 1, Minor: 14}, true, true},
		"Terraform v2.0.0\n":                      {Version{Major: 2}, true, true},
		"OpenTofu v1.12.6\non linux_amd64\n":      {Version{OpenTofu: true, Major: 1, Minor: 12}, false, true},
		"\nWarning: Unable to open CLI configuration file\n\nThe CLI configuration file at \"x\" does not exist.\nOpenTofu v1.12.6\non linux_amd64\n": {Version{OpenTofu: true, Major: 1, Minor: 12}, false, true},
		"OpenTofu v1.10.5\n":                        {Version{OpenTofu: true, Major: 1, Minor: 10}, false, false},
		"OpenTofu v1.15.0-dev\non darwin_arm64\n\n": {Version{OpenTofu: true, Major: 1, Minor: 15}, false, true},
	} {
		got, err := parse(output)
		if err != nil || got != want.version || got.Queries() != want.queries || got.HasEphemeral() != want.ephemeral {
			t.Errorf("%q: got %+v, it queries: %v, it has ephemeral resources: %v, error %v", output, got, got.Queries(), got.HasEphemeral(), err)
		}
	}
	if _, err := parse("Terragrunt v1.8.5"); err == nil {
		t.Error("no error for another program")
	}
}

func TestBinary(t *testing.T) {
	t.Setenv(EnvPath, "")
	if got := Binary(); got != "terraform" {
		t.Errorf("got %q", got)
	}
	t.Setenv(EnvPath, "/opt/tofu")
	if got := Binary(); got != "/opt/tofu" {
		t.Errorf("got %q", got)
	}
}
