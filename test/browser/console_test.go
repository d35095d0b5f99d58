package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestTheWallboardShowsRealCalls(t *testing.T) {
	d := startDemo(t)
	b := d.open(t, 1440, 900)
	b.do(chromedp.WaitVisible(chromedp.CSS(`input[name=login]`)))
	b.shot("sign-in")
	b.signIn("dana", "wrong-password")
	b.until(`document.querySelector('.problem')?.textContent.includes('login or password is wrong')`)
	b.signIn("dana", "demo")
	b.until(`document.querySelectorAll('.queue-row:not(.queue-head)').length == 2`)
	b.until(`document.querySelector('.line')`)
	b.until(`document.querySelector('.agent.is-talking')`)
	b.shot("wallboard")
	b.fits("the wallboard")
	b.dark(true)
	b.shot("wallboard-dark")
	b.dark(false)

	small := d.open(t, 360, 740)
	small.signIn("dana", "demo")
	small.until(`document.querySelector('.agent.is-talking')`)
	for _, page := range []string{"agents", "calls", "desk", "wallboard"} {
		b.visit(page)
		small.visit(page)
		if page == "calls" {
			b.until(`document.querySelector('tbody tr')`)
		}
		small.fits(page + " at 360 px")
		b.shot(page)
		small.shot(page + "-360")
	}
}

func TestSupervisorsAndAgentsAct(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("agents")
	b.until(`document.querySelectorAll('tbody tr').length == 6`)

	// A break with its reason, by keyboard alone.
	b.do(chromedp.Focus(chromedp.CSS(`[aria-label="Actions for 201"]`)), chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('.menu')?.contains(document.activeElement)`)
	b.shot("agent-menu")
	b.choose("Lunch")
	b.until(row("201", "Lunch"))
	b.menu("Actions for 201", "End the break")
	b.until("!" + row("201", "Lunch"))
	b.menu("Actions for 201", "Log out")
	b.until(row("201", "Logged out"))

	// Out of one queue, to the second level of the other.
	b.menu("Actions for 202", "Queues, levels…")
	b.until(`document.querySelector('dialog[open]')`)
	b.shot("agent-queues")
	b.do(chromedp.Click(chromedp.CSS(`[aria-label="Serves Sales"]`)), chromedp.Evaluate[chromedp.Void](`document.querySelector('[aria-label="Level in Support"]').value = ''`),
		chromedp.SendKeys(chromedp.CSS(`[aria-label="Level in Support"]`), "2"))
	b.press("Save")
	b.until(row("202", "Support 2.2") + " && !" + row("202", "Sales"))

	// The same person's desk: the status is the one the supervisor set, and follows the other browser.
	desk := d.open(t, 1440, 900)
	desk.signIn("dana", "demo")
	desk.visit("desk")
	desk.until(`document.querySelector('.my-word')?.textContent == 'Logged out'`)
	desk.press("Log in")
	desk.until(`document.querySelector('.my-word')?.textContent != 'Logged out'`)
	b.until("!" + row("201", "Logged out"))
	desk.press("Training")
	desk.until(`document.querySelector('.my-word')?.textContent == 'Break'`)
	b.until(row("201", "Training"))
	desk.shot("desk-break")
}

func TestTheConsoleSurvivesARestartAndTheEndOfItsSession(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	b.expect("ERR_", "net::", "status of 5", "stream/")
	d.stop()
	b.until(`!document.querySelector('.banner').hidden`)
	b.shot("connection-lost")
	d.start()
	b.until(`document.querySelector('.banner').hidden && document.querySelector('.agent')`)

	// Signing out in one browser window ends the other's page, too, with the next thing it does.
	b.do(chromedp.Evaluate[chromedp.Void](`fetch('/console/session').then((a) => a.json()).then((s) => fetch('/console/session', {method: 'DELETE', headers: {'X-CSRF-Token': s.csrf}}))`))
	b.visit("agents")
	b.until(`document.querySelector('tbody tr')`)
	b.menu("Actions for 201", "Log out")
	b.until(`document.querySelector('input[name=login]') && document.body.textContent.includes('session has ended')`)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('tbody tr')`) // where one was
}
