package browser

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// violation is a barrier that axe-core has found.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// barriers has axe-core look at the page as it is when nothing fades in or out
// any more; what is serious is an error of the test.
func (b *tab) barriers(page string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](axe(b.t)))
	b.do(chromedp.Evaluate[chromedp.Void](`window.found = undefined;
		document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations != Infinity).forEach((a) => a.finish());
		axe.run(document, {resultTypes: ['violations']}).then((r) => { window.found = JSON.stringify(r.violations) })`))
	b.until(`window.found`)
	var found []violation
	if err := json.Unmarshal([]byte(js[string](b, `window.found`)), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range found {
		if v.Impact != "serious" && v.Impact != "critical" {
			b.t.Logf("%s: %s (%s): %s", page, v.ID, v.Impact, v.Help)
			continue
		}
		for _, n := range v.Nodes {
			b.t.Errorf("%s: %s (%s): %s\n%s\n%s", page, v.ID, v.Impact, v.Help, n.HTML, n.Summary)
		}
	}
}

func axe(t *testing.T) string {
	t.Helper()
	f, err := os.Open("vendored/axe.min.js.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
