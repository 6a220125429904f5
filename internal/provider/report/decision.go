// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// namedLength is how many objects a plan names before it counts the rest.
const namedLength = 20

// AddPlan says what an apply will repair of an object, such as "follower
// acme/eu": every step that destroys something by name, the other steps, what is left
// alone, and, as errors, what needs a permission that is missing.
func AddPlan(diags *diag.Diagnostics, object string, d ccr.Decision) {
	AddRefusals(diags, object, d.Refused)
	AddNotes(diags, object, d.Notes)
	repairs := d.Repairs()
	if len(repairs) == 0 {
		if d.Status == ccr.StatusFailed && len(d.Refused)+len(d.Notes) == 0 {
			diags.AddWarning("Cannot repair "+object, fmt.Sprintf("%s is %s: %s. Terraform cannot repair this, so no change is planned. Fix the cause, then plan again.",
				Capital(object), d.Status, strings.TrimRight(d.Reason, ".")))
		}
		return
	}
	detail := fmt.Sprintf("%s is %s. Apply will: %s.", Capital(object), d.Status, ccr.Summarize(repairs))
	if d.Reason != "" && d.Reason != ccr.Reasons(repairs) { // each step says why it is taken
		detail = fmt.Sprintf("%s is %s: %s. Apply will: %s.", Capital(object), d.Status, strings.TrimRight(d.Reason, "."), ccr.Summarize(repairs))
	}
	diags.AddWarning(Capital(object)+" will be repaired", detail)
	AddDestructions(diags, object, d.Steps)
}

// AddDestructions names every follower index that steps delete, or delete if the
// leader refuses to resume its replication.
func AddDestructions(diags *diag.Diagnostics, object string, steps []ccr.Step) {
	var deleted, perhaps []string
	for _, s := range steps {
		if s.Destroys.Kind() == ccr.DestroysIndex && s.Destroys.Permits() {
			deleted = append(deleted, s.Index+" ("+s.Why+")")
		}
		if s.OrDestroys.Permits() {
			perhaps = append(perhaps, s.Index)
		}
	}
	if len(deleted) > 0 {
		diags.AddWarning(fmt.Sprintf("%s of %s will be deleted", indices(len(deleted)), object),
			fmt.Sprintf("Apply deletes these indices on the follower with all their documents: %s. Those that the leader still has and a pattern matches are copied again.", list(deleted)))
	}
	if len(perhaps) > 0 {
		diags.AddWarning(fmt.Sprintf("%s of %s may have to be copied again", indices(len(perhaps)), object),
			fmt.Sprintf("Apply resumes the replication of these indices: %s. If the leader no longer has the history since the pause (it keeps it for 12 hours by default), "+
				"the follower index is deleted and copied again from the leader.", list(perhaps)))
	}
}

// AddRefusals says which permission is missing, each on its attribute.
func AddRefusals(diags *diag.Diagnostics, object string, refused []ccr.Refusal) {
	for _, r := range refused {
		switch r.Kind {
		case ccr.RefusedOwnWrites:
			diags.AddAttributeError(path.Root("rebuild"), fmt.Sprintf("Rebuilding %s needs permission", object),
				fmt.Sprintf("The replication of %s was stopped outside Terraform, and the follower may have writes of its own that the leader does not have: %s. "+
					"Following the leader again deletes them. Set rebuild = true to delete the follower's copy and copy it again, or keep the copy: "+
					"exclude it from what is replicated, or promote the follower.", indices(len(r.Indices)), list(r.Indices)))
		case ccr.RefusedRecreated:
			diags.AddAttributeError(path.Root("rebuild"), fmt.Sprintf("Rebuilding %s needs permission", object),
				fmt.Sprintf("The leader has deleted an index and has another one of the same name. The copy of the deleted one on the follower may be the only one left: %s. "+
					"Set rebuild = true to delete that copy and replicate the leader's new index, or keep the copy: remove this resource with on_destroy = \"stop\".", list(r.Indices)))
		case ccr.RefusedLeaderDeleted:
			diags.AddAttributeError(path.Root("on_leader_delete"), fmt.Sprintf("Too many indices of %s would be deleted", object),
				fmt.Sprintf("The leader no longer has %d of the %d replicated indices: %s. The copies on the follower may be the only ones left, so they are not deleted. "+
					"Set on_leader_delete = \"delete_all\" to delete them, on_leader_delete = \"keep\" to keep them, or restore the indices on the leader.",
					len(r.Indices), r.Copies, list(r.Indices)))
		case ccr.RefusedFence:
			diags.AddAttributeError(path.Root("fence_leader"), fmt.Sprintf("Cannot block writes to the leader of %s", object),
				fmt.Sprintf("With fence_leader = true a promotion first blocks writes on the leader's indices, and that cannot be done: %s. Nothing was changed for it. "+
					"Make the leader reachable and plan again, or set fence_leader = false to promote without it: what the leader has acknowledged and the follower does not have is then lost.", r.Why))
		case ccr.RefusedPromoted:
			diags.AddAttributeError(path.Root("desired_state"), Capital(object)+" was promoted outside Terraform",
				fmt.Sprintf("The integration with the leader no longer exists, and %s can have been written to since then: %s. "+
					"Set desired_state = \"promoted\" to accept the promotion. Or set rebuild = true to make it follow its leader again: "+
					"that deletes these indices with everything that was written to them and copies them again.", indices(len(r.Indices)), list(r.Indices)))
		}
	}
}

// AddNotes says what is left alone.
func AddNotes(diags *diag.Diagnostics, object string, notes []ccr.Note) {
	texts := map[ccr.NoteKind]struct{ summary, detail string }{
		ccr.NoteOutside: {"Replications of %s are left alone", "The follower replicates indices of this leader that no pattern matches, or that may have writes of their own: %s. " +
			"Terraform did not start them, or may not delete them, so they are left unchanged."},
		ccr.NoteTaken: {"Indices of %s cannot be replicated", "The follower already has an index of the same name that is not a replica of the leader's: %s. It is left unchanged, and Terraform cannot repair this. " +
			"Delete that index on the follower to replicate the leader's, or choose patterns that do not match it."},
		ccr.NoteKept: {"Copies of %s are kept", "The leader has deleted these indices, and the copies on the follower are kept as they are: %s. " +
			"Where the leader has a new index of the same name, rebuild = true deletes the copy and replicates the new index."},
		ccr.NoteStoppedAlone: {"Stopped indices of %s are left alone", "The replication of these indices was stopped, and the leader shows no index of that name: %s. They are left unchanged."},
	}
	for _, kind := range []ccr.NoteKind{ccr.NoteTaken, ccr.NoteOutside, ccr.NoteKept, ccr.NoteStoppedAlone} {
		var names []string
		for _, n := range notes {
			if n.Kind == kind {
				names = append(names, n.Index)
			}
		}
		if len(names) > 0 {
			diags.AddWarning(fmt.Sprintf(texts[kind].summary, object), fmt.Sprintf(texts[kind].detail, list(names)))
		}
	}
}

// Capital begins a text with a capital letter, as a summary does.
func Capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func indices(n int) string {
	if n == 1 {
		return "1 index"
	}
	return fmt.Sprintf("%d indices", n)
}

// list names objects, at most [namedLength] of them.
func list(names []string) string {
	if len(names) <= namedLength {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(names[:namedLength], ", "), len(names)-namedLength)
}
