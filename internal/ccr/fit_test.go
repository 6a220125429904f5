// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"testing"
)

const mib = int64(1 << 20)

// sized is an open index with so many MiB in its primary shards.
func sized(name string, mb int64, replicas int) IndexSize {
	return IndexSize{Name: name, Bytes: Present(mb * mib), Replicas: replicas}
}

func TestDemandOf(t *testing.T) {
	t.Parallel()
	red := IndexSize{Name: "red", Bytes: Unknown[int64]("it is red, so a part of it is missing")}
	closed := IndexSize{Name: "closed", Closed: true, Bytes: Unknown[int64]("the cluster does not say")}
	for name, tt := range map[string]struct {
		patterns []string
		leader   []IndexSize
		held     []IndexSize
		nodes    int
		want     string
	}{
		"with replicas":                         {[]string{"*"}, []IndexSize{sized("movies", 10, 1), sized("books", 5, 0)}, nil, 3, "[books movies] 15 MB, on disk 25 MB, others 0 MB"},
		"no more copies than nodes":             {[]string{"*"}, []IndexSize{sized("movies", 10, 4)}, nil, 3, "[movies] 10 MB, on disk 30 MB, others 0 MB"},
		"the number of nodes is not known":      {[]string{"*"}, []IndexSize{sized("movies", 10, 4)}, nil, 0, "[movies] 10 MB, on disk 50 MB, others 0 MB"},
		"what no pattern matches is not copied": {[]string{"mov*", "x"}, []IndexSize{sized("movies", 10, 1), sized("books", 5, 1)}, nil, 3, "[movies] 10 MB, on disk 20 MB, others 0 MB"},
		"a closed index is not copied":          {[]string{"*"}, []IndexSize{sized("movies", 10, 1), closed}, nil, 3, "[movies] 10 MB, on disk 20 MB, others 0 MB"},
		"nothing":                               {[]string{"*"}, nil, nil, 3, "[] 0 MB, on disk 0 MB, others 0 MB"},
		"what the follower has already is not copied again": {[]string{"us-*"}, []IndexSize{sized("us-a", 10, 1), sized("us-b", 5, 1)}, []IndexSize{sized("us-a", 9, 1), sized("eu-a", 7, 1)}, 3,
			"[us-b] 5 MB, on disk 30 MB, others 14 MB"},
		"what of the follower has no size is left out": {[]string{"*"}, []IndexSize{sized("movies", 10, 1)}, []IndexSize{red, closed}, 3, "[movies] 10 MB, on disk 20 MB, others 0 MB"},
		"a size is missing":                            {[]string{"*"}, []IndexSize{sized("movies", 10, 1), red}, nil, 3, "unknown: the size of index red is not known: it is red, so a part of it is missing"},
		"a size is missing that does not matter":       {[]string{"movies"}, []IndexSize{sized("movies", 10, 1), red}, nil, 3, "[movies] 10 MB, on disk 20 MB, others 0 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := showDemand(DemandOf(tt.patterns, Present(tt.leader), tt.held, tt.nodes)); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
	if got := showDemand(DemandOf([]string{"*"}, Unknown[[]IndexSize]("401"), nil, 3)); got != "unknown: 401" {
		t.Errorf("of a leader that cannot be read: %s", got)
	}
}

func showDemand(f Fact[Demand]) string {
	if why, unknown := f.Unknown(); unknown {
		return "unknown: " + why
	}
	d, _ := f.Value()
	return fmt.Sprintf("%v %d MB, on disk %d MB, others %d MB", d.Indices, d.Bytes/mib, d.OnDisk/mib, d.Others/mib)
}

func TestDiskLike(t *testing.T) {
	t.Parallel()
	plan := Plan{Name: "business-4", Clouds: map[string]Capacity{dublin: {DiskMB: 100, DiskMaxMB: 320, DiskStepMB: 50}}}
	noMost := Plan{Name: "business-4", Clouds: map[string]Capacity{dublin: {DiskMB: 100}}}
	for name, tt := range map[string]struct {
		mb    int
		plan  Plan
		cloud string
		want  int
	}{
		"not known":                  {0, plan, dublin, 0},
		"less than the plan's":       {99, plan, dublin, 0},
		"the plan's":                 {100, plan, dublin, 0},
		"a step":                     {150, plan, dublin, 150},
		"between two steps":          {151, plan, dublin, 200},
		"the last step is cut":       {310, plan, dublin, 320},
		"the most":                   {320, plan, dublin, 320},
		"more than the most":         {321, plan, dublin, 0},
		"how much it can have":       {200, noMost, dublin, 0},
		"the plan is not in there":   {200, plan, "do-fra", 0},
		"the plan is not on offer":   {200, Plan{Name: "business-8"}, dublin, 0},
		"no steps: any number":       {151, Plan{Name: "business-4", Clouds: map[string]Capacity{dublin: {DiskMB: 100, DiskMaxMB: 320}}}, dublin, 151},
		"nothing is known of a disk": {151, Plan{Name: "business-4", Clouds: map[string]Capacity{dublin: {}}}, dublin, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := DiskLike(tt.mb, "business-4", tt.cloud, []Plan{tt.plan}); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
