package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"holdline/internal/phone"
)

// hears fails the test unless somebody is heard at a phone.
func hears(t *testing.T, c *phone.Call) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.WaitAudio(ctx, func(s phone.Stats) bool { return s.Audible > 10 }); err != nil {
		t.Fatalf("the phone %s hears nobody: %v", c.Phone().User(), err)
	}
}

// rung waits for a phone's next call.
func rung(t *testing.T, p *phone.Phone) *phone.Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := p.WaitCall(ctx)
	if err != nil {
		t.Fatalf("the phone %s is not rung: %v", p.User(), err)
	}
	return c
}

// A supervisor's own phone is rung to listen in, to whisper to the agent and to
// join, and is in the call once it is answered. The choice of the phone is remembered.
func TestASupervisorTakesPartInACall(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	p := d.phones(t, "201", "202", "205")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("calls")
	call := p[0].Dial(phone.Dial{To: "700"})
	agent := rung(t, p[1])
	b.until(row("201", "rings"))
	b.labelled("Actions for the call of 201")
	b.until(`document.querySelector('.menu') && !document.querySelector('.menu').textContent.includes('Listen in')`)
	b.do(chromedp.KeyEvent("\x1b"))
	agent.Answer()
	wait(t, call, phone.Answered)
	b.until(row("201", "talking"))

	// By keyboard: the phone is typed the first time.
	b.do(chromedp.Focus(chromedp.CSS(`tbody .row-menu button`)), chromedp.KeyEvent("\r"))
	b.until(`document.activeElement.textContent == 'Listen in…'`)
	b.shot("call-menu")
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.activeElement.name == 'phone'`)
	b.shot("listen-in")
	b.barriers("listening in")
	b.do(chromedp.Evaluate[chromedp.Void](`{const s = document.querySelector('dialog [name=phone]'); s.value = ''; s.dispatchEvent(new Event('input', {bubbles: true}))}`))
	b.put("send_dst", "202")
	b.expect("status of 409", "status of 400")
	b.press("Listen")
	b.until(`document.querySelector('dialog .problem')?.textContent.includes('is one of')`)
	b.put("send_dst", "205")
	b.press("Listen")
	listener := rung(t, p[2])
	b.until(`!document.querySelector('dialog') && document.querySelector('.toasts')?.textContent.includes('205 rings')`)
	b.until(`document.activeElement.getAttribute('aria-label') == 'Actions for the call of 201'`)
	listener.Answer()
	wait(t, listener, phone.Answered)
	hears(t, listener)
	listener.Hangup()
	wait(t, listener, phone.Ended)

	b.visit("agents")
	b.numbered()
	for _, way := range []struct{ entry, button string }{{"Whisper to the agent…", "Whisper"}, {"Join the call…", "Join"}} {
		b.until(`rowOf('202').includes('Talking')`)
		b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('tbody tr')].find((r) => numberOf(r.querySelector('b').textContent) == '202').querySelector('.row-menu button').click()`))
		b.choose(way.entry)
		b.until(`document.querySelector('dialog [name=phone]')?.value == '205' || document.querySelector('dialog [name=send_dst]')?.value == '205'`)
		b.press(way.button)
		guest := rung(t, p[2])
		guest.Answer()
		wait(t, guest, phone.Answered)
		hears(t, guest)
		guest.Hangup()
		wait(t, guest, phone.Ended)
	}
	call.Hangup()
	wait(t, agent, phone.Ended)
	b.until(`!rowOf('202').includes('Talking')`)
}
