package browser

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// held gives how many nodes and listeners the page holds that nothing can free.
func (b *tab) held() (nodes, listeners float64) {
	b.t.Helper()
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, t, performance.Enable, performance.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		for range 3 { // what is freed by one lets go of more
			if _, err := cdp.Call(ctx, t, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
				return chromedp.Void{}, err
			}
		}
		m, err := cdp.Call(ctx, t, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return chromedp.Void{}, err
		}
		for _, one := range m.Metrics {
			switch one.Name {
			case "Nodes":
				nodes = one.Value
			case "JSEventListeners":
				listeners = one.Value
			}
		}
		return chromedp.Void{}, nil
	})
	return nodes, listeners
}

// A console that is open for weeks holds nothing of the pages it has shown:
// after more visits of all pages there are no more nodes and listeners than before.
func TestPagesLeaveNothingBehind(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1280, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	pages := js[[]string](b, `[...document.querySelectorAll('.side-links a')].map((a) => a.hash.slice(2))`)
	round := func() {
		for _, page := range pages {
			b.visit(page)
			b.until(`!document.querySelector('.page [aria-busy=true]') && document.querySelectorAll('.chart').length == document.querySelectorAll('.chart canvas').length`)
		}
		b.visit("desk")
	}
	const rounds = 2
	after := func() (nodes, listeners float64) {
		for range rounds {
			round()
		}
		return b.held()
	}
	nodes, listeners := after()
	nodes2, listeners2 := after()
	nodes3, listeners3 := after()
	t.Logf("nodes %.0f, %.0f, %.0f; listeners %.0f, %.0f, %.0f", nodes, nodes2, nodes3, listeners, listeners2, listeners3)
	// A listener of one page that is kept at each visit is too much, or ten
	// nodes; what the browser itself keeps of one visit for later is there once.
	grows := func(a, b, c, atEach float64) bool { return b-a >= atEach*rounds && c-b >= atEach*rounds }
	if grows(nodes, nodes2, nodes3, 10) || grows(listeners, listeners2, listeners3, 1) {
		t.Errorf("with every %d visits of each of %d pages more is held", rounds, len(pages))
	}
}
