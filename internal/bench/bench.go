// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
)

// bench is what the rows share: each thing is made when the first row needs it, and ended with the program.
type bench struct {
	once    sync.Once
	tools   tools
	toolErr error

	followers    map[int]*memoryFollower
	replications *memoryReplications
	things       *folder
	services     *realServices

	closers []func() error
}

// onClose has something done at the end, what came last first.
func (b *bench) onClose(do func() error) { b.closers = append(b.closers, do) }

func (b *bench) close() error {
	var all []error
	for _, end := range slices.Backward(b.closers) {
		all = append(all, end())
	}
	return errors.Join(all...)
}

// tools are the built providers: stripped, as a release is.
type tools struct {
	dir          string
	ours, empty  string
	size         int64 // of ours, in bytes
	settingsFile string
}

// built builds both providers as .goreleaser.yml builds a release, once.
func (b *bench) built(ctx context.Context) (tools, error) {
	b.once.Do(func() { b.tools, b.toolErr = b.build(ctx) })
	return b.tools, b.toolErr
}

func (b *bench) build(ctx context.Context) (tools, error) {
	dir, err := os.MkdirTemp("", "opensearch-bench-")
	if err != nil {
		return tools{}, err
	}
	b.onClose(func() error { return os.RemoveAll(dir) })
	t := tools{dir: dir, ours: filepath.Join(dir, "terraform-provider-opensearch"), empty: filepath.Join(dir, "terraform-provider-empty"), settingsFile: filepath.Join(dir, "terraform.rc")}
	const module = "github.com/opensearch-ccr/terraform-provider-opensearch"
	for binary, source := range map[string]string{t.ours: module, t.empty: module + "/internal/bench/empty"} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags=grpcnotrace", "-ldflags=-s -w", "-o", binary, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			return tools{}, fmt.Errorf("build %s: %w\n%s", source, err, output)
		}
	}
	info, err := os.Stat(t.ours)
	if err != nil {
		return tools{}, err
	}
	t.size = info.Size()
	// Development overrides need no terraform init, so no registry.
	settings := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"opensearch-ccr/opensearch\" = %q\n    \"opensearch-ccr/empty\" = %q\n  }\n  direct {}\n}\n", dir, dir)
	return t, os.WriteFile(t.settingsFile, []byte(settings), 0o600)
}

// machine is the line above the table: when and on what it was measured.
func machine(ctx context.Context) string {
	name := "an unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	version := "no Terraform"
	if output, err := exec.CommandContext(ctx, cli.Binary(), "version").Output(); err == nil {
		version, _, _ = strings.Cut(string(output), "\n")
	}
	load := "unknown"
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(text), " ")
	}
	return fmt.Sprintf("Measured on %s: %d × %s, %s/%s, %s, %s, load %s at the start.\n",
		time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), name, runtime.GOOS, runtime.GOARCH, runtime.Version(), version, load)
}
