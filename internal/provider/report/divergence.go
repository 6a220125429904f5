// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Reversal is a plan by which one of two primaries becomes a follower of the
// other: its indices are deleted and copied again.
type Reversal struct {
	// Kept is the service that is copied from, Deleted the one that is copied to.
	Kept, Deleted aiven.ServiceRef
	// Steps are what the apply does; it deletes the indices that they name.
	Steps []ccr.Step
	// Alone are indices of the patterns that only Deleted has. They stay.
	Alone []string
	ccr.Copies
}

// AddDivergence says in a plan, for each index that is deleted, what only that
// index has and is lost, what is copied for it, and which indices only one of the
// two services has.
func AddDivergence(diags *diag.Diagnostics, r Reversal) {
	var deleted, copied []string
	for _, s := range r.Steps {
		if s.Action == ccr.ActionRebuild {
			deleted = append(deleted, s.Index)
		}
		if s.Action == ccr.ActionStart {
			copied = append(copied, s.Index)
		}
	}
	slices.Sort(deleted)
	rows := r.Diverge(deleted)
	lines := make([]string, 0, len(rows)+4)
	for i, d := range rows {
		if i == namedLength {
			lines = append(lines, fmt.Sprintf("and %d more", len(rows)-namedLength))
			break
		}
		lines = append(lines, fmt.Sprintf("%s: %s only on %s (lost), %s only on %s; %s are deleted, %s copied", d.Index,
			operations(d.OnlyDeleted), r.Deleted, operations(d.OnlyKept), r.Kept, documents(d.Deleted), documentsAndSize(d.Kept)))
	}
	total := "Total: " + r.total(rows)
	if len(copied) > 0 {
		slices.Sort(copied)
		total += fmt.Sprintf(" Only %s has %s, which %s copied.", r.Kept, ccr.CountedIndices(copied), areOrIs(len(copied)))
	}
	if len(r.Alone) > 0 {
		total += fmt.Sprintf(" Only %s has %s, which %s left as %s.", r.Deleted, ccr.CountedIndices(r.Alone), areOrIs(len(r.Alone)), theyOrIt(len(r.Alone)))
	}
	detail := fmt.Sprintf("Service %s will follow %s. Its indices of the patterns are deleted and copied again from there; all other indices are left alone. "+
		"Operations are counted since the two last had the same.\n  %s\n%s", r.Deleted, r.Kept, strings.Join(lines, "\n  "), total)
	if len(rows) == 0 {
		detail = fmt.Sprintf("Service %s will follow %s. None of its indices has to be deleted for that. %s", r.Deleted, r.Kept, total)
	}
	object := "service " + r.Deleted.String()
	diags.AddWarning(fmt.Sprintf("%s of %s will be replaced", indices(len(rows)), object), detail)
}

func (r Reversal) total(rows []ccr.Divergence) string {
	var lost, kept, bytes int64
	unknown := 0
	for _, d := range rows {
		if operations, known := d.OnlyDeleted.Value(); known {
			lost += operations
		} else {
			unknown++
		}
		content, _ := d.Kept.Value()
		kept, bytes = kept+content.Documents, bytes+content.Bytes
	}
	text := fmt.Sprintf("%s only on %s (lost)", operations(ccr.Present(lost)), r.Deleted)
	if unknown > 0 {
		text = fmt.Sprintf("at least %s, not known for %s", text, indices(unknown))
	}
	return fmt.Sprintf("%s; %s copied from %s.", text, documentsAndSize(ccr.Present(ccr.Content{Documents: kept, Bytes: bytes})), r.Kept)
}

func areOrIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func theyOrIt(n int) string {
	if n == 1 {
		return "it is"
	}
	return "they are"
}

func operations(f ccr.Fact[int64]) string {
	n, known := f.Value()
	switch {
	case known && n == 1:
		return "1 operation"
	case known:
		return fmt.Sprintf("%d operations", n)
	}
	if proof, absent := f.Absent(); absent {
		return "no operations (" + proof.String() + ")"
	}
	why, _ := f.Unknown()
	return "an unknown number of operations (" + strings.TrimRight(why, ".") + ")"
}

func documents(f ccr.Fact[ccr.Content]) string {
	content, known := f.Value()
	switch {
	case known && content.Documents == 1:
		return "1 document"
	case known:
		return fmt.Sprintf("%d documents", content.Documents)
	}
	return "an unknown number of documents"
}

func documentsAndSize(f ccr.Fact[ccr.Content]) string {
	if content, known := f.Value(); known {
		return fmt.Sprintf("%s (%s)", documents(f), ccr.Size(content.Bytes))
	}
	return documents(f)
}
