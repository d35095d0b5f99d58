package script_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdline/internal/acd/script"
)

var update = flag.Bool("update", false, "write the results into test/scenario instead of comparing")

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("../../../test/scenario/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { play(t, file) })
	}
}

func play(t *testing.T, file string) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	story, err := script.Parse(string(want))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	got, err := story.Run()
	if err != nil {
		t.Fatalf("%s: %v\n%s", file, err, got)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: - as written, + as it is now (-update takes it over)\n%s", file, diff)
	}
}

// TestTheRuleTableIsCurrent holds the list of rules in the README against the files.
func TestTheRuleTableIsCurrent(t *testing.T) {
	text, err := os.ReadFile("../../../test/scenario/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "## Which rule stands where")
	if !found {
		t.Fatal("the README has no list of rules")
	}
	listed := map[string]bool{}
	for i, name := range strings.Split(table, "`") {
		if i%2 == 1 && !strings.Contains(name, "/") {
			listed[name+".txt"] = true
		}
	}
	files, err := filepath.Glob("../../../test/scenario/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := filepath.Base(file); !listed[name] {
			t.Errorf("%s stands under no rule", name)
		} else {
			delete(listed, name)
		}
	}
	for name := range listed {
		t.Errorf("%s is listed but not there", name)
	}
}

func TestErrorsNameTheLineAndWhatIsAllowed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"# fine\nqueue seven ring-all", `line 2: cannot read statement "queue seven ring-all"; it can be:`},
		{"queue 700 ring-all, loud", `cannot read queue option "loud"; it can be:`},
		{"agent 201, rings long", `cannot read agent option "rings long"`},
		{"at soon midnight", `"soon" is not a time`},
		{"at 10s midnight\nat 9s midnight", "line 2: 9s is before 10s"},
		{"midnight, today", "takes no options"},
		{"at 999999h", "is not a time"},
	} {
		_, err := script.Parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestAStoryAboutNobodyFails(t *testing.T) {
	story, err := script.Parse("201 answers")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := story.Run(); err == nil || !strings.Contains(err.Error(), "line 1: agent 201 has never been offered") {
		t.Errorf("got %v", err)
	}
}

// FuzzParse: no text makes the parser panic, and what it accepts it writes in
// a form that it accepts again.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("../../../test/scenario/*.txt")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(string(text))
		}
	}
	f.Add("at 1s")
	f.Add("queue 1 random, max wait 1s to ,,\n\t\n#")
	f.Fuzz(func(t *testing.T, text string) {
		if story, err := script.Parse(text); err == nil {
			if _, err := script.Parse(story.String()); err != nil {
				t.Errorf("%q was read once, but not again: %v", text, err)
			}
		}
	})
}
