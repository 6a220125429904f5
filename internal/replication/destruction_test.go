// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What destroys something is reached only through functions that take a
// [ccr.Destruction], and only package ccr makes one that permits anything. This
// test reads the provider's source for it, so that a new call without a permission
// fails here, wherever it is.
func TestDestruction_IsTheOnlyWayToDestroy(t *testing.T) {
	var taking []string
	for path, file := range providerFiles(t) {
		for _, d := range file.Decls {
			destroys := destructive(d)
			f, isFunc := d.(*ast.FuncDecl)
			switch {
			case len(destroys) == 0:
			case isFunc && f.Name.Name == "LetIn": // the template that KeepOut has made, by its name; no data
				taking = append(taking, filepath.Dir(path)+"."+f.Name.Name+": "+strings.Join(destroys, ", "))
			case !isFunc || !takesDestruction(f):
				t.Errorf("%s: %s without taking a ccr.Destruction", path, strings.Join(destroys, ", "))
			case !callsPermits(f):
				t.Errorf("%s: %s takes a ccr.Destruction and does not ask whether it permits", path, f.Name.Name)
			default:
				taking = append(taking, filepath.Dir(path)+"."+f.Name.Name+": "+strings.Join(destroys, ", "))
			}
		}
	}
	slices.Sort(taking)
	want := []string{
		"aiven.DeleteIntegration: ServiceIntegrationDelete",
		"aiven.DeleteService: ServiceDelete",
		"replication.DeleteIndex: MethodDelete",
		"replication.LetIn: MethodDelete",
		"replication.RemoveRule: MethodDelete",
		"replication.Stop: _stop",
	}
	if !slices.Equal(taking, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(taking, "\n     "), strings.Join(want, "\n     "))
	}
}

// Its fields are not exported, so that nobody else can fill one in; a copy that
// has exported fields, or a constructor for anybody, would undo that.
func TestDestruction_IsMadeInPackageCCROnly(t *testing.T) {
	made := 0
	for path, file := range providerFiles(t) {
		inCCR := filepath.Dir(path) == "ccr"
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if len(n.Elts) == 0 || !isDestruction(n.Type) {
					return true
				}
				made++
				if !inCCR {
					t.Errorf("%s makes a ccr.Destruction", path)
				}
			case *ast.TypeSpec:
				if s, isStruct := n.Type.(*ast.StructType); isStruct && inCCR && (n.Name.Name == "Destruction" || n.Name.Name == "Proof" || n.Name.Name == "object") {
					for _, field := range s.Fields.List {
						for _, name := range field.Names {
							if name.IsExported() {
								t.Errorf("%s: %s has the exported field %s", path, n.Name.Name, name.Name)
							}
						}
					}
				}
			}
			return true
		})
	}
	if made == 0 {
		t.Error("no ccr.Destruction is made anywhere: this test does not see the source")
	}
}

// providerFiles are the source files of the provider, by their path under
// internal, without tests and without what is never linked into it.
func providerFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	files, set := map[string]*ast.File{}, token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "sandbox" || name == "demo" || name == "bench" || entry.Name() == "testdata"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		files[name], err = parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// destructive are the routes in a declaration that destroy something.
func destructive(d ast.Decl) []string {
	var found []string
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if slices.Contains([]string{"MethodDelete", "ServiceDelete", "ServiceIntegrationDelete"}, n.Sel.Name) {
				found = append(found, n.Sel.Name)
			}
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if n.Kind != token.STRING || err != nil {
				return true
			}
			if text == "DELETE" || strings.HasSuffix(text, "_stop") {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

func takesDestruction(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(p *ast.Field) bool { return isDestruction(p.Type) })
}

// callsPermits reports whether a function asks for the permission, itself or by
// the accessors of a kind, which are empty for any other.
func callsPermits(f *ast.FuncDecl) bool {
	permits := false
	ast.Inspect(f, func(n ast.Node) bool {
		call, isCall := n.(*ast.SelectorExpr)
		permits = permits || isCall && call.Sel.Name == "Permits"
		return true
	})
	return permits
}

func isDestruction(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StarExpr:
		return isDestruction(e.X)
	case *ast.Ident:
		return e.Name == "Destruction"
	case *ast.SelectorExpr:
		pkg, named := e.X.(*ast.Ident)
		return named && pkg.Name == "ccr" && e.Sel.Name == "Destruction"
	}
	return false
}
