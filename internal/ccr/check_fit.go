// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"cmp"
	"fmt"
	"strings"
)

// Fit is a follower's disk and the data that it is to hold.
type Fit struct {
	// PlanChoice has the follower's plan, and where to say that the data does not fit.
	PlanChoice

	// Follower is the follower as project/name.
	Follower string
	// DiskMB is the disk space of the whole service in MiB, 0 for the plan's own.
	DiskMB int
	// HadMB is the disk space that the follower has now where it follows the leader
	// already, 0 for others. With no less than that nothing gets worse, so it is a
	// warning where the data does not fit.
	HadMB int
	// Exists is set where the follower exists and something else manages it: then
	// no attribute has its plan and its disk.
	Exists bool
	Demand Demand
}

// CheckFit evaluates whether the leader's data fits on the follower's disk, and
// whether it leaves room to grow, which is a warning. What the API does not say
// of a disk is not checked.
func CheckFit(f Fit) []Check {
	plan, _ := planNamed(f.Offered, f.Plan)
	have := cmp.Or(f.DiskMB, plan.Clouds[f.Cloud].DiskMB)
	data := f.Demand.OnDisk + f.Demand.Others
	if have == 0 || f.Demand.OnDisk == 0 || diskOf(data, roomyShare) <= have {
		return nil
	}
	others := ""
	if f.Demand.Others > 0 {
		others = fmt.Sprintf(" The follower's other indices take %d MB.", megabytes(f.Demand.Others))
	}
	takes := fmt.Sprintf("The indices of the leader %s that index_patterns matches take %d MB on the follower, with replicas.%s Follower %s has %d MB of disk space (plan %s)",
		f.Leader.Ref(), megabytes(f.Demand.OnDisk), others, f.Follower, have, f.Plan)
	if diskOf(data, watermark) <= have {
		return []Check{{Attribute: f.Attribute, Warning: true, Summary: fmt.Sprintf("Follower %s has little room to grow", f.Follower),
			Detail: fmt.Sprintf("%s. OpenSearch places no more shards on a disk that is %d %% full. To keep the disk under %d %%, %s", takes, watermark, roomyShare, f.remedy(have, data))}}
	}
	check := Check{Attribute: f.Attribute, Summary: "Leader's data does not fit on the follower's disk",
		Detail: fmt.Sprintf("%s, and OpenSearch places no more shards on a disk that is %d %% full. For the data and room to grow, %s", takes, watermark, f.remedy(have, data))}
	if f.HadMB > 0 && have >= f.HadMB {
		check.Warning, check.Summary = true, "Leader's data does not fit on the disk of follower "+f.Follower
	}
	return []Check{check}
}

// remedy says which disk space and which plan are large enough for so many bytes
// with room to grow.
func (f Fit) remedy(have int, data int64) string {
	need := diskOf(data, roomyShare)
	plan, _ := planNamed(f.Offered, f.Plan)
	disk, possible := plan.Clouds[f.Cloud].DiskFor(need)
	larger, with := f.larger(need)
	switch {
	case possible && disk > have && larger != "" && with == 0 && f.mayChoose(larger):
		return f.choose(" or ", f.toDisk(disk), f.toPlan(larger))
	case possible && disk > have:
		return f.choose("", f.toDisk(disk))
	case larger != "":
		var steps []string
		if !f.mayChoose(larger) {
			steps = append(steps, f.allowLarger())
		}
		if steps = append(steps, f.toPlan(larger)); with > 0 {
			steps = append(steps, f.toDisk(with))
		}
		return f.choose(" and ", steps...)
	case len(f.Offered) == 0:
		return fmt.Sprintf("choose a disk space of at least %d MB.", need)
	}
	return fmt.Sprintf("choose narrower index_patterns, or another cloud. In cloud %s no plan that can follow %s has %d MB of disk space.", f.Cloud, f.Leader.Name, need)
}

// larger is the smallest other plan that has so much disk space, or else can have
// it: then with is the disk space to choose.
func (f Fit) larger(need int) (plan string, with int) {
	fitting := FollowerPlans(f.Leader, f.Cloud, f.Offered)
	for _, p := range fitting {
		if p.Name != f.Plan && p.Clouds[f.Cloud].DiskMB >= need {
			return p.Name, 0
		}
	}
	for _, p := range fitting {
		if disk, possible := p.Clouds[f.Cloud].DiskFor(need); possible && p.Name != f.Plan {
			return p.Name, disk
		}
	}
	return "", 0
}

// mayChoose reports whether the same-plan rule allows the plan as it is configured.
func (f Fit) mayChoose(plan string) bool { return f.AllowLarger || plan == f.Leader.Plan }

func (f Fit) toDisk(mb int) string {
	if f.Exists {
		return fmt.Sprintf("give service %s %d MB of disk space", f.Follower, mb)
	}
	return fmt.Sprintf("disk_space_mb = %d", mb)
}

func (f Fit) toPlan(plan string) string {
	if f.Exists {
		return fmt.Sprintf("change the plan of service %s to %s", f.Follower, plan)
	}
	return fmt.Sprintf("plan = %q", plan)
}

func (f Fit) allowLarger() string {
	if f.Exists {
		return "set allow_larger_plan = true"
	}
	return "allow_larger_plan = true"
}

// choose joins steps to a sentence; those that are attributes need a verb.
func (f Fit) choose(last string, steps ...string) string {
	text := steps[len(steps)-1]
	if first := steps[:len(steps)-1]; len(first) > 0 {
		text = strings.Join(first, ", ") + last + text
	}
	if f.Exists {
		return text + "."
	}
	return "set " + text + "."
}

// CheckFitKnown says that it is not known whether the leader's data fits, where a
// plan changes the follower's disk.
func CheckFitKnown(attribute, follower, leader string, demand Fact[Demand]) []Check {
	why, unknown := demand.Unknown()
	if !unknown {
		return nil
	}
	return []Check{{Attribute: attribute, Warning: true, Summary: "Cannot check the disk space of follower " + follower,
		Detail: fmt.Sprintf("Whether the data of the leader %s fits on the disk of follower %s is not known: %s.", leader, follower, why)}}
}
