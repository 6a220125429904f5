// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
)

// Options of a node.
type Options struct {
	// Name is the node's name. The cluster's name is made of it.
	Name string
	// Dir is the folder in which the node's own folder is made; empty is the folder for temporary files.
	// The user that the node runs as must be able to go there.
	Dir string
	// Settings are added to opensearch.yml.
	Settings map[string]string
	// Heap is the size of the JVM's heap, like "512m". Empty is what a distribution of this size needs.
	Heap string
	// Authority makes the node one with the security plugin, TLS on both layers, and a certificate of it.
	// The distribution must have the plugin. Nil is a node without, or with the plugin disabled.
	Authority *Authority
}

// Node is a one-node cluster. Its methods may be called at the same time.
type Node struct {
	dist    Distribution
	opts    Options
	cluster string // unlike that of any other node, so that an answer of another node is not taken for its own
	paths   paths
	as      *account
	guard   *guard

	security map[string]string // settings of the security plugin; nil where it is off
	door     *door             // nil where the security plugin is off

	home    string // of the distribution, where the node's process can reach it
	release func() error

	mu                      sync.Mutex // held while the node is started or ended
	process                 *process
	current                 atomic.Pointer[process] // the same, for those who must not wait for a start
	stopped                 bool
	httpPort, transportPort int
	ccr                     bool
}

// portTries is how often Start chooses other ports when one was taken from under it.
const portTries = 5

// Start starts a node with no data and returns when it answers over HTTP. ctx bounds the start, not the
// node's life. The caller stops it; when this process ends without that, the node ends too.
func Start(ctx context.Context, d Distribution, opts Options) (*Node, error) {
	n, err := prepare(d, opts)
	if err != nil {
		return nil, fmt.Errorf("start OpenSearch node %s: %w", opts.Name, err)
	}
	for try := 1; ; try++ {
		err = n.startOnFreePorts(ctx)
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, errPortTaken) || try == portTries {
			return nil, errors.Join(fmt.Errorf("start OpenSearch node %s: %w", opts.Name, err), n.Stop(ctx))
		}
	}
}

// notInPath finds what a folder's name should not hold.
var notInPath = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// prepare makes all that a node needs before its first start.
func prepare(d Distribution, opts Options) (n *Node, err error) {
	if d.java.feature == 0 {
		return nil, errors.New("a distribution must come from Maven or FromHome")
	}
	as, err := nodeAccount()
	if err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp(opts.Dir, "opensearch-"+notInPath.ReplaceAllString(opts.Name, "_")+"-")
	if err != nil {
		return nil, fmt.Errorf("folder of the node: %w", err)
	}
	g, err := newGuard(root)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(root))
	}
	n = &Node{
		dist: d, opts: opts, as: as, guard: g, paths: pathsIn(root),
		cluster: "sandbox-" + filepath.Base(root),
		release: func() error { return nil },
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.closeDoor(), g.release())
		}
	}()
	if parent := filepath.Dir(root); !as.reaches(filepath.Join(parent, ".")) {
		return nil, fmt.Errorf("the folder %s cannot be reached by the user %s, which nodes run as because "+
			"OpenSearch does not run as root; choose another one (chmod 755 it and those above it)", parent, as.name)
	}
	if err := n.paths.make(d.Home); err != nil {
		return nil, err
	}
	if opts.Authority != nil {
		if n.security, err = n.paths.secure(d.Home, opts.Authority); err != nil {
			return nil, err
		}
		if n.door, err = openDoor(opts.Authority); err != nil {
			return nil, err
		}
	}
	if err := as.own(root); err != nil {
		return nil, fmt.Errorf("folder of the node: %w", err)
	}
	n.home, n.release, err = reachableHome(as, d.Home)
	return n, err
}

func (n *Node) startOnFreePorts(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	releasePorts(n.httpPort, n.transportPort)
	n.httpPort, n.transportPort = ports[0], ports[1]
	if n.door != nil {
		n.door.port.Store(int64(n.httpPort))
	}
	extra := map[string]string{}
	maps.Copy(extra, n.security)
	maps.Copy(extra, n.opts.Settings)
	err = n.paths.writeSettings(settings(n.dist, n.paths, n.cluster, n.opts.Name, n.httpPort, n.transportPort, extra))
	if err != nil {
		return err
	}
	if err := n.run(ctx); err != nil {
		return err
	}
	n.ccr, err = n.hasPlugin(ctx, ccrPlugin)
	return err
}

