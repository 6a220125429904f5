// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// unset is how a description says what an optional attribute is where it is not set.
var unset = regexp.MustCompile("Default|[Nn]eeded|Either|null|Without it|Leave it out|Only the keys")

// Every attribute says in full sentences what it is, an optional one what it is where it is not set.
func TestDescriptions_SayWhatAnAttributeIs(t *testing.T) {
	t.Parallel()
	_, schemas := served(t)
	checkDescriptions(t, "provider", schemas.Provider.Block.Attributes)
	for kind, of := range map[string]map[string]*tfprotov6.Schema{
		"resource": schemas.ResourceSchemas, "data": schemas.DataSourceSchemas, "ephemeral": schemas.EphemeralResourceSchemas, "list": schemas.ListResourceSchemas,
	} {
		for name, schema := range of {
			checkDescription(t, kind+" "+name, schema.Block.Description)
			checkDescriptions(t, kind+" "+name, schema.Block.Attributes)
		}
	}
	for name, function := range schemas.Functions {
		checkDescription(t, "function "+name, function.Description)
		for _, p := range function.Parameters {
			checkDescription(t, "function "+name+"."+p.Name, p.Description)
		}
	}
}

func checkDescriptions(t *testing.T, of string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, a := range attributes {
		name := of + "." + a.Name
		checkDescription(t, name, a.Description)
		if a.Optional && !unset.MatchString(a.Description) {
			t.Errorf("%s is optional and does not say what it is by default: %q", name, a.Description)
		}
		if a.NestedType != nil {
			checkDescriptions(t, name, a.NestedType.Attributes)
		}
	}
}

func checkDescription(t *testing.T, of, text string) {
	t.Helper()
	if !strings.HasSuffix(text, ".") {
		t.Errorf("%s has no description that ends with a full stop: %q", of, text)
	}
}
