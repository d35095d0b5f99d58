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
