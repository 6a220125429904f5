// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package autofollowrule

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/private"
)

// This file tells which follower indices a rule has started.

const (
	// keyHoldings has the [holdings].
	keyHoldings = "rule_indices"
	// keyEnds has what the plan of a destroy named, by UUID.
	keyEnds = "ends"
)

// holdings are the replicas that a rule covers, by name and UUID.
type holdings struct {
	// Started are those that the rule started, itself or through its resource.
	Started map[string]string
	// Others are those that existed before the rule, or that something else
	// started. on_destroy does not concern them.
	Others map[string]string
}

func loadHoldings(ctx context.Context, store private.Reader, diags *diag.Diagnostics) (holdings, bool) {
	return private.Value[holdings](ctx, store, keyHoldings, "The list of the rule's indices in the private state", diags)
}

func (h holdings) save(ctx context.Context, store private.Writer, diags *diag.Diagnostics) {
	private.SetValue(ctx, store, keyHoldings, h, diags)
}

// covered are the replicas that only this rule's pattern covers, by UUID. A rule
// names each follower index like the index that it follows.
func (m model) covered(o ccr.Observation, known ccr.Owned) map[string]string {
	others, readable := m.otherPatterns(o)
	if !readable {
		return nil // another rule may cover any of them
	}
	found := map[string]string{}
	for _, f := range o.Replicating(known) {
		source, _ := f.Replicates().Value()
		if f.UUID() != "" && ccr.Matches(m.pattern(), f.Name) && !ccr.MatchesAny(others, f.Name) && (source.Index == f.Name || source.Index == "") {
			found[f.Name] = f.UUID()
		}
	}
	return found
}

// otherPatterns are the patterns of the other rules of this leader, false where
// the rules cannot be read.
func (m model) otherPatterns(o ccr.Observation) (patterns []string, readable bool) {
	rules, readable := o.Rules.Value()
	for _, rule := range rules {
		if rule.Name != m.Name.ValueString() && (rule.LeaderAlias == m.alias() || rule.LeaderAlias == "") {
			patterns = append(patterns, rule.Pattern)
		}
	}
	return patterns, readable
}

// prune drops indices that no longer exist.
func (h *holdings) prune(o ccr.Observation) {
	*h = holdings{Started: maps.Clone(h.Started), Others: maps.Clone(h.Others)}
	for _, known := range []*map[string]string{&h.Started, &h.Others} {
		if *known == nil {
			*known = map[string]string{}
		}
		maps.DeleteFunc(*known, func(name, uuid string) bool {
			f, listed := o.Indices.Find(name)
			return !listed || f.UUID() != "" && f.UUID() != uuid
		})
	}
}

// update takes over what an observation shows: what the rule covers now and
// nobody knew before was started by it, unless another resource holds it.
func (h *holdings) update(m model, o ccr.Observation, held func(index string) bool) {
	h.prune(o)
	for name, uuid := range m.covered(o, ccr.NewByName(h.Started)) {
		switch {
		case held(name):
			h.Others[name] = uuid
			delete(h.Started, name)
		case h.Started[name] == "" && h.Others[name] == "":
			h.Started[name] = uuid
		}
	}
}

// begin adds what an apply has started, and what it found that something else
// had started before.
func (h *holdings) begin(o ccr.Observation, started, others []string) {
	h.prune(o)
	for _, name := range started {
		if uuid := o.Indices.At(name).UUID(); uuid != "" {
			h.Started[name] = uuid
		}
	}
	for _, name := range others {
		if uuid := o.Indices.At(name).UUID(); uuid != "" && h.Started[name] == "" {
			h.Others[name] = uuid
		}
	}
}
