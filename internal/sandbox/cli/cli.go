// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package cli says which Terraform or OpenTofu the acceptance tests and the demo run on.
package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// EnvPath names the binary. terraform-plugin-testing reads it too.
const EnvPath = "TF_ACC_TERRAFORM_PATH"

// Binary is the binary that [EnvPath] names, otherwise terraform in PATH.
func Binary() string { return cmp.Or(os.Getenv(EnvPath), "terraform") }

// Version is a version of Terraform or of OpenTofu, whose versions from 1.6 on
// have nothing to do with Terraform's.
type Version struct {
	OpenTofu     bool
	Major, Minor int
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\d+)\.(\d+)`)

// Ask asks the binary which version it is.
func Ask(ctx context.Context) (Version, error) {
	output, err := exec.CommandContext(ctx, Binary(), "version").Output()
	if err != nil {
		return Version{}, fmt.Errorf("%s version: %w", Binary(), err)
	}
	return parse(string(output))
}

func parse(output string) (Version, error) {
	found := versionLine.FindStringSubmatch(output)
	if found == nil {
		return Version{}, fmt.Errorf("%s is neither Terraform nor OpenTofu: its version begins with %.40q", Binary(), output)
	}
	major, errMajor := strconv.Atoi(found[2])
	minor, errMinor := strconv.Atoi(found[3])
	return Version{OpenTofu: found[1] == "OpenTofu", Major: major, Minor: minor}, cmp.Or(errMajor, errMinor)
}

// Queries reports whether it has the command query.
func (v Version) Queries() bool {
	return !v.OpenTofu && (v.Major > 1 || v.Major == 1 && v.Minor >= 14)
}

// HasEphemeral reports whether it has ephemeral resources.
func (v Version) HasEphemeral() bool {
	since := 10
	if v.OpenTofu {
		since = 11
	}
	return v.Major > 1 || v.Major == 1 && v.Minor >= since
}

// UseRegistry makes terraform-plugin-testing give providers the addresses that
// the binary expects. Terraform's are its default.
func (v Version) UseRegistry() error {
	if !v.OpenTofu {
		return nil
	}
	return cmp.Or(os.Setenv("TF_ACC_PROVIDER_HOST", "registry.opentofu.org"), os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "hashicorp"))
}
