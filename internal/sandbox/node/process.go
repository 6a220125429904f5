// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// process is one run of a node.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and was reaped

	console string // file that takes what it prints
	began   int64  // where in the file its own output begins, after that of the node's runs before it
}

// startProcess starts the command line as the account, in the folder dir, its output appended to the file
// console. The guard knows of it before it does anything.
func startProcess(line []string, as *account, g *guard, dir, console string) (*process, error) {
	output, err := os.OpenFile(console, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("output of the node: %w", err)
	}
	defer func() { _ = output.Close() }() // the process has its own; nothing was written through this one
	before, err := output.Stat()
	if err != nil {
		return nil, fmt.Errorf("output of the node: %w", err)
	}
	cmd := exec.Command("sh", append([]string{"-c", gateScript, "sandbox-node"}, line...)...)
	cmd.Dir = dir
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = output, output
	// A group of its own: Ctrl-C is for this process, which then ends the nodes in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as.credential()}
	gate, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the node: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the node: %w", err)
	}
	p := &process{cmd: cmd, done: make(chan struct{}), console: console, began: before.Size()}
	err = g.watch(cmd.Process.Pid)
	if err == nil {
		_, err = gate.Write([]byte("go\n"))
	}
	err = errors.Join(err, gate.Close())
	go func() {
		// How it ended is in its log; that it ended is all that is asked for.
		_ = cmd.Wait()
		// An error here means that the guard has ended, and then there is nothing left to tell it.
		_ = g.forget()
		close(p.done)
	}()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the node: %w", err), p.kill())
	}
	return p, nil
}

// environment is that of this process without what would change how a JVM or OpenSearch starts.
func environment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		drop := false
		for _, prefix := range []string{"JAVA_TOOL_OPTIONS=", "JDK_JAVA_OPTIONS=", "_JAVA_OPTIONS=", "OPENSEARCH_", "CLASSPATH="} {
			drop = drop || strings.HasPrefix(entry, prefix)
		}
		if !drop {
			kept = append(kept, entry)
		}
	}
	return kept
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// kill ends the process at once and waits until it is gone.
func (p *process) kill() error {
	return p.signal(syscall.SIGKILL, 10*time.Second)
}

// freeze stops the process where it is, with all its connections open; thaw lets it continue. A process
// that has ended stays ended.
func (p *process) freeze() error { return p.toGroup(syscall.SIGSTOP) }
func (p *process) thaw() error   { return p.toGroup(syscall.SIGCONT) }

func (p *process) toGroup(s syscall.Signal) error {
	if !p.alive() {
		return nil
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %s to the node, process %d: %w", s, p.cmd.Process.Pid, err)
	}
	return nil
}

// terminate asks the process to end and kills it if it has not done so in time. One that is frozen could
// not even be asked.
func (p *process) terminate(ctx context.Context) error {
	if err := p.thaw(); err != nil {
		return err
	}
	patience := time.Minute // on a busy machine; it takes a moment on an idle one
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline))
	}
	if err := p.signal(syscall.SIGTERM, patience); err == nil {
		return nil
	}
	return p.kill()
}

func (p *process) signal(s syscall.Signal, patience time.Duration) error {
	if !p.alive() {
		return nil
	}
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end the node, process %d: %w", p.cmd.Process.Pid, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("end the node: process %d is still there %s after %s", p.cmd.Process.Pid, patience, s)
	}
}

// stackFrame is a line of a stack trace, or the JVM's complaint about the security manager.
var stackFrame = regexp.MustCompile(`^\s+(at |\.\.\. \d+ more)|^WARNING: `)

// printed returns what the process has printed, without the frames of stack traces.
func (p *process) printed() []string {
	text, err := os.ReadFile(p.console)
	if err != nil {
		return []string{err.Error()}
	}
	var lines []string
	for line := range strings.Lines(string(text[min(p.began, int64(len(text))):])) {
		line = strings.TrimRight(line, "\r\n")
		if !stackFrame.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// lastPrinted returns the last lines that the process has printed.
func (p *process) lastPrinted() string {
	lines := p.printed()
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
