// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/recording"
)

// TestContract replays those recordings of the real plugin that need nothing
// that this package leaves out. What the provider does not read may be missing.
func TestContract(t *testing.T) {
	t.Parallel()
	modelled := []string{"02-status-where-nothing-runs", "04-start-on-an-index-that-exists", "08-stop", "11-use-roles-without-security",
		"14-autofollow-again-and-deleted", "16-leader-index-deleted", "17-leader-index-made-again", "19-follower-index-deleted", "21-status-verbose", "27-promotion"}
	scenarios, err := recording.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, scenario := range scenarios {
		if !slices.Contains(modelled, scenario.Name) {
			continue
		}
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			platform := memory.NewPlatform()
			t.Cleanup(platform.Close)
			start := func(name string) (recording.Service, string) {
				endpoint, err := platform.StartService(t.Context(), controlplane.ServiceRef{Name: name}, "")
				if err != nil {
					t.Fatal(err)
				}
				address := fmt.Sprintf("%s:%d", endpoint.Host, endpoint.Port)
				return recording.Service{URL: "http://" + address, Username: endpoint.Username, Password: endpoint.Password}, address
			}
			leader, transport := start("leader")
			follower, _ := start("follower")
			differences, err := recording.Pair{Leader: leader, Follower: follower, LeaderTransport: transport}.Replay(t.Context(), scenario)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range differences {
				if !strings.HasSuffix(d, ": missing") && !strings.Contains(d, "/error/root_cause") {
					t.Error(d)
				}
			}
		})
	}
}
