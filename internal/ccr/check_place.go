// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"strings"
)

// This file has the rules about where a service is: its disk and its VPC.

// CheckDisk evaluates a disk space against what a plan may have in its cloud.
// What the API does not say is not checked.
func CheckDisk(attribute string, mb int, c PlanChoice) []Check {
	plan, _ := planNamed(c.Offered, c.Plan)
	at := plan.Clouds[c.Cloud]
	if mb == 0 || at.DiskMB == 0 {
		return nil
	}
	tooLarge := at.DiskMaxMB > 0 && mb > at.DiskMaxMB
	between := at.DiskStepMB > 0 && (mb-at.DiskMB)%at.DiskStepMB != 0
	if mb >= at.DiskMB && !tooLarge && !between {
		return nil
	}
	allowed := fmt.Sprintf("from %d MB", at.DiskMB)
	if at.DiskMaxMB > 0 {
		allowed += fmt.Sprintf(" to %d MB", at.DiskMaxMB)
	}
	if at.DiskStepMB > 0 {
		allowed += fmt.Sprintf(", in steps of %d MB", at.DiskStepMB)
	}
	right := at.DiskMB
	if mb > at.DiskMB && between {
		right = mb + at.DiskStepMB - (mb-at.DiskMB)%at.DiskStepMB
	}
	if tooLarge || at.DiskMaxMB > 0 && right > at.DiskMaxMB {
		right = at.DiskMaxMB
	}
	return []Check{{
		Attribute: attribute,
		Summary:   "Disk space that the plan cannot have",
		Detail: fmt.Sprintf("A disk space of %d MB is not possible: a service of plan %q in cloud %q can have a disk space %s. Choose %d, or leave %s out for what the plan has.",
			mb, c.Plan, c.Cloud, allowed, right, attribute),
	}}
}

// VPC is a network of a project, or of its organization, that services can be in.
type VPC struct {
	ID     string
	Clouds []string
}

// CheckVPC evaluates the VPC that a service is to be in. An absent one does not
// exist; of an unknown one the plan only says that it was not checked.
func CheckVPC(attribute, id, project, cloud string, vpc Fact[VPC]) []Check {
	if why, unknown := vpc.Unknown(); unknown {
		return []Check{{Attribute: attribute, Warning: true, Summary: "Cannot check VPC " + id,
			Detail: fmt.Sprintf("Whether project %s can use VPC %s is not known: %s. Apply decides.", project, id, why)}}
	}
	found, exists := vpc.Value()
	if !exists {
		return []Check{{Attribute: attribute, Summary: "VPC not found",
			Detail: fmt.Sprintf("VPC %s exists neither in project %s nor in its organization, or the token may not see it. Check the ID and the project.", id, project)}}
	}
	if cloud == "" || len(found.Clouds) == 0 || slices.Contains(found.Clouds, cloud) {
		return nil
	}
	return []Check{{Attribute: attribute, Summary: "VPC is in another cloud",
		Detail: fmt.Sprintf("VPC %s is in cloud %s, and the service is to be in %s. A service can only be in a VPC of its own cloud. Choose a VPC in %s, \"\" for none, or cloud_name = %q.",
			id, strings.Join(found.Clouds, ", "), cloud, cloud, found.Clouds[0])}}
}
