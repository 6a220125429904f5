// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

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

// blank stands in a summary for what is only known when it is shown, such as a name.
const blank = "…"

// A summary is what a diagnostic of the source has as its title.
type summary struct {
	at      token.Position
	text    string   // with [blank] for each name
	details []string // every detail that can stand below it, in the same way
	warning bool
}

// A reporter is a function that makes a diagnostic, or that hands a summary on to one.
type reporter struct {
	summary  int // the place of the summary among the arguments
	warning  bool
	detailed bool // the detail is the argument after the summary
}

// The functions of the framework that make a diagnostic.
func frameworkReporters() map[string]reporter {
	return map[string]reporter{
		"AddError": {0, false, true}, "AddAttributeError": {1, false, true}, "NewErrorDiagnostic": {0, false, true}, "NewAttributeErrorDiagnostic": {1, false, true},
		"AddWarning": {0, true, true}, "AddAttributeWarning": {1, true, true}, "NewWarningDiagnostic": {0, true, true}, "NewAttributeWarningDiagnostic": {1, true, true},
	}
}

// A sourceFile is one file of the source, and the reporters that it can call: those of its own
// package, and the exported ones of all packages.
type sourceFile struct {
	folder string
	syntax *ast.File
}

// readSummaries reads from the source the summary of every diagnostic that a user can meet: those that
// the packages of the provider make, and those of the checks of package ccr.
func readSummaries(t *testing.T) []summary {
	t.Helper()
	positions := token.NewFileSet()
	var parsed []sourceFile
	for _, root := range []string{".", filepath.Join("..", "ccr")} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(positions, path, nil, parser.SkipObjectResolution)
			parsed = append(parsed, sourceFile{filepath.Dir(path), file})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s := source{t: t, positions: positions, constants: map[string]ast.Expr{}, functions: map[string]*ast.FuncDecl{}, reporters: frameworkReporters()}
	for _, f := range parsed {
		s.learn(f)
	}
	for _, f := range parsed {
		for _, declared := range f.syntax.Decls {
			if function, is := declared.(*ast.FuncDecl); is && function.Body != nil {
				s.collect(f.folder, function)
			}
		}
	}
	return s.found
}

type source struct {
	t         *testing.T
	positions *token.FileSet
	constants map[string]ast.Expr // by folder and name, as the functions
	functions map[string]*ast.FuncDecl
	reporters map[string]reporter // by name, or by folder and name where only their package can call them
	found     []summary
}

// learn takes the constants of a file, and its functions with a parameter that is a summary.
func (s *source) learn(f sourceFile) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) {
					s.constants[f.folder+" "+name.Name] = n.Values[i]
				}
			}
		case *ast.FuncDecl:
			s.functions[f.folder+" "+n.Name.Name] = n
			s.learnFunction(f.folder, n.Name.Name, n.Type, n.Body)
		case *ast.AssignStmt:
			if function, is := n.Rhs[0].(*ast.FuncLit); is {
				if name, is := n.Lhs[0].(*ast.Ident); is {
					s.learnFunction(f.folder, name.Name, function.Type, function.Body)
				}
			}
		}
		return true
	})
}

func (s *source) learnFunction(folder, name string, signature *ast.FuncType, body *ast.BlockStmt) {
	place := 0
	for _, parameters := range signature.Params.List {
		for _, parameter := range parameters.Names {
			if parameter.Name == "summary" && body != nil {
				warns := mentions(body, map[string]bool{"AddWarning": true, "AddAttributeWarning": true})
				if !ast.IsExported(name) {
					name = folder + " " + name
				}
				s.reporters[name] = reporter{place, warns, false}
			}
			place++
		}
	}
}

// collect finds the summaries that a function gives to a reporter or sets in a check.
func (s *source) collect(folder string, function *ast.FuncDecl) {
	ast.Inspect(function.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if r, is := s.called(folder, n); is && r.summary < len(n.Args) {
				var detail ast.Expr
				if r.detailed && r.summary+1 < len(n.Args) {
					detail = n.Args[r.summary+1]
				}
				s.add(folder, function, n.Args[r.summary], detail, r.warning)
			}
		case *ast.CompositeLit:
			fields := map[string]ast.Expr{}
			for _, element := range n.Elts {
				if pair, is := element.(*ast.KeyValueExpr); is {
					if key, is := pair.Key.(*ast.Ident); is {
						fields[key.Name] = pair.Value
					}
				}
			}
			if fields["Summary"] != nil && fields["Detail"] != nil {
				warning, is := fields["Warning"].(*ast.Ident)
				s.add(folder, function, fields["Summary"], fields["Detail"], is && warning.Name == "true")
			}
		}
		return true
	})
}

func (s *source) called(folder string, call *ast.CallExpr) (reporter, bool) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	if r, is := s.reporters[folder+" "+name]; is {
		return r, true
	}
	r, is := s.reporters[name]
	return r, is
}

func (s *source) add(folder string, function *ast.FuncDecl, e, detail ast.Expr, warning bool) {
	var details []string
	if detail != nil {
		details = s.texts(folder, function, detail)
	}
	for _, text := range s.texts(folder, function, e) {
		for strings.Contains(text, blank+blank) {
			text = strings.ReplaceAll(text, blank+blank, blank)
		}
		if strings.HasPrefix(text, " ") {
			text = blank + text // a reporter puts the object before it
		}
		if text == blank {
			continue // what a caller handed in, which is collected there
		}
		s.found = append(s.found, summary{s.positions.Position(e.Pos()), text, details, warning})
	}
}

// texts has every text that an expression can stand for.
func (s *source) texts(folder string, function *ast.FuncDecl, e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			s.t.Errorf("%s: %v", s.positions.Position(e.Pos()), err)
		}
		return []string{text}
	case *ast.BinaryExpr:
		var all []string
		for _, left := range s.texts(folder, function, e.X) {
			for _, right := range s.texts(folder, function, e.Y) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.CallExpr:
		if name, is := e.Fun.(*ast.SelectorExpr); is && name.Sel.Name == "Sprintf" {
			var all []string
			for _, format := range s.texts(folder, function, e.Args[0]) {
				all = append(all, verb.ReplaceAllString(format, blank))
			}
			return all
		}
		if name, is := e.Fun.(*ast.Ident); is && s.functions[folder+" "+name.Name] != nil {
			return s.returned(folder, s.functions[folder+" "+name.Name])
		}
	case *ast.Ident:
		if constant := s.constants[folder+" "+e.Name]; constant != nil {
			return s.texts(folder, function, constant)
		}
		var all []string
		ast.Inspect(function.Body, func(n ast.Node) bool {
			if set, is := n.(*ast.AssignStmt); is && len(set.Lhs) == len(set.Rhs) {
				for i, left := range set.Lhs {
					if name, is := left.(*ast.Ident); is && name.Name == e.Name {
						all = append(all, s.texts(folder, function, set.Rhs[i])...)
					}
				}
			}
			return true
		})
		if len(all) > 0 {
			slices.Sort(all)
			return slices.Compact(all)
		}
	}
	return []string{blank}
}

// returned has every text that a function returns.
func (s *source) returned(folder string, function *ast.FuncDecl) []string {
	var all []string
	ast.Inspect(function.Body, func(n ast.Node) bool {
		if returned, is := n.(*ast.ReturnStmt); is && len(returned.Results) == 1 {
			all = append(all, s.texts(folder, function, returned.Results[0])...)
		}
		return true
	})
	return all
}
