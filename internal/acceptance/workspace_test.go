// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
)

// workspace is a folder with a configuration, in which the real terraform runs
// with the real provider as its child. The tests that use it look at what a user
// sees: warnings, the plan's text, an interrupt, logs and the state file.
type workspace struct {
	t   *testing.T
	dir string
	env []string
	// secrets must not show up in any output or in the state.
	secrets func() []string
}

var built struct {
	once sync.Once
	dir  string
	err  error
}

// builtProvider is the folder with the built provider.
func builtProvider(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "opensearch-provider-"); built.err != nil { //nolint:usetesting // it outlives this test
			return
		}
		cleanUps = append(cleanUps, func() error { return os.RemoveAll(built.dir) })
		output, err := exec.Command("go", "build", "-o", filepath.Join(built.dir, "terraform-provider-opensearch"), "../..").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("build the provider: %w\n%s", err, output)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

// newWorkspace makes a workspace whose provider is configured by the
// environment.
func newWorkspace(t *testing.T, environment ...string) *workspace {
	t.Helper()
	skipUnlessAcceptance(t)
	w := &workspace{t: t, dir: t.TempDir(), secrets: func() []string { return nil }}
	// Development overrides need no terraform init, so no registry.
	settings := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"opensearch-ccr/opensearch\" = %q\n  }\n  direct {}\n}\n", builtProvider(t))
	rc := filepath.Join(w.dir, "terraform.rc")
	if err := os.WriteFile(rc, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TF_") || strings.HasPrefix(v, "AIVEN_") })
	w.env = append(w.env, "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	w.env = append(w.env, environment...)
	return w
}

// again is a new workspace without a state that is configured like this one.
func (w *workspace) again() *workspace {
	w.t.Helper()
	other := *w
	other.dir = w.t.TempDir()
	return &other
}

// write replaces the configuration.
func (w *workspace) write(configuration string) {
	w.t.Helper()
	const providers = "terraform {\n  required_providers {\n    opensearch = {\n      source = \"opensearch-ccr/opensearch\"\n    }\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(providers+configuration), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// run is a terraform command that ended.
type run struct {
	t      *testing.T
	code   int
	output string
}

// command is a terraform command that is about to run. It is in a process
// group of its own, as at a terminal.
func (w *workspace) command(ctx context.Context, output *bytes.Buffer, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, cli.Binary(), args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

func (w *workspace) terraform(args ...string) run {
	w.t.Helper()
	var output bytes.Buffer
	cmd := w.command(w.t.Context(), &output, append(args, "-no-color")...)
	err := cmd.Run()
	return w.ended(cmd, &output, err)
}

// ended looks at a command's outcome, and for secrets.
func (w *workspace) ended(cmd *exec.Cmd, output *bytes.Buffer, err error) run {
	w.t.Helper()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("terraform: %v\n%s", err, output)
	}
	r := run{t: w.t, code: cmd.ProcessState.ExitCode(), output: output.String()}
	state, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	for _, secret := range w.secrets() {
		if strings.Contains(r.output, secret) || bytes.Contains(state, []byte(secret)) {
			w.t.Errorf("a secret is in the output or the state of terraform %s", strings.Join(cmd.Args[1:], " "))
		}
	}
	return r
}

// plan runs a plan; its exit code is 0 where nothing is to change, 2 where
// something is, 1 for an error.
func (w *workspace) plan(args ...string) run {
	w.t.Helper()
	return w.terraform(append([]string{"plan", "-detailed-exitcode", "-input=false"}, args...)...)
}

// planEmpty fails the test unless nothing is to change.
func (w *workspace) planEmpty(args ...string) run {
	w.t.Helper()
	r := w.plan(args...)
	if r.code != 0 {
		w.t.Fatalf("the plan is not empty (exit code %d):\n%s", r.code, r.output)
	}
	return r
}

// refreshEmpty fails the test unless a refresh finds nothing that has changed, by
// its words and by its exit code.
func (w *workspace) refreshEmpty() run {
	w.t.Helper()
	r := w.plan("-refresh-only")
	r.says("No changes. Your infrastructure still matches the configuration.")
	if want := w.refreshExit(); !slices.Contains(want, r.code) {
		w.t.Errorf("a refresh without changes has exit code %d, want one of %v:\n%s", r.code, want, r.output)
	}
	return r
}

// refreshExit are the exit codes that a refresh without changes may have. Some
// versions before Terraform 1.15 compare a number of the state with one that a
// provider gives by how each is held in memory, which differs: then every resource
// with a number makes it 2. That was seen with 1.11; with 1.15 a data source with a
// number still does.
func (w *workspace) refreshExit() []int {
	w.t.Helper()
	var major, minor int
	name, version, _ := strings.Cut(w.terraform("version").output, " v")
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		w.t.Fatalf("version %q: %v", version, err)
	}
	managed, data := w.stateHasNumbers("managed"), w.stateHasNumbers("data")
	switch fixed := major > 1 || minor >= 15; {
	case !data && (!managed || name == "Terraform" && fixed):
		return []int{0}
	case managed && name == "Terraform" && minor == 11:
		return []int{2}
	}
	return []int{0, 2}
}

// stateHasNumbers reports whether a resource of the state, or a data source for
// mode "data", has an attribute that is a number.
func (w *workspace) stateHasNumbers(mode string) bool {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if err != nil {
		w.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Mode      string          `json:"mode"`
			Instances []stateInstance `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		w.t.Fatal(err)
	}
	for _, r := range state.Resources {
		for _, instance := range r.Instances {
			for _, value := range instance.Attributes {
				if _, number := value.(float64); number && r.Mode == mode {
					return true
				}
			}
		}
	}
	return false
}

// planUpdate fails the test unless the follower is to be updated in place.
func (w *workspace) planUpdate(args ...string) run {
	w.t.Helper()
	r := w.plan(args...)
	if r.code != 2 {
		w.t.Fatalf("the plan has exit code %d, not that of a change:\n%s", r.code, r.output)
	}
	r.says(followerAddress+" will be updated in-place", "0 to add, 1 to change, 0 to destroy")
	return r
}

// planFails fails the test unless the plan is refused.
func (w *workspace) planFails(args ...string) run {
	w.t.Helper()
	r := w.plan(args...)
	if r.code != 1 {
		w.t.Fatalf("the plan is not refused (exit code %d):\n%s", r.code, r.output)
	}
	return r
}

func (w *workspace) apply(args ...string) run {
	w.t.Helper()
	r := w.terraform(append([]string{"apply", "-auto-approve", "-input=false"}, args...)...)
	if r.code != 0 {
		w.t.Fatalf("apply fails (exit code %d):\n%s", r.code, r.output)
	}
	return r
}

func (w *workspace) applyFails(args ...string) run {
	w.t.Helper()
	r := w.terraform(append([]string{"apply", "-auto-approve", "-input=false"}, args...)...)
	if r.code != 1 {
		w.t.Fatalf("apply does not fail (exit code %d):\n%s", r.code, r.output)
	}
	return r
}

// terraformFails fails the test unless a command is refused.
func (w *workspace) terraformFails(args ...string) run {
	w.t.Helper()
	r := w.terraform(args...)
	if r.code != 1 {
		w.t.Fatalf("terraform %s is not refused (exit code %d):\n%s", args[0], r.code, r.output)
	}
	return r
}

func (w *workspace) destroy() run {
	w.t.Helper()
	r := w.terraform("destroy", "-auto-approve", "-input=false")
	if r.code != 0 {
		w.t.Fatalf("destroy fails (exit code %d):\n%s", r.code, r.output)
	}
	return r
}

// stateInstance is a resource in the state file.
type stateInstance struct {
	Status     string         `json:"status"` // "tainted" or empty
	Attributes map[string]any `json:"attributes"`
}

// instance returns the follower of the state, and whether it is there.
func (w *workspace) instance() (stateInstance, bool) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return stateInstance{}, false
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type      string          `json:"type"`
			Instances []stateInstance `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		w.t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Type == "opensearch_ccr_follower" && len(r.Instances) > 0 {
			return r.Instances[0], true
		}
	}
	return stateInstance{}, false
}

// expect compares attributes of the follower in the state.
func (w *workspace) expect(want map[string]any) {
	w.t.Helper()
	instance, there := w.instance()
	if !there {
		w.t.Fatal("the follower is not in the state")
	}
	for name, value := range want {
		if got := instance.Attributes[name]; fmt.Sprint(got) != fmt.Sprint(value) {
			w.t.Errorf("%s is %v in the state, want %v", name, got, value)
		}
	}
}

// says fails the test unless the output has all texts, however it is wrapped.
func (r run) says(texts ...string) {
	r.t.Helper()
	said := strings.Join(strings.Fields(r.output), " ")
	for _, text := range texts {
		if !strings.Contains(said, strings.Join(strings.Fields(text), " ")) {
			r.t.Errorf("the output does not say %q:\n%s", text, r.output)
		}
	}
}

// saysNot fails the test if the output has one of the texts.
func (r run) saysNot(texts ...string) {
	r.t.Helper()
	said := strings.Join(strings.Fields(r.output), " ")
	for _, text := range texts {
		if strings.Contains(said, text) {
			r.t.Errorf("the output says %q:\n%s", text, r.output)
		}
	}
}

// matches fails the test unless the output has each diagnostic.
func (r run) matches(diagnostics ...*regexp.Regexp) {
	r.t.Helper()
	for _, d := range diagnostics {
		if !d.MatchString(r.output) {
			r.t.Errorf("the output does not match %s:\n%s", d, r.output)
		}
	}
}

// diagnostic matches the whole of an error or a warning about the follower:
// its summary, the configuration's line that it points at, and its detail.
// Terraform wraps the text.
func diagnostic(kind, summary, line, detail string) *regexp.Regexp {
	if line == "" { // the resource as a whole, or an attribute that is not set
		line = `resource "opensearch_ccr_follower" "test" {`
	}
	return regexp.MustCompile(words(kind+": "+summary) + `\s+with opensearch_ccr_follower\.test,\s+on \S+ line \d+, in resource "opensearch_ccr_follower" "test":\s+\d+:\s+` +
		words(line) + `\s+` + words(detail))
}

// diagnosticAbout is [diagnostic] for a detail with parts that are not the same
// in each run, between the texts.
func diagnosticAbout(kind, summary, line string, details ...string) *regexp.Regexp {
	pattern := strings.TrimSuffix(diagnostic(kind, summary, line, "DETAIL").String(), "DETAIL")
	for i, d := range details {
		if i > 0 {
			pattern += `\S*\s*`
		}
		pattern += words(d) + `\s*`
	}
	return regexp.MustCompile(pattern)
}

// words matches a text however its lines are broken.
func words(text string) string {
	fields := strings.Fields(text)
	for i, f := range fields {
		fields[i] = regexp.QuoteMeta(f)
	}
	return strings.Join(fields, `\s+`)
}
