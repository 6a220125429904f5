// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// guardScript outlives this process. It reads process ids, one a line, until the pipe that feeds it closes,
// which the kernel sees to when this process ends, also by SIGKILL. Then it kills the last process it was
// told of ("-" is none) and removes the folder, again should the process have written on while it died. It
// does not look for the process: one that nobody reaps is seen for ever, as in a container whose first
// process is not an init.
const guardScript = `trap '' INT TERM HUP QUIT
pid=-
while read -r line; do pid=$line; done
if [ "$pid" != - ]; then
  kill -s KILL -- "-$pid" 2>/dev/null
  sleep 0.1
fi
tries=0
while rm -rf -- "$1"; [ -e "$1" ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries+1)); done
`

// gateScript holds a new process back until it is told to go on. So the guard knows its process id before
// it does anything, and if this process ends in between, the read fails and nothing was started.
const gateScript = `read -r go && exec "$@"`

// guard removes a folder and kills the process that works in it when this process ends, however it ends.
type guard struct {
	mu   sync.Mutex
	pipe io.WriteCloser
	cmd  *exec.Cmd
	dir  string
}

func newGuard(dir string) (*guard, error) {
	cmd := exec.Command("sh", "-c", guardScript, "sandbox-guard", dir)
	// Neither Ctrl-C at the terminal nor the end of the test's process group may reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Dir = "/"
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("guard of %s: %w", dir, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("guard of %s: %w", dir, err)
	}
	return &guard{pipe: pipe, cmd: cmd, dir: dir}, nil
}

// watch tells the guard which process to kill. It must lead its process group.
func (g *guard) watch(pid int) error { return g.tell(fmt.Sprint(pid)) }

// forget tells the guard that there is no process: its id may be given to another one from now on.
func (g *guard) forget() error { return g.tell("-") }

func (g *guard) tell(line string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pipe == nil {
		return nil
	}
	if _, err := io.WriteString(g.pipe, line+"\n"); err != nil {
		return fmt.Errorf("guard of %s: %w", g.dir, err)
	}
	return nil
}

// release makes the guard do its work now and waits until the folder is gone.
func (g *guard) release() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pipe == nil {
		return nil
	}
	err := g.pipe.Close()
	g.pipe = nil
	if err != nil {
		return fmt.Errorf("guard of %s: %w", g.dir, err)
	}
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("guard of %s: %w", g.dir, err)
	}
	if _, err := os.Lstat(g.dir); err == nil {
		return fmt.Errorf("the folder %s could not be removed", g.dir)
	}
	return nil
}
