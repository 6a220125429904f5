// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
)

// folder is a folder with a configuration, in which the real terraform runs with a built provider as its child.
type folder struct {
	dir string
	env []string
}

// newFolder makes a folder with this configuration. environment is what Terraform gets on top of this
// process's own variables, without the user's settings of Terraform and of the provider.
func (b *bench) newFolder(ctx context.Context, configuration string, environment ...string) (*folder, error) {
	t, err := b.built(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(t.dir, "folder-")
	if err != nil {
		return nil, err
	}
	f := &folder{dir: dir, env: slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TF_") || strings.HasPrefix(v, "AIVEN_") })}
	f.env = append(f.env, "TF_CLI_CONFIG_FILE="+t.settingsFile, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	f.env = append(f.env, environment...)
	return f, f.write(configuration)
}

func (f *folder) write(configuration string) error {
	const providers = "terraform {\n  required_providers {\n    opensearch = { source = \"opensearch-ccr/opensearch\" }\n    empty = { source = \"opensearch-ccr/empty\" }\n  }\n}\n"
	return os.WriteFile(filepath.Join(f.dir, "main.tf"), []byte(providers+configuration), 0o600)
}

// terraform runs a command, which must succeed, and returns how long it took and its output.
func (f *folder) terraform(ctx context.Context, args ...string) (time.Duration, string, error) {
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, cli.Binary(), args...)
	cmd.Dir, cmd.Env = f.dir, f.env
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if err != nil {
		text := output.String()
		return took, text, fmt.Errorf("terraform %s: %w\n%s", strings.Join(args, " "), err, text[max(0, len(text)-3000):])
	}
	return took, output.String(), nil
}

// apply creates or changes what the configuration says, at Terraform's own parallelism or the given one.
func (f *folder) apply(ctx context.Context, args ...string) (time.Duration, string, error) {
	return f.terraform(ctx, append([]string{"apply", "-auto-approve", "-input=false", "-no-color"}, args...)...)
}

func (f *folder) destroy(ctx context.Context, args ...string) (time.Duration, error) {
	took, _, err := f.terraform(ctx, append([]string{"destroy", "-auto-approve", "-input=false", "-no-color"}, args...)...)
	return took, err
}

// planEmpty runs a plan that must find nothing to change.
func (f *folder) planEmpty(ctx context.Context) (time.Duration, error) {
	took, output, err := f.terraform(ctx, "plan", "-detailed-exitcode", "-input=false", "-no-color")
	if err != nil {
		return took, fmt.Errorf("the plan is not empty: %w\n%s", err, output)
	}
	return took, nil
}

// completed is when Terraform says that the creation of the one resource of an apply -json ended.
func completed(output string) (time.Time, error) {
	for line := range strings.Lines(output) {
		var event struct {
			Type string    `json:"type"`
			At   time.Time `json:"@timestamp"`
		}
		if json.Unmarshal([]byte(line), &event) == nil && event.Type == "apply_complete" {
			return event.At, nil
		}
	}
	return time.Time{}, errors.New("terraform does not say when the resource was created")
}

// stateBytes is how long the state file is, private state included.
func (f *folder) stateBytes() (float64, error) {
	info, err := os.Stat(filepath.Join(f.dir, "terraform.tfstate"))
	if err != nil {
		return 0, err
	}
	return float64(info.Size()), nil
}
