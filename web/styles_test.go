package web

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// texts gives the console's own files with an ending, joined.
func texts(t *testing.T, ending string) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(Console, "console", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ending || strings.Contains(name, "/vendored/") {
			return err
		}
		text, err := fs.ReadFile(Console, name)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

var (
	comment   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	quoted    = regexp.MustCompile(`"[^"]*"|'[^']*'|url\([^)]*\)`)
	classRule = regexp.MustCompile(`\.([a-zA-Z][\w-]*)`)
	block     = regexp.MustCompile(`\{[^{}]*\}`)
)

// Every class that has a style is one that a page can have.
func TestNoStyleIsForNothing(t *testing.T) {
	css := block.ReplaceAllString(quoted.ReplaceAllString(comment.ReplaceAllString(texts(t, ".css"), ""), ""), "{}")
	pages := texts(t, ".js") + texts(t, ".html")
	seen := map[string]bool{}
	for _, m := range classRule.FindAllStringSubmatch(css, -1) {
		name := m[1]
		if seen[name] {
			continue
		}
		seen[name] = true
		whole := regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(name) + `($|[^\w-])`)
		family, _, _ := strings.Cut(name, "-")
		if !whole.MatchString(pages) && !strings.Contains(pages, family+"-${") {
			t.Errorf("no page has the class %q", name)
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d classes were found", len(seen))
	}
}

// Every variable that is used is defined, and the other way round.
func TestVariablesOfStylesAreDefined(t *testing.T) {
	css := comment.ReplaceAllString(texts(t, ".css"), "")
	js := texts(t, ".js")
	defined, used := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(--[\w-]+):`).FindAllStringSubmatch(css, -1) {
		defined[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`var\((--[\w-]+)`).FindAllStringSubmatch(css, -1) {
		used[m[1]] = true
		if !defined[m[1]] {
			t.Errorf("%s is not defined", m[1])
		}
	}
	for name := range defined {
		if !used[name] && !strings.Contains(js, "'"+strings.TrimPrefix(name, "--")+"'") {
			t.Errorf("%s is not used", name)
		}
	}
}

// Colours of text are at least 4.5 : 1 against what they stand on, those of
// controls' edges, lines and bars 3 : 1, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11).
func TestColoursCanBeToldApart(t *testing.T) {
	base, err := fs.ReadFile(Console, "console/css/base.css")
	if err != nil {
		t.Fatal(err)
	}
	themes := regexp.MustCompile(`(?s)color-scheme: (light|dark);(.*?)\}`).FindAllStringSubmatch(string(base), -1)
	if len(themes) != 2 {
		t.Fatalf("base.css has %d themes", len(themes))
	}
	for _, theme := range themes {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(theme[2], -1) {
			colours[m[1]] = m[2]
		}
		check := func(least float64, over, under string) {
			t.Helper()
			if colours[over] == "" || colours[under] == "" {
				t.Fatalf("%s: %s or %s is no colour", theme[1], over, under)
			}
			if got := contrast(t, colours[over], colours[under]); got < least {
				t.Errorf("%s: %s on %s is %.2f : 1, less than %.1f", theme[1], over, under, got, least)
			}
		}
		for _, ground := range []string{"paper", "card", "raised", "sunk"} {
			check(4.5, "ink", ground)
			check(4.5, "soft", ground)
			check(4.5, "accent", ground)
		}
		for _, ground := range []string{"paper", "card", "raised"} {
			check(3, "edge", ground)
		}
		for _, state := range []string{"good", "warn", "bad", "violet", "accent"} {
			check(4.5, state, state+"-soft")
			check(4.5, state, "card")
			check(4.5, "soft", state+"-soft")
			check(4.5, "ink", state+"-soft")
		}
		for _, button := range []string{"accent", "accent-strong"} {
			check(4.5, "on-accent", button)
		}
		for _, button := range []string{"bad", "bad-strong"} {
			check(4.5, "on-bad", button)
		}
		for _, bar := range []string{"accent", "bad-line", "violet", "warn"} {
			check(3, bar, "card")
		}
	}
}

// contrast is that of two colours as WCAG 2.2 defines it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light := func(colour string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(fmt.Errorf("%s: %w", colour, err))
			}
			if c := float64(v) / 255; c <= 0.04045 {
				sum += weight * c / 12.92
			} else {
				sum += weight * math.Pow((c+0.055)/1.055, 2.4)
			}
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
