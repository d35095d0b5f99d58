package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"holdline/internal/phone"
)

// An agent's call at the desk: it is seen to ring from another window, held and
// taken back, and what comes after it is said before.
func TestAnAgentsDeskHoldsAndWrapsUp(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	p := d.phones(t, "201", "202", "203")
	dana := d.open(t, 800, 600)
	dana.signIn("dana", "demo")
	dana.until(`document.querySelector('.agent')`)
	js[bool](dana, fmt.Sprintf(`(async () => {
		const a = %s.store.agents().find((a) => a.number.endsWith('*202'));
		await %s.api.put('/client/@me/agent/local/' + a.agent_id, {wrap_up_time: 600});
		return true;
	})()`, module("store"), module("api")))

	desk := d.open(t, 1440, 900)
	desk.do(chromedp.Evaluate[chromedp.Void](`window.shown = []; window.asked = 0;
		window.Notification = class { constructor(title, o) { shown.push(title + ', ' + o.body); } close() { shown.push('closed'); }
			static permission = 'default'; static async requestPermission() { asked++; return this.permission = 'granted'; } };
		document.hasFocus = () => false;`))
	desk.signIn("ben", "demo")
	desk.until(`document.querySelector('.my-word')?.textContent == 'Available'`)
	if asked := js[int](desk, `asked`); asked != 0 {
		t.Errorf("the page asked for notifications %d times by itself", asked)
	}
	desk.press("Notify me when it rings")
	desk.until(button("Notifications on") + `?.getAttribute('aria-pressed') == 'true'`)
	title := js[string](desk, `document.title`)

	call := p[0].Dial(phone.Dial{To: "700"})
	agent := rung(t, p[1])
	desk.until(`document.title.startsWith('201 rings') && shown.join() == '201 rings, Sales'`)
	agent.Answer()
	wait(t, call, phone.Answered)
	desk.until(fmt.Sprintf(`document.title == %q && shown.at(-1) == 'closed'`, title))

	desk.press("Hold")
	desk.until(button("Resume") + ` && document.querySelector('.my-call h2').textContent == 'On hold'`)
	desk.shot("desk-held")
	desk.barriers("a desk on hold")
	dana.visit("calls")
	dana.until(row("201", "on hold"))
	desk.press("Resume")
	desk.until(button("Hold") + ` && document.querySelector('.my-call h2').textContent == 'You are talking'`)
	agent.Hold()
	desk.until(`document.querySelector('.my-call')?.textContent.includes('take it back there') && !` + button("Resume") + ` && !` + button("Hold"))
	agent.Resume()
	desk.until(button("Hold"))

	desk.press("Ask first…")
	desk.put("send_dst", "203")
	desk.press("Call")
	asked := rung(t, p[2])
	desk.until(button("Hand over"))
	desk.shot("desk-asking")
	desk.press("Back to the call")
	wait(t, asked, phone.Ended)
	desk.until(button("Hold"))

	// What is asked for during a call comes after it.
	desk.press("Lunch")
	desk.until(`document.querySelector('.my-next')?.textContent == 'After this call you are on a break: Lunch'`)
	desk.shot("desk-break-next")
	desk.press("No break")
	desk.until(`!document.querySelector('.my-next')`)
	call.Hangup()
	wait(t, agent, phone.Ended)
	desk.until(`document.querySelector('.my-word').textContent == 'Wrap-up' && /^(10:00|9:\d\d)/.test(document.querySelector('.my-time').textContent)`)
	desk.shot("desk-wrap-up")
	desk.barriers("a desk in wrap-up")
	desk.press("Ready now")
	desk.until(`document.querySelector('.my-word').textContent == 'Available'`)
	desk.press("Lunch")
	desk.until(button("Back from the break"))
	desk.press("Back from the break")
	desk.until(`document.querySelector('.my-word').textContent == 'Available'`)
}

// A call an agent makes is at the desk, too; it can be held, but not sent away, for that would send the agent.
func TestAnAgentsOwnCallIsAtTheDesk(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	p := d.phones(t, "202", "203")
	desk := d.open(t, 360, 740)
	desk.signIn("ben", "demo")
	desk.until(`document.querySelector('.my-word')?.textContent == 'Available'`)
	call := p[0].Dial(phone.Dial{To: "203"})
	other := rung(t, p[1])
	desk.until(`document.querySelector('.my-call h2')?.textContent == 'You are calling'`)
	other.Answer()
	wait(t, call, phone.Answered)
	desk.until(button("Hold") + ` && !` + button("Transfer…"))
	desk.press("Hold")
	desk.until(button("Resume"))
	desk.fits("a desk on hold at 360 px")
	desk.shot("desk-held-360")
	desk.press("Hang up")
	desk.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('dialog footer .danger').click()`))
	wait(t, other, phone.Ended)
	desk.until(`document.body.textContent.includes('No call.')`)
}
