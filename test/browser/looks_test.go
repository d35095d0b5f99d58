package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// asking is what the texts below ask the server with, and how they make names, some of 100 letters.
const asking = `
	const { csrf } = await (await fetch('/console/session')).json();
	const ask = async (method, path, body) => {
		const a = await fetch('/api/ver1.0' + path, {method, headers: {'Content-Type': 'application/json', 'X-CSRF-Token': csrf}, body: JSON.stringify(body)});
		return a.ok ? a.json() : Promise.reject(new Error(path + ': ' + await a.text()));
	};
	const long = (i) => i % 3 ? 'Name ' + i : 'Longname'.repeat(11) + ' and more ' + i % 10;`

// muchQueues makes 20 queues and what else there is one of, and gives the queues' ids.
const muchQueues = `(async () => {` + asking + `
	const queues = [];
	for (let i = 0; i < 20; i++) queues.push((await ask('POST', '/client/@me/extension/', {type: 'queue', name: String(7100 + i), label: long(i)})).id);
	await ask('POST', '/client/@me/user/', {login: 'l'.repeat(60), name: long(0), password: 'correct horse battery', role: 'supervisor'});
	await ask('POST', '/client/@me/application/', {name: long(0), reach: 'organisation'});
	await ask('POST', '/extension/' + queues[0] + '/event/', {event_type: 'hangup', method: 'POST', url: 'http://127.0.0.1:9/' + 'long/'.repeat(40)});
	return queues;
})()`

// muchAgents is the expression that makes 50 agents, each at a phone and in a queue.
func muchAgents(from int, queues []int) string {
	known := fmt.Sprintf("const queues = %s, from = %d;", strings.ReplaceAll(fmt.Sprint(queues), " ", ","), from)
	return `(async () => {` + known + asking + `
		await Promise.all(Array.from({length: 5}, async (_, part) => {
			for (let i = from + part; i < from + 50; i += 5) {
				const phone = await ask('POST', '/client/@me/extension/', {type: 'phone', name: String(3000 + i), label: long(i)});
				const agent = await ask('POST', '/client/@me/agent/local/', {extension_id: phone.id, name: long(i)});
				await ask('POST', '/extension/' + queues[i % 20] + '/queue/agents/local/', {agent_id: agent.id, level: 1 + i % 3, position: i});
			}
		}));
	})()`
}

