package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"holdline/internal/phone"
)

// Expressions of what stands in the first column from top to bottom, and of
// the numbers of the agents who are named there.
const (
	names   = `[...document.querySelectorAll('tbody tr')].map((r) => r.querySelector('b').textContent).join()`
	numbers = `[...document.querySelectorAll('.table tbody tr, li.agent')].map((r) => numberOf(r.querySelector('b, .agent-name').textContent)).join()`
)

// numbered has the page know numberOf and rowOf: an agent's number by the name, and the row by the number.
func (b *tab) numbered() {
	b.t.Helper()
	b.until(`document.querySelector('.page h1')`)
	js[bool](b, fmt.Sprintf(`(async () => {
		const {store, agentName, shortNumber} = %s;
		window.numberOf = (name) => shortNumber(store.agents().find((a) => agentName(a) == name)?.number);
		window.rowOf = (number) => [...document.querySelectorAll('tbody tr')].find((r) => numberOf(r.querySelector('b').textContent) == number)?.textContent ?? '';
		return true;
	})()`, module("store")))
}

// module is the expression of one of the page's own modules.
func module(name string) string {
	return fmt.Sprintf(`(await import(document.querySelector('script[type=module]').src.replace('main.js', '%s.js')))`, name)
}

// status sets the status of an agent by the short number of its phone, as another page would.
func (b *tab) status(number, status string) {
	b.t.Helper()
	js[bool](b, fmt.Sprintf(`(async () => {
		const a = %s.store.agents().find((a) => a.number.endsWith('*%s'));
		await %s.api.put('/client/@me/agent/local/' + a.agent_id, {status: '%s'});
		return true;
	})()`, module("store"), number, module("api"), status))
}

// point puts the mouse over the first element of a selector.
func (b *tab) point(selector string) {
	b.t.Helper()
	at := js[[]float64](b, fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, selector))
	b.do(chromedp.MouseEvent(chromedp.MouseMoved, at[0], at[1]))
}

// Agents stand by name, whatever they do, or as a column's head says; and while
// one is pointed at, none moves.
func TestAgentsDoNotMoveUnderThePointer(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	d.phones(t, "201", "202", "203")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("agents")
	b.numbered()
	b.until(`rowOf('203').includes('Available') && ` + numbers + ` == '201,202,203,204,205,15550100'`)
	b.status("203", "on_break")
	b.until(`rowOf('203').includes('Break') && ` + numbers + ` == '201,202,203,204,205,15550100'`)

	// By state, from the head, with the keyboard; again is the other way round.
	b.do(chromedp.Focus(chromedp.CSS(`th:nth-child(2) button`)), chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('th:nth-child(2)').getAttribute('aria-sort') == 'ascending' && ` + numbers + ` == '201,202,15550100,203,204,205'`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('th:nth-child(2)').getAttribute('aria-sort') == 'descending' && ` + numbers + ` == '204,205,203,201,202,15550100'`)
	b.do(chromedp.KeyEvent("\r"))
	b.barriers("sorted agents")

	// The mouse is over a row: 201's break does not move it, nor take it away when a filter says so.
	b.do(chromedp.Evaluate[chromedp.Void](`{const s = document.querySelector('[aria-label=State]'); s.value = 'available'; s.dispatchEvent(new Event('change'))}`))
	b.until(numbers + ` == '201,202,15550100'`)
	b.point(`tbody tr:nth-child(2)`)
	b.until(`document.querySelector('tbody').matches(':hover')`)
	b.status("201", "on_break")
	b.until(`rowOf('201').includes('Break') && ` + numbers + ` == '201,202,15550100' && document.querySelector('tbody tr').matches('.stale')`)
	b.shot("agents-held")
	b.point(`h1`)
	b.until(numbers + ` == '202,15550100'`)

	// The keyboard's focus is in the list, then a menu of it is open.
	b.do(chromedp.Focus(chromedp.CSS(`tbody tr:first-child .row-menu button`)))
	b.status("202", "on_break")
	b.until(`rowOf('202').includes('Break') && ` + numbers + ` == '202,15550100'`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('.menu')`)
	b.status("201", "available")
	b.until(numbers + ` == '202,15550100,201'`)
	b.do(chromedp.KeyEvent("\x1b"), chromedp.Focus(chromedp.CSS(`[aria-label=State]`)))
	b.until(numbers + ` == '201,15550100'`)
}

// A caller who is answered stays in place in the list of calls; one who has gone, until the list is left.
func TestCallsDoNotMoveUnderThePointer(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	p := d.phones(t, "201", "202", "203")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("calls")
	first := p[0].Dial(phone.Dial{To: "701"}) // everybody is rung
	b.until(row("201", "rings"))
	second := p[1].Dial(phone.Dial{To: "203"})
	b.until(names + ` == '201,202' && ` + row("202", "ringing"))
	b.point(`tbody tr:nth-child(2)`)
	b.until(`document.querySelector('tbody').matches(':hover')`)
	first.Hangup()
	wait(t, first, phone.Ended)
	b.until(names + ` == '201,202' && ` + row("201", "over"))
	b.point(`h1`)
	b.until(names + ` == '202'`)
	second.Hangup()
	wait(t, second, phone.Ended)
	b.until(`document.body.textContent.includes('No calls right now')`)
}

// The wallboard's agents stay where they are when their states change.
func TestTheWallboardsAgentsKeepTheirPlaces(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	d.phones(t, "201", "202")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.numbered()
	b.until(numbers + ` == '201,202,203,204,205,15550100'`)
	b.status("201", "on_break")
	b.until(`document.querySelector('.agent.is-break')`)
	b.status("203", "on_break")
	b.until(`document.querySelectorAll('.agent.is-break').length == 2`)
	if got := js[string](b, numbers); got != "201,202,203,204,205,15550100" {
		t.Errorf("the agents stand as %s", got)
	}
	b.until(`document.querySelector('.agents .panel-head .count.is-break').textContent == '2'`)
}
