package browser

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	_ "modernc.org/sqlite" // the test is one more process at the program's database
)

// outdate has every session run out, as time would.
func (d *demo) outdate() { d.write(`UPDATE sessions SET expires = 1`) }

// write changes the program's database beside it.
func (d *demo) write(query string, args ...any) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.data, "holdline.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(d.t.Context(), query, args...); err != nil {
		d.t.Fatal(err)
	}
}

const askedAgain = `document.querySelector('dialog.firm')?.textContent.includes('Your session has ended')`

// A session that has run out is signed in to again over the page: what was
// typed is there, and what was asked for is done.
func TestWhoseSessionHasRunOutLosesNothing(t *testing.T) {
	d := startDemo(t, "--no-traffic")
	b := d.open(t, 1440, 900)
	b.signIn("dana", "demo")
	b.visit("agents")
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = '#/queues/@700'`))
	b.until(`document.querySelector('h1')?.textContent == 'Sales (700)'`)
	b.fill("Name", "Sales and more")
	d.outdate()

	// The stream is ended by the server, and the person told: nothing has to be pressed for it.
	b.until(askedAgain)
	b.shot("session-over")
	b.barriers("a session that has ended")
	b.do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Escape))
	b.until(askedAgain + ` && document.querySelector('dialog.firm').contains(document.activeElement)`)
	b.signIn("dana", "wrong-password")
	b.until(`document.querySelector('dialog.firm .problem')?.textContent.includes('login or password is wrong')`)
	b.signIn("dana", "demo")
	b.until(`!document.querySelector('dialog.firm') && document.querySelector('.banner').hidden`)
	if !js[bool](b, labelled("Name")+`.value == 'Sales and more' && location.hash == '#/queues/@700'`) {
		t.Errorf("the page is another one: %s", b.text())
	}

	// What is saved after the end goes through once somebody has signed in.
	d.outdate()
	b.press("Save the settings")
	b.until(askedAgain)
	b.signIn("dana", "demo")
	b.told("The settings are saved")
	b.until(`document.querySelector('h1').textContent == 'Sales and more (700)'`)

	// A file, too, out of a dialog that stays.
	b.visit("sounds")
	b.press("Add a sound")
	b.file("late.wav", wave())
	d.outdate()
	b.press("Upload")
	b.until(askedAgain)
	b.signIn("dana", "demo")
	b.told("late is there")

	// Another window of the same browser has signed in meanwhile: one goes on.
	d.outdate()
	b.visit("audit")
	b.until(askedAgain)
	b.do(chromedp.Evaluate[chromedp.Void](`fetch('/console/session', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({login: 'dana', password: 'demo'})}).then(() => dispatchEvent(new Event('focus')))`))
	b.until(`!document.querySelector('dialog.firm') && document.querySelector('.banner').hidden`)

	// Whoever leaves finds the sign-in page, and after it the page that was left.
	d.outdate()
	b.visit("sounds")
	b.until(askedAgain)
	b.press("Leave this page")
	b.until(`document.querySelector('main .signing-in') && !document.querySelector('dialog')`)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.page.page-sounds tbody tr')`)
}