// However much there is and however long its names are, no page is wider than its window.
func TestMuchAndLongFitsEveryWidth(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1024, 768)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	b.visit("users") // it draws nothing anew meanwhile
	queues := js[[]int](b, muchQueues)
	for from := 0; from < 200; from += 50 {
		b.do(chromedp.Evaluate[chromedp.Void](muchAgents(from, queues), chromedp.EvalAwaitPromise))
	}
	b.visit("wallboard")
	b.until(`document.querySelectorAll('.queue-row').length > 20`)
	pages := js[[]string](b, `[...document.querySelectorAll('.side-links a')].map((a) => a.hash.slice(2))`)
	titles := map[string]string{}
	for _, width := range []int64{1024, 768, 360} {
		b.do(chromedp.EmulateViewport(width, 740))
		for _, page := range pages {
			b.visit(page)
			b.until(`!document.querySelector('.page [aria-busy=true]')`)
			b.fits(fmt.Sprintf("%s at %d px", page, width))
			title := js[string](b, `document.title`)
			if other, twice := titles[title]; twice && other != page {
				t.Errorf("%s and %s have the title %q", page, other, title)
			}
			titles[title] = page
		}
		b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`location.hash = '#/queues/%d'`, queues[0])))
		b.until(`document.querySelectorAll('.member').length == 10 && document.title.startsWith('Longname')`)
		b.fits(fmt.Sprintf("a queue at %d px", width))
		b.barriers(fmt.Sprintf("a queue at %d px", width))
		b.shot(fmt.Sprintf("queue-much-%d", width))
	}
	b.do(chromedp.EmulateViewport(1024, 768))
	b.visit("agents")
	b.until(`[...document.querySelectorAll('td .who b')].some((n) => n.textContent.startsWith('Longname'))`)
	b.barriers("many agents at 1024 px")
	b.shot("agents-much-1024")
	// The heads stay while rows are scrolled, and what is cut off is told.
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.table-scroll').scrollTop = 500`))
	b.until(`(() => { const [head, box] = ['.table th', '.table-scroll'].map((s) => document.querySelector(s).getBoundingClientRect()); return Math.abs(head.top - box.top) < 2; })()`)
	b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('td .who b')].find((n) => n.textContent.startsWith('Longname')).dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))`))
	b.until(`[...document.querySelectorAll('td [title]')].some((e) => e.title.startsWith('Longname'))`)
}

// Whatever has the keyboard's focus shows it, in light and in dark.
func TestFocusIsSeen(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("agents")
	b.until(`document.querySelector('tbody tr')`)
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
		for range 35 {
			b.do(chromedp.KeyEvent(kb.Tab))
			if hidden := js[string](b, `(() => {
				const at = document.activeElement, style = getComputedStyle(at);
				return at === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) ? '' : at.outerHTML.slice(0, 200);
			})()`); hidden != "" {
				t.Errorf("dark %v: focus is not seen on %s", dark, hidden)
			}
		}
	}
}

// The navigation folds, narrows and is walked with the arrows, and stays as it was left.
func TestTheNavigationIsAsItWasLeft(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	if !js[bool](b, `document.querySelector('.side').offsetWidth > 200`) {
		t.Error("the navigation is narrow in a wide window")
	}
	links := `[...document.querySelectorAll('.side-links a')].filter((a) => a.offsetParent).map((a) => a.textContent)`
	all := js[[]string](b, links)
	b.press("Records")
	b.press("Collapse")
	b.do(chromedp.Reload())
	b.until(`document.querySelector('.agent') && document.querySelector('.side').offsetWidth < 80`)
	if narrow := js[[]string](b, links); !slices.Equal(narrow, all) {
		t.Errorf("the icons are those of %q", narrow)
	}
	b.barriers("the narrow navigation")
	b.press("Collapse")
	if folded := js[[]string](b, links); len(folded) != len(all)-4 {
		t.Errorf("with a group folded there are %q", folded)
	}
	// What is looked at is not folded away.
	b.visit("audit")
	b.until(`document.querySelector('.side-links a[aria-current=page]').checkVisibility()`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.side-links a').focus()`), chromedp.KeyEvent(kb.ArrowDown))
	b.until(`document.activeElement.textContent == 'Agents'`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('.page.page-agents h1')`)

	// Colours as chosen, and as the system has them again.
	b.do(chromedp.Click(chromedp.CSS(`.person`)))
	b.choose("Dark")
	b.until(`document.documentElement.dataset.theme == 'dark'`)
	b.do(chromedp.Click(chromedp.CSS(`.person`)))
	b.until(`document.querySelector('.menu [aria-checked=true]')?.textContent == 'Dark'`)
	b.choose("As the system has them")
	b.until(`document.documentElement.dataset.theme == 'light'`)
}

// A page does not shift while its type is on its way, nor with what it shows first.
func TestPagesDoNotShift(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelectorAll('.chart canvas').length == 4`)
	b.until(`document.fonts.check('14px Inter')`)
	b.do(chromedp.Reload())
	b.until(`document.querySelectorAll('.chart canvas').length == 4`)
	shift := js[float64](b, `new Promise((done) => {
		let sum = 0;
		new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; }).observe({type: 'layout-shift', buffered: true});
		requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
	})`)
	t.Logf("cumulative layout shift of the wallboard: %.3f", shift)
	if shift > 0.1 {
		t.Errorf("the wallboard shifts by %.3f while it loads", shift)
	}
}
