package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// Four queues and twenty agents, as the stream would tell of them.
const wallful = `(async () => {
	const {apply} = %s;
	const now = Date.now(), objects = {}, states = ['talking', 'idle', 'offered', 'wrap_up'];
	const today = {offered: 90, answered: 80, abandoned: 4, service_level: 86.5};
	for (let i = 0; i < 4; i++) objects['queue/' + (9000 + i)] = {extension_id: 9000 + i, extension_name: '0003*8' + i, label: ['Sales', 'Support', 'Orders', 'Back office'][i], status: 'active',
		waiting_members: i, trying_members: 1, answered_members: 2, longest_joined: now - 40000 * i, agents_logged_in: 5, agents_available: 2, agents_paused: 0, today};
	for (let i = 0; i < 20; i++) objects['agent/' + (9000 + i)] = {agent_id: 9000 + i, type: 'local', name: 'Agent ' + String.fromCharCode(65 + i), extension_id: 9100 + i, number: '0003*9' + i, user_id: null,
		status: i == 3 ? 'on_break' : 'available', pause_reason: i == 3 ? 'Lunch' : null, status_since: now - 500000, state: states[i %% 4], state_since: now - 9000 * i, until: i %% 4 == 3 ? now + 60000 : null, cause: null,
		call: i %% 4 == 0 ? {call_api_id: 'x' + i, extension_id: 9000 + i %% 4, number: '4930123456' + i, name: '', joined: now - 90000, state: 'Answered', agent_id: 9000 + i, answered: now - 60000} : null,
		queues: [{extension_id: 9000 + i %% 4, level: 1, position: i, status: i == 3 ? 'on_break' : 'available', pause_reason: null, since: now}], today: null};
	for (let i = 0; i < 14; i++) objects['caller/w' + i] = {call_api_id: 'w' + i, extension_id: 9000 + i %% 4, number: '49301234' + i, name: '', joined: now - 15000 * i, state: 'Waiting', agent_id: null, answered: null};
	const {store} = %s;
	for (const q of store.queues()) objects['queue/' + q.extension_id] = null;
	for (const a of store.agents()) objects['agent/' + a.agent_id] = null;
	apply('change', {now, objects});
	return true;
})()`

// A wall shows all there is without scrolling, as large as the screen allows,
// and nothing on it moves when states change.
func TestAWallIsReadFromAfar(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1920, 1080)
	b.signIn("dana", "demo")
	b.until(`document.querySelectorAll('.chart canvas').length == 4`)
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/wallboard?wall'`))
	b.until(`document.querySelector(':root[data-wall] .wallboard')`)
	js[bool](b, fmt.Sprintf(wallful, module("store"), module("store")))
	b.until(`document.querySelectorAll('.agent').length == 20 && document.querySelectorAll('.queue-row').length == 5`)
	fitted := `!document.documentElement.matches('[data-long]') && document.documentElement.scrollHeight <= innerHeight + 1 &&
		document.querySelector('.agents').scrollHeight <= document.querySelector('.agents').clientHeight + 1 && document.querySelectorAll('.line').length >= 4`
	b.until(fitted)
	if size := js[float64](b, `parseFloat(getComputedStyle(document.documentElement).fontSize)`); size < 17 {
		t.Errorf("four queues and twenty agents are drawn in a unit of %v px", size)
	}
	b.until(fitted)
	b.shot("wall")
	b.barriers("a wall")
	b.dark(true)
	b.shot("wall-dark")
	b.barriers("a wall, dark")
	b.dark(false)
	b.do(chromedp.EmulateViewport(1280, 720))
	b.until(fitted)
	b.shot("wall-720")
	b.do(chromedp.EmulateViewport(1920, 1080))
	b.labelled("Leave full screen")
	b.until(`!document.querySelector(':root[data-wall]') && location.hash == '#/wallboard'`)
}

// A wall of some queues: tiles, callers, agents and charts are theirs, and the address says so.
func TestAWallOfSomeQueues(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelectorAll('.queue-row').length == 3`)
	b.do(chromedp.Focus(chromedp.CSS(`[aria-label="Choose queues"]`)), chromedp.KeyEvent("\r"))
	b.until(`document.querySelectorAll('dialog input[type=checkbox]:checked').length == 2`)
	b.barriers("choosing queues")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('dialog input[type=checkbox]')[1].click()`))
	b.press("Show")
	b.until(`location.hash == '#/wallboard?queues=700' && document.querySelectorAll('.queue-row').length == 2 && document.activeElement.getAttribute('aria-label') == 'Choose queues'`)
	b.until(`document.querySelectorAll('.agent').length == 5`) // the agent outside serves Support only
	b.until(`performance.getEntriesByType('resource').some((e) => /report\/queues\/.*total=only&extension_id=\d+/.test(e.name))`)

	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/wallboard?queues=701,709'`))
	b.until(`document.querySelector('.queue-name').textContent.startsWith('Support') && document.querySelectorAll('.agent').length == 6 && document.body.textContent.includes('Not there: 709')`)
	b.do(chromedp.Reload())
	b.until(`document.querySelector('.queue-name')?.textContent.startsWith('Support') && document.querySelectorAll('.queue-row').length == 2`)
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/wallboard?queues=709'`))
	b.until(`document.body.textContent.includes('None of these queues is there')`)
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/wallboard'`))
	b.until(`document.querySelectorAll('.queue-row').length == 3`)

	// A queue is closed and opened at once, by keyboard, and the wall says so.
	b.do(chromedp.Focus(chromedp.CSS(`[aria-label="Actions for Sales"]`)), chromedp.KeyEvent("\r"))
	b.choose("Close for calls…")
	b.until(`document.querySelector('dialog')?.textContent.includes('Nobody waits now.')`)
	b.press("Close")
	b.until(`document.querySelector('.queue-name .badge')?.textContent == 'closed'`)
	b.shot("wallboard-closed")
	b.barriers("a closed queue")
	b.menu("Actions for Sales", "Open for calls…")
	b.press("Open")
	b.until(`!document.querySelector('.queue-name .badge')`)
}

// The day's figures by quarters begin with the day's calls, whatever a few of the night were.
func TestTheDaysQuarters(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelectorAll('.chart canvas').length == 4`)
	got := js[string](b, fmt.Sprintf(`(async () => {
		const {byQuarter} = %s;
		const row = (at, offered, more) => ({start_datetime: '2026-03-02 ' + at + ':00', offered, answered: offered, abandoned: 0, service_level: offered ? 90 : null, waiting_most: 3, waiting_mean: 0.5, longest_wait: 12, ...more});
		const q = byQuarter([row('01:15', 1), row('09:15', 40), row('09:45', 10, {answered: 0, service_level: null}), row('10:00', 0)], 10 * 60 + 7);
		return JSON.stringify([q.at, q.answered, q.level, q.most, q.longest, byQuarter([row('00:00', 0)], 30).at, byQuarter([row('01:15', 10), row('09:15', 40)], 555).at.length]);
	})()`, module("charts")))
	if want := `[[540,555,570,585,600],[0,40,0,0,0],[null,90,null,null,null],[0,3,0,3,3],[null,12,null,null,null],[0,15,30],34]`; got != want {
		t.Errorf("the quarters are\n%s, want\n%s", got, want)
	}
}
