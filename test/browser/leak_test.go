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
			b.until(`!document.querySelector('.page [aria-busy=true]')`)
		}
		b.visit("desk")
	}
	round()
	round()
	nodes, listeners := b.held()
	const rounds = 3
	for range rounds {
		round()
	}
	moreNodes, moreListeners := b.held()
	if moreNodes >= nodes+10*rounds || moreListeners >= listeners+rounds { // one listener of one page, kept at each visit, is too much
		t.Errorf("after %d more visits of each of %d pages there are %.0f nodes instead of %.0f, %.0f listeners instead of %.0f",
			rounds, len(pages), moreNodes, nodes, moreListeners, listeners)
	}
	t.Logf("%.0f nodes, then %.0f; %.0f listeners, then %.0f", nodes, moreNodes, listeners, moreListeners)
}
