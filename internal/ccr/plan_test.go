// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"slices"
	"testing"
)

func TestTierRefused(t *testing.T) {
	for plan, want := range map[string]bool{
		"free": true, "free-1": true, "hobbyist": true, "startup-4": true, "developer-2": true, "Startup-8": true,
		"business-4": false, "premium-6x-8": false, "": false,
		// Custom names are not judged by how they begin.
		"acme-3x-32": false, "startups-4": false, "freedom-8": false, "custom-startup-4": false,
	} {
		if got := TierRefused(plan); got != want {
			t.Errorf("TierRefused(%q) = %v, want %v", plan, got, want)
		}
	}
}

const dublin = "aws-eu-west-1"

// planOf makes a plan that is offered in one cloud.
func planOf(name string, nodes, memoryMB, diskMB int) Plan {
	return Plan{Name: name, NodeCount: nodes, Clouds: map[string]Capacity{dublin: {MemoryMB: memoryMB, DiskMB: diskMB}}}
}

// offered are plans as the API lists them: in no order, tiers that are refused
// among them, one that no node count can be read from by its name.
var offered = []Plan{
	planOf("premium-6x-8", 6, 8192, 350_000),
	planOf("business-8", 3, 8192, 175_000),
	planOf("startup-8", 1, 8192, 175_000),
	planOf("acme-special", 3, 7000, 100_000),
	planOf("business-4", 3, 4096, 80_000),
	planOf("hobbyist", 1, 2048, 4_000),
	planOf("storage-8", 3, 8192, 900_000),
	planOf("business-8b", 3, 8192, 175_000),
	{Name: "business-64", NodeCount: 3, Clouds: map[string]Capacity{"google-europe-west1": {MemoryMB: 65_536}}},
	planOf("unmeasured", 4, 0, 0),
}

func TestFollowerPlans(t *testing.T) {
	for name, tt := range map[string]struct {
		leader Service
		cloud  string
		want   []string
	}{
		"smallest first: by nodes, memory, disk, name": {
			Service{NodeCount: 3, MemoryMB: 4096}, dublin,
			[]string{"business-4", "acme-special", "business-8", "business-8b", "storage-8", "unmeasured", "premium-6x-8"},
		},
		"at least 80 % of the memory": {
			// 6553.6 MB are needed: a custom plan of 7000 MB will do.
			Service{NodeCount: 3, MemoryMB: 8192}, dublin,
			[]string{"acme-special", "business-8", "business-8b", "storage-8", "unmeasured", "premium-6x-8"},
		},
		"80 % to the megabyte": {
			Service{NodeCount: 3, MemoryMB: 8750}, dublin,
			[]string{"acme-special", "business-8", "business-8b", "storage-8", "unmeasured", "premium-6x-8"},
		},
		"just under 80 %": {
			Service{NodeCount: 3, MemoryMB: 8751}, dublin,
			[]string{"business-8", "business-8b", "storage-8", "unmeasured", "premium-6x-8"},
		},
		"as many nodes at least": {
			Service{NodeCount: 5, MemoryMB: 4096}, dublin,
			[]string{"premium-6x-8"},
		},
		"one node is enough, but the tiers are refused": {
			Service{NodeCount: 1, MemoryMB: 1024}, dublin,
			[]string{"business-4", "acme-special", "business-8", "business-8b", "storage-8", "unmeasured", "premium-6x-8"},
		},
		"memory of the leader not known": {
			Service{NodeCount: 6}, dublin,
			[]string{"premium-6x-8"},
		},
		"another cloud": {
			Service{NodeCount: 3, MemoryMB: 4096}, "google-europe-west1",
			[]string{"business-64"},
		},
		"a cloud that is none": {
			Service{NodeCount: 3, MemoryMB: 4096}, "aws-moon-1",
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range FollowerPlans(tt.leader, tt.cloud, offered) {
				got = append(got, p.Name)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
