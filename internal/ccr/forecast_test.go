// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestForecast(t *testing.T) {
	t.Parallel()
	copies := func(mb int64, indices ...string) Fact[Demand] {
		return Present(Demand{Indices: indices, Bytes: mb * mib})
	}
	const takes = " If each node of the follower copies 40 MB a second (OpenSearch's default limit for a recovery), that takes about "
	for name, tt := range map[string]struct {
		f    Forecast
		want string
	}{
		"of three nodes":    {Forecast{Demand: copies(14400, "books", "movies"), Nodes: 3}, "Apply copies 2 indices (books, movies) from the leader acme/search-us, 15.1 GB." + takes + "2 min."},
		"of one node":       {Forecast{Demand: copies(14400, "movies"), Nodes: 1}, "Apply copies index movies from the leader acme/search-us, 15.1 GB." + takes + "6 min."},
		"a little":          {Forecast{Demand: copies(1, "movies"), Nodes: 3}, "Apply copies index movies from the leader acme/search-us, 1.0 MB." + takes + "1 s."},
		"of unknown nodes":  {Forecast{Demand: copies(1, "movies")}, "Apply copies index movies from the leader acme/search-us, 1.0 MB. How long that takes is not known."},
		"nothing":           {Forecast{Demand: copies(0), Nodes: 3}, "Nothing is copied yet: the leader acme/search-us has no index that index_patterns matches."},
		"all is there":      {Forecast{Demand: Present(Demand{OnDisk: 1}), Nodes: 3}, "Nothing is copied: the follower already has every index of the leader acme/search-us that index_patterns matches."},
		"paused":            {Forecast{Demand: copies(14400, "movies"), Nodes: 3, Mode: ModePaused}, `Nothing is copied while desired_state is "paused".`},
		"paused, not known": {Forecast{Mode: ModePaused}, `Nothing is copied while desired_state is "paused".`},
		"not known": {Forecast{Demand: Unknown[Demand]("GET …: status 401. Check the credentials of this cluster."), Nodes: 3},
			"How much is copied from the leader acme/search-us is not known, nor whether it fits on the follower's disk: GET …: status 401. Check the credentials of this cluster."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.f.Leader = "acme/search-us"
			if got := tt.f.String(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	at := func(hourly, perGB string) Plan {
		return Plan{Name: "business-4", Clouds: map[string]Capacity{dublin: {DiskMB: 81920, HourlyUSD: hourly, DiskGBHourlyUSD: perGB}}}
	}
	for name, tt := range map[string]struct {
		plan   Plan
		diskMB int
		want   string
	}{
		"the plan's disk":       {at("0.4200", "0.0003"), 0, "It costs 0.42 USD per hour (plan business-4 in cloud aws-eu-west-1)."},
		"the same, configured":  {at("0.4200", "0.0003"), 81920, "It costs 0.42 USD per hour (plan business-4 in cloud aws-eu-west-1)."},
		"more disk":             {at("0.4200", "0.0003"), 184320, "It costs 0.45 USD per hour (plan business-4 in cloud aws-eu-west-1, with 102400 MB of additional disk space)."},
		"the disk has no price": {at("0.4200", ""), 184320, "It costs 0.42 USD per hour (plan business-4 in cloud aws-eu-west-1), and the additional disk space of 102400 MB, for which the API gives no price."},
		"no price":              {at("", ""), 0, "What it costs is not known: the API gives no price for plan business-4 in cloud aws-eu-west-1."},
		"no such plan":          {Plan{Name: "business-8"}, 0, "What it costs is not known: the API gives no price for plan business-4 in cloud aws-eu-west-1."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Price("business-4", dublin, tt.diskMB, []Plan{tt.plan}); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}
