// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

// Reverse is what a former leader is meant to do that becomes the follower, where
// p is the pair in its new direction: with rebuild = true, every index of the
// patterns that both have is deleted on it and copied again. What only the former
// leader has stays.
func Reverse(d Desired, p PairObservation) Desired {
	owned := map[string]string{}
	for _, name := range p.matching(d.Patterns) {
		f := p.Indices.At(name)
		if _, replicates := f.Replicates().Value(); !replicates && f.UUID() != "" {
			owned[name] = f.UUID()
		}
	}
	d.Owned = NewByName(owned)
	return d
}

// Copied are the new leader's indices that the former leader is to have, in order:
// those that it has and those that it is given.
func (d Desired) Copied(p PairObservation) []string { return p.matching(d.Patterns) }

// Alone are the indices of the patterns that only the former leader has, in order.
// There are none where the new leader's indices are not known.
func Alone(d Desired, p PairObservation) []string {
	if _, listed := p.Leader.Value(); !listed {
		return nil
	}
	there := map[string]bool{}
	for _, name := range p.matching(d.Patterns) {
		there[name] = true
	}
	var names []string
	for name, f := range p.Indices.All() {
		if f.Exists() && !there[name] && d.covers(name) {
			names = append(names, name)
		}
	}
	return names
}
