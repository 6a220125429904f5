// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package recording

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Service is one of the two clusters.
type Service struct {
	URL                string // without credentials
	Username, Password string // both empty: no authentication
	Client             *http.Client
}

// Pair is the two clusters of a replay.
type Pair struct {
	Leader, Follower Service
	LeaderTransport  string // HOST:PORT, which the follower connects to
}

const leaderTransport = "{{leader_transport}}"

// Replay runs a scenario and lists what differs from the recording. Both clusters are emptied before.
func (p Pair) Replay(ctx context.Context, s Scenario) ([]string, error) {
	for _, service := range []Service{p.Follower, p.Leader} {
		if err := service.clean(ctx); err != nil {
			return nil, err
		}
	}
	var differences []string
	for i, step := range s.Steps {
		if step.Sleep > 0 {
			if err := sleep(ctx, time.Duration(step.Sleep*float64(time.Second))); err != nil {
				return differences, err
			}
			continue
		}
		found, err := p.step(ctx, step)
		if err != nil {
			return differences, fmt.Errorf("step %d %s: %w", i+1, step, err)
		}
		for _, d := range found {
			differences = append(differences, fmt.Sprintf("step %d %s: %s", i+1, step, d))
		}
	}
	return differences, nil
}

func (p Pair) step(ctx context.Context, step Step) ([]string, error) {
	service := p.Follower
	if step.At == "leader" {
		service = p.Leader
	}
	body, err := step.payload()
	if err != nil {
		return nil, err
	}
	body = bytes.ReplaceAll(body, []byte(leaderTransport), []byte(p.LeaderTransport))
	until := decode(step.Until)
	end := time.Now().Add(step.patience())
	for {
		status, raw, err := service.call(ctx, step.Method, step.Path, body)
		if err != nil {
			return nil, err
		}
		got := decode(bytes.ReplaceAll(raw, []byte(p.LeaderTransport), []byte(leaderTransport)))
		ready := (until == nil || holds(until, got)) && (step.UntilStatus == 0 || step.UntilStatus == status)
		if !ready && time.Now().Before(end) {
			if err := sleep(ctx, 200*time.Millisecond); err != nil {
				return nil, err
			}
			continue
		}
		var out []string
		if !ready {
			out = append(out, fmt.Sprintf("did not become %s within %s, last %d %s", short(until), step.patience(), status, short(got)))
		}
		if status != step.Status {
			out = append(out, fmt.Sprintf("status %d, recorded %d: %s", status, step.Status, short(got)))
		}
		return append(out, match(decode(step.Answer), got)...), nil
	}
}

func (s Service) call(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(s.URL, "/")+path, reader)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.Username != "" || s.Password != "" {
		req.SetBasicAuth(s.Username, s.Password)
	}
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}

// Reset removes what replays made from both clusters.
func (p Pair) Reset(ctx context.Context) error {
	if err := p.Follower.clean(ctx); err != nil {
		return err
	}
	return p.Leader.clean(ctx)
}

// clean removes rules, indices, connections and settings of the plugin.
func (s Service) clean(ctx context.Context) error {
	const alias = "lead" // of all recordings; autofollow_stats does not tell it
	rules, err := s.object(ctx, "/_plugins/_replication/autofollow_stats")
	if err != nil {
		return err
	}
	stats, _ := rules["autofollow_stats"].([]any) // absent on a node that has no such route
	for _, entry := range stats {
		rule, _ := entry.(map[string]any) // they are objects
		body := fmt.Appendf(nil, `{"leader_alias":%q,"name":%q}`, alias, rule["name"])
		if _, _, err := s.call(ctx, http.MethodDelete, "/_plugins/_replication/_autofollow", body); err != nil {
			return err
		}
	}
	if err := s.cleanIndices(ctx); err != nil {
		return err
	}
	settings, err := s.object(ctx, "/_cluster/settings?flat_settings=true")
	if err != nil {
		return err
	}
	persistent, _ := settings["persistent"].(map[string]any) // always there
	for name := range persistent {
		if strings.HasPrefix(name, "cluster.remote.") || strings.HasPrefix(name, "plugins.replication.") {
			body := fmt.Appendf(nil, `{"persistent":{%q:null}}`, name)
			if _, _, err := s.call(ctx, http.MethodPut, "/_cluster/settings", body); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s Service) cleanIndices(ctx context.Context) error {
	_, raw, err := s.call(ctx, http.MethodGet, "/_cat/indices?format=json&h=index&expand_wildcards=all", nil)
	if err != nil {
		return err
	}
	list, ok := decode(raw).([]any)
	if !ok {
		return fmt.Errorf("GET %s/_cat/indices: %s", s.URL, short(string(raw)))
	}
	for _, entry := range list {
		row, _ := entry.(map[string]any) // they are objects
		name, _ := row["index"].(string) // of the one column
		if name == "" || strings.HasPrefix(name, ".replication") {
			continue
		}
		status, _, err := s.call(ctx, http.MethodPost, "/_plugins/_replication/"+url.PathEscape(name)+"/_stop", []byte("{}"))
		if err != nil {
			return err
		}
		if status == http.StatusOK { // the block goes a moment after the answer
			if err := sleep(ctx, 100*time.Millisecond); err != nil {
				return err
			}
		}
		if _, _, err := s.call(ctx, http.MethodDelete, "/"+url.PathEscape(name), nil); err != nil {
			return err
		}
	}
	return nil
}

func (s Service) object(ctx context.Context, path string) (map[string]any, error) {
	_, raw, err := s.call(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	object, ok := decode(raw).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("GET %s%s: %s", s.URL, path, short(string(raw)))
	}
	return object, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
