// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
)

// terraform runs the terraform command on one configuration with the provider of this tree.
type terraform struct {
	dir    string // of the configuration
	env    []string
	log    string // file with what the provider logs during a command
	teller *narrator
}

// newTerraform copies the configuration to work/demo and has Terraform take the provider as settings say, a CLI
// configuration file. variables is the environment that it gets on top of this process's.
func newTerraform(teller *narrator, configuration, settings, work string, variables map[string]string) (*terraform, error) {
	dir := filepath.Join(work, "demo")
	if err := os.CopyFS(dir, os.DirFS(configuration)); err != nil {
		return nil, fmt.Errorf("copy %s: %w", configuration, err)
	}
	settingsFile := filepath.Join(work, "terraform.rc")
	if err := os.WriteFile(settingsFile, []byte(settings), 0o600); err != nil {
		return nil, fmt.Errorf("Terraform's settings: %w", err)
	}
	t := &terraform{dir: dir, log: filepath.Join(work, "provider.log"), teller: teller}
	t.env = append(cleanEnvironment(os.Environ()),
		"TF_CLI_CONFIG_FILE="+settingsFile,
		"TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1",
		"TF_LOG_PROVIDER=INFO",
		"TF_LOG_PATH="+t.log,
	)
	for name, value := range variables {
		t.env = append(t.env, name+"="+value)
	}
	return t, nil
}

// fromFolder are settings that take the provider from a folder. They need no terraform init, so no registry.
func fromFolder(plugins string) string {
	return fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", "opensearch-ccr/opensearch", plugins)
}

// override adds a file to the configuration that overrides what is in the others.
func (t *terraform) override(text string) error {
	if err := os.WriteFile(filepath.Join(t.dir, "demo_override.tf"), []byte(text), 0o600); err != nil {
		return fmt.Errorf("override file: %w", err)
	}
	return nil
}

// cleanEnvironment leaves out what would point Terraform or the provider elsewhere: the user's own settings
// of either.
func cleanEnvironment(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
		return strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "AIVEN_")
	})
}

// run runs a terraform command, shows its output as it comes and returns it, with its exit code. A command
// that could not be run, or was ended by ctx, is an error; an exit code other than 0 is not.
func (t *terraform) run(ctx context.Context, args ...string) (output string, exit int, err error) {
	t.teller.say("$ terraform %s", strings.Join(args, " "))
	var kept bytes.Buffer
	var overrides overridesFilter
	shown := &lines{each: func(line string) {
		if overrides.keep(line) {
			t.teller.say("| %s", line)
		}
	}}
	exit, err = t.exec(ctx, io.MultiWriter(&kept, shown), append(args, "-no-color")...)
	return kept.String(), exit, err
}

// must is run for a command that has to succeed.
func (t *terraform) must(ctx context.Context, args ...string) error {
	_, exit, err := t.run(ctx, args...)
	if err == nil && exit != 0 {
		err = fmt.Errorf("terraform %s: exit code %d, see above", args[0], exit)
	}
	return err
}

// outputs returns the outputs of the configuration, which must be strings.
func (t *terraform) outputs(ctx context.Context) (map[string]string, error) {
	var text bytes.Buffer
	exit, err := t.exec(ctx, &text, "output", "-json")
	if err == nil && exit != 0 {
		err = fmt.Errorf("exit code %d: %s", exit, text.String())
	}
	if err != nil {
		return nil, fmt.Errorf("terraform output: %w", err)
	}
	var decoded map[string]struct {
		Value string `json:"value"`
	}
	if err := json.Unmarshal(text.Bytes(), &decoded); err != nil {
		return nil, fmt.Errorf("terraform output: %w", err)
	}
	values := map[string]string{}
	for name, output := range decoded {
		values[name] = output.Value
	}
	return values, nil
}

// resources lists the addresses in the state.
func (t *terraform) resources(ctx context.Context) ([]string, error) {
	var text bytes.Buffer
	exit, err := t.exec(ctx, &text, "state", "list")
	if err == nil && exit != 0 {
		err = fmt.Errorf("exit code %d: %s", exit, text.String())
	}
	if err != nil {
		return nil, fmt.Errorf("terraform state list: %w", err)
	}
	return strings.Fields(text.String()), nil
}

func (t *terraform) exec(ctx context.Context, output io.Writer, args ...string) (exit int, err error) {
	defer func() { err = errors.Join(err, os.RemoveAll(t.log)) }()
	cmd := exec.CommandContext(ctx, cli.Binary(), args...)
	cmd.Dir, cmd.Env = t.dir, t.env
	cmd.Stdout, cmd.Stderr = output, output
	// A group of its own: on Ctrl-C Terraform gets one interrupt, from Cancel, and not a second one from the
	// terminal, at which it would drop its state.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return 0, fmt.Errorf("terraform %s: %w", args[0], ctx.Err())
	}
	if status, ok := errors.AsType[*exec.ExitError](err); ok {
		return status.ExitCode(), nil
	}
	if err != nil {
		return 0, fmt.Errorf("terraform %s: %w", args[0], err)
	}
	return 0, nil
}

// progress is the last line of progress that the provider logged in the command that runs, for the narrator's
// signs of life; empty if there is none.
func (t *terraform) progress() string {
	text, err := os.ReadFile(t.log)
	if err != nil {
		return "" // no command runs, or nothing was logged yet
	}
	return lastProgress(string(text))
}

// logged matches a line of the provider in a log as Terraform writes it: its message without the time of the
// operation, which the narrator has too, and its fields, which come in any order:
//
//	2026-11-24T08:00:00.000Z [INFO]  provider.terraform-provider-opensearch: 3s: service: waiting: phase=service tf_rpc=x
var logged = regexp.MustCompile(`\[INFO\]  provider\.terraform-provider-opensearch: (?:[0-9.hmsµ]+: )?(.*?): (@?[a-z_]+=.*)`)

// lastProgress returns the message of the last line of progress in a log. Those have the field "phase"; what
// else is logged, such as the remarks of libraries, does not.
func lastProgress(log string) string {
	last := ""
	for _, line := range logged.FindAllStringSubmatch(log, -1) {
		if message, fields := line[1], " "+line[2]; strings.Contains(fields, " phase=") {
			last = message
		}
	}
	return last
}

// overridesFilter drops Terraform's warning that dev_overrides is in effect, which it repeats for every
// command and which is the point here.
type overridesFilter struct{ inside bool }

func (f *overridesFilter) keep(line string) bool {
	switch {
	case strings.HasPrefix(line, "Warning: Provider development overrides are in effect"):
		f.inside = true
		return false
	case f.inside:
		// The warning's last words.
		f.inside = !strings.HasSuffix(line, "releases.")
		return false
	}
	return true
}
