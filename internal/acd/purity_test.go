package acd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules may compute and nothing else. What could read a clock, wait, log
// or share state is not in this list.
var pureImports = []string{"cmp", "container/heap", "fmt", "maps", "math", "slices", "strings", "time"}

// Of package time the rules may use durations and conversions, nothing that runs.
var pureTime = []string{"Duration", "Time", "UnixMicro", "Microsecond", "Millisecond", "Second", "Minute"}

func TestTheRulesArePure(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		checkImports(t, name, file)
		ast.Inspect(file, func(n ast.Node) bool { return checkNode(t, name, n) })
		checked++
	}
	if checked < 10 {
		t.Errorf("only %d files looked at", checked)
	}
}

func checkImports(t *testing.T, name string, file *ast.File) {
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(pureImports, path) {
			t.Errorf("%s imports %s", name, path)
		}
	}
}

func checkNode(t *testing.T, name string, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
		t.Errorf("%s: a goroutine or channel (%T)", name, n)
	case *ast.SelectorExpr:
		if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" && pkg.Obj == nil && !slices.Contains(pureTime, n.Sel.Name) {
			t.Errorf("%s uses time.%s", name, n.Sel.Name)
		}
	}
	return true
}
