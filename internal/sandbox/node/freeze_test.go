// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// A frozen node is silent, not gone; it can be thawed, restarted and, here by the end of the test, stopped.
func TestLongNode_Frozen(t *testing.T) {
	t.Parallel()
	n := start(t, distribution(t), "frozen")
	answers := func(within time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		return err
	}
	freeze := func() {
		t.Helper()
		if err := n.Freeze(); err != nil {
			t.Fatal(err)
		}
		if !n.Running() {
			t.Error("the frozen node does not run")
		}
		if answers(500*time.Millisecond) == nil {
			t.Error("the frozen node answers")
		}
	}
	freeze()
	if err := n.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := answers(time.Minute); err != nil {
		t.Errorf("after the thaw: %v", err)
	}
	freeze()
	began := time.Now()
	if err := n.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 50*time.Second {
		t.Errorf("the restart took %s, as if the frozen process had to be killed", took)
	}
	if err := answers(time.Minute); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if err := n.Kill(); err != nil {
		t.Fatal(err)
	}
	if n.Freeze() == nil {
		t.Error("a node that does not run was frozen")
	}
	if err := n.Thaw(); err != nil {
		t.Errorf("thaw of a node that does not run: %v", err)
	}
	if err := n.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	freeze()
}
