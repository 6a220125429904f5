// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// changes checks that a plan changes an attribute of a resource.
type changes struct{ address, attribute string }

func expectChange(address, attribute string) plancheck.PlanCheck {
	return changes{address, attribute}
}

func (c changes) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != c.address {
			continue
		}
		before, _ := change.Change.Before.(map[string]any)
		after, _ := change.Change.After.(map[string]any)
		if reflect.DeepEqual(before[c.attribute], after[c.attribute]) {
			resp.Error = fmt.Errorf("%s: the plan leaves %s at %v", c.address, c.attribute, before[c.attribute])
		}
		return
	}
	resp.Error = fmt.Errorf("the plan has no change of %s", c.address)
}

// priorValue checks what an attribute is before the plan.
type priorValue struct {
	address, attribute string
	value              any
}

func expectBefore(address, attribute string, value any) plancheck.PlanCheck {
	return priorValue{address, attribute, value}
}

func (c priorValue) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		before, _ := change.Change.Before.(map[string]any)
		if change.Address == c.address && reflect.DeepEqual(before[c.attribute], c.value) {
			return
		}
		if change.Address == c.address {
			resp.Error = fmt.Errorf("%s: %s was %v, want %v", c.address, c.attribute, before[c.attribute], c.value)
			return
		}
	}
	resp.Error = fmt.Errorf("the plan has no change of %s", c.address)
}
