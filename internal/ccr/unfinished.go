// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "maps"

// unfinishedTag marks a follower service from its creation until its
// replications run. So a creation that was cut short can be told from a service
// that somebody else made, and the next apply goes on with it instead of
// building the service anew.
const (
	unfinishedTag   = "terraform-opensearch-ccr"
	unfinishedValue = "unfinished"
)

// MarkUnfinished returns the tags with the mark of an unfinished creation.
func MarkUnfinished(tags map[string]string) map[string]string {
	marked := maps.Clone(tags)
	if marked == nil {
		marked = map[string]string{}
	}
	marked[unfinishedTag] = unfinishedValue
	return marked
}

// Unfinished reports whether tags carry the mark.
func Unfinished(tags map[string]string) bool { return tags[unfinishedTag] == unfinishedValue }

// Finished returns the tags without the mark.
func Finished(tags map[string]string) map[string]string {
	plain := maps.Clone(tags)
	delete(plain, unfinishedTag)
	return plain
}

// Resumable reports whether an existing service is an unfinished follower of
// the leader with the plan, cloud and version that are wanted (empty ones are
// not compared), so that its creation can be gone on with.
func Resumable(existing Service, tags map[string]string, leaderRef string, want Service) bool {
	if !Unfinished(tags) {
		return false
	}
	for _, other := range existing.Leaders {
		if other != leaderRef {
			return false
		}
	}
	same := func(want, have string) bool { return want == "" || want == have }
	return same(want.Plan, existing.Plan) && same(want.Cloud, existing.Cloud) && same(MajorMinor(want.Version), MajorMinor(existing.Version))
}
