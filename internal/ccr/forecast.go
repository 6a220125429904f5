// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Forecast is what the creation of a follower will copy.
type Forecast struct {
	// Leader is the leader as project/name.
	Leader string
	Demand Fact[Demand]
	Mode   Mode
	// Nodes is how many nodes the follower has, 0 where that is not known.
	Nodes int
}

// copyRate is how many bytes a second each node copies at most, by OpenSearch's
// default for indices.recovery.max_bytes_per_sec, 40 MB.
const copyRate = 40 << 20

// String says how much is copied, and how long that may take.
func (f Forecast) String() string {
	d, known := f.Demand.Value()
	switch {
	case f.Mode == ModePaused:
		return "Nothing is copied while desired_state is \"paused\"."
	case !known:
		why, _ := f.Demand.Unknown()
		return fmt.Sprintf("How much is copied from the leader %s is not known, nor whether it fits on the follower's disk: %s.", f.Leader, strings.TrimRight(why, ". "))
	case len(d.Indices) == 0 && d.OnDisk > 0:
		return fmt.Sprintf("Nothing is copied: the follower already has every index of the leader %s that index_patterns matches.", f.Leader)
	case len(d.Indices) == 0:
		return fmt.Sprintf("Nothing is copied yet: the leader %s has no index that index_patterns matches.", f.Leader)
	}
	text := fmt.Sprintf("Apply copies %s from the leader %s, %s.", CountedIndices(d.Indices), f.Leader, Size(d.Bytes))
	if f.Nodes == 0 {
		return text + " How long that takes is not known."
	}
	took := time.Duration(float64(d.Bytes) / float64(copyRate*f.Nodes) * float64(time.Second))
	return text + fmt.Sprintf(" If each node of the follower copies 40 MB a second (OpenSearch's default limit for a recovery), that takes about %s.", roughly(took))
}

// Price says what a service of a plan costs in a cloud, as far as the API gives
// prices. diskMB is its disk space in MiB, 0 for the plan's own.
func Price(plan, cloud string, diskMB int, offered []Plan) string {
	p, _ := planNamed(offered, plan)
	at := p.Clouds[cloud]
	hourly, err := strconv.ParseFloat(at.HourlyUSD, 64)
	if err != nil {
		return fmt.Sprintf("What it costs is not known: the API gives no price for plan %s in cloud %s.", plan, cloud)
	}
	extra := max(0, diskMB-at.DiskMB)
	if extra == 0 {
		return fmt.Sprintf("It costs %.2f USD per hour (plan %s in cloud %s).", hourly, plan, cloud)
	}
	perGB, err := strconv.ParseFloat(at.DiskGBHourlyUSD, 64)
	if err != nil {
		return fmt.Sprintf("It costs %.2f USD per hour (plan %s in cloud %s), and the additional disk space of %d MB, for which the API gives no price.", hourly, plan, cloud, extra)
	}
	return fmt.Sprintf("It costs %.2f USD per hour (plan %s in cloud %s, with %d MB of additional disk space).", hourly+perGB*float64(extra)/1024, plan, cloud, extra)
}
