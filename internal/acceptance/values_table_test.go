// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// When a wrong value is refused.
const (
	atValidate = "validate" // by terraform validate already, without any server
	atPlan     = "plan"
	// atPlanWarns is only a warning, because something else may make it right before the apply.
	atPlanWarns = "plan, with a warning"
	atNothing   = "" // every value of its type is right; says has the reason
)

// wrongValue is a wrong value of an attribute.
type wrongValue struct {
	// attribute is its name, with dots for what is in an object and a star for
	// the key of a map.
	attribute string
	// with are the attributes in which the configuration differs from the right one.
	with fields
	when string
	// says is what is said, as ATTRIBUTE: SUMMARY: DETAIL.
	says string
}

// A wrong value of each attribute of the provider, of every resource and of every
// data source: where it is refused, and with which words.
func TestValues(t *testing.T) {
	t.Parallel()
	w := newValuesWorld(t)
	w.cluster(leaderRef).Resize("movies", 36000<<20, 1) // more than the disk of the leader's plan takes with a replica
	right, wrong := rightValues(w), wrongValues()
	for b, schema := range w.blocks() {
		t.Run(b.String(), func(t *testing.T) {
			t.Parallel() // some rules look again for seconds before they believe something
			base, there := right[b]
			if !there {
				t.Fatal("no right configuration")
			}
			w := *w
			w.t = t
			if b.kind != blockProvider {
				w.start()
				if found := unannounced(append(w.validate(b, base), w.plan(b, base)...)); len(found) > 0 {
					t.Fatalf("the right configuration is refused: %v", found)
				}
			}
			told := map[string]bool{}
			for _, v := range wrong[b] {
				told[v.attribute] = true
				t.Run(v.attribute, func(t *testing.T) {
					w := w
					w.t = t
					w.refused(b, base, v)
				})
			}
			configurable, computed := attributesOf("", schema.Block.Attributes)
			for _, name := range configurable {
				if !told[name] {
					t.Errorf("no wrong value for %s", name)
				}
				delete(told, name)
			}
			if len(told) > 0 {
				t.Errorf("no such attributes: %v", slices.Sorted(maps.Keys(told)))
			}
			for _, name := range computed {
				w.refusesToSet(b, base, schema, name)
			}
		})
	}
}

// attributesOf are the names of the attributes that can be configured, what is in
// objects instead of these, and the names of those at the top that cannot.
func attributesOf(prefix string, attributes []*tfprotov6.SchemaAttribute) (configurable, computed []string) {
	for _, a := range attributes {
		name := prefix + a.Name
		switch {
		case !a.Optional && !a.Required:
			computed = append(computed, name)
		case a.NestedType != nil:
			if a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeMap {
				name += ".*"
			}
			inner, _ := attributesOf(name+".", a.NestedType.Attributes)
			configurable = append(configurable, inner...)
		default:
			configurable = append(configurable, name)
		}
	}
	return configurable, computed
}

// refused fails the test unless a wrong value is refused where it is meant to be,
// with these words and no other errors.
func (w *valuesWorld) refused(b block, base fields, v wrongValue) {
	w.t.Helper()
	if v.when == atNothing {
		if v.with != nil || v.says == "" {
			w.t.Error("an attribute that takes anything has a reason and no value")
		}
		return
	}
	config := maps.Clone(base)
	maps.Copy(config, v.with)
	found := errorsOf(w.validate(b, config))
	if v.when != atValidate {
		if len(found) > 0 {
			w.t.Fatalf("refused at validate: %v", found)
		}
		w.start() // another plan
		found = w.plan(b, config)
	}
	if v.when == atPlan {
		found = errorsOf(found)
	}
	if len(found) != 1 || found[0].String() != v.says || found[0].warning != (v.when == atPlanWarns) {
		w.t.Errorf("at %s:\n got %v\nwant %s", v.when, found, v.says)
	}
}

// refusesToSet fails the test unless a configuration of what is computed is refused.
func (w *valuesWorld) refusesToSet(b block, base fields, schema *tfprotov6.Schema, name string) {
	w.t.Helper()
	i := slices.IndexFunc(schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name })
	config := maps.Clone(base)
	config[name] = unknown
	if nested := schema.Block.Attributes[i].NestedType; nested == nil {
		config[name] = map[string]any{"tftypes.String": "x", "tftypes.Number": 1, "tftypes.Bool": true, "tftypes.Set[tftypes.String]": []any{"x"}}[schema.Block.Attributes[i].Type.String()]
	}
	found := errorsOf(w.validate(b, config))
	if len(found) != 1 || !strings.HasPrefix(found[0].String(), name+": Invalid Configuration for Read-Only Attribute: ") {
		w.t.Errorf("%s can be set: %v", name, found)
	}
}
