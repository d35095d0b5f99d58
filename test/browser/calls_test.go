package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"holdline/internal/app"
	"holdline/internal/phone"
)

// phones gives some of the demo world's phones, registered; they ring until they are told to answer.
func (d *demo) phones(t *testing.T, numbers ...string) (out []*phone.Phone) {
	t.Helper()
	n, err := phone.Open(phone.Config{Server: d.sip, UserAgent: "phone of the console's tests"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, number := range numbers {
		p := n.Add(phone.Profile{User: app.DemoPrefix + "*" + number, Password: app.DemoPhonePassword(number), Domain: app.DemoDomain, Name: "Phone " + number})
		if err := p.Register(ctx); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func wait(t *testing.T, c *phone.Call, kind phone.Kind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := c.Wait(ctx, kind); err != nil {
		t.Fatalf("the phone %s waits for %s: %v", c.Phone().User(), kind, err)
	}
}

// A call from the first ring to the end, as the wallboard, the desk and the
// list of calls show it, and as a supervisor moves and ends it.
func TestACallIsFollowedMovedAndEnded(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	p := d.phones(t, "201", "202")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("calls")
	b.until(`document.body.textContent.includes('No calls right now')`)
	desk := d.open(t, 1440, 900)
	desk.signIn("ben", "demo")
	desk.until(`document.querySelector('.my-word')?.textContent == 'Available'`)
	desk.barriers("the desk")

	// 201 calls Sales, and 202 is the only agent there who can be rung.
	call := p[0].Dial(phone.Dial{To: "700"})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	rung, err := p[1].WaitCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b.until(row("201", "rings Ben"))
	desk.until(`document.body.textContent.includes('Your phone rings')`)
	desk.shot("desk-ringing")
	rung.Answer()
	wait(t, call, phone.Answered)
	desk.until(`document.body.textContent.includes('You are talking')`)
	b.until(row("201", "talking"))
	b.barriers("calls")

	// The supervisor sends the caller to a number that is nobody's, then to Support,
	// where the agent outside answers.
	b.menu("Actions for the call of 201", "Move the caller…")
	b.until(`document.querySelector('dialog select')`)
	b.do(chromedp.Evaluate[chromedp.Void](`{const s = document.querySelector('dialog select'); s.value = ''; s.dispatchEvent(new Event('input', {bubbles: true}))}`))
	b.do(chromedp.SendKeys(chromedp.CSS(`[name=send_dst]`), "0009*1"))
	b.expect("status of 400")
	b.press("Move")
	b.until(`document.querySelector('[name=send_dst][aria-invalid]')`)
	b.barriers("moving a call")
	b.shot("move-call")
	b.do(chromedp.Evaluate[chromedp.Void](`{const s = document.querySelector('dialog select'); s.value = '701'; s.dispatchEvent(new Event('input', {bubbles: true}))}`))
	b.press("Move")
	b.until(`!document.querySelector('dialog')`)
	wait(t, rung, phone.Ended)
	b.until(row("201", "Support"))
	desk.until(`document.querySelector('.my-day .figure').textContent == '1'`)

	b.menu(js[string](b, `document.querySelector('tbody .row-menu button').getAttribute('aria-label')`), "Hang up…")
	b.press("Hang up")
	wait(t, call, phone.Ended)
	b.until(`document.body.textContent.includes('No calls right now')`)
}

// While a phone rings and rings, its agent can be set free by force.
func TestAnAgentIsSetFree(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	p := d.phones(t, "201", "202")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("agents")
	call := p[0].Dial(phone.Dial{To: "700"})
	b.until(row("Ben", "Ringing"))
	b.menu("Actions for Ben", "Force free…")
	b.press("Force free")
	b.until(`document.querySelector('.toast')?.textContent.includes('Ben is free.')`)
	b.menu("Actions for Ben", "Log out")
	b.until(row("Ben", "Logged out"))
	call.Hangup()
	wait(t, call, phone.Ended)
	b.until(fmt.Sprintf("!%s", row("Ada", "Other call")))
}
