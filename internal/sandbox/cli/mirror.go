// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Mirror is a folder that terraform init installs the provider from, as from a registry.
type Mirror struct {
	// Version is the provider's version.
	Version string
	// Settings is a CLI configuration file with which the mirror is all that is
	// installed from.
	Settings string
	// Override is an override file of a configuration. It asks for the version,
	// since one before a release, as that of a snapshot, is not taken otherwise.
	Override string
}

// NewMirror makes a mirror in a folder, with a release archive for this platform.
func NewMirror(ctx context.Context, archive, folder string) (Mirror, error) {
	version, named := strings.CutPrefix(filepath.Base(archive), "terraform-provider-opensearch_")
	version, ours := strings.CutSuffix(version, fmt.Sprintf("_%s_%s.zip", runtime.GOOS, runtime.GOARCH))
	if !named || !ours {
		return Mirror{}, fmt.Errorf("%s is not named as a release archive for %s_%s", archive, runtime.GOOS, runtime.GOARCH)
	}
	used, err := Ask(ctx)
	if err != nil {
		return Mirror{}, err
	}
	registry := "registry.terraform.io"
	if used.OpenTofu {
		registry = "registry.opentofu.org"
	}
	place := filepath.Join(folder, registry, "opensearch-ccr", "opensearch")
	if err := os.MkdirAll(place, 0o755); err != nil {
		return Mirror{}, fmt.Errorf("mirror: %w", err)
	}
	content, err := os.ReadFile(archive)
	if err != nil {
		return Mirror{}, fmt.Errorf("mirror: %w", err)
	}
	if err := os.WriteFile(filepath.Join(place, filepath.Base(archive)), content, 0o600); err != nil {
		return Mirror{}, fmt.Errorf("mirror: %w", err)
	}
	return Mirror{
		Version:  version,
		Settings: fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", folder),
		Override: fmt.Sprintf("terraform {\n  required_providers {\n    opensearch = {\n      source  = \"opensearch-ccr/opensearch\"\n      version = %q\n    }\n  }\n}\n", version),
	}, nil
}
