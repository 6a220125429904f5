// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// fakePlatform has no nodes. A fake, because the tests ask what the control
// plane wants of a platform, and in which order; real nodes are the sandbox's
// own tests'.
type fakePlatform struct {
	t *testing.T

	mu     sync.Mutex
	calls  []string
	busy   map[controlplane.ServiceRef]string // the call that runs for a service
	fails  map[string]int                     // a call's kind to how often it fails yet
	blocks map[string]chan struct{}           // a call's kind to what it waits for
	nodes  map[controlplane.ServiceRef]string // service to version
}

func newFakePlatform(t *testing.T) *fakePlatform {
	t.Helper()
	return &fakePlatform{
		t: t, busy: map[controlplane.ServiceRef]string{}, fails: map[string]int{},
		blocks: map[string]chan struct{}{}, nodes: map[controlplane.ServiceRef]string{},
	}
}

var _ controlplane.Platform = (*fakePlatform)(nil)
var _ controlplane.VersionStarter = (*fakePlatform)(nil)

func (p *fakePlatform) CanStart(version string) bool { return version != "3.3" }

// call records a call and carries out what a test wants of its kind.
func (p *fakePlatform) call(ctx context.Context, ref controlplane.ServiceRef, kind, detail string) error {
	p.mu.Lock()
	what := fmt.Sprintf("%s %s%s", kind, ref.Name, detail)
	if other := p.busy[ref]; other != "" {
		p.t.Errorf("%s while %s still runs", what, other)
	}
	p.busy[ref] = what
	p.calls = append(p.calls, what)
	block := p.blocks[kind]
	fail := p.fails[kind] > 0
	if fail {
		p.fails[kind]--
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.busy[ref] = ""
	}()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail {
		return errors.New("fake platform: " + kind + " failed")
	}
	return ctx.Err()
}

func (p *fakePlatform) StartService(ctx context.Context, ref controlplane.ServiceRef, version string) (controlplane.Endpoint, error) {
	if err := p.call(ctx, ref, "start", " "+version); err != nil {
		return controlplane.Endpoint{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nodes[ref] = version
	return controlplane.Endpoint{Scheme: "https", Host: "127.0.0.1", Port: 9200, Username: "avnadmin", Password: "s3cret"}, nil
}

func (p *fakePlatform) StopService(ctx context.Context, ref controlplane.ServiceRef) error {
	return p.call(ctx, ref, "stop", "")
}

func (p *fakePlatform) DeleteService(ctx context.Context, ref controlplane.ServiceRef) error {
	if err := p.call(ctx, ref, "delete", ""); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.nodes, ref)
	return nil
}

func (p *fakePlatform) RecycleService(ctx context.Context, ref controlplane.ServiceRef) error {
	return p.call(ctx, ref, "recycle", "")
}

func (p *fakePlatform) Connect(ctx context.Context, _, follower controlplane.ServiceRef, alias string) error {
	return p.call(ctx, follower, "connect", " to "+alias)
}

func (p *fakePlatform) Disconnect(ctx context.Context, _, follower controlplane.ServiceRef, alias string) error {
	return p.call(ctx, follower, "disconnect", " from "+alias)
}

// block makes calls of a kind wait until release is called.
func (p *fakePlatform) block(kind string) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	block := make(chan struct{})
	p.blocks[kind] = block
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.blocks, kind)
		close(block)
	}
}

func (p *fakePlatform) failNext(kind string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails[kind] = n
}

func (p *fakePlatform) called(call string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.calls, call)
}

func (p *fakePlatform) callsSoFar() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func (p *fakePlatform) nodeCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.nodes)
}
