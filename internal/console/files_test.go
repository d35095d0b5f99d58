package console

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"testing"

	"holdline/web"
)

// What is said of the modules in the repository does not travel, their lines
// keep their numbers, and no text of theirs was taken for a remark.
func TestRemarksDoNotTravel(t *testing.T) {
	own, err := fs.Sub(web.Console, "console")
	if err != nil {
		t.Fatal(err)
	}
	served, err := load(own)
	if err != nil {
		t.Fatal(err)
	}
	modules := 0
	for name, f := range served.byPath {
		if name == "css/all.css" {
			continue // see below
		}
		written, err := fs.ReadFile(own, name)
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(name) != ".js" || strings.HasPrefix(name, "vendored/") {
			if !bytes.Equal(f.plain, written) {
				t.Errorf("%s is not served as it was written", name)
			}
			continue
		}
		modules++
		before, after := strings.Split(string(written), "\n"), strings.Split(string(f.plain), "\n")
		if len(before) != len(after) {
			t.Fatalf("%s has %d lines, %d are served", name, len(before), len(after))
		}
		quotes := 0 // of texts that may have several lines
		for i, line := range before {
			switch {
			case after[i] == line:
				quotes += strings.Count(line, "`")
			case after[i] != "" || quotes%2 != 0:
				t.Errorf("%s:%d: %q is served as %q", name, i+1, line, after[i])
			}
			if strings.HasPrefix(strings.TrimSpace(after[i]), "//") {
				t.Errorf("%s:%d travels: %s", name, i+1, line)
			}
		}
	}
	if modules < 30 {
		t.Errorf("there are %d modules", modules)
	}
}

// The page asks for one style sheet, in which those it names stand in their
// order, and none is left over.
func TestStyleSheetsTravelTogether(t *testing.T) {
	own, err := fs.Sub(web.Console, "console")
	if err != nil {
		t.Fatal(err)
	}
	served, err := load(own)
	if err != nil {
		t.Fatal(err)
	}
	page := string(served.index.plain)
	if n := strings.Count(page, `rel="stylesheet"`); n != 1 || !strings.Contains(page, `href="/assets/`+served.version+`/css/all.css"`) || strings.Contains(page, "{") {
		t.Errorf("the page is\n%s", page)
	}
	index, err := fs.ReadFile(own, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, m := range stylesheet.FindAllSubmatch(index, -1) {
		one, err := fs.ReadFile(own, string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one...)
	}
	if !bytes.Equal(served.byPath["css/all.css"].plain, all) || len(all) < 10_000 {
		t.Errorf("%d bytes of style are served, %d are written", len(served.byPath["css/all.css"].plain), len(all))
	}
	written, err := fs.Glob(own, "css/*.css")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(stylesheet.FindAll(index, -1)); n != len(written) {
		t.Errorf("the page names %d style sheets, there are %d", n, len(written))
	}
}
