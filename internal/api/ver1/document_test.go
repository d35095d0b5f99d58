package ver1

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryRouteIsDescribed(t *testing.T) {
	served := map[string]bool{}
	for path, m := range routes {
		for method := range m {
			key := method + " " + path
			served[key] = true
			if operations[key].summary == "" {
				t.Errorf("%s has no summary: give it a row in operations.go", key)
			}
		}
		for s := range strings.SplitSeq(path, "/") {
			if name, ok := strings.CutPrefix(s, "{"); ok && pathParameters[strings.TrimSuffix(name, "}")].Description == "" {
				t.Errorf("%s: %s is not described: give it a row in pathParameters", path, s)
			}
		}
	}
	for key, op := range operations {
		if !served[key] {
			t.Errorf("operations.go describes %s, which is no route", key)
		}
		for _, name := range []string{op.body, op.shows, op.lists} {
			if _, ok := resources[name]; name != "" && !ok {
				t.Errorf("%s: there is no resource %q in resources.go", key, name)
			}
		}
		for _, name := range op.query {
			if _, ok := queryParameters[name]; !ok {
				t.Errorf("%s: there is no query parameter %q in parameters.go", key, name)
			}
		}
	}
}

func TestEveryFieldIsDescribed(t *testing.T) {
	for name, s := range Document().Components.Schemas {
		for _, p := range s.Properties {
			if p.Schema.Description == "" && len(p.Schema.Enum) == 0 && p.Schema.Ref == "" && p.Schema.Items == nil {
				t.Errorf("%s.%s has no note: give it one in resources.go", name, p.Name)
			}
			if len(p.Schema.Type) == 0 && p.Schema.Ref == "" {
				t.Errorf("%s.%s has no type", name, p.Name)
			}
		}
	}
}

// What the code reads of a query is what the document knows.
func TestEveryQueryParameterIsDescribed(t *testing.T) {
	read := regexp.MustCompile(`(?:c\.query\.Get|c\.query\.Has|c\.flag|c\.ids|c\.only|c\.number|c\.moment|c\.count|\bread)\("(\w+)"|c\.query\["(\w+)"\]`)
	files, _ := filepath.Glob("*.go")
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range read.FindAllStringSubmatch(string(text), -1) {
			found[m[1]+m[2]] = true
		}
	}
	if len(found) < 10 {
		t.Fatalf("only %v found: the test does not see the code", slices.Sorted(maps.Keys(found)))
	}
	used := map[string]bool{"page": true, "per_page": true}
	for _, op := range operations {
		for _, name := range op.query {
			used[name] = true
			if as := queryParameters[name].as; as != "" {
				used[as] = true
			}
		}
	}
	for name := range found {
		if !used[name] {
			t.Errorf("the query parameter %s is read, but no operation names it", name)
		}
	}
	for name := range used {
		if as := queryParameters[name].as; !found[name] && !found[as] {
			t.Errorf("the query parameter %s is described, but never read", name)
		}
	}
}
