// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// startTimeout bounds the start of one node. On an idle machine with two cores it takes 3 s, on one that
// starts a dozen at once 20 s have been seen.
const startTimeout = 3 * time.Minute

// client talks to nodes. They are on the loopback interface, so no proxy of the environment is asked, and
// no connection is kept to a node that may be killed.
var client = &http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{DisableKeepAlives: true},
}

// awaitAnswer returns when the node has formed its cluster and answers.
func (n *Node) awaitAnswer(ctx context.Context, p *process) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		last := n.ready(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-p.done:
			return n.whyEnded(p)
		case <-ctx.Done():
			return fmt.Errorf("%w while waiting for %s (last: %w); the end of its log:\n%s",
				ctx.Err(), n.URL(), last, p.lastPrinted())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// whyEnded explains from its log why a node ended that was to start.
func (n *Node) whyEnded(p *process) error {
	log := strings.Join(p.printed(), "\n")
	for _, sign := range []string{"BindHttpException", "BindTransportException", "Address already in use"} {
		if strings.Contains(log, sign) {
			return fmt.Errorf("%w (%d or %d)", errPortTaken, n.httpPort, n.transportPort)
		}
	}
	return fmt.Errorf("the node ended while starting (java: %s); the end of its log:\n%s", n.dist.Java, p.lastPrinted())
}

// ready tells by a nil error that the node answers, is this node, and has elected itself.
func (n *Node) ready(ctx context.Context) error {
	var health struct {
		Cluster string `json:"cluster_name"`
	}
	// The health of a node without a cluster manager is a 503.
	if err := n.get(ctx, "/_cluster/health?timeout=1s", &health); err != nil {
		return err
	}
	if health.Cluster != n.cluster {
		return fmt.Errorf("on its port answers another cluster, %s", health.Cluster)
	}
	return nil
}

// hasPlugin asks the node whether it has loaded a plugin.
func (n *Node) hasPlugin(ctx context.Context, name string) (bool, error) {
	var plugins []struct {
		Component string `json:"component"`
	}
	if err := n.get(ctx, "/_cat/plugins?format=json", &plugins); err != nil {
		return false, err
	}
	for _, plugin := range plugins {
		if plugin.Component == name {
			return true, nil
		}
	}
	return false, nil
}

func (n *Node) get(ctx context.Context, path string, answer any) error {
	return n.call(ctx, http.MethodGet, path, http.NoBody, answer)
}

// call sends a request and decodes the answer, which is to be a success.
func (n *Node) call(ctx context.Context, method, path string, body io.Reader, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, n.URL()+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode > 299 {
		return fmt.Errorf("%s %s: %s: %.200s", method, path, response.Status, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}
