// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// plain makes the requests of the floor: a loop that somebody would write by hand, without any check.
type plain struct {
	url, username, password string
	client                  *http.Client
}

func newPlain(url, username, password string) *plain {
	return &plain{url: url, username: username, password: password, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
}

// do makes a request that must succeed, and decodes the answer into out unless that is nil.
func (p *plain) do(ctx context.Context, method, path string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	request.SetBasicAuth(p.username, p.password)
	request.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s %.300s", method, path, response.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

const plugin = "/_plugins/_replication"

// startAll starts the replication of each index, so many at a time.
func (p *plain) startAll(ctx context.Context, leaderAlias string, names []string, atATime int) error {
	return each(ctx, names, atATime, func(ctx context.Context, name string) error {
		return p.do(ctx, http.MethodPut, plugin+"/"+name+"/_start", map[string]any{"leader_alias": leaderAlias, "leader_index": name}, nil)
	})
}

// stopAll stops them.
func (p *plain) stopAll(ctx context.Context, names []string, atATime int) error {
	return each(ctx, names, atATime, func(ctx context.Context, name string) error {
		return p.do(ctx, http.MethodPost, plugin+"/"+name+"/_stop", map[string]any{}, nil)
	})
}

func each(ctx context.Context, names []string, atATime int, do func(ctx context.Context, name string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atATime)
	for _, name := range names {
		group.Go(func() error { return do(ctx, name) })
	}
	return group.Wait()
}

// synced reports whether all of these indices sync and have what their leader has.
func (p *plain) synced(ctx context.Context, names []string) (bool, error) {
	var stats struct {
		Indices map[string]struct {
			Leader   int64 `json:"leader_checkpoint"`
			Follower int64 `json:"follower_checkpoint"`
		} `json:"index_stats"`
	}
	if err := p.do(ctx, http.MethodGet, plugin+"/follower_stats", nil, &stats); err != nil {
		return false, err
	}
	for _, name := range names {
		if ix, counted := stats.Indices[name]; !counted || ix.Follower < ix.Leader {
			return false, nil
		}
	}
	return true, nil
}

// awaitSynced looks again and again.
func (p *plain) awaitSynced(ctx context.Context, names []string, pause time.Duration) error {
	for {
		done, err := p.synced(ctx, names)
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
