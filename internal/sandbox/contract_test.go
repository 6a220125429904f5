// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/recording"
)

// TestContract replays every recording of the real plugin. Without OPENSEARCH_HOME it holds the
// stand-in against the real thing, with it the recordings against the plugin there.
//
// Each recording begins with two empty clusters. Most of the time is waiting, so two pairs share them.
func TestContract(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs an OpenSearch node")
	}
	t.Parallel()
	scenarios, err := recording.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := sandbox.Start(t.Context(), sandbox.Options{Progress: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	pairs := make(chan recording.Pair, 2)
	for i := range cap(pairs) {
		pairs <- contractPair(t, s, i)
	}
	for _, scenario := range scenarios {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			pair := <-pairs
			defer func() { pairs <- pair }()
			differences, err := pair.Replay(t.Context(), scenario)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range differences {
				t.Error(difference)
			}
		})
	}
}

func contractPair(t *testing.T, s *sandbox.Sandbox, number int) recording.Pair {
	t.Helper()
	start := func(role, password string) (*sandbox.Cluster, recording.Service) {
		options := sandbox.ClusterOptions{}
		if password != "" {
			options.Username, options.Password = "ccr", password
		}
		c, err := s.StartCluster(t.Context(), fmt.Sprintf("contract-%s-%d", role, number), options)
		if err != nil {
			t.Fatal(err)
		}
		return c, recording.Service{URL: c.URL(), Username: c.Username(), Password: c.Password()}
	}
	cluster, leader := start("leader", "")
	_, follower := start("follower", "secret")
	return recording.Pair{Leader: leader, Follower: follower, LeaderTransport: cluster.TransportAddress()}
}
