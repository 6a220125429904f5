// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// startRows are the rows of what each run of Terraform pays for the provider as a program.
func (b *bench) startRows() []row {
	return []row{
		{name: "start", what: "start of the provider, until it listens", floor: "of the empty provider", bound: 1.3, runs: 15, measure: b.startTime},
		{name: "binary", what: "stripped binary", unit: inBytes, bound: 25e6, runs: 1, measure: func(ctx context.Context, _ int) (float64, float64, error) {
			t, err := b.built(ctx)
			return float64(t.size), 0, err
		}},
		{name: "memory_replications", what: "peak memory, plan of 1,000 replications", unit: inBytes, bound: 80e6, runs: 3, measure: func(ctx context.Context, _ int) (float64, float64, error) {
			r, err := b.manyInSync(ctx)
			if err != nil {
				return 0, 0, err
			}
			peak, err := b.peakMemory(ctx, r.folder)
			return peak, 0, err
		}},
		{name: "memory_follower", what: "peak memory, plan of a follower of 10,000 indices", unit: inBytes, bound: 150e6, runs: 3, measure: func(ctx context.Context, _ int) (float64, float64, error) {
			f, err := b.follower(ctx, manyIndices)
			if err != nil {
				return 0, 0, err
			}
			peak, err := b.peakMemory(ctx, f.folder)
			return peak, 0, err
		}},
	}
}

func (b *bench) startTime(ctx context.Context, _ int) (ours, floor float64, err error) {
	t, err := b.built(ctx)
	if err != nil {
		return 0, 0, err
	}
	took := func(binary string) (float64, error) {
		began := time.Now()
		p, err := startProvider(ctx, binary, os.Environ())
		if err != nil {
			return 0, err
		}
		listens := time.Since(began).Seconds()
		_, err = p.end()
		return listens, err
	}
	if ours, err = took(t.ours); err != nil {
		return 0, 0, err
	}
	floor, err = took(t.empty)
	return ours, floor, err
}

// process is a provider that runs as Terraform runs it.
type process struct {
	cmd     *exec.Cmd
	address string
}

// startProvider starts a provider and returns when it listens.
func startProvider(ctx context.Context, binary string, environment []string) (*process, error) {
	cmd := exec.CommandContext(ctx, binary)
	// What Terraform sets: a provider refuses to start without the first.
	cmd.Env = append(slices.Clone(environment), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	// CORE-PROTOCOL|APP-PROTOCOL|NETWORK|ADDRESS|grpc|…
	parts := strings.Split(line, "|")
	if err != nil || len(parts) < 4 || parts[2] != "unix" {
		return nil, errors.Join(fmt.Errorf("the provider does not say where it listens: %q: %w", line, err), cmd.Process.Kill(), cmd.Wait())
	}
	return &process{cmd: cmd, address: parts[3]}, nil
}

// end ends the provider and returns its peak memory in bytes.
func (p *process) end() (float64, error) {
	peak, unread := peakOf(p.cmd.Process.Pid)
	if err := p.cmd.Process.Kill(); err != nil {
		return 0, err
	}
	_ = p.cmd.Wait() // it was killed
	_ = os.Remove(p.address)
	return peak, unread
}

// peakOf is the most memory that a process had so far, as Linux tells it. What wait tells when it has ended
// is at least what its parent had when it started it.
func peakOf(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("the memory of the provider: %w", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscanf(rest, "%f kB", &kib); err != nil {
		return 0, fmt.Errorf("the memory of the provider: %w", err)
	}
	return kib * 1024, nil
}

// peakMemory is the most memory that the provider has while it plans what is in a folder. Terraform does not
// start it but is told where it listens, so that its figure can be asked for when it ends.
func (b *bench) peakMemory(ctx context.Context, f *folder) (peak float64, err error) {
	t, err := b.built(ctx)
	if err != nil {
		return 0, err
	}
	p, err := startProvider(ctx, t.ours, f.env)
	if err != nil {
		return 0, err
	}
	attach, err := json.Marshal(map[string]any{"opensearch-ccr/opensearch": map[string]any{
		"Protocol": "grpc", "ProtocolVersion": 6, "Pid": p.cmd.Process.Pid, "Test": true, "Addr": map[string]string{"Network": "unix", "String": p.address}}})
	if err == nil {
		attached := &folder{dir: f.dir, env: append(slices.Clone(f.env), "TF_REATTACH_PROVIDERS="+string(attach))}
		_, err = attached.planEmpty(ctx)
	}
	peak, ended := p.end()
	return peak, errors.Join(err, ended)
}
