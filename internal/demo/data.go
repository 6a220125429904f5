// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
)

// copied is how long a change may take to be on the follower: a shard that lost its leader pauses for up to a
// minute.
const copied = 75 * time.Second

type index struct {
	name      string
	documents int
}

// indices is what the leader holds before there is a follower.
var indices = []index{{"orders", 40}, {"products", 20}, {"customers", 30}}

// lateIndex comes when the follower is there already.
var lateIndex = index{"invoices", 10}

// fill makes an index and puts documents into it.
func fill(ctx context.Context, service *sandbox.Service, index index) error {
	settings := map[string]any{"settings": map[string]any{"index": map[string]any{"number_of_replicas": 0}}}
	if _, err := request(ctx, service, http.MethodPut, "/"+index.name, settings); err != nil {
		return err
	}
	for i := range index.documents {
		document := map[string]any{"number": i, "text": fmt.Sprintf("%s %d", index.name, i)}
		if _, err := request(ctx, service, http.MethodPut, fmt.Sprintf("/%s/_doc/%d", index.name, i), document); err != nil {
			return err
		}
	}
	return nil
}

// request sends a request that has to succeed and returns the answer.
func request(ctx context.Context, service *sandbox.Service, method, path string, body any) (json.RawMessage, error) {
	status, answer, err := service.Do(ctx, method, path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, status, answer)
	}
	return answer, nil
}

// replication is what _status says of an index.
type replication struct {
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Details struct {
		Leader   int64 `json:"leader_checkpoint"`
		Follower int64 `json:"follower_checkpoint"`
	} `json:"syncing_details"`
}

// lag is in operations.
func (r replication) lag() int64 { return r.Details.Leader - r.Details.Follower }

func (s *story) status(ctx context.Context, index string) (replication, error) {
	path := "/_plugins/_replication/" + url.PathEscape(index) + "/_status"
	answer, err := request(ctx, s.follower, http.MethodGet, path, nil)
	if err != nil {
		return replication{}, err
	}
	var status replication
	if err := json.Unmarshal(answer, &status); err != nil {
		return replication{}, fmt.Errorf("GET %s: %w in %s", path, err, answer)
	}
	return status, nil
}

func (s *story) showLag(ctx context.Context) error {
	s.teller.say("%-12s %-10s %18s %20s %5s", "index", "status", "leader checkpoint", "follower checkpoint", "lag")
	for _, index := range indices {
		status, err := s.status(ctx, index.name)
		if err != nil {
			return err
		}
		s.teller.say("%-12s %-10s %18d %20d %5d", index.name, status.Status,
			status.Details.Leader, status.Details.Follower, status.lag())
		if status.Status != "SYNCING" {
			return fmt.Errorf("index %s is %s, want SYNCING: %s", index.name, status.Status, status.Reason)
		}
	}
	return nil
}

// writeAndRead writes a document and deletes another on the leader, waits for both on the follower, and shows
// that the follower itself cannot be written.
func (s *story) writeAndRead(ctx context.Context) error {
	start := time.Now()
	if _, err := request(ctx, s.leader, http.MethodPut, "/orders/_doc/new", map[string]any{"text": "written just now"}); err != nil {
		return err
	}
	if _, err := request(ctx, s.leader, http.MethodDelete, "/orders/_doc/0", nil); err != nil {
		return err
	}
	s.teller.say("leader:   PUT /orders/_doc/new, DELETE /orders/_doc/0")
	if err := s.eventually(ctx, "/orders/_doc/new", http.StatusOK); err != nil {
		return err
	}
	if err := s.eventually(ctx, "/orders/_doc/0", http.StatusNotFound); err != nil {
		return err
	}
	answer, err := request(ctx, s.follower, http.MethodGet, "/orders/_doc/new?_source_includes=text", nil)
	if err != nil {
		return err
	}
	s.teller.say("follower: GET /orders/_doc/new: %s", answer)
	s.teller.say("follower: GET /orders/_doc/0: 404; both after %.1f s", time.Since(start).Seconds())

	status, answer, err := s.follower.Do(ctx, http.MethodPut, "/orders/_doc/mine", map[string]any{"text": "no"})
	if err != nil {
		return fmt.Errorf("PUT /orders/_doc/mine: %w", err)
	}
	if status != http.StatusForbidden {
		return fmt.Errorf("a write to the follower got %d, want 403: %s", status, answer)
	}
	s.teller.say("follower: PUT /orders/_doc/mine: 403, it is read-only")
	return nil
}

func (s *story) newIndex(ctx context.Context) error {
	start := time.Now()
	if err := fill(ctx, s.leader, lateIndex); err != nil {
		return err
	}
	s.teller.say("leader:   index %s, %d documents; the rule looks for new indices every 30 s", lateIndex.name, lateIndex.documents)
	last := fmt.Sprintf("/%s/_doc/%d", lateIndex.name, lateIndex.documents-1)
	if err := s.eventually(ctx, last, http.StatusOK); err != nil {
		return err
	}
	s.teller.say("follower: it is there after %.1f s", time.Since(start).Seconds())
	return nil
}

// eventually waits until GET path on the follower answers want.
func (s *story) eventually(ctx context.Context, path string, want int) error {
	wait, cancel := context.WithTimeout(ctx, copied)
	defer cancel()
	for {
		status, answer, err := s.follower.Do(wait, http.MethodGet, path, nil)
		if err == nil && status == want {
			return nil
		}
		select {
		case <-wait.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.Join(fmt.Errorf("GET %s on the follower is %d %s after %s, want %d", path, status, answer, copied, want), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// leaderIsFree shows that the leader kept its data and holds no history for a follower any more.
func (s *story) leaderIsFree(ctx context.Context) error {
	answer, err := request(ctx, s.leader, http.MethodGet, "/orders/_stats/docs?level=shards&filter_path=indices.*.shards.*.retention_leases", nil)
	if err != nil {
		return err
	}
	var stats struct {
		Indices map[string]struct {
			Shards map[string][]struct {
				Leases struct {
					Leases []struct {
						ID     string `json:"id"`
						Source string `json:"source"`
					} `json:"leases"`
				} `json:"retention_leases"`
			} `json:"shards"`
		} `json:"indices"`
	}
	if err := json.Unmarshal(answer, &stats); err != nil {
		return fmt.Errorf("retention leases of the leader: %w in %s", err, answer)
	}
	for _, shards := range stats.Indices["orders"].Shards {
		for _, shard := range shards {
			for _, lease := range shard.Leases.Leases {
				if lease.Source != "peer recovery" {
					return fmt.Errorf("the leader still holds the retention lease %s for %s", lease.ID, lease.Source)
				}
			}
		}
	}
	if _, err := request(ctx, s.leader, http.MethodGet, "/orders/_doc/new", nil); err != nil {
		return err
	}
	s.teller.say("%s has its data and holds no history for a follower", leaderName)
	return nil
}
