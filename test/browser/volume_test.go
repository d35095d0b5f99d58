package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// crowd has the pages loaded from now on watch a call centre of 450 agents,
// each in a call, whatever the server is.
const crowd = `
	window.EventSource = class extends EventTarget {
		constructor() {
			super();
			setTimeout(() => {
				const now = Date.now();
				const objects = {client: {client_id: 1, name: 'Crowd', time_zone: 'UTC', threshold: 20, pause_reasons: []}};
				for (let i = 1; i <= 450; i++) {
					objects['agent/' + i] = {agent_id: i, type: 'local', name: 'Agent ' + i, extension_id: 1000 + i, number: '0003*' + (2000 + i), user_id: null, status: 'available',
						pause_reason: null, status_since: now, state: 'on_call', state_since: now, until: null, cause: null, call: null, queues: [], today: null};
					objects['call/c' + i] = {call_api_id: 'c' + i, init_time: now + i, answer_time: now + i, caller_id_number: '+49' + (7000 + i), caller_id_name: '', called_number: '0003*' + (2000 + i),
						state: 'talking', caller_extension_id: null, called_extension_id: 1000 + i, queue_id: null, agent_id: null};
				}
				this.dispatchEvent(Object.assign(new Event('snapshot'), {data: JSON.stringify({now, objects})}));
			});
		}
		close() {}
	};`

// Of long lists a part is drawn: with each change all rows that are in the page
// are laid out anew. The rest is found by filters, and shown when asked for.
func TestLongListsAreDrawnInParts(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1280, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	b.onEveryPage(crowd)
	b.do(chromedp.Reload())
	b.until(`document.body.textContent.includes('Crowd')`)
	for page, all := range map[string]string{"agents": "450 of 450 logged in", "calls": "450 talking"} {
		b.visit(page)
		b.until(`document.querySelector('.page-head').textContent.includes('` + all + `')`)
		b.until(`document.querySelectorAll('tbody tr').length == 200 && document.querySelector('.table-foot').textContent.includes('200 of 450')`)
		b.barriers("a part of " + page)
		b.press("Show 200 more")
		b.press("Show 50 more")
		b.until(`document.querySelectorAll('tbody tr').length == 450 && !document.querySelector('.table-foot')`)
	}
	b.visit("agents")
	b.until(`document.querySelectorAll('tbody tr').length == 200`)
	b.do(chromedp.SendKeys(chromedp.CSS(`[type=search]`), "Agent 449"))
	b.until(`document.querySelectorAll('tbody tr').length == 1 && ` + row("Agent 449", "+497449")) // with the call at its phone
}
