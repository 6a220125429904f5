// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Point 7 of issue 9. Terraform shows only the first of several warnings that
// share a summary. So every summary names its object, with all that tells it from
// others: this test reads the provider's source for it. A cluster is part of the
// name at index level, since two followers often have an index of one name.
func TestPoint9_07_EveryWarningNamesItsObject(t *testing.T) {
	// What names an object in full: methods of the models and of a pair, the
	// parameter that callers hand one in with, and the summaries of package ccr.
	naming := map[string]bool{"title": true, "object": true, "ref": true, "follower": true, "Follower": true, "Summary": true}
	atIndexLevel := map[string]bool{"title": true, "object": true}
	found := 0
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		names := naming
		switch filepath.Dir(path) {
		case "connection", "replication", "autofollowrule":
			names = atIndexLevel
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, isCall := n.(*ast.CallExpr)
			if !isCall {
				return true
			}
			method, isMethod := call.Fun.(*ast.SelectorExpr)
			at := map[string]int{"AddWarning": 0, "AddAttributeWarning": 1}
			if !isMethod {
				return true
			}
			if place, warns := at[method.Sel.Name]; warns {
				found++
				if summary := call.Args[place]; !mentions(summary, names) {
					t.Errorf("%s: the summary of a warning does not name its object", files.Position(summary.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 30 {
		t.Errorf("only %d warnings were found: does this test still look in the right place?", found)
	}
}

// mentions reports whether a part of the source contains one of the names.
func mentions(e ast.Node, names map[string]bool) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if name, is := n.(*ast.Ident); is && names[name.Name] {
			found = true
		}
		return true
	})
	return found
}
