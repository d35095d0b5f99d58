package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// at loads the console at an address, as a reload or a link does.
func (b *tab) at(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate("http://" + b.demo.addr + address))
}

// An administrator works in another organisation: every page is about it, says
// so, and stays there over a reload; then it is deleted with all it has.
func TestAnAdministratorWorksInAnotherOrganisation(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	d.write(`UPDATE users SET role = 'administrator' WHERE login = 'dana'`)
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("organisation")
	b.press("Add an organisation")
	b.fill("Name", "Acme Telephony")
	b.fill("Prefix of its numbers", "0044")
	b.fill("SIP domain", "acme.test")
	b.press("Add")
	b.until(`document.querySelector('dialog h2')?.textContent == 'Add a user of Acme Telephony'`)
	b.fill("Login", "gwen")
	b.fill("Name", "Gwen")
	b.fill("Password", "correct horse battery")
	b.press("Add")
	b.until(row("Acme Telephony", "0044*"))

	b.until(`document.querySelector('.switcher-name')?.textContent == 'Demo'`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.switcher').click()`))
	b.until(`document.querySelectorAll('.organisations a').length == 2`)
	b.shot("organisations")
	b.barriers("choosing an organisation")
	b.at(js[string](b, `[...document.querySelectorAll('.organisations a')].find((a) => a.textContent.includes('Acme')).getAttribute('href')`))
	b.until(`location.search.startsWith('?client=') && document.querySelector('.away b')?.textContent == 'Acme Telephony' && document.querySelector('.page.page-organisation form')`)
	b.until(`document.querySelector('.switcher-name').textContent == 'Acme Telephony' && document.title.includes('Acme Telephony')`)
	if pages := js[string](b, `[...document.querySelectorAll('.side-links a')].map((a) => a.textContent).join()`); strings.Contains(pages, "My desk") {
		t.Errorf("the own desk is among its pages: %s", pages)
	}

	// What is made here is its own: a phone, a queue, a sound; the stream tells of it.
	b.visit("extensions")
	b.until(`document.body.textContent.includes('No phones yet')`)
	b.press("Add a phone")
	b.fill("Number", "201")
	b.press("Add")
	b.until(`document.querySelector('dialog')?.textContent.includes('0044*201')`)
	b.press("Done")
	b.visit("queues")
	b.press("Add a queue")
	b.fill("Number", "700")
	b.fill("Name", "Front desk")
	b.press("Add")
	b.until(`document.querySelector('h1')?.textContent == 'Front desk (700)' && document.body.textContent.includes('Nobody serves this queue')`)
	b.visit("sounds")
	b.press("Add a sound")
	b.file("hello.wav", wave())
	b.press("Upload")
	b.told("hello is there")
	b.until(`document.querySelector('audio')?.src.includes('/client/' + new URLSearchParams(location.search).get('client') + '/')`)
	b.do(chromedp.Reload())
	b.until(row("hello", "hello.wav") + ` && document.querySelector('.away b').textContent == 'Acme Telephony'`)
	b.visit("history")
	b.until(`[...document.querySelectorAll('a[href]')].some((a) => a.getAttribute('href').includes('/client/' + new URLSearchParams(location.search).get('client') + '/call_history/'))`)
	b.visit("wallboard")
	b.until(`document.querySelector('.queue-row:not(.queue-head)')?.textContent.includes('Front desk')`)
	b.shot("away-wallboard")
	b.barriers("the wallboard of another organisation")
	address := js[string](b, `location.pathname + location.search + location.hash`)

	small := d.open(t, 360, 740)
	small.at(address)
	small.signIn("dana", "demo")
	small.until(`document.querySelector('.away b')?.textContent == 'Acme Telephony' && document.querySelector('.queue-row')`)
	small.fits("another organisation's wallboard at 360 px")
	small.barriers("another organisation's wallboard at 360 px")
	small.shot("away-360")

	// Its own people are told nothing of others.
	gwen := d.open(t, 1440, 900)
	gwen.expect("status of 403", "status of 404")
	gwen.at("/?client=1#/wallboard")
	gwen.signIn("gwen", "correct horse battery")
	gwen.until(`document.querySelector('h1')?.textContent == 'This organisation is not yours'`)
	gwen.shot("not-yours")
	gwen.at(address)
	gwen.until(`document.querySelector('.queue-row') && !document.querySelector('.away, .switcher')`)

	// It is deleted: who looks at it is told.
	b.at(js[string](b, `document.querySelector('.away a').getAttribute('href')`))
	b.until(`location.search == '' && document.querySelector('.page h1') && document.querySelector('.switcher-name').textContent == 'Demo'`)
	b.visit("organisation")
	b.rowMenu("Acme Telephony", "Delete…")
	b.until(`document.querySelector('dialog .goes')?.textContent.includes('1 phone') && document.querySelector('dialog .goes').textContent.includes('1 user')`)
	b.shot("organisation-delete")
	b.barriers("deleting an organisation")
	b.fill("Type Acme Telephony to confirm", "Acme")
	b.press("Delete for good")
	b.until(`document.querySelector('dialog .wrong:not([hidden])')?.textContent.includes('not its name')`)
	b.fill("Type Acme Telephony to confirm", "Acme Telephony")
	small.expect("status of 404")
	gwen.expect("status of 401")
	b.press("Delete for good")
	b.told("Acme Telephony is deleted")
	b.until("!" + row("Acme Telephony", ""))
	small.until(`document.querySelector('h1')?.textContent == 'There is no such organisation'`)
	gwen.until(askedAgain)
}
