// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// replicationAction is the action of the task that a replication runs as.
const replicationAction = "cluster:indices/admin/replication"

// wedge is the task that a replication left behind when it was stopped.
type wedge struct {
	alias, leaderIndex, uuid string
	node                     string // its id
	task                     int
	started                  time.Time
	cancelled                bool
}

// cancelTakes is how long a cancelled task is still there; the real one takes some seconds.
const cancelTakes = time.Second

// Wedge leaves the task of a replication behind that is not there any more, as a node with the real plugin
// does when it was restarted while the replication ran and the replication was stopped later: its status is
// NOT IN PROGRESS, a stop is refused, and every start under the name of the follower index fails, until the
// task is cancelled, the node is restarted, or [Gateway.Unwedge] is called. The caller sees to it that
// nothing replicates into the index and that it does not exist.
//
// What an autofollow rule starts does not pass through the gateway. So that a rule fails too, and lists the
// name among its failed indices, the plugin's own switch against starts is on while a name is wedged (the
// transient setting plugins.replication.follower.block.start). Starts of other names through the gateway
// get through.
func (g *Gateway) Wedge(ctx context.Context, leaderAlias, leaderIndex, followerIndex string) error {
	node, err := g.nodeID(ctx)
	if err == nil {
		err = g.blockStarts(ctx, true)
	}
	if err != nil {
		return fmt.Errorf("wedge %s: %w", followerIndex, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tasks++
	g.wedges[followerIndex] = wedge{
		alias: leaderAlias, leaderIndex: leaderIndex, uuid: newUUID(),
		node: node, task: 1_000_000 + g.tasks, started: time.Now(),
	}
	return nil
}

// blockStarts switches the plugin's refusal of every start on or off.
func (g *Gateway) blockStarts(ctx context.Context, on bool) error {
	value := "null"
	if on {
		value = "true"
	}
	status, answer, err := g.Ask(ctx, http.MethodPut, "/_cluster/settings",
		[]byte(`{"transient":{"plugins.replication.follower.block.start":`+value+`}}`))
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("PUT _cluster/settings: %d %.300s", status, answer)
	}
	return err
}

// Unwedge frees a name.
func (g *Gateway) Unwedge(followerIndex string) {
	g.endWedges(func(index string) bool { return index == followerIndex })
}

// endWedges frees names; ends is called with the lock held. Rules may start again before the last one is free, so that its next start succeeds.
func (g *Gateway) endWedges(ends func(followerIndex string) bool) {
	g.mu.Lock()
	staying := 0
	for index := range g.wedges {
		if !ends(index) {
			staying++
		}
	}
	last := len(g.wedges) > 0 && staying == 0
	g.mu.Unlock()
	if last {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := g.blockStarts(ctx, false); err != nil {
			g.options.Log("starts of replications stay blocked: %v", err)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.wedges, func(index string, _ wedge) bool { return ends(index) })
}

// Wedged tells whether a name is wedged.
func (g *Gateway) Wedged(followerIndex string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.wedges[followerIndex]
	return ok
}

// newUUID is an index's: 16 random bytes in the alphabet of URLs.
func newUUID() string {
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		panic(err) // it never returns one
	}
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (g *Gateway) nodeID(ctx context.Context) (string, error) {
	status, body, err := g.Ask(ctx, http.MethodGet, "/_cat/nodes?full_id=true&h=id", nil)
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("GET _cat/nodes: %d %s", status, body)
	}
	return strings.TrimSpace(string(body)), nil
}
