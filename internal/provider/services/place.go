// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Place is an attribute that says which services a pair has.
type Place struct {
	attribute      string
	planned, prior types.String
}

// PlaceOf compares what is planned for an attribute with what was.
func PlaceOf(attribute string, planned, prior types.String) Place {
	return Place{attribute: attribute, planned: planned, prior: prior}
}

// ChangedPlaces are the attributes whose change means another pair.
func ChangedPlaces(places ...Place) path.Paths {
	var changed path.Paths
	for _, p := range places {
		if !p.planned.Equal(p.prior) {
			changed = append(changed, path.Root(p.attribute))
		}
	}
	return changed
}

// AsWarnings lowers checks to warnings: both services exist and keep
// replicating, also when one of them was changed. Their summaries name the
// service, since Terraform shows only the first of warnings that share one.
func AsWarnings(checks []ccr.Check) []ccr.Check {
	for i := range checks {
		checks[i].Warning = true
	}
	return checks
}
