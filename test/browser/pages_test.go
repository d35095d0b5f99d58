package browser

import "testing"

// Every page there is, as the navigation names them, fits a desk's screen and a
// phone's, in light and dark colours, and has no serious barrier.
func TestEveryPageFitsAndHasNoBarrier(t *testing.T) {
	d := startDemo(t)
	large, small := d.open(t, 1440, 900), d.open(t, 360, 740)
	large.signIn("dana", "demo")
	small.signIn("dana", "demo")
	small.dark(true)
	large.until(`document.querySelector('.agent')`)
	pages := js[[]string](large, `[...document.querySelectorAll('.side-links a')].map((a) => a.hash.slice(2))`)
	if len(pages) < 4 {
		t.Fatalf("the pages are %q", pages)
	}
	for _, page := range pages {
		for size, b := range map[string]*tab{"1440 px": large, "360 px, dark": small} {
			b.visit(page)
			b.until(`!document.querySelector('.page [aria-busy=true]')`)
			b.fits(page + " at " + size)
			b.barriers(page + " at " + size)
		}
	}
}
