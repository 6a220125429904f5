// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// snippet is a block of Terraform code in a page.
var snippet = regexp.MustCompile("(?ms)^```(?:terraform|hcl)\n(.*?)^```$")

// Arguments that Terraform itself takes, in any resource or data block.
var ofTerraform = []string{"provider", "count", "for_each", "depends_on"}

// Snippets that are written in a page are checked against the schema, since
// Terraform does not run them: they use providers and resources that the page
// shows elsewhere or not at all. The files under examples/ are run by other tests.
func TestSnippets_AreWhatTheSchemaSays(t *testing.T) {
	t.Parallel()
	_, schemas := served(t)
	pages := []string{filepath.Join("..", "..", "README.md"), filepath.Join("..", "..", "CONTRIBUTING.md")}
	for _, pattern := range []string{"*.md.tmpl", filepath.Join("*", "*.md.tmpl")} {
		found, err := filepath.Glob(filepath.Join("..", "..", "templates", pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	checked := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range snippet.FindAllSubmatchIndex(text, -1) {
			at := hcl.Pos{Line: strings.Count(string(text[:match[2]]), "\n") + 1, Column: 1}
			file, diags := hclsyntax.ParseConfig(text[match[2]:match[3]], page, at)
			if diags.HasErrors() {
				t.Error(diags)
				continue
			}
			for _, block := range file.Body.(*hclsyntax.Body).Blocks {
				checked += checkSnippet(t, schemas, block)
			}
		}
	}
	if checked < 8 {
		t.Errorf("only %d blocks were checked", checked)
	}
}

// checkSnippet checks a block if it is one of this provider, and counts it.
func checkSnippet(t *testing.T, schemas *tfprotov6.GetProviderSchemaResponse, block *hclsyntax.Block) int {
	t.Helper()
	of := map[string]map[string]*tfprotov6.Schema{"resource": schemas.ResourceSchemas, "data": schemas.DataSourceSchemas, "ephemeral": schemas.EphemeralResourceSchemas}[block.Type]
	schema := schemas.Provider
	switch {
	case block.Type == "provider" && (block.Labels[0] == "opensearch" || block.Labels[0] == "ccr"):
	case of == nil || !strings.HasPrefix(block.Labels[0], "opensearch_ccr_"):
		return 0
	case of[block.Labels[0]] == nil:
		t.Errorf("%s: there is no %s %s", block.Range(), block.Type, block.Labels[0])
		return 1
	default:
		schema = of[block.Labels[0]]
	}
	given := map[string]hcl.Range{}
	for name, attribute := range block.Body.Attributes {
		if !slices.Contains(ofTerraform, name) {
			given[name] = attribute.SrcRange
		}
		checkObject(t, schema.Block.Attributes, name, attribute.Expr)
	}
	checkNames(t, block.Range(), schema.Block.Attributes, given)
	return 1
}

// checkNames reports names that the schema does not let a configuration set, and required ones that are not set.
func checkNames(t *testing.T, at hcl.Range, schema []*tfprotov6.SchemaAttribute, given map[string]hcl.Range) {
	t.Helper()
	for name, where := range given {
		if !slices.ContainsFunc(schema, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name && (a.Required || a.Optional) }) {
			t.Errorf("%s: the schema has no attribute %s that can be set", where, name)
		}
	}
	for _, a := range schema {
		if _, has := given[a.Name]; a.Required && !has {
			t.Errorf("%s: required attribute %s is missing", at, a.Name)
		}
	}
}

// checkObject checks what is in the braces of an attribute with nested ones, or in each pair of braces of a map of them.
func checkObject(t *testing.T, schema []*tfprotov6.SchemaAttribute, name string, value hclsyntax.Expression) {
	t.Helper()
	i := slices.IndexFunc(schema, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name })
	object, written := value.(*hclsyntax.ObjectConsExpr)
	if i < 0 || schema[i].NestedType == nil || !written {
		return
	}
	nested := schema[i].NestedType
	if nested.Nesting == tfprotov6.SchemaObjectNestingModeMap {
		for _, item := range object.Items {
			if inner, ok := item.ValueExpr.(*hclsyntax.ObjectConsExpr); ok {
				checkItems(t, nested.Attributes, inner)
			}
		}
		return
	}
	checkItems(t, nested.Attributes, object)
}

func checkItems(t *testing.T, schema []*tfprotov6.SchemaAttribute, object *hclsyntax.ObjectConsExpr) {
	t.Helper()
	given := map[string]hcl.Range{}
	for _, item := range object.Items {
		name := hcl.ExprAsKeyword(item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr).Wrapped)
		given[name] = item.KeyExpr.Range()
		checkObject(t, schema, name, item.ValueExpr)
	}
	checkNames(t, object.Range(), schema, given)
}