// run starts the node's process and waits until it answers; the node is locked.
func (n *Node) run(ctx context.Context) error {
	line, err := command(n.dist, n.home, n.paths, n.heap())
	if err != nil {
		return err
	}
	n.process, err = startProcess(line, n.as, n.guard, n.home, n.paths.console())
	if err != nil {
		return err
	}
	n.current.Store(n.process)
	if err := n.awaitAnswer(ctx, n.process); err != nil {
		return errors.Join(err, n.process.kill())
	}
	if n.door != nil {
		if err := n.awaitSecurity(ctx); err != nil {
			return errors.Join(err, n.process.kill())
		}
	}
	return nil
}

func (n *Node) closeDoor() error {
	if n.door == nil {
		return nil
	}
	return n.door.server.Close()
}

// heap is what a node needs: an official distribution has two dozen plugins that want more than the core.
func (n *Node) heap() string {
	switch {
	case n.opts.Heap != "":
		return n.opts.Heap
	case n.dist.plugins > 3, n.opts.Authority != nil:
		return "512m"
	default:
		return "256m"
	}
}

// URL is the address of the node's HTTP API: "http://127.0.0.1:PORT". A request without credentials may do
// everything; with the security plugin one that has credentials may do what the plugin lets its user do.
func (n *Node) URL() string {
	if n.door != nil {
		return n.door.url
	}
	return fmt.Sprintf("http://127.0.0.1:%d", n.httpPort)
}

// TransportAddress is what a remote cluster's seed is set to, HOST:PORT. It stays over restarts.
func (n *Node) TransportAddress() string { return fmt.Sprintf("127.0.0.1:%d", n.transportPort) }

// Version is the version of OpenSearch.
func (n *Node) Version() string { return n.dist.Version }

// HasCCR tells whether the node has the cross-cluster-replication plugin, as it says itself.
func (n *Node) HasCCR() bool { return n.ccr }

// Dir is the node's folder.
func (n *Node) Dir() string { return n.paths.root }

// Running tells whether the node's process is there. It does not wait for a start or an end to be done.
func (n *Node) Running() bool {
	p := n.current.Load()
	return p != nil && p.alive()
}

// Kill ends the node's process with SIGKILL, as a crash would, and returns when it is gone. The data stays.
func (n *Node) Kill() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil {
		return nil
	}
	return n.process.kill()
}

// Freeze stops the node's process where it is (SIGSTOP): its connections stay open, new ones are accepted
// by the kernel, and nothing answers, until [Node.Thaw]. To end or restart the node thaws it.
func (n *Node) Freeze() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil || !n.process.alive() {
		return fmt.Errorf("freeze OpenSearch node %s: it does not run", n.opts.Name)
	}
	return n.process.freeze()
}

// Thaw lets a frozen node continue. It may be called for one that is not frozen or has ended.
func (n *Node) Thaw() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil {
		return nil
	}
	return n.process.thaw()
}

// Shutdown ends the node's process in order. The data stays.
func (n *Node) Shutdown(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil {
		return nil
	}
	if err := n.process.terminate(ctx); err != nil {
		return fmt.Errorf("shut down OpenSearch node %s: %w", n.opts.Name, err)
	}
	return nil
}

// Restart ends the node in order if it runs, starts it on its data and its ports, and returns when it
// answers. After [Node.Kill] or [Node.Shutdown] it is what brings the node back.
func (n *Node) Restart(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped {
		return fmt.Errorf("restart OpenSearch node %s: it was stopped and its data is gone", n.opts.Name)
	}
	if err := n.process.terminate(ctx); err != nil {
		return fmt.Errorf("restart OpenSearch node %s: %w", n.opts.Name, err)
	}
	if err := n.run(ctx); err != nil {
		return fmt.Errorf("restart OpenSearch node %s: %w", n.opts.Name, err)
	}
	return nil
}

// Stop ends the node and removes its folder. It may be called again.
func (n *Node) Stop(context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped {
		return nil
	}
	n.stopped = true
	var err error
	if n.process != nil {
		// What an orderly end would save is removed right after.
		err = n.process.kill()
	}
	releasePorts(n.httpPort, n.transportPort)
	return errors.Join(err, n.closeDoor(), n.guard.release(), n.release())
}
