// Package architecture holds the tests of the folder order and of the rules
// that keep the core pure. docs/architecture.md explains them.
package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// order is the folders from top to bottom: a package imports only from
// folders below its own, or from its own folder.
var order = []string{
	"cmd/holdline",
	"internal/server",
	"internal/demo",
	"internal/loadtest",
	"internal/phone",
	"internal/api",
	"internal/console",
	"internal/webhook",
	"internal/sipua",
	"internal/sound",
	"internal/media",
	"internal/app",
	"internal/live",
	"internal/report",
	"internal/engine",
	"internal/directory",
	"internal/telephony",
	"internal/store",
	"internal/acd",
	"internal/auth",
	"internal/config",
	"internal/origin",
}

// rule forbids imports; names are folders of the module or import paths, and
// mean everything beneath them too.
type rule struct {
	in     []string // packages the rule is for
	except []string
	never  []string
	why    string
}

const ours = "holdline"

var dialects = []string{"internal/api/ver1", "internal/api/uapi", "internal/api/agentstate"}

var rules = []rule{
	{in: []string{"internal/acd", "internal/telephony", "internal/media"}, never: []string{ours},
		why: "these import nothing of ours beyond their own folder"},
	{in: []string{"internal/acd"}, except: []string{"internal/acd/script"},
		never: []string{"sync", "log", "os", "net", "io", "context", "database", "math/rand", "runtime"},
		why:   "the rules are pure: no lock, log, file, socket or hidden chance"},
	{in: dialects, never: append([]string{"internal/engine", "internal/store/sqlite", "internal/store/postgres", "database/sql"}, dialects...),
		why: "a dialect knows the use cases only, no other dialect, engine or database"},
	{in: []string{"internal/phone", "internal/loadtest", "internal/demo"}, never: []string{"internal/sipua", "internal/media"},
		why: "a peer made of the same code would share its mistakes"},
	{in: []string{"internal", "cmd"}, except: []string{"internal/sipua", "internal/phone"}, never: []string{"github.com/emiago"},
		why: "no type of the SIP library leaves the SIP user agent"},
	{in: []string{"internal", "cmd"}, except: []string{"internal/store/sqlite", "internal/store/postgres"},
		never: []string{"database/sql", "modernc.org/sqlite", "github.com/jackc/pgx", "github.com/pressly/goose"},
		why:   "SQL stays behind the store port"},
	{in: []string{"internal", "cmd", "scripts"}, never: []string{"C"}, why: "the binary is built without cgo"},
}

// source is one Go file that is no test.
type source struct {
	folder string // of the module, "internal/acd"
	path   string
	syntax *ast.File
}

// sources reads all Go files that go into binaries.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", path), nil, parser.SkipObjectResolution)
		out = append(out, source{filepath.ToSlash(filepath.Dir(path)), path, file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("only %d files: the test does not see the module", len(out))
	}
	return out
}

// imports gives a file's imports; those of the module as folders.
func (s source) imports() []string {
	var out []string
	for _, i := range s.syntax.Imports {
		path, _ := strconv.Unquote(i.Path.Value) // parsed already
		out = append(out, strings.TrimPrefix(path, ours+"/"))
	}
	return out
}

// within says whether a package is name or beneath it.
func within(pkg, name string) bool {
	return pkg == name || strings.HasPrefix(pkg, name+"/")
}

func withinAny(pkg string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return within(pkg, name) })
}

// top gives the folder of order a package is in, and its place there.
func top(pkg string) (string, int) {
	i := slices.IndexFunc(order, func(name string) bool { return within(pkg, name) })
	if i < 0 {
		return "", -1
	}
	return order[i], i
}

func TestImportsPointDown(t *testing.T) {
	for _, s := range sources(t) {
		_, from := top(s.folder)
		if from < 0 {
			if within(s.folder, "internal") || within(s.folder, "cmd") {
				t.Errorf("%s: the folder has no place in the order", s.path)
			}
			continue
		}
		for _, i := range s.imports() {
			if folder, to := top(i); to >= 0 && to < from {
				t.Errorf("%s imports %s: %s stands above %s", s.path, i, folder, order[from])
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, r := range rules {
			if !withinAny(s.folder, r.in) || withinAny(s.folder, r.except) {
				continue
			}
			for _, i := range s.imports() {
				if r.forbids(s.folder, i) {
					t.Errorf("%s imports %s: %s", s.path, i, r.why)
				}
			}
		}
	}
}

func (r rule) forbids(folder, imported string) bool {
	home, _ := top(folder)
	for _, name := range r.never {
		switch {
		case name == ours:
			if (within(imported, "internal") || within(imported, "cmd")) && !within(imported, home) {
				return true
			}
		case slices.Contains(dialects, name) && within(folder, name): // its own folder
		case within(imported, name):
			return true
		}
	}
	return false
}

// The core may name times and durations, but never asks for the time, waits,
// or starts something that runs beside it.
func TestTheRulesArePure(t *testing.T) {
	for _, s := range sources(t) {
		if s.folder != "internal/acd" {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", s.path)
			case *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
				t.Errorf("%s uses a channel", s.path)
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "NewTimer", "NewTicker", "Tick"}, n.Sel.Name) {
					t.Errorf("%s uses time.%s: time is an argument here", s.path, n.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestRulesForbidWhatTheySay(t *testing.T) {
	forbidden := func(folder, imported string) bool {
		return slices.ContainsFunc(rules, func(r rule) bool {
			return withinAny(folder, r.in) && !withinAny(folder, r.except) && r.forbids(folder, imported)
		})
	}
	for _, tt := range []struct {
		folder, imported string
		want             bool
	}{
		{"internal/acd", "internal/store", true},
		{"internal/acd", "time", false},
		{"internal/acd", "sync/atomic", true},
		{"internal/acd/script", "os", false},
		{"internal/telephony/telsim", "internal/telephony", false},
		{"internal/media", "internal/sound", true},
		{"internal/api/ver1", "internal/api/uapi", true},
		{"internal/api/ver1", "internal/api/ver1/golden", false},
		{"internal/api/ver1", "internal/engine", true},
		{"internal/api/ver1", "internal/app", false},
		{"internal/loadtest", "internal/sipua/digest", true},
		{"internal/engine", "github.com/emiago/sipgo/sip", true},
		{"internal/sipua/transport", "github.com/emiago/sipgo/sip", false},
		{"internal/app", "database/sql", true},
		{"cmd/holdline", "C", true},
	} {
		if got := forbidden(tt.folder, tt.imported); got != tt.want {
			t.Errorf("%s imports %s: forbidden = %v", tt.folder, tt.imported, got)
		}
	}
}
