// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// floor is the size of a stripped provider with one empty resource on the same
// framework, in bytes (measured in autumn 2026).
const floor = 18 << 20

// BenchmarkStartup measures what each run of Terraform pays before the provider
// does anything: the time to its handshake, beside that of a process that only
// starts and ends, its peak memory and its size.
func BenchmarkStartup(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "terraform-provider-opensearch")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	var start, nothing time.Duration
	var memory int64
	for b.Loop() {
		began := time.Now()
		memory = max(memory, handshake(b, binary))
		start += time.Since(began)
		began = time.Now()
		if err := exec.CommandContext(b.Context(), "true").Run(); err != nil {
			b.Fatal(err)
		}
		nothing += time.Since(began)
	}
	b.ReportMetric(start.Seconds()*1000/float64(b.N), "ms/start")
	b.ReportMetric(start.Seconds()/nothing.Seconds(), "start/nothing")
	b.ReportMetric(float64(memory)/(1<<20), "MB/peak")
	b.ReportMetric(float64(info.Size())/(1<<20), "MB/size")
	b.ReportMetric(float64(info.Size())/floor, "size/floor")
}

// handshake runs the provider as Terraform does until it says where it listens,
// ends it and returns its peak memory in bytes.
func handshake(b *testing.B, binary string) int64 {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary)
	cmd.Env = append(os.Environ(), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "|tcp|") && !strings.Contains(line, "|unix|") {
		b.Fatalf("no handshake: %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss * 1024 // Linux counts in KiB
}
