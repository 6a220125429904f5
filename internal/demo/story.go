// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
)

// The services of examples/demo.
const (
	leaderName   = "search-us"
	followerName = "search-eu"
	leaderPlan   = "business-4"
	refusedPlan  = "startup-4"
)

// story is what the steps of the demo hand on to each other.
type story struct {
	teller *narrator
	root   string // of the repository
	work   string // temporary folder, for everything that the demo writes
	// archive is the release archive that the provider is installed from; empty:
	// it is built from this tree.
	archive string
	mirror  cli.Mirror // of the archive

	sandbox   *sandbox.Sandbox
	project   string
	leader    *sandbox.Service
	follower  *sandbox.Service
	terraform atomic.Pointer[terraform] // read by the narrator meanwhile
}

func (s *story) progress() string {
	if t := s.terraform.Load(); t != nil {
		return t.progress()
	}
	return ""
}

// tell runs the steps in order, up to the first that fails, and then takes the sandbox down.
func (s *story) tell(ctx context.Context) (err error) {
	defer func() {
		if s.sandbox != nil {
			err = errors.Join(err, s.takeDown(ctx))
		}
	}()
	for _, step := range []step{
		s.provide(),
		{"Start a sandbox: the Aiven API on this machine, each service a real OpenSearch node", s.startSandbox},
		{fmt.Sprintf("Make the leader %s, plan %s, and put data into it", leaderName, leaderPlan), s.makeLeader},
		{"terraform apply: the follower, its integration, every index, in one go", s.apply},
		{"Status and lag, as the follower itself says", s.showLag},
		{"Write to the leader, read on the follower", s.writeAndRead},
		{"A new index on the leader: the autofollow rule picks it up", s.newIndex},
		{"A second plan is empty, although the leader was written to", s.planIsEmpty},
		{fmt.Sprintf("Ask for plan %s: refused before anything is changed", refusedPlan), s.planIsRefused},
		{"terraform destroy: the leader is freed, then the follower is deleted", s.destroy},
		{"Nothing is left of the follower, the leader is as it was", s.nothingIsLeft},
	} {
		s.teller.step(step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// step is one of the steps.
type step struct {
	what string
	do   func(context.Context) error
}

// provide is the step after which there is a provider to use.
func (s *story) provide() step {
	if s.archive != "" {
		return step{"Put the release archive where terraform init installs it from", s.offer}
	}
	return step{"Build the provider from this tree", s.build}
}

func (s *story) offer(ctx context.Context) (err error) {
	s.mirror, err = cli.NewMirror(ctx, s.archive, filepath.Join(s.work, "mirror"))
	if err == nil {
		s.teller.say("version %s", s.mirror.Version)
	}
	return err
}

func (s *story) build(ctx context.Context) error {
	binary := filepath.Join(s.plugins(), "terraform-provider-opensearch")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	cmd.Dir = s.root
	output := &lines{each: func(line string) { s.teller.say("| %s", line) }}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w", errors.Join(ctx.Err(), err))
	}
	info, err := os.Stat(binary)
	if err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	s.teller.say("%s, %d MB", filepath.Base(binary), info.Size()>>20)
	return nil
}

func (s *story) plugins() string { return filepath.Join(s.work, "plugins") }

func (s *story) nodes() string { return filepath.Join(s.work, "sandbox") }

func (s *story) startSandbox(ctx context.Context) (err error) {
	s.sandbox, err = sandbox.Start(ctx, sandbox.Options{Dir: s.nodes(), Progress: s.teller.say})
	if err != nil {
		return err
	}
	s.project = s.sandbox.NewProject()
	s.teller.say("the Aiven API answers on %s, project %s", s.sandbox.APIURL(), s.project)
	return nil
}

func (s *story) makeLeader(ctx context.Context) (err error) {
	s.leader, err = s.sandbox.CreateService(ctx, s.project, leaderName, leaderPlan)
	if err != nil {
		return err
	}
	s.teller.say("%s runs OpenSearch on %s", leaderName, s.leader.URL())
	for _, index := range indices {
		if err := fill(ctx, s.leader, index); err != nil {
			return err
		}
		s.teller.say("index %s: %d documents", index.name, index.documents)
	}
	return nil
}

func (s *story) apply(ctx context.Context) error {
	settings := fromFolder(s.plugins())
	if s.archive != "" {
		settings = s.mirror.Settings
	}
	t, err := newTerraform(s.teller, filepath.Join(s.root, "examples", "demo"), settings, s.work, map[string]string{
		"AIVEN_WEB_URL":  s.sandbox.APIURL(),
		"AIVEN_TOKEN":    s.sandbox.Token(),
		"AIVEN_PROJECT":  s.project,
		"TF_VAR_project": s.project,
	})
	if err != nil {
		return err
	}
	s.terraform.Store(t)
	if s.archive != "" {
		if err := errors.Join(t.override(s.mirror.Override), t.must(ctx, "init", "-input=false")); err != nil {
			return err
		}
	}
	if err := t.must(ctx, "apply", "-auto-approve", "-input=false"); err != nil {
		return err
	}
	outputs, err := t.outputs(ctx)
	if err != nil {
		return err
	}
	if outputs["status"] != "replicating" {
		return fmt.Errorf("output status is %q, want replicating", outputs["status"])
	}
	var there bool
	if s.follower, there = s.sandbox.Service(s.project, followerName); !there {
		return fmt.Errorf("the sandbox has no service %s after the apply", followerName)
	}
	return nil
}

// planIsEmpty asks for the exit code that tells an empty plan (0) from one with changes (2).
func (s *story) planIsEmpty(ctx context.Context) error {
	_, exit, err := s.terraform.Load().run(ctx, "plan", "-detailed-exitcode", "-input=false")
	if err == nil && exit != 0 {
		err = fmt.Errorf("terraform plan: exit code %d, want 0: no changes", exit)
	}
	return err
}

func (s *story) planIsRefused(ctx context.Context) error {
	output, exit, err := s.terraform.Load().run(ctx, "plan", "-input=false", "-var", "plan="+refusedPlan)
	if err != nil {
		return err
	}
	if exit == 0 || !strings.Contains(output, refusedPlan) {
		return fmt.Errorf("terraform plan: exit code %d; want a refusal that names %s", exit, refusedPlan)
	}
	return nil
}

func (s *story) destroy(ctx context.Context) error {
	return s.terraform.Load().must(ctx, "destroy", "-auto-approve", "-input=false")
}

func (s *story) nothingIsLeft(ctx context.Context) error {
	left, err := s.terraform.Load().resources(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("Terraform's state still has %s", strings.Join(left, ", "))
	}
	path := "/v1/project/" + s.project + "/service/" + followerName
	status, err := s.askAPI(ctx, path)
	if err != nil {
		return err
	}
	if status != http.StatusNotFound {
		return fmt.Errorf("GET %s: %d, want 404: the service still exists", path, status)
	}
	s.teller.say("Terraform's state is empty; GET %s: 404", path)
	return s.leaderIsFree(ctx)
}

// askAPI returns the status that the Aiven API answers a GET with.
func (s *story) askAPI(ctx context.Context, path string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.sandbox.APIURL()+path, nil)
	if err != nil {
		return 0, fmt.Errorf("GET %s: %w", path, err)
	}
	request.Header.Set("Authorization", "aivenv1 "+s.sandbox.Token())
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("GET %s: %w", path, err)
	}
	return answer.StatusCode, answer.Body.Close()
}

// takeDown ends the sandbox, also where the story was cut short, and looks for what may be left.
func (s *story) takeDown(ctx context.Context) error {
	s.teller.step("Stop the sandbox")
	// After an interrupt ctx is over, and there is still this to do.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := s.sandbox.Close(ctx); err != nil {
		return fmt.Errorf("stop the sandbox: %w", err)
	}
	processes, err := processesIn(ctx, s.nodes())
	if err != nil {
		return err
	}
	if len(processes) > 0 {
		return fmt.Errorf("the sandbox left processes behind:\n%s", strings.Join(processes, "\n"))
	}
	s.teller.say("no process is left; %.0f s in all", time.Since(s.teller.started).Seconds())
	return nil
}

// processesIn lists the processes that have a file of folder in their command line.
func processesIn(ctx context.Context, folder string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "ps", "-A", "-o", "pid=,args=").Output()
	if err != nil {
		return nil, fmt.Errorf("list processes: ps: %w", err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, folder) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found, nil
}
