package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const unsavedSign = `document.querySelector('.unsaved')?.textContent == 'Unsaved changes'`

// A queue's settings are not left unsaved unasked, and of what two people set
// at once the second is told.
func TestSettingsAreNotLostNorOverwrittenSilently(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.expect("beforeunload")
	b.signIn("dana", "demo")
	b.visit("queues")
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/queues/@700'`))
	b.until(`document.querySelector('h1')?.textContent == 'Sales (700)'`)
	b.fill("Longest wait", "300")
	b.until(unsavedSign)

	// By a link, and by the address as the browser's Back does.
	for _, leave := range []string{`document.querySelector('.side-links a[href="#/wallboard"]').click()`, `location.hash = '#/agents'`} {
		b.do(chromedp.Evaluate[chromedp.Void](leave))
		b.until(`document.querySelector('dialog h2')?.textContent == 'Leave without saving?'`)
		b.shot("unsaved")
		b.press("Stay")
		b.until(`!document.querySelector('dialog') && location.hash == '#/queues/@700' && ` + unsavedSign)
	}

	// Somebody else sets the same and something else.
	b.request("PUT", "/extension/@700/queue/", `{"max_wait_time": 600, "strategy": "random"}`)
	b.press("Save the settings")
	b.until(`document.querySelector('.problem')?.textContent.includes('Who is rung')`)
	b.shot("conflict")
	b.barriers("a conflict")
	if !js[bool](b, labelled("Longest wait")+`.value == '300' && `+labelled("Who is rung")+`.value == 'random' && document.querySelector('.wrong:not([hidden])').textContent.includes('600')`) {
		t.Errorf("the page says %s", b.text())
	}
	b.press("Save the settings")
	b.told("The settings are saved")
	if saved := b.request("GET", "/extension/@700/queue/", ""); !strings.Contains(saved, `"max_wait_time":300`) || !strings.Contains(saved, `"strategy":"random"`) {
		t.Errorf("saved is %s", saved)
	}
	b.until("!(" + unsavedSign + ")")
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/agents'`))
	b.until(`document.querySelector('.page.page-agents h1')`) // nothing is asked

	// Left all the same.
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/organisation'`))
	b.until(`document.querySelector('.page.page-organisation form')`)
	b.fill("Reasons offered for breaks", "none")
	b.press("Save")
	b.told("The organisation is saved")
	if own := b.request("GET", "/client/@me", ""); !strings.Contains(own, `"pause_reasons":[]`) {
		t.Errorf("the organisation is %s", own)
	}
	b.until(labelled("Reasons offered for breaks") + `.value == 'none'`)
	b.fill("Name", "Another")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.side-links a[href="#/sounds"]').click()`))
	b.press("Leave without saving")
	b.until(`document.querySelector('.page.page-sounds h1')`)
}

// After a row is deleted the focus is on the one in its place, or in the list.
func TestTheFocusStaysInTheList(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("sounds")
	for _, name := range []string{"a", "b"} {
		b.press("Add a sound")
		b.file(name+".wav", wave())
		b.press("Upload")
		b.told(name + " is there")
		b.until(`!document.querySelector('dialog')`)
	}
	for _, next := range []string{`document.activeElement.closest('tr')?.textContent.startsWith('b')`, `document.activeElement.closest('.table-box')`} {
		b.do(chromedp.Focus(chromedp.CSS(`tbody tr .row-menu button`)), chromedp.KeyEvent("\r"))
		b.until(`document.querySelector('.menu')`)
		b.do(chromedp.KeyEvent(kb.End), chromedp.KeyEvent("\r"))
		b.press("Delete")
		b.until(`!document.querySelector('dialog') && ` + next)
	}
}
