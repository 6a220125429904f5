// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package services

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/report"
)

// Delete deletes a follower service in its turn and reports what came of it.
// created is when the service was created that the resource answers for.
func Delete(ctx context.Context, operator *pair.Operator, w pair.Wish, created time.Time, limit time.Duration, diags *diag.Diagnostics) {
	done, err := operator.Turn(ctx, w.Pair.Follower)
	if err != nil {
		report.AddApplyError(diags, "Cannot delete the follower service", w.Pair, limit, "delete", err)
		return
	}
	defer done()
	warnings, err := operator.Delete(ctx, w, created, "destroy")
	for _, warning := range warnings {
		diags.AddWarning(fmt.Sprintf("Some clean-up steps of follower %s were skipped", w.Pair.Follower), warning)
	}
	switch {
	case errors.Is(err, pair.ErrAnotherService):
		diags.AddWarning(fmt.Sprintf("Service %s is left alone", w.Pair.Follower), report.Sentence(err)+". It is not deleted; this resource is removed from the state. "+
			"To manage it with Terraform, import it as an opensearch_ccr_follower: terraform import ADDRESS "+w.Pair.Follower.String()+".")
	case errors.Is(err, pair.ErrProtected):
		diags.AddError("Follower service is protected against deletion",
			fmt.Sprintf("Service %s has termination protection, so nothing was changed. Remove the protection, then destroy again.", w.Pair.Follower))
	case err != nil:
		report.AddApplyError(diags, "Cannot delete the follower service", w.Pair, limit, "delete", err)
	}
}
